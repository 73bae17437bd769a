"""Links of the backbone: who is linked is published, what a link carries is an estimate by rule."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from national_builder.facts import Facts, Row
from national_builder.writing import Record

COLUMNS = (
    "from",
    "to",
    "length_km",
    "capacity_gbps",
    "wave_gbps",
    "wave_cost_mcny_per_year",
    "medium",
    "new",
    "max_waves",
    "new_cost_mcny_per_year",
)
NOTES = ("source", "confidence", "note")
RATE = 0.07
"""Discount rate of the shipped models."""
SYSTEM_KM = 1500.0
"""Route that the price of a wave speaks of."""
NEIGHBOURS = 2
Pair = tuple[str, str]


def great_circle_km(one: Row, other: Row) -> float:
    """Great circle between two places of the facts, km (haversine, 6371.0088 km)."""
    lat_a, lon_a, lat_b, lon_b = (
        radians(float(row[of])) for row in (one, other) for of in ("lat", "lon")
    )
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(chord))


def annuity(years: float) -> float:
    """Capital recovery factor at the discount rate of the shipped models."""
    return RATE / (1 - (1 + RATE) ** -years)


def backbone_pairs(facts: Facts) -> dict[Pair, str]:
    """Pair of provinces linked in a published backbone → the networks that say so."""
    found: dict[Pair, set[str]] = {}
    for row in facts.table("backbone"):
        one, other = sorted((row["from_province"], row["to_province"]))
        if one and one != other:
            found.setdefault((one, other), set()).add(f"{row['network']} {row['date'][:4]}")
    return {pair: ", ".join(sorted(names)) for pair, names in sorted(found.items())}


def _others(facts: Facts, cluster: Row, regions: tuple[str, ...]) -> list[Row]:
    """Clusters of other hubs in those regions, nearest first."""
    rows = [
        row
        for row in facts.clusters
        if row["hub"] != cluster["hub"] and (not regions or row["region"] in regions)
    ]
    return sorted(rows, key=lambda row: (great_circle_km(cluster, row), row["place"]))


def direct_pairs(facts: Facts) -> dict[Pair, str]:
    """Direct lines that are taken to stand: cluster to province, and to the nearest clusters."""
    found: dict[Pair, str] = {}
    for cluster in facts.clusters:
        found[cluster["province"], cluster["place"]] = "rule: a cluster and its province"
        for other in _others(facts, cluster, ())[:NEIGHBOURS]:
            one, two = sorted((cluster["place"], other["place"]))
            found[one, two] = "rule: a cluster and the two nearest of other hubs"
    return dict(sorted(found.items()))


def new_pairs(facts: Facts) -> dict[Pair, str]:
    """Direct lines that may be built: each western cluster to the nearest in the east (R57)."""
    standing, found = direct_pairs(facts), dict[Pair, str]()
    for cluster in facts.clusters:
        if cluster["region"] == "west":
            other = _others(facts, cluster, ("east",))[0]
            one, two = sorted((cluster["place"], other["place"]))
            if (one, two) not in standing:
                found[one, two] = "rule: a western cluster and the nearest eastern one"
    return dict(sorted(found.items()))


def arcs(facts: Facts) -> list[Record]:
    """The table `arcs`."""
    ip, direct = backbone_pairs(facts), direct_pairs(facts)
    weights = {pair: _weight(facts, pair) for pair in [*ip, *direct]}
    bandwidth = next(
        float(row["value"]) * 1000
        for row in facts.table("network")
        if row["metric"] == "ip_bandwidth"
    )
    each = facts.number("network.compute_share") * bandwidth / sum(weights.values())
    wave = facts.number("network.wave_gbps")
    rows = []
    for pairs, medium, new in (
        (ip, "internet", False),
        (direct, "direct", False),
        (new_pairs(facts), "direct", True),
    ):
        for pair, why in pairs.items():
            capacity = 0.0 if new else wave * max(1, round(each * weights[pair] / wave))
            rows.append(_arc(facts, pair, medium, new, capacity, why))
    return sorted(rows, key=lambda row: (str(row["from"]), str(row["to"]), str(row["medium"])))


def _places(facts: Facts) -> dict[str, Row]:
    return {row["place"]: row for row in facts.places}


def _weight(facts: Facts, pair: Pair) -> float:
    """√(GDP · GDP) of the provinces at the ends."""
    places = _places(facts)
    gdp = [facts.observed(places[place]["province"], "gdp") for place in pair]
    return sqrt(gdp[0] * gdp[1])


def _arc(facts: Facts, pair: Pair, medium: str, new: bool, capacity: float, why: str) -> Record:
    places = _places(facts)
    km = max(1.0, great_circle_km(places[pair[0]], places[pair[1]]))
    direct = medium == "direct"
    factor = facts.number(f"network.route_factor{'' if direct else '_internet'}")
    wave = facts.number("network.wave_400g") * (0.5 + 0.5 * km * factor / SYSTEM_KM)
    wave *= annuity(facts.number("network.wave_life")) + facts.number("network.wave_om")
    fibre = facts.number("network.fibre_construction") * km * factor * 1000 / 1e6
    fibre *= annuity(facts.number("network.fibre_life"))
    published = medium == "internet"
    return {
        "from": pair[0],
        "to": pair[1],
        "length_km": round(km, 1),
        "capacity_gbps": capacity,
        "wave_gbps": facts.number("network.wave_gbps"),
        "wave_cost_mcny_per_year": round(wave, 4),
        "medium": medium,
        "new": new,
        "max_waves": facts.number("network.max_waves"),
        "new_cost_mcny_per_year": round(fibre, 2) if new else 0.0,
        "source": f"{why} (Internet Topology Zoo); capacity and cost by rule"
        if published
        else f"{why}; capacity and cost by rule",
        "confidence": "published (link of that year); estimated (capacity, cost)"
        if published
        else "assumption",
        "note": "capacity: share of the inter-hub IP bandwidth of 2024 by GDP, in whole waves"
        if not new
        else "what a line carries is added wave by wave",
    }
