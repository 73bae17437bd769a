"""What is uncertain: a table of ``--set`` paths, each with a distribution and where it is from.

A ``*`` at the end of a path makes the values factors of what stands there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.errors import InputError, Problem
from layout.model.csvfile import RawTable
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.resources import folder
from layout.study.given_table import given_rows, given_table, head_fits
from layout.study.runs.cases import normal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DISTRIBUTIONS = ("uniform", "triangular", "normal", "lognormal", "choice")
REQUIRED = ("path", "distribution", "low", "mode", "high")
OPTIONAL = ("values", "group", "unit", "parameter", "source", "confidence", "note")
TAIL = 0.05
"""`low` and `high` of a normal or lognormal are the values that this share lies beyond."""
CUT = 0.001
"""Shares of a normal or lognormal that are cut off on either side: no value is without limit."""
FACTOR = "*"


@dataclass(frozen=True)
class Range:
    """One uncertain input: the path of `--set`, and how its values are distributed.

    `factor`: the values multiply what stands there. A `choice` takes one of `values`, each as
    likely. Rows of one `group` move together: they share their quantile.
    """

    path: str
    distribution: str
    low: float = math.nan
    mode: float = math.nan
    high: float = math.nan
    values: tuple[str, ...] = ()
    factor: bool = False
    group: str = ""
    unit: str = ""
    source: str = ""
    confidence: str = ""

    @property
    def input(self) -> str:
        """What varies on its own: the group, or the path."""
        return self.group or self.path

    def at(self, quantiles: Floats) -> list[str]:
        """The texts after ``path=`` at quantiles in [0, 1]."""
        if self.distribution == "choice":
            count = len(self.values)
            texts = [self.values[min(int(q * count), count - 1)] for q in quantiles.tolist()]
        else:
            texts = [f"{value:.10g}" for value in _AT[self.distribution](self, quantiles).tolist()]
        return [FACTOR * self.factor + words for words in texts]

    def setting(self, words: str) -> str:
        """The text of `--set` with a value from `at`."""
        return f"{self.path}={words}"


def _uniform(one: Range, q: Floats) -> Floats:
    return one.low + (one.high - one.low) * q


def _triangular(one: Range, q: Floats) -> Floats:
    import numpy as np

    width = one.high - one.low
    share = (one.mode - one.low) / width if width else 0.0
    left = one.low + np.sqrt(q * width * (one.mode - one.low))
    right = one.high - np.sqrt((1 - q) * width * (one.high - one.mode))
    found: Floats = np.where(q < share, left, right)
    return found


def _normal(one: Range, q: Floats) -> Floats:
    from scipy.special import ndtri

    scale = (one.high - one.low) / (2 * float(ndtri(1 - TAIL)))
    found: Floats = (one.low + one.high) / 2 + scale * ndtri(CUT + (1 - 2 * CUT) * q)
    return found


def _lognormal(one: Range, q: Floats) -> Floats:
    import numpy as np

    logs = Range(one.path, "normal", low=math.log(one.low), high=math.log(one.high))
    found: Floats = np.exp(_normal(logs, q))
    return found


_AT: dict[str, Callable[[Range, Floats], Floats]] = {
    "uniform": _uniform,
    "triangular": _triangular,
    "normal": _normal,
    "lognormal": _lognormal,
}


def inputs_of(ranges: Sequence[Range]) -> list[str]:
    """What varies on its own, in the order of the table."""
    return list(dict.fromkeys(one.input for one in ranges))


def shipped() -> Path:
    """The table for the national models."""
    return folder("data") / "facts" / "ranges.csv"


def read_ranges(file: str | Path) -> list[Range]:
    """The rows of a table of ranges. Raises InputError with every problem, FileProblem."""
    place = Path(file)
    problems: list[Problem] = []
    table = given_table("ranges", place, "uncertainty.error.file", problems)
    ranges = [] if table is None else _ranges(table, problems)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    return ranges


def _ranges(table: RawTable, problems: list[Problem]) -> list[Range]:
    needed, known = ("path", "distribution"), (*REQUIRED, *OPTIONAL)
    if not head_fits(table, needed, known, problems, named=REQUIRED):
        return []
    if not table.lines:
        problems.append(Place(table.file, 1).problem("range_none"))
    found: list[Range] = []
    for words, at in given_rows(table):
        one = _range(words, at, problems)
        if one is None:
            continue
        if any(one.path == other.path for other in found):
            problems.append(at.problem("range_twice", "path", found=shown(one.path)))
        found.append(one)
    return found


def _range(words: dict[str, str], place: Place, problems: list[Problem]) -> Range | None:
    before = len(problems)
    factor = words["path"].endswith(FACTOR)
    path = normal(words["path"].removesuffix(FACTOR).removesuffix("=").strip())
    if not path:
        problems.append(place.problem("range_path", "path", found=shown(words["path"])))
    kind = words["distribution"]
    if kind not in DISTRIBUTIONS:
        values = {"name": shown(kind), "hint": nearest(kind, DISTRIBUTIONS)}
        known = ", ".join(DISTRIBUTIONS)
        problems.append(place.problem("range_distribution", "distribution", known=known, **values))
        return None
    texts = ("unit", "source", "confidence", "group")
    kept: dict[str, Any] = {name: words.get(name, "") for name in texts}
    numbers = {
        name: _number(words.get(name, ""), name, place, problems)
        for name in ("low", "mode", "high")
    }
    if kind == "choice":
        given = [part.strip() for part in words.get("values", "").split(";") if part.strip()]
        given = given or [words[n] for n in ("low", "mode", "high") if words.get(n)]
        if not given:
            problems.append(place.problem("range_choice", "values"))
        kept["values"] = tuple(given)
    elif len(problems) == before:
        _check_order(kind, numbers, place, problems)
    if len(problems) > before:
        return None
    return Range(path, kind, factor=factor, **kept, **dict[str, Any](numbers))


def _number(words: str, column: str, place: Place, problems: list[Problem]) -> float:
    if not words:
        return math.nan
    try:
        value = float(words)
    except ValueError:
        value = math.inf
    if math.isfinite(value):
        return value
    problems.append(place.problem("not_a_number", column, found=shown(words)))
    return math.nan


def _check_order(
    kind: str, numbers: dict[str, float], place: Place, problems: list[Problem]
) -> None:
    """low < high, the mode between them where there is one, above zero for a lognormal."""
    low, mode, high = numbers["low"], numbers["mode"], numbers["high"]
    shaped = kind == "triangular"
    good = low < high and (low <= mode <= high if shaped else True)
    good = good and (kind != "lognormal" or low > 0)
    if not shaped and not math.isnan(mode) and kind != "uniform":
        good = False
    if not good:
        found = f"low {low:g}, mode {mode:g}, high {high:g}".replace("nan", "–")
        problems.append(place.problem(f"range_{kind}", "low", found=found))
