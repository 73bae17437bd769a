"""Tiny planning models for tests: CSV folders written from rows given as dictionaries.

`tiny_model` writes one free, unlimited world in which nothing costs anything; a test gives only
the rows and settings that it is about, so that the answer can be worked out by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

Row = Mapping[str, Any]

YEAR = 2025
"""The one period of a tiny model."""

FREE_WORLD: dict[str, Any] = {
    "layout": 1,
    "base_year": 2023,
    "money_year": 2025,
    "periods": [YEAR],
    "economy": {
        "discount_rate": 0.07,
        "carbon_price_cny_per_t": 0,
        "transport_mcny_per_gbps_1000km_year": 0,
        "certificate_price_cny_per_mwh": 0,
    },
    "features": {"renewables": False},
    "solver": {"gap": 1e-9, "gap_location": 1e-9, "threads": 1, "time_limit_s": 120},
}
"""Settings without any cost; every test merges its own over them."""

ZONES: tuple[Row, ...] = ({"zone": "east"}, {"zone": "west"})
SITES: tuple[Row, ...] = ({"site": "E"}, {"site": "W"})
KINDS: tuple[Row, ...] = (
    {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1},
)
FACILITIES: tuple[Row, ...] = ({"facility": "hall", "kinds": "general"},)
WORKLOADS: tuple[Row, ...] = ({"workload": "task", "kind": "general"},)


def tiny_model(folder: Path, *, settings: Row | None = None, **tables: Iterable[Row]) -> Path:
    """Write a model folder and return it.

    Default: zones east and west, sites E and W, one kind that draws 1 MW per EFLOPS, one facility
    of any size, one workload without latency limit, demand 1 EFLOPS in each zone. A table named
    in `tables` replaces the default rows of that table whole; zones and sites without `lat` and
    `lon` get distinct places; demand rows without `year` get the period. `settings` is merged
    into FREE_WORLD key by key (a list is replaced whole).
    """
    rows = {
        "zones": ZONES,
        "sites": SITES,
        "kinds": KINDS,
        "facilities": FACILITIES,
        "workloads": WORKLOADS,
        **tables,
    }
    written = {name: [dict(row) for row in given] for name, given in rows.items()}
    if "demand" not in written:
        written["demand"] = [
            {"zone": zone["zone"], "workload": work["workload"], "demand_eflops": 1}
            for zone in written["zones"]
            for work in written["workloads"]
        ]
    _place(written["zones"], latitude=30.0)
    _place(written["sites"], latitude=31.0)
    for row in written["demand"]:
        row.setdefault("year", YEAR)
    return write_folder(folder, merged(FREE_WORLD, settings or {}), written)


def write_folder(
    folder: Path, settings: Row, tables: Mapping[str, Iterable[Row]], *, order: int = 1
) -> Path:
    """Write model.yaml and one CSV per table as given; `order` -1 reverses the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(dict(settings), allow_unicode=True, sort_keys=False)
    (folder / "model.yaml").write_text(text, "utf-8")
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", list(rows)[::order])
    return folder


def write_table(file: Path, rows: Iterable[Row]) -> None:
    """Write rows as CSV; a column that a row lacks, or None, is an empty cell."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)


def merged(base: Row, over: Row) -> dict[str, Any]:
    """Two nested mappings as one, key by key; anything but a mapping in `over` replaces."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def target(id: str, measure: str, sense: str, value: float, **fields: Any) -> dict[str, Any]:
    """A hard national target of the period, its other fields as given."""
    return {
        "id": id,
        "measure": measure,
        "scope": "nation",
        "sense": sense,
        "value": value,
        "year": YEAR,
        "mode": "hard",
        **fields,
    }


def _place(rows: list[dict[str, Any]], latitude: float) -> None:
    """Give distinct places, about 2 km apart in rows of twenty, to rows that have none."""
    for number, row in enumerate(rows):
        row.setdefault("lat", round(latitude + 0.02 * (number // 20), 4))
        row.setdefault("lon", round(104.0 + 0.02 * (number % 20), 4))


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set):
        return ";".join(str(part) for part in value)
    return repr(value) if isinstance(value, float) else value
