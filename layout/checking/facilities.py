"""Power of the facilities in every slice, worked out again from what is installed and runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case
from layout.checking.facts import GWH_PER_MW, Floats
from layout.checking.profiles import Profiles, wide


def it_mw(case: Case, loads: pd.DataFrame) -> Floats:
    """Row of ``units`` × slice: rated·(idle·installed + (1 − idle)·load/limit), MW of IT."""
    units = case.units
    load = loads.reindex(case.unit_rows, fill_value=0.0).to_numpy()
    idle = case.facts.numbers("kinds", "idle_power_share", units["kind"])
    rated, limit = units["rated"].to_numpy(), units["limit"].to_numpy()
    standing = rated * idle * units["compute_eflops"].to_numpy()
    return np.asarray(standing[:, None] + (rated * (1 - idle) / limit)[:, None] * load)


def cooling_factors(case: Case, profiles: Profiles) -> Floats:
    """Row of ``units`` × slice: what the slice makes of the part of the PUE that follows load."""
    factors = {site: profiles.cooling(site) for site in set(case.units["site"])}
    rows = [factors[site] for site in case.units["site"]]
    return np.array(rows).reshape(-1, len(profiles.slices))


def drawn(case: Case, loads: pd.DataFrame, profiles: Profiles) -> pd.DataFrame:
    """Site × slice: MW of the facilities with the cooling of the slice."""
    units, it = case.units, it_mw(case, loads)
    sites = list(case.facts.tables["sites"].index)
    factor = cooling_factors(case, profiles)
    slope = (units["pue"] - units["fixed_overhead"]).to_numpy()[:, None]
    fixed = (units["fixed_overhead"] * units["space_mw"]).to_numpy()[:, None]
    power = pd.DataFrame(slope * factor * it + fixed, columns=profiles.slices.index)
    return power.groupby(units["site"].to_numpy()).sum().reindex(sites, fill_value=0.0)


def facility_gwh(case: Case) -> pd.Series:
    """Facility energy of every row of ``units``, GWh, with the cooling of each slice."""
    profiles = Profiles(case)
    loads = wide(case.table("loads"), ["unit", "kind"], "load_eflops", profiles.slices)
    units = case.units
    each = loads.reindex(case.unit_rows, fill_value=0.0).to_numpy()
    idle = case.facts.numbers("kinds", "idle_power_share", units["kind"])
    factor = cooling_factors(case, profiles)
    hours = profiles.slices["hours"].to_numpy()
    running = (units["rated"] * (1 - idle) / units["limit"]).to_numpy()
    it = units["rated"] * idle * units["compute_eflops"] * GWH_PER_MW
    it = it + running * (each * factor * hours).sum(axis=1) / 1000
    overhead = units["fixed_overhead"]
    return (units["pue"] - overhead) * it + overhead * units["space_mw"] * GWH_PER_MW
