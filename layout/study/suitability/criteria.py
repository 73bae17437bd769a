"""What a site can be judged by: figures of the model's own tables, and its table ``criteria``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.errors import InputError, Problem
from layout.geography.distance import great_circle_km
from layout.model import derive, plants
from layout.model.backbone import node_places
from layout.model.document import Place
from layout.model.naming import shown
from layout.model.supplies import water_limits
from layout.once import once
from layout.study.weighing.criterion import Criterion, Floats, Told
from layout.study.weighing.reach import inside, wanted

if TYPE_CHECKING:
    from layout.model import PlanningModel

GWH_PER_MW = 8.76
_FILE = "criteria.csv"


def _rows(frame: pd.DataFrame, rows: Sequence[int], column: str) -> tuple[str, ...]:
    """The words of a note column in some rows, '' where there is no row or no column."""
    if column not in frame:
        return ("",) * len(rows)
    words = frame[column].astype(str).tolist()
    return tuple(words[row] if row >= 0 else "" for row in rows)


def _told(value: Floats, frame: pd.DataFrame, rows: Sequence[int]) -> Told:
    return Told(value, _rows(frame, rows, "source"), _rows(frame, rows, "confidence"))


def _of_site(column: str) -> Callable[[PlanningModel], Told]:
    """A column of ``sites`` as it stands; a column that no row fills is missing everywhere."""

    def read(model: PlanningModel) -> Told:
        table = model["sites"]
        return _told(table[column].to_numpy(dtype=float).copy(), table, range(len(table)))

    return read


def _of_power(column: str) -> Callable[[PlanningModel], Told]:
    """A column of ``power``: the tariff zone's figure, else the province's; else missing."""

    def read(model: PlanningModel) -> Told:
        table = model["power"]
        zone, province = derive.power_rows(model)
        values = np.append(table[column].to_numpy(dtype=float), np.nan)
        rows = np.where(np.isnan(values[zone]), province, zone)
        return _told(values[rows], table, rows.tolist())

    return read


def _suppliers(model: PlanningModel) -> pd.DataFrame:
    """Site and row of ``renewables`` without carbon, with GWh a year and delivered cost."""
    table, pairs = model["renewables"], plants.suppliers(model)
    green = table["carbon_t_per_mwh"].to_numpy(dtype=float) == 0
    pairs = pairs[green[pairs["row"]]].reset_index(drop=True)
    of = table.iloc[pairs["row"]]
    gwh = of["potential_mw"].to_numpy(float) * of["capacity_factor"].to_numpy(float) * GWH_PER_MW
    cost = of["cost_cny_per_kwh"].to_numpy(float) + of["wheeling_cny_per_kwh"].to_numpy(float)
    return pairs.assign(gwh=gwh, spent=gwh * cost)


def _green(model: PlanningModel, cost: bool) -> Told:
    """Renewable energy that the site may contract, GWh a year; or its mean delivered cost."""
    table, pairs = model["renewables"], _suppliers(model)
    count = len(model["sites"])
    sums = pairs.groupby("site")[["gwh", "spent"]].sum().reindex(range(count))
    first = pairs.groupby("site")["row"].first().reindex(range(count)).fillna(-1).astype(int)
    gwh = sums["gwh"].to_numpy(dtype=float)
    if cost:
        spent = sums["spent"].to_numpy(dtype=float)
        value = np.divide(spent, gwh, out=np.full(count, np.nan), where=gwh > 0)
    else:
        none = np.nan if table.empty or not model.settings.features.renewables else 0.0
        value = np.where(np.isnan(gwh), none, gwh)
    return _told(value, table, first.tolist())


def _headroom(model: PlanningModel) -> Told:
    """The least of what the limits of site, tariff zone and province leave above the stock's draw.

    The limit of a tariff zone or a province is shared by the sites in it.
    """
    sites, power = model["sites"], model["power"]
    blocks = derive.blocks(model, model.settings.base_year)
    slope = blocks["pue"] - blocks["fixed_overhead"]
    rated = slope * blocks["racked_mw"] + blocks["fixed_overhead"] * blocks["space_mw"]
    drawn = rated.groupby(blocks["site"]).sum().reindex(sites["site"]).fillna(0.0).to_numpy(float)
    left = [sites["grid_headroom_mw"].to_numpy(float) - drawn]
    limit = np.append(power["grid_headroom_mw"].to_numpy(float), np.inf)
    pair = derive.power_rows(model)
    for rows in pair:
        used = np.bincount(rows[rows >= 0], drawn[rows >= 0], len(limit))
        left.append(np.where(rows >= 0, limit[rows] - used[rows], np.inf))
    stacked = np.vstack(left)
    binding = np.argmin(stacked, axis=0)
    own = _told(np.min(stacked, axis=0), sites, range(len(sites)))
    shared = [_told(own.value, power, rows.tolist()) for rows in pair]
    each = (own, *shared)
    return Told(
        np.maximum(own.value, 0.0),
        tuple(each[of].source[site] for site, of in enumerate(binding)),
        tuple(each[of].confidence[site] for site, of in enumerate(binding)),
    )


def _pue(model: PlanningModel) -> Told:
    """The lowest design PUE of the facilities offered; missing where the model says none."""
    sites, table = model["sites"], model["pue"]
    count = len(sites)
    if table.empty:
        return Told(np.full(count, np.nan), ("",) * count, ("",) * count)
    best = derive.offers(model).groupby("site")["pue"].min().reindex(sites["site"])
    row_of = {
        (site or climate, pue): row
        for row, (site, climate, pue) in enumerate(
            zip(table["site"], table["climate_zone"], table["pue"], strict=True)
        )
    }
    codes = zip(sites["site"], sites["climate_zone"], best, strict=True)
    rows = [row_of.get((site, pue), row_of.get((zone, pue), -1)) for site, zone, pue in codes]
    return _told(best.to_numpy(dtype=float), table, rows)


def _reach(model: PlanningModel) -> Told:
    """Share of the last period's demand within 20 ms on the model's basis."""
    near, weight = inside(model), wanted(model)
    total = float(weight.sum())
    value = near @ weight / total if total > 0 else np.full(len(near), np.nan)
    empty = ("",) * len(near)
    return Told(np.asarray(value, dtype=float), empty, empty)


def _space(model: PlanningModel) -> Told:
    """MW of IT that may stand at the site beyond the halls that are there."""
    sites, blocks = model["sites"], derive.blocks(model, model.settings.base_year)
    there = blocks.groupby("site")["space_mw"].sum().reindex(sites["site"]).fillna(0.0)
    left = sites["max_it_mw"].to_numpy(dtype=float) - there.to_numpy(dtype=float)
    return _told(np.maximum(left, 0.0), sites, range(len(sites)))


def _water(model: PlanningModel) -> Told:
    """The tightest limit of ``water`` on the site, ML a year; it is shared within its place."""
    value = np.full(len(model["sites"]), np.nan)
    for limit in water_limits(model):
        value[limit.sites] = np.fmin(value[limit.sites], limit.limit_ml)
    empty = ("",) * len(value)
    return Told(value, empty, empty)


def _backbone(model: PlanningModel) -> Told:
    """Great circle to the nearest end of a link of ``arcs``, km."""
    sites, arcs, places = model["sites"], model["arcs"], node_places(model)
    ends = sorted({*arcs["from"], *arcs["to"]} & places.keys())
    if not ends:
        return Told(np.full(len(sites), np.nan), ("",) * len(sites), ("",) * len(sites))
    lat, lon = np.array([places[end] for end in ends], dtype=float).T
    own = [sites[name].to_numpy(dtype=float) for name in ("lat", "lon")]
    distance = great_circle_km(own[0], own[1], lat, lon)
    row_of: dict[str, int] = {}
    for column in ("to", "from"):
        row_of |= {code: row for row, code in enumerate(arcs[column])}
    rows = [row_of[ends[at]] for at in distance.argmin(axis=1)]
    return _told(distance.min(axis=1), arcs, rows)


_BUILT_IN: tuple[tuple[str, str, bool, Callable[[PlanningModel], Told]], ...] = (
    ("power_price", "CNY/kWh", False, _of_power("price_cny_per_kwh")),
    ("grid_carbon", "tCO2/MWh", False, _of_power("grid_tco2_per_mwh")),
    ("green_supply", "GWh", True, lambda model: _green(model, False)),
    ("green_cost", "CNY/kWh", False, lambda model: _green(model, True)),
    ("grid_headroom", "MW", True, _headroom),
    ("pue", "1", False, _pue),
    ("reach_20ms", "share", True, _reach),
    ("space", "MW", True, _space),
    ("land", "ha", True, _of_site("land_ha")),
    ("build_cost", "1", False, _of_site("cost_factor")),
    ("wages", "1", False, _of_site("wage_factor")),
    ("site_cost", "mcny/year", False, _of_site("fixed_cost_mcny_per_year")),
    ("water", "ML", True, _water),
    ("heat_demand", "MW", True, _of_site("heat_demand_mw")),
    ("backbone", "km", False, _backbone),
)
BUILT_IN = tuple(name for name, *_ in _BUILT_IN)


@once
def criteria_of(model: PlanningModel) -> dict[str, Criterion]:
    """Every criterion of a model by code: the built-in ones, then those of its own table.

    Raises InputError for a row of ``criteria`` that takes a built-in name or has two units.
    """
    found = {name: Criterion(name, unit, up, read(model)) for name, unit, up, read in _BUILT_IN}
    return found | _own(model)


def _own(model: PlanningModel) -> dict[str, Criterion]:
    table, problems = model["criteria"], []
    sites = pd.Index(model["sites"]["site"])
    found = {}
    for code, rows in table.groupby("criterion", sort=True):
        name = str(code)
        units = sorted(set(rows["unit"]))
        where = f"{name} / {rows['site'].iloc[0]}"
        if name in BUILT_IN:
            problems.append(_problem("criterion_taken", "criterion", found=shown(where)))
            continue
        if len(units) > 1:
            said = shown(", ".join(unit or "–" for unit in units))
            problems.append(_problem("criterion_units", "unit", name=shown(name), found=said))
        at = sites.get_indexer(rows["site"])
        value = np.full(len(sites), np.nan)
        value[at] = rows["value"].to_numpy(dtype=float)
        row_of = np.full(len(sites), -1, dtype=np.int64)
        row_of[at] = np.arange(len(rows))
        found[name] = Criterion(name, units[0], None, _told(value, rows, row_of.tolist()), True)
    if problems:
        raise InputError(problems)
    return found


def _problem(code: str, column: str, **values: str) -> Problem:
    return Place(_FILE).problem(code, column, **values)
