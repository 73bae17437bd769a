"""Families of hardware: who may run what, what runs where, what was on offer, chips (64)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import Facts, Floats, Mask
from layout.checking.findings import ROW, part

FILE = "runs.csv"


def hosted_at(facts: Facts, frame: pd.DataFrame) -> Mask:
    """Row of site, workload → the site takes a kind that runs the workload."""
    good = np.zeros(len(frame), dtype=bool)
    work, site = frame["workload"].to_numpy(dtype=object), pd.Index(frame["site"])
    for workload, kinds in facts.needs.items():
        able = {place for place, kind in facts.site_kinds if kind in kinds}
        of = np.flatnonzero(work == workload)
        good[of] = site[of].isin(able)
    return good


def running(case: Case) -> pd.DataFrame:
    """What runs where: site, workload, kind, eflops (of work), standby, need.

    From ``service`` where one kind runs the workload, else from ``runs``, whose rows are of demand
    and take the work that it takes at the site on average; 0 need where a kind must not run it.
    """
    every, several = case.facts.needs, case.facts.run_by_several
    service = case.service[~case.service["workload"].isin(several)]
    plain = service[["site", "workload", "kind"]].assign(
        served_eflops=service["served_eflops"] * service["work"], standby_eflops=0.0
    )
    runs = case.table("runs")[list(plain.columns)]
    of_runs = pd.MultiIndex.from_frame(runs[["site", "workload"]])
    for column, mean in mean_work(case).items():
        runs[column] = runs[column] * mean.reindex(of_runs).fillna(1.0).to_numpy(dtype=float)
    frame = pd.concat([plain, runs], ignore_index=True)
    work, of = (frame[name].to_numpy(dtype=object) for name in ("workload", "kind"))
    need = np.zeros(len(frame))
    for workload, kinds in every.items():
        for kind, by in kinds.items():
            need[(work == workload) & (of == kind)] = by
    frame = frame.rename(columns={"served_eflops": "eflops", "standby_eflops": "standby"})
    return frame.assign(need=need)


def mean_work(case: Case) -> dict[str, pd.Series]:
    """Column of ``runs`` → (site, workload) → EFLOPS of work for one of demand, on average."""
    copies = case.table("standby")
    copies = copies.assign(work=case.away_work(copies))
    found = {}
    for column, frame in (("served_eflops", case.service), ("standby_eflops", copies)):
        keys = [frame["site"], frame["workload"]]
        whole = frame[column].groupby(keys).sum()
        work = (frame[column] * frame["work"]).groupby(keys).sum()
        found[column] = work / whole.where(whole > 0)
    return found


def check_hardware(case: Case) -> None:
    """Every condition on ``runs``, on what was put into service, and on chips."""
    _runs(case)
    _on_offer(case)
    _chips(case)


def _runs(case: Case) -> None:
    """What runs adds up to what is served, on kinds that may run it, and takes its peak."""
    facts, table = case.facts, case.table("runs")
    place = keys("runs", table)
    every, several = facts.needs, facts.run_by_several
    pairs = list(zip(table["workload"], table["kind"], strict=True))
    good = [work in several and kind in every[work] for work, kind in pairs]
    case.findings.true("runs_kind", place, good, table["kind"].to_numpy(dtype=object))
    need = np.array([every[work].get(kind, np.nan) for work, kind in pairs], dtype=float)
    by = facts.tables["workloads"]
    factor = (by["peak_factor"] * (1 + by["reserve_margin"])).reindex(table["workload"])
    index = pd.MultiIndex.from_frame(table[["site", "workload"]])
    taken = np.zeros(len(table))
    for column, mean in mean_work(case).items():
        taken += table[column].to_numpy(float) * mean.reindex(index).fillna(1.0).to_numpy(float)
    known = ~np.isnan(need)
    peak = (taken * need * factor.to_numpy(dtype=float))[known]
    kept = part(place, known)
    case.findings.equal("runs_peak", kept, table["peak_eflops"][known], peak, least=ROW)
    _sums(case, table, several, "served_eflops", case.service)
    _sums(case, table, several, "standby_eflops", case.table("standby"))


def _sums(
    case: Case, table: pd.DataFrame, several: set[str], column: str, whole: pd.DataFrame
) -> None:
    """Over the kinds, a column of ``runs`` is that of another table, by site and workload."""
    by = ["site", "workload"]
    asked = whole[whole["workload"].isin(several)].groupby(by)[column].sum()
    found = table.groupby(by)[column].sum()
    index = asked.index.union(found.index)
    found, asked = found.reindex(index, fill_value=0.0), asked.reindex(index, fill_value=0.0)
    case.findings.equal("runs_sum", keyed(FILE, index), found, asked, least=ROW)


def _on_offer(case: Case) -> None:
    """Nothing is put into service before or after its years."""
    units = case.units[case.units["added"] > 0]
    years = ("from_year", "until_year")
    first, last = (case.facts.numbers("kinds", name, units["kind"]) for name in years)
    good = ((first == 0) | (first <= case.year)) & ((last == 0) | (last >= case.year))
    case.findings.true(
        "not_on_offer", keys("units", units), good, units["kind"].to_numpy(dtype=object)
    )


def _chips(case: Case) -> None:
    """Additions of the nation stay within the supply of chips (64)."""
    table = case.plan.model["chips"]
    table = table[table["year"] == case.year].reset_index(drop=True)
    added = case.units.groupby("kind")["added"].sum()
    found: Floats = np.array(
        [added[added.index.isin(case.facts.below(kind))].sum() for kind in table["kind"]],
        dtype=float,
    )
    place = ("model/chips.csv", table[["kind", "year"]])
    case.findings.at_most("chip_supply", place, found, table["max_eflops"])
