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
from layout.formulas import guarded
from layout.model.planning import PlanningModel
from layout.model.schema import Settings
from layout.model.tables import TABLES, Column, Table


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
    """A table as CSV with full precision; a text that looks like a formula is marked."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([guarded(str(name)) for name in frame.columns])
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
    return [guarded(str(value)) for value in values]


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number; '' for unlimited or empty."""
    if isnan(value) or isinf(value):
        return ""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def write_workbook(model: PlanningModel, path: str | Path) -> None:
    """Write the model as an Excel workbook to fill in; it reads back, text is never a formula."""
    from layout.model.excel import workbook_bytes

    target = Path(path)
    if target.exists():
        raise FileProblem("error.exists", path=str(path))
    try:
        target.write_bytes(workbook_bytes(model))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem("error.cannot_write", path=str(path), detail=reason) from error
