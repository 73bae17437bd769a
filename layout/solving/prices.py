"""Prices of demand: the duals of the plan's LP, all that grows with demand included.

More demand raises the right side of `served`, whose dual is the price of a plain model. It also
raises limits that are stated in shares of the demand, and what an undivided demand takes of
everything (its variable is 0 or 1). By the envelope theorem each adds its dual or reduced cost
times its growth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout.algebra import Index
from layout.formulation import Formulation
from layout.formulation.linear import Floats, Ints, level
from layout.formulation.measures import OF_DEMAND, demanded
from layout.formulation.parts import Part
from layout.formulation.resilience import copied
from layout.formulation.targets import TargetRows
from layout.formulation.variables import Variables

OF_ONE_DEMAND = ("remote", "copies", "copies_apart", "copy_per_site")
"""Families whose limit is a multiple of the demand of their zone and workload."""


@dataclass(frozen=True)
class Rising:
    """Limits that bind and rise with demand, row of `served` by row of it.

    `columns`: (variables, positions of them, rows of `served`, by how much for each EFLOPS);
    `rows`: (family, row of it, row of `served`, by how much for each EFLOPS).
    """

    columns: list[tuple[Part, Ints, Ints, Floats]]
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
    for part, at, of, growth in limits.columns:
        np.add.at(found, of, reduced(part)[at] * growth)
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
    limits = Rising([], [])
    for year in formulation.years:
        v = year.variables
        row = _row_of_demand(formulation, v)
        _full_flows(v, row, limits)
        _undivided(formulation, v, row, limits)
        _reserve(formulation, v, row, limits)
        _demanded(formulation, year.targets, v, row, limits)
    position = formulation.constraints["served"].index.position
    add = limits.rows.append
    demand = _demand(formulation)
    for family in OF_ONE_DEMAND:
        for row_at, labels, limit in _limits(formulation, family):
            of = position(labels[-3:])
            add((family, row_at, of, limit / demand[of]))
    opened, clusters = _whole(formulation, "open"), _whole(formulation, "cluster")
    for row_at, (site, *flow) in _binding(formulation, "open_serve"):
        add(("open_serve", row_at, position(tuple(flow)), opened[site, flow[-1]]))
    for row_at, (site, *flow) in _binding(formulation, "cluster_serve"):
        add(("cluster_serve", row_at, position(tuple(flow)), clusters[site, *flow[1:]]))
    for row_at, (site, workload, year_of) in _binding(formulation, "open_total"):
        for zone in _zones(formulation, site, workload, year_of):
            of = position((zone, workload, year_of))
            add(("open_total", row_at, of, opened[site, year_of]))
    return limits


def _row_of_demand(formulation: Formulation, v: Variables) -> Ints:
    """Demand of a year → its row of `served`."""
    position = formulation.constraints["served"].index.position
    index = v.demand_index()
    keys = zip(*(index[name] for name in index.names), strict=True)
    return np.array([position(key) for key in keys], dtype=np.int64)


def _demand(formulation: Formulation) -> Floats:
    """Row of `served` → the demand, EFLOPS."""
    found = np.zeros(len(formulation.constraints["served"].index))
    for year in formulation.years:
        v = year.variables
        found[_row_of_demand(formulation, v)] = v.demand_eflops
    return found


def _full_flows(v: Variables, row: Ints, limits: Rising) -> None:
    """Variables that stand at an upper limit which is the demand."""
    whole = [(v.serve, row[v.split.row]), (v.unserved, row)]
    if "standby" in v.parts:
        whole.append((v.parts["standby"], row[copied(v.case)[2]]))
    if "ship" in v.parts:
        whole.append((v.parts["ship"], row[v.case.flows.row[v.lines.shipped]]))
    for part, of in whole:
        if len(part) and part.owner.reduced_costs_array is not None:
            at = np.flatnonzero((part.upper > 0) & (_reduced(part) < 0))
            limits.columns.append((part, at, of[at], np.ones(len(at))))


def _undivided(formulation: Formulation, v: Variables, row: Ints, limits: Rising) -> None:
    """Flows that serve a whole demand: a larger one takes more of everything, from the same site.

    All that assign[i,z,w,y] does is done for each EFLOPS of the demand, but in the rows
    `single_source` and `open_assign`; so its reduced cost, less its part in those, is what one
    EFLOPS more costs besides the dual of `served`.
    """
    part = v.assign
    if not len(part) or part.owner.reduced_costs_array is None:
        return
    at = np.flatnonzero(np.round(level(part)) > 0)
    demand = v.demand_eflops[v.whole.row[at]]
    limits.columns.append((part, at, row[v.whole.row[at]], 1 / demand))
    for family, first in (("single_source", 1), ("open_assign", 0)):
        rows = formulation.constraints[family].index
        for one, eflops in zip(at, demand, strict=True):
            key = _key(part.index, one)[first:]
            if key in rows:
                of = int(row[v.whole.row[one]])
                limits.rows.append((family, rows.position(key), of, 1 / float(eflops)))


def _reserve(formulation: Formulation, v: Variables, row: Ints, limits: Rising) -> None:
    """The national reserve of a kind grows with all demand for the kind (18)."""
    case, rows = v.case, formulation.constraints.get("national_reserve")
    if rows is None:
        return
    work = case.demand["workload"].to_numpy(np.int64)
    peak = case.workload_table["peak_factor"].to_numpy(float)[work]
    by = (1 + case.settings.resilience.national_reserve) * peak
    own = case.workload_kind[work]
    for names in case.names_of:
        for at in np.flatnonzero(names[own] >= 0):
            number = rows.index.position((case.kinds[names[own[at]]], case.year))
            limits.rows.append(("national_reserve", number, int(row[at]), float(by[at])))


def _demanded(
    formulation: Formulation, targets: TargetRows, v: Variables, row: Ints, limits: Rising
) -> None:
    """Targets on shares of the demand ask for more where there is more (60)."""
    index = formulation.constraints["target"].index
    for target in v.case.settings.targets:
        if target.id not in targets.ratios or target.measure not in OF_DEMAND:
            continue
        number = index.position((target.id, v.case.year))
        for at in np.flatnonzero(demanded(v, target)):
            limits.rows.append(("target", number, int(row[at]), float(target.value)))


def _key(index: Index, at: Any) -> tuple[Any, ...]:
    """The labels of a row."""
    key = index.key(int(at))
    return key if isinstance(key, tuple) else (key,)


def _limits(formulation: Formulation, name: str) -> Iterator[tuple[int, tuple[Any, ...], float]]:
    """Number, labels and upper limit of the rows of a family that have a dual."""
    rows = formulation.constraints.get(name)
    if rows is None or rows.duals_array is None:
        return
    for at in np.flatnonzero(rows.duals_array):
        yield int(at), _key(rows.index, at), float(rows.upper[at])


def _binding(formulation: Formulation, name: str) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Number and labels of the rows of a family whose upper limit binds."""
    rows = formulation.constraints.get(name)
    if rows is None or rows.duals_array is None:
        return
    for at in np.flatnonzero(rows.duals_array < 0):
        yield int(at), _key(rows.index, at)


def _whole(formulation: Formulation, name: str) -> dict[tuple[Any, ...], float]:
    """Labels → 1 where something is opened: a limit demand·open of a closed one cannot grow."""
    found: dict[tuple[Any, ...], float] = {}
    for year in formulation.years:
        part = year.variables.parts.get(name)
        if part is not None:
            values = np.round(level(part)).tolist()
            found.update((_key(part.index, at), value) for at, value in enumerate(values))
    return found


def _zones(formulation: Formulation, site: str, workload: str, year: int) -> Iterator[str]:
    """The zones whose demand of a workload the site may serve."""
    case = next(of.case for of in formulation.years if of.year == year)
    flows = case.flows
    of = flows.site == case.sites.index(site)
    of &= flows.workload == case.workloads.index(workload)
    yield from (case.zones[zone] for zone in flows.zone[of])
