"""Sites that could change places: moving what is new costs less than the gap."""

from __future__ import annotations

import numpy as np

from layout.formulation import Formulation
from layout.formulation.linear import Floats, Ints, level
from layout.formulation.variables import Variables
from layout.solving.extract import new_space_mw
from layout.units import GWH_PER_MW_YEAR, mcny_per_kt


def interchangeable(formulation: Formulation, tolerance_mcny: float) -> list[list[str]]:
    """Groups of sites among which new capacity can be moved for less than the tolerance.

    For every site with new space and every other one that offers the same facilities, has room
    and grid headroom, and may serve the same flows, the cost of the plan is computed again with
    the new space, its compute and its share of the flows moved (grid power and carbon at the
    other site's price). A group is one site with new space and all that could stand in for it;
    none at a tolerance of zero.
    """
    if tolerance_mcny <= 0:
        return []
    case = formulation.case
    space = new_space_mw(formulation.variables)
    groups = set()
    for origin in sorted(set(case.new.site[space > 0].tolist())):
        others = [
            other
            for other in range(len(case.sites))
            if other != origin and _alike(formulation, space, origin, other, tolerance_mcny)
        ]
        if others:
            groups.add(tuple(sorted(case.sites[site] for site in (origin, *others))))
    return [list(group) for group in sorted(groups)]


def _alike(
    formulation: Formulation, space: Floats, origin: int, other: int, tolerance: float
) -> bool:
    change = _change(formulation, space, origin, other)
    return change is not None and abs(change) <= tolerance


def _change(formulation: Formulation, space: Floats, origin: int, other: int) -> float | None:
    """Change of cost, mcny a year, when what is new moves from `origin` to `other`.

    None where it cannot move.
    """
    case, v = formulation.case, formulation.variables
    new = case.new
    here = np.flatnonzero((new.site == origin) & (space > 0))
    there = {int(new.facility[unit]): int(unit) for unit in np.flatnonzero(new.site == other)}
    if any(int(new.facility[unit]) not in there for unit in here):
        return None
    target = np.array([there[int(new.facility[unit])] for unit in here])
    moved = space[here].sum()
    if not _room(formulation, space, other, moved):
        return None
    rise = case.facility_annuity + case.facility_upkeep(new)
    change = float((space[here] * (rise[target] - rise[here])).sum())
    change += _energy(formulation, space, here, target, origin, other)
    network = _network(v, here, origin, other)
    if network is None:
        return None
    fixed = case.site_values("fixed_cost_mcny_per_year") * ~case.has_stock
    opened = np.bincount(new.site, space, len(case.sites)) > 0
    return change + network + float(fixed[other] * (not opened[other]) - fixed[origin])


def _room(formulation: Formulation, space: Floats, site: int, moved: float) -> bool:
    case = formulation.case
    held = case.stock_space_mw[site] + space[case.new.site == site].sum()
    if held + moved > case.site_values("max_it_mw")[site] + 1e-6:
        return False
    for name in ("site_headroom", "power_headroom"):
        constraint = formulation.constraints[name]
        key = case.sites[site]
        if name == "site_headroom" and (key, case.year) in constraint.index:
            row = constraint.index.position((key, case.year))
            slack = constraint.upper[row] - constraint.body_values()[row]
            if slack < moved * 1.5:
                return False
    return True


def _energy(
    formulation: Formulation,
    space: Floats,
    here: Ints,
    target: Ints,
    origin: int,
    other: int,
) -> float:
    """Change of grid power and carbon cost, mcny a year."""
    case, v = formulation.case, formulation.variables
    new, kind = case.new, case.new.kind
    rated = case.kind_values("it_mw_per_eflops")[kind]
    idle = case.kind_values("idle_power_share")[kind]
    usable = case.kind_values("max_utilisation")[kind]
    it = rated * (idle * level(v.install) + (1 - idle) * level(v.load_new) / usable)
    by_unit = np.bincount(new.unit, it, len(new.labels))[here]
    carbon = mcny_per_kt(case.economy.carbon_price_cny_per_t)
    price = (
        case.tariffs["price_cny_per_kwh"] + carbon * case.tariffs["grid_tco2_per_mwh"]
    ).to_numpy(float)

    def cost(units: Ints, site: int) -> float:
        power = new.slope[units] * by_unit + new.overhead[units] * space[here]
        return float(power.sum()) * GWH_PER_MW_YEAR * price[site]

    return cost(target, other) - cost(here, origin)


def _network(v: Variables, here: Ints, origin: int, other: int) -> float | None:
    """Change of network cost for the flows' share that runs on the new space; None = too far."""
    case = v.case
    new = case.new
    share = np.zeros(len(case.kinds))
    pairs = np.isin(new.unit, here)
    load = np.bincount(new.kind[pairs], level(v.load_new)[pairs], len(case.kinds))
    served = np.zeros(len(case.flows))
    splits = case.splits[case.flows.workload]
    served[splits] = level(v.serve)
    served[~splits] = level(v.assign) * v.demand_eflops[v.whole.row]
    kinds = case.workload_kind[case.flows.workload]
    at_origin = (case.flows.site == origin) & (served > 0)
    total = np.bincount(kinds[at_origin], served[at_origin], len(case.kinds))
    np.divide(load, total, out=share, where=total > 0)
    cost_there = {
        int(row): cost
        for row, cost in zip(
            case.flows.row[case.flows.site == other],
            case.flows.cost[case.flows.site == other],
            strict=True,
        )
    }
    change = 0.0
    for flow in np.flatnonzero(at_origin & (share[kinds] > 0)):
        there = cost_there.get(int(case.flows.row[flow]))
        if there is None:
            return None
        change += served[flow] * share[kinds[flow]] * (there - case.flows.cost[flow])
    return float(change)
