"""Writing a planning model so that it stands by itself: a folder or a workbook."""

from __future__ import annotations

import csv
import io
from math import isinf, isnan
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from layout.errors import FileProblem
from layout.model.planning import PlanningModel
from layout.model.schema import Settings
from layout.model.tables import TABLES, Column, Table

# Empty tables that a workbook shows nevertheless, ready to be filled in.
_OFFERED = ("groups", "pue", "stock", "commitments", "power", "renewables", "links", "outturn")


def write_model(model: PlanningModel, folder: str | Path) -> None:
    """Write ``model.yaml`` and every table with a row as CSV; ``read_model`` gives it back."""
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    (root / "model.yaml").write_text(settings_text(model.settings), "utf-8", newline="\n")
    for name, frame in model.tables.items():
        if len(frame):
            text = table_text(TABLES[name], frame)
            (root / f"{name}.csv").write_text(text, "utf-8", newline="\n")


def fresh_folder(folder: str | Path) -> Path:
    """Make a folder that must not exist yet. Raises FileProblem (exit 3)."""
    root = Path(folder)
    try:
        root.mkdir(parents=True)
    except FileExistsError as error:
        raise FileProblem("error.exists", path=str(folder)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem("error.cannot_write", path=str(folder), detail=reason) from error
    return root


def plain_settings(settings: Settings) -> dict[str, Any]:
    """The settings without scenarios, empty texts and empty values, as plain data."""
    plain = settings.model_dump(exclude={"scenarios"}, exclude_none=True)
    for name in ("title", "description"):
        plain[name] = {lang: words for lang, words in plain[name].items() if words}
        if not plain[name]:
            del plain[name]
    for target in plain["targets"]:
        if not target["unit"]:
            del target["unit"]
        if "title" in target:
            target["title"] = {lang: words for lang, words in target["title"].items() if words}
    return plain


def settings_text(settings: Settings) -> str:
    """``model.yaml`` of resolved settings."""
    return yaml.safe_dump(plain_settings(settings), allow_unicode=True, sort_keys=False, width=100)


def table_text(table: Table, frame: pd.DataFrame) -> str:
    """A table as CSV with full precision."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    columns = [_cells(_column(table, name), frame[name]) for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _column(table: Table, name: str) -> Column:
    return table[name] if name in table.names else Column(table.name, name, "text", default="")


def _cells(column: Column, values: pd.Series) -> list[str]:
    if column.type == "number":
        return [number_text(value) for value in values]
    if column.type == "boolean":
        return ["true" if value else "false" for value in values]
    if column.type == "year":
        return [str(value) if value else "" for value in values]
    return [str(value) for value in values]


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number; '' for unlimited or empty."""
    if isnan(value) or isinf(value):
        return ""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def write_workbook(model: PlanningModel, path: str | Path) -> None:
    """Write the model as an Excel workbook that reads back; text never becomes a formula."""
    from openpyxl import Workbook

    target = Path(path)
    if target.exists():
        raise FileProblem("error.exists", path=str(path))
    book = Workbook()
    sheet = book.active
    sheet.title = "model"
    _row(sheet, 1, ["key", "value"], head=True)
    for line, (key, value) in enumerate(_flat(plain_settings(model.settings)), start=2):
        _row(sheet, line, [key, value])
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 42
    for name, frame in model.tables.items():
        if len(frame) or TABLES[name].needed or name in _OFFERED:
            _table_sheet(book.create_sheet(name), TABLES[name], frame)
    _help_sheet(book.create_sheet("columns"))
    try:
        book.save(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem("error.cannot_write", path=str(path), detail=reason) from error


def _flat(plain: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Dotted keys and values; targets by id; lists in YAML's flow style."""
    rows: list[tuple[str, Any]] = []
    for key, value in plain.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            rows += _flat(value, f"{name}.")
        elif name == "targets" and value:
            for target in value:
                fields = {field: part for field, part in target.items() if field != "id"}
                rows += _flat(fields, f"targets.{target['id']}.")
        elif isinstance(value, list):
            rows.append((name, "[" + ", ".join(str(part) for part in value) + "]"))
        else:
            rows.append((name, value))
    return rows


def _row(sheet: Any, line: int, values: list[Any], head: bool = False) -> None:
    from openpyxl.styles import Font

    for position, value in enumerate(values, start=1):
        if value is None or value == "":
            continue
        cell = sheet.cell(line, position)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
            cell.number_format = "@"
        if head:
            cell.font = Font(bold=True)


def _table_sheet(sheet: Any, table: Table, frame: pd.DataFrame) -> None:
    from openpyxl.comments import Comment

    _row(sheet, 1, list(frame.columns), head=True)
    sheet.freeze_panes = "B2"
    for position, name in enumerate(frame.columns, start=1):
        if name in table.names:
            column = table[name]
            about = f"{column.zh}\n{column.en}" + (f" [{column.unit}]" if column.unit else "")
            sheet.cell(1, position).comment = Comment(about, "layout")
    columns = [_cell_values(_column(table, name), frame[name]) for name in frame.columns]
    for line, values in enumerate(zip(*columns, strict=True), start=2):
        _row(sheet, line, list(values))


def _cell_values(column: Column, values: pd.Series) -> list[Any]:
    if column.type == "number":
        return [None if isnan(value) or isinf(value) else float(value) for value in values]
    if column.type == "year":
        return [int(value) or None for value in values]
    if column.type == "boolean":
        return [bool(value) for value in values]
    return [str(value) for value in values]


def _help_sheet(sheet: Any) -> None:
    """Every column in both languages, for the person who fills the workbook in."""
    head = ["table", "column", "unit", "required", "default", "中文", "English", "说明", "meaning"]
    _row(sheet, 1, head, head=True)
    line = 2
    for table in TABLES.values():
        for column in table:
            words = [column.zh, column.en, column.description("zh"), column.description("en")]
            required = "yes" if column.required else ""
            default = default_text(column)
            _row(sheet, line, [table.name, column.name, column.unit, required, default, *words])
            line += 1


def default_text(column: Column) -> str:
    """The default of a column in a word: '' none, else the value or ``unlimited``."""
    if column.required or column.textual or column.type == "year":
        return str(column.default or "")
    if column.type == "boolean":
        return str(column.default).lower()
    return "unlimited" if isinf(column.default) else number_text(column.default)
