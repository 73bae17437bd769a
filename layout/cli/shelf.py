"""The shipped CSV tables, read as they stand: no table is heavier than this needs."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from layout.errors import FileProblem
from layout.resources import folder

MODEL_SET = "national"
"""The data set that planning models read unless they say otherwise."""
FACT_SET = "facts"
"""The folder of what the data sets are made from."""


@dataclass(frozen=True)
class Table:
    """One shipped table: `name` is its path below ``data`` without the ending."""

    name: str
    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @property
    def short(self) -> str:
        """The name without its folder."""
        return self.name.rpartition("/")[2]

    @property
    def in_model(self) -> bool:
        """Whether planning models read this table."""
        return not self.name.startswith(f"{FACT_SET}/")


@dataclass(frozen=True)
class Source:
    """One source of one table: how many rows rest on it and how sure it is."""

    table: str
    source: str
    confidence: str
    rows: int
    weak: bool


def tables() -> list[Table]:
    """Every shipped table, those of planning models first."""
    base = folder("data")
    files = sorted(base.rglob("*.csv"), key=lambda path: (path.parts[-2] != MODEL_SET, path))
    return [_read(base, path) for path in files]


def _read(base: Path, path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = tuple(reader)
        columns = tuple(reader.fieldnames or ())
    name = path.relative_to(base).with_suffix("").as_posix()
    return Table(name, path, columns, rows)


def find(name: str) -> Table:
    """The table of that name, with or without its folder. Raises FileProblem (exit 3)."""
    every = tables()
    for table in every:
        if name in (table.name, table.short, f"{table.short}.csv"):
            return table
    known = [table.name for table in every] + [table.short for table in every]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
    raise FileProblem("cli.error.table", found=name, near=", ".join(near))


def units(table: Table) -> dict[str, str]:
    """Column → unit, for a table of planning models; facts carry theirs in a column."""
    if not table.in_model:
        return {}
    from layout.model.tables import TABLES

    declared = TABLES.get(table.short)
    return {column.name: column.unit for column in declared} if declared else {}


def weak_rows(table: Table) -> int:
    """How many rows of a table are weak."""
    from layout.model.weakness import is_weak

    return sum(1 for row in table.rows if is_weak(row.get("confidence") or ""))


def sources() -> list[Source]:
    """Every source of every table that names any, the weak ones of a table first."""
    from layout.model.weakness import is_weak

    found: list[Source] = []
    for table in tables():
        pairs = Counter(
            (row.get("source") or "", row.get("confidence") or "") for row in table.rows
        )
        listed = [
            Source(table.name, source, confidence, count, is_weak(confidence))
            for (source, confidence), count in pairs.items()
        ]
        found += sorted(listed, key=lambda one: (not one.weak, -one.rows, one.source))
    return found
