"""Stores of cooling: their level, size and losses, and the cooling that there is to replace."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.batteries import check_levels
from layout.checking.case import Case, keys
from layout.checking.facilities import cooling_factors, it_mw
from layout.checking.facts import Floats
from layout.checking.findings import ROW
from layout.checking.profiles import Profiles, wide

FILE, CODE = "cold_storage.csv", "cold_storage"
FLOWS = ("cold_charge_mw", "cold_discharge_mw", "cold_level_mwh")


def check_cold_storage(case: Case, profiles: Profiles, loads: pd.DataFrame) -> None:
    """A store's level follows its flows, within its size; it replaces no more than cooling."""
    frame, own = case.table("cold_storage"), case.plan.model.settings.slices
    place, size = keys("cold_storage", frame), frame["cold_storage_mwh"]
    if own.cold_storage_capex_mcny_per_mwh is None:
        case.findings.at_most(CODE, place, size, 0.0)
    if frame.empty:
        return
    charge, discharge, level = FLOWS
    case.findings.at_most(CODE, place, frame[level], size)
    for column in (charge, discharge):
        case.findings.at_most(CODE, place, frame[column], size / (own.cold_storage_hours or 1.0))
    flows = [wide(frame, ["site"], column, profiles.slices) for column in FLOWS]
    efficiency = own.cold_storage_efficiency or 1.0
    check_levels(case, CODE, FILE, profiles.slices, (flows[0], flows[1], flows[2]), efficiency)
    most = cooling_mw(case, profiles, loads).reindex(flows[1].index, fill_value=0.0)
    for label in profiles.slices.index:
        where = FILE, pd.DataFrame({"site": most.index, "slice": label})
        case.findings.at_most(CODE, where, flows[1][label], most[label], least=ROW)


def cooling_mw(case: Case, profiles: Profiles, loads: pd.DataFrame) -> pd.DataFrame:
    """Site × slice: MW that cooling takes, its share of what halls draw above their IT.

    cooling_share·(max(0, (PUE − overhead)·factor − 1)·IT + overhead·space).
    """
    units = case.units
    slope = (units["pue"] - units["fixed_overhead"]).to_numpy()[:, None]
    follows = np.clip(slope * cooling_factors(case, profiles) - 1, 0.0, None)
    fixed = (units["fixed_overhead"] * units["space_mw"]).to_numpy()[:, None]
    share = _share(case, units["site"], units["facility"])[:, None]
    power = share * (follows * it_mw(case, loads) + fixed)
    return (
        pd.DataFrame(power, columns=profiles.slices.index).groupby(units["site"].to_numpy()).sum()
    )


def _share(case: Case, site: pd.Series, facility: pd.Series) -> Floats:
    """Share of cooling in the overhead: of the site in ``pue``, else of its climate zone."""
    table = case.plan.model["pue"]
    table = table[table["cooling_share"].notna()]
    names = ("site", "climate_zone", "facility", "cooling_share")
    rows = zip(*(table[name] for name in names), strict=True)
    known = {("site", s, f) if s else ("climate", c, f): share for s, c, f, share in rows}
    climate = case.facts.words("sites", "climate_zone", site)
    found = [
        known.get(("site", s, f), known.get(("climate", c, f), 0.0))
        for s, c, f in zip(site, climate, facility, strict=True)
    ]
    return np.array(found, dtype=float)


def given_mw(case: Case, at: pd.MultiIndex) -> Floats:
    """(site, slice) → MW that stores of cooling give less what they take."""
    frame = case.table("cold_storage").set_index(["site", "slice"])
    net = frame["cold_discharge_mw"] - frame["cold_charge_mw"]
    return net.groupby(level=[0, 1]).sum().reindex(at, fill_value=0.0).to_numpy(dtype=float)


def cold_energy(case: Case) -> pd.Series:
    """What stores of cooling lose in a year, GWh by site: charge less discharge."""
    frame = case.table("dispatch")
    at = pd.MultiIndex.from_frame(frame[["site", "slice"]])
    lost = -given_mw(case, at) * frame["hours"] / 1000
    return lost.groupby(frame["site"]).sum()
