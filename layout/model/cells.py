"""Cells into typed columns: numbers, years, truth values, codes, texts, lists, dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from layout.formulas import is_number
from layout.model.csvfile import blank
from layout.model.naming import bad_code, bad_text, nearest, shown
from layout.model.sheets import ERROR_VALUES
from layout.model.tables import Column

# Report(code, position of the row, severity, values)
Report = Callable[..., None]

_PLAIN = re.compile(r"[0-9eE+\-.\s]*")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(
    r"\d{1,4}([-/.年])\d{1,2}([-/.月]\d{1,4}日?)?([ T]+\d{1,2}[:时].*)?|\d{1,2}月\d{1,2}日"
)
_ISO_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_UNLIMITED = ("inf", "unlimited", "不限", "无限", "∞")
_TRUE, _FALSE = ("true", "yes", "1", "是"), ("false", "no", "0", "否")


def parse(column: Column, cells: Sequence[Any], report: Report) -> pd.Series:
    """The typed series of a column; every cell that does not fit is reported and left empty."""
    if column.type == "number":
        return pd.Series(_numbers(column, cells, report), dtype=float)
    if column.type == "year":
        return pd.Series(_years(column, cells, report), dtype="int64")
    if column.type == "boolean":
        return pd.Series(_booleans(column, cells, report), dtype=bool)
    return pd.Series(_texts(column, cells, report), dtype="str")


def defaults(column: Column, count: int) -> pd.Series:
    """The column as it is when nobody gave it."""
    if column.type == "number":
        return pd.Series(np.full(count, column.default), dtype=float)
    if column.type == "year":
        return pd.Series(np.zeros(count), dtype="int64")
    dtype = bool if column.type == "boolean" else "str"
    return pd.Series([column.default] * count, dtype=dtype)


def _missing(column: Column, row: int, report: Report) -> None:
    if column.required:
        report("empty_cell", row)


def _numbers(column: Column, cells: Sequence[Any], report: Report) -> np.ndarray:
    """Numbers of a column, fast when all are plain, cell by cell otherwise."""
    if all(isinstance(cell, str) for cell in cells) and _PLAIN.fullmatch("\n".join(cells)):
        texts = [cell.strip() for cell in cells]
        try:
            if column.required and "" in texts:
                raise ValueError
            fast = np.array([float(cell) if cell else column.default for cell in texts])
        except ValueError:
            pass
        else:
            if np.isfinite(fast[[bool(cell) for cell in texts]]).all():
                return fast
    return np.array([number(column, cell, row, report) for row, cell in enumerate(cells)], float)


def number(column: Column, cell: Any, row: int, report: Report) -> float:
    """One number. Full-width digits and thousands separators are accepted with a warning."""
    if blank(cell):
        _missing(column, row, report)
        return float(column.default)
    if isinstance(cell, bool | np.bool_):
        report("not_a_number", row, found=shown(cell))
        return nan
    if isinstance(cell, int | float):
        if isfinite(cell) or (cell == inf and column.default == inf):
            return float(cell)
        report("not_a_number", row, found=shown(cell))
        return nan
    if isinstance(cell, date | datetime | time):
        report("date_for_number", row, found=shown(cell))
        return nan
    return _number_from_text(column, str(cell).strip(), row, report)


def _number_from_text(column: Column, cell: str, row: int, report: Report) -> float:
    words = unicodedata.normalize("NFKC", cell).replace("−", "-").strip()
    if column.default == inf and words.lower() in _UNLIMITED:
        return inf
    value = nan
    if is_number(words):
        value = float(words)
        if words != cell:
            report("full_width", row, "warning", found=shown(cell), value=words)
    elif _THOUSANDS.fullmatch(words) and words.isascii():
        value = float(words.replace(",", ""))
        report("thousands", row, "warning", found=shown(cell), value=f"{value:.15g}")
    if isfinite(value):
        return value
    if words.endswith("%") and is_number(words[:-1].strip()):
        share = float(words[:-1].strip()) / 100
        report("percent", row, found=shown(cell), value=f"{share:.12g}")
    elif _DATE.fullmatch(words):
        report("date_for_number", row, found=shown(cell))
    elif words.startswith("="):
        report("formula", row, found=shown(cell))
    else:
        report("not_a_number", row, found=shown(cell))
    return nan


def _years(column: Column, cells: Sequence[Any], report: Report) -> list[int]:
    years = []
    as_number = Column(column.table, column.name, required=column.required, default=nan)
    for row, cell in enumerate(cells):
        value = number(as_number, cell, row, report)
        if not isnan(value) and value != int(value):
            report("not_a_year", row, found=shown(cell))
            value = nan
        if abs(value) > 1e6 or (value == 0 and column.required):  # 0 is a cell without a year
            report("impossible", row, found=f"{value:.15g}", range=bounds_text(column))
            value = nan
        years.append(0 if isnan(value) else int(value))
    return years


def _booleans(column: Column, cells: Sequence[Any], report: Report) -> list[bool]:
    values = []
    for row, cell in enumerate(cells):
        words = "" if blank(cell) else code_text(cell).strip().lower()
        if not words:
            _missing(column, row, report)
            values.append(bool(column.default))
            continue
        if words not in _TRUE + _FALSE:
            report("not_a_boolean", row, found=shown(cell))
        values.append(words in _TRUE)
    return values


def code_text(cell: Any) -> str:
    """A cell as text; a whole number of a workbook without its decimals."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell)


def _texts(column: Column, cells: Sequence[Any], report: Report) -> list[str]:
    check = {"code": _code, "choice": _choice, "list": _list, "date": _date}.get(column.type, _free)
    known: dict[str, str] = {}
    values = []
    for row, cell in enumerate(cells):
        if isinstance(cell, str):
            words = cell.replace("\r\n", "\n").strip()
        else:
            words = "" if cell is None else code_text(cell).strip()
            if isinstance(cell, date | time) and column.type in ("code", "choice", "list"):
                report("date_for_code", row, found=shown(cell))
        if not words:
            _missing(column, row, report)
            values.append(column.default)
        elif words in known:
            values.append(known[words])
        else:
            before = _Counted(report)
            value = check(column, words, row, before)
            values.append(value)
            if not before.count:  # what was reported is reported for every row
                known[words] = value
    return values


class _Counted:
    """A report that counts what goes through."""

    def __init__(self, report: Report) -> None:
        self.report, self.count = report, 0

    def __call__(self, *args: Any, **values: Any) -> None:
        self.count += 1
        self.report(*args, **values)


def _free(column: Column, words: str, row: int, report: Report) -> str:
    if words in ERROR_VALUES:
        report("cell_error", row, found=words)
    elif reason := bad_text(words):
        report(f"text_{reason}", row, found=shown(words))
    return words


def _code(column: Column, words: str, row: int, report: Report) -> str:
    narrow = unicodedata.normalize("NFKC", words) if not words.isascii() else words
    if narrow != words and not bad_code(narrow):
        report("full_width", row, "warning", found=shown(words), value=narrow)
        return narrow
    if reason := bad_code(words):
        report(f"code_{reason}", row, found=shown(words))
    return words


def _list(column: Column, words: str, row: int, report: Report) -> str:
    parts = [part.strip() for part in words.replace("；", ";").split(";")]
    return ";".join(_code(column, part, row, report) for part in parts if part)


def _choice(column: Column, words: str, row: int, report: Report) -> str:
    if words in column.choices:
        return words
    for choice in column.choices:
        if choice.lower() == words.lower():
            return choice
    code = "unknown_precision" if column.name == "precision" else "not_a_choice"
    report(
        code,
        row,
        found=shown(words),
        choices=", ".join(column.choices),
        hint=nearest(words, column.choices),
    )
    return str(column.default)


def _date(column: Column, words: str, row: int, report: Report) -> str:
    if not _ISO_DATE.fullmatch(words):
        report("not_a_date", row, found=shown(words))
    return words


def out_of_bounds(column: Column, values: pd.Series, report: Report) -> None:
    """Report impossible values as errors and implausible ones as warnings."""
    numbers = values.to_numpy(dtype=float)
    low = -inf if column.minimum is None else column.minimum
    high = inf if column.maximum is None else column.maximum
    bad = (numbers < low) | (numbers > high)
    if column.positive:
        bad |= numbers <= 0
    if column.type == "year":
        bad &= numbers != 0  # a cell that could not be read
    for row in np.flatnonzero(bad):
        value = f"{numbers[row]:.15g}"
        report("impossible", int(row), found=value, range=bounds_text(column))
    if column.plausible is None:
        return
    least, most = column.plausible
    odd = ~bad & ((numbers < least) | (numbers > most))
    odd &= (numbers != column.default) if column.type == "number" else numbers != 0
    for row in np.flatnonzero(odd):
        span = f"{least:g} – {most:g}"
        report("implausible", int(row), "warning", found=f"{numbers[row]:.15g}", range=span)


def bounds_text(column: Column) -> str:
    """The possible values of a column as an inequality."""
    low = -inf if column.minimum is None else column.minimum
    sign = ">" if column.positive else "≥"
    low = max(low, 0.0) if column.positive else low
    parts = [f"{sign} {low:g}"] if low > -inf else []
    if column.maximum is not None:
        parts.append(f"≤ {column.maximum:g}")
    unit = "" if column.unit in ("", "1", "share") else f" {column.unit}"
    return ", ".join(parts) + unit
