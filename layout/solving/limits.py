"""Which limits bind in a plan, and what one more unit of each would save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation import Formulation
from layout.formulation.space import hall_bound_mw
from layout.model.balance import floors
from layout.model.halls import HallLimit, hall_limits

if TYPE_CHECKING:
    from layout.model import PlanningModel

# family → the limit's name and the unit of its bound
LIMITS = {
    "site_limit": ("max_it_mw", "MW"),
    "land": ("land_ha", "ha"),
    "staff": ("staff_limit_persons", "persons"),
    "site_headroom": ("grid_headroom_mw", "MW"),
    "power_headroom": ("power_grid_headroom_mw", "MW"),
    "energy_quota": ("energy_quota_gwh", "GWh"),
    "renewable_potential": ("renewable_potential", "GWh"),
    "corridor": ("corridor", "MW"),
    "corridor_slice": ("corridor", "MW"),
    "certificate_cap": ("certificate_cap_gwh", "GWh"),
    "remote": ("max_remote_share", "EFLOPS"),
    "commitment": ("commitment", "EFLOPS or MW"),
    "chip_supply": ("chip_supply", "EFLOPS"),
    "floor": ("floor", "EFLOPS"),
    "hall_limit": ("hall_limit", "MW"),
    "storage_demand": ("storage_demand", "EB"),
}
CORRIDORS = ("corridor", "corridor_slice")
"""Limits of what is carried between two provinces."""
LEAST_MCNY = 1e-6
OF_POWER = {"power_headroom": "grid_headroom_mw", "energy_quota": "energy_quota_gwh"}
"""Limits of a row of ``power``: family → its column."""
OF_SITE = {
    "site_limit": "max_it_mw",
    "staff": "staff_limit_persons",
    "site_headroom": "grid_headroom_mw",
}
"""Limits of a site: family → its column."""
NAMED = (*OF_POWER, "floor")
"""Families whose rows say first of what sort their place is."""


def binding_limits(formulation: Formulation) -> list[dict[str, Any]]:
    """Limits with a shadow cost, dearest first: limit, id, place, value, unit, shadow cost.

    `shadow_cost_mcny` is what the plan would save a year per unit of the limit, the chosen
    sites fixed (dual of the LP with fixed integers; the discounting of its period undone). Where
    a limit holds in every slice it is one limit, and its shadow cost the sum of theirs.
    """
    found: dict[str, dict[str, Any]] = {}
    weight = {year.year: year.weight for year in formulation.years}
    for family, (limit, unit) in LIMITS.items():
        constraint = formulation.constraints.get(family)
        duals = None if constraint is None else constraint.duals_array
        if constraint is None or duals is None:
            continue
        years = [weight[int(year)] for year in constraint.index["year"]]
        annual = np.abs(duals) / np.array(years, dtype=float)
        for row in np.flatnonzero(annual > LEAST_MCNY):
            names = [name for name in constraint.index.names if name != "slice"]
            parts = [str(constraint.index[name][row]) for name in names]
            name = f"{family.removesuffix('_slice')}[{','.join(parts)}]"
            place = parts[1] if family in NAMED else parts[0]
            item = found.setdefault(
                name,
                {
                    "limit": limit,
                    "id": name,
                    "place": place,
                    "value": stated(formulation, family, int(row)),
                    "unit": unit,
                    "shadow_cost_mcny": 0.0,
                },
            )
            item["shadow_cost_mcny"] += float(annual[row])
    return sorted(found.values(), key=lambda item: (-item["shadow_cost_mcny"], item["id"]))


def stated(formulation: Formulation, family: str, row: int) -> float:
    """The limit as the planner stated it; rows have stock and openings moved to their bounds."""
    case, constraint = formulation.case, formulation.constraints[family]
    index = constraint.index
    if family in OF_SITE:
        site = case.sites.index(str(index["site"][row]))
        return float(case.site_values(OF_SITE[family])[site])
    if family in OF_POWER:
        table = case.model["power"]
        zoned = (table["tariff_zone"] != "").to_numpy()
        of = np.where(zoned, "tariff_zone", "province") == index["of"][row]
        names = np.where(zoned, table["tariff_zone"], table["province"]) == index["name"][row]
        return float(table[OF_POWER[family]].to_numpy(float)[of & names][0])
    if family == "floor":
        key = tuple(str(index[name][row]) for name in ("of", "name", "kind"))
        asked = floors(case.model, int(index["year"][row]))
        floor = next(one for one in asked if (one.of, one.name, one.kind) == key)
        return floor.min_eflops or floor.max_eflops
    if family == "hall_limit":
        year, side = int(index["year"][row]), str(index["bound"][row])
        key = str(index["scope"][row]), str(index["facilities"][row])
        return hall_bound_mw(case, hall_limit_of(case.model, *key, year), side)
    upper, lower = float(constraint.upper[row]), float(constraint.lower[row])
    return upper if np.isfinite(upper) else lower


def hall_limit_of(model: PlanningModel, scope: str, facilities: str, year: int) -> HallLimit:
    """The row of ``hall_limits`` behind a row of the formulation."""
    found = hall_limits(model, year)
    return next(one for one in found if (one.scope, one.facilities) == (scope, facilities))
