"""Vectors of linear expressions over variables: the bricks of rows, targets and costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layout.algebra import Affine, Index
from layout.formulation.parts import Part, Rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Linear:
    """`count` linear expressions; term lists are arrays (variable, row, position, coefficient)."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self.constants: Floats = np.zeros(count)
        self.terms: list[tuple[Part, Ints, Ints, Floats]] = []

    def add(
        self, var: Part, rows: ArrayLike, positions: ArrayLike, coefficients: ArrayLike = 1.0
    ) -> Linear:
        """Add coefficient·var[position] to each row; rows of −1 and zeros are left out."""
        row, position, coefficient = np.broadcast_arrays(rows, positions, coefficients)
        keep = (row >= 0) & (coefficient != 0)
        if keep.any():
            self.terms.append(
                (
                    var,
                    row[keep].astype(np.int64),
                    position[keep].astype(np.int64),
                    coefficient[keep].astype(float),
                )
            )
        return self

    def constant(self, rows: ArrayLike, values: ArrayLike) -> Linear:
        """Add a number to each row; rows of −1 are left out."""
        row, value = np.broadcast_arrays(rows, values)
        keep = row >= 0
        np.add.at(self.constants, row[keep], value[keep])
        return self

    def plus(self, other: Linear, factor: float = 1.0) -> Linear:
        """self + factor·other, a new vector."""
        result = Linear(self.count)
        result.constants = self.constants + factor * other.constants
        result.terms = list(self.terms)
        result.terms += [(var, row, at, factor * by) for var, row, at, by in other.terms]
        return result

    def times(self, factor: float) -> Linear:
        """factor·self, a new vector."""
        return Linear(self.count).plus(self, factor)

    def total(self) -> Linear:
        """The sum of all rows."""
        result = Linear(1)
        result.constants = np.array([self.constants.sum()])
        result.terms = [(var, np.zeros_like(row), at, by) for var, row, at, by in self.terms]
        return result

    def select(self, rows: NDArray[np.bool_]) -> Linear:
        """The sum of some rows."""
        result = Linear(1)
        result.constants = np.array([self.constants[rows].sum()])
        for var, row, at, by in self.terms:
            keep = rows[row]
            result.add(var, np.zeros(int(keep.sum()), dtype=np.int64), at[keep], by[keep])
        return result

    def values(self) -> Floats:
        """The rows' values at the solution that the variables hold."""
        result = self.constants.copy()
        for var, row, at, by in self.terms:
            np.add.at(result, row, by * level(var)[at])
        return result

    def value(self) -> float:
        """The sum of the rows' values."""
        return float(self.values().sum())

    def affine(self) -> Affine:
        """The sum of the rows as one expression of the algebra."""
        result = Affine(constant=float(self.constants.sum()))
        for var, _, at, by in self.terms:
            result = result + Affine.of(var.owner, at + var.offset, by)
        return result

    def rows(
        self, index: Index, *, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf, doc: str
    ) -> Rows:
        """lower ≤ expression ≤ upper as the rows of a family."""
        low, high = (np.broadcast_to(np.asarray(b, float), self.count) for b in (lower, upper))
        return Rows(self, index, low, high, doc)


def dense(shape: tuple[int, ...], value: Any = -1) -> Ints:
    """An array of row numbers, −1 where there is no row."""
    return np.full(shape, value, dtype=np.int64)


def level(var: Part) -> Floats:
    """The values of a variable at the solution. Raises ValueError before there is one."""
    if var.values_array is None:
        raise ValueError(f"{var.name} has no values: solve first")
    return var.values_array
