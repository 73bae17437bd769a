"""Excel workbooks: ``model`` with keys and values, ``targets``, and a sheet for each table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from layout.errors import Problem
from layout.model.csvfile import WIDEST, RawTable, arrange, blank
from layout.model.document import Node, Place, grow, parse_yaml, put_path
from layout.model.headers import TARGETS, table_code
from layout.model.naming import nearest, shown
from layout.model.sheets import ERROR_VALUES, Sheet, letter, read_sheets
from layout.model.tables import TABLES, is_note

MODEL_SHEET = "model"
MODEL_TITLES = (MODEL_SHEET, "模型", "模型设置", "设置")
README_SHEET = "说明 readme"
HELP_SHEETS = (README_SHEET, "readme", "说明", "columns", "lists")
NOTE_STARTS = ("note", "备注")
LISTS = ("periods", "objective")
"""Settings that are lists of single words: in a cell they may be parted by commas."""

Letters = dict[str, dict[str, str]]


@dataclass
class Workbook:
    """What a workbook says; `letters` are those of the columns of each sheet, '' of all others."""

    settings: Node
    tables: dict[str, RawTable] = field(default_factory=dict)
    letters: Letters = field(default_factory=dict)


def read_workbook(data: bytes, file: str, problems: list[Problem]) -> Workbook:
    """Settings, targets and tables of a workbook; visible sheets that are none are refused."""
    sheets = read_sheets(data, file, problems)
    if sheets is None:
        return Workbook(Node({}, Place(sheet_label(file, MODEL_SHEET))))
    known = _by_role(sheets, file, problems)
    settings = Node({}, Place(sheet_label(file, MODEL_SHEET)))
    book = Workbook(settings)
    for role, sheet in known.items():
        label = sheet_label(file, sheet.title)
        if role == MODEL_SHEET:
            book.settings = _settings(sheet.rows, label, problems)
            book.letters[label] = {"key": "A", "": "B"}
            _report_odd_cells(sheet, label, ("key", "value"), 1, problems)
            continue
        if sheet.wide:
            problems.append(Place(label, sheet.wide).problem("too_wide", most=WIDEST))
            continue
        lines = list(range(1, len(sheet.rows) + 1))
        table = arrange(role, label, sheet.rows, lines, problems)
        if table is None:
            continue
        book.letters[label] = {name: letter(at) for name, at in table.positions.items()}
        names = {at: name for name, at in table.positions.items()}
        headings = [names.get(at + 1, "") for at in range(max(names, default=0))]
        _report_odd_cells(sheet, label, headings, table.head, problems)
        if role == TARGETS:
            _add_targets(book, table, problems)
        else:
            book.tables[role] = table
    if MODEL_SHEET not in known:
        problems.append(Place(file).problem("no_model_sheet"))
    return book


def sheet_label(file: str, sheet: str) -> str:
    """How messages name a sheet."""
    return f"{file}[{sheet}]"


def located(problem: Problem, letters: Letters) -> str | None:
    """The letters of the column that a problem is about, if a workbook holds it."""
    names = letters.get(problem.file)
    if names is None:
        return None
    if problem.code in ("unnamed_column", "duplicate_column"):
        return letter(int(problem.values["position"]))
    column = problem.column or ""
    return (names.get(column) or names.get(column.rpartition(".")[2]) or names.get("")) or None


def _by_role(sheets: list[Sheet], file: str, problems: list[Problem]) -> dict[str, Sheet]:
    """``model``, then ``targets``, then tables, each with its sheet; others are reported."""
    found: dict[str, Sheet] = {}
    for sheet in sheets:
        role = MODEL_SHEET if sheet.title in MODEL_TITLES else table_code(sheet.title)
        place = Place(sheet_label(file, sheet.title))
        if role not in (MODEL_SHEET, TARGETS, *TABLES):
            _report_unknown(sheet, place, problems)
        elif role in found:
            values = {"name": shown(sheet.title), "first": shown(found[role].title)}
            problems.append(place.problem("repeated_sheet", **values))
        else:
            found[role] = sheet
            if sheet.hidden:
                problems.append(place.problem("hidden_sheet", None, "warning"))
    order = [MODEL_SHEET, TARGETS, *(role for role in found if role in TABLES)]
    return {role: found[role] for role in order if role in found}


def _report_unknown(sheet: Sheet, place: Place, problems: list[Problem]) -> None:
    """Hidden sheets that are no table are the spreadsheet program's own, or somebody's lists."""
    title = sheet.title
    if sheet.hidden or title in HELP_SHEETS or title.lower().startswith(NOTE_STARTS):
        return
    if not sheet.rows and re.fullmatch(r"(?i)sheet ?\d*|工作表 ?\d*", title):
        return  # the empty sheet that a program makes of itself
    names = [MODEL_SHEET, TARGETS, *TABLES, *(table.zh for table in TABLES.values())]
    hint = nearest(title, names)
    problems.append(place.problem("unknown_sheet", name=shown(title), hint=hint))


def _report_odd_cells(
    sheet: Sheet, label: str, headings: Sequence[str], head: int, problems: list[Problem]
) -> None:
    """Formulas without a value and merged cells: both would silently read as empty cells."""

    def name(column: int) -> str | None:
        return headings[column - 1] or None if column <= len(headings) else None

    for row, column, formula in sheet.uncomputed:
        if row >= head and name(column) is not None:
            place = Place(label, row)
            problems.append(place.problem("formula", name(column), found=shown(formula)))
    for top, left, bottom, right in sheet.merged:
        here = bottom >= head and name(left) is not None and (bottom > top or name(left + 1))
        if here and top <= len(sheet.rows) and not blank(sheet.rows[top - 1][left - 1]):
            span = f"{letter(left)}{top}:{letter(right)}{bottom}"
            problems.append(Place(label, top).problem("merged_cells", name(left), found=span))


def _add_targets(book: Workbook, table: RawTable, problems: list[Problem]) -> None:
    """A row of the sheet is a target; those of the sheet ``model`` follow."""
    known = set(TARGET_COLUMNS)
    for name in table.columns:
        if name not in known and not is_note(name):
            values = {"name": shown(name), "hint": nearest(name, known), "table": TARGETS}
            at = Place(table.file, table.head)
            problems.append(at.problem("unknown_column", shown(name), **values))
    rows = []
    for number, line in enumerate(table.lines):
        place = Place(table.file, line)
        row = Node({}, place)
        for name in TARGET_COLUMNS:
            cell = table.columns[name][number] if name in table.columns else None
            if not blank(cell):
                value = _numeral(cell) if name in _NUMBERS else cell
                node = setting(["targets", "", name], value, place)
                put_path(row, TARGET_COLUMNS[name], node, problems)
        rows.append(row)
    own = book.settings.get(TARGETS)
    more = own.value if own is not None and isinstance(own.value, list) else []
    if rows or own is not None:
        book.settings.put(TARGETS, Node([*rows, *more], Place(table.file)))


TARGET_COLUMNS = {
    name: [name]
    for name in (
        *("id", "measure", "scope", "kind", "basis", "sense", "value", "unit", "year", "mode"),
        *("penalty", "priority", "outturn", "source", "confidence"),
    )
} | {"title_en": ["title", "en"], "title_zh": ["title", "zh"]}
"""Column of the sheet ``targets`` → path in a target."""
_NUMBERS = ("value", "year", "penalty", "priority", "outturn")


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
        given = _given(path, value, place, problems)
        node = Node("", place) if given == "" else setting(path, given, place)
        if path[0] == "targets" and len(path) > 2:
            _ensure_target(root, path, place)
        put_path(root, path, node, problems)
    return root


def _given(path: list[str], value: Any, place: Place, problems: list[Problem]) -> Any:
    """The value of a cell; an empty title is an empty text, words of a list may be parted."""
    name = shown(".".join(path))
    if blank(value):
        return "" if path[0] in ("title", "description") else None
    if isinstance(value, str) and value.strip() in ERROR_VALUES:
        problems.append(place.problem("cell_error", name, found=shown(value)))
        return None
    if path[0] in LISTS and isinstance(value, str) and value.strip()[0] not in "[{":
        return [part for part in re.split(r"[\s,;，；、]+", value.strip()) if part]
    return value if path[0] in ("title", "description") else _numeral(value)


def _numeral(value: Any) -> Any:
    """A number that was typed as text, full-width or with thousands separators, without them."""
    words = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", words, re.ASCII):
        return words.replace(",", "")
    return words if re.fullmatch(r"[+-]?\d+(\.\d+)?", words, re.ASCII) else value


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
