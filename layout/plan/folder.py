"""Writing a plan folder and reading it back."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from math import isfinite, nan
from pathlib import Path
from typing import Any

import pandas as pd

from layout import __version__, formats
from layout.errors import FileProblem, InputError, Problem
from layout.files import LARGEST_RECORD_MB, LARGEST_RESULT_MB, read_text
from layout.formulas import unguarded
from layout.labels.cleaning import printable
from layout.plan.files import (
    EXPLANATION_JSON,
    FILES,
    INTEGER,
    MODEL_FOLDER,
    NUMBER,
    PLAN_JSON,
    STATUSES,
    STATUSES_WITH_TABLES,
    PlanFile,
    empty_tables,
)
from layout.plan.plan import Plan
from layout.plan.publish import publishing, recovered
from layout.plan.record import EXPLANATION, RECORD, misplaced
from layout.plan.text import csv_text, json_record, json_text

LARGEST_INTEGER = 2**53
"""Whole numbers of a table: what a number of any kind holds exactly."""


def write_plan(
    plan: Plan,
    folder: str | Path,
    overwrite: bool = False,
    extras: Mapping[str, str | bytes] | None = None,
) -> Plan:
    """Write a plan folder in one step and return the plan as it stands there.

    `extras` are further files, name → content (``map.html``). The hashes of the tables and of
    the model's files are recorded as ``manifest.tables`` and ``manifest.model``. Raises
    FileProblem (exit 3) where the folder is in the way or cannot be written; an older plan is
    then as it was.
    """
    from layout.model import write_model

    place = Path(folder)
    with publishing(place, overwrite) as staging:
        write_model(plan.model, staging / MODEL_FOLDER)
        if plan.has_tables:
            for name, file in FILES.items():
                if len(plan.tables[name]) or not file.optional:
                    _put(staging / file.file, csv_text(file, plan.tables[name]))
        manifest = {**(plan.record.get("manifest") or {}), **file_hashes(staging)}
        written = plan.with_record(manifest=manifest)
        _put(staging / PLAN_JSON, json_text(written.record))
        if plan.explanation is not None:
            _put(staging / EXPLANATION_JSON, json_text(plan.explanation))
        for name, content in (extras or {}).items():
            _put(staging / name, content)
    return replace(written, folder=place)


def _put(file: Path, content: str | bytes) -> None:
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def hashes(folder: Path) -> dict[str, str]:
    """Relative path → sha256 of every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }


def file_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """sha256 of the tables and of the model's files of a plan folder, as they stand."""
    files = sorted(folder / file.file for file in FILES.values())
    return {
        "tables": {p.name: sha256(p.read_bytes()).hexdigest() for p in files if p.is_file()},
        "model": hashes(folder / MODEL_FOLDER),
    }


def read_plan(folder: str | Path) -> Plan:
    """Read a plan folder.

    Raises FileProblem where there is none and InputError, with every problem found, where it
    is damaged: a file or column missing, a text where a number belongs, a model that rests on
    files outside of the plan. Numbers that are
    merely wrong are left to `layout.checking.verify`.
    """
    from layout.model import read_model

    place = _place(Path(folder))
    problems: list[Problem] = []
    record = _read_record(place / PLAN_JSON, problems)
    tables = empty_tables()
    if record.get("status") in STATUSES_WITH_TABLES:
        for file in FILES.values():
            if not file.optional or os.path.lexists(place / file.file):
                tables[file.name] = read_table(place / file.file, file, problems)
    explanation = None
    if (place / EXPLANATION_JSON).is_file():
        explanation = _read_json(place / EXPLANATION_JSON, problems)
        problems += misplaced(explanation, EXPLANATION, EXPLANATION_JSON)
    if not (place / MODEL_FOLDER).is_dir():
        problems.append(Problem("plan_file_missing", "error", MODEL_FOLDER))
    if problems:
        raise InputError(problems)
    model = read_model(place / MODEL_FOLDER)
    if outside := [name for name in model.inputs if "/" in name]:
        values = {"name": printable(outside[0])}
        raise InputError([Problem("plan_outside", "error", MODEL_FOLDER, values=values)])
    return Plan(record, tables, model, place, explanation)


def _place(asked: Path) -> Path:
    """The folder in which the plan stands. Raises FileProblem where there is none."""
    try:
        place = recovered(asked)
        if not place.is_dir():
            raise FileProblem("plan.error.missing", folder=str(asked))
        if not os.path.lexists(place / PLAN_JSON):
            raise FileProblem("plan.error.no_plan", folder=str(asked))
    except (OSError, ValueError) as error:  # such as a name that is too long
        raise FileProblem("plan.error.missing", folder=str(asked)) from error
    return place


def _read_json(file: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        return json_record(read_text(file, LARGEST_RECORD_MB))
    except (FileProblem, OSError, ValueError, RecursionError) as error:
        values = {"reason": printable(str(error))[:200]}
        problems.append(Problem("plan_json", "error", file.name, values=values))
        return {}


def _read_record(file: Path, problems: list[Problem]) -> dict[str, Any]:
    before = len(problems)
    record = _read_json(file, problems)
    if len(problems) > before:
        return {}
    if wrong := _format_problem(record, file):
        problems.append(wrong)
        return {}
    status = record.get("status")
    if not isinstance(status, str) or status not in STATUSES:
        values = {"status": printable(str(status))[:80], "choices": ", ".join(STATUSES)}
        problems.append(Problem("plan_status", "error", file.name, values=values))
        return {}
    problems += misplaced(record, RECORD, PLAN_JSON)
    return record


def _format_problem(record: Mapping[str, Any], file: Path) -> Problem | None:
    """What keeps this version from reading the format of a plan."""
    value = record.get("format")
    if formats.newer(value, formats.PLAN):
        manifest = record.get("manifest")
        versions = manifest.get("versions") if isinstance(manifest, dict) else None
        writer = versions.get("layout", "") if isinstance(versions, dict) else ""
        values = {"found": value, "writer": printable(str(writer))[:40]}
        values |= {"newest": formats.PLAN, "version": __version__}
        return Problem("plan_newer", "error", file.name, column="format", values=values)
    if isinstance(value, int) and formats.number(value):
        return None
    values = {"found": printable(str(value))[:40], "newest": formats.PLAN}
    return Problem("plan_format", "error", file.name, column="format", values=values)


def read_table(path: Path, file: PlanFile, problems: list[Problem]) -> pd.DataFrame:
    """One table as it stands in the file, in the order of its rows there."""
    try:
        words = read_text(path, LARGEST_RESULT_MB)
    except FileNotFoundError:
        problems.append(Problem("plan_file_missing", "error", file.file))
        return file.frame()
    except (FileProblem, OSError, UnicodeDecodeError) as error:
        problems.append(_damaged(file, str(error)))
        return file.frame()
    try:
        header, rows = _split(words)
    except (ValueError, csv.Error) as error:
        problems.append(_damaged(file, str(error)))
        return file.frame()
    before = len(problems)
    _check_columns(file, header, problems)
    if len(problems) > before:
        return file.frame()
    cells = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    none = ("",) * len(rows)
    columns = {
        c.name: _typed(file, c.name, cells.get(c.name, none), problems) for c in file.columns
    }
    return file.frame() if len(problems) > before else pd.DataFrame(columns)


def _split(words: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV text, all of one length. Raises ValueError, csv.Error."""
    if "\0" in words:
        raise ValueError("a NUL character")
    if words and not words.endswith(("\n", "\r")):
        raise ValueError("the last line is cut off")
    rows = list(csv.reader(StringIO(words, newline=""), strict=True))
    if not rows:
        raise ValueError("no header")
    header = rows[0]
    if len(set(header)) < len(header):
        raise ValueError("a column twice")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"row {number}: {len(row)} cells, {len(header)} columns")
    return header, rows[1:]


def _damaged(file: PlanFile, reason: str) -> Problem:
    return Problem("plan_table", "error", file.file, values={"reason": reason})


def _check_columns(file: PlanFile, found: list[str], problems: list[Problem]) -> None:
    for column in file.columns:
        if column.name not in found and not column.later:
            problems.append(Problem("plan_column_missing", "error", file.file, column=column.name))
    for name in found:
        if name not in file.names:
            problems.append(Problem("plan_column_unknown", "error", file.file, column=str(name)))


def _typed(file: PlanFile, name: str, cells: Sequence[str], problems: list[Problem]) -> pd.Series:
    """A column in its type; an empty number is NaN. Floats come back bit by bit."""
    column = file.column(name)
    if column.type not in (INTEGER, NUMBER):
        return pd.Series([unguarded(cell) for cell in cells], dtype="str")
    convert = _integer if column.type == INTEGER else _number
    values = []
    for row, cell in enumerate(cells):
        try:
            values.append(convert(cell))
        except ValueError:
            problems.append(
                Problem(
                    f"plan_{column.type}",
                    "error",
                    file.file,
                    row + 2,
                    name,
                    {"found": printable(str(cell))[:80]},
                )
            )
            return pd.Series([], dtype=column.dtype)
    return pd.Series(values, dtype=column.dtype)


def _number(cell: str) -> float:
    if not cell:
        return nan
    if not isfinite(number := float(cell)):
        raise ValueError(cell)
    return number


def _integer(cell: str) -> int:
    if abs(number := int(cell)) > LARGEST_INTEGER:
        raise ValueError(cell)
    return number
