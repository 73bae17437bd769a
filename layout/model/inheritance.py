"""Typed tables with the place of every row, laid over one another row by row of their key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from layout.errors import Problem
from layout.model import cells
from layout.model.csvfile import RawTable
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.model.tables import TABLES, Column, Table, is_note


@dataclass
class PlacedTable:
    """A typed table that knows the file and line of every row, and cells that ``--set`` gave."""

    table: Table
    frame: pd.DataFrame
    files: np.ndarray
    lines: np.ndarray
    given: frozenset[str] = frozenset()
    cells: dict[tuple[int, str], Place] = field(default_factory=dict)

    def place(self, row: int, column: str | None = None) -> Place:
        """Where a row, or a cell of it, was written."""
        if column is not None and (row, column) in self.cells:
            return self.cells[row, column]
        line = int(self.lines[row])
        return Place(str(self.files[row]), line or None)

    def problem(
        self, code: str, row: int, column: str | None, severity: str = "error", **values: Any
    ) -> Problem:
        """A problem of a row."""
        return self.place(row, column).problem(code, column, severity, **values)

    def copy(self) -> PlacedTable:
        """The same table, in which whole columns can be set without changing this one."""
        return replace(self, frame=self.frame.copy(deep=False), cells=dict(self.cells))

    def take(self, rows: np.ndarray) -> PlacedTable:
        """The rows asked for, in that order."""
        frame = self.frame.iloc[rows].reset_index(drop=True)
        return PlacedTable(self.table, frame, self.files[rows], self.lines[rows], self.given)


@cache
def _empty_frame(name: str) -> pd.DataFrame:
    return pd.DataFrame({column.name: cells.defaults(column, 0) for column in TABLES[name]})


def empty(name: str) -> PlacedTable:
    """The table without a row."""
    frame = _empty_frame(name).copy(deep=False)
    return PlacedTable(TABLES[name], frame, np.array([], dtype=object), np.array([], dtype=int))


def typed(raw: RawTable, problems: list[Problem]) -> PlacedTable:
    """The table of one file; unknown columns, wrong cells and repeated keys are reported."""
    table = TABLES[raw.name]
    count = len(raw.lines)
    place = Place(raw.file, raw.head)
    for name in raw.columns:
        if name not in table.names and not is_note(name):
            known = [*table.names, "note", "source", "confidence"]
            values = {"name": shown(name), "hint": nearest(name, known), "table": raw.name}
            problems.append(place.problem("unknown_column", shown(name), **values))
    for column in table:
        if column.required and column.name not in raw.columns:
            values = {"name": column.name, "columns": ", ".join(_required(table))}
            problems.append(place.problem("missing_column", column.name, **values))
    series = {column.name: _series(column, raw, problems) for column in table}
    for name in raw.columns:
        if is_note(name) and name not in series:
            series[name] = _series(Column(raw.name, name, "text", default=""), raw, problems)
    files = np.full(count, raw.file, dtype=object)
    given = frozenset(name for name in series if name in raw.columns)
    frame = pd.DataFrame({name: values.array for name, values in series.items()})
    result = PlacedTable(table, frame, files, np.array(raw.lines, dtype=int), given)
    _report_repeated(result, problems)
    return result


def _required(table: Table) -> list[str]:
    return [column.name for column in table if column.required]


def _series(column: Column, raw: RawTable, problems: list[Problem]) -> pd.Series:
    found = raw.columns.get(column.name)
    if found is None:
        return cells.defaults(column, len(raw.lines))

    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        at = Place(raw.file, raw.lines[row])
        values = {"table": raw.name, "name": column.name, **values}
        problems.append(at.problem(code, column.name, severity, **values))

    series = cells.parse(column, found, report)
    if column.type in ("number", "year"):
        cells.out_of_bounds(column, series, report)
    return series


def _report_repeated(placed: PlacedTable, problems: list[Problem]) -> None:
    key = list(placed.table.key)
    if len(set(zip(*(placed.frame[name] for name in key), strict=True))) == len(placed.frame):
        return
    frame = placed.frame[key]
    repeated = frame.duplicated().to_numpy() & ~_without_key(placed)
    first: dict[tuple[Any, ...], int] = {}
    for row, values in enumerate(frame.itertuples(index=False, name=None)):
        if repeated[row]:
            name = shown(", ".join(str(value) for value in values if value != ""))
            line = int(placed.lines[first[values]])
            problems.append(placed.problem("duplicate_row", row, key[0], name=name, first=line))
        first.setdefault(values, row)


def _without_key(placed: PlacedTable) -> np.ndarray:
    """Rows that lack a cell which their key needs: that was said of the cell."""
    missing = np.zeros(len(placed.frame), dtype=bool)
    for name in placed.table.key:
        column, values = placed.table[name], placed.frame[name]
        if column.required:
            missing |= (values.isna() | (values == cells.defaults(column, 1).iloc[0])).to_numpy()
    return missing


def lay_over(below: PlacedTable, above: PlacedTable, problems: list[Problem]) -> PlacedTable:
    """Rows of `above` replace those of the same key in `below`; the others are added."""
    if not len(below.frame):
        return above
    key = list(below.table.key)
    new = pd.MultiIndex.from_frame(above.frame[key])
    old = pd.MultiIndex.from_frame(below.frame[key])
    replaced = old.isin(new)
    if replaced.any():
        _report_reset(below, above, replaced, problems)
    frame = pd.concat([below.frame[~replaced], above.frame], ignore_index=True)
    for name in frame.columns:
        if is_note(name):
            frame[name] = frame[name].fillna("").astype("str")
    files = np.concatenate([below.files[~replaced], above.files])
    lines = np.concatenate([below.lines[~replaced], above.lines])
    return PlacedTable(below.table, frame, files, lines, below.given | above.given)


def _report_reset(
    below: PlacedTable, above: PlacedTable, replaced: np.ndarray, problems: list[Problem]
) -> None:
    """Warn when a row is replaced whole by a file that lacks columns the old row filled."""
    lost = [
        column.name
        for column in below.table
        if column.name in below.given - above.given and not column.required
        if _filled(column, below.frame[column.name][replaced]).any()
    ]
    if lost and len(above.files):
        at = Place(str(above.files[0]), 1)
        problems.append(at.problem("columns_reset", None, "warning", columns=", ".join(lost)))


def _filled(column: Column, values: pd.Series) -> pd.Series:
    """Which cells differ from the default."""
    return values.notna() & (values != column.default)


def in_order(placed: PlacedTable) -> PlacedTable:
    """The rows sorted by key, duplicates of a key left out."""
    codes = np.array([_codes(placed.frame[name]) for name in reversed(placed.table.key)])
    order = np.lexsort(codes)
    first = np.ones(len(order), dtype=bool)
    first[1:] = (codes[:, order[1:]] != codes[:, order[:-1]]).any(axis=0)
    return placed.take(order[first])


def _codes(values: pd.Series) -> np.ndarray:
    if values.dtype.kind in "iufb":
        return values.to_numpy()
    return np.unique(values.to_numpy(dtype=object).astype(str), return_inverse=True)[1]


def laid(
    layers: Sequence[dict[str, PlacedTable]], problems: list[Problem]
) -> dict[str, PlacedTable]:
    """Every declared table, from the layers given lowest first."""
    result = {}
    for name in TABLES:
        parts = [layer[name] for layer in layers if name in layer]
        whole = parts[0] if parts else empty(name)
        for part in parts[1:]:
            whole = lay_over(whole, part, problems)
        result[name] = in_order(whole) if len(whole.frame) else empty(name)
    return result
