"""A damaged file is refused with words, or read as a person would read it; never a traceback.

Every case goes through the real command. What is costly, in a deep run all of them, does so in a
process that does nothing else, so that its seconds of CPU and its memory are its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.deep import deep
from tests.inputs.damage.books import BOOKS
from tests.inputs.damage.case import Case
from tests.inputs.damage.folders import FOLDERS
from tests.inputs.damage.texts import SETTINGS, TABLES
from tests.inputs.damage.trial import said
from tests.model.sample import good

MOST_CPU_S = 2.0
MOST_MB = 300.0
OTHER = (
    *("full-width digits in a workbook", "thousands separators in a workbook"),
    *("a packed table", "a table of another format", "a table with a hidden ending"),
)
"""Cases that are read, in which a number is another one or a table that may be absent is."""

COSTLY = (
    *("a million rows that are only formatted", "a bomb of rows", "a bomb of shared texts"),
    *("a bomb of cells", "a bomb of zeros", "five million rows", "a line of fifty megabytes"),
    *("a line of commas", "a thousand wrong keys", "ten thousand wrong cells"),
    *("settings of many values", "a list of parts without end"),
)
"""Cases that are made to take much time or memory."""
CASES = (*TABLES, *SETTINGS, *FOLDERS, *BOOKS)
MEASURED = tuple(case for case in CASES if deep() or case.name in COSTLY)


def tree(folder: Path) -> set[str]:
    """Everything below a folder, by its path."""
    return {f"{place}/{name}" for place, _, files in os.walk(folder) for name in files}


def put(case: Case, number: int, sound: Path, place: Path) -> dict[str, Any]:
    """The damaged model in a folder, and the command that is to be tried on it."""
    place.mkdir()
    shutil.copytree(sound, place / "m")
    given = case.damage(place / "m")
    source = place / "m" if given is None else given
    command = ["solve", "-o", str(place / "plan")] if case.code else ["check"]
    return {"command": [*command, "--", str(source)], "lang": ("en", "zh")[number % 2]}


def tried(cases: Sequence[Case], folder: Path) -> list[dict[str, Any]]:
    """What the command said of the sound model, then of each case in a folder of its own."""
    sound = good(folder / "sound")
    asked: list[dict[str, Any]] = [{"command": ["check", str(sound)], "lang": "en"}]
    asked += [put(case, n, sound, folder / str(n)) for n, case in enumerate(cases)]
    before = tree(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.inputs.damage.trial"],
        input=json.dumps(asked), capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert tree(folder) == before, "something was written"
    return list(json.loads(done.stdout))


def complaint(case: Case, found: dict[str, Any], sound: dict[str, Any]) -> str:
    """What is wrong with what was said of a case; '' where all is right.

    What is read is the same model as the sound one, but in the cases of `OTHER`.
    """
    errors = [p for p in found["problems"] if p[1] == "error"]
    warnings = {p[0] for p in found["problems"] if p[1] == "warning"}
    if found["code"] != (3 if case.code else 0):
        return f"exit code {found['code']}: {found['err'][-300:]}"
    if "Traceback" in found["err"]:
        return "a traceback"
    if not case.code and (errors or warnings != set(case.warnings)):
        return f"problems {found['problems']}"
    if case.code and not any(_told(case, *problem) for problem in errors):
        return f"not {case.code} at {case.file} {case.row} {case.column} but {errors[:4]}"
    if found.get("cpu_s", 0) > MOST_CPU_S or found.get("peak_mb", 0) > MOST_MB:
        return f"{found['cpu_s']:.2f} s, {found['peak_mb']:.0f} MB"
    if not case.code and (found["tables"] == sound["tables"]) == (case.name in OTHER):
        return "another model" if case.name not in OTHER else "the same model"
    return ""


def _told(
    case: Case, code: str, _: str, file: str, row: int | None, column: str | None, en: str, zh: str
) -> bool:
    """Whether a problem is the one expected, in the place expected, and says so in four parts."""
    named = case.file.partition("[")[0]
    sentences = "; expected " in en and "；应为" in zh and named in en and named in zh
    place = case.file in ("", file) and case.row in (None, row) and case.column in (None, column)
    return code == case.code and place and sentences


def complaints(cases: Sequence[Case], folder: Path) -> dict[str, str]:
    """Every case of which something is wrong, in words."""
    if not cases:
        return {}
    folder.mkdir()
    sound, *found = tried(cases, folder)
    wrong = {c.name: complaint(c, told, sound) for c, told in zip(cases, found, strict=True)}
    return {name: words for name, words in wrong.items() if words}


def test_what_costs_much_is_told_within_seconds_and_little_memory(tmp_path: Path) -> None:
    sound, *found = tried(MEASURED, tmp_path)
    pairs = zip(MEASURED, found, strict=True)
    wrong = [case for case, told in pairs if complaint(case, told, sound)]
    # CPU seconds grow on a busy machine: what was too slow is tried once more
    assert complaints(wrong, tmp_path / "again") == {}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The good model, and what is said of it."""
    folder = good(tmp_path_factory.mktemp("sound") / "m")
    return folder, said(["check", str(folder)], "en")


@pytest.mark.parametrize(
    ("number", "case"),
    [pytest.param(n, c, id=c.name) for n, c in enumerate(CASES) if c.name not in COSTLY],
)
def test_what_is_damaged_is_refused_in_words_or_read_as_meant(
    number: int, case: Case, sound: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    model, good_answer = sound
    asked = put(case, number, model, tmp_path / "0")
    before = tree(tmp_path)
    found = said(asked["command"], asked["lang"])
    assert tree(tmp_path) == before, "something was written"
    assert complaint(case, found, good_answer) == ""


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert set(OTHER) | set(COSTLY) <= set(names)
