"""Which limits bind in a plan, and what one more unit of each would save."""

from __future__ import annotations

from typing import Any

import numpy as np

from layout.formulation import Formulation

# family → the limit's name and the unit of its bound
LIMITS = {
    "site_limit": ("max_it_mw", "MW"),
    "land": ("land_ha", "ha"),
    "site_headroom": ("grid_headroom_mw", "MW"),
    "power_headroom": ("power_grid_headroom_mw", "MW"),
    "energy_quota": ("energy_quota_gwh", "GWh"),
    "renewable_potential": ("renewable_potential", "GWh"),
    "certificate_cap": ("certificate_cap_gwh", "GWh"),
    "remote": ("max_remote_share", "EFLOPS"),
    "commitment": ("commitment", "EFLOPS or MW"),
}
LEAST_MCNY = 1e-6
OF_POWER = {"power_headroom": "grid_headroom_mw", "energy_quota": "energy_quota_gwh"}
"""Limits of a row of ``power``: family → its column."""


def binding_limits(formulation: Formulation) -> list[dict[str, Any]]:
    """Limits with a shadow cost, dearest first: limit, id, place, value, unit, shadow cost.

    `shadow_cost_mcny` is what the plan would save a year per unit of the limit, the chosen
    sites fixed (dual of the LP with fixed integers).
    """
    found = []
    for family, (limit, unit) in LIMITS.items():
        constraint = formulation.constraints[family]
        duals = constraint.duals_array
        if duals is None:
            continue
        for row in np.flatnonzero(np.abs(duals) > LEAST_MCNY):
            key = constraint.index.keys()[int(row)]
            parts = key if isinstance(key, tuple) else (key,)
            place = str(parts[1] if family in OF_POWER else parts[0])
            found.append(
                {
                    "limit": limit,
                    "id": f"{family}[{_text(key)}]",
                    "place": place,
                    "value": stated(formulation, family, int(row)),
                    "unit": unit,
                    "shadow_cost_mcny": abs(float(duals[row])),
                }
            )
    return sorted(found, key=lambda item: (-item["shadow_cost_mcny"], item["id"]))


def stated(formulation: Formulation, family: str, row: int) -> float:
    """The limit as the planner stated it; rows have stock and openings moved to their bounds."""
    case, constraint = formulation.case, formulation.constraints[family]
    if family == "site_limit":
        return float(case.site_values("max_it_mw")[row])
    if family == "site_headroom":
        site = case.sites.index(str(constraint.index["site"][row]))
        return float(case.site_values("grid_headroom_mw")[site])
    if family in OF_POWER:
        table = case.model["power"]
        limits = table[OF_POWER[family]].to_numpy(float)
        return float(limits[np.flatnonzero(np.isfinite(limits))[row]])
    upper, lower = float(constraint.upper[row]), float(constraint.lower[row])
    return upper if np.isfinite(upper) else lower


def _text(key: Any) -> str:
    return ",".join(str(part) for part in (key if isinstance(key, tuple) else (key,)))
