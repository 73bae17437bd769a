"""Storage, water and heat of the sites: what stands, what is drawn, what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive
from layout.once import once

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MEDIA = ("disk", "ssd")
GJ_PER_GWH = 3600
STAGES = ("embodied", "transport", "recycling")
"""Stages of a life besides operation, each with a column of ``facilities`` and of ``kinds``."""
MCNY_PER_ML = 1e-3  # mcny per ML for one CNY per cubic metre


def standing_storage(model: PlanningModel) -> dict[str, Floats]:
    """Medium → EB that stand at every site in the base year."""
    table = model["storage"].set_index("site").reindex(model["sites"]["site"])
    return {medium: table[f"{medium}_eb"].fillna(0.0).to_numpy(dtype=float) for medium in MEDIA}


def storage_per_eflops(model: PlanningModel) -> Floats:
    """Kind → EB of storage that one installed EFLOPS needs; an empty cell is 0."""
    return np.nan_to_num(model["kinds"]["storage_eb_per_eflops"].to_numpy(dtype=float))


@dataclass(frozen=True)
class Data:
    """Data of a year that stay in a scope: the sites that may keep them, EB.

    `rows` are those of ``storage_demand`` that say so, by position.
    """

    scope: str
    rows: tuple[int, ...]
    sites: Mask
    stored_eb: float


def stored_eb(table: pd.DataFrame, year: int) -> Floats:
    """Row of ``storage_demand`` → EB in a year: a row holds from its year on, and grows.

    stored_eb·(1 + growth_per_year)^(year − its year) until a later row of the same zone and
    residency; 0 before its year and after the next.
    """
    since = year - table["year"].to_numpy(dtype=float)
    begun = table.assign(row=np.arange(len(table)))[since >= 0].sort_values("year", kind="stable")
    rows = begun.drop_duplicates(["zone", "residency"], keep="last")["row"].to_numpy()
    amount = np.zeros(len(table))
    growth = 1.0 + table["growth_per_year"].to_numpy(dtype=float)[rows]
    amount[rows] = table["stored_eb"].to_numpy(dtype=float)[rows] * growth ** since[rows]
    return amount


@once
def data_of(model: PlanningModel, year: int) -> list[Data]:
    """What ``storage_demand`` asks to be kept in a year, by the scope that data may not leave."""
    table, zones = model["storage_demand"], model["zones"].set_index("zone")
    amount = stored_eb(table, year)
    of: dict[tuple[str, str], list[int]] = {}
    for row in np.flatnonzero(amount > 0):
        residency = str(table["residency"].iloc[row])
        place = "" if residency == "nation" else str(zones.at[table["zone"].iloc[row], residency])
        of.setdefault((residency, place), []).append(int(row))
    return [
        Data(
            f"{residency}:{place}" if place else residency,
            tuple(rows),
            _keeping(model, residency, place),
            float(amount[rows].sum()),
        )
        for (residency, place), rows in sorted(of.items())
    ]


def _keeping(model: PlanningModel, residency: str, place: str) -> Mask:
    """Sites that lie in a region or province, by their own cell or by that of their zone."""
    sites, zones = model["sites"], model["zones"]
    if residency == "nation":
        return np.ones(len(sites), dtype=bool)
    inside = zones["zone"][zones[residency] == place] if place else zones["zone"].iloc[:0]
    found = ((sites[residency] == place) & (place != "")) | sites["zone"].isin(set(inside))
    return np.asarray(found.to_numpy(dtype=bool))


def water_use(model: PlanningModel) -> pd.Series:
    """(site, facility) → L of water per kWh of IT.

    A row of ``pue`` for the site beats one for its climate zone, and both beat the figure of the
    facility type; without any it is 0.
    """
    found = of_halls(model, "wue_l_per_kwh")
    own = model["facilities"].set_index("facility")["wue_l_per_kwh"]
    of_type = own.reindex(found.index.get_level_values("facility")).to_numpy(dtype=float)
    return found.where(found.notna(), of_type).fillna(0.0)


def of_halls(model: PlanningModel, column: str) -> pd.Series:
    """(site, facility) → a figure of ``pue``: of its row for the site, else for the climate zone.

    NaN where neither has one.
    """
    sites, table = model["sites"], model["pue"]
    pairs = sites[["site", "climate_zone"]].merge(model["facilities"][["facility"]], how="cross")
    given = table[table[column].notna()]
    by_site = given[given["site"] != ""].set_index(["site", "facility"])[column]
    by_climate = given[given["site"] == ""].set_index(["climate_zone", "facility"])[column]
    index = pd.MultiIndex.from_frame(pairs[["site", "facility"]])
    at_site = by_site.reindex(index).to_numpy(dtype=float)
    climates = pd.MultiIndex.from_frame(pairs[["climate_zone", "facility"]])
    at_climate = by_climate.reindex(climates).to_numpy(dtype=float)
    return pd.Series(np.where(np.isnan(at_site), at_climate, at_site), index=index)


@dataclass(frozen=True)
class WaterLimit:
    """A row of ``water`` with a limit: whose it is, the sites that share it, ML a year."""

    of: str
    name: str
    sites: Mask
    limit_ml: float


def water_limits(model: PlanningModel) -> list[WaterLimit]:
    """The limits of ``water``, of provinces and of groups such as river basins."""
    found = []
    table = model["water"]
    for province, group, limit in zip(
        table["province"], table["group"], table["limit_ml"], strict=True
    ):
        of, name = ("group", group) if group else ("province", province)
        if np.isfinite(limit):
            sites = derive.scope_sites(model, f"{of}:{name}")
            found.append(WaterLimit(of, name, sites, float(limit)))
    return found


def water_prices(model: PlanningModel) -> Floats:
    """Site → mcny per ML of water: of its province in ``water``, else of the settings."""
    table = model["water"]
    own = table[(table["province"] != "") & table["price_cny_per_m3"].notna()]
    price = own.set_index("province")["price_cny_per_m3"].reindex(model["sites"]["province"])
    given = price.fillna(model.settings.water.price_cny_per_m3).to_numpy(dtype=float)
    return np.asarray(given * MCNY_PER_ML)


def heating_hours(model: PlanningModel) -> Floats:
    """Site → hours of its heating season: its own, else those of the settings."""
    hours = model["sites"]["heating_hours"]
    return hours.fillna(model.settings.heat.heating_hours).to_numpy(dtype=float)
