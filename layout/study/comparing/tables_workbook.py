"""The tables of a study as an Excel workbook, headed in both languages."""

from __future__ import annotations

from typing import Any

from layout.labels import text
from layout.model.excel.package import put, saved
from layout.plan.files import NUMBER, Column, PlanFile
from layout.study.folder import Study

WIDEST = 48
"""Characters a column is wide at most."""
ROWS = 1_048_575
"""Rows that a sheet holds below its heading."""


def tables_workbook(study: Study, lang: str = "zh") -> bytes:
    """A sheet for each table: Chinese and English heading with the unit, frozen, numbers shown.

    Sheets are named by their tables in `lang`. Text is never a formula; the same study gives the
    same bytes.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for file in study.files:
        sheet = book.create_sheet(text(file.label, lang)[:31])
        _fill(sheet, file, study.tables[file.name])
    return saved(book)


def _heading(column: Column) -> str:
    unit = f"\n[{column.unit}]" if column.unit else ""
    return f"{text(column.label, 'zh')}\n{text(column.label, 'en')}{unit}"


def _fill(sheet: Any, file: PlanFile, rows: Any) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = sheet.cell(2, len(file.key) + 1)
    for position, column in enumerate(file.columns, start=1):
        head = sheet.cell(1, position)
        put(head, _heading(column))
        head.font = Font(bold=True)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        values = rows[column.name].tolist()[:ROWS]
        for line, value in enumerate(values, start=2):
            put(sheet.cell(line, position), value)
        if column.type == NUMBER:
            for line in range(2, len(values) + 2):
                sheet.cell(line, position).number_format = "#,##0.###"
        longest = max([len(str(value)) for value in values[:200]] + [12])
        sheet.column_dimensions[get_column_letter(position)].width = min(longest + 2, WIDEST)
    sheet.auto_filter.ref = sheet.dimensions
