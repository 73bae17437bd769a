"""Shares of the provinces in demand and, where no figure exists, in intelligent stock."""

from __future__ import annotations

from collections import defaultdict

from national_builder.facts import Facts

SHIPMENTS = "server_shipment_share"
FORECAST = (2022, 2026)
SHIPMENT_REGIONS = {
    "region:JJJ": ("110000", "120000", "130000"),
    "region:YRD3": ("310000", "320000", "330000"),
    "region:GD": ("440000",),
    "region:W6": ("150000", "500000", "510000", "520000", "620000", "640000"),
}
"""Regions of document 004, figure 4, and their provinces."""


def _shares(values: dict[str, float]) -> dict[str, float]:
    total = sum(values.values())
    return {name: value / total for name, value in values.items()}


def _observed_shares(facts: Facts, metric: str) -> dict[str, float]:
    return _shares(
        {
            row["place"]: facts.observed(row["place"], metric)
            if facts.seen(row["place"], metric)
            else 0.0
            for row in facts.provinces
        }
    )


def demand_shares(
    facts: Facts, servers: dict[str, float] | None = None
) -> dict[str, dict[str, float]]:
    """Kind → province → share of national demand.

    General: mean of the shares of GDP, software revenue, mobile traffic and server shipments;
    intelligent: mean of software revenue and server shipments; super: GDP. `servers` replaces the
    shares of shipments.
    """
    gdp, software, traffic = (
        _observed_shares(facts, metric)
        for metric in ("gdp", "software_revenue", "mobile_internet_traffic")
    )
    servers = servers or _observed_shares(facts, SHIPMENTS)
    return {
        "general": _blend(gdp, software, traffic, servers),
        "intelligent": _blend(software, servers),
        "super": gdp,
    }


def forecast_shipments(facts: Facts, year: int) -> dict[str, float]:
    """Province → share of server shipments in `year`, regions grown as IDC forecasts 2022–2026.

    Provinces of no such region keep the shipments of 2022: no forecast of theirs is published.
    """
    seen = {
        (row["entity"], row["date"]): float(row["value"])
        for row in facts.table("economy")
        if row["metric"] == "server_shipments"
    }
    first, last = FORECAST
    grown = _observed_shares(facts, SHIPMENTS)
    for region, provinces in SHIPMENT_REGIONS.items():
        yearly = (seen[region, str(last)] / seen[region, str(first)]) ** (1 / (last - first))
        for province in provinces:
            grown[province] *= yearly ** (year - first)
    return _shares(grown)


def industry_shares(facts: Facts) -> dict[str, float]:
    """Province → share of national industrial value added."""
    return _observed_shares(facts, "industrial_value_added")


def gdp_shares(facts: Facts) -> dict[str, dict[str, float]]:
    """Kind → province → share of national GDP, the same for every kind."""
    gdp = _observed_shares(facts, "gdp")
    return dict.fromkeys(("general", "intelligent", "super"), gdp)


def _blend(*parts: dict[str, float]) -> dict[str, float]:
    return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}


def intelligent_weights(
    facts: Facts, known: set[str], rest: float, national: float
) -> dict[str, float]:
    """Province without a figure → EFLOPS FP16: mean of its shares of AI centres and of demand.

    Provinces that no other site reaches in 20 ms (round trip) hold at least their own inference.
    """
    half = facts.number("stock.centre_weight.under_construction")
    centres: dict[str, float] = defaultdict(float)
    for row in facts.table("ai_centres"):
        centres[row["province"]] += half if row["status"] == "under construction" else 1.0
    demand = demand_shares(facts)["intelligent"]
    open_provinces = [row["place"] for row in facts.provinces if row["place"] not in known]
    by_centre = _shares({code: centres[code] for code in open_provinces})
    by_demand = _shares({code: demand[code] for code in open_provinces})
    inference = facts.number("demand.share.inference")
    floor = {
        code: round(demand[code] * inference * national, 3)
        for code in sorted(facts.named("stock.isolated"))
    }
    scale = rest - sum(floor.values())
    weights = _shares(
        {
            code: (by_centre[code] + by_demand[code]) / 2
            for code in open_provinces
            if code not in floor
        }
    )
    return floor | {code: round(weight * scale, 3) for code, weight in weights.items()}
