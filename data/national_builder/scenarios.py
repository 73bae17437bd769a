"""Tables of the shipped scenarios: rows that replace rows of the national tables by key."""

from __future__ import annotations

from national_builder import climate, demand, energy, places, stock
from national_builder.facts import Facts
from national_builder.weights import (
    demand_shares,
    forecast_shipments,
    gdp_shares,
    industry_shares,
)
from national_builder.writing import Record

Table = tuple[tuple[str, ...], list[Record]]
DEMAND = demand.COLUMNS + demand.NOTES
STOCK = stock.COLUMNS + stock.NOTES
ROLES = ("workload", "region", "hosts")
FUNCTIONS = {"batch": "west", "training": "west", "inference": "east", "realtime": "east"}
"""Class of work of the east → the region that hosts it where regions divide their functions."""
INDUSTRIAL = ("edge", "realtime")
"""Classes of work that the industrial internet asks for."""
SPECIAL_PRICES = {
    "NMW": "tariff:NMW",
    "NX": "tariff:NX",
    "GZ": "west",
    "GS": "west",
    "SC": "west",
    "CQ": "west",
}


def tables(facts: Facts) -> dict[str, Table]:
    """File name → columns and rows."""
    press = _press_racks(facts)
    return {
        "demand-20-percent": (DEMAND, _at_rates(facts, "growth_clause", "growth of 20% a year")),
        "demand-base-year": (DEMAND, _base_year(facts)),
        "demand-gdp": (DEMAND, _gdp_demand(facts)),
        "demand-high": (DEMAND, _future(facts, demand.grown(facts, "high"), "high growth")),
        "demand-idc": (DEMAND, _at_rates(facts, "growth_idc", "growth as IDC forecasts it")),
        "demand-industry": (DEMAND, _industry(facts)),
        "demand-inference": (DEMAND, _inference(facts)),
        "demand-low": (DEMAND, _future(facts, demand.grown(facts, "low"), "low growth")),
        "demand-mid-2023": (DEMAND, _mid_2023(facts)),
        "demand-outturn": (DEMAND, _outturn(facts)),
        "demand-regional": (DEMAND, _regional(facts)),
        "power-special": (energy.POWER_COLUMNS + energy.POWER_NOTES, _special_power(facts)),
        "pue-literature": (climate.COLUMNS + climate.NOTES, _literature_pue(facts)),
        "roles-functional-split": (ROLES + places.NOTES, _roles()),
        "stock-press": (STOCK, stock.stock(facts, press)),
        "stock-press-power": (
            energy.POWER_COLUMNS + energy.POWER_NOTES,
            energy.power(facts, press),
        ),
        "stock-press-sites": (places.SITE_COLUMNS + places.SITE_NOTES, places.sites(facts, press)),
        "stock-vintages": (STOCK, _vintages(facts)),
    }


def _literature_pue(facts: Facts) -> list[Record]:
    """New halls without uplift; older ones stay as the stock was calibrated."""
    new = tuple(name for name in climate.FACILITIES if name != "legacy-air")
    return climate.pue(facts, uplift=False, facilities=new)


def _future(facts: Facts, installed: dict[str, float], source: str) -> list[Record]:
    return demand.demand(facts, {demand.YEAR: installed}, source=source)


def _base_year(facts: Facts) -> list[Record]:
    return _future(facts, demand.base_installed(facts), "demand of the base year, for calibration")


def _gdp_demand(facts: Facts) -> list[Record]:
    years = {demand.BASE_YEAR: demand.base_installed(facts), demand.YEAR: demand.grown(facts)}
    return demand.demand(facts, years, gdp_shares(facts), "weights: share of GDP for every kind")


def _native(facts: Facts, group: str) -> dict[str, float]:
    """EFLOPS FP32 of a parameter group → native EFLOPS by kind."""
    return {
        kind: value / facts.number(f"it.fp32_per_native.{kind}")
        for kind, value in facts.named(group).items()
    }


def _mid_2023(facts: Facts) -> list[Record]:
    """Central growth over 2.5 years from the published mid-2023 base (197 EFLOPS)."""
    installed = {
        kind: value * (1 + facts.number(f"demand.growth.{kind}")) ** 2.5
        for kind, value in _native(facts, "demand.mid_2023").items()
    }
    return _future(facts, installed, "mid-2023 installed compute x 2.5 years of central growth")


def _outturn(facts: Facts) -> list[Record]:
    return _future(facts, _native(facts, "demand.outturn_2025"), "installed compute as reported")


def _special_power(facts: Facts) -> list[Record]:
    """Quoted data-centre prices of western hubs in place of the delivered price."""
    seen = {
        row["entity"]: row["value"]
        for row in facts.table("tariffs")
        if row["metric"] == "data_centre_price"
    }
    rows: list[Record] = []
    for row in energy.power(facts):
        zone = str(row["tariff_zone"])
        if zone in SPECIAL_PRICES:
            price = min(float(seen[SPECIAL_PRICES[zone]]), float(row["price_cny_per_kwh"]))
            rows.append({**row, "price_cny_per_kwh": price, "note": "quoted data-centre price"})
    return rows


def _at_rates(facts: Facts, group: str, source: str) -> list[Record]:
    """Demand at the yearly rates of ``demand.<group>``, of other kinds at the central ones."""
    rates = {kind: facts.number(f"demand.growth.{kind}") for kind in demand.base_installed(facts)}
    rates |= facts.named(f"demand.{group}")
    years = demand.YEAR - demand.BASE_YEAR
    installed = {
        kind: value * (1 + rates[kind]) ** years
        for kind, value in demand.base_installed(facts).items()
    }
    return _future(facts, installed, source)


def _regional(facts: Facts) -> list[Record]:
    """The central demand, shared by the shipments that IDC forecasts for regions."""
    shares = demand_shares(facts, forecast_shipments(facts, demand.YEAR))
    source = "shares of server shipments as IDC forecasts them for regions (document 004)"
    return demand.demand(facts, {demand.YEAR: demand.grown(facts)}, shares, source)


def _industry(facts: Facts) -> list[Record]:
    """More work of the edge and in real time, and where industry is; batch and online give way."""
    shares = {**demand_shares(facts), **dict.fromkeys(INDUSTRIAL, industry_shares(facts))}
    split = {name: facts.number(f"demand.share.{name}", "high") for name in INDUSTRIAL}
    split["online"] = facts.number("demand.share.online", "low")
    split["batch"] = 1 - sum(split.values())
    source = "edge and real-time work at the upper end of its share, by industrial value added"
    return demand.demand(facts, {demand.YEAR: demand.grown(facts)}, shares, source, split)


def _inference(facts: Facts) -> list[Record]:
    """Models in use rather than in the making: inference at the upper end of its share."""
    high = facts.number("demand.share.inference", "high")
    split = {"inference": high, "training": 1 - high}
    source = "inference at the upper end of its share, training the rest"
    return demand.demand(facts, {demand.YEAR: demand.grown(facts)}, None, source, split)


def _roles() -> list[Record]:
    """The division of functions that document 004 describes, read strictly."""
    said = {
        "west": "strict reading: work that needs little of the network is the west's",
        "east": "strict reading: work that needs the network is the east's, AI inference named",
    }
    return [
        {
            "workload": workload,
            "region": "east",
            "hosts": hosts,
            "source": "Tsinghua / Inspur 2023 (document 004)",
            "confidence": "estimated",
            "note": said[hosts],
        }
        for workload, hosts in FUNCTIONS.items()
    ]


def _press_racks(facts: Facts) -> dict[str, float]:
    """Guangdong by its press figure; what it loses goes to the other hub provinces by racks."""
    rows = {row["province"]: row for row in facts.table("racks_2023")}
    guangdong = 300 * 8100 / 6500
    receivers = [
        code for code, row in rows.items() if row["rack_group"] == "H6" and row["basis"] == "proxy"
    ]
    lost = float(rows["440000"]["racks_1000"]) - guangdong
    known = sum(float(rows[code]["racks_1000"]) for code in receivers)
    changed = {code: float(rows[code]["racks_1000"]) * (1 + lost / known) for code in receivers}
    return {**changed, "440000": guangdong}


def _vintages(facts: Facts) -> list[Record]:
    """General compute in an old and a newer block; the old one is past its life by 2025."""
    rows = [row for row in stock.stock(facts) if row["kind"] == "general"]
    return stock.by_age(facts, rows, {"general": facts.number("stock.old_general_share")})
