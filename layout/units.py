"""Units of the whole tool and the few conversions between them.

Compute is EFLOPS in the native precision of its kind, money million CNY (mcny), power MW,
energy GWh, carbon kt, bandwidth Gbps, time ms, storage EB. With these CNY/kWh × GWh = mcny and
t/MWh × GWh = kt, so that no factor appears in a constraint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOURS_PER_YEAR = 8760
GWH_PER_MW_YEAR = HOURS_PER_YEAR / 1000
MCNY_PER_CNY_PER_KW_MONTH = 0.012  # mcny per MW and year for one CNY per kW and month
RACK_KW = 2.5  # a standard rack of the ministry's statistics
RACKS_PER_MW = 1000 / RACK_KW


def capital_recovery_factor(rate: float, years: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Annual payment for one unit of capital: r(1+r)^n / ((1+r)^n − 1), and 1/n at r = 0."""
    years = np.asarray(years, dtype=float)
    if rate == 0:
        return 1 / years
    growth = (1 + rate) ** years
    return np.asarray(rate * growth / (growth - 1))


def mcny_per_gwh(cny_per_mwh: float) -> float:
    """CNY/MWh → mcny/GWh."""
    return cny_per_mwh / 1000


def mcny_per_kt(cny_per_t: float) -> float:
    """CNY/t → mcny/kt."""
    return cny_per_t / 1000
