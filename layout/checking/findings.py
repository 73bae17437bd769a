"""What a check found: how many conditions were tried, the worst of them, every failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from layout.labels import text

TOLERANCE = 1e-6
ROW = 0.1
"""Least size of a row the solver kept to its own absolute tolerance (EFLOPS, MW, GWh, mcny)."""
EXACT = 1e-3
"""Least size of a number that follows from others by arithmetic alone."""
MOST_SHOWN = 20

Keys = pd.DataFrame | Callable[[], pd.DataFrame] | None
Place = tuple[str, Keys]
"""A file and the keys of its rows, or what makes them when a failure has to name one."""


@dataclass(frozen=True)
class Failure:
    """One condition that does not hold: its code, the file and row, what stands there."""

    code: str
    where: str
    found: str
    expected: str

    def sentence(self, lang: str) -> str:
        """The failure in words: where, what rule, found, expected."""
        return text(
            "verify.sentence",
            lang,
            where=self.where,
            rule=text(f"verify.{self.code}", lang),
            found=self.found,
            expected=self.expected,
        )


@dataclass(frozen=True)
class Verification:
    """Whether a plan passed its independent check.

    `worst_violation` is relative to the size of its row; above 1e-6 a condition fails.
    """

    passed: bool
    checks: int
    worst_violation: float
    failures: tuple[Failure, ...] = ()

    def record(self) -> dict[str, Any]:
        """The ``verification`` entry of ``plan.json``."""
        worst = self.worst_violation if np.isfinite(self.worst_violation) else None
        return {"passed": self.passed, "checks": self.checks, "worst_violation": worst}

    def report(self, lang: str) -> str:
        """The verdict and every failure, a line each."""
        key = "verify.passed" if self.passed else "verify.failed"
        head = text(
            key, lang, checks=self.checks, worst=f"{self.worst_violation:.1e}",
            failures=len(self.failures),
        )  # fmt: skip
        return "\n".join([head, *(failure.sentence(lang) for failure in self.failures)])


class Findings:
    """Collects checks; every method takes a code, a place (file, keys of its rows) and arrays."""

    def __init__(self) -> None:
        self.checks = 0
        self.worst = 0.0
        self.failures: list[Failure] = []

    def equal(
        self,
        code: str,
        place: Place,
        found: ArrayLike,
        expected: ArrayLike,
        *,
        size: ArrayLike | None = None,
        least: float = EXACT,
    ) -> None:
        """found = expected to 1e-6 of `size` (the larger of the two unless given)."""
        left, right = _floats(found, expected)
        scale = np.maximum(np.abs(left), np.abs(right)) if size is None else _like(size, left)
        self._judge(code, place, np.abs(left - right), scale, least, left, numbers("", right))

    def at_most(
        self,
        code: str,
        place: Place,
        found: ArrayLike,
        limit: ArrayLike,
        *,
        size: ArrayLike | None = None,
        least: float = ROW,
    ) -> None:
        """found ≤ limit to 1e-6 of `size`; an infinite limit is no condition."""
        left, right = _floats(found, limit)
        bound = right != np.inf
        kept = part(place, bound)
        left, right = left[bound], right[bound]
        scale = np.maximum(np.abs(left), np.abs(right))
        if size is not None:
            scale = _like(size, bound)[bound]
        excess = np.where(np.isnan(left - right), np.nan, np.maximum(left - right, 0.0))
        self._judge(code, kept, excess, scale, least, left, numbers("≤ ", right))

    def at_least(
        self,
        code: str,
        place: Place,
        found: ArrayLike,
        limit: ArrayLike,
        *,
        size: ArrayLike | None = None,
        least: float = ROW,
    ) -> None:
        """found ≥ limit to 1e-6 of `size`."""
        left, right = _floats(found, limit)
        scale = np.maximum(np.abs(left), np.abs(right)) if size is None else _like(size, left)
        missing = np.where(np.isnan(left - right), np.nan, np.maximum(right - left, 0.0))
        self._judge(code, place, missing, scale, least, left, numbers("≥ ", right))

    def true(
        self,
        code: str,
        place: Place,
        holds: ArrayLike,
        found: Shown = "",
        expected: Shown = "",
    ) -> None:
        """A yes-or-no condition for every row."""
        good = np.atleast_1d(np.asarray(holds, dtype=bool))
        self.checks += len(good)
        bad = np.flatnonzero(~good)
        if len(bad):
            self.worst = np.inf
        for row in bad[:MOST_SHOWN]:
            self._add(code, place, int(row), _at(found, int(row)), _at(expected, int(row)))

    def _judge(
        self,
        code: str,
        place: Place,
        violation: NDArray[np.float64],
        scale: NDArray[np.float64],
        least: float,
        found: NDArray[np.float64],
        expected: Numbers,
    ) -> None:
        """Count the conditions and keep those whose violation exceeds 1e-6 of their size."""
        self.checks += len(violation)
        if len(violation) == 0:
            return
        relative = violation / np.maximum(np.nan_to_num(scale, nan=0.0, posinf=0.0), least)
        relative = np.where(np.isnan(relative), np.inf, relative)
        self.worst = max(self.worst, float(relative.max()))
        for row in np.flatnonzero(relative > TOLERANCE)[:MOST_SHOWN]:
            self._add(code, place, int(row), number(found[row]), expected.at(int(row)))

    def _add(self, code: str, place: Place, row: int, found: str, expected: str) -> None:
        self.failures.append(Failure(code, where(place, row), found, expected))

    def verification(self) -> Verification:
        """The verdict on everything collected."""
        return Verification(not self.failures, self.checks, self.worst, tuple(self.failures))


@dataclass(frozen=True)
class Numbers:
    """Numbers that become words only where a failure has to show one."""

    prefix: str
    values: NDArray[np.float64]

    def at(self, row: int) -> str:
        """One of them, ten significant digits after the prefix."""
        return f"{self.prefix}{number(self.values[row])}"


Shown = Sequence[Any] | NDArray[Any] | str | Numbers
"""What a failure shows of a row: one text for all, one value each, or numbers."""


def numbers(prefix: str, values: NDArray[np.float64]) -> Numbers:
    """Numbers to show, with what stands before each."""
    return Numbers(prefix, values)


def _floats(one: ArrayLike, other: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right = np.broadcast_arrays(
        np.atleast_1d(np.asarray(one, dtype=float)), np.atleast_1d(np.asarray(other, dtype=float))
    )
    return left, right


def _like(size: ArrayLike, shape: NDArray[Any]) -> NDArray[np.float64]:
    return np.array(np.broadcast_to(np.asarray(size, dtype=float), shape.shape))


def _at(values: Shown, row: int) -> str:
    if isinstance(values, Numbers):
        return values.at(row)
    return values if isinstance(values, str) else str(values[row])


def number(value: float) -> str:
    """A number as a report shows it: ten significant digits."""
    return f"{value:.10g}"


def part(place: Place, chosen: Any) -> Place:
    """Some rows of a place, by a mask."""
    return place if place[1] is None else (place[0], lambda: _named(place)[chosen])


def _named(place: Place) -> Any:
    """The keys of a place's rows."""
    return place[1]() if callable(place[1]) else place[1]


def where(place: Place, row: int) -> str:
    """A place in words: ``units.csv[unit=A, kind=general]``."""
    file, keys = place[0], _named(place)
    if keys is None:
        return file
    values = keys.iloc[row]
    inside = ", ".join(f"{name}={values[name]}" for name in keys.columns)
    return f"{file}[{inside}]"
