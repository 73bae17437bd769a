"""The weights file: what counts how much, in which direction, and what rules a site out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from layout.errors import InputError, Problem
from layout.formulas import is_number
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.study.given_table import given_rows, given_table, head_fits

if TYPE_CHECKING:
    from layout.study.weighing.criterion import Criterion

DIRECTIONS = ("higher", "lower")
REQUIRED = ("criterion", "weight")
NUMBERS = ("weight", "worst", "best", "exclude_below", "exclude_above")
COLUMNS = (
    "criterion", "weight", "unit", "direction", "worst", "best", "exclude_below", "exclude_above",
    "basis",
)  # fmt: skip
LIMITS = ("exclude_below", "exclude_above")


@dataclass(frozen=True)
class Weight:
    """One criterion as the user weighs it; `worst` and `best` (NaN: found) end its scale.

    A site whose value is below `exclude_below` or above `exclude_above` is ruled out.
    """

    criterion: str
    weight: float
    direction: str = ""
    worst: float = math.nan
    best: float = math.nan
    exclude_below: float = math.nan
    exclude_above: float = math.nan
    unit: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Form:
    """What the weights of a study may say: its columns, the problem of an unknown criterion."""

    columns: tuple[str, ...] = COLUMNS
    unknown: str = "criterion_unknown"


SITES = Form()
Given: TypeAlias = "str | Path | Mapping[str, float] | Sequence[Weight] | None"
"""Weights as a study is given them: a file, criterion → weight, rows, or None: the example."""


def weights_of(
    given: Given, known: Mapping[str, Criterion], example: Path, form: Form = SITES
) -> list[Weight]:
    """The weights asked for; None stands for the `example`. Raises InputError, FileProblem."""
    if given is None or isinstance(given, str | Path):
        return read_weights(example if given is None else given, known, form)
    if isinstance(given, Mapping):
        given = [Weight(name, float(weight)) for name, weight in given.items()]
    return checked(list(given), known, form)


def read_weights(
    file: str | Path, known: Mapping[str, Criterion], form: Form = SITES
) -> list[Weight]:
    """The rows of a weights file. Raises InputError with every problem, FileProblem."""
    place = Path(file)
    problems: list[Problem] = []
    table = given_table("weights", place, "suitability.error.file", problems)
    fits = table is not None and head_fits(table, REQUIRED, form.columns, problems)
    rows = given_rows(table) if table is not None and fits else []
    found = [_weight(words, at, problems) for words, at in rows]
    pairs = [(one, at) for one, (_, at) in zip(found, rows, strict=True) if one is not None]
    weights = [
        _checked(one, known, at, problems, [other.criterion for other, _ in pairs[:number]], form)
        for number, (one, at) in enumerate(pairs)
    ]
    if not problems and not any(one.weight > 0 for one in weights):
        problems.append(Place(place.name, 1).problem("weights_none", "weight"))
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    return weights


def checked(
    weights: Sequence[Weight], known: Mapping[str, Criterion], form: Form = SITES
) -> list[Weight]:
    """Weights given in Python, checked as those of a file are. Raises InputError."""
    problems: list[Problem] = []
    found = [
        _checked(one, known, Place("weights", number + 1), problems,
                 [other.criterion for other in weights[:number]], form)
        for number, one in enumerate(weights)
    ]  # fmt: skip
    if not problems and not any(one.weight > 0 for one in found):
        problems.append(Place("weights").problem("weights_none", "weight"))
    if problems:
        raise InputError(problems)
    return found


def _weight(words: Mapping[str, str], at: Place, problems: list[Problem]) -> Weight | None:
    before = len(problems)
    numbers = {name: _number(words.get(name, ""), name, at, problems) for name in NUMBERS}
    if len(problems) > before:
        return None
    criterion, direction, unit, basis = (
        words.get(name, "") for name in ("criterion", "direction", "unit", "basis")
    )
    return Weight(criterion, direction=direction, unit=unit, basis=basis, **numbers)


def _number(words: str, column: str, at: Place, problems: list[Problem]) -> float:
    if not words:
        return math.nan
    value = float(words) if is_number(words) else math.nan
    if not math.isfinite(value):
        problems.append(at.problem("not_a_number", column, found=shown(words)))
    return value


def _checked(
    one: Weight,
    known: Mapping[str, Criterion],
    at: Place,
    problems: list[Problem],
    before: Sequence[str],
    form: Form,
) -> Weight:
    """The weight with its direction; what is wrong with it is put on the list."""
    criterion = known.get(one.criterion)
    if criterion is None:
        values = {"found": shown(one.criterion), "hint": nearest(one.criterion, known)}
        listed = ", ".join(known)
        problems.append(at.problem(form.unknown, "criterion", known=listed, **values))
        return one
    if one.criterion in before:
        problems.append(at.problem("criterion_twice", "criterion", found=shown(one.criterion)))
    if not (math.isfinite(one.weight) and one.weight >= 0):
        said = "–" if math.isnan(one.weight) else f"{one.weight:g}"
        problems.append(at.problem("weight_value", "weight", found=said))
    if one.unit and one.unit != criterion.unit:
        values = {"found": shown(one.unit), "unit": criterion.unit or "–"}
        problems.append(at.problem("criterion_unit", "unit", **values))
    direction = one.direction
    if not direction and criterion.higher is not None:
        direction = DIRECTIONS[0] if criterion.higher else DIRECTIONS[1]
    if direction not in DIRECTIONS:
        values = {"found": shown(direction) or "–", "hint": nearest(direction, DIRECTIONS)}
        problems.append(at.problem("direction_unknown", "direction", **values))
        return one
    _check_scale(one, direction, at, problems)
    for name in LIMITS:
        if name not in form.columns and not math.isnan(getattr(one, name)):
            values = {"name": name, "hint": nearest(name, form.columns), "table": at.file}
            problems.append(at.problem("unknown_column", name, **values))
    return Weight(
        one.criterion, one.weight, direction, one.worst, one.best, one.exclude_below,
        one.exclude_above, criterion.unit, one.basis,
    )  # fmt: skip


def _check_scale(one: Weight, direction: str, at: Place, problems: list[Problem]) -> None:
    """The ends of the scale lie as the direction says; something passes between exclusions."""
    wrong = one.worst >= one.best if direction == "higher" else one.worst <= one.best
    if wrong:  # False where an end is not given
        said = f"worst {one.worst:g}, best {one.best:g}, {direction}"
        problems.append(at.problem("weight_scale", "best", found=said))
    if one.exclude_below > one.exclude_above:
        said = f"exclude_below {one.exclude_below:g}, exclude_above {one.exclude_above:g}"
        problems.append(at.problem("weight_exclusion", "exclude_below", found=said))
