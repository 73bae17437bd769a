"""Linear expressions in array variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from layout.algebra.variable import ArrayVar

Number = int | float | np.integer | np.floating


class AffineTerm(NamedTuple):
    """Coefficients at some positions of one variable."""

    var: ArrayVar
    positions: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]


class Affine:
    """A constant plus coefficients times variables; unchangeable.

    Terms may repeat a position: coefficients of the same variable add up.

    >>> cost = Affine.of(m.serve, coefficients=price) + Affine.of(m.build, [0, 1], 3.0) + 5.0
    """

    __slots__ = ("_constant", "_terms")
    __array_ufunc__ = None  # numpy numbers leave the arithmetic to us

    def __init__(self, constant: float = 0.0, terms: tuple[AffineTerm, ...] = ()) -> None:
        self._constant = float(constant)
        self._terms = terms

    @classmethod
    def of(
        cls,
        var: ArrayVar,
        positions: npt.ArrayLike | None = None,
        coefficients: npt.ArrayLike = 1.0,
    ) -> Affine:
        """Coefficients times the variable at the positions (all of them when not given)."""
        from layout.algebra.terms import check_var, coefficient_array, position_array

        check_var(var)
        where = position_array(positions, len(var), f"positions in {var.name}")
        values = coefficient_array(coefficients, where.shape, f"coefficients of {var.name}")
        return cls(0.0, (AffineTerm(var, where, values),))

    @property
    def constant(self) -> float:
        """The part that does not depend on any variable."""
        return self._constant

    @property
    def terms(self) -> list[AffineTerm]:
        """The parts (variable, positions, coefficients)."""
        return list(self._terms)

    @property
    def is_constant(self) -> bool:
        """Whether no variable has a coefficient other than zero."""
        return not any(np.any(term.coefficients) for term in self._terms)

    def value(self) -> float:
        """The value at the variables' values; nan while a variable has none."""
        total = self._constant
        for var, positions, coefficients in self._terms:
            if len(positions) == 0:
                continue
            if var.values_array is None:
                return float("nan")
            total += float(coefficients @ var.values_array[positions])
        return total

    def __add__(self, other: Affine | Number) -> Affine:
        if isinstance(other, Affine):
            return Affine(self._constant + other._constant, self._terms + other._terms)
        if isinstance(other, Number):
            return Affine(self._constant + float(other), self._terms)
        return NotImplemented

    __radd__ = __add__

    def __mul__(self, factor: Number) -> Affine:
        if not isinstance(factor, Number):
            return NotImplemented
        scaled = tuple(
            term._replace(coefficients=term.coefficients * factor) for term in self._terms
        )
        return Affine(self._constant * float(factor), scaled)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Number) -> Affine:
        if not isinstance(divisor, Number):
            return NotImplemented
        return self * (1.0 / float(divisor))

    def __neg__(self) -> Affine:
        return self * -1.0

    def __sub__(self, other: Affine | Number) -> Affine:
        if not isinstance(other, Affine | Number):
            return NotImplemented
        return self + other * -1.0

    def __rsub__(self, other: Number) -> Affine:
        return -self + other

    def __repr__(self) -> str:
        sizes = "".join(f" + {len(t.positions)} of {t.var.name}" for t in self._terms)
        return f"Affine({self._constant:g}{sizes})"
