"""Checks of what storage, water, heat and backup power need besides switches."""

from __future__ import annotations

from typing import Any

import numpy as np

from layout.model import derive
from layout.model.known import Known
from layout.model.naming import shown
from layout.model.supplies import data_of


def feature_columns(known: Known) -> None:
    """A feature that is on finds the column without which it would do nothing."""
    on = known.settings.features
    needed = known.frame("kinds")["storage_eb_per_eflops"].notna().any()
    if on.storage and not needed and known.frame("storage_demand").empty:
        _missing(known, "storage", "kinds", "storage_eb_per_eflops")
    turns = known.frame("facilities")["retrofit_capex_mcny_per_mw"]
    if on.retrofit and not turns.notna().any():  # blocks may be closed all the same
        column = "retrofit_capex_mcny_per_mw"
        _missing(known, "retrofit", "facilities", column, severity="warning")
    tables = (known.frame(table) for table in ("pue", "facilities"))
    given = any(table["wue_l_per_kwh"].notna().any() for table in tables)
    if on.water and not given:
        _missing(known, "water", "facilities", "wue_l_per_kwh")
    if on.heat and not (known.frame("sites")["heat_demand_mw"] > 0).any():
        _missing(known, "heat", "sites", "heat_demand_mw")


def _missing(known: Known, name: str, table: str, column: str, severity: str = "error") -> None:
    values = {"name": name, "table": table, "wanted": column}
    key = f"features.{name}"
    known.at_key(("features", name), key, "feature_column", severity=severity, **values)


def backup_power_stated(known: Known) -> None:
    """Where the grid fails for longer than is tolerated, generators have their figures."""
    own = known.settings.backup_power
    wanted = ("capex_mcny_per_mw", "life_years", "cost_cny_per_kwh", "tco2_per_mwh")
    missing = [f"backup_power.{name}" for name in wanted if getattr(own, name) is None]
    hours = known.frame("power")["outage_hours_per_year"].to_numpy(dtype=float)
    failing = np.flatnonzero(hours > own.tolerated_outage_hours)
    if missing and len(failing):
        row = int(failing[0])
        values = {"hours": f"{hours[row]:g}", "tolerated": f"{own.tolerated_outage_hours:g}"}
        at = ("power", row, "outage_hours_per_year", "backup_power_unstated")
        known.at_row(*at, names=", ".join(missing), **values)


def cold_storage_stated(known: Known) -> None:
    """A store of cooling on offer has its figures, and every hall says how much it cools (R118)."""
    own, on = known.settings.slices, known.settings.features.slices
    if not on or own.cold_storage_capex_mcny_per_mwh is None:
        return
    wanted = ("life_years", "hours", "efficiency")
    names = [f"cold_storage_{name}" for name in wanted]
    missing = [f"slices.{name}" for name in names if getattr(own, name) is None]
    if missing:
        key = ("slices", "cold_storage_capex_mcny_per_mwh")
        names_of = ", ".join(missing)
        known.at_key(key, ".".join(key), "cold_storage_unstated", names=names_of)
    table, climates = known.frame("pue"), known.frame("sites").set_index("site")["climate_zone"]
    halls = list(zip(table["site"], table["climate_zone"], table["facility"], strict=True))
    stated = table["cooling_share"].notna()
    says = {hall for hall, given in zip(halls, stated, strict=True) if given}
    asked = set()
    for row, (site, climate, facility) in enumerate(halls):
        elsewhere = site and ("", climates.get(site, ""), facility) in says
        if table["pue"].iloc[row] > 1 and not stated.iloc[row] and not elsewhere:
            known.at_row("pue", row, "cooling_share", "cold_storage_share")
            asked.add((site, climate, facility))
    blocks = known.blocks  # a block may have a PUE of its own where the table says 1
    for row, (site, facility) in enumerate(zip(blocks["site"], blocks["facility"], strict=True)):
        rows = {(site, "", facility), ("", climates.get(site, ""), facility)}
        if blocks["pue"].iloc[row] > 1 and rows.isdisjoint(says | asked):
            known.at_row("stock", row, "facility", "cold_storage_share")


def water_rows(known: Known) -> None:
    """A row of ``water`` names a province or a group; only a province has a price."""
    table = known.frame("water")
    province, group = (table[name] != "" for name in ("province", "group"))
    for row in np.flatnonzero((province == group).to_numpy()):
        known.at_row("water", int(row), "province", "one_of", names="province, group")
    priced = group & table["price_cny_per_m3"].notna()
    for row in np.flatnonzero(priced.to_numpy()):
        known.at_row("water", int(row), "price_cny_per_m3", "water_group_price")


def water_without_sites(known: Known) -> None:
    """Warn of a limit that no site shares."""
    table = known.frame("water")
    if not known.settings.features.water:
        table = table.iloc[:0]
    for row, (province, group) in enumerate(zip(table["province"], table["group"], strict=True)):
        scope = f"group:{group}" if group else f"province:{province}"
        if not derive.scope_sites(known.model, scope).any():
            column = "group" if group else "province"
            name = group or province
            known.at_row("water", row, column, "no_site_there", severity="warning", name=name)


def backup_regions(known: Known) -> None:
    """Copies in other regions need sites in as many regions, and the region of every site."""
    own = known.settings.storage
    if not known.settings.features.storage or own.core_share == 0:
        return
    sites = known.frame("sites")
    for row in np.flatnonzero((sites["region"] == "").to_numpy()):
        known.at_row("sites", int(row), "region", "backup_region", site=sites["site"].iloc[row])
    count = sites["region"].nunique()
    if count <= own.copies:
        values: dict[str, Any] = {"copies": own.copies, "found": count, "least": own.copies + 1}
        known.at_key(("storage", "core_share"), "storage.core_share", "backup_regions", **values)


def data_have_sites(known: Known) -> None:
    """Data that may not leave a region or province find a site there."""
    if not known.settings.features.storage:
        return
    table = known.frame("storage_demand")
    told: set[int] = set()
    for year in known.settings.periods:
        for data in data_of(known.model, year):
            for row in () if data.sites.any() else data.rows:
                if row in told:
                    continue
                told.add(row)
                names = {name: shown(table[name].iloc[row]) for name in ("zone", "residency")}
                known.at_row("storage_demand", row, "residency", "data_nowhere", **names)
