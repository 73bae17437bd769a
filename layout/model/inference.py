"""Keys that nobody gave, taken from where a site lies; values are never inferred.

A site without a province is one given by name and coordinates: it gets its province (point in
polygon), zone and hub. Any site without region, tariff zone or climate zone gets those of its
province. Only rows as they were given serve as examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.geography.boundaries import province_of, provinces
from layout.geography.distance import great_circle_km
from layout.model.inheritance import PlacedTable
from layout.model.planning import Inferred

Rows = NDArray[np.intp]
Words = NDArray[np.object_]
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
    _fill(sites, bare, "province", lambda rows: _province(sites, rows))
    _fill(sites, bare & (sites["zone"] == ""), "zone", lambda rows: _zone(sites, rows, zones))
    _fill(sites, bare, "hub", lambda rows: _hub(sites, rows, given, tables["groups"].frame))
    every = np.ones(len(sites), dtype=bool)
    _fill(sites, every, "region", lambda rows: _region(sites, rows, given, zones))
    for column in ("tariff_zone", "climate_zone"):
        _fill(sites, every, column, lambda rows, c=column: _nearest(sites, rows, given, c))  # type: ignore[misc]
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


def _fill(
    sites: pd.DataFrame, rows: np.ndarray, column: str, find: Callable[[Rows], Words]
) -> None:
    """Fill the empty cells of a column in the rows chosen."""
    todo = np.flatnonzero(rows & (sites[column] == "").to_numpy())
    if not len(todo):
        return
    values = sites[column].to_numpy(dtype=object).copy()
    values[todo] = find(todo)
    sites[column] = pd.Series(values, dtype="str")


def _column(sites: pd.DataFrame, rows: Rows, name: str) -> Words:
    return sites[name].to_numpy(dtype=object)[rows]


def _province(sites: pd.DataFrame, rows: Rows) -> Words:
    lon, lat = (sites[name].to_numpy(dtype=float)[rows] for name in ("lon", "lat"))
    return np.array([province_of(x, y) for x, y in zip(lon, lat, strict=True)], dtype=object)


def _zone(sites: pd.DataFrame, rows: Rows, zones: pd.DataFrame) -> Words:
    """The zone that is the province, else the nearest zone in it."""
    own = _column(sites, rows, "province")
    found = np.where(np.isin(own, zones["zone"].to_numpy(dtype=object)), own, "")
    left = found == ""
    found[left] = _nearest(sites, rows[left], zones, "zone")
    return found


def _hub(sites: pd.DataFrame, rows: Rows, given: pd.DataFrame, groups: pd.DataFrame) -> Words:
    """The hub region of the province: from its other sites, else from a group named as a hub."""
    hubs = set(given["hub"]) - {""}
    named = groups[(groups["kind"] == "province") & groups["group"].isin(hubs)]
    by_site = _only(given["province"], given["hub"])
    by_group = _only(named["member"], named["group"])
    own = _column(sites, rows, "province")
    return _looked_up(own, by_site, by_group)


def _region(sites: pd.DataFrame, rows: Rows, given: pd.DataFrame, zones: pd.DataFrame) -> Words:
    """The region of its zone, else that which all sites and zones of its province share."""
    by_zone = _only(zones["zone"], zones["region"])
    by_province = _only(
        pd.concat([given["province"], zones["province"]]),
        pd.concat([given["region"], zones["region"]]),
    )
    of_zone = _looked_up(_column(sites, rows, "zone"), by_zone)
    of_province = _looked_up(_column(sites, rows, "province"), by_province)
    return np.where(of_zone != "", of_zone, of_province)


def _nearest(sites: pd.DataFrame, rows: Rows, among: pd.DataFrame, column: str) -> Words:
    """The value of the nearest row of the same province that has one, '' where none has."""
    own = _column(sites, rows, "province")
    found = np.full(len(rows), "", dtype=object)
    among = among[(among["province"] != "") & (among[column] != "")]
    for province, examples in among.groupby("province"):
        at = np.flatnonzero(own == province)
        here = [sites[name].to_numpy(dtype=float)[rows[at]] for name in ("lat", "lon")]
        there = [examples[name].to_numpy(dtype=float) for name in ("lat", "lon")]
        distance = great_circle_km(*here, *there)
        placed = ~np.isnan(distance).all(axis=1)
        nearest = np.nanargmin(distance[placed], axis=1)
        found[at[placed]] = examples[column].to_numpy(dtype=object)[nearest]
    return found


def _only(codes: pd.Series, values: pd.Series) -> dict[str, str]:
    """Code → the one value that all its non-empty ones share; absent where they differ."""
    table = pd.DataFrame({"code": codes.to_numpy(), "value": values.to_numpy()})
    table = table[(table["code"] != "") & (table["value"] != "")].drop_duplicates()
    table = table[~table["code"].duplicated(keep=False)]
    return dict(zip(table["code"], table["value"], strict=True))


def _looked_up(codes: Words, *tables: dict[str, str]) -> Words:
    """The value of every code in the first table that has it, '' elsewhere."""
    found = [next((table[code] for table in tables if code in table), "") for code in codes]
    return np.array(found, dtype=object)


def _record(sites: pd.DataFrame, given: pd.DataFrame) -> tuple[Inferred, ...]:
    """What was filled in, marked in a notes column so that a written model still tells."""
    columns = ("province", "zone", "region", "hub", "tariff_zone", "climate_zone")
    marks = list(given[MARK]) if MARK in given else [""] * len(given)
    found = []
    changed = {column: (sites[column] != given[column]).to_numpy() for column in columns}
    touched = np.any(list(changed.values()), axis=0) | np.array([bool(mark) for mark in marks])
    for row in np.flatnonzero(touched):
        site = sites["site"].iloc[row]
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
