"""Every rule of a model, broken once: found, placed, told in two languages, nothing written."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

import layout.labels
from layout.labels import LANGUAGES
from layout.model import examine
from layout.model.tables import TABLES
from tests.cli.towns import Runner
from tests.deep import deep
from tests.inputs.asking import ask, check_readable, check_refused, files_under, on_screen, squeezed
from tests.inputs.broken import (
    KNOWN_WARNINGS,
    STARTER,
    WORLD,
    Broken,
    broken_model,
    good_model,
)
from tests.inputs.corpus import CORPUS, ELSEWHERE, ONCE
from tests.inputs.studies import BESIDE_A_PLAN, STUDIES
from tests.inputs.workbook import as_workbook

TESTS = Path(__file__).parents[1]
LABELS = Path(layout.labels.__file__).parent


ASKED = (("check", "en"), ("solve", "zh"), ("check", "zh"), ("solve", "en"))
CASES = [
    pytest.param(number, broken, id=f"{number:03d}-{broken.words}")
    for number, broken in enumerate(CORPUS)
    if deep() or broken in ONCE
]
"""All of them in a deep run, else the first of every rule in every form."""


@pytest.mark.parametrize(("number", "broken"), CASES)
def test_a_broken_model_is_refused_with_place_and_remedy(
    number: int, broken: Broken, run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One of the commands in one of the languages, taken in turn."""
    command, lang = ASKED[number % len(ASKED)]
    _refused(run, monkeypatch, tmp_path, broken, command, lang)


def _refused(
    run: Runner,
    patch: pytest.MonkeyPatch,
    room: Path,
    broken: Broken,
    command: str,
    lang: str,
) -> None:
    """Put the command to the model; a model with warnings only is checked, not solved."""
    folder = broken_model(broken, room / "m")
    before = files_under(room)
    wrong = broken.severity == "error"
    asked = ["solve", folder, "-o", room / "plan"] if wrong and command == "solve" else []
    found = ask(run, patch, *(asked or ["check", folder]), *broken.options, lang=lang)
    assert files_under(room) == before
    _told(broken, found.problems, folder)
    if wrong:
        check_refused(found, lang)
    else:
        assert found.answer.code == 0, found.answer.out
        for problem in found.problems:
            check_readable(problem)
            assert on_screen(problem, lang) in squeezed(found.answer.out)


def _told(broken: Broken, problems: list, folder: Path) -> None:
    """The problem is there, with its severity, file, column and row."""
    found = [(one.code, one.severity, one.file, one.column) for one in problems]
    wanted = (broken.code, broken.severity, broken.place, broken.column)
    assert wanted in found, "\n".join(one.sentence("en") for one in problems)
    rows = [one.row for one, seen in zip(problems, found, strict=True) if seen == wanted]
    row = broken.expected_row(folder)
    assert row in rows if row else True, rows
    if broken.severity == "warning":
        assert not [one for one in problems if one.severity == "error"]


@pytest.mark.parametrize("base", [STARTER, WORLD])
def test_what_is_broken_was_good(base: str, tmp_path: Path) -> None:
    model, problems = examine(good_model(base, tmp_path / "m"))
    assert model is not None
    assert [one.code for one in problems if one.code not in KNOWN_WARNINGS] == []


def test_every_problem_that_has_words_is_raised_by_a_broken_input() -> None:
    """No rule without an input that breaks it, here or in a test that names the problem."""
    known = {
        row[0].split(".")[1]
        for file in sorted(LABELS.glob("*.csv"))
        for row in csv.reader(file.read_text("utf-8").splitlines())
        if row and row[0].startswith("problem.") and row[0].endswith(".found")
    }
    here = {one.code for one in (*CORPUS, *STUDIES, *BESIDE_A_PLAN)}
    assert sorted(here - known) == []
    others = [path for path in TESTS.rglob("*.py") if path.name != "corpus.py"]
    quoted = re.findall(r'"([a-z0-9_]+)"', "".join(path.read_text("utf-8") for path in others))
    assert sorted(known - here - set(quoted) - set(ELSEWHERE)) == []
    assert sorted(set(ELSEWHERE) - known) == [], "no such problem"
    model = {one.code for one in CORPUS}
    assert len(model) > 120


def test_no_case_stands_twice() -> None:
    repeated = [case for case, count in Counter(CORPUS).items() if count > 1]
    assert repeated == []


def test_the_corpus_is_large_and_about_every_file() -> None:
    assert len(CORPUS) >= 250
    assert len(ONCE) >= 150
    assert {one.place for one in CORPUS} >= {f"{name}.csv" for name in TABLES}


def base_heads(folder: Path, table: str) -> list[str]:
    """The column names of a table as it stands in the folder."""
    return (folder / f"{table}.csv").read_text("utf-8").splitlines()[0].split(",")


FORMS = [case for case in CASES if case.values[1] in ONCE and case.values[1].as_sheet]


SHEETS = [case for case in FORMS[::8] if case.values[1].place.endswith(".csv")]
"""Some of them; where the settings are named, lines of the file are no rows of the sheet."""


@pytest.mark.parametrize(("number", "broken"), SHEETS)
def test_the_same_is_said_of_a_workbook(
    number: int, broken: Broken, run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Sheet, row and letter of the column instead of file and row."""
    folder = broken_model(broken, tmp_path / "m")
    row = broken.expected_row(folder)
    book = as_workbook(folder, tmp_path / "w.xlsx")
    before = files_under(tmp_path)
    lang = LANGUAGES[number % 2]
    found = ask(run, monkeypatch, "check", book, *broken.options, lang=lang)
    assert files_under(tmp_path) == before
    table = broken.place.removesuffix(".csv")
    seen = [one for one in found.problems if (one.code, one.sheet) == (broken.code, table)]
    assert seen, "\n".join(one.sentence("en") for one in found.problems)
    assert broken.column is None or broken.column in [one.column for one in seen]
    assert row in [one.row for one in seen] if row else True
    head = base_heads(folder, table)
    assert all(one.letter for one in seen if one.column in head)
    if broken.severity == "error":
        check_refused(found, lang)
