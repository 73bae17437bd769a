"""Keys that nobody gave, taken from where a site lies; values are never inferred.

A site without a province is one given by name and coordinates: it gets its province (point in
polygon), zone and hub. Any site without region, tariff zone or climate zone gets those of its
province. Only rows as they were given serve as examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from layout.geography.boundaries import province_of, provinces
from layout.geography.distance import great_circle_km
from layout.model.inheritance import PlacedTable
from layout.model.planning import Inferred

MARK = "note_inferred"


def complete(
    tables: dict[str, PlacedTable],
) -> tuple[dict[str, PlacedTable], tuple[Inferred, ...]]:
    """The tables with empty keys of sites filled in, and what was filled in."""
    given = tables["sites"].frame
    if given.empty:
        return tables, ()
    sites = given.copy()
    bare = (sites["province"] == "").to_numpy()
    zones = _zones(tables["zones"].frame)
    _fill(sites, bare, "province", lambda row: _province(sites, row))
    _fill(sites, bare & (sites["zone"] == ""), "zone", lambda row: _zone(sites, row, zones))
    _fill(sites, bare, "hub", lambda row: _hub(sites, row, given, tables["groups"].frame))
    every = np.ones(len(sites), dtype=bool)
    _fill(sites, every, "region", lambda row: _region(sites, row, given, zones))
    for column in ("tariff_zone", "climate_zone"):
        _fill(sites, every, column, lambda row, c=column: _neighbour(sites, row, given, c))  # type: ignore[misc]
    inferred = _record(sites, given)
    result = dict(tables)
    result["sites"] = replace(tables["sites"], frame=sites)
    return result, inferred


def _zones(zones: pd.DataFrame) -> pd.DataFrame:
    """Zones with a province: the one given, else the zone's own code when it is a province's."""
    if (zones["province"] != "").all():
        return zones
    own = zones["zone"].where(zones["zone"].isin(list(provinces())), "")
    return zones.assign(province=zones["province"].where(zones["province"] != "", own))


def _fill(sites: pd.DataFrame, rows: np.ndarray, column: str, find: Callable[[int], str]) -> None:
    """Fill the empty cells of a column in the rows chosen."""
    todo = np.flatnonzero(rows & (sites[column] == "").to_numpy())
    if not len(todo):
        return
    values = sites[column].to_numpy(dtype=object).copy()
    for row in todo:
        values[row] = find(int(row))
    sites[column] = pd.Series(values, dtype="str")


def _province(sites: pd.DataFrame, row: int) -> str:
    return province_of(float(sites["lon"].iloc[row]), float(sites["lat"].iloc[row]))


def _zone(sites: pd.DataFrame, row: int, zones: pd.DataFrame) -> str:
    """The zone that is the province, else the nearest zone in it."""
    province = sites["province"].iloc[row]
    if not province:
        return ""
    if province in set(zones["zone"]):
        return str(province)
    return _nearest(sites, row, zones[zones["province"] == province], "zone")


def _hub(sites: pd.DataFrame, row: int, given: pd.DataFrame, groups: pd.DataFrame) -> str:
    """The hub region of the province: from its other sites, else from a group named as a hub."""
    province = sites["province"].iloc[row]
    if not province:
        return ""
    if found := _only(given.loc[given["province"] == province, "hub"]):
        return found
    member = (groups["kind"] == "province") & (groups["member"] == province)
    hubs = set(given["hub"]) - {""}
    return _only(name for name in groups.loc[member, "group"] if name in hubs)


def _region(sites: pd.DataFrame, row: int, given: pd.DataFrame, zones: pd.DataFrame) -> str:
    zone, province = sites["zone"].iloc[row], sites["province"].iloc[row]
    if zone and (found := _only(zones.loc[zones["zone"] == zone, "region"])):
        return found
    if not province:
        return ""
    of_sites = given.loc[given["province"] == province, "region"]
    return _only([*of_sites, *zones.loc[zones["province"] == province, "region"]])


def _neighbour(sites: pd.DataFrame, row: int, given: pd.DataFrame, column: str) -> str:
    """The value of the nearest site of the same province that has one."""
    province = sites["province"].iloc[row]
    if not province:
        return ""
    return _nearest(
        sites, row, given[(given["province"] == province) & (given[column] != "")], column
    )


def _nearest(sites: pd.DataFrame, row: int, among: pd.DataFrame, column: str) -> str:
    if among.empty:
        return ""
    here = sites.iloc[[row]]
    distance = great_circle_km(
        here["lat"].to_numpy(float),
        here["lon"].to_numpy(float),
        among["lat"].to_numpy(float),
        among["lon"].to_numpy(float),
    )[0]
    if np.isnan(distance).all():
        return ""
    return str(among[column].iloc[int(np.nanargmin(distance))])


def _only(values: Iterable[str]) -> str:
    """The one value that all non-empty ones share, '' otherwise."""
    found = {value for value in values if value}
    return found.pop() if len(found) == 1 else ""


def _record(sites: pd.DataFrame, given: pd.DataFrame) -> tuple[Inferred, ...]:
    """What was filled in, marked in a notes column so that a written model still tells."""
    columns = ("province", "zone", "region", "hub", "tariff_zone", "climate_zone")
    marks = list(given[MARK]) if MARK in given else [""] * len(given)
    found = []
    changed = {column: (sites[column] != given[column]).to_numpy() for column in columns}
    for row, site in enumerate(sites["site"]):
        filled = [column for column in columns if changed[column][row]]
        before = [name for name in marks[row].split(";") if name in columns]
        marks[row] = ";".join(dict.fromkeys([*before, *filled]))
        found += [
            Inferred("sites", site, name, str(sites[name].iloc[row]))
            for name in dict.fromkeys([*before, *filled])
        ]
    if any(marks):
        sites[MARK] = pd.Series(marks, dtype="str")
    return tuple(found)
