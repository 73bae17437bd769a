"""The workbook of a model in a spreadsheet program: cells, notes, widths, lists, colours."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl

from layout.model import read_model
from layout.model.excel import workbook_bytes
from tests.inputs.broken import WORLD, good_model
from tests.snapshots import compare

SNAPSHOTS = Path(__file__).parent / "snapshots"


def short(words: Any) -> str:
    """The beginning and the length of a text; anything else as it is."""
    if isinstance(words, str) and len(words) > 16:
        return f"{words[:12]!r} of {len(words)}"
    return repr(words)


def look(cell: Any) -> str:
    """Value, format, colours, protection and note of a cell."""
    parts = [short(cell.value)]
    if cell.number_format != "General":
        parts.append(cell.number_format)
    if cell.fill.fill_type:
        parts.append(f"on {cell.fill.start_color.rgb}")
    if cell.font.b or cell.font.i:
        parts.append("bold" * bool(cell.font.b) + "italic" * bool(cell.font.i))
    if cell.alignment.wrap_text:
        parts.append("wrapped")
    if cell.hyperlink is not None:
        parts.append(f"to {cell.hyperlink.location}")
    if cell.comment is not None:
        note = cell.comment
        parts.append(f"note {note.width:g}x{note.height:g} {short(note.text)}")
    return "; ".join(parts)


def of_sheet(sheet: Any) -> list[str]:
    """What holds for a sheet, and its first rows cell by cell."""
    widths = {name: f"{one.width:g}" for name, one in sorted(sheet.column_dimensions.items())}
    tab = sheet.sheet_properties.tabColor
    lines = [
        f"=== {sheet.title}: {sheet.dimensions}, {sheet.sheet_state}, frozen {sheet.freeze_panes}",
        f"filter {sheet.auto_filter.ref}, tab {tab and tab.rgb}",
        f"widths {widths}",
    ]
    for one in sorted(sheet.data_validations.dataValidation, key=lambda one: str(one.sqref)):
        kind = (one.type, one.operator, one.formula1, one.formula2, one.allow_blank, one.errorStyle)
        lines.append(f"allowed in {one.sqref}: {kind}; {short(one.error)}")
    for place, rules in sheet.conditional_formatting._cf_rules.items():
        lines += [f"shaded in {place.sqref}: {rule.type} {rule.formula}" for rule in rules]
    whole = sheet.title.isascii() is False
    for row in sheet.iter_rows(max_row=None if whole else 6):
        lines += [f"{cell.coordinate} {look(cell)}" for cell in row if cell.value is not None]
    return lines


def test_a_workbook_looks_as_it_did(tmp_path: Path) -> None:
    content = workbook_bytes(read_model(good_model(WORLD, tmp_path / "m")))
    book = openpyxl.load_workbook(io.BytesIO(content))
    lines = [line for sheet in book.worksheets for line in of_sheet(sheet)]
    compare(SNAPSHOTS / "workbook.txt", "\n".join(lines) + "\n")
