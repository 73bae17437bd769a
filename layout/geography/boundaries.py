"""Which province a point lies in, by the shipped boundaries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from layout.resources import folder

Floats = NDArray[np.float64]

FILE = ("boundaries", "provinces.geojson")
POINTS_AT_ONCE = 256


@dataclass(frozen=True)
class Province:
    """A province: code, names, and all edges of its rings (from and to, degrees)."""

    code: str
    name_en: str
    name_zh: str
    start: Floats
    end: Floats

    def contains(self, lon: float, lat: float) -> bool:
        """Even–odd rule over all rings, holes included."""
        (x1, y1), (x2, y2) = self.start.T, self.end.T
        spans = (y1 > lat) != (y2 > lat)
        x1, y1, x2, y2 = x1[spans], y1[spans], x2[spans], y2[spans]
        crossing = x1 + (lat - y1) * (x2 - x1) / (y2 - y1)
        return bool(np.count_nonzero(crossing > lon) % 2)

    def contain(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Which of many points it contains."""
        (x1, y1), (x2, y2) = self.start.T, self.end.T
        found = np.zeros(len(lon), dtype=bool)
        for first in range(0, len(lon), POINTS_AT_ONCE):
            part = slice(first, first + POINTS_AT_ONCE)
            x, y = lon[part, None], lat[part, None]
            point, edge = np.nonzero((y1 > y) != (y2 > y))
            above = lat[part][point] - y1[edge]
            crossing = x1[edge] + above * (x2[edge] - x1[edge]) / (y2[edge] - y1[edge])
            right = point[crossing > x[point, 0]]
            found[part] = np.bincount(right, minlength=len(x)) % 2 == 1
        return found

    def near(self, lon: float, lat: float, degrees: float) -> bool:
        """Whether the boundary comes within so many degrees of latitude of the point."""
        narrow = np.array([np.cos(np.radians(lat)), 1.0])
        start = (self.start - (lon, lat)) * narrow
        step = (self.end - self.start) * narrow
        length = np.maximum((step**2).sum(axis=1), 1e-18)
        along = np.clip(-(start * step).sum(axis=1) / length, 0.0, 1.0)
        gap = start + along[:, None] * step
        return bool((np.hypot(gap[:, 0], gap[:, 1]) <= degrees).any())


@cache
def provinces() -> dict[str, Province]:
    """Code → province; empty when the installation has no boundaries."""
    try:
        text = folder("maps").joinpath(*FILE).read_text("utf-8")
    except FileNotFoundError:
        return {}
    found = {}
    for feature in json.loads(text)["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        code = str(properties.get("adcode") or "")
        if not code or geometry["type"] not in ("Polygon", "MultiPolygon"):
            continue
        parts = geometry["coordinates"]
        parts = [parts] if geometry["type"] == "Polygon" else parts
        rings = [np.array(ring, dtype=float)[:, :2] for part in parts for ring in part]
        start = np.concatenate([ring[:-1] for ring in rings])
        end = np.concatenate([ring[1:] for ring in rings])
        names = (str(properties.get("name_en", "")), str(properties.get("name_zh", "")))
        found[code] = Province(code, *names, start, end)
    return found


@cache
def _boxes() -> tuple[tuple[str, ...], Floats]:
    """Codes and their bounding boxes (west, south, east, north)."""
    areas = provinces()
    boxes = [(*area.start.min(axis=0), *area.start.max(axis=0)) for area in areas.values()]
    return tuple(areas), np.array(boxes).reshape(len(areas), 4)


def province_of(lon: float, lat: float) -> str:
    """Code of the province that contains the point (degrees, WGS-84); '' for none."""
    codes, boxes = _boxes()
    if not codes or not (np.isfinite(lon) and np.isfinite(lat)):
        return ""
    inside = (boxes[:, 0] <= lon) & (lon <= boxes[:, 2])
    inside &= (boxes[:, 1] <= lat) & (lat <= boxes[:, 3])
    areas = provinces()
    return next(
        (codes[i] for i in np.flatnonzero(inside) if areas[codes[i]].contains(lon, lat)), ""
    )


def lies_in(code: str, lon: float, lat: float, tolerance_degrees: float = 0.05) -> bool:
    """Whether a point lies in a province or within the tolerance of its simplified boundary."""
    area = provinces()[code]
    return area.contains(lon, lat) or area.near(lon, lat, tolerance_degrees)
