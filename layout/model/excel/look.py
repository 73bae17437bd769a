"""How a workbook to fill in looks: headings, widths, comments; drop-down lists and limits."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from layout.labels import text
from layout.model.excel.package import put

NEEDED, OPTIONAL, NOTES, EXAMPLE = "FFE8A3", "DCE6F1", "EDEDED", "FFF8E1"
"""Fills: of the headings of needed, optional and note columns, and of example rows."""
MISSING = "F4B6A6"
LAST_ROW = 1_048_576
WIDEST = 46


def font(**style: Any) -> Any:
    """A face of the workbook's own font: without a name, programs take any."""
    from openpyxl.styles import Font

    return Font(**{"name": "Calibri", "size": 11, **style})


def both(key: str, **values: Any) -> str:
    """A sentence in Chinese and, on the next line, in English."""
    return text(key, "zh", **values) + "\n" + text(key, "en", **values)


def heading(cell: Any, code: str, words: str, fill: str, comment: str = "") -> None:
    """A heading whose value is the code alone; its number format shows the words beside it.

    So that programs find the column by its code and people read what it is.
    """
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, PatternFill, Side

    put(cell, code)
    if words:
        cell.number_format = '@"  {}"'.format(words.replace('"', "'")[:200])
    cell.font = font(bold=True)
    cell.fill = PatternFill("solid", start_color=fill)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.border = Border(bottom=Side("thin", color="808080"))
    if comment:
        cell.comment = Comment(comment, "layout")
        cell.comment.width = 380
        cell.comment.height = 24 + 17 * (comment.count("\n") + 1 + len(comment) // 48)


def wide(words: str) -> int:
    """The width of a text in characters, Chinese ones counted twice."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def fit(sheet: Any, position: int, words: Iterable[str], least: int = 11) -> None:
    """Make a column as wide as what stands in it, within reason."""
    from openpyxl.utils import get_column_letter

    longest = max([wide(part) for part in words] + [least - 2])
    sheet.column_dimensions[get_column_letter(position)].width = min(longest + 2, WIDEST)


def tall(sheet: Any, line: int, parts: Sequence[tuple[str, float]]) -> None:
    """Make a row as high as its texts need, each with the width of its column."""
    lines = [-(-wide(words) // int(width - 1)) for words, width in parts]
    if max(lines, default=1) > 1:
        sheet.row_dimensions[line].height = 15.5 * max(lines)


def page(sheet: Any) -> None:
    """Print on landscape pages as wide as the sheet, the heading on every one."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def offer(sheet: Any, cells: str, choices: Sequence[str] | str, *, strict: bool) -> None:
    """A drop-down list, of words or of a range; `strict` refuses everything else."""
    from openpyxl.worksheet.datavalidation import DataValidation

    source = choices if isinstance(choices, str) else '"{}"'.format(",".join(choices))
    rule = DataValidation("list", formula1=source, allow_blank=True)
    _explain(rule, strict, "excel.refused.choice")
    _add(sheet, rule, cells)


def limit(sheet: Any, cells: str, low: float, high: float, *, whole: bool, strict: bool) -> None:
    """Numbers between two bounds only; a warning, not a refusal, where words may stand too."""
    from openpyxl.worksheet.datavalidation import DataValidation

    low, high = max(low, -1e12), min(high, 1e12)
    kind = "whole" if whole else "decimal"
    rule = DataValidation(
        kind, operator="between", formula1=f"{low:.15g}", formula2=f"{high:.15g}", allow_blank=True
    )
    span = _range(low, high)
    number = "excel.refused.number" if span else "excel.refused.any_number"
    _explain(rule, True, number if strict else "excel.refused.unlimited")
    rule.errorStyle = "stop" if strict else "warning"
    rule.error = rule.error.replace("{range}", span or "–")
    _add(sheet, rule, cells)


def hint(sheet: Any, cells: str, key: str) -> None:
    """A note that appears while a cell is filled in."""
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation(None, allow_blank=True)
    rule.showInputMessage = True
    rule.promptTitle, rule.prompt = "layout", both(key)[:255]
    _add(sheet, rule, cells)


def _add(sheet: Any, rule: Any, cells: str) -> None:
    rule.add(cells)
    sheet.add_data_validation(rule)


def _explain(rule: Any, strict: bool, key: str) -> None:
    rule.showErrorMessage = strict
    rule.showInputMessage = False
    rule.errorTitle = "layout"
    rule.error = both(key)[:255]


def _range(low: float, high: float) -> str:
    parts = [f"≥ {low:g}"] if low > -1e12 else []
    return ", ".join(parts + ([f"≤ {high:g}"] if high < 1e12 else []))
