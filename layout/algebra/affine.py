"""Linear expressions in array variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyomo.core.expr.numvalue import NumericValue

from layout.algebra.parameters import Coefficients, follows, now, number_of, scaled

if TYPE_CHECKING:
    from layout.algebra.variable import ArrayVar

Number = int | float | np.integer | np.floating


class AffineTerm(NamedTuple):
    """Coefficients at some positions of one variable."""

    var: ArrayVar
    positions: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]


class FollowingTerm(NamedTuple):
    """The same, where coefficients may follow mutable Params."""

    var: ArrayVar
    positions: npt.NDArray[np.int32]
    coefficients: Coefficients

    def now(self) -> AffineTerm:
        """The term as it is now."""
        return AffineTerm(self.var, self.positions, now(self.coefficients))


class Affine:
    """A constant plus coefficients times variables; unchangeable but for the Params in it.

    Terms may repeat a position: coefficients of the same variable add up.  Coefficients, factors
    and constants may be expressions of mutable Params: `terms`, `constant` and `value()` are as
    those are when asked.

    >>> cost = Affine.of(m.serve, coefficients=price) + m.carbon_price * Affine.of(m.emitted) + 5.0
    """

    __slots__ = ("_constant", "_terms")
    __array_ufunc__ = None  # numpy numbers leave the arithmetic to us

    def __init__(self, constant: Any = 0.0, terms: tuple[FollowingTerm, ...] = ()) -> None:
        self._constant = constant if follows(constant, "a constant") else float(constant)
        self._terms = terms

    @classmethod
    def of(
        cls,
        var: ArrayVar,
        positions: npt.ArrayLike | None = None,
        coefficients: Any = 1.0,
    ) -> Affine:
        """Coefficients times the variable at the positions (all of them when not given).

        Coefficients are a number, an array, an expression of Params, a list of those, or a Param
        over the keys of the variable.
        """
        from layout.algebra.terms import check_var, coefficient_array, position_array

        check_var(var)
        where = position_array(positions, len(var), f"positions in {var.name}")
        values = coefficient_array(
            coefficients,
            where.shape,
            f"coefficients of {var.name}",
            lambda: [var.index.key(position) for position in where.tolist()],
        )
        return cls(0.0, (FollowingTerm(var, where, values),))

    @property
    def constant(self) -> float:
        """The part that does not depend on any variable."""
        return number_of(self._constant)

    @property
    def terms(self) -> list[AffineTerm]:
        """The parts (variable, positions, coefficients)."""
        return [term.now() for term in self._terms]

    @property
    def stored(self) -> tuple[Any, tuple[FollowingTerm, ...]]:
        """The constant and the parts with the expressions that they follow."""
        return self._constant, self._terms

    @property
    def is_constant(self) -> bool:
        """Whether no variable has a coefficient other than zero."""
        return not any(np.any(term.coefficients) for term in self.terms)

    def value(self) -> float:
        """The value at the variables' values; nan while a variable has none."""
        total = self.constant
        for var, positions, coefficients in self.terms:
            if len(positions) == 0:
                continue
            if var.values_array is None:
                return float("nan")
            total += float(coefficients @ var.values_array[positions])
        return total

    def __add__(self, other: Any) -> Affine:
        if isinstance(other, Affine):
            return Affine(self._constant + other._constant, self._terms + other._terms)
        if _is_number(other):
            return Affine(self._constant + other, self._terms)
        return NotImplemented

    __radd__ = __add__

    def __mul__(self, factor: Any) -> Affine:
        if not _is_number(factor):
            return NotImplemented
        terms = tuple(
            term._replace(coefficients=scaled(term.coefficients, factor)) for term in self._terms
        )
        return Affine(self._constant * factor, terms)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Affine:
        if not _is_number(divisor):
            return NotImplemented
        return self * (1.0 / divisor)

    def __neg__(self) -> Affine:
        return self * -1.0

    def __sub__(self, other: Any) -> Affine:
        if not (isinstance(other, Affine) or _is_number(other)):
            return NotImplemented
        return self + other * -1.0

    def __rsub__(self, other: Any) -> Affine:
        return -self + other

    def __repr__(self) -> str:
        sizes = "".join(f" + {len(t.positions)} of {t.var.name}" for t in self._terms)
        constant = f"{self._constant:g}" if isinstance(self._constant, float) else self._constant
        return f"Affine({constant}{sizes})"


def _is_number(one: Any) -> bool:
    if isinstance(one, NumericValue):
        return not one.is_potentially_variable()
    return isinstance(one, Number)
