"""Tables of a plan with places: points of sites and zones, lines from site to zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.plan.files import FILES

if TYPE_CHECKING:
    import geopandas as gpd

    from layout.plan import Plan

CRS = "EPSG:4326"
"""WGS 84, longitude first in the shapes; a model is read into it whatever it was written in."""
PLACED = tuple(file.name for file in FILES.values() if {"site", "zone"} & {*file.names})
"""Tables whose rows lie somewhere."""
_ABOUT = ("name_en", "name_zh", "province", "region")


def geo_table(plan: Plan, table: str) -> gpd.GeoDataFrame:
    """A table of the plan as a GeoDataFrame: its columns, names of the places, the shape.

    Rows of a site or a zone are points, rows of both are straight lines from site to zone. A row
    of the whole nation has no shape. Raises KeyError for a table without places. The units of the
    columns stand in ``attrs["units"]``.
    """
    if table not in PLACED:
        raise KeyError(f"table {table!r} has no places; there are {', '.join(PLACED)}")
    rows = plan.tables[table].copy()
    kinds = [name for name in ("site", "zone") if name in rows]
    points = {}
    for name in kinds:
        places = plan.model[f"{name}s"].set_index(name)
        mark = f"{name}_" if len(kinds) > 1 else ""
        for column in _ABOUT:
            rows[f"{mark}{column}"] = rows[name].map(places[column]).fillna("").astype(str)
        points[name] = (rows[name].map(places["lon"]), rows[name].map(places["lat"]))
    units = {column.name: column.unit for column in FILES[table].columns if column.unit}
    return _placed(rows, points, units)


def site_table(plan: Plan) -> gpd.GeoDataFrame:
    """A row for each site and year: capacity by kind, space, power, energy, carbon, cost."""
    known = plan.model["sites"]
    years = sorted(set(plan.tables["capacity"]["year"])) or list(plan.model.settings.periods)
    keys = pd.MultiIndex.from_product([known["site"], years], names=["site", "year"])
    capacity = plan.tables["capacity"]
    parts = [capacity.groupby(["site", "year"])[["facility_it_mw", "it_mw", "racks"]].sum()]
    units = {"facility_it_mw": "MW", "it_mw": "MW"}
    precisions = plan.model["kinds"].set_index("kind")["precision"]
    for kind, own in capacity.groupby("kind"):
        for name in ("existing_eflops", "compute_eflops"):
            column = f"{kind}_{name}"
            parts.append(own.groupby(["site", "year"])[name].sum().rename(column).to_frame())
            units[column] = f"EFLOPS {precisions[kind]}"
    energy = plan.tables["energy"]
    parts.append(energy.groupby(["site", "year"])[["facility_gwh", "carbon_kt"]].sum())
    cost = plan.tables["cost"].groupby(["site", "year"])[["mcny"]].sum()
    parts.append(cost.rename(columns={"mcny": "cost_mcny"}))
    units |= {"facility_gwh": "GWh", "carbon_kt": "kt", "cost_mcny": "mcny"}
    sums = pd.concat([part.reindex(keys) for part in parts], axis=1).fillna(0.0).reset_index()
    about = known[["site", *_ABOUT, "hub", "cluster"]]
    rows = about.merge(sums, on="site")
    places = known.set_index("site")
    points = {"site": (rows["site"].map(places["lon"]), rows["site"].map(places["lat"]))}
    return _placed(rows, points, units)


def zone_table(plan: Plan) -> gpd.GeoDataFrame:
    """The demand zones of the model."""
    rows = plan.model["zones"].drop(columns=["lat", "lon"])
    zones = plan.model["zones"]
    units = {"area_km2": "km2", "population_10k": "10k persons", "gdp_100m_cny": "100m CNY"}
    return _placed(rows, {"zone": (zones["lon"], zones["lat"])}, units)


def _placed(rows: pd.DataFrame, points: dict[str, Any], units: dict[str, str]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    if len(points) == 2:
        start, end = (list(zip(*points[name], strict=True)) for name in ("site", "zone"))
        shapes = [shapely.LineString(pair) for pair in zip(start, end, strict=True)]
    else:
        ((lon, lat),) = points.values()
        shapes = [shapely.Point(x, y) if x == x else None for x, y in zip(lon, lat, strict=True)]
    frame = gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=shapes, crs=CRS)
    frame.attrs["units"] = units
    return frame
