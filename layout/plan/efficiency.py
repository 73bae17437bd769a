"""Key figures of what compute takes: power, energy, carbon, halls and staff."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.model.supplies import of_halls, water_use
from layout.plan.costshare import PARTS, cost_parts_by_kind
from layout.plan.ledger import Ledger
from layout.plan.ratio import TINY
from layout.plan.weighing import Figure, quotient

HOURS = 8760.0
KWH_PER_GWH = 1e6
KG_PER_KT = 1e6
MWH_PER_GWH = 1000.0


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Efficiency by kind, carbon per compute (CEPS), parts of the cost, halls, staff."""
    yield from _by_kind(ledger)
    yield from _carbon(ledger)
    yield from _cost_parts(ledger)
    yield from _halls(ledger)


def overhead(ledger: Ledger) -> Iterator[Figure]:
    """The two parts of what the PUE has above 1: they add up to ``pue_operated`` − 1 (R117).

    ``pue_part_fixed``: Σ fixed_overhead · MW of space · 8,760 h over Σ IT energy, what halls draw
    whatever their load; ``pue_part_following_load``: all other overhead over IT energy. Which of
    it is cooling and which is loss of power supply the table `pue` does not say.
    """
    units = ledger.units
    it = units["it_gwh"].sum(skipna=False)
    above = units["facility_gwh"].sum(skipna=False) - it
    fixed = (units["fixed_overhead"] * units["space_mw"]).sum(skipna=False) * HOURS / MWH_PER_GWH
    yield "pue_part_fixed", quotient(fixed, it), "ratio"
    yield "pue_part_following_load", quotient(above - fixed, it), "ratio"


def sources(ledger: Ledger) -> Iterator[Figure]:
    """What of the overhead is cooling, and what the grid's power brings, where the model says so.

    ``ppue_cooling``, ``ppue_power``: 1 + Σ cooling_share·overhead over IT energy, and 1 + the rest
    (pPUE, kpis.md; R117). ``water_source_ml``, ``wue_source``: Σ water_l_per_kwh·energy of the
    grid, and that over IT energy together with what cooling takes on site. ``carbon_free_share``:
    green energy and the carbon-free part of the grid's over all that halls draw; with time slices
    what is bought is matched hour by hour, the grid's part is that of the year. What generators
    make in outages is neither. None where a place in use does not say.
    """
    model, units = ledger.model, ledger.units
    it = units["it_gwh"].sum(skipna=False)
    if model["pue"]["cooling_share"].notna().any():
        places = pd.MultiIndex.from_frame(units[["site", "facility"]])
        share = of_halls(model, "cooling_share").reindex(places).to_numpy(dtype=float)
        over = (units["facility_gwh"] - units["it_gwh"]).to_numpy(dtype=float)
        cooling = np.where(over > TINY, share * over, 0.0).sum()
        yield "ppue_cooling", _above_one(quotient(cooling, it)), "ratio"
        yield "ppue_power", _above_one(quotient(over.sum() - cooling, it)), "ratio"
    energy, power = ledger.energy, model["power"]
    sites = energy["site"]
    grid = energy["grid_gwh"].to_numpy(dtype=float) * (1 - ledger.factor("backup_share", sites))
    if power["water_l_per_kwh"].notna().any():
        water = np.where(grid > TINY, ledger.factor("water_l_per_kwh", sites) * grid, 0.0).sum()
        yield "water_source_ml", water, "ML"
        places = pd.MultiIndex.from_frame(units[["site", "facility"]])
        each = water_use(model).reindex(places, fill_value=0.0).to_numpy(dtype=float)
        on_site = (each * units["it_gwh"]).sum(skipna=False)
        yield "wue_source", quotient(water + on_site, it), "L/kWh IT"
    if power["carbon_free_share"].notna().any():
        free = np.where(grid > TINY, ledger.factor("carbon_free_share", sites) * grid, 0.0).sum()
        green = energy["renewable_gwh"].sum(skipna=False)
        whole = energy["facility_gwh"].sum(skipna=False)
        yield "carbon_free_share", quotient(green + free, whole), "share"


def _above_one(part: float | None) -> float | None:
    return None if part is None else 1 + part


def _by_kind(ledger: Ledger) -> Iterator[Figure]:
    """Per kind, in its native precision: what a MW carries, and what an hour of work takes.

    ``eflops_per_mw``: Σ compute / Σ rated MW of that IT (算效 CE, kpis.md; 1 EFLOPS/MW =
    1,000 GFLOPS/W). ``kwh_per_eflops_hour``: Σ energy of the facilities that the kind causes,
    kWh / (Σ compute delivered · 8,760 h) (kpis.md, energy per compute; see `_delivered`).
    """
    units, kinds = ledger.units, ledger.model["kinds"]
    delivered = _delivered(ledger)
    for kind, precision in zip(kinds["kind"], kinds["precision"], strict=True):
        mine = ledger.of_kind(kind, units["kind"])
        own = units[mine]
        carried = quotient(own["compute_eflops"].sum(), own["it_mw"].sum())
        yield f"eflops_per_mw_{kind}", carried, f"EFLOPS {precision}/MW IT"
        worked = delivered[mine].sum(skipna=False) * HOURS
        energy = own["facility_gwh"].sum(skipna=False) * KWH_PER_GWH
        yield f"kwh_per_eflops_hour_{kind}", quotient(energy, worked), "kWh/EFLOPS·h"


def _delivered(ledger: Ledger) -> pd.Series:
    """EFLOPS that each unit delivers, native: what it has in use · effectiveness of its kind.

    Hardware that works at half its peak is in use with 2 EFLOPS for every one delivered. Work that
    runs on hardware of another kind counts as what that hardware delivers to its own.
    """
    units = ledger.units
    return units["load_eflops"] * ledger.looked_up("kinds", "effectiveness", units["kind"])


def _carbon(ledger: Ledger) -> Iterator[Figure]:
    """算力碳效 CEPS (R135, kpis.md): location-based carbon per compute; lower is better.

    Per TFLOPS FP32 in service and year, and per EFLOPS FP32 · hour delivered. And what carbon would
    be if all energy came from the grid, which is what forecasts without renewables are of (R122):
    Σ facility energy · the grid's factor.
    """
    grid = ledger.factor("grid_tco2_per_mwh", ledger.energy["site"])  # t/MWh = kt/GWh
    whole = float((ledger.energy["facility_gwh"] * grid).sum(skipna=False))
    yield "carbon_without_renewables_kt", whole, "kt"
    units = ledger.units
    carbon = ledger.energy["carbon_kt"].sum(skipna=False)
    installed = units["compute_fp32"].sum(skipna=False)  # kt per EFLOPS = kg per TFLOPS
    yield "carbon_kg_per_tflops_fp32", quotient(carbon, installed), "kgCO2/TFLOPS FP32"
    worked = (_delivered(ledger) * units["fp32"]).sum(skipna=False) * HOURS
    per_hour = quotient(carbon * KG_PER_KT, worked)
    yield "carbon_kg_per_eflops_hour_fp32", per_hour, "kgCO2/EFLOPS·h FP32"


def _cost_parts(ledger: Ledger) -> Iterator[Figure]:
    """Cost per PFLOPS served and year by kind, part by part; the parts add up to the whole."""
    if ledger.base:
        return
    parts, kinds = cost_parts_by_kind(ledger), ledger.model["kinds"]["kind"]
    for kind in kinds:
        served = ledger.run["eflops"][ledger.of_kind(kind, ledger.run["kind"])].sum() * 1000
        own = parts[ledger.of_kind(kind, pd.Series(parts.index, dtype=object))].sum()
        for part in PARTS:
            cost = quotient(float(own[part]), served)
            yield f"cost_{part}_mcny_per_pflops_year_{kind}", cost, "mcny/PFLOPS/year"


def _halls(ledger: Ledger) -> Iterator[Figure]:
    """Halls that stand, and the people who run them (R76, R170).

    ``stock_blocks`` are blocks of the stock that are kept; ``new_modules`` is the new space of
    every unit in modules of its facility type, rounded up (a type without modules: 1 a unit).
    ``running_staff_persons``: Σ staff_per_mw · MW of space; only where the model has the column.
    """
    units = ledger.units
    stands = units[units["space_mw"] > TINY]
    yield "stock_blocks", float(stands["unit"][~stands["new"]].nunique()), "blocks"
    space = stands[stands["new"]].groupby(["unit", "facility"])["space_mw"].sum().reset_index()
    each = ledger.looked_up("facilities", "module_it_mw", space["facility"])
    count = np.where(np.isnan(each), 1.0, np.ceil(space["space_mw"] / each - 1e-6))
    yield "new_modules", float(count.sum()), "modules"
    if (ledger.model["facilities"]["staff_per_mw"] > 0).any():
        staff = ledger.looked_up("facilities", "staff_per_mw", units["facility"])
        persons = float((np.nan_to_num(staff) * units["space_mw"]).sum())
        yield "running_staff_persons", persons, "persons"


def fuel(ledger: Ledger) -> Iterator[Figure]:
    """Energy used of plants with carbon; nothing where the model has none (R125)."""
    if ledger.base or not (ledger.model["renewables"]["carbon_t_per_mwh"] > 0).any():
        return
    used = ledger.contracts
    burnt = used["used_gwh"][used["carbon_t_per_mwh"] > 0]
    yield "fuel_gwh", float(burnt.sum()), "GWh"


def cold_storage(ledger: Ledger) -> Iterator[Figure]:
    """Stores of cooling, where they are offered (R118).

    ``cold_storage_mwh``: Σ size over sites; ``cold_storage_gwh``: electricity for cooling that they
    replace in a year, Σ cold_discharge_mw · hours.
    """
    settings = ledger.model.settings
    offered = settings.slices.cold_storage_capex_mcny_per_mwh is not None
    if ledger.base or not settings.features.slices or not offered:
        return
    stores, keys = ledger.of_year("cold_storage"), ["site", "slice"]
    hours = ledger.of_year("dispatch").set_index(keys)["hours"]
    each = hours.reindex(pd.MultiIndex.from_frame(stores[keys])).to_numpy(dtype=float)
    yield "cold_storage_mwh", float(stores.groupby("site")["cold_storage_mwh"].max().sum()), "MWh"
    yield "cold_storage_gwh", float((stores["cold_discharge_mw"] * each).sum()) / 1000, "GWh"
