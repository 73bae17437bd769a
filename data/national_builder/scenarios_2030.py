"""Tables of the shipped scenarios of the pathway to 2030."""

from __future__ import annotations

from national_builder import demand
from national_builder.facts import Facts
from national_builder.scenarios import Table

DEMAND = demand.COLUMNS + demand.NOTES


def tables(facts: Facts) -> dict[str, Table]:
    """File name → columns and rows."""
    year = demand.base_year(facts) + 1
    base = {year: demand.base_installed(facts)}
    calibration = demand.demand(facts, base, source="demand of the base year, for calibration")
    return {
        "demand-base-year": (DEMAND, calibration),
        "demand-high": (DEMAND, _grown(facts, "high")),
        "demand-low": (DEMAND, _grown(facts, "low")),
    }


def _grown(facts: Facts, column: str) -> list[demand.Record]:
    return demand.demand(facts, demand.path(facts, column), source=f"{column} growth after 2025")
