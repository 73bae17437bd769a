"""Scenarios of a two-stage plan: a table of names, probabilities and what each sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from layout.errors import FileProblem, InputError, Problem
from layout.model.csvfile import RawTable, blank, read_csv
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.model.tables import is_note
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
    try:
        data = place.read_bytes()
    except OSError as error:
        raise FileProblem("uncertainty.error.file", path=str(place)) from error
    problems: list[Problem] = []
    table = read_csv("scenarios", data, place.name, problems)
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
    head = Place(table.file, 1)
    missing = [name for name in COLUMNS if name not in table.columns]
    for name in missing:
        values = {"name": name, "columns": ", ".join(COLUMNS)}
        problems.append(head.problem("missing_column", name, **values))
    for name in table.columns:
        if name not in COLUMNS and not is_note(name):
            values = {"name": shown(name), "hint": nearest(name, COLUMNS), "table": table.file}
            problems.append(head.problem("unknown_column", name, **values))
    if missing:
        return []
    columns = (table.columns[name] for name in COLUMNS)
    found = []
    for line, cells in zip(table.lines, zip(*columns, strict=True), strict=True):
        name, chance, sets = ("" if blank(cell) else str(cell).strip() for cell in cells)
        place = Place(table.file, line)
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
