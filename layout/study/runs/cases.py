"""The runs of a study: what each of them sets, written as lists, grids or a table.

A parameter is a path of ``--set``: ``economy.discount_rate``, ``targets.ai-share-35.value``,
``power[province=520000].price_cny_per_kwh``. The places of a table may stand at its end as well
(``power.price_cny_per_kwh[province=520000]``), and a factor after the path
(``demand[workload=inference]*1.2``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite, prod
from pathlib import Path
from typing import TYPE_CHECKING

from layout.errors import FileProblem, InputError, Problem
from layout.files import read_bytes
from layout.model.csvfile import blank, read_csv
from layout.model.document import Place
from layout.model.naming import shown
from layout.model.tables import TABLES

if TYPE_CHECKING:
    from layout.model.reading import Base

MOST_CASES = 100_000
FACTOR = "*"
MAIN_COLUMN = {"demand": "demand_eflops"}
"""The column of a table that is meant where a factor names none."""
OF_PATHS = ("unknown_key", "unknown_column", "set_table", "set_no_row", "set_key")
"""Problems of a path, which are the same whatever its value is."""
_AT_END = re.compile(r"(?P<table>\w+)\.(?P<column>\w+)(?P<where>\[[^\]]*\])")
_WHOLE = re.compile(r"(?P<table>\w+)(?P<where>\[[^\]]*\])?")


@dataclass(frozen=True)
class Case:
    """One run: its number, from 1, and the texts of ``--set`` that make it.

    `values` are the parameters that vary with their texts, for tables; without them they are
    read off `sets`.
    """

    number: int
    sets: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()

    @property
    def varied(self) -> dict[str, str]:
        """Parameter → the text of its value."""
        return dict(self.values or (_split(words) for words in self.sets))


@dataclass(frozen=True)
class Parameter:
    """What varies, as a path of ``--set``, and the texts of its values."""

    path: str
    values: tuple[str, ...]
    place: Place


def normal(words: str) -> str:
    """A text of ``--set`` in the one spelling that `layout.model.overrides` reads."""
    path, value = _split(words)
    return f"{path}={value}" if value else path


def grid(varies: Sequence[str]) -> list[Case]:
    """Every combination of ``PARAM=v1,v2,…`` or ``PARAM=lo:hi:n``, the last varying fastest.

    Raises InputError with every text that cannot be read so.
    """
    problems: list[Problem] = []
    found = [_parameter(words, problems) for words in varies]
    parameters = [one for one in found if one is not None]
    seen: set[str] = set()
    for one in parameters:
        if one.path in seen:
            problems.append(one.place.problem("vary_twice", name=shown(one.path)))
        seen.add(one.path)
    count = prod(len(one.values) for one in parameters)
    if count > MOST_CASES:
        at = Place("--vary")
        problems.append(at.problem("cases_many", count=f"{count:,}", most=f"{MOST_CASES:,}"))
    if problems:
        raise InputError(problems)
    paths = [one.path for one in parameters]
    rows = product(*(one.values for one in parameters))
    return [_case(number, paths, row) for number, row in enumerate(rows, start=1)]


def listed(file: str | Path) -> list[Case]:
    """The cases of a CSV file: a column for each parameter, a row for each case.

    An empty cell leaves the model's own value. Raises InputError with every problem,
    FileProblem where the file cannot be read.
    """
    place = Path(file)
    try:
        data = read_bytes(place)
    except OSError as error:
        raise FileProblem("sweep.error.file", path=str(place)) from error
    problems: list[Problem] = []
    table = read_csv("cases", data, place.name, problems)
    if table is not None and not table.lines:
        problems.append(Place(table.file, 1).problem("cases_none"))
    if table is not None and len(table.lines) > MOST_CASES:
        values = {"count": f"{len(table.lines):,}", "most": f"{MOST_CASES:,}"}
        problems.append(Place(table.file).problem("cases_many", **values))
    if table is None or any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    paths = [_split(f"{name}=")[0] for name in table.columns]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:  # two spellings of one path
        at = Place(table.file, 1)
        raise InputError([at.problem("vary_twice", name=shown(path)) for path in twice])
    columns = [
        ["" if blank(cell) else _split(f"{name}={cell}")[1] for cell in cells]
        for name, cells in table.columns.items()
    ]
    return [
        _case(number, paths, row) for number, row in enumerate(zip(*columns, strict=True), start=1)
    ]


def joined(first: Sequence[Case], second: Sequence[Case]) -> list[Case]:
    """Every case of one list with every case of another. Raises InputError for a path in both."""
    paths = {path for case in second for path in case.varied}
    twice = sorted(paths & {path for case in first for path in case.varied})
    if twice:
        at = Place("--vary")
        raise InputError([at.problem("vary_twice", name=shown(path)) for path in twice])
    pairs = product(first, second)
    return [
        Case(number, a.sets + b.sets, (*a.varied.items(), *b.varied.items()))
        for number, (a, b) in enumerate(pairs, start=1)
    ]


def check_cases(base: Base, cases: Sequence[Case], sets: Sequence[str] = ()) -> None:
    """Refuse paths and values that the model does not know: InputError with all of them.

    `sets` hold for every case. What only a combination makes impossible is found when its case
    is solved.
    """
    apart = {words for case in cases for words in case.sets}
    whole = {case.sets for case in cases}
    asked = sorted((words,) for words in apart) if len(apart) <= len(whole) else sorted(whole)
    found: dict[str, Problem] = {}
    for own in asked:
        for problem in base.problems_of((*sets, *own)):
            of_path = problem.code in OF_PATHS
            found.setdefault(repr((problem.code, problem.column) if of_path else problem), problem)
    errors = [problem for problem in found.values() if problem.severity == "error"]
    if errors:
        raise InputError(errors)


def _case(number: int, paths: Sequence[str], row: Iterable[str]) -> Case:
    pairs = tuple(zip(paths, row, strict=True))
    return Case(number, tuple(f"{path}={value}" for path, value in pairs if value), pairs)


def _split(words: str) -> tuple[str, str]:
    """The path in its one spelling, and the value; a factor keeps its sign."""
    path, value = _at_sign(words)
    if path.endswith(FACTOR):
        path, value = path.removesuffix(FACTOR), FACTOR + value.removeprefix(FACTOR)
    return _path(path), value.strip()


def _at_sign(words: str) -> tuple[str, str]:
    """Before and after the first ``=`` outside brackets, else the first ``*``."""
    for sign in ("=", FACTOR):
        depth = 0
        for position, letter in enumerate(words):
            depth += (letter == "[") - (letter == "]")
            if letter == sign and depth <= 0:
                kept = FACTOR if sign == FACTOR else ""
                return words[:position].strip(), kept + words[position + 1 :]
    return words.strip(), ""


def _is_factor(words: str) -> bool:
    """Whether the sign of the factor stands with the path, so that it is that of every value."""
    path, value = _at_sign(words)
    return path.endswith(FACTOR) or words.strip() == path + value


def _path(words: str) -> str:
    words = words.strip()
    match = _AT_END.fullmatch(words)
    if match is not None and match["table"] in TABLES:
        return f"{match['table']}{match['where']}.{match['column']}"
    match = _WHOLE.fullmatch(words)
    if match is not None and match["table"] in MAIN_COLUMN:
        return f"{words}.{MAIN_COLUMN[match['table']]}"
    return words


def _parameter(words: str, problems: list[Problem]) -> Parameter | None:
    place = Place(f"--vary {shown(words, 120)}")
    path, given = _split(words)
    if not path or not given:
        problems.append(place.problem("vary_syntax", found=shown(words)))
        return None
    values = _between(given, place, problems)
    if values is None:
        values = tuple(part.strip() for part in given.split(","))
        if _is_factor(words):
            values = tuple(FACTOR + part.removeprefix(FACTOR) for part in values)
    if not all(values) or len(set(values)) < len(values):
        problems.append(place.problem("vary_values", found=shown(given)))
        return None
    return Parameter(path, values, place)


def _between(given: str, place: Place, problems: list[Problem]) -> tuple[str, ...] | None:
    """The texts of ``lo:hi:n``; None where that is not meant."""
    sign = FACTOR if given.startswith(FACTOR) else ""
    parts = [_number(part.removeprefix(sign)) for part in given.split(":")]
    if len(parts) != 3 or any(part is None for part in parts):
        return None
    low, high, count = (float(part) for part in parts if part is not None)
    good = isfinite(low) and isfinite(high) and low != high and count == int(count)
    if not good or not 2 <= count <= MOST_CASES:
        problems.append(place.problem("vary_range", found=shown(given)))
        return ("?",)
    steps = int(count) - 1
    numbers = (low + (high - low) * step / steps for step in range(steps + 1))
    return tuple(f"{sign}{number:.10g}" for number in numbers)


def _number(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None
