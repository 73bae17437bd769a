"""Numbers that may follow mutable Params; what they are now is asked when a model is compiled.

An expression here is one of Pyomo without variables: a mutable Param or arithmetic with some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.core.base.indexed_component import IndexedComponent
from pyomo.core.expr.numvalue import NumericValue, value

from layout.algebra.errors import ModelError
from layout.algebra.index import Key

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Following:
    """Coefficients ``numbers[i] * common * own[i]``; `common` and `own` are expressions or 1."""

    numbers: Floats
    common: Any = 1.0
    own: Mapping[int, Any] = field(default_factory=dict)

    def now(self) -> Floats:
        """The coefficients as they are now; nan where a Param has no value."""
        result = self.numbers * number_of(self.common)
        for place, expression in self.own.items():
            result[place] *= number_of(expression)
        return result

    def at(self, place: int) -> Any:
        """One coefficient as an expression."""
        return self.common * self.own.get(place, 1.0) * float(self.numbers[place])

    def times(self, factor: Any) -> Following:
        """The same times a number or an expression."""
        if isinstance(factor, NumericValue):
            return Following(self.numbers, self.common * factor, self.own)
        return Following(self.numbers * factor, self.common, self.own)

    def reshaped(self, shape: tuple[int, ...]) -> Following:
        """The same for this many entries; one entry may become many."""
        if self.numbers.shape == shape:
            return self
        numbers = np.broadcast_to(self.numbers, shape)
        if not self.own:
            return Following(numbers, self.common)
        return Following(numbers, self.common * self.own[0])


Coefficients = Floats | Following


def now(coefficients: Coefficients) -> Floats:
    """Coefficients as they are now."""
    return coefficients.now() if isinstance(coefficients, Following) else coefficients


def numbers(coefficients: Coefficients) -> Floats:
    """The numbers in coefficients, without what they follow."""
    return coefficients.numbers if isinstance(coefficients, Following) else coefficients


def expression_at(coefficients: Coefficients, places: Any) -> list[Any]:
    """The coefficients at some places (a slice or positions), each a number or an expression."""
    if not isinstance(coefficients, Following):
        listed: list[Any] = coefficients[places].tolist()
        return listed
    if isinstance(places, slice):
        places = np.arange(*places.indices(len(coefficients.numbers)))
    return [coefficients.at(place) for place in places.tolist()]


def scaled(coefficients: Coefficients, factor: Any) -> Coefficients:
    """Coefficients times a number or an expression."""
    if isinstance(coefficients, Following):
        return coefficients.times(factor)
    if isinstance(factor, NumericValue):
        return Following(coefficients, common=factor)
    return coefficients * factor


def follows(number: Any, what: str) -> bool:
    """Whether this is an expression; ModelError if it has variables in it."""
    if not isinstance(number, NumericValue):
        return False
    if number.is_potentially_variable():
        raise ModelError(f"{what} depends on variables: {number}")
    return True


def number_of(expression: Any) -> float:
    """The number that an expression is now; nan when a Param in it has no value."""
    found = value(expression, exception=False)
    return float("nan") if found is None else float(found)


def expressions_in(
    given: Any, what: str, keys: Callable[[], Sequence[Key]] | None = None
) -> list[Any] | Any | None:
    """What there is of expressions in numbers that a user gives, None if there is nothing.

    A list of numbers and expressions for a list, or for a Param over an index when `keys` are
    given to read it by; the expression itself for a single one.
    """
    if isinstance(given, np.ndarray) and given.dtype.kind != "O":
        return None
    if isinstance(given, IndexedComponent) and given.is_indexed():
        if keys is None:
            raise TypeError(f"{what}: give {given.name} as a list, one entry per coefficient")
        given = [given[key] for key in keys()]
    if isinstance(given, NumericValue):
        return given if follows(given, what) else None
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if not isinstance(given, list | tuple) or not any(follows(one, what) for one in given):
        return None
    return list(given)


def parted(mixed: Sequence[Any], other: float) -> tuple[Floats, dict[int, Any]]:
    """Numbers and expressions apart: an array with `other` where an expression stands."""
    own = {place: one for place, one in enumerate(mixed) if isinstance(one, NumericValue)}
    numbers = [other if place in own else float(one) for place, one in enumerate(mixed)]
    return np.array(numbers, dtype=np.float64), own
