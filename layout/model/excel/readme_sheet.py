"""The first sheet of a workbook: what to do, in Chinese and English, and what each sheet is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels import text
from layout.model.excel import look
from layout.model.excel.package import put
from layout.model.headers import TARGETS
from layout.model.tables import TABLES
from layout.model.workbook import MODEL_SHEET

_WIDTHS = (18, 22, 62, 70)
_STEPS = ("fill", "rows", "save", "check", "solve")
_RULES = ("empty", "share", "list", "formula", "merge", "names", "notes", "more")
_FILLS = (("needed", look.NEEDED), ("optional", look.OPTIONAL), ("note", look.NOTES))


def fill_readme(sheet: Any, counts: Mapping[str, int], targets: int) -> None:
    """Steps, colours, rules and the list of sheets with links."""
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet.sheet_view.showGridLines = False
    for at, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[at].width = width
    line = _title(sheet)
    for part, names in (("step", _STEPS), ("rule", _RULES)):
        line = _section(sheet, line, part)
        for number, name in enumerate(names, start=1):
            put(sheet.cell(line, 2), str(number) if part == "step" else "•")
            sheet.cell(line, 2).alignment = Alignment(horizontal="right", vertical="top")
            _words(sheet, line, f"excel.{part}.{name}")
            line += 1
    line = _section(sheet, line, "colour")
    for name, colour in (*_FILLS, ("example", look.EXAMPLE), ("missing", look.MISSING)):
        sheet.cell(line, 2).fill = PatternFill("solid", start_color=colour)
        _words(sheet, line, f"excel.colour.{name}")
        line += 1
    line = _section(sheet, line, "sheet")
    rows = [(MODEL_SHEET, "excel.sheet.model", 0), (TARGETS, "excel.sheet.targets", targets)]
    rows += [(name, f"table.{name}", count) for name, count in counts.items()]
    rows.append(("columns", "excel.sheet.columns", 0))
    for name, key, count in rows:
        cell = sheet.cell(line, 1)
        put(cell, name)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
        cell.font = look.font(color="1F4E9E", underline="single", bold=_needed(name))
        put(sheet.cell(line, 2), f"{text(key, 'zh')} {count or ''}".strip())
        for position in (1, 2):
            sheet.cell(line, position).alignment = Alignment(vertical="top")
        _words(sheet, line, f"{key}.about")
        line += 1
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _needed(name: str) -> bool:
    return name == MODEL_SHEET or (name in TABLES and TABLES[name].needed)


def _title(sheet: Any) -> int:
    for line, lang in ((1, "zh"), (2, "en")):
        put(sheet.cell(line, 1), text("excel.readme.title", lang))
        sheet.cell(line, 1).font = look.font(bold=True, size=16 if line == 1 else 12)
    return 3


def _section(sheet: Any, line: int, part: str) -> int:
    put(sheet.cell(line + 1, 1), f"{text(f'excel.{part}', 'zh')} {text(f'excel.{part}', 'en')}")
    sheet.cell(line + 1, 1).font = look.font(bold=True, size=12)
    return line + 2


def _words(sheet: Any, line: int, key: str) -> None:
    from openpyxl.styles import Alignment

    for position, lang in ((3, "zh"), (4, "en")):
        put(sheet.cell(line, position), text(key, lang))
        sheet.cell(line, position).alignment = Alignment(wrap_text=True, vertical="top")
    look.tall(sheet, line, [(text(key, "zh"), _WIDTHS[2]), (text(key, "en"), _WIDTHS[3])])
