"""Waste heat that is recovered and sold in the heating season (42)."""

from __future__ import annotations

import numpy as np

from layout.formulation.linear import Floats, Linear, dense
from layout.formulation.parts import Extra, Rows
from layout.formulation.variables import Variables
from layout.model.supplies import GJ_PER_GWH, heating_hours
from layout.units import HOURS_PER_YEAR


def heat(v: Variables) -> Extra:
    """Sites with a heat network nearby may sell heat, for which heat pumps draw electricity.

    Adds heat[i,y] ≤ heat_demand_mw·heating_hours/1000, GWh; 1/cop GWh of electricity for each.
    """
    case, own = v.case, v.case.settings.heat
    hours, demand = heating_hours(case.model), np.nan_to_num(case.site_values("heat_demand_mw"))
    sites = np.flatnonzero((demand > 0) & (hours > 0))
    limit = demand[sites] * hours[sites] / 1000
    doc = "waste heat recovered and sold"
    part = v.new("heat", v.site_index(sites), upper=limit, doc=doc, unit="GWh")
    v.extra_energy.append((part, sites, np.full(len(sites), 1 / own.cop)))
    price = own.price_cny_per_gj * GJ_PER_GWH / 1e6
    income = Linear(len(case.sites)).add(part, sites, np.arange(len(sites)), -price)
    return Extra(rows={"heat_source": _source(v, sites, hours)}, costs={"heat": income})


def _source(v: Variables, sites: np.ndarray, hours: Floats) -> Rows:
    """No more heat than the IT gives off in the season and the recovery catches (42).

    heat[i,y] ≤ recovery_share·heating_hours[i]/8760·Σ_units IT GWh[u,y]; GWh a year.
    """
    case = v.case
    row_of = dense((len(case.sites),))
    row_of[sites] = np.arange(len(sites))
    rows = Linear(len(sites))
    rows.add(v.parts["heat"], np.arange(len(sites)), np.arange(len(sites)))
    share = case.settings.heat.recovery_share * hours / HOURS_PER_YEAR
    pairs = case.units.pair_site
    v.add_it_energy(rows, row_of[pairs], -share[pairs])
    return rows.rows(v.site_index(sites), upper=0.0, doc="heat within what IT gives off, GWh")
