"""What each sector is served with, and what that costs at the plan's prices, worked out again."""

from __future__ import annotations

import pandas as pd

from layout.checking.case import Case, keyed
from layout.checking.findings import ROW

_NUMBERS = ("served_eflops", "unserved_eflops", "cost_mcny")


def check_sectors(case: Case) -> None:
    """``sectors`` divides what the plan serves, leaves and is paid, by the shares of the sectors.

    Every workload of the table ``sectors`` by its weights; no row for anything else.
    """
    expected: dict[tuple[str, str], list[float]] = {}
    for workload in sorted(set(case.plan.model["sectors"]["workload"])):
        whole = _amounts(case, workload)
        parts = case.facts.sectors(workload)
        total = sum(weight for _, weight in parts)
        for sector, weight in parts:
            share = weight / total if total > 0 else 0.0
            expected[sector, workload] = [share * amount for amount in whole]
    found = case.table("sectors").set_index(["sector", "workload"])
    every = sorted({*expected, *found.index})
    if not every:
        return
    index = pd.MultiIndex.from_tuples(every, names=["sector", "workload"])
    wanted = pd.DataFrame([expected.get(key, [0.0] * 3) for key in every], index, list(_NUMBERS))
    stated = found.reindex(index)[list(_NUMBERS)].fillna(0.0)
    for name in _NUMBERS:
        place = keyed("sectors.csv", index)
        case.findings.equal("sector", place, stated[name], wanted[name], least=ROW)


def _amounts(case: Case, workload: str) -> list[float]:
    """EFLOPS served, EFLOPS unserved and mcny paid for a workload in the year."""
    rows = {name: case.table(name) for name in ("service", "unserved", "prices")}
    own = {name: frame[frame["workload"] == workload] for name, frame in rows.items()}
    price = dict(
        zip(own["prices"]["zone"], own["prices"]["price_mcny_per_eflops_year"], strict=True)
    )
    served = list(zip(own["service"]["zone"], own["service"]["served_eflops"], strict=True))
    return [
        float(sum(eflops for _, eflops in served)),
        float(own["unserved"]["unserved_eflops"].sum()),
        float(sum(price.get(zone, 0.0) * eflops for zone, eflops in served)),
    ]
