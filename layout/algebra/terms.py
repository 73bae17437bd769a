"""Checked arrays of positions, coefficients and bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from layout.algebra.errors import ModelError

if TYPE_CHECKING:
    from layout.algebra.variable import ArrayVar


class Term(NamedTuple):
    """Coefficients of one variable in some rows: parallel arrays, one entry per nonzero."""

    var: ArrayVar
    rows: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]


def check_var(var: Any) -> None:
    """Refuse anything that is not an array variable."""
    from layout.algebra.variable import ArrayVar

    if not isinstance(var, ArrayVar):
        raise TypeError(f"expected an ArrayVar; found {type(var).__name__} {var}")


def position_array(positions: npt.ArrayLike | None, size: int, what: str) -> npt.NDArray[np.int32]:
    """Whole numbers from 0 to size - 1, of our own; all of them when None."""
    if positions is None:
        return np.arange(size, dtype=np.int32)
    array = np.atleast_1d(np.asarray(positions))
    if array.size == 0:
        return np.zeros(array.shape, dtype=np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what} must be whole numbers; found {array.dtype}")
    if array.ndim > 1:
        raise ValueError(f"{what} must be a list; found shape {array.shape}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= size:
        wrong = low if low < 0 else high
        raise IndexError(f"{what} must be from 0 to {size - 1}; found {wrong}")
    return array.astype(np.int32)


def coefficient_array(
    coefficients: npt.ArrayLike, shape: tuple[int, ...], what: str
) -> npt.NDArray[np.float64]:
    """Numbers of our own, broadcast to the shape."""
    array = np.array(coefficients, dtype=np.float64)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"{what} have shape {array.shape}; expected {shape}") from None


def make_term(
    rows: int,
    var: ArrayVar,
    row: npt.ArrayLike | None,
    positions: npt.ArrayLike | None,
    coefficients: npt.ArrayLike,
    name: str,
) -> Term:
    """One checked term of a family of `rows` rows called `name`."""
    check_var(var)
    where = position_array(row, rows, f"row numbers of {name}")
    which = position_array(positions, len(var), f"positions of {var.name} in {name}")
    try:
        shape = np.broadcast_shapes(where.shape, which.shape, np.shape(coefficients))
    except ValueError:
        raise ValueError(
            f"{name}: rows {where.shape}, positions {which.shape} and coefficients "
            f"{np.shape(coefficients)} of {var.name} do not have one common length"
        ) from None
    values = coefficient_array(coefficients, shape, f"coefficients of {var.name} in {name}")
    return Term(var, np.broadcast_to(where, shape), np.broadcast_to(which, shape), values)


def bound_array(bound: npt.ArrayLike, size: int, what: str) -> npt.NDArray[np.float64]:
    """A writable array of bounds of our own, broadcast to the size of the index."""
    array = np.asarray(bound, dtype=np.float64)
    try:
        return np.broadcast_to(array, (size,)).copy()
    except ValueError:
        raise ModelError(f"{what} has shape {array.shape}; the index has {size} keys") from None
