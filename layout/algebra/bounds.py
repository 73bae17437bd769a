"""The lower or the upper bounds of a family."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.core.expr.numvalue import native_numeric_types

from layout.algebra.errors import ModelError
from layout.algebra.index import Index
from layout.algebra.parameters import expressions_in, number_of, parted

Floats = npt.NDArray[np.float64]


class Bounds:
    """One bound per key: an array of numbers, and expressions of Params where those are nan.

    `infinite` is what stands for no bound. A bound is, whatever was written last, the number in
    the array; where that is nan, the expression of the position, or else the common one. While
    the bounds are one number, the array is made only when somebody looks at it.
    """

    __slots__ = ("_numbers", "_same", "_size", "common", "infinite", "own")

    def __init__(self, index: Index, given: Any, infinite: float, what: str) -> None:
        self.infinite = infinite
        self.common: Any = None
        self.own: dict[int, Any] = {}
        self._size = len(index)
        self._same = np.nan
        self._numbers: Floats | None = None
        found = expressions_in(given, what, index.keys)
        if isinstance(found, list):
            _check_size((len(found),), len(index), what)
            self._numbers, self.own = parted(found, np.nan)
        elif found is not None:
            self.common = found
        else:
            array = np.asarray(given, dtype=np.float64)
            if array.shape in ((), (1,)):
                self._same = float(array.item())
            else:
                _check_size(array.shape, len(index), what)
                self._numbers = array.copy()

    @property
    def numbers(self) -> Floats:
        """The array of numbers; may be written in place."""
        if self._numbers is None:
            self._numbers = np.full(self._size, self._same)
        return self._numbers

    @property
    def follows(self) -> bool:
        """Whether there are expressions."""
        return self.common is not None or bool(self.own)

    def at(self, position: int) -> Any:
        """The bound as it was given, a number or an expression; nan when it is nothing."""
        number = self._same if self._numbers is None else float(self._numbers[position])
        if number == number:
            return number
        own = self.own.get(position, self.common)
        return number if own is None else own

    def set(self, position: int, bound: Any) -> None:
        """Take a number, an expression, or None for no bound."""
        self.own.pop(position, None)
        if bound is None:
            self.numbers[position] = self.infinite
        elif bound.__class__ in native_numeric_types:
            self.numbers[position] = bound
        else:
            self.numbers[position] = np.nan
            self.own[position] = bound

    def now(self) -> Floats:
        """The bounds as they are now, an array of its own."""
        if self._numbers is None:
            result = np.full(self._size, self._same)
        else:
            result = self._numbers.copy()
        if not self.follows:
            return result
        given = {place: one for place, one in self.own.items() if np.isnan(result[place])}
        if self.common is not None:
            result[np.isnan(result)] = number_of(self.common)
        for place, expression in given.items():
            result[place] = number_of(expression)
        return result


def _check_size(shape: tuple[int, ...], size: int, what: str) -> None:
    if shape != (size,):
        raise ModelError(f"{what} has shape {shape}; the index has {size} keys")
