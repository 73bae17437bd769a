"""Inclusive work, subsidies and the utilisation gate of a plan: measure and key figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from layout.model.balance import gated_places
from layout.model.hardware import hosts
from layout.model.home import away_work
from layout.plan.ledger import Ledger
from layout.plan.ratio import Ratio

Figure = tuple[str, float | None, str]


def _runs(ledger: Ledger) -> pd.DataFrame:
    """What runs where: site, workload, kind, eflops (of work: more of it away from home).

    From ``runs``; a workload without a row there runs on its own kind.
    """
    runs, served = ledger.of_year("runs"), ledger.service
    own = served[~served["workload"].isin(set(runs["workload"]))]
    columns = ["site", "workload", "kind", "served_eflops"]
    both = pd.concat([own[columns], runs[columns]], ignore_index=True)
    place = pd.MultiIndex.from_frame(both[["site", "workload"]])
    work = _mean_work(ledger).reindex(place).fillna(1.0).to_numpy(dtype=float)
    both["served_eflops"] *= work
    return both.rename(columns={"served_eflops": "eflops"})


def _mean_work(ledger: Ledger) -> pd.Series:
    """(site, workload) → EFLOPS of work for one of what is served, on average."""
    served, model = ledger.service, ledger.model
    at = (
        pd.Index(model[f"{name}s"][name]).get_indexer(served[name]).astype(np.int64)
        for name in ("site", "zone", "workload")
    )
    amount = served["served_eflops"]
    work = amount * away_work(model, *at)
    keys = [served["site"], served["workload"]]
    whole = amount.groupby(keys).sum()
    return work.groupby(keys).sum() / whole.where(whole > 0)


def inclusive_share(ledger: Ledger, target: Any) -> Ratio | None:
    """Usable compute of the kind less what other work takes of it, over that compute (66)."""
    if ledger.base:
        return None
    units = ledger.units_in(target.scope)
    units = units[ledger.of_kind(target.kind, units["kind"])]
    limit = ledger.looked_up("kinds", "max_utilisation", units["kind"])
    usable = float((limit * units["compute_eflops"]).sum())
    runs = _runs(ledger)
    work = ledger.model["workloads"].set_index("workload")
    other = ~work["inclusive"].reindex(runs["workload"]).to_numpy(dtype=bool)
    inside = ledger.site_mask(target.scope, runs["site"]) & ledger.of_kind(
        target.kind, runs["kind"]
    )
    runs = runs[other & inside]
    need = hosts(ledger.model).set_index(["workload", "kind"])["need"]
    each = need.reindex(pd.MultiIndex.from_frame(runs[["workload", "kind"]])).to_numpy(dtype=float)
    of = work.reindex(runs["workload"])
    factor = of["peak_factor"].to_numpy(float) * (1 + of["reserve_margin"].to_numpy(float))
    taken = float((factor * each * runs["eflops"].to_numpy(dtype=float)).sum())
    return Ratio(usable - taken, usable)


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Key figures of the feature where its settings or tables ask for anything."""
    if not ledger.model.settings.features.balance:
        return
    own = ledger.model.settings.balance
    cap = own.inclusive_price_cap_mcny_per_eflops
    if cap is not None:
        yield "inclusive_subsidy_mcny", _above(ledger, cap), "mcny/year"
    if len(ledger.model["subsidies"]):
        cost = ledger.cost
        paid = -float(cost["mcny"][cost["component"] == "subsidy"].sum())
        yield "subsidy_mcny", paid, "mcny/year"
        lent = float(ledger.of_year("cheap_debt")["cheap_debt_mcny"].sum())
        yield "cheap_debt_mcny", lent, "mcny"
    if own.gate.scope != "none":
        yield "gate_closed_places", float(len(closed_places(ledger))), "places"


def _above(ledger: Ledger, cap: float) -> float:
    """What it takes to serve inclusive work at no more than the cap, mcny a year."""
    work = ledger.model["workloads"].set_index("workload")["inclusive"]
    prices, key = ledger.of_year("prices"), ["zone", "workload"]
    prices = prices[work.reindex(prices["workload"]).to_numpy(dtype=bool)]
    served = ledger.service.groupby(key)["served_eflops"].sum()
    amount = served.reindex(pd.MultiIndex.from_frame(prices[key]), fill_value=0.0).to_numpy(float)
    excess = (prices["price_mcny_per_eflops_year"] - cap).clip(lower=0.0)
    return float((excess * amount).sum(skipna=False))


def closed_places(ledger: Ledger) -> set[str]:
    """Places whose racks are too empty for new large facilities in the year (67).

    Racked over all space in the latest period at least `min_age_years` before; without one, in
    the blocks of the stock that were so old in the base year.
    """
    gate = ledger.model.settings.balance.gate
    names, at = gated_places(ledger.model)
    place = dict(zip(ledger.model["sites"]["site"], np.array(names, dtype=object)[at], strict=True))
    known = [year for year in ledger.periods if ledger.year - year >= gate.min_age_years]
    if known:
        units = Ledger(ledger.tables, ledger.model, known[-1]).units
    else:
        units = _old_stock(ledger)
    sums = units[["it_mw", "space_mw"]].groupby(units["site"].map(place)).sum()
    low = sums["it_mw"] < gate.min_rack_utilisation * sums["space_mw"] * (1 - 1e-6)
    return set(sums.index[low])


def _old_stock(ledger: Ledger) -> pd.DataFrame:
    """Blocks that were old enough in the base year; an unknown age counts as old."""
    from layout.plan.baseyear import base_ledger

    least = ledger.model.settings.balance.gate.min_age_years
    stock = ledger.model["stock"]
    old = set(stock["block"][~(stock["age_years"] < least).to_numpy(dtype=bool)])
    units = base_ledger(ledger.model).units
    return units[units["unit"].isin(old)]
