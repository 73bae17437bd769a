"""Distance, delay and network cost of service rows, worked out again from coordinates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.facts import Facts, Floats, Mask

EARTH_KM = 6371.0088


def arc_km(lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats) -> Floats:
    """Great-circle distance of pairs, km, from the angle between their unit vectors."""
    a, b = _vector(lat_a, lon_a), _vector(lat_b, lon_b)
    across = np.linalg.norm(np.cross(a, b), axis=1)
    along = np.einsum("ij,ij->i", a, b)
    return EARTH_KM * np.arctan2(across, along)


def _vector(lat: Floats, lon: Floats) -> Floats:
    phi, theta = np.radians(lat), np.radians(lon)
    return np.column_stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))


def lanes(facts: Facts, service: pd.DataFrame) -> pd.DataFrame:
    """Way of each service row from site to zone.

    Columns: own (site in the zone), km, measured, distance_ms (what distance alone gives),
    one_way_ms, mcny_per_eflops, near (same province or own zone), same_region.
    """
    zone, site = service["zone"], service["site"]
    own = _own(facts, zone, site)
    place = [
        facts.numbers(table, column, labels)
        for table, labels in (("zones", zone), ("sites", site))
        for column in ("lat", "lon")
    ]
    radius = np.sqrt(facts.numbers("zones", "area_km2", zone) / np.pi) * 2 / 3
    km = np.where(own, radius, arc_km(*place))
    latency = facts.model.settings.latency
    delay = latency.fixed_ms + km * latency.route_factor / latency.km_per_ms
    measured, link_cost = _links(facts, zone, site, service["workload"])
    traffic = facts.numbers("workloads", "traffic_gbps_per_eflops", service["workload"])
    price = facts.model.settings.economy.transport_mcny_per_gbps_1000km_year
    by_distance = traffic * price * km / 1000
    return pd.DataFrame(
        {
            "own": own,
            "km": km,
            "measured": ~np.isnan(measured),
            "distance_ms": delay,
            "one_way_ms": np.where(np.isnan(measured), delay, measured),
            "mcny_per_eflops": np.where(np.isnan(link_cost), by_distance, link_cost),
            "near": _same(facts, "province", zone, site) | own,
            "same_region": _same(facts, "region", zone, site) | own,
        }
    )


def _own(facts: Facts, zone: pd.Series, site: pd.Series) -> Mask:
    return np.asarray(facts.words("sites", "zone", site) == zone.to_numpy(dtype=object), bool)


def _same(facts: Facts, column: str, zone: pd.Series, site: pd.Series) -> Mask:
    of_site = facts.words("sites", column, site)
    of_zone = facts.words("zones", column, zone)
    return np.asarray((of_site == of_zone) & (of_site != ""), dtype=bool)


def _links(
    facts: Facts, zone: pd.Series, site: pd.Series, workload: pd.Series
) -> tuple[Floats, Floats]:
    """Measured one-way delay and transport cost of each row, NaN where no link gives them.

    The cost of a link for one workload goes before that for all of them.
    """
    links = facts.model["links"]
    table = links.set_index(["zone", "site", "workload"])
    every = pd.MultiIndex.from_arrays([zone, site, [""] * len(zone)])
    own = pd.MultiIndex.from_arrays([zone, site, workload])
    delay = table["latency_ms"].reindex(every).to_numpy(dtype=float)
    general, special = (
        table["transport_mcny_per_eflops_year"].reindex(pairs).to_numpy(dtype=float)
        for pairs in (every, own)
    )
    return delay, np.where(np.isnan(special), general, special)
