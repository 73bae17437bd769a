"""Chinese map coordinates into WGS-84 and back: GCJ-02 (state offset) and BD-09 (Baidu)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Krasovsky 1940 ellipsoid, as in the published GCJ-02 algorithm.
_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU = np.pi * 3000.0 / 180.0


def _waves(x: Floats) -> Floats:
    return 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)


def _offset(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """What GCJ-02 adds to a WGS-84 point, degrees."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += _waves(x) * 2.0 / 3.0
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += _waves(x) * 2.0 / 3.0
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = _AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / magic**1.5
    parallel = _AXIS_M / np.sqrt(magic) * np.cos(phi)
    return np.degrees(north / meridian), np.degrees(east / parallel)


def offset_applies(lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Whether a point lies in the box in which GCJ-02 differs from WGS-84."""
    return (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)


def wgs84_to_gcj02(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """WGS-84 → GCJ-02, degrees."""
    north, east = _offset(lat, lon)
    inside = offset_applies(lat, lon)
    return np.where(inside, lat + north, lat), np.where(inside, lon + east, lon)


def gcj02_to_wgs84(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 → WGS-84, degrees: the offset inverted by fixed-point iteration (to 1e-9)."""
    real_lat, real_lon = lat.copy(), lon.copy()
    for _ in range(12):
        there_lat, there_lon = wgs84_to_gcj02(real_lat, real_lon)
        real_lat, real_lon = real_lat + lat - there_lat, real_lon + lon - there_lon
    return real_lat, real_lon


def bd09_to_gcj02(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """BD-09 → GCJ-02, degrees."""
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BAIDU)
    return radius * np.sin(angle), radius * np.cos(angle)


def to_wgs84(lat: Floats, lon: Floats, system: str) -> tuple[Floats, Floats]:
    """Degrees of `system` (wgs84, gcj02 or bd09) → WGS-84."""
    if system == "bd09":
        lat, lon = bd09_to_gcj02(lat, lon)
    return (lat, lon) if system == "wgs84" else gcj02_to_wgs84(lat, lon)


def gcj02_to_bd09(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 → BD-09, degrees."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU)
    return radius * np.sin(angle) + 0.006, radius * np.cos(angle) + 0.0065


def from_wgs84(lat: Floats, lon: Floats, system: str) -> tuple[Floats, Floats]:
    """WGS-84 → degrees of `system` (wgs84, gcj02 or bd09)."""
    if system == "wgs84":
        return lat, lon
    lat, lon = wgs84_to_gcj02(lat, lon)
    return gcj02_to_bd09(lat, lon) if system == "bd09" else (lat, lon)
