"""The readers of `layout` as functions of bytes, which must not raise, and good files to damage."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from layout.errors import Problem
from layout.labels import LANGUAGES

TOLD = 20
"""Problems whose sentences are made."""


def told(problems: Sequence[Problem]) -> None:
    """Make the sentences that a planner would read."""
    for problem in problems[:TOLD]:
        for lang in LANGUAGES:
            problem.sentence(lang)
            problem.record(lang)


def read_csv(data: bytes) -> None:
    """A table of a model; the first byte says which."""
    from layout.model import csvfile
    from layout.model.inheritance import typed
    from layout.model.problems import Problems
    from layout.model.tables import TABLES

    names = list(TABLES)
    problems = Problems()
    raw = csvfile.read_csv(
        names[data[0] % len(names)] if data else "zones", data[1:], "t", problems
    )
    if raw is not None:
        typed(raw, problems)
    told(problems.told())


def read_yaml(data: bytes) -> None:
    """The settings of a model."""
    from layout.model.csvfile import decode
    from layout.model.document import parse_yaml
    from layout.model.problems import Problems
    from layout.model.settings import build_settings, check_scenarios

    problems = Problems()
    words = decode(data, "model.yaml", problems)
    tree = parse_yaml(words or "", "model.yaml", problems)
    settings = build_settings(tree, problems) if isinstance(tree.value, dict) else None
    if settings is not None:
        check_scenarios(tree, settings, problems)
    told(problems.told())


def read_xlsx(data: bytes) -> None:
    """A workbook: the bytes themselves, or a change of one part of a good one.

    A change is: the part, where (two bytes), how many bytes go, and what comes.
    """
    from layout.model.problems import Problems
    from layout.model.workbook import read_workbook

    problems = Problems()
    read_workbook(data if data[:2] == b"PK" else _changed(data), "w.xlsx", problems)
    told(problems.told())


def read_plan(data: bytes) -> None:
    """A file of a plan folder: an even first byte gives ``plan.json``, an odd one a table.

    What is read without a problem is written again.
    """
    from layout.plan import FILES, folder
    from layout.plan.text import csv_text, json_text

    problems: list[Problem] = []
    first = data[0] if data else 0
    files = list(FILES.values())
    with tempfile.NamedTemporaryFile(dir=_memory()) as place:
        path = Path(place.name)
        path.write_bytes(data[1:])
        if first % 2 == 0:
            record = folder._read_record(path, problems)
            if not problems:
                json_text(record)
        else:
            file = files[first // 2 % len(files)]
            frame = folder.read_table(path, file, problems)
            if not problems:
                csv_text(file, frame)
    told(problems)


READERS: dict[str, Callable[[bytes], None]] = {
    "csv": read_csv,
    "yaml": read_yaml,
    "xlsx": read_xlsx,
    "plan": read_plan,
}


@cache
def _memory() -> str | None:
    """A folder that takes no disk, where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@cache
def seeds(reader: str) -> tuple[bytes, ...]:
    """Good inputs of a reader."""
    from layout.model.starter import SETTINGS, TABLES
    from layout.model.tables import TABLES as ALL

    if reader == "csv":
        names = list(ALL)
        return tuple(
            bytes([names.index(name)]) + words.encode("utf-8") for name, words in TABLES.items()
        )
    if reader == "yaml":
        return (SETTINGS.encode("utf-8"),)
    if reader == "xlsx":
        return tuple(bytes([number, 0, 0, 0]) for number in range(len(_parts())))
    return _plan_seeds()


def _plan_seeds() -> tuple[bytes, ...]:
    from layout.plan.files import FILES
    from layout.plan.text import json_text

    record: dict[str, Any] = {
        "format": 1,
        "model": "m",
        "status": "optimal",
        "objective_mcny": 1.5,
        "kpis": {"carbon_kt": {"value": 1.0, "unit": "kt"}},
        "targets": [
            {"id": "a", "mode": "hard", "status": "pass", "value": 4, "title": {"en": "A"}}
        ],
        "manifest": {"tables": {"cost.csv": "0"}, "options": {"gap": 0.1}, "seed": 0},
    }
    found = [b"\0" + json_text(record).encode("utf-8")]
    for number, file in enumerate(FILES.values()):
        row = ["1" if column.type != "text" else "a" for column in file.columns]
        words = ",".join(file.names) + "\n" + ",".join(row) + "\n"
        found.append(bytes([2 * number + 1]) + words.encode("utf-8"))
    return tuple(found)


@cache
def _parts() -> dict[str, bytes]:
    """The parts of a small good workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    settings: Any = book.active
    settings.title = "model"
    for pair in (("key", "value"), ("layout", 1), ("periods", "2025"), ("title.en", "A")):
        settings.append(pair)
    demand = book.create_sheet("demand")
    for row in (("zone", "workload", "year", "demand_eflops"), ("a", "b", 2025, 0.5)):
        demand.append(row)
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


def _changed(data: bytes) -> bytes:
    parts = dict(_parts())
    if len(data) >= 4:
        name = list(parts)[data[0] % len(parts)]
        content = parts[name]
        at = int.from_bytes(data[1:3], "little") % (len(content) + 1)
        parts[name] = content[:at] + data[4:] + content[at + data[3] :]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
