"""Demand in use: installed compute × max_utilisation, shared over zones and workloads."""

from __future__ import annotations

from national_builder.facts import Facts
from national_builder.stock import totals
from national_builder.weights import demand_shares
from national_builder.writing import Record

BASE_YEAR, YEAR = 2023, 2025
PERIODS = {"": (YEAR,), "2024": (2026, 2028, 2030)}
"""Edition → the years whose demand is written beside that of its base year."""
COLUMNS = ("zone", "workload", "year", "demand_eflops")
NOTES = ("source", "confidence", "note_place")
KIND = {
    "batch": "general",
    "edge": "general",
    "hpc": "super",
    "inference": "intelligent",
    "online": "general",
    "realtime": "general",
    "training": "intelligent",
}
BASE_CONFIDENCE = "estimated (split over workloads: general knowledge)"
GROWN_CONFIDENCE = "general knowledge (growth, split over workloads)"
FREE = ("batch", "hpc", "training")
SHIPMENTS = "ordering place: server shipments are booked at the buyer's seat"


def base_year(facts: Facts) -> int:
    """The year at whose end the stock stands."""
    return int(facts.edition or BASE_YEAR)


def base_installed(facts: Facts) -> dict[str, float]:
    """Kind → EFLOPS that demand of the base year keeps busy (a little below the stock)."""
    return {kind: value * facts.number("demand.in_use") for kind, value in totals(facts).items()}


def grown(facts: Facts, column: str = "chosen", year: int = YEAR) -> dict[str, float]:
    """Kind → EFLOPS that demand of `year` would keep busy, by the growth of that column.

    An edition grows as reported in its first year, and by the column from then on.
    """
    years = year - base_year(facts)
    reported = dict.fromkeys(totals(facts), 1.0)
    if facts.edition:
        years -= 1
        name = f"demand.growth_{base_year(facts) + 1}"
        reported = {kind: 1 + facts.number(f"{name}.{kind}") for kind in reported}
    return {
        kind: value * reported[kind] * (1 + facts.number(f"demand.growth.{kind}", column)) ** years
        for kind, value in base_installed(facts).items()
    }


def path(facts: Facts, column: str = "chosen") -> dict[int, dict[str, float]]:
    """Year → kind → EFLOPS kept busy, for every period of the edition."""
    return {year: grown(facts, column, year) for year in PERIODS[facts.edition]}


def demand(
    facts: Facts,
    installed: dict[int, dict[str, float]],
    shares: dict[str, dict[str, float]] | None = None,
    source: str = "installed compute x max_utilisation x growth x share of the zone",
    split: dict[str, float] | None = None,
) -> list[Record]:
    """Rows of the table `demand` for the years of `installed` (kind → EFLOPS kept busy).

    `shares` are those of zones by kind, or by workload where they name it; `split` replaces the
    share of a workload in its kind.
    """
    shares, parts = shares or demand_shares(facts), split or {}
    use = facts.number("it.max_utilisation")
    return [
        {
            "zone": zone,
            "workload": workload,
            "year": year,
            "demand_eflops": round(
                installed[year][KIND[workload]]
                * use
                * parts.get(workload, facts.number(f"demand.share.{workload}"))
                * shares.get(workload, shares[KIND[workload]])[zone],
                8,
            ),
            "source": source,
            "confidence": BASE_CONFIDENCE if year == base_year(facts) else GROWN_CONFIDENCE,
            "note_place": SHIPMENTS if workload in FREE else "",
        }
        for zone in (row["place"] for row in facts.provinces)
        for workload in sorted(KIND)
        for year in sorted(installed)
    ]


def default_demand(facts: Facts) -> list[Record]:
    """The table `demand`: the base year and the periods with central growth."""
    return demand(facts, {base_year(facts): base_installed(facts)} | path(facts))
