"""Excel workbooks: a sheet ``model`` of key–value rows and a sheet for each table."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from layout.errors import Problem
from layout.model.csvfile import RawTable, arrange, blank
from layout.model.document import Node, Place, grow, parse_yaml, put_path
from layout.model.naming import nearest, shown
from layout.model.tables import TABLES

MODEL_SHEET = "model"
HELP_SHEETS = ("columns", "说明")

Rows = dict[str, list[list[Any]]]


def read_workbook(
    data: bytes, file: str, problems: list[Problem]
) -> tuple[Node, dict[str, RawTable]]:
    """Settings and tables of a workbook; sheets that are no table are refused."""
    sheets = _sheets(data, file, problems)
    settings, tables = Node({}, Place(sheet_label(file, MODEL_SHEET))), {}
    for title, rows in sheets.items():
        label = sheet_label(file, title)
        lines = list(range(1, len(rows) + 1))
        if title == MODEL_SHEET:
            settings = _settings(rows, label, problems)
        elif title in TABLES:
            table = arrange(title, label, rows, lines, problems)
            if table is not None:
                tables[title] = table
        elif title not in HELP_SHEETS and not title.startswith("note"):
            hint = nearest(title, [*TABLES, MODEL_SHEET])
            problems.append(Place(label).problem("unknown_sheet", name=shown(title), hint=hint))
    if sheets and MODEL_SHEET not in sheets:
        problems.append(Place(file).problem("no_model_sheet"))
    return settings, tables


def sheet_label(file: str, sheet: str) -> str:
    """How messages name a sheet."""
    return f"{file}[{sheet}]"


def _sheets(data: bytes, file: str, problems: list[Problem]) -> Rows:
    """Title → rows of cell values; computed values stand for formulas."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {
            sheet.title.strip(): [list(row) for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        }
        if _has_formulas(data):
            _report_uncomputed(data, file, sheets, problems)
    except Exception as error:  # openpyxl raises whatever the broken part makes it raise
        problems.append(Place(file).problem("not_a_workbook", detail=shown(error)))
        return {}
    return sheets


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(mark in archive.read(name) for name in parts for mark in (b"<f>", b"<f "))


def _report_uncomputed(data: bytes, file: str, sheets: Rows, problems: list[Problem]) -> None:
    """A formula without a computed value would read as an empty cell: an error."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for sheet in book.worksheets:
        values = sheets[sheet.title.strip()]
        for line, row in enumerate(sheet.iter_rows()):
            for position, cell in enumerate(row):
                if cell.data_type == "f" and values[line][position] is None:
                    place = Place(sheet_label(file, sheet.title), line + 1)
                    name = shown(values[0][position] or position + 1)
                    problems.append(place.problem("formula", name, found=shown(cell.value)))


def _settings(rows: list[list[Any]], label: str, problems: list[Problem]) -> Node:
    root = Node({}, Place(label))
    for line, row in enumerate(rows, start=1):
        key, value = [*row[:2], None, None][:2]
        if blank(key) or (line == 1 and str(key).strip().lower() == "key"):
            continue
        name, place = str(key).strip(), Place(label, line)
        path = name.split(".")
        if not all(path):
            problems.append(place.problem("unknown_key", shown(name), name=shown(name), hint=""))
            continue
        if _present(root, path):
            first = _present(root, path)
            values: dict[str, Any] = {"name": shown(name), "first": first}
            problems.append(place.problem("duplicate_key_yaml", shown(name), **values))
            continue
        node = setting(path, None if blank(value) else value, place)
        if path[0] == "targets" and len(path) > 2:
            _ensure_target(root, path, place)
        put_path(root, path, node, problems)
    return root


def _present(root: Node, path: list[str]) -> int | None:
    """The row that gave the path already, or None."""
    node: Node | None = root
    for part in path:
        node = node.get(part) if node is not None else None
    return node.place.row if node is not None else None


def _ensure_target(root: Node, path: list[str], place: Place) -> None:
    tail = 2 if len(path) > 3 and path[-2] == "title" else 1
    name = ".".join(path[1:-tail])
    targets = root.get("targets")
    if targets is None or not isinstance(targets.value, list):
        targets = Node([], place)
        root.put("targets", targets)
    known = [row.get("id") for row in targets.value]
    if name not in [node.value for node in known if node is not None]:
        targets.value.append(grow({"id": name}, place))


def setting(path: list[str], value: Any, place: Place) -> Node:
    """The node of a value given as a cell or on the command line.

    Text stays text (the schema turns numbers); ``[…]`` and ``{…}`` are YAML where a list or
    mapping may stand.
    """
    text_only = path[0] in ("title", "description") or (path[0] == "targets" and len(path) > 2)
    if not isinstance(value, str):
        return grow(value, place)
    words = value.strip()
    if words.lower() in ("null", "~", ""):
        return Node(None, place)
    if words[0] in "[{" and not text_only:
        silent: list[Problem] = []
        node = parse_yaml(words, place.file, silent)
        if not silent:
            return grow(node.plain, place)
    return Node(words, place)
