"""Distances on the sphere and what they mean in milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088


def great_circle_km(lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats) -> Floats:
    """Great-circle distance in km of every a (rows) to every b (columns), degrees in.

    Haversine on the mean Earth radius of 6371.0088 km (IUGG 1980).
    """
    phi_a, phi_b = np.radians(lat_a)[:, None], np.radians(lat_b)[None, :]
    half_phi = (phi_a - phi_b) / 2
    half_lambda = (np.radians(lon_a)[:, None] - np.radians(lon_b)[None, :]) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))


def mean_radius_km(area_km2: Floats) -> Floats:
    """Mean distance in km from the middle of a disc of that area: 2/3·sqrt(area/π)."""
    return 2 / 3 * np.sqrt(np.asarray(area_km2, dtype=float) / np.pi)


def one_way_ms(
    distance_km: Floats, *, route_factor: float, km_per_ms: float, fixed_ms: float
) -> Floats:
    """One-way delay in ms: fixed_ms + distance·route_factor/km_per_ms."""
    return fixed_ms + distance_km * (route_factor / km_per_ms)


def reach_km(limit_ms: float, *, route_factor: float, km_per_ms: float, fixed_ms: float) -> float:
    """Farthest great-circle distance in km within a one-way limit (0 if the delay is longer)."""
    return max(0.0, (limit_ms - fixed_ms) * km_per_ms / route_factor)
