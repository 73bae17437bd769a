"""Writing tables: columns in the order of the first row, rows by key, numbers without noise."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Cell = str | float | int | bool
Record = Mapping[str, Cell]


def cell(value: Cell) -> str:
    """A cell as text: true/false, whole numbers without a point, others as short as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def write(folder: Path, name: str, columns: Sequence[str], rows: Sequence[Record]) -> None:
    """Write ``<name>.csv``. Raises ValueError when a row has a column that is not declared."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n", extrasaction="raise")
        writer.writeheader()
        for row in rows:
            writer.writerow({column: cell(row.get(column, "")) for column in columns})
