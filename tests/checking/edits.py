"""Changing one thing in a plan folder, as a careless hand would."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from layout.checking import verify
from layout.plan import Plan, write_plan

Edit = Callable[[Path], None]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _store(file: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _matches(row: dict[str, str], where: dict[str, str]) -> bool:
    return all(row[name] == value for name, value in where.items())


def cell(table: str, where: dict[str, str], **values: Any) -> Edit:
    """Set cells of the rows that match; a callable gets the old number."""

    def edit(folder: Path) -> None:
        file = folder / f"{table}.csv"
        rows = _rows(file)
        hit = [row for row in rows if _matches(row, where)]
        assert hit, (table, where)
        for row in hit:
            for name, value in values.items():
                row[name] = repr(value(float(row[name]))) if callable(value) else str(value)
        _store(file, list(rows[0]), rows)

    return edit


def drop(table: str, where: dict[str, str]) -> Edit:
    """Take the matching rows out."""

    def edit(folder: Path) -> None:
        file = folder / f"{table}.csv"
        rows = _rows(file)
        kept = [row for row in rows if not _matches(row, where)]
        assert len(kept) < len(rows)
        _store(file, list(rows[0]), kept)

    return edit


def twice(table: str) -> Edit:
    """Write the first row again."""

    def edit(folder: Path) -> None:
        file = folder / f"{table}.csv"
        rows = _rows(file)
        _store(file, list(rows[0]), [rows[0], *rows])

    return edit


def added(table: str, **values: Any) -> Edit:
    """Add a row."""

    def edit(folder: Path) -> None:
        file = folder / f"{table}.csv"
        names = file.read_text("utf-8").splitlines()[0].split(",")
        _store(file, names, [*_rows(file), {name: str(values.get(name, 0)) for name in names}])

    return edit


def entry(*path: str | int, value: Any) -> Edit:
    """Set a value inside plan.json; a callable gets the old one."""

    def edit(folder: Path) -> None:
        file = folder / "plan.json"
        record = json.loads(file.read_text("utf-8"))
        inner = record
        for key in path[:-1]:
            inner = inner[key]
        last = path[-1]
        inner[last] = value(inner[last]) if callable(value) else value
        file.write_text(json.dumps(record), "utf-8")

    return edit


def both(*edits: Edit) -> Edit:
    """Several edits in turn."""

    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def found_in(plan: Plan, folder: Path, monkeypatch: pytest.MonkeyPatch, edit: Edit) -> set[str]:
    """Codes of what the checker finds in a plan that was edited."""
    write_plan(plan, folder / "plan")
    monkeypatch.setattr("layout.model.read_model", lambda source: plan.model)
    edit(folder / "plan")
    return {failure.code for failure in verify(folder / "plan").failures}


def codes_after(plan: Plan, folder: Path, edit: Edit) -> set[str]:
    """Codes of what the checker finds in a copy that was edited; the plan itself passes."""
    write_plan(plan, folder / "plan")
    assert verify(folder / "plan").passed
    edit(copytree(folder / "plan", folder / "broken"))
    return {failure.code for failure in verify(folder / "broken").failures}
