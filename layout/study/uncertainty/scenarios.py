"""Scenarios of a two-stage plan: a table of names, probabilities and what each sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from layout.errors import InputError, Problem
from layout.model.csvfile import RawTable
from layout.model.document import Place
from layout.model.naming import shown
from layout.study.given_table import given_rows, given_table, head_fits
from layout.study.runs.cases import normal

COLUMNS = ("scenario", "probability", "sets")
SEPARATOR = ";"
FEWEST = 2
SUM = 1e-6
"""How far probabilities may be from adding up to one; what is left is shared out."""


@dataclass(frozen=True)
class Scenario:
    """One future: its name, its probability, and the texts of ``--set`` that make it."""

    name: str
    probability: float
    sets: tuple[str, ...] = ()


def read_scenarios(file: str | Path) -> list[Scenario]:
    """The rows of a table ``scenario, probability, sets`` (sets parted by ``;``).

    Raises InputError with every problem, FileProblem where the file cannot be read.
    """
    place = Path(file)
    problems: list[Problem] = []
    table = given_table("scenarios", place, "uncertainty.error.file", problems)
    found = [] if table is None else _scenarios(table, problems)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    return checked(found, place.name)


def checked(scenarios: Iterable[Scenario], source: str = "scenarios") -> list[Scenario]:
    """The scenarios, their probabilities adding up to one exactly. Raises InputError."""
    found, problems, place = list(scenarios), [], Place(source)
    if len(found) < FEWEST:
        problems.append(place.problem("scenario_few", count=len(found)))
    twice = sorted({one.name for one in found if sum(s.name == one.name for s in found) > 1})
    problems += [place.problem("scenario_twice", found=shown(name)) for name in twice]
    wrong = [one for one in found if not (math.isfinite(one.probability) and one.probability > 0)]
    for one in wrong:
        values = {"scenario": shown(one.name), "found": f"{one.probability:g}"}
        problems.append(place.problem("scenario_probability", "probability", **values))
    total = sum(one.probability for one in found)
    if not wrong and abs(total - 1) > SUM:
        problems.append(place.problem("scenario_sum", "probability", found=f"{total:.9g}"))
    if problems:
        raise InputError(problems)
    return [Scenario(one.name, one.probability / total, one.sets) for one in found]


def _scenarios(table: RawTable, problems: list[Problem]) -> list[Scenario]:
    if not head_fits(table, COLUMNS, COLUMNS, problems):
        return []
    found = []
    for words, place in given_rows(table):
        name, chance, sets = (words[column] for column in COLUMNS)
        if not name:
            problems.append(place.problem("scenario_name", "scenario"))
        try:
            probability = float(chance)
        except ValueError:
            problems.append(place.problem("not_a_number", "probability", found=shown(chance)))
            continue
        found.append(Scenario(name, probability, texts(sets.split(SEPARATOR))))
    return found


def texts(sets: Sequence[str]) -> tuple[str, ...]:
    """Texts of ``--set`` in their one spelling, empty ones left out."""
    return tuple(normal(words) for words in sets if words.strip())
