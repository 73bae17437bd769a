"""Sheets of an Excel workbook as rows of values, with what a spreadsheet hides between them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET  # nosec B405 # `safe_package` has refused entities

from layout.errors import Problem
from layout.model.csvfile import WIDEST, blank
from layout.model.document import Place
from layout.model.naming import shown
from layout.model.package import Refused, safe_package

ERROR_VALUES = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!")
)
"""What a cell shows whose formula went wrong."""
_ODD = re.compile(rb"[<:](mergeCell|f)[\s/>]")


@dataclass
class Sheet:
    """One sheet: its rows from the first line on (values, never formulas) and its oddities.

    `hidden` is '', ``hidden`` or ``veryHidden``; `merged` are ranges as (first row, first column,
    last row, last column), `uncomputed` the cells (row, column, formula) without a value, `wide`
    is the first row with something beyond the last column that is read, 0 for none.
    """

    title: str
    rows: list[list[Any]] = field(default_factory=list)
    hidden: str = ""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncomputed: list[tuple[int, int, str]] = field(default_factory=list)
    wide: int = 0


def read_sheets(data: bytes, file: str, problems: list[Problem]) -> list[Sheet] | None:
    """Every sheet with cells, in order; None (reported) when the file cannot be read as one."""
    place = Place(file)
    try:
        return _sheets(safe_package(data))
    except Refused as refused:
        values = {name: shown(value) for name, value in refused.values.items()}
        problems.append(place.problem(refused.code, **values))
    except Exception as error:  # openpyxl raises whatever the broken part makes it raise
        detail = shown(error) or type(error).__name__
        problems.append(place.problem("not_a_workbook", detail=detail))
    return None


def _sheets(package: bytes) -> list[Sheet]:
    with warnings.catch_warnings():  # of dates beyond the calendar, styles that are not there
        warnings.simplefilter("ignore")
        return _read(package)


def _read(package: bytes) -> list[Sheet]:
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(io.BytesIO(package), read_only=True, data_only=True, keep_links=False)
    reader.read()
    for listed in reader.parser.sheets:  # openpyxl leaves out a sheet that is not there
        link = reader.parser.rels[listed.id]
        if link.Type.endswith("/worksheet") and link.target not in reader.valid_files:
            raise Refused("workbook_parts", name=listed.name)
    book = reader.wb
    sheets = []
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for source in book.worksheets:
            source.reset_dimensions()  # other programs write wrong ones
            state = "" if source.sheet_state == "visible" else source.sheet_state
            rows, wide = _rows(source)
            sheet = Sheet(source.title.strip(), rows, state, wide=wide)
            _look_inside(sheet, archive.read(source._worksheet_path))
            sheets.append(sheet)
    return sheets


def _rows(source: Any) -> tuple[list[list[Any]], int]:
    """The rows as far as something stands in them, all of one width; the first too wide one."""
    rows: list[list[Any]] = []
    width = last = wide = 0
    for number, cells in enumerate(source.iter_rows(values_only=True), start=1):
        filled = [i for i, cell in enumerate(cells[:WIDEST], start=1) if not blank(cell)]
        rows.append(list(cells[: filled[-1]]) if filled else [])
        if not wide and any(not blank(cell) for cell in cells[WIDEST:]):
            wide = number
        if filled:
            width, last = max(width, filled[-1]), number
    return [row + [None] * (width - len(row)) for row in rows[:last]], wide


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
    for _, element in ET.iterparse(io.BytesIO(part)):  # nosec B314 # see the import
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
