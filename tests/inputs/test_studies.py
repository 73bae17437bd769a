"""Inputs of studies, broken one by one: refused before anything is solved, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from layout.errors import EXIT_INPUT, InputError, Problem
from layout.labels import LANGUAGES
from layout.study.runs.sweep import cases_of
from tests.cli.towns import Runner
from tests.inputs.asking import check_readable, files_under, on_screen, squeezed
from tests.inputs.broken import STARTER, good_model
from tests.inputs.studies import BESIDE_A_PLAN, STUDIES, Given
from tests.model.sample import replace


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Problem]]:
    """The problems of every refusal, as they are raised."""
    found: list[Problem] = []
    start = InputError.__init__

    def started(self: InputError, problems: list[Problem]) -> None:
        found[:] = list(problems)
        start(self, problems)

    monkeypatch.setattr(InputError, "__init__", started)
    yield found


@pytest.mark.parametrize(
    ("number", "given"),
    list(enumerate(STUDIES)),
    ids=[f"{one.code}-{one.line[:8]}" for one in STUDIES],
)
def test_a_broken_input_of_a_study_is_refused(
    number: int, given: Given, run: Runner, raised: list[Problem], tmp_path: Path
) -> None:
    model = good_model(STARTER, tmp_path / "m")
    if "periods=" in given.line:
        replace(model, "demand.csv", "440000,batch", "440000,batch,2026,1,\n440000,batch")
    _refused(number, given, run, raised, tmp_path, MODEL=model)


@pytest.mark.parametrize(
    ("number", "given"),
    list(enumerate(BESIDE_A_PLAN)),
    ids=[f"{one.code}-{one.line[:8]}" for one in BESIDE_A_PLAN],
)
def test_a_broken_input_beside_a_plan_is_refused(
    number: int, given: Given, run: Runner, raised: list[Problem], plan: Path, tmp_path: Path
) -> None:
    _refused(number, given, run, raised, tmp_path, PLAN=plan)


def _refused(
    number: int, given: Given, run: Runner, raised: list[Problem], room: Path, **named: Path
) -> None:
    """Put the command line; every problem is on the screen, and nothing was written."""
    lang = LANGUAGES[number % 2]
    parts = {"FILE": room / "given.csv", "OUT": room / "out", **named}
    if given.words:
        parts["FILE"].write_text(given.words, "utf-8")
    before = [files_under(folder) for folder in (room, *named.values())]
    answer = run(*(parts.get(part, part) for part in given.line.split()), lang=lang)
    assert answer.code == EXIT_INPUT, answer.err
    assert "Traceback" not in answer.err
    places = [(one.code, one.file, one.row, one.column) for one in raised]
    assert (given.code, given.place, given.row, given.column) in places
    for problem in raised:
        check_readable(problem)
        assert on_screen(problem, lang) in squeezed(answer.err)
    assert [files_under(folder) for folder in (room, *named.values())] == before


def test_a_sweep_of_nothing_is_refused_in_python_too() -> None:
    with pytest.raises(InputError) as refused:
        cases_of([], None)
    assert [one.code for one in refused.value.problems] == ["vary_none"]
