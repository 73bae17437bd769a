"""The parts of the annual cost, and what a shortfall costs where nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from layout.model import PlanningModel

COMPONENTS = (
    "facility_capital",
    "site_fixed",
    "it_capital",
    "facility_om",
    "it_om",
    "grid_energy",
    "capacity_charge",
    "backup_energy",
    "backup_capital",
    "renewable_energy",
    "certificates",
    "battery",
    "cold_storage",
    "network",
    "backbone",
    "moving",
    "storage",
    "water",
    "heat",
    "subsidy",
    "carbon",
    "uncovered",
    "penalty",
)
"""Components of the annual cost, in the order of every table that lists them."""

NATIONAL = ("backbone", "uncovered", "penalty")
"""What is booked on the nation, not on a site."""

INVARIANT = ("it_capital", "it_om", "penalty")
"""What no siting can change: the cost of the installed IT, and penalties (P31)."""

DEFAULT_PENALTY = {
    "EFLOPS FP32": 20_000.0,
    "EFLOPS": 20_000.0,
    "MW": 100.0,
    "GWh": 10.0,
    "kt": 10.0,
    "mcny": 10.0,
    "sites": 10_000.0,
    "ms": 1.0,
    "EB": 20_000.0,
    "ML": 1.0,
}
"""mcny per unit of the measure's numerator: far above what any unit costs in the shipped data,
so that a soft target is missed only when it must be."""


def unserved_prices(model: PlanningModel) -> NDArray[np.float64]:
    """Workload → what an EFLOPS left unserved costs, mcny a year; NaN where all must be served.

    The workload's own price comes before that of the settings.
    """
    general = model.settings.economy.unserved_penalty_mcny_per_eflops
    own = model["workloads"]["unserved_penalty_mcny_per_eflops"].to_numpy(dtype=float)
    return np.where(np.isnan(own), np.nan if general is None else general, own)
