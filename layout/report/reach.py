"""How far a delay reaches from a place, by the planning model's own latency formula."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin

import numpy as np
from numpy.typing import NDArray

from layout.geography.distance import EARTH_RADIUS_KM, reach_km
from layout.model.schema import Latency
from layout.report.boundaries import Boundaries

LIMITS_MS = (20.0, 5.0)
BASES = ("rtt", "one_way")
_POINTS = 72

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True)
class Reach:
    """The ring of places that a delay of `limit_ms` on `basis` (rtt or one_way) just reaches."""

    limit_ms: float
    basis: str
    km: float
    ring: tuple[Place, ...]


def reach(place: Place, latency: Latency, limit_ms: float, basis: str) -> Reach:
    """The ring around a place; a round trip has half the limit for each way."""
    one_way = limit_ms / 2 if basis == "rtt" else limit_ms
    km = reach_km(
        one_way,
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )
    step = 360 / _POINTS
    ring = tuple(destination(place, number * step, km) for number in range(_POINTS))
    return Reach(limit_ms, basis, km, ring)


def destination(place: Place, bearing_degrees: float, km: float) -> Place:
    """Where one arrives on a great circle."""
    lat, lon = map(radians, place)
    bearing, angle = radians(bearing_degrees), km / EARTH_RADIUS_KM
    latitude = asin(sin(lat) * cos(angle) + cos(lat) * sin(angle) * cos(bearing))
    shift = atan2(sin(bearing) * sin(angle) * cos(lat), cos(angle) - sin(lat) * sin(latitude))
    return round(degrees(latitude), 3), round(degrees(lon + shift), 3)


def province_at(place: Place, layer: Boundaries) -> str:
    """The code of the province that holds the place, '' when none does."""
    lat, lon = place
    for area in layer.areas:
        west, south, east, north = area.box
        if west <= lon <= east and south <= lat <= north and _inside(place, area.ring):
            return area.adcode
    return ""


def _inside(place: Place, ring: NDArray[np.float64]) -> bool:
    """Even-odd rule on a closed ring of longitude, latitude."""
    lat, lon = place
    x, y = ring[:, 0], ring[:, 1]
    crossing = (y[:-1] > lat) != (y[1:] > lat)
    x0, y0, x1, y1 = x[:-1][crossing], y[:-1][crossing], x[1:][crossing], y[1:][crossing]
    return bool(np.count_nonzero(lon < x0 + (lat - y0) / (y1 - y0) * (x1 - x0)) % 2)
