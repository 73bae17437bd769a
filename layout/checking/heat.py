"""Waste heat: no more than IT gives off in the season and the place can take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keys

GJ_PER_GWH = 3600


def check_heat(case: Case) -> None:
    """Every condition on the heat that is sold and the electricity of its pumps."""
    frame, own = case.table("heat"), case.plan.model.settings.heat
    place, site = keys("heat", frame), frame["site"]
    hours = case.facts.numbers("sites", "heating_hours", site)
    hours = np.where(np.isnan(hours), own.heating_hours, hours)
    demand = np.nan_to_num(case.facts.numbers("sites", "heat_demand_mw", site))
    case.findings.at_most("heat_demand", place, frame["heat_gwh"], demand * hours / 1000)
    it = case.table("energy").set_index("site")["it_gwh"].reindex(site, fill_value=0.0)
    given_off = own.recovery_share * hours / 8760 * it.to_numpy(dtype=float)
    case.findings.at_most("heat_source", place, frame["heat_gwh"], given_off)
    pumped = frame["heat_gwh"] / own.cop
    case.findings.equal("heat_pump", place, frame["heat_pump_gwh"], pumped)


def heat_cost(case: Case) -> pd.DataFrame:
    """Site, component, mcny a year: what the heat earns, as a negative cost."""
    frame = case.table("heat")
    price = case.plan.model.settings.heat.price_cny_per_gj * GJ_PER_GWH / 1e6
    mcny = -price * frame["heat_gwh"].to_numpy(dtype=float)
    return pd.DataFrame({"site": frame["site"], "component": "heat", "mcny": mcny})


def heat_energy(case: Case) -> pd.Series:
    """GWh a year by site that heat pumps draw."""
    return case.table("heat").groupby("site")["heat_pump_gwh"].sum()
