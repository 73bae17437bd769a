"""A table of the model as a sheet to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isinf, isnan
from typing import Any

import pandas as pd

from layout.labels import text
from layout.model.cells import bounds_text
from layout.model.excel import look
from layout.model.excel.package import put
from layout.model.naming import shown
from layout.model.tables import NOTE_COLUMNS, Column, Table

Lists = Mapping[str, str]
"""``table.column`` → the range of its codes, as the formula of a drop-down list."""

_SUGGESTED = {"province": "zones.province"}
"""Columns of codes that refer to no table but are mostly found in one."""
_EXAMPLE = ("example", "示例")


def columns_of(table: Table, frame: pd.DataFrame) -> list[str]:
    """The columns of a sheet: those of the table, then its notes."""
    return [*table.names, *(name for name in frame.columns if name not in table.names)]


def fill(sheet: Any, table: Table, frame: pd.DataFrame, lists: Lists) -> None:
    """Headings with comments, rows, drop-down lists and limits."""
    from openpyxl.utils import get_column_letter

    names = columns_of(table, frame)
    sheet.freeze_panes = sheet.cell(2, _frozen(table, names) + 1)
    sheet.row_dimensions[1].height = 46
    for position, name in enumerate(names, start=1):
        declared = table[name] if name in table.names else None
        at = get_column_letter(position)
        values = _values(declared, frame[name]) if name in frame.columns else []
        _head(sheet.cell(1, position), name, declared, table)
        for line, value in enumerate(values, start=2):
            cell = sheet.cell(line, position)
            put(cell, value)
            if isinstance(value, str):
                cell.number_format = "@"
        textual = declared is None or declared.textual
        if textual:  # what is typed below stays as it is typed
            sheet.column_dimensions[at].number_format = "@"
        heads = [name] if declared is None else [name, declared.zh + " *", declared.unit]
        look.fit(sheet, position, [shown(v, 60) for v in values[:300] if v is not None] + heads)
        if declared is not None:
            _guard(sheet, f"{at}2:{at}{look.LAST_ROW}", declared, lists)
    _mark_missing(sheet, table, names)
    _mark_examples(sheet, names, frame)
    last = get_column_letter(len(names))
    sheet.auto_filter.ref = f"A1:{last}{max(len(frame) + 1, 2)}"
    look.page(sheet)


def _frozen(table: Table, names: list[str]) -> int:
    """How many columns stay: those of the key where they come first, at most three."""
    count = 0
    while count < min(3, len(names)) and names[count] in table.key:
        count += 1
    return max(count, 1)


def _values(column: Column | None, values: pd.Series) -> list[Any]:
    if column is None or column.textual:
        return [str(value) for value in values]
    if column.type == "number":
        return [None if isnan(value) or isinf(value) else float(value) for value in values]
    if column.type == "year":
        return [int(value) or None for value in values]
    return [bool(value) for value in values]


def _head(cell: Any, name: str, column: Column | None, table: Table) -> None:
    if column is None:
        words = text(f"excel.{name}", "zh") if name in NOTE_COLUMNS else ""
        look.heading(cell, name, words, look.NOTES, look.both("excel.comment.note"))
        return
    words = column.zh + (f" ({column.unit})" if column.unit not in ("", "1") else "")
    fill_colour = look.NEEDED if column.required else look.OPTIONAL
    mark = " *" if column.required else ""
    look.heading(cell, name, words + mark, fill_colour, about(column, name in table.key))


def about(column: Column, key: bool) -> str:
    """What a comment says of a column: names, unit, whether it is needed, what may stand in it."""
    parts = []
    for lang in ("zh", "en"):
        name = column.zh if lang == "zh" else column.en
        unit = f" [{column.unit}]" if column.unit else ""
        parts += [f"{name}{unit}", column.description(lang)]
        if column.required:
            parts.append(text("excel.comment.needed", lang))
        elif default_text(column):
            parts.append(text("excel.comment.default", lang, value=default_text(column)))
        if key:
            parts.append(text("excel.comment.key", lang))
        parts += _allowed(column, lang)
    return "\n".join(parts)


def _allowed(column: Column, lang: str) -> list[str]:
    if column.choices:
        return [text("excel.comment.choices", lang, choices=", ".join(column.choices))]
    if column.type == "list":
        return [text("excel.comment.list", lang)]
    if column.refers_to:
        return [text("excel.comment.refers", lang, table=column.refers_to.partition(".")[0])]
    if column.type == "number" and bounds_text(column):
        return [text("excel.comment.range", lang, range=bounds_text(column))]
    return []


def default_text(column: Column) -> str:
    """The default of a column in a word: '' none, else the value or ``unlimited``."""
    from layout.model.writing import number_text

    if column.required or column.textual or column.type == "year":
        return str(column.default or "")
    if column.type == "boolean":
        return str(column.default).lower()
    return "unlimited" if isinf(column.default) else number_text(column.default)


def _guard(sheet: Any, cells: str, column: Column, lists: Lists) -> None:
    """What may be entered below a heading."""
    source = column.refers_to or _SUGGESTED.get(column.name, "")
    if column.choices:
        look.offer(sheet, cells, column.choices, strict=True)
    elif column.type == "boolean":
        look.offer(sheet, cells, ("TRUE", "FALSE"), strict=True)
    elif column.type == "list":
        if source in lists:
            look.offer(sheet, cells, lists[source], strict=False)
    elif column.type == "code" and source in lists and source != f"{column.table}.{column.name}":
        look.offer(sheet, cells, lists[source], strict=bool(column.refers_to))
    elif column.type in ("number", "year"):
        low = -inf if column.minimum is None else column.minimum
        high = inf if column.maximum is None else column.maximum
        strict = not (column.type == "number" and isinf(column.default))
        look.limit(sheet, cells, low, high, whole=column.type == "year", strict=strict)


def _mark_missing(sheet: Any, table: Table, names: list[str]) -> None:
    """A needed cell that is empty in a row that is begun stands out."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill
    from openpyxl.utils import get_column_letter

    last = get_column_letter(len(names))
    for position, name in enumerate(names, start=1):
        if name in table.names and table[name].required:
            at = get_column_letter(position)
            rule = FormulaRule(
                formula=[f'AND(COUNTA($A2:${last}2)>0,TRIM(${at}2)="")'],
                fill=PatternFill("solid", start_color=look.MISSING, end_color=look.MISSING),
            )
            sheet.conditional_formatting.add(f"{at}2:{at}{look.LAST_ROW}", rule)


def _mark_examples(sheet: Any, names: list[str], frame: pd.DataFrame) -> None:
    """Rows whose note begins with ``example`` are there to be changed."""
    from openpyxl.styles import PatternFill

    if "note" not in frame.columns:
        return
    for line, note in enumerate(frame["note"], start=2):
        if str(note).lower().startswith(_EXAMPLE):
            for position in range(1, len(names) + 1):
                cell = sheet.cell(line, position)
                cell.fill = PatternFill("solid", start_color=look.EXAMPLE)
                cell.font = look.font(italic=True)
