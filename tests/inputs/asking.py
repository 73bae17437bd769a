"""A command put to a broken model, and what its answer must be like."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from layout.errors import EXIT_INPUT, Problem
from layout.labels import LANGUAGES
from layout.labels.cleaning import clean
from layout.model import reading
from tests.cli.towns import Answer, Runner

CPU_S = 2.0
"""What a refusal may cost at most."""


@dataclass(frozen=True)
class Refusal:
    """What one run gave: its answer, the problems behind it, and its CPU seconds."""

    answer: Answer
    problems: list[Problem]
    cpu_s: float


def ask(run: Runner, patch: pytest.MonkeyPatch, *arguments: object, lang: str) -> Refusal:
    """Run a command and look over the shoulder of the reader while it works."""
    found: list[Problem] = []
    examine = reading.Base.examine
    gather = reading.gather

    def examined(base: reading.Base, sets: Iterable[str] = ()) -> object:
        model, problems = examine(base, tuple(sets))
        found[:] = problems
        return model, problems

    def gathered(*given: object, **named: object) -> object:
        base, problems = gather(*given, **named)  # type: ignore[arg-type]
        found[:] = problems
        return base, problems

    with patch.context() as spied:
        spied.setattr(reading.Base, "examine", examined)
        spied.setattr(reading, "gather", gathered)
        begun = time.process_time()
        answer = run(*arguments, lang=lang)
        spent = time.process_time() - begun
    return Refusal(answer, found, spent)


def files_under(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and time of change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }


def squeezed(words: str) -> str:
    """A text without white space: screens break lines where they like."""
    return "".join(words.split())


def on_screen(problem: Problem, lang: str) -> str:
    """The sentence as a screen shows it, without white space."""
    return squeezed(clean(problem.sentence(lang)))


def check_readable(problem: Problem) -> None:
    """Four filled parts in both languages, no template left over."""
    for lang in LANGUAGES:
        record = problem.record(lang)
        assert all(record[part] for part in ("found", "expected", "fix"))
        sentence = problem.sentence(lang)
        assert "_en}" not in sentence and "_zh}" not in sentence and "None" not in sentence
        assert problem.where(lang) in sentence
    if problem.file.endswith((".csv", ".yaml")):
        assert problem.file in problem.sentence("zh")


def check_refused(refusal: Refusal, lang: str) -> None:
    """Exit 3, every sentence on the screen in that language, no traceback, soon."""
    screen = refusal.answer.out + refusal.answer.err
    assert refusal.answer.code == EXIT_INPUT, screen
    assert "Traceback" not in screen
    assert any(problem.severity == "error" for problem in refusal.problems)
    said = squeezed(screen)
    for problem in refusal.problems:
        check_readable(problem)
        assert on_screen(problem, lang) in said
    assert refusal.cpu_s <= CPU_S
