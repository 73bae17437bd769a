"""Makes the shipped tables of `data` and `models` from `data/facts`; needs no network.

``python data/make_national.py [--facts DIR] [--into DIR]``, the second the checkout by default:

- ``data/national``, the stock of end-2023, with the scenarios of ``models/national-2025``,
- ``data/national-2024``, the stock of end-2024, with those of ``models/national-2030-pathway``,
- the tables of ``models/national-start-areas-2025`` and ``models/national-prefectures-2025``,
  which differ from ``data/national``.
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
    network,
    outturn,
    places,
    prefectures,
    profiles,
    scenarios,
    scenarios_2030,
    start_areas,
    stock,
    storage,
    technology,
)
from national_builder.facts import Facts  # noqa: E402
from national_builder.writing import Record, write  # noqa: E402

Tables = dict[str, tuple[tuple[str, ...], list[Record]]]


def tables(facts: Facts) -> Tables:
    """Table name → columns and rows."""
    return {
        "arcs": (network.COLUMNS + network.NOTES, network.arcs(facts)),
        "commitments": (outturn.COMMITMENT_COLUMNS, []),
        "demand": (demand.COLUMNS + demand.NOTES, demand.default_demand(facts)),
        "facilities": (
            technology.FACILITY_COLUMNS + technology.NOTES,
            technology.facilities(facts),
        ),
        "groups": (places.GROUP_COLUMNS + places.GROUP_NOTES, places.groups(facts)),
        "kinds": (technology.KIND_COLUMNS + technology.NOTES, technology.kinds(facts)),
        "outturn": (
            outturn.COLUMNS + outturn.NOTES,
            _outturn(facts),
        ),
        "power": (energy.POWER_COLUMNS + energy.POWER_NOTES, energy.power(facts)),
        "profiles": (profiles.COLUMNS + profiles.NOTES, profiles.profiles(facts)),
        "pue": (climate.COLUMNS + climate.NOTES, climate.pue(facts)),
        "renewables": (
            energy.RENEWABLE_COLUMNS + energy.RENEWABLE_NOTES,
            energy.renewables(facts),
        ),
        "sites": (places.SITE_COLUMNS + places.SITE_NOTES, places.sites(facts)),
        "slices": (profiles.SLICE_COLUMNS + profiles.NOTES, profiles.slices(facts)),
        "stock": (stock.COLUMNS + stock.NOTES, _stock(facts)),
        "storage": (storage.COLUMNS + storage.NOTES, storage.storage(facts, _stock(facts))),
        "workloads": (technology.WORKLOAD_COLUMNS + technology.NOTES, technology.workloads(facts)),
        "zones": (places.ZONE_COLUMNS + places.NOTES, places.zones(facts)),
    }


def _stock(facts: Facts) -> list[Record]:
    """The table `stock`; an edition splits the kinds whose share of old hardware it gives."""
    return stock.by_age(facts, stock.stock(facts), facts.named("stock.old_share"))


def _outturn(facts: Facts) -> list[Record]:
    """The table `outturn`: what happened after the base year of an edition."""
    return outturn.outturn(after=f"{facts.edition}-12-31" if facts.edition else "")


def _start_areas(facts: Facts) -> Tables:
    """The tables in which the 21 start areas stand for the ten clusters."""
    return {
        "groups": (places.GROUP_COLUMNS + places.GROUP_NOTES, start_areas.group_rows(facts)),
        "power": (energy.POWER_COLUMNS + energy.POWER_NOTES, start_areas.power_rows(facts)),
        "sites": (places.SITE_COLUMNS + places.SITE_NOTES, start_areas.site_rows(facts)),
        "stock": (stock.COLUMNS + stock.NOTES, start_areas.stock_rows(facts)),
        "storage": (
            storage.COLUMNS + storage.NOTES,
            storage.storage(facts, start_areas.stock_rows(facts)),
        ),
    }


def _prefectures(facts: Facts) -> Tables:
    """The tables in which prefectures stand for provinces."""
    stands = prefectures.stock_rows(facts)
    return {
        "demand": (demand.COLUMNS + demand.NOTES[:2], prefectures.demand_rows(facts)),
        "power": (energy.POWER_COLUMNS + energy.POWER_NOTES, prefectures.power_rows(facts)),
        "sites": (places.SITE_COLUMNS + places.SITE_NOTES, prefectures.site_rows(facts)),
        "stock": (stock.COLUMNS + stock.NOTES[:3], [_without(row, "note") for row in stands]),
        "storage": (storage.COLUMNS + storage.NOTES, storage.storage(facts, stands)),
        "zones": (places.ZONE_COLUMNS + places.NOTES, prefectures.zone_rows(facts)),
    }


def _without(row: Record, column: str) -> Record:
    return {name: cell for name, cell in row.items() if name != column}


def folders(place: Path) -> dict[str, Tables]:
    """Folder below the checkout → the tables that are made there."""
    facts, later = Facts(place), Facts(place, "2024")
    return {
        "data/national": tables(facts),
        "data/national-2024": tables(later),
        "models/national-2025/scenarios": scenarios.tables(facts),
        "models/national-2030-pathway/scenarios": scenarios_2030.tables(later),
        "models/national-prefectures-2025": _prefectures(facts),
        "models/national-start-areas-2025": _start_areas(facts),
    }


def main() -> None:
    """Write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=Path, default=HERE / "facts")
    parser.add_argument("--into", type=Path, default=HERE.parent)
    options = parser.parse_args()
    for folder, made in folders(options.facts).items():
        for name, (columns, rows) in made.items():
            write(options.into / folder, name, columns, rows)


if __name__ == "__main__":
    main()
