"""Storage, water, heat and life-cycle carbon of a plan: target measures and key figures."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.model.supplies import GJ_PER_GWH, STAGES, water_use
from layout.plan.ledger import Ledger
from layout.plan.ratio import Ratio

if TYPE_CHECKING:
    from layout.model import PlanningModel

Figure = tuple[str, float | None, str]


def _in_scope(ledger: Ledger, table: str, scope: str) -> pd.DataFrame:
    """Rows of a plan table of the year at sites of the scope."""
    frame = ledger.of_year(table)
    return frame[ledger.site_mask(scope, frame["site"])]


def _storage(ledger: Ledger, scope: str) -> tuple[float, float]:
    """EB on disks and on solid state; of the base year, what stands then."""
    if ledger.base:
        frame = ledger.model["storage"]
        frame = frame[ledger.site_mask(scope, frame["site"])]
    else:
        frame = _in_scope(ledger, "storage", scope)
    return float(frame["disk_eb"].sum()), float(frame["ssd_eb"].sum())


def storage_eb(ledger: Ledger, target: Any) -> Ratio:
    """Storage of the scope on all media, copies included."""
    return Ratio(sum(_storage(ledger, target.scope)))


def ssd_share(ledger: Ledger, target: Any) -> Ratio:
    """Solid-state storage of the scope over all its storage."""
    disk, ssd = _storage(ledger, target.scope)
    return Ratio(ssd, disk + ssd)


def water_ml(ledger: Ledger, target: Any) -> Ratio:
    """Water that cooling takes in the scope; of the base year, from the energy of its IT."""
    if not ledger.base:
        return Ratio(float(_in_scope(ledger, "water", target.scope)["water_ml"].sum()))
    units = ledger.units_in(target.scope)
    places = pd.MultiIndex.from_frame(units[["site", "facility"]])
    each = water_use(ledger.model).reindex(places, fill_value=0.0).to_numpy(dtype=float)
    return Ratio(float((each * units["it_gwh"].to_numpy(dtype=float)).sum()))


def heat_gwh(ledger: Ledger, target: Any) -> Ratio | None:
    """Waste heat recovered in the scope."""
    if ledger.base:
        return None
    return Ratio(float(_in_scope(ledger, "heat", target.scope)["heat_gwh"].sum()))


def carbon_life_cycle_kt(ledger: Ledger, target: Any) -> Ratio:
    """Location-based emissions, halls and hardware by their lives, less what heat replaces."""
    total = float(ledger.energy_in(target.scope)["carbon_kt"].sum(skipna=False))
    total += sum(stage_kt(ledger, name, target.scope) for name in STAGES)
    if ledger.model.settings.features.heat and not ledger.base:
        saved = ledger.model.settings.heat.saved_tco2_per_gj * GJ_PER_GWH / 1000
        total -= saved * float(_in_scope(ledger, "heat", target.scope)["heat_gwh"].sum())
    return Ratio(total)


def stage_kt(ledger: Ledger, stage: str, scope: str) -> float:
    """What a stage (of `STAGES`) of the life of new halls and of hardware emits, kt a year."""
    units = ledger.units_in(scope)

    def each(table: str, column: str, life: str, labels: pd.Series) -> Any:
        whole = np.nan_to_num(ledger.looked_up(table, f"{stage}_{column}", labels))
        return whole / ledger.looked_up(table, life, labels)

    halls = each("facilities", "tco2_per_mw", "life_years", units["facility"])
    hardware = each("kinds", "tco2_per_eflops", "it_life_years", units["kind"])
    emitted = halls * units["new_mw"] + hardware * units["compute_eflops"]
    return float(emitted.sum()) / 1000


def storage_capex(ledger: Ledger, scope: str) -> float:
    """Undiscounted investment in storage put into service in the year, mcny."""
    frame, own = _in_scope(ledger, "storage", scope), ledger.model.settings.storage
    disk, ssd = float(frame["added_disk_eb"].sum()), float(frame["added_ssd_eb"].sum())
    return own.disk_mcny_per_eb * disk + own.ssd_mcny_per_eb * ssd


NATION = SimpleNamespace(scope="nation", kind=None, basis=None)


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Key figures of the features that are on; of generators and life-cycle carbon where given."""
    on = ledger.model.settings.features
    if on.storage:
        yield from _stored(ledger)
    if on.water:
        water = water_ml(ledger, NATION).numerator
        yield "water_ml", water, "ML"
        yield "wue", Ratio(water, float(ledger.energy["it_gwh"].sum())).value, "L/kWh IT"
    if on.heat:
        yield from _heated(ledger)
    yield from _backup_power(ledger)
    if any(_is_given(ledger.model, name) for name in STAGES):
        yield "carbon_life_cycle_kt", carbon_life_cycle_kt(ledger, NATION).value, "kt"


def stages(ledger: Ledger) -> Iterator[Figure]:
    """What each stage of a life emits, of those that a table says something of."""
    for name in STAGES:
        if _is_given(ledger.model, name):
            yield f"carbon_{name}_kt", stage_kt(ledger, name, NATION.scope), "kt"


def _is_given(model: PlanningModel, stage: str) -> bool:
    """Whether a table says what a stage emits."""
    columns = (("facilities", "tco2_per_mw"), ("kinds", "tco2_per_eflops"))
    return any((model[table][f"{stage}_{column}"] != 0).any() for table, column in columns)


def _backup_power(ledger: Ledger) -> Iterator[Figure]:
    """What generators make in the hours in which the grid fails, and what new halls have of them.

    Σ outage_hours/8760 · grid_gwh, and Σ PUE · new MW, at sites above the tolerated hours.
    """
    share = ledger.factor("backup_share", ledger.energy["site"])
    if not (ledger.factor("backup_share", ledger.model["sites"]["site"]) > 0).any():
        return
    yield "backup_power_gwh", float((share * ledger.energy["grid_gwh"]).sum()), "GWh"
    units = ledger.units
    carried = ledger.factor("backup_share", units["site"]) > 0
    yield "backup_power_mw", float((units["pue"] * units["new_mw"])[carried].sum()), "MW"


def _stored(ledger: Ledger) -> Iterator[Figure]:
    """Storage in place, its media, and how it compares with compute."""
    table = ledger.of_year("storage")
    total = storage_eb(ledger, NATION).numerator
    yield "storage_eb", total, "EB"
    yield "storage_needed_eb", float(table["needed_eb"].sum()), "EB"
    if len(ledger.model["storage_demand"]):
        yield "storage_kept_eb", float(table["kept_eb"].sum()), "EB"
    yield "storage_backup_eb", float(table["backup_eb"].sum()), "EB"
    yield "ssd_share", ssd_share(ledger, NATION).value, "share"
    compute = float(ledger.units["compute_fp32"].sum(skipna=False))
    yield "storage_tb_per_tflops_fp32", Ratio(total, compute).value, "TB/TFLOPS FP32"


def _heated(ledger: Ledger) -> Iterator[Figure]:
    """Heat sold, as a share of the facilities' energy, and energy less heat over that of IT."""
    heat = float(ledger.of_year("heat")["heat_gwh"].sum())
    facility, it = (float(ledger.energy[f"{name}_gwh"].sum()) for name in ("facility", "it"))
    yield "heat_gwh", heat, "GWh"
    yield "heat_reuse_factor", Ratio(heat, facility).value, "share"
    yield "energy_reuse_effectiveness", Ratio(facility - heat, it).value, "ratio"
