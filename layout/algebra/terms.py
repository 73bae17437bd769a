"""Checked arrays of positions, coefficients and bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from layout.algebra.arrays import every, kept
from layout.algebra.index import Key
from layout.algebra.parameters import Coefficients, Following, expressions_in, parted

if TYPE_CHECKING:
    from layout.algebra.variable import ArrayVar


class Term(NamedTuple):
    """Coefficients of one variable in some rows: parallel arrays, one entry per nonzero."""

    var: ArrayVar
    rows: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int32]
    coefficients: npt.NDArray[np.float64]


class FollowingTerm(NamedTuple):
    """A term whose coefficients may follow mutable Params."""

    var: ArrayVar
    rows: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int32]
    coefficients: Coefficients


def check_var(var: Any) -> None:
    """Refuse anything that is not an array variable."""
    from layout.algebra.variable import ArrayVar

    if not isinstance(var, ArrayVar):
        raise TypeError(f"expected an ArrayVar; found {type(var).__name__} {var}")


def position_array(positions: npt.ArrayLike | None, size: int, what: str) -> npt.NDArray[np.int32]:
    """Whole numbers from 0 to size - 1, of our own; all of them when None."""
    if positions is None:
        return every(size)
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
    return kept(array, np.int32)


def coefficient_array(
    coefficients: Any,
    shape: tuple[int, ...],
    what: str,
    keys: Callable[[], Sequence[Key]] | None = None,
) -> Coefficients:
    """Coefficients of our own, broadcast to the shape; `keys` read a Param that has an index."""
    given = _coefficients(coefficients, what, keys)
    try:
        return _reshaped(given, shape)
    except ValueError:
        found = given.numbers.shape if isinstance(given, Following) else given.shape
        raise ValueError(f"{what} have shape {found}; expected {shape}") from None


def _reshaped(given: Coefficients, shape: tuple[int, ...]) -> Coefficients:
    if isinstance(given, Following):
        return given.reshaped(shape)
    return np.broadcast_to(given, shape)


def _coefficients(given: Any, what: str, keys: Callable[[], Sequence[Key]] | None) -> Coefficients:
    if isinstance(given, Following):
        return given
    found = expressions_in(given, what, keys)
    if isinstance(found, list):
        numbers, own = parted(found, 1.0)
        return Following(numbers, own=own)
    if found is not None:
        return Following(np.ones(()), found)
    return kept(given, np.float64)


def make_term(
    rows: int,
    var: ArrayVar,
    row: npt.ArrayLike | None,
    positions: npt.ArrayLike | None,
    coefficients: Any,
    name: str,
) -> FollowingTerm:
    """One checked term of a family of `rows` rows called `name`."""
    check_var(var)
    where = position_array(row, rows, f"row numbers of {name}")
    which = position_array(positions, len(var), f"positions of {var.name} in {name}")
    what = f"coefficients of {var.name} in {name}"
    given = _coefficients(coefficients, what, None)
    size = (given.numbers if isinstance(given, Following) else given).shape
    try:
        shape = np.broadcast_shapes(where.shape, which.shape, size)
    except ValueError:
        raise ValueError(
            f"{name}: rows {where.shape}, positions {which.shape} and coefficients "
            f"{size} of {var.name} do not have one common length"
        ) from None
    values = _reshaped(given, shape)
    return FollowingTerm(var, np.broadcast_to(where, shape), np.broadcast_to(which, shape), values)
