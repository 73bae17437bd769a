"""Makes `data/national` and the scenario tables of `models/national-2025` from `data/facts`.

``python data/make_national.py [--facts DIR] [--national DIR] [--scenarios DIR]``; no network.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from national_builder import (  # noqa: E402
    climate,
    demand,
    energy,
    outturn,
    places,
    scenarios,
    stock,
    technology,
)
from national_builder.facts import Facts  # noqa: E402
from national_builder.writing import Record, write  # noqa: E402

SCENARIOS = HERE.parent / "models" / "national-2025" / "scenarios"


def tables(facts: Facts) -> dict[str, tuple[tuple[str, ...], list[Record]]]:
    """Table name → columns and rows."""
    return {
        "commitments": (outturn.COMMITMENT_COLUMNS, []),
        "demand": (demand.COLUMNS + demand.NOTES, demand.default_demand(facts)),
        "facilities": (
            technology.FACILITY_COLUMNS + technology.NOTES,
            technology.facilities(facts),
        ),
        "groups": (places.GROUP_COLUMNS + places.GROUP_NOTES, places.groups(facts)),
        "kinds": (technology.KIND_COLUMNS + technology.NOTES, technology.kinds(facts)),
        "outturn": (outturn.COLUMNS + outturn.NOTES, outturn.outturn()),
        "power": (energy.POWER_COLUMNS + energy.POWER_NOTES, energy.power(facts)),
        "pue": (climate.COLUMNS + climate.NOTES, climate.pue(facts)),
        "renewables": (
            energy.RENEWABLE_COLUMNS + energy.RENEWABLE_NOTES,
            energy.renewables(facts),
        ),
        "sites": (places.SITE_COLUMNS + places.SITE_NOTES, places.sites(facts)),
        "stock": (stock.COLUMNS + stock.NOTES, stock.stock(facts)),
        "workloads": (technology.WORKLOAD_COLUMNS + technology.NOTES, technology.workloads(facts)),
        "zones": (places.ZONE_COLUMNS + places.NOTES, places.zones(facts)),
    }


def main() -> None:
    """Write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=Path, default=HERE / "facts")
    parser.add_argument("--national", type=Path, default=HERE / "national")
    parser.add_argument("--scenarios", type=Path, default=SCENARIOS)
    options = parser.parse_args()
    facts = Facts(options.facts)
    for name, (columns, rows) in tables(facts).items():
        write(options.national, name, columns, rows)
    for name, (columns, rows) in scenarios.tables(facts).items():
        write(options.scenarios, name, columns, rows)


if __name__ == "__main__":
    main()
