"""A plan of several periods as one: what is done on the way, and what stands at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.model.horizon import horizon
from layout.plan import stranded
from layout.plan.files import FILES
from layout.plan.kpis import entries, kpis
from layout.plan.ledger import Ledger

if TYPE_CHECKING:
    from layout.plan import Plan

FLOWS = (
    "filled_eflops",
    "expanded_eflops",
    "built_eflops",
    "retrofitted_eflops",
    "retired_eflops",
)
"""Columns that add up over periods."""


def overview(plan: Plan, until: int | None = None) -> Plan:
    """The plan seen at the end of its last period, or of period `until`; one period is itself.

    Actions are those of all periods up to it together and `existing` is the stock of the base
    year, so that existing + actions = compute still holds, and key figures of additions and
    investment are of them too; everything else (space, service, energy, targets, and cost as mcny
    a year) is that of the period itself. Raises ValueError for a year that is no period.
    """
    periods = list(plan.model.settings.periods)
    last = periods[-1] if until is None else until
    if last not in periods:
        raise ValueError(f"no period {last}; there are {periods}")
    if len(periods) == 1 or not plan.has_tables:
        return plan
    years = periods[: periods.index(last) + 1]
    tables = {name: _of_year(frame, last) for name, frame in plan.tables.items()}
    for name in ("capacity", "units"):
        tables[name] = FILES[name].frame(_whole_way(plan.tables[name], name, years))
    weight = horizon(plan.model.settings)[len(years) - 1].weight
    cost = tables["cost"]
    tables["cost"] = cost.assign(mcny=cost["mcny"] / weight)
    breakdown = tables["cost"].groupby("component")["mcny"].sum()
    settings = plan.model.settings.model_copy(update={"periods": [last]})
    model = replace(plan.model, settings=settings)
    record = {
        **plan.record,
        "objective_mcny": float(tables["cost"]["mcny"].sum()),
        "cost_breakdown_mcny": {str(name): float(value) for name, value in breakdown.items()},
        "kpis": dict(sorted({**kpis(tables, model), **long_figures(plan, last)}.items())),
        "targets": [one for one in plan.record.get("targets") or [] if one.get("year") == last],
    }
    return replace(plan, record=record, tables=tables, model=model)


def long_figures(plan: Plan, year: int) -> dict[str, Any]:
    """Key figures of `year` that look back over several periods, which one period cannot tell."""
    return entries(Ledger(plan.tables, plan.model, year), (stranded.figures,))


def _of_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    return frame[frame["year"] == year].reset_index(drop=True)


def _whole_way(frame: pd.DataFrame, name: str, years: list[int]) -> pd.DataFrame:
    """States of the last year, the stock of the first, actions of all."""
    key = [column for column in FILES[name].key if column != "year"]
    frame = frame[frame["year"] <= years[-1]]
    first, last = (frame[frame["year"] == year].set_index(key) for year in (years[0], years[-1]))
    done = frame.groupby(key)[list(FLOWS)].sum()
    index = done.index
    found = last.reindex(index)
    newest = frame.sort_values("year").groupby(key).last()
    for column in found.columns:
        gone = newest[column]
        if column in FLOWS:
            found[column] = done[column]
        elif column == "existing_eflops":
            found[column] = first["existing_eflops"].reindex(index, fill_value=0.0)
        elif column in ("year", "site", "facility", "origin", "pue", "fixed_overhead"):
            found[column] = found[column].fillna(gone)
        else:
            found[column] = found[column].fillna(0.0)
    return found.assign(year=years[-1]).reset_index()
