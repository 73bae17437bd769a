"""Writing a plan folder and reading it back."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

from layout.errors import FileProblem, InputError, Problem
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
from layout.plan.text import csv_text, json_record, json_text


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
    is damaged: a file or column missing, a text where a number belongs. Numbers that are
    merely wrong are left to `layout.checking.verify`.
    """
    from layout.model import read_model

    asked = Path(folder)
    place = recovered(asked)
    if not place.is_dir():
        raise FileProblem("plan.error.missing", folder=str(asked))
    if not (place / PLAN_JSON).is_file():
        raise FileProblem("plan.error.no_plan", folder=str(asked))
    problems: list[Problem] = []
    record = _read_record(place / PLAN_JSON, problems)
    tables = empty_tables()
    if record.get("status") in STATUSES_WITH_TABLES:
        for file in FILES.values():
            if not file.optional or (place / file.file).is_file():
                tables[file.name] = read_table(place / file.file, file, problems)
    explanation = None
    if (place / EXPLANATION_JSON).is_file():
        explanation = _read_json(place / EXPLANATION_JSON, problems)
    if not (place / MODEL_FOLDER).is_dir():
        problems.append(Problem("plan_file_missing", "error", MODEL_FOLDER))
    if problems:
        raise InputError(problems)
    return Plan(record, tables, read_model(place / MODEL_FOLDER), place, explanation)


def _read_json(file: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        return json_record(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        problems.append(Problem("plan_json", "error", file.name, values={"reason": str(error)}))
        return {}


def _read_record(file: Path, problems: list[Problem]) -> dict[str, Any]:
    record = _read_json(file, problems)
    if record and record.get("status") not in STATUSES:
        values = {"status": record.get("status"), "choices": ", ".join(STATUSES)}
        problems.append(Problem("plan_status", "error", file.name, values=values))
    return record


def read_table(path: Path, file: PlanFile, problems: list[Problem]) -> pd.DataFrame:
    """One table as it stands in the file, in the order of its rows there."""
    try:
        words = path.read_text("utf-8")
    except FileNotFoundError:
        problems.append(Problem("plan_file_missing", "error", file.file))
        return file.frame()
    except (OSError, UnicodeDecodeError) as error:
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
    columns = {c.name: _typed(file, c.name, cells.get(c.name, ()), problems) for c in file.columns}
    return file.frame() if len(problems) > before else pd.DataFrame(columns)


def _split(words: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV text, all of one length. Raises ValueError, csv.Error."""
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
    for name in file.names:
        if name not in found:
            problems.append(Problem("plan_column_missing", "error", file.file, column=name))
    for name in found:
        if name not in file.names:
            problems.append(Problem("plan_column_unknown", "error", file.file, column=str(name)))


def _typed(file: PlanFile, name: str, cells: Sequence[str], problems: list[Problem]) -> pd.Series:
    """A column in its type; an empty number is NaN. Floats come back bit by bit."""
    column = file.column(name)
    if column.type not in (INTEGER, NUMBER):
        return pd.Series(cells, dtype="str")
    convert = int if column.type == INTEGER else _number
    values = []
    for row, cell in enumerate(cells):
        try:
            values.append(convert(cell))
        except ValueError:
            problems.append(
                Problem(
                    f"plan_{column.type}", "error", file.file, row + 2, name, {"found": str(cell)}
                )
            )
            return pd.Series([], dtype=column.dtype)
    return pd.Series(values, dtype=column.dtype)


def _number(cell: str) -> float:
    return float(cell) if cell else float("nan")
