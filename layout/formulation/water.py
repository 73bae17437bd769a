"""Water that cooling takes: limits by basin or province, and its price (41)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.algebra import Index
from layout.formulation.case import Case
from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.parts import Extra, Rows
from layout.formulation.variables import Variables
from layout.model.supplies import water_limits, water_prices, water_use


def water(v: Variables) -> Extra:
    """Water is counted at every site, priced, and limited where ``water`` says so."""
    linear = Linear(len(v.case.sites))
    add_water(v, linear, v.case.units.site, water_prices(v.case.model)[v.case.units.site])
    return Extra(rows={"water_limit": water_limit(v)}, costs={"water": linear})


def unit_water(case: Case) -> Floats:
    """Unit → L per kWh of IT, of its facility type at its site."""
    sites = np.array(case.sites, dtype=object)[case.units.site]
    facilities = np.array(case.facilities, dtype=object)[case.units.facility]
    places = pd.MultiIndex.from_arrays([sites, facilities])
    return water_use(case.model).reindex(places, fill_value=0.0).to_numpy(dtype=float)


def add_water(v: Variables, linear: Linear, rows: Ints, by: Floats | float = 1.0) -> Linear:
    """Water of the year per unit, ML: wue_l_per_kwh·IT energy."""
    units = v.case.units
    each = np.broadcast_to(np.asarray(by, float), rows.shape) * unit_water(v.case)
    return v.add_it_energy(linear, rows[units.unit], each[units.unit])


def water_limit(v: Variables) -> Rows:
    """The sites of a basin or province keep its water limit (41).

    Σ_{i of row} Σ_units wue_l_per_kwh·IT GWh[u,y] ≤ limit_ml[row]; ML a year.
    """
    limits = water_limits(v.case.model)
    rows = Linear(len(limits))
    for number, limit in enumerate(limits):
        add_water(v, rows, np.where(limit.sites[v.case.units.site], number, -1))
    labels = (
        np.array([limit.of for limit in limits], dtype=object),
        np.array([limit.name for limit in limits], dtype=object),
        np.full(len(limits), v.case.year),
    )
    upper = np.array([limit.limit_ml for limit in limits])
    return rows.rows(Index(("of", "name", "year"), labels), upper=upper, doc="water, ML")
