"""A user's own layout as a table: what is to stand, or to be added, at which site and of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import FileProblem, InputError, Problem
from layout.files import read_bytes
from layout.formulation.case import Case, Floats, Ints, case_of
from layout.model import cells
from layout.model.csvfile import RawTable, arrange, read_csv
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.model.sheets import read_sheets
from layout.model.tables import Column, is_note
from layout.plan.files import FILES

if TYPE_CHECKING:
    from layout.model import PlanningModel

TABLE = "capacity"
SUFFIXES = (".xlsx", ".xlsm")
TOLERANCE = 1e-9
"""EFLOPS by which a total may lie below what has to stay: rounding of whoever wrote the file."""
_COLUMNS = (
    Column(TABLE, "site", "code", default="", required=True),
    Column(TABLE, "kind", "code", default="", required=True),
    Column(TABLE, "facility", "code", default=""),
    Column(TABLE, "year", "year", default=0),
    Column(TABLE, "compute_eflops", unit="EFLOPS", default=nan, minimum=0.0),
    Column(TABLE, "added_eflops", unit="EFLOPS", default=nan, minimum=0.0),
)
_AMOUNTS = ("compute_eflops", "added_eflops")


@dataclass(frozen=True)
class Holding:
    """One row: so many EFLOPS (native) of a kind at a site in a year.

    `facility` is '' where any may hold it. With `added` the amount is what is put into service in
    the year, else what stands in it.
    """

    site: str
    kind: str
    facility: str
    year: int
    eflops: float
    added: bool
    place: Place

    def problem(self, code: str, column: str, **values: Any) -> Problem:
        """A problem of this row."""
        return self.place.problem(code, column, **values)


@dataclass(frozen=True)
class OwnLayout:
    """A layout read and checked against its model; `file` is what it is called in words."""

    file: str
    rows: tuple[Holding, ...]

    def of_year(self, year: int) -> list[Holding]:
        """The rows of a year."""
        return [row for row in self.rows if row.year == year]


def read_layout(model: PlanningModel, given: str | Path | pd.DataFrame) -> OwnLayout:
    """The layout in a CSV file, the first sheet of a workbook, or a frame.

    Columns site, kind, compute_eflops or added_eflops; optional year and facility. The further
    columns of ``capacity.csv`` may stand there and are not read. Raises FileProblem where there is
    no file and InputError with every problem.
    """
    problems: list[Problem] = []
    raw = _raw(given, problems)
    rows = [] if raw is None else _rows(raw, problems)
    if not problems:
        rows = [_dated(model, row, problems) for row in rows]
        _check(model, rows, problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(problems)
    return OwnLayout("" if raw is None else raw.file, tuple(rows))


# reading ------------------------------------------------------------------------------------


def _raw(given: str | Path | pd.DataFrame, problems: list[Problem]) -> RawTable | None:
    if isinstance(given, pd.DataFrame):
        names = [str(name) for name in given.columns]
        table = given.astype(object).where(given.notna(), None)
        values = [names, *table.to_numpy(dtype=object).tolist()]
        return arrange(TABLE, TABLE, values, range(1, len(values) + 1), problems)
    path = Path(given)
    try:
        data = read_bytes(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem("evaluate.error.file", path=str(given), reason=reason) from error
    if path.suffix.lower() not in SUFFIXES:
        return read_csv(TABLE, data, path.name, problems)
    values = _sheet(data, path.name, problems)
    return (
        arrange(TABLE, path.name, values, range(1, len(values) + 1), problems) if values else None
    )


def _sheet(data: bytes, file: str, problems: list[Problem]) -> list[list[Any]]:
    """The cells of the sheet ``capacity``, else of the first."""
    sheets = read_sheets(data, file, problems)
    if sheets is None:
        return []
    rows = next((one for one in sheets if one.title == TABLE), None) or next(iter(sheets), None)
    if rows is None or not rows.rows:
        problems.append(Place(file).problem("empty_table"))
        return []
    return rows.rows


def _rows(raw: RawTable, problems: list[Problem]) -> list[Holding]:
    names = [column.name for column in _COLUMNS]
    known = {*names, *FILES[TABLE].names}
    head = Place(raw.file, 1)
    for name in raw.columns:
        if name not in known and not is_note(name):
            values = {"name": shown(name), "hint": nearest(name, names), "table": TABLE}
            problems.append(head.problem("unknown_column", shown(name), **values))
    for name in ("site", "kind"):
        if name not in raw.columns:
            values = {"name": name, "columns": "site, kind, compute_eflops"}
            problems.append(head.problem("missing_column", name, **values))
    if not any(name in raw.columns for name in _AMOUNTS):
        values = {"name": _AMOUNTS[0], "columns": "site, kind, compute_eflops"}
        problems.append(head.problem("missing_column", _AMOUNTS[0], **values))
    columns = {column.name: _series(column, raw, problems) for column in _COLUMNS}
    places = [Place(raw.file, line) for line in raw.lines]
    return [
        _holding(dict(zip(names, values, strict=True)), place, problems)
        for place, *values in zip(places, *(columns[name] for name in names), strict=True)
    ]


def _series(column: Column, raw: RawTable, problems: list[Problem]) -> pd.Series:
    found = raw.columns.get(column.name)
    if found is None:
        return cells.defaults(column, len(raw.lines))

    def report(code: str, row: int, severity: str = "error", **values: Any) -> None:
        place = Place(raw.file, raw.lines[row])
        values = {"table": TABLE, "name": column.name, **values}
        problems.append(place.problem(code, column.name, severity, **values))

    series = cells.parse(column, found, report)
    if column.type == "number":
        cells.out_of_bounds(column, series, report)
    return series


def _holding(row: Mapping[str, Any], place: Place, problems: list[Problem]) -> Holding:
    given = [name for name in _AMOUNTS if not np.isnan(row[name])]
    if len(given) != 1 and not problems:
        code = "layout_two_amounts" if given else "layout_no_amount"
        problems.append(place.problem(code, _AMOUNTS[0]))
    name = given[0] if given else _AMOUNTS[0]
    codes = (str(row["site"]), str(row["kind"]), str(row["facility"]))
    return Holding(*codes, int(row["year"]), float(row[name]), name == "added_eflops", place)


# checking -----------------------------------------------------------------------------------


def _dated(model: PlanningModel, row: Holding, problems: list[Problem]) -> Holding:
    """The row with its year: the one period where it names none."""
    periods = list(model.settings.periods)
    if row.year in periods:
        return row
    if row.year == 0 and len(periods) == 1:
        return Holding(**{**row.__dict__, "year": periods[0]})
    known = ", ".join(map(str, periods))
    found = "" if row.year == 0 else str(row.year)
    problems.append(row.problem("layout_year", "year", found=found or "–", known=known))
    return row


def _check(model: PlanningModel, rows: Sequence[Holding], problems: list[Problem]) -> None:
    for column, table in (("site", "sites"), ("kind", "kinds"), ("facility", "facilities")):
        known = list(model[table][column])
        for row in rows:
            name = getattr(row, column)
            if name and name not in known:
                values = {"found": shown(name), "hint": nearest(name, known), "table": table}
                problems.append(row.problem("layout_unknown", column, **values))
    _check_keys(rows, problems)
    if problems:
        return
    for year in model.settings.periods:
        own = [row for row in rows if row.year == year]
        if own:
            case = case_of(model, int(year))
            for row, number in zip(own, range(len(own)), strict=True):
                _check_row(case, row, pairs_of(case, own) == number, problems)


def _check_keys(rows: Sequence[Holding], problems: list[Problem]) -> None:
    """No key twice, and none with a facility beside one without."""
    seen: dict[tuple[Any, ...], Holding] = {}
    for row in rows:
        key = (row.site, row.kind, row.year)
        first = seen.setdefault((*key, row.facility), row)
        other = next(
            (o for (*k, f), o in seen.items() if (*k,) == key and bool(f) != bool(row.facility)),
            None,
        )
        if first is not row:
            name = ", ".join(str(part) for part in (*key[:2], row.facility, row.year) if part)
            problems.append(row.problem("duplicate_row", "site", name=name, first=first.place.row))
        elif other is not None:
            problems.append(row.problem("layout_facility", "facility", first=other.place.row))


def pairs_of(case: Case, rows: Sequence[Holding]) -> Ints:
    """Pair of the case → the row that speaks of it, −1 where none does."""
    units = case.units
    names = (case.sites, case.kinds, case.facilities)
    at = (units.pair_site, units.kind, units.facility[units.unit])
    of: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(rows):
        of[row.site, row.kind, row.facility] = number
    found = [
        of.get((site, kind, facility), of.get((site, kind, ""), -1))
        for site, kind, facility in zip(
            *([name[i] for i in rows_at] for name, rows_at in zip(names, at, strict=True)),
            strict=True,
        )
    ]
    return np.array(found, dtype=np.int64).reshape(-1)


def _check_row(
    case: Case, row: Holding, pairs: np.ndarray[Any, Any], problems: list[Problem]
) -> None:
    """Whether the kind may stand there, stock may leave so far, and additions are offered."""
    units, amount = case.units, f"{row.eflops:.10g}"
    existing = float(units.existing_eflops[pairs].sum())
    leaves = float(staying(case)[pairs].sum())
    more = row.eflops if row.added else row.eflops - existing
    if more > TOLERANCE and not (pairs & units.admitted).any():
        site = case.sites.index(row.site)
        there = sorted(
            {case.kinds[k] for k in units.kind[(units.pair_site == site) & units.admitted]}
        )
        values = {"found": row.kind, "site": row.site, "known": ", ".join(there) or "–"}
        problems.append(row.problem("layout_kind_here", "kind", **values))
    elif more > TOLERANCE and not case.on_offer[case.kinds.index(row.kind)]:
        problems.append(row.problem("layout_not_sold", "kind", found=row.kind, year=row.year))
    elif not row.added and row.eflops < leaves - TOLERANCE * max(1.0, leaves):
        values = {"found": amount, "least": f"{leaves:.10g}"}
        problems.append(row.problem("layout_below_stock", "compute_eflops", **values))


def staying(case: Case) -> Floats:
    """Pair → existing EFLOPS that may not leave in the year."""
    stays = case.units.existing_eflops.copy()
    stays[case.units.own_pair] -= case.retirable_eflops
    return np.maximum(stays, 0.0)
