"""Delay of the model between places whose delay was measured or reported."""

from __future__ import annotations

import csv
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docs.validation.facts import FACTS
from layout.geography.distance import great_circle_km, one_way_ms
from layout.model import read_model

PAIRS = {
    "datong-beijing": ("Datong", "Beijing"),
    "ulanqab-beijing": ("Ulanqab", "Beijing"),
    "shaoguan-guangzhou": ("Shaoguan", "Guangzhou"),
    "shaoguan-shenzhen": ("Shaoguan", "Shenzhen"),
    "karamay-shanghai": ("Karamay", "Shanghai"),
    "beijing-shanghai": ("Beijing", "Shanghai"),
}
ROUND_TRIP = ("karamay-shanghai", "beijing-shanghai")
"""Pairs whose figure is, or probably is, a round trip."""


def delay_ms(km: NDArray[np.float64], *scenarios: str) -> NDArray[np.float64]:
    """One-way delay in ms of great-circle distances, by the settings of national-2025."""
    latency = _latency(scenarios)
    return one_way_ms(
        km,
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )


@cache
def _latency(scenarios: tuple[str, ...]) -> Any:
    return read_model("national-2025", scenarios=scenarios).settings.latency


@cache
def interhub_km() -> NDArray[np.float64]:
    """Great circle of every pair of clusters that belong to different hubs, km."""
    with (FACTS / "places.csv").open(encoding="utf-8", newline="") as lines:
        clusters = [row for row in csv.DictReader(lines) if row["kind"] == "cluster"]
    lat, lon = (np.array([float(row[name]) for row in clusters]) for name in ("lat", "lon"))
    hubs = np.array([row["hub"] for row in clusters])
    first, second = np.triu_indices(len(clusters), 1)
    apart = hubs[first] != hubs[second]
    return great_circle_km(lat, lon, lat, lon)[first[apart], second[apart]]


def _between(origin: str, goal: str) -> NDArray[np.float64]:
    """Great circle between two prefecture seats, km, as an array of one."""
    with (FACTS / "prefectures.csv").open(encoding="utf-8", newline="") as lines:
        seats = {row["name_en"]: row for row in csv.DictReader(lines)}
    places = (np.array([float(seats[at][of])]) for at in (origin, goal) for of in ("lat", "lon"))
    return great_circle_km(*places)[0]


def values() -> dict[str, float]:
    """Code of a comparison → ms of the model."""
    plain, measured = delay_ms(interhub_km()), delay_ms(interhub_km(), "route-measured")
    found = {
        "latency-mean": float(plain.mean()),
        "latency-max": float(plain.max()),
        "latency-mean-measured": float(measured.mean()),
        "latency-max-measured": float(measured.max()),
        "latency-ip-mean": float(plain.mean()),
        "latency-internet-mean": float(plain.mean()),
    }
    for code, (origin, goal) in PAIRS.items():
        one_way = float(delay_ms(_between(origin, goal))[0])
        found[f"latency-{code}"] = one_way * (2 if code in ROUND_TRIP else 1)
    return found
