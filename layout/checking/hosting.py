"""What sites host: work of the year, its windows, and room for its load as the tables state it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.findings import ROW
from layout.checking.hardware import running
from layout.checking.profiles import Profiles, wide
from layout.checking.shifting import FLEXIBLE, load_peaks, shifts

MOST_PATTERNS = 48
STEPS = (1e-6, 0.01, 0.02, 0.05, 0.1, 0.2)


def hosted_work(case: Case) -> pd.DataFrame:
    """Site, workload, kind → EFLOPS served there, need, window, whether it shifts."""
    table, by = case.facts.tables["workloads"], ["site", "workload", "kind"]
    sums = running(case).groupby(by).agg(served_eflops=("eflops", "sum"), need=("need", "first"))
    sums = sums.reset_index()
    return sums.assign(
        window=table["flexible"].reindex(sums["workload"]).to_numpy(dtype=object),
        shifts=shifts(case).reindex(sums["workload"], fill_value=False).to_numpy(dtype=bool),
    )


def bends(hosted: pd.DataFrame) -> pd.Series:
    """Row of `hosted_work` → whether its load is stated slice by slice."""
    return hosted["window"].isin(["day", "week"]) | hosted["shifts"]


def check_windows(case: Case, slices: pd.DataFrame) -> None:
    """Flexible work is done in its day or year, and below its ceiling; what shifts in the year."""
    hosted = hosted_work(case)
    bent = hosted[bends(hosted)].set_index(["site", "workload", "kind"])
    if bent.empty and case.table("flexible").empty:
        return
    key = ["site", "workload", "kind"]
    loads = wide(case.table("flexible"), key, "load_eflops", slices)
    index = bent.index.union(loads.index)
    loads = loads.reindex(index, fill_value=0.0)
    served = bent["served_eflops"].reindex(index, fill_value=0.0)
    place = keyed(FLEXIBLE, index)
    top = load_peaks(case).reindex(index.get_level_values("workload")).to_numpy(dtype=float)
    most = np.nan_to_num(top) * served
    case.findings.at_most("slice_window", place, loads.max(axis=1), most, size=served)
    work = loads * slices["hours"]
    case.findings.equal(
        "slice_window", place, work.sum(axis=1), 8760 * served, size=8760 * served, least=ROW
    )
    daily = (bent["window"].where(~bent["shifts"]).reindex(index) == "day").to_numpy(dtype=bool)
    for day, of_day in slices.groupby("day"):
        hours = float(of_day["hours"].sum())
        done = work[of_day.index].sum(axis=1)[daily]
        where = FLEXIBLE, index[daily].to_frame(index=False).assign(day=str(day))
        asked = hours * served[daily]
        case.findings.equal("slice_window", where, done, asked, size=asked, least=ROW)


def _load_patterns(case: Case, profiles: Profiles) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load before slices were merged: hours and day by pattern; workload × pattern.

    Slices of the table with the same rigid load are one pattern, of each day where some work has
    to be done in its day; told apart less finely where there are more than 48.
    """
    works = case.facts.tables["workloads"]
    shapes = pd.DataFrame({name: profiles.stated(workload=name) for name in works.index})
    daily = (works["flexible"] == "day").any()
    table = case.plan.model["slices"].sort_values(["day", "start_hour", "slice"])
    day = table["day"].to_numpy() if daily else np.full(len(table), "")
    rigid = shapes[[name for name in works.index if works.at[name, "flexible"] == "no"]]
    for step in STEPS:
        keys = [day, *(np.round(rigid[name].to_numpy(dtype=float) / step) for name in rigid)]
        member = pd.Series(list(zip(*keys, strict=True))).factorize()[0]
        if member.max() < MOST_PATTERNS:
            break
    hours = pd.Series(8760 * profiles.weight)
    total = hours.groupby(member).sum()
    means = shapes.mul(hours, axis=0).groupby(member).sum().div(total, axis=0)
    return pd.DataFrame({"hours": total, "day": pd.Series(day).groupby(member).first()}), means.T


def check_patterns(case: Case, profiles: Profiles) -> None:
    """Hardware suffices for the load as the tables state it, which merged slices smooth.

    Rigid load alone fits in every pattern; what it leaves, up to the ceiling of flexible work,
    is enough for all of that, in the year and, for work of the day, in each day.
    """
    if len(profiles.slices) == len(profiles.labels):
        return
    patterns, shapes = _load_patterns(case, profiles)
    hosted = hosted_work(case)
    peak = hosted["served_eflops"] * hosted["need"]
    units = case.units
    usable = (units["limit"] * units["compute_eflops"]).groupby([units["site"], units["kind"]])
    place = [hosted["site"], hosted["kind"]]
    rigid = hosted["window"] == "no"
    load = shapes.loc[hosted["workload"]].to_numpy() * peak.where(rigid, 0.0).to_numpy()[:, None]
    asked = pd.DataFrame(load).groupby([part.to_numpy() for part in place]).sum()
    most = usable.sum().reindex(asked.index, fill_value=0.0)
    where = keyed("units.csv", asked.index.set_names(["site", "kind"]))
    case.findings.at_most("pattern_limit", where, asked.max(axis=1), most)
    left = (-asked).add(most, axis=0).clip(lower=0.0)
    ceiling = 1 + case.plan.model.settings.slices.flexible_headroom
    day_of = patterns["day"].to_numpy()
    for windows, groups in (
        (("day", "week"), [np.ones(len(day_of), dtype=bool)]),
        (("day",), [day_of == day for day in sorted(set(day_of))]),
    ):
        waits = peak.where(hosted["window"].isin(windows), 0.0)
        waits = waits.groupby(place).sum().reindex(asked.index, fill_value=0.0)
        room = left.clip(upper=ceiling * waits, axis=0) * patterns["hours"]
        for group in groups:
            work = waits * float(patterns["hours"][group].sum())
            done = room.loc[:, group].sum(axis=1)
            case.findings.at_most("pattern_limit", where, work, done, size=work, least=ROW)
