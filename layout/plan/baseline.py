"""The base year in tables: stock and vacancy, shortage and surplus, resources of each site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout import formats
from layout.model.derive import blocks, tariffs
from layout.model.derive import demand as planned_demand
from layout.model.hardware import root_of
from layout.model.weakness import weak
from layout.names import province_of_site
from layout.units import GWH_PER_MW_YEAR

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan


def base_blocks(model: PlanningModel) -> pd.DataFrame:
    """Blocks of the stock with their province and whether their figures are weak."""
    table = blocks(model, model.settings.base_year)
    place = table["site"].map(province_of_site(model))
    return table.assign(province=place, weak=weak(model["stock"]).to_numpy())


def stock_table(model: PlanningModel) -> pd.DataFrame:
    """Province × kind: compute_eflops (native), racked_mw, space_mw, vacant_mw, weak (any block).

    Space and vacancy of a block count to the block's own kind.
    """
    grouped = base_blocks(model).groupby(["province", "kind"])
    sums = grouped[["compute_eflops", "racked_mw", "space_mw", "vacant_mw"]].sum()
    return sums.assign(weak=grouped["weak"].any()).reset_index()


def balance_table(model: PlanningModel) -> pd.DataFrame:
    """Place × kind × year: demand against what the stock could serve there (EFLOPS, native).

    Columns: place (``nation`` or a province), kind (its sub-kinds with it), year, demand_eflops,
    stock_eflops, usable_eflops = max_utilisation × effectiveness × stock / (peak factor × (1 +
    reserve)), surplus_eflops (negative = shortage). Peak factor and reserve are the nation's mean
    of that kind and year, weighted by demand. The years are the base year, if its demand is given,
    and the first period.
    """
    settings = model.settings
    years = [settings.base_year, settings.periods[0]]
    tables = [_balance(model, year) for year in years]
    full = pd.concat(tables, ignore_index=True)
    return full.sort_values(["year", "kind", "place"], ignore_index=True)


def _demand(model: PlanningModel, year: int) -> pd.DataFrame:
    """Demand of a year with kind, province and the EFLOPS that it asks to be held ready."""
    demand = planned_demand(model)
    demand = demand[demand["year"] == year]
    work = model["workloads"].set_index("workload")
    zones = model["zones"].set_index("zone")["province"]
    ready = work["peak_factor"] * (1 + work["reserve_margin"])
    province = demand["zone"].map(zones)
    return demand.assign(
        kind=demand["workload"].map(work["kind"]).map(root_of(model)),
        place=province.where(province != "", demand["zone"]),
        ready=demand["demand_eflops"] * demand["workload"].map(ready).astype(float),
    )


def _balance(model: PlanningModel, year: int) -> pd.DataFrame:
    demand = _demand(model, year)
    if demand.empty:
        return pd.DataFrame(columns=_BALANCE)
    wanted = demand.groupby(["place", "kind"])["demand_eflops"].sum().to_frame()
    both = pd.concat([wanted, _usable_stock(model)], axis=1).fillna(0.0)
    nation = both.groupby("kind").sum().assign(place="nation").set_index("place", append=True)
    both = pd.concat([both, nation.reorder_levels(["place", "kind"])]).reset_index()
    sums = demand.groupby("kind")[["ready", "demand_eflops"]].sum()
    factor = (sums["ready"] / sums["demand_eflops"].where(sums["demand_eflops"] > 0)).fillna(1.0)
    usable = both["usable_eflops"] / both["kind"].map(factor).astype(float).fillna(1.0)
    surplus = usable - both["demand_eflops"]
    return both.assign(year=year, usable_eflops=usable, surplus_eflops=surplus)[_BALANCE]


def _usable_stock(model: PlanningModel) -> pd.DataFrame:
    """Place, kind (its sub-kinds with it) → stock_eflops, usable_eflops before peak and reserve."""
    stock = base_blocks(model).groupby(["province", "kind"])["compute_eflops"].sum().reset_index()
    kinds = model["kinds"].set_index("kind")
    limit = (kinds["max_utilisation"] * kinds["effectiveness"]).reindex(stock["kind"])
    table = pd.DataFrame(
        {
            "place": stock["province"],
            "kind": stock["kind"].map(root_of(model)),
            "stock_eflops": stock["compute_eflops"],
            "usable_eflops": stock["compute_eflops"] * limit.to_numpy(dtype=float),
        }
    )
    return table.groupby(["place", "kind"]).sum()


_BALANCE = [
    "place",
    "kind",
    "year",
    "demand_eflops",
    "stock_eflops",
    "usable_eflops",
    "surplus_eflops",
]


def resource_table(model: PlanningModel) -> pd.DataFrame:
    """One row per site: what stands there, what room is left, what power costs and emits.

    Columns: site, province, hub, space_mw, vacant_mw, max_it_mw, room_mw (max_it_mw − space_mw),
    grid_headroom_mw, price_cny_per_kwh, grid_tco2_per_mwh, renewable_potential_gwh (of the
    province, shared by its sites). An unlimited value is infinite.
    """
    sites = model["sites"]
    sums = base_blocks(model).groupby("site")[["space_mw", "vacant_mw"]].sum()
    sums = sums.reindex(sites["site"]).fillna(0.0).reset_index(drop=True)
    province = sites["site"].map(province_of_site(model))
    supply = renewable_potential(model)
    power = tariffs(model)
    return pd.DataFrame(
        {
            "site": sites["site"],
            "province": province,
            "hub": sites["hub"],
            "space_mw": sums["space_mw"],
            "vacant_mw": sums["vacant_mw"],
            "max_it_mw": sites["max_it_mw"],
            "room_mw": np.maximum(sites["max_it_mw"] - sums["space_mw"], 0.0),
            "grid_headroom_mw": sites["grid_headroom_mw"],
            "price_cny_per_kwh": power["price_cny_per_kwh"],
            "grid_tco2_per_mwh": power["grid_tco2_per_mwh"],
            "renewable_potential_gwh": province.map(supply).astype(float).fillna(0.0),
        }
    )


def renewable_potential(model: PlanningModel) -> pd.Series:
    """Province → GWh a year that its renewables can supply; plants with carbon are none."""
    table = model["renewables"]
    table = table[table["carbon_t_per_mwh"] == 0]
    energy = table["potential_mw"] * table["capacity_factor"] * GWH_PER_MW_YEAR
    return energy.groupby(table["province"]).sum()


def target_records(model: PlanningModel) -> list[dict[str, Any]]:
    """Every target measured on the base year, in the shape of plan.json's entries."""
    from layout.plan.measures import base_readings

    records = []
    for reading in base_readings(model):
        target = reading.target
        title = target.title.model_dump() if target.title is not None else None
        records.append(
            {
                **target.model_dump(include=set(_TARGET)),
                "title": title,
                "base_year_value": reading.achieved,
                "outturn": reading.outturn,
                "slack": reading.slack,
                "status": reading.status,
                "reason": reading.reason,
            }
        )
    return records


_TARGET = ("id", "measure", "scope", "kind", "basis", "sense", "value", "unit", "mode", "source")


def base_plan(model: PlanningModel) -> Plan:
    """The base year in the shape of a plan, for the baseline map: stock, and no action."""
    from layout.plan import new_plan
    from layout.plan.baseyear import base_ledger
    from layout.units import RACKS_PER_MW

    ledger = base_ledger(model)
    units = ledger.tables["units"]
    keys = ["site", "year", "kind", "facility"]
    weighted = units.assign(weight=units["pue"] * units["space_mw"])
    actions = [name for name in units if str(name).endswith("_eflops") and name != "load_eflops"]
    sums = weighted.groupby(keys)[[*actions, "space_mw", "it_mw", "weight"]].sum()
    plain = units.groupby(keys)["pue"].mean()
    capacity = sums.assign(
        facility_it_mw=sums["space_mw"],
        racks=sums["space_mw"] * RACKS_PER_MW,
        pue=(sums["weight"] / sums["space_mw"].where(sums["space_mw"] > 0)).fillna(plain),
    ).reset_index()
    record = {
        "format": formats.PLAN,
        "model": model.name,
        "status": "baseline",
        "targets": target_records(model),
    }
    tables = {"units": units, "energy": ledger.tables["energy"], "capacity": capacity}
    return new_plan(record, model, tables)
