"""A model folder as a workbook, its cells as they stand: also those that a reader must refuse."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from layout.model.tables import TABLES


def as_workbook(folder: Path, path: Path) -> Path:
    """Write the sheet ``model`` and a sheet for every table of the folder."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "model"
    sheet.append(["key", "value"])
    for key, value in _settings(yaml.safe_load((folder / "model.yaml").read_text("utf-8"))):
        sheet.append([key, value])
    for file in sorted(folder.glob("*.csv")):
        if file.stem not in TABLES:
            continue
        sheet = book.create_sheet(file.stem)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), start=1):
                for at, words in enumerate(row, start=1):
                    if words:
                        _put(sheet.cell(number, at), words if number == 1 else _value(words))
    book.save(path)
    return path


def _put(cell: Any, value: Any) -> None:
    cell.value = value
    if cell.data_type == "f":  # text that looks like a formula stays text
        cell.data_type = "s"


def _value(words: str) -> Any:
    """A number where a spreadsheet would make one of it, else the text."""
    plain = words.isascii() and words.replace(".", "", 1).isdigit() and words == words.strip()
    return float(words) if plain else words


def _settings(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys with their values; targets by their id, lists and scenarios as YAML."""
    for key, value in tree.items():
        name = f"{path}.{key}" if path else str(key)
        if key == "targets" and not path:
            for target in value:
                fields = {field: one for field, one in target.items() if field != "id"}
                yield from _settings(fields, f"targets.{target['id']}")
        elif isinstance(value, dict) and key != "scenarios":
            yield from _settings(value, name)
        elif isinstance(value, dict | list):
            yield name, yaml.safe_dump(value, default_flow_style=True, allow_unicode=True).strip()
        else:
            yield name, value
