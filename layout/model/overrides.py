"""``--set`` paths: settings by dotted path, table cells by conditions on their row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from layout.errors import Problem
from layout.model import cells
from layout.model.document import Node, Place, put_path
from layout.model.inheritance import PlacedTable
from layout.model.naming import nearest, shown
from layout.model.schema import Settings
from layout.model.tables import TABLES, Column, is_note
from layout.model.workbook import setting

_CELL = re.compile(r"(?P<table>\w+)(\[(?P<where>[^\]]*)\])?\.(?P<column>\w+)")


@dataclass(frozen=True)
class Override:
    """One path and its value; `table` is '' for a setting, `where` are (column, value) pairs."""

    place: Place
    path: str
    value: str
    table: str = ""
    column: str = ""
    where: tuple[tuple[str, str], ...] = ()

    def problem(self, code: str, **values: Any) -> Problem:
        """A problem of this override."""
        return self.place.problem(code, self.path, **values)


def parse_sets(
    texts: Sequence[str],
    problems: list[Problem],
    place: Place | None = None,
    column: str | None = None,
) -> list[Override]:
    """Overrides from ``path=value`` texts, given on the command line or in a scenario."""
    result = []
    for words in texts:
        at = place or Place(f"--set {shown(words, 120)}")
        path, sign, value = _split(words)
        if not sign or not path:
            problems.append(at.problem("set_syntax", column, found=shown(words)))
            continue
        match = _CELL.fullmatch(path)
        if match is None or match["table"] not in TABLES or _of_settings(path):
            result.append(Override(at, path, value.strip()))
            continue
        where = _conditions(match["where"] or "")
        if where is None:
            problems.append(at.problem("set_syntax", column, found=shown(words)))
            continue
        result.append(Override(at, path, value.strip(), match["table"], match["column"], where))
    return result


def _of_settings(path: str) -> bool:
    """Whether a path like ``slices.count`` names a key of the settings, not a column."""
    block, _, key = path.partition(".")
    field = Settings.model_fields.get(block)
    kind = None if field is None else field.annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel) and key in kind.model_fields


def _split(words: str) -> tuple[str, str, str]:
    """Path and value: at the first ``=`` outside brackets."""
    depth = 0
    for position, letter in enumerate(words):
        depth += (letter == "[") - (letter == "]")
        if letter == "=" and depth <= 0:
            return words[:position].strip(), "=", words[position + 1 :]
    return words, "", ""


def _conditions(words: str) -> tuple[tuple[str, str], ...] | None:
    pairs = []
    for part in filter(None, (part.strip() for part in words.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            return None
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)


def apply_to_settings(tree: Node, overrides: Sequence[Override], problems: list[Problem]) -> None:
    """Put every setting into the tree, in place."""
    for override in overrides:
        if override.table:
            continue
        path = override.path.split(".")
        if "[" in override.path:
            hint = nearest(override.path.split("[")[0], TABLES)
            problems.append(override.problem("set_table", name=shown(override.path), hint=hint))
        elif not all(path):
            problems.append(override.problem("set_syntax", found=shown(override.path)))
        elif override.value.startswith("*"):
            _scale_setting(tree, path, override, problems)
        else:
            put_path(tree, path, setting(path, override.value, override.place), problems)


def _scale_setting(
    tree: Node, path: list[str], override: Override, problems: list[Problem]
) -> None:
    factor = _factor(override, problems)
    here: Any = Settings(layout=1).model_dump() | tree.plain
    if path[0] == "targets" and isinstance(here.get("targets"), list):
        here = {"targets": {str(row.get("id")): row for row in here["targets"]}}
    else:
        default = Settings(layout=1).model_dump().get(path[0])
        if isinstance(default, dict) and isinstance(here.get(path[0]), dict):
            here = {path[0]: default | here[path[0]]}
    for part in path:
        here = here.get(part) if isinstance(here, dict) else None
    if factor is None:
        return
    number = _plain_number(here) if isinstance(here, str) else here
    if isinstance(number, bool) or not isinstance(number, int | float):
        problems.append(override.problem("set_scale", found=_words(here)))
        return
    put_path(tree, path, Node(number * factor, override.place), problems)


def _words(value: Any) -> str:
    """A setting as YAML would show it."""
    return "null" if value is None else shown(value)


def _plain_number(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None


def _factor(override: Override, problems: list[Problem]) -> float | None:
    """The factor after a leading ``*``."""
    found: list[str] = []

    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        found.append(code)

    column = Column("", "", required=True)
    factor = cells.number(column, override.value[1:], 0, report)
    if found or np.isnan(factor):
        problems.append(override.problem("set_factor", found=shown(override.value)))
        return None
    return factor


def apply_to_tables(
    tables: dict[str, PlacedTable],
    completed: dict[str, PlacedTable],
    overrides: Sequence[Override],
    problems: list[Problem],
) -> None:
    """Change table cells, in place; rows are chosen by the completed tables (inferred keys)."""
    for override in overrides:
        if not override.table:
            continue
        placed = tables[override.table]
        rows = _rows(completed[override.table], override, problems)
        if rows is None:
            continue
        column = _column(placed, override, problems)
        if column is None:
            continue
        if override.value.startswith("*"):
            _scale(placed, column, rows, override, problems)
        else:
            _replace(placed, column, rows, override, problems)
        for row in rows:
            placed.cells[int(row), column.name] = override.place


def _rows(placed: PlacedTable, override: Override, problems: list[Problem]) -> np.ndarray | None:
    """Positions of the rows that meet every condition; None (reported) when there is none."""
    frame = placed.frame
    chosen = np.ones(len(frame), dtype=bool)
    for name, value in override.where:
        if name not in placed.table.names:
            hint = nearest(name, placed.table.names)
            values = {"name": shown(name), "hint": hint, "table": override.table}
            problems.append(override.problem("unknown_column", **values))
            return None
        texts = frame[name].astype(str)
        met = (texts == value).to_numpy()
        if not met.any():
            known = nearest(value, set(texts)) or ""
            values = {"name": name, "found": shown(value), "hint": shown(known)}
            problems.append(override.problem("set_no_row", table=override.table, **values))
            return None
        chosen &= met
    if not chosen.any():
        where = ", ".join(f"{name}={value}" for name, value in override.where)
        values = {"name": "", "found": shown(where), "hint": ""}
        problems.append(override.problem("set_no_row", table=override.table, **values))
        return None
    return np.flatnonzero(chosen)


def _column(placed: PlacedTable, override: Override, problems: list[Problem]) -> Column | None:
    name, table = override.column, placed.table
    if name in table.key:
        problems.append(override.problem("set_key", name=name, table=table.name))
        return None
    if name in table.names:
        return table[name]
    if is_note(name) and name in placed.frame:
        return Column(table.name, name, "text", default="")
    values = {"name": shown(name), "hint": nearest(name, table.names), "table": table.name}
    problems.append(override.problem("unknown_column", **values))
    return None


def _replace(
    placed: PlacedTable,
    column: Column,
    rows: np.ndarray,
    override: Override,
    problems: list[Problem],
) -> None:
    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        values = {"table": column.table, "name": column.name, **values}
        problems.append(override.place.problem(code, override.path, severity, **values))

    series = cells.parse(column, [override.value], report)
    if column.type in ("number", "year"):
        cells.out_of_bounds(column, series, report)
    values = placed.frame[column.name].copy()
    values.iloc[rows] = series.iloc[0]
    placed.frame[column.name] = values


def _scale(
    placed: PlacedTable,
    column: Column,
    rows: np.ndarray,
    override: Override,
    problems: list[Problem],
) -> None:
    factor = _factor(override, problems)
    if factor is None:
        return
    if column.type != "number":
        problems.append(override.problem("set_scale", found=column.name))
        return

    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        values = {"table": column.table, "name": column.name, **values}
        problems.append(override.place.problem(code, override.path, severity, **values))

    numbers = placed.frame[column.name].to_numpy(dtype=float).copy()
    if not np.isfinite(numbers[rows]).any():
        problems.append(override.problem("set_scale_empty", name=column.name))
        return
    numbers[rows] = numbers[rows] * factor
    placed.frame[column.name] = numbers
    changed = placed.frame[column.name].iloc[rows].reset_index(drop=True)
    cells.out_of_bounds(column, changed, report)
