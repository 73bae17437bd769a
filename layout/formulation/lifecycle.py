"""Carbon over the whole life: operation, halls, hardware, less heat that replaces other (35)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.formulation.costs import carbon_kt
from layout.formulation.linear import Linear
from layout.formulation.variables import Variables
from layout.model.supplies import GJ_PER_GWH, STAGES


def carbon_life_cycle_kt(v: Variables) -> Linear:
    """Life-cycle carbon by site, kt a year (35).

    carbon + Σ tco2_per_mw/life·new MW standing + Σ tco2_per_eflops/life·installed EFLOPS
    − saved_tco2_per_gj·heat, with what making, transport and recycling emit (`STAGES`). Halls in
    stock are sunk, hardware is not: it is bought again at the end of its life.
    """
    case, units = v.case, v.case.units
    halls = sum(np.nan_to_num(case.facility_values(f"{name}_tco2_per_mw")) for name in STAGES)
    halls = halls / case.facility_values("life_years") / 1000
    hardware = sum(np.nan_to_num(case.kind_values(f"{name}_tco2_per_eflops")) for name in STAGES)
    hardware = hardware / case.kind_values("it_life_years") / 1000
    linear = carbon_kt(v)
    v.add_new_space(linear, units.site, halls[units.facility])
    v.add_installed(linear, units.pair_site, hardware[units.kind])
    if "heat" in v.parts:
        part = v.parts["heat"]
        sites = case.positions("sites", pd.Series(part.index["site"]))
        saved = case.settings.heat.saved_tco2_per_gj * GJ_PER_GWH / 1000
        linear.add(part, sites, np.arange(len(part)), -saved)
    return linear
