"""Prices of demand: the duals of the plan's LP, limits that grow with demand included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from layout.formulation import Formulation
from layout.formulation.linear import Floats, level


def price_table(formulation: Formulation) -> pd.DataFrame:
    """prices.csv: what one more EFLOPS of demand would cost in its year, the chosen sites fixed."""
    served = formulation.constraints["served"]
    table = pd.DataFrame({name: served.index[name] for name in served.index.names})
    weight = {year.year: year.weight for year in formulation.years}
    by = table["year"].map(weight).to_numpy(dtype=float)
    duals = served.duals_array
    price = None if duals is None else (duals + _bounds_with_demand(formulation)) / by
    table["price_mcny_per_eflops_year"] = price
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


def _bounds_with_demand(formulation: Formulation) -> Floats:
    """What demand saves, per row of `served`, by loosening the limits that grow with it.

    A flow that serves the whole demand stands at serve ≤ demand or serve ≤ demand·open, and the
    dual of `served` alone would be the cost of serving the next EFLOPS from elsewhere.
    """
    position = formulation.constraints["served"].index.position
    found = np.zeros(len(formulation.constraints["served"].index))
    for year in formulation.years:
        v = year.variables
        index = v.demand_index()
        keys = zip(*(index[name] for name in index.names), strict=True)
        row = np.array([position(key) for key in keys], dtype=np.int64)
        for part, of in ((v.serve, row[v.split.row]), (v.unserved, row)):
            reduced = part.owner.reduced_costs_array
            if reduced is not None and len(part):
                own = reduced[part.offset : part.offset + len(part)]
                np.add.at(found, of, np.where(part.upper > 0, np.minimum(own, 0.0), 0.0))
    share = formulation.case.workload_table["max_remote_share"].to_numpy(dtype=float)
    remote = dict(zip(formulation.case.workloads, share.tolist(), strict=True))
    for labels, dual in _binding(formulation, "remote"):
        found[position(labels)] += dual * remote[str(labels[1])]
    opened = _opened(formulation)
    for (site, *flow), dual in _binding(formulation, "open_serve"):
        found[position(tuple(flow))] += dual * opened[site, flow[-1]]
    for (site, workload, year), dual in _binding(formulation, "open_total"):
        for zone in _zones(formulation, site, workload, year):
            found[position((zone, workload, year))] += dual * opened[site, year]
    return found


def _binding(formulation: Formulation, name: str) -> Iterator[tuple[tuple[Any, ...], float]]:
    """Labels and dual of the rows of a family whose upper limit binds."""
    rows = formulation.constraints.get(name)
    if rows is None or rows.duals_array is None:
        return
    columns = [rows.index[part] for part in rows.index.names]
    for at in np.flatnonzero(rows.duals_array < 0):
        yield tuple(labels[at] for labels in columns), float(rows.duals_array[at])


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
