"""Prefectures as zones and as sites beside the ten clusters.

Shares of a prefecture in its province are those of its GDP (population for people) in 2010; the
totals of a province stay those of the national tables. What stands at a capital in the national
tables is divided over the prefectures of its province; clusters keep what they hold.
"""

from __future__ import annotations

from collections import defaultdict
from math import asin, cos, radians, sin, sqrt

from national_builder import energy
from national_builder.climate import zone_of
from national_builder.demand import default_demand
from national_builder.facts import Facts, Row
from national_builder.places import (
    cost_factor,
    headroom_share,
    max_it_mw,
    mean_load_mw,
    tariff_zone,
    wage_factor,
)
from national_builder.places import sites as national_sites
from national_builder.stock import power_of, stock
from national_builder.writing import Record

CAPITAL_WEIGHT = 2.0
LARGE_CITY_SHARE = 0.1
"""Intelligent stock stands in the capital and where so much of the province's GDP is made."""
DIGITS = {"demand_eflops": 8, "compute_eflops": 6, "facility_it_mw": 6}
TARIFF_OF = {
    **dict.fromkeys(("130200", "130300", "130700", "130800", "131000"), "HEN"),
    **dict.fromkeys(("150400", "150500", "150700", "152200"), "NME"),
    "440300": "SZ",
}
"""Prefectures that lie in another tariff zone than the capital of their province."""
FIRST_TIER = {"110000": "110000", "310000": "310000", "440100": "440000", "440300": "440000"}
SHARED = "province's figure of data/national, divided by GDP of 2010"


def units(facts: Facts) -> list[Row]:
    """The prefectures of the 31 provinces, by code."""
    return sorted(facts.table("prefectures"), key=lambda row: row["place"])


def is_capital(unit: Row) -> bool:
    """Whether a prefecture is the capital of its province, or the municipality itself."""
    return unit["place"] in (unit["province"], unit["province"][:2] + "0100")


def shares(facts: Facts, column: str) -> dict[str, float]:
    """Prefecture → its share of its province by a figure of 2010."""
    total: dict[str, float] = defaultdict(float)
    for unit in units(facts):
        total[unit["province"]] += float(unit[column])
    return {unit["place"]: float(unit[column]) / total[unit["province"]] for unit in units(facts)}


def host(facts: Facts, cluster: Row) -> str:
    """The prefecture of a cluster: the nearest seat of its province."""
    own = [unit for unit in units(facts) if unit["province"] == cluster["province"]]
    return min(own, key=lambda unit: distance_km(unit, cluster))["place"]


def distance_km(a: Row, b: Row) -> float:
    """Great-circle distance of two rows with lat and lon."""
    lat_a, lon_a, lat_b, lon_b = (
        radians(float(row[name])) for row in (a, b) for name in ("lat", "lon")
    )
    half = sin((lat_a - lat_b) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_a - lon_b) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def divided(total: float, weights: dict[str, float], digits: int) -> dict[str, float]:
    """A total divided by weights; rounded parts, of which the largest takes what rounding left."""
    whole = sum(weights.values())
    parts = {place: round(total * weight / whole, digits) for place, weight in weights.items()}
    largest = max(parts, key=lambda place: (weights[place], place))
    parts[largest] = round(parts[largest] + total - sum(parts.values()), digits)
    return parts


def zone_rows(facts: Facts) -> list[Record]:
    """The table `zones`: prefectures, people and GDP scaled to those of the province in 2023."""
    people = _scaled(facts, "population_10k", "population", 4)
    gdp = _scaled(facts, "gdp_100m_cny", "gdp", 2)
    region = {row["place"]: row["region"] for row in facts.provinces}
    return [
        {
            "zone": unit["place"],
            "name_en": unit["name_en"],
            "name_zh": unit["name_zh"],
            "lat": float(unit["lat"]),
            "lon": float(unit["lon"]),
            "area_km2": float(unit["area_km2"]),
            "region": region[unit["province"]],
            "province": unit["province"],
            "population_10k": people[unit["place"]],
            "gdp_100m_cny": gdp[unit["place"]],
            "source": "province 2023 (NBS) x share of 2010",
            "confidence": "estimated",
            "note": unit["note"],
        }
        for unit in units(facts)
    ]


def _scaled(facts: Facts, column: str, metric: str, digits: int) -> dict[str, float]:
    """Prefecture → its share of 2010 of the figure that its province has now."""
    found: dict[str, float] = {}
    for province, weights in _of_province(facts, shares(facts, column)).items():
        found |= divided(facts.observed(province, metric), weights, digits)
    return found


def demand_rows(facts: Facts) -> list[Record]:
    """The table `demand`: that of every province, divided by GDP."""
    weights = _of_province(facts, shares(facts, "gdp_100m_cny"))
    rows: list[Record] = []
    for row in default_demand(facts):
        parts = divided(float(row["demand_eflops"]), weights[str(row["zone"])], 8)
        rows += [
            {
                "zone": place,
                "workload": row["workload"],
                "year": row["year"],
                "demand_eflops": eflops,
                "source": SHARED,
                "confidence": row["confidence"],
            }
            for place, eflops in parts.items()
        ]
    return sorted(rows, key=lambda row: (str(row["zone"]), str(row["workload"]), int(row["year"])))


def _of_province(facts: Facts, values: dict[str, float]) -> dict[str, dict[str, float]]:
    """Province → prefecture → value."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for unit in units(facts):
        found[unit["province"]][unit["place"]] = values[unit["place"]]
    return found


def stock_weights(facts: Facts) -> dict[str, dict[str, dict[str, float]]]:
    """Kind → province → prefecture → its weight in the stock of the province's capital.

    General: GDP, the capital twice. Intelligent: the same, in large cities only. Super: the
    centres of the list, at the nearest seat.
    """
    gdp = shares(facts, "gdp_100m_cny")
    capital = {unit["place"]: is_capital(unit) for unit in units(facts)}
    general = {
        place: share * (CAPITAL_WEIGHT if capital[place] else 1) for place, share in gdp.items()
    }
    large = {
        place: weight if capital[place] or gdp[place] >= LARGE_CITY_SHARE else 0.0
        for place, weight in general.items()
    }
    return {
        "general": _of_province(facts, general),
        "intelligent": _of_province(facts, large),
        "super": _centres(facts),
    }


def _centres(facts: Facts) -> dict[str, dict[str, float]]:
    """Province → prefecture → EFLOPS of its centres; one without a figure counts as the mean."""
    centres = [row for row in facts.table("supercomputing_centres") if row["status"] == "operating"]
    mean = _open_centre(facts, centres)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in centres:
        size = float(row["capacity_pflops"]) / 1000 if row["capacity_pflops"] else mean
        found[row["province"]][host(facts, row)] += size
    return found


def _open_centre(facts: Facts, centres: list[Row]) -> float:
    """EFLOPS of a centre without a figure, as the national stock holds them."""
    only = [row["province"] for row in centres]
    row = next(
        row for row in centres if not row["capacity_pflops"] and only.count(row["province"]) == 1
    )
    held = next(block for block in stock(facts) if block["block"] == f"{row['province']}-super")
    return float(held["compute_eflops"])


def stock_rows(facts: Facts) -> list[Record]:
    """The table `stock`: blocks of capitals divided over prefectures, those of clusters kept."""
    weights = stock_weights(facts)
    rows: list[Record] = []
    for row in stock(facts):
        province, kind = str(row["site"]), str(row["kind"])
        if province not in weights["general"]:
            rows.append({**row, "note": ""})
            continue
        of = {place: weight for place, weight in weights[kind][province].items() if weight > 0}
        compute = divided(float(row["compute_eflops"]), of, DIGITS["compute_eflops"])
        space = divided(float(row["facility_it_mw"]), of, DIGITS["facility_it_mw"])
        for place in of:
            rated = round(compute[place] * power_of(facts, kind), 6)
            rows.append(
                {
                    **row,
                    "block": str(row["block"]).replace(province, place, 1),
                    "site": place,
                    "compute_eflops": compute[place],
                    "facility_it_mw": max(space[place], rated),
                    "confidence": "proxy",
                    "note_basis": f"proxy: block {row['block']} of data/national, "
                    + ("by centre" if kind == "super" else "by GDP of 2010, the capital twice"),
                    "note": "",
                }
            )
    return sorted(rows, key=lambda row: str(row["block"]))


def site_rows(facts: Facts) -> list[Record]:
    """The table `sites`: prefectures and the ten clusters.

    A prefecture follows the rules of a capital: its ceiling is 1.2 times its stock, at least
    20 MW above it, and any one of them may take the room on the grid that its province has.
    """
    space, load = _standing(facts)
    climate = nearest_climate(facts)
    region = {row["place"]: row for row in facts.provinces}
    national = {str(row["site"]): row for row in national_sites(facts)}
    rows: list[Record] = [
        {**national[row["place"]], "zone": host(facts, row)} for row in facts.clusters
    ]
    for unit in units(facts):
        place, province = unit["place"], unit["province"]
        ceiling = max_it_mw(facts, "provincial", space[place])
        room = headroom_share(facts, "provincial") * mean_load_mw(facts, province)
        rows.append(
            {
                **national[province],
                "site": place,
                "name_en": unit["name_en"],
                "name_zh": unit["name_zh"],
                "lat": float(unit["lat"]),
                "lon": float(unit["lon"]),
                "zone": place,
                "tariff_zone": TARIFF_OF.get(place) or tariff_zone(facts, province, province),
                "max_it_mw": ceiling,
                "grid_headroom_mw": round(load[place] + room, 3),
                "land_ha": round(
                    facts.number("facility.land_per_mw") * (ceiling - space[place]), 1
                ),
                "climate_zone": climate[place],
                "cost_factor": cost_factor(
                    facts, FIRST_TIER.get(place, place), region[province]["region"]
                ),
                "wage_factor": wage_factor(facts, province),
                "source": "limits by the rules of data/README.md for capitals",
            }
        )
    return sorted(rows, key=lambda row: str(row["site"]))


def _standing(facts: Facts) -> tuple[dict[str, float], dict[str, float]]:
    """Site → existing space in MW, and its facility load in MW when fully racked."""
    space: dict[str, float] = defaultdict(float)
    load: dict[str, float] = defaultdict(float)
    for row in stock_rows(facts):
        space[str(row["site"])] += float(row["facility_it_mw"])
        load[str(row["site"])] += float(row["facility_it_mw"]) * float(row["pue"])
    return space, load


def nearest_climate(facts: Facts) -> dict[str, str]:
    """Prefecture → climate zone of the nearest station: a capital or a cluster."""
    zones = zone_of(facts)
    stations = [row for row in facts.provinces + facts.clusters if row["place"] in zones]
    return {
        unit["place"]: zones[min(stations, key=lambda at: distance_km(unit, at))["place"]]
        for unit in units(facts)
    }


def power_rows(facts: Facts) -> list[Record]:
    """The table `power`: provinces as in the national tables; tariff zones by where sites lie."""
    _, load = _standing(facts)
    sites = site_rows(facts)
    stands: dict[str, float] = defaultdict(float)
    share: dict[str, float] = defaultdict(float)
    of: dict[str, str] = {}
    for site in sites:
        tariff = str(site["tariff_zone"])
        of[tariff] = str(site["province"])
        stands[tariff] += load[str(site["site"])]
        share[tariff] = max(share[tariff], headroom_share(facts, str(site["tier"])))
    headroom = {
        tariff: round(stands[tariff] + share[tariff] * mean_load_mw(facts, province))
        for tariff, province in of.items()
    }
    rows = [row for row in energy.power(facts) if not row["tariff_zone"]]
    known = {str(row["province"]): row for row in rows}
    zones = {str(row["tariff_zone"]): row for row in energy.power(facts) if row["tariff_zone"]}
    for tariff, province in of.items():
        price = facts.observed(f"tariff:{tariff}", "delivered_price")
        new = {**known[province], "tariff_zone": tariff, "price_cny_per_kwh": price}
        row = zones.get(tariff, {**new, "note": f"tariff {tariff}"})
        rows.append({**row, "grid_headroom_mw": headroom[tariff]})
    return sorted(rows, key=lambda row: (str(row["province"]), str(row["tariff_zone"])))
