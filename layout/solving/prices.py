"""Prices of demand: the duals of the plan's LP, limits that grow with demand included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout.formulation import Formulation
from layout.formulation.linear import Floats, Ints, level
from layout.formulation.parts import Part


@dataclass(frozen=True)
class Rising:
    """Limits that bind and rise with demand, row of `served` by row of it.

    `columns`: (variables, positions of them, rows of `served`), each rising by 1; `rows`: (family,
    row of it, row of `served`, by how much for each EFLOPS).
    """

    columns: list[tuple[Part, Ints, Ints]]
    rows: list[tuple[str, int, int, float]]


def price_table(formulation: Formulation) -> pd.DataFrame:
    """prices.csv: what one more EFLOPS of demand would cost in its year, the chosen sites fixed."""
    served = formulation.constraints["served"]
    table = pd.DataFrame({name: served.index[name] for name in served.index.names})
    duals = served.duals_array
    price = None
    if duals is not None:
        found = along(formulation, rising(formulation), _duals(formulation), _reduced)
        price = (duals + found) / weights(formulation)
    table["price_mcny_per_eflops_year"] = price
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


def weights(formulation: Formulation) -> Floats:
    """Row of `served` → what a cost of its year counts in the objective."""
    weight = {year.year: year.weight for year in formulation.years}
    years = formulation.constraints["served"].index["year"]
    return np.array([weight[int(year)] for year in years], dtype=float)


def along(
    formulation: Formulation,
    limits: Rising,
    duals: Callable[[str], Floats],
    reduced: Callable[[Part], Floats],
) -> Floats:
    """What demand saves, per row of `served`, by loosening the limits that grow with it.

    `duals` and `reduced` give a family's duals and a part's reduced costs: of the cost, or of one
    of its components.
    """
    found = np.zeros(len(formulation.constraints["served"].index))
    for part, at, of in limits.columns:
        np.add.at(found, of, reduced(part)[at])
    for family, row, demand, by in limits.rows:
        found[demand] += duals(family)[row] * by
    return found


def _duals(formulation: Formulation) -> Callable[[str], Floats]:
    def of(family: str) -> Floats:
        own = formulation.constraints[family].duals_array
        assert own is not None
        return own

    return of


def _reduced(part: Part) -> Floats:
    own = part.owner.reduced_costs_array
    assert own is not None
    return own[part.offset : part.offset + len(part)]


def rising(formulation: Formulation) -> Rising:
    """The limits that bind in the solution at hand and grow with demand.

    A flow that serves the whole demand stands at serve ≤ demand or serve ≤ demand·open, and the
    dual of `served` alone would be the cost of serving the next EFLOPS from elsewhere.
    """
    position = formulation.constraints["served"].index.position
    limits = Rising([], [])
    for year in formulation.years:
        v = year.variables
        index = v.demand_index()
        keys = zip(*(index[name] for name in index.names), strict=True)
        row = np.array([position(key) for key in keys], dtype=np.int64)
        for part, of in ((v.serve, row[v.split.row]), (v.unserved, row)):
            if part.owner.reduced_costs_array is not None and len(part):
                at = np.flatnonzero((part.upper > 0) & (_reduced(part) < 0))
                limits.columns.append((part, at, of[at]))
    share = formulation.case.workload_table["max_remote_share"].to_numpy(dtype=float)
    remote = dict(zip(formulation.case.workloads, share.tolist(), strict=True))
    add = limits.rows.append
    for row_at, labels in _binding(formulation, "remote"):
        add(("remote", row_at, position(labels), remote[str(labels[1])]))
    opened = _opened(formulation)
    for row_at, (site, *flow) in _binding(formulation, "open_serve"):
        add(("open_serve", row_at, position(tuple(flow)), opened[site, flow[-1]]))
    for row_at, (site, workload, year) in _binding(formulation, "open_total"):
        for zone in _zones(formulation, site, workload, year):
            add(("open_total", row_at, position((zone, workload, year)), opened[site, year]))
    return limits


def _binding(formulation: Formulation, name: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Number and labels of the rows of a family whose upper limit binds."""
    rows = formulation.constraints.get(name)
    if rows is None or rows.duals_array is None:
        return
    columns = [rows.index[part] for part in rows.index.names]
    for at in np.flatnonzero(rows.duals_array < 0):
        yield int(at), tuple(labels[at] for labels in columns)


def _opened(formulation: Formulation) -> dict[tuple[Any, Any], float]:
    """(site, year) → 1 where a site is opened: a limit demand·open of a closed one cannot grow."""
    found: dict[tuple[Any, Any], float] = {}
    for year in formulation.years:
        index = year.variables.open.index
        labels = zip(*(index[name] for name in index.names), strict=True)
        found.update(zip(labels, np.round(level(year.variables.open)).tolist(), strict=True))
    return found


def _zones(formulation: Formulation, site: str, workload: str, year: int) -> Iterator[str]:
    """The zones whose demand of a workload the site may serve."""
    case = next(of.case for of in formulation.years if of.year == year)
    flows = case.flows
    of = flows.site == case.sites.index(site)
    of &= flows.workload == case.workloads.index(workload)
    yield from (case.zones[zone] for zone in flows.zone[of])
