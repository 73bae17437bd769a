"""Sheets of an Excel workbook as rows of values, with what a spreadsheet hides between them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from layout.model.csvfile import blank

ERROR_VALUES = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!")
)
"""What a cell shows whose formula went wrong."""
_ODD = re.compile(rb"[<:](mergeCell|f)[\s/>]")
WIDEST = 1000
"""Columns that are read: what stands farther right is not part of a table."""


@dataclass
class Sheet:
    """One sheet: its rows from the first line on (values, never formulas) and its oddities.

    `hidden` is '', ``hidden`` or ``veryHidden``; `merged` are ranges as (first row, first column,
    last row, last column), `uncomputed` the cells (row, column, formula) without a value.
    """

    title: str
    rows: list[list[Any]] = field(default_factory=list)
    hidden: str = ""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncomputed: list[tuple[int, int, str]] = field(default_factory=list)


def read_sheets(data: bytes) -> list[Sheet]:
    """Every sheet with cells, in order. Raises whatever a broken file makes openpyxl raise."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for source in book.worksheets:
            source.reset_dimensions()  # other programs write wrong ones
            state = "" if source.sheet_state == "visible" else source.sheet_state
            sheet = Sheet(source.title.strip(), _rows(source), state)
            _look_inside(sheet, archive.read(source._worksheet_path))
            sheets.append(sheet)
    return sheets


def _rows(source: Any) -> list[list[Any]]:
    """The rows as far as something stands in them, all of one width."""
    rows: list[list[Any]] = []
    width = last = 0
    for number, cells in enumerate(source.iter_rows(values_only=True), start=1):
        filled = [i for i, cell in enumerate(cells[:WIDEST], start=1) if not blank(cell)]
        rows.append(list(cells[: filled[-1]]) if filled else [])
        if filled:
            width, last = max(width, filled[-1]), number
    return [row + [None] * (width - len(row)) for row in rows[:last]]


def _look_inside(sheet: Sheet, part: bytes) -> None:
    """Merged ranges, and formulas that no program has computed: they would read as empty."""
    from openpyxl.utils import range_boundaries

    if not _ODD.search(part):
        return
    for element in _elements(part):
        name = element.tag.rpartition("}")[2]
        if name == "mergeCell":
            left, top, right, bottom = range_boundaries(element.get("ref", "A1"))
            sheet.merged.append((top, left, bottom, right))
        elif name == "c":
            _note_uncomputed(sheet, element)
            element.clear()


def _elements(part: bytes) -> Iterator[ET.Element]:
    for _, element in ET.iterparse(io.BytesIO(part)):
        yield element


def _note_uncomputed(sheet: Sheet, cell: ET.Element) -> None:
    from openpyxl.utils.cell import coordinate_to_tuple

    parts = {child.tag.rpartition("}")[2]: child.text or "" for child in cell}
    # A formula whose result is an empty text has the type of a text and an empty value.
    if "f" in parts and not parts.get("v") and cell.get("t") != "str":
        row, column = coordinate_to_tuple(cell.get("r", "A1"))
        sheet.uncomputed.append((row, column, "=" + parts["f"]))


def letter(position: int) -> str:
    """The letters of a column, 1 is A."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(position))
