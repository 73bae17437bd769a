"""Stranded capacity: what stands idle for more than two periods (R33, kpis.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure

IDLE_PERIODS = 3
"""Periods in a row, the year's own the last: more than two."""
_WORKS = 1e-6


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Space vacant, and compute without any work, in each of the last three periods.

    ``stranded_space_mw``: Σ over units of the least vacant MW (space − rated IT) of those periods.
    ``stranded_eflops_<kind>``: the least compute of those units that carry no work in any of them,
    in native precision. Nothing with fewer periods.
    """
    years = [year for year in ledger.periods if year <= ledger.year][-IDLE_PERIODS:]
    if ledger.base or len(years) < IDLE_PERIODS:
        return
    units = [Ledger(ledger.tables, ledger.model, year).units for year in years]
    vacant = [
        (one["space_mw"] - one["it_mw"]).clip(lower=0.0).groupby(one["unit"]).sum() for one in units
    ]
    yield "stranded_space_mw", float(_least(vacant).sum()), "MW"
    idle = _least([_idle(one) for one in units])
    kinds = ledger.model["kinds"]
    named = pd.Series(idle.index.get_level_values("kind"), dtype=object)
    for kind, precision in zip(kinds["kind"], kinds["precision"], strict=True):
        own = idle[ledger.of_kind(kind, named)]
        yield f"stranded_eflops_{kind}", float(own.sum()), f"EFLOPS {precision}"


def _idle(units: pd.DataFrame) -> pd.Series:
    """(unit, kind) → compute where it carries no work, else 0."""
    sums = units.groupby(["unit", "kind"])[["compute_eflops", "load_eflops"]].sum()
    works = sums["load_eflops"] > _WORKS * sums["compute_eflops"]
    return sums["compute_eflops"].where(~works, 0.0)


def _least(parts: list[pd.Series]) -> pd.Series:
    """The least of every row over the periods; a row that a period lacks is 0."""
    return pd.concat(parts, axis=1).fillna(0.0).min(axis=1)
