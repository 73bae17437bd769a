"""The workbook of a plan: a summary, one sheet per table, sources, and what every column is.

Texts are texts, whatever they begin with; numbers have all their digits, a format only shows fewer.
The same plan gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from layout.errors import FileProblem
from layout.formulas import SIGNS
from layout.labels import text
from layout.labels.cleaning import clean
from layout.plan.files import TEXT
from layout.report.colours import BAD, GOOD, INK, LINE, MUTE, SEA
from layout.report.export.summary import Summary
from layout.report.export.tables import Field, Sheet

MOST_TEXT = 32_000
"""Characters of a cell; Excel holds 32,767."""
MOST_ROWS = 1_048_576
WIDEST, NARROWEST = 46.0, 9.0
FIXED = datetime(2000, 1, 1)
FORMATS = {
    "EFLOPS": "#,##0.000",
    "MW": "#,##0.0",
    "GWh": "#,##0.00",
    "MWh": "#,##0.00",
    "kt": "#,##0.00",
    "mcny": "#,##0.00",
    "mcny/year": "#,##0.00",
    "ms": "0.00",
    "km": "#,##0.0",
    "Gbps": "#,##0.00",
    "share": "0.0%",
    "h": "#,##0.0",
}
GENERAL = "#,##0.0###"
_OWN_FORMATS = {
    "racks": "#,##0",
    "pue": "0.000",
    "lat": "0.0000",
    "lon": "0.0000",
    "year": "0",
    "rows": "0",
    "price_mcny_per_eflops_year": "#,##0.00",
}
_THIN = Side(style="thin", color=LINE[1:])
_HEAD = PatternFill("solid", fgColor=SEA[1:])
_INDENT = Alignment(indent=1)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def workbook_bytes(summary: Summary, sheets: Sequence[Sheet], lang: str) -> bytes:
    """The file; the summary comes first. Raises FileProblem for a table that Excel cannot hold."""
    for sheet in sheets:
        if len(sheet.frame) >= MOST_ROWS:
            raise FileProblem("export.error.rows", table=sheet.name, rows=len(sheet.frame))
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _summary(first, summary, lang)
    for sheet in sheets:
        _table(book.create_sheet(_tab(sheet.title(lang), book)), sheet, lang)
    book.properties.creator = "layout"
    book.properties.title = clean(summary.title)[:200]
    book.properties.created = FIXED
    store = BytesIO()
    book.save(store)
    return _still(store.getvalue())


def _font(**look: Any) -> Font:
    """The workbook's own font, differently."""
    return Font(**{"name": "Calibri", "size": 11, **look})


def _tab(title: str, book: Workbook) -> str:
    """A name that Excel takes: no forbidden character, 31 characters, none twice."""
    name = _FORBIDDEN.sub(" ", clean(title)).strip()[:31] or "Sheet"
    taken, number = {one.lower() for one in book.sheetnames}, 2
    while name.lower() in taken:
        name = f"{name[:28]} {number}"
        number += 1
    return name


def _table(page: Worksheet, sheet: Sheet, lang: str) -> None:
    """A table with a header that stays in view, filters and formats by unit."""
    for column, field in enumerate(sheet.fields, start=1):
        cell = page.cell(1, column)
        _text(cell, field.heading(lang, "\n"))
        cell.font = _font(bold=True, color=INK[1:])
        cell.fill = _HEAD
        cell.border = Border(bottom=_THIN)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        values = sheet.frame[field.code].tolist()
        if field.type == TEXT:
            for row, value in enumerate(values, start=2):
                _text(page.cell(row, column), value)
        else:
            shown = _format(field)
            for row, value in enumerate(values, start=2):
                _number(page.cell(row, column), value, shown)
        page.column_dimensions[get_column_letter(column)].width = _width(field, values, lang)
    page.row_dimensions[1].height = 46
    frozen = next((i for i, f in enumerate(sheet.fields) if f.type != TEXT), 1)
    page.freeze_panes = page.cell(2, min(max(frozen, 1), 3) + 1)
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.fields))}{len(sheet.frame) + 1}"
    page.sheet_view.zoomScale = 100
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:1"


def _format(field: Field) -> str:
    return _OWN_FORMATS.get(field.code) or FORMATS.get(field.unit, GENERAL)


def _text(cell: Any, value: Any) -> None:
    """A text that stays one when it is edited, even if it begins like a formula."""
    if value is None or (isinstance(value, float) and value != value):
        return
    words = _words(str(value))
    if not words:
        return
    cell.value = words
    cell.data_type = "s"
    if words.lstrip().startswith(SIGNS):
        cell.quotePrefix = True


@lru_cache(maxsize=50_000)
def _words(text: str) -> str:
    """Cleaned line by line; codes and names come again and again."""
    return "\n".join(clean(line) for line in text.split("\n"))[:MOST_TEXT]


def _number(cell: Any, value: Any, shown: str) -> None:
    if value is None or pd.isna(value):
        return
    number = int(value) if isinstance(value, int) else float(value)
    if number in (float("inf"), float("-inf")):
        _text(cell, "∞" if number > 0 else "-∞")
        return
    cell.value = repr(number)  # openpyxl would write a float with 16 digits, one too few
    cell.data_type = "n"
    cell.number_format = shown


def _width(field: Field, values: Sequence[Any], lang: str) -> float:
    """As wide as the longest of the header's parts and of the first cells."""
    header = [*field.heading(lang, "\n").split("\n")]
    cells = [str(value) for value in values[:300]] if field.type == TEXT else ["0,000,000.00"]
    longest = max((_cells(words) for words in (*header, *cells)), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2.5))


def _cells(words: str) -> float:
    """How many digits wide a text is."""
    return sum(1.9 if ord(one) > 0x2E7F else 1.0 for one in words)


def _summary(page: Worksheet, summary: Summary, lang: str) -> None:
    """Title, status, key figures, targets, notes."""
    page.title = text("export.sheet.summary", lang)
    page.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", (52, 22, 30, 44), strict=True):
        page.column_dimensions[letter].width = width
    _text(page.cell(1, 1), summary.title)
    page.cell(1, 1).font = _font(bold=True, size=15, color=INK[1:])
    for row, words in enumerate((summary.subtitle, summary.status), start=2):
        _text(page.cell(row, 1), words)
        page.cell(row, 1).font = _font(color=MUTE[1:])
    row = _figures(page, summary, lang, 5)
    row = _targets(page, summary, lang, row + 2)
    _notes(page, summary, lang, row + 2)
    page.freeze_panes = "A4"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _heads(page: Worksheet, row: int, keys: Sequence[str], lang: str) -> None:
    for column, key in enumerate(keys, start=1):
        cell = page.cell(row, column)
        _text(cell, text(f"export.summary.{key}", lang))
        cell.font = _font(bold=True, color=INK[1:])
        cell.fill = _HEAD
        cell.border = Border(bottom=_THIN)


def _figures(page: Worksheet, summary: Summary, lang: str, row: int) -> int:
    _heads(page, row, ("figure", "value", "unit", "shown"), lang)
    for one in summary.figures:
        row += 1
        _text(page.cell(row, 1), one.label)
        shown = "0.0%" if one.shown.endswith("%") else GENERAL
        _number(page.cell(row, 2), one.value, shown)
        _text(page.cell(row, 3), one.unit)
        page.cell(row, 3).alignment = _INDENT
        _text(page.cell(row, 4), one.shown)
    return row


def _targets(page: Worksheet, summary: Summary, lang: str, row: int) -> int:
    if not summary.targets:
        return row - 2
    _heads(page, row, ("target", "verdict", "achieved", "how"), lang)
    for one in summary.targets:
        row += 1
        _text(page.cell(row, 1), one["label"])
        cell = page.cell(row, 2)
        _text(cell, f"{one['mark']} {one['verdict']}")
        if one["status"] in ("pass", "fail"):
            cell.font = _font(color=(GOOD if one["status"] == "pass" else BAD)[1:])
        _text(page.cell(row, 3), one["value"])
        _text(page.cell(row, 4), one["details"])
    return row


def _notes(page: Worksheet, summary: Summary, lang: str, row: int) -> None:
    _heads(page, row, ("notes",), lang)
    for words in summary.notes:
        row += 1
        _text(page.cell(row, 1), words)
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=4)
        page.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        page.row_dimensions[row].height = 15 * (1 + int(_cells(words) / 140))


def _still(content: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    store = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(store, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                stamp = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, body)
            about = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            about.compress_type = ZIP_DEFLATED
            new.writestr(about, body)
    return store.getvalue()
