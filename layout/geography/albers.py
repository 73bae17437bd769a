"""China's equal-area projection: Albers, parallels 25° and 47° N, meridian 105° E, GRS80.

The same as ``maps/page/albers.js``, for pictures. Formulas: Snyder, Map Projections (USGS PP 1395),
chapter 14.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

AXIS_M = 6378137.0
FLATTENING = 1 / 298.257222101
MERIDIAN, SOUTH, NORTH = 105.0, 25.0, 47.0
_E2 = 2 * FLATTENING - FLATTENING**2
_E = float(np.sqrt(_E2))


def _q(latitude: ArrayLike) -> Floats:
    sine = np.sin(np.radians(latitude))
    turned = _E * sine
    log = np.log((1 - turned) / (1 + turned)) / (2 * _E)
    return np.asarray((1 - _E2) * (sine / (1 - turned**2) - log))


def _m(latitude: float) -> float:
    angle = np.radians(latitude)
    return float(np.cos(angle) / np.sqrt(1 - _E2 * np.sin(angle) ** 2))


_N = (_m(SOUTH) ** 2 - _m(NORTH) ** 2) / float(_q(NORTH) - _q(SOUTH))
_C = _m(SOUTH) ** 2 + _N * float(_q(SOUTH))
_ORIGIN = AXIS_M * float(np.sqrt(_C)) / _N


def project(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Longitude and latitude in degrees → metres east and north of 105° E on the equator."""
    radius = AXIS_M * np.sqrt(np.maximum(0.0, _C - _N * _q(lat))) / _N
    angle = _N * np.radians(np.asarray(lon, dtype=float) - MERIDIAN)
    return radius * np.sin(angle), _ORIGIN - radius * np.cos(angle)


def unproject(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Metres → longitude and latitude in degrees."""
    east, down = np.asarray(x, dtype=float), _ORIGIN - np.asarray(y, dtype=float)
    angle = np.arctan2(east, down)
    area = (_C - (east**2 + down**2) * _N**2 / AXIS_M**2) / _N
    return np.degrees(angle / _N) + MERIDIAN, _latitude(area)


def _latitude(area: Floats) -> Floats:
    phi = np.arcsin(np.clip(area / 2, -1, 1))
    for _ in range(8):
        sine = np.sin(phi)
        rest = 1 - _E2 * sine**2
        log = np.log((1 - _E * sine) / (1 + _E * sine)) / (2 * _E)
        phi = phi + rest**2 / (2 * np.cos(phi)) * (area / (1 - _E2) - sine / rest + log)
    return np.asarray(np.degrees(phi))
