"""What power costs and emits, and the renewable supply open to data centres."""

from __future__ import annotations

from collections import defaultdict

from national_builder.facts import Facts
from national_builder.places import headroom_share, mean_load_mw, sites
from national_builder.writing import Record

POWER_COLUMNS = (
    "province",
    "tariff_zone",
    "price_cny_per_kwh",
    "grid_tco2_per_mwh",
    "residual_tco2_per_mwh",
    "grid_headroom_mw",
)
POWER_NOTES = ("source", "confidence", "note")
RENEWABLE_COLUMNS = (
    "province",
    "technology",
    "potential_mw",
    "capacity_factor",
    "cost_cny_per_kwh",
    "wheeling_cny_per_kwh",
)
RENEWABLE_NOTES = ("source", "confidence", "note")
DEFAULT_TARIFF = {"130000": "HES", "150000": "NMW", "440000": "GD"}
RESIDUAL = "National residual (excluding market-traded non-fossil)"


def main_tariff(facts: Facts, province: str) -> str:
    """The tariff zone that stands for a whole province."""
    own = [row["tariff_zone"] for row in facts.table("tariff_zones") if row["province"] == province]
    return DEFAULT_TARIFF.get(province, own[0])


def _headroom(facts: Facts, racks_of: dict[str, float] | None) -> dict[str, float]:
    """Province or tariff zone → facility load in MW that it can carry, the stock included."""
    stock: dict[str, float] = defaultdict(float)
    share: dict[str, float] = defaultdict(float)
    of_province: dict[str, str] = {}
    for site in sites(facts, racks_of):
        province, tariff = str(site["province"]), str(site["tariff_zone"])
        part = headroom_share(facts, str(site["tier"]))
        for area in (province, tariff):
            of_province[area] = province
            share[area] = max(share[area], part)
            stock[area] += float(site["grid_headroom_mw"]) - part * mean_load_mw(facts, province)
    return {
        area: round(stock[area] + share[area] * mean_load_mw(facts, of_province[area]))
        for area in sorted(stock)
    }


def power(facts: Facts, racks_of: dict[str, float] | None = None) -> list[Record]:
    """The table `power`: 31 provinces, and the tariff zones in which sites lie."""
    headroom = _headroom(facts, racks_of)
    rows = [
        _power(facts, row["place"], "", main_tariff(facts, row["place"]), headroom)
        for row in facts.provinces
    ]
    rows += [
        _power(facts, row["province"], row["tariff_zone"], row["tariff_zone"], headroom)
        for row in facts.table("tariff_zones")
        if row["tariff_zone"] in headroom
    ]
    return sorted(rows, key=lambda row: (str(row["province"]), str(row["tariff_zone"])))


def _power(
    facts: Facts, province: str, zone: str, tariff: str, headroom: dict[str, float]
) -> Record:
    sure = facts.confidence(f"tariff:{tariff}", "delivered_price")
    factor = facts.confidence(province, "grid_emission_factor")
    return {
        "province": province,
        "tariff_zone": zone,
        "price_cny_per_kwh": facts.observed(f"tariff:{tariff}", "delivered_price"),
        "grid_tco2_per_mwh": facts.observed(province, "grid_emission_factor"),
        "residual_tco2_per_mwh": facts.observed(RESIDUAL, "grid_emission_factor"),
        "grid_headroom_mw": headroom.get(zone or province, headroom[province]),
        "source": "price: NDRC tariffs 2023; factors: MEE and NBS notice 2025 No. 47",
        "confidence": "general knowledge" if "general knowledge" in (sure, factor) else sure,
        "note": f"tariff {tariff}; leaves out government funds, system fees and market premium",
    }


def crf(rate: float, years: float) -> float:
    """Capital recovery factor, 1/year."""
    return rate / (1 - float((1 + rate) ** -years))


def levelised_cost(facts: Facts, technology: str, capacity_factor: float) -> float:
    """Cost of a kWh over the life of the plant, CNY."""
    annuity = crf(facts.number("power.renewable_rate"), facts.number("power.renewable_life"))
    yearly = facts.number(f"power.{technology}_capex") * (
        annuity + facts.number(f"power.{technology}_om")
    )
    return round(yearly / (8760 * capacity_factor), 4)


def wheeling(facts: Facts, province: str) -> float:
    """Transmission and distribution of the province's tariff, plus shaping, CNY/kWh."""
    tariff = f"tariff:{main_tariff(facts, province)}"
    if not facts.seen(tariff, "td_energy_charge_110kv"):
        middle = sorted(
            wheeling(facts, row["place"])
            for row in facts.provinces
            if facts.seen(f"tariff:{main_tariff(facts, row['place'])}", "td_energy_charge_110kv")
        )
        return middle[len(middle) // 2]
    hours = 730 * facts.number("power.load_factor")
    grid = facts.observed(tariff, "td_energy_charge_110kv")
    grid += facts.observed(tariff, "td_demand_charge") / hours
    return round(grid + facts.number("power.shaping"), 4)


def potential_mw(facts: Facts, province: str, technology: str, factor: float) -> float:
    """Share of the existing capacity plus the curtailed energy of 2023 as capacity."""
    lost = facts.observed(province, f"{technology}_curtailment")
    curtailed_gwh = facts.observed(province, f"{technology}_generation") * 1e3 * lost / (1 - lost)
    existing = facts.observed(province, f"{technology}_capacity") * 1e3
    share = facts.number("power.renewable_share")
    return round(share * existing + curtailed_gwh / (8.76 * factor), 1)


def renewables(facts: Facts) -> list[Record]:
    """The table `renewables`: wind and solar per province."""
    rows: list[Record] = []
    for row in facts.provinces:
        for technology in ("solar", "wind"):
            factor = facts.observed(row["place"], f"{technology}_capacity_factor")
            rows.append(
                {
                    "province": row["place"],
                    "technology": technology,
                    "potential_mw": potential_mw(facts, row["place"], technology, factor),
                    "capacity_factor": factor,
                    "cost_cny_per_kwh": levelised_cost(facts, technology, factor),
                    "wheeling_cny_per_kwh": wheeling(facts, row["place"]),
                    "source": "capacity, output and curtailment of 2023; costs PyPSA-China-PIK",
                    "confidence": "estimated (potential: rule)",
                    "note": "potential by rule: 2% of capacity at end-2023 plus curtailed energy",
                }
            )
    return rows
