"""Energy and carbon: metered again from what is installed and in use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.batteries import battery_energy
from layout.checking.case import Case, keyed, keys
from layout.checking.cold_storage import cold_energy
from layout.checking.extra import extra_energy
from layout.checking.facilities import facility_gwh
from layout.checking.facts import GWH_PER_MW
from layout.checking.findings import ROW
from layout.checking.renewables import fuel_gwh, fuel_kt

FILE = "energy.csv"


def check_energy(case: Case) -> None:
    """Every condition on energy, certificates and carbon."""
    _metered(case)
    _summed(case)
    _certificates(case)
    _carbon(case)


def _metered(case: Case) -> None:
    """IT = rated·(idle·installed + (1 − idle)·load/limit)·8.76; facility adds its overheads."""
    units = case.units
    idle = case.facts.numbers("kinds", "idle_power_share", units["kind"])
    running = (1 - idle) * units["load_eflops"] / units["limit"]
    it = units["rated"] * (idle * units["compute_eflops"] + running) * GWH_PER_MW
    overhead = units["fixed_overhead"]
    facility = (units["pue"] - overhead) * it + overhead * units["space_mw"] * GWH_PER_MW
    place = keys("units", units)
    case.findings.equal("it_energy", place, units["it_gwh"], it)
    if case.plan.model.settings.features.slices:
        facility = facility_gwh(case)
    case.findings.equal("facility_energy", place, units["facility_gwh"], facility)


def _summed(case: Case) -> None:
    """``energy`` is ``units`` by site, and what else is drawn.

    Facility = grid + renewable + plants with carbon.
    """
    frame = case.table("energy").set_index("site")
    sums = case.units.groupby("site")[["it_gwh", "facility_gwh"]].sum()
    extra = extra_energy(case)
    if case.plan.model.settings.features.slices:
        extra = extra.add(battery_energy(case), fill_value=0.0)
        extra = extra.add(cold_energy(case), fill_value=0.0)
    extra = extra[extra != 0]
    sums = sums.reindex(sums.index.union(extra.index), fill_value=0.0)
    sums["facility_gwh"] += extra.reindex(sums.index, fill_value=0.0)
    index = frame.index.union(sums.index)
    sums, full = sums.reindex(index, fill_value=0.0), frame.reindex(index, fill_value=0.0)
    place = keyed(FILE, index)
    case.findings.equal("energy_sum", place, full["it_gwh"], sums["it_gwh"])
    case.findings.equal("energy_sum", place, full["facility_gwh"], sums["facility_gwh"])
    supply = full["grid_gwh"] + full["renewable_gwh"]
    supply = supply + fuel_gwh(case).reindex(index, fill_value=0.0)
    case.findings.equal("energy_balance", place, supply, full["facility_gwh"], least=ROW)


def _certificates(case: Case) -> None:
    """A certificate covers grid energy, not that of generators; the cap holds; none when off."""
    frame, settings = case.table("energy"), case.plan.model.settings
    place = keys("energy", frame)
    bought = frame["certificate_gwh"]
    off = case.facts.power["backup"].reindex(frame["site"]).to_numpy(dtype=float)
    case.findings.at_most("certificate_grid", place, bought, (1 - off) * frame["grid_gwh"])
    cap = settings.economy.certificate_cap_gwh
    limit = np.inf if cap is None else cap
    case.findings.at_most("certificate_cap", (FILE, None), bought.sum(), limit)
    if not settings.features.renewables:
        case.findings.at_most("certificate_off", place, bought, 0.0)


def _carbon(case: Case) -> None:
    """Location-based carbon = factor × grid energy + what plants emit.

    Certificates never lower it.
    """
    frame = case.table("energy")
    factor = emission(case).reindex(frame["site"]).to_numpy(dtype=float)
    place = keys("energy", frame)
    emitted = fuel_kt(case).reindex(frame["site"], fill_value=0.0).to_numpy(dtype=float)
    expected = factor * frame["grid_gwh"] + emitted
    case.findings.equal("carbon", place, frame["carbon_kt"], expected)


def emission(case: Case) -> pd.Series:
    """Site → tCO2 of an MWh from the grid, and from generators in the hours in which it fails."""
    power, own = case.facts.power, case.plan.model.settings.backup_power
    off = power["backup"]
    return power["grid_tco2_per_mwh"] * (1 - off) + (own.tco2_per_mwh or 0.0) * off
