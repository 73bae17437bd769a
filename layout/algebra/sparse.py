"""A sparse matrix stored by column, put together from parts without scipy.

Importing scipy next to Pyomo costs about a second (Pyomo then loads scipy.stats), and putting
the parts together needs no more than counting: most parts come sorted by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from layout.algebra.errors import ModelError

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
_LARGEST = 2**31 - 1


class Part(NamedTuple):
    """Entries of a matrix: parallel arrays of row, column and coefficient.

    Rows and columns count from `first_row` and `first_column`, so that the arrays of a family
    can be taken as they are.
    """

    rows: Ints
    columns: Ints
    coefficients: Floats
    first_row: int = 0
    first_column: int = 0

    def take(self, which: Any) -> Part:
        """Some of the entries."""
        return self._replace(
            rows=self.rows[which],
            columns=self.columns[which],
            coefficients=self.coefficients[which],
        )


@dataclass(frozen=True, eq=False)
class ColumnMatrix:
    """Column j has the rows and coefficients from starts[j] to starts[j + 1]."""

    starts: Ints
    rows: Ints
    coefficients: Floats
    height: int

    def csc(self) -> Any:
        """The same as a scipy array."""
        from scipy.sparse import csc_array

        shape = (self.height, len(self.starts) - 1)
        return csc_array((self.coefficients, self.rows, self.starts), shape=shape)


def join(parts: Sequence[Part]) -> Part:
    """Parts that count from the same row and column put end to end."""
    rows, columns, coefficients = (
        np.concatenate(arrays) for arrays in zip(*(part[:3] for part in parts), strict=True)
    )
    return parts[0]._replace(rows=rows, columns=columns, coefficients=coefficients)


def tidy(part: Part) -> Part:
    """The part with entries of the same place added up and zeros left out."""
    if not (increases(part.columns) or increases(part.rows)):
        part = _added_up(part)
    nonzero = part.coefficients != 0
    return part if bool(nonzero.all()) else part.take(nonzero)


def assemble(parts: list[Part], height: int, width: int) -> ColumnMatrix:
    """The matrix of tidy parts that share no place; takes the parts out of the list.

    Each part is given up once it stands in the matrix: both at once would be the peak of memory.
    """
    for number, part in enumerate(parts):
        parts[number] = _by_column(part)
    parts[:] = [part for part in parts if len(part.rows)]
    starts = np.zeros(width + 1, dtype=np.int32)
    for part in parts:
        span = _span(part)
        starts[1:][span] += _counts(part, span)
    total = int(starts.sum(dtype=np.int64))
    if total > _LARGEST:
        raise ModelError(f"{total} nonzeros; HiGHS takes {_LARGEST} at most")
    np.cumsum(starts, out=starts)
    rows = np.empty(total, dtype=np.int32)
    coefficients = np.empty(total, dtype=np.float64)
    free = starts[:-1].copy()
    parts.reverse()
    while parts:
        part = parts.pop()
        span = _span(part)
        count = _counts(part, span)
        where = _places(part, free[span], count)
        rows[where] = part.rows + np.int32(part.first_row) if part.first_row else part.rows
        coefficients[where] = part.coefficients
        free[span] += count
    return ColumnMatrix(starts, rows, coefficients, height)


def stable_order(numbers: Ints) -> npt.NDArray[np.int64] | None:
    """The order that sorts whole numbers, equal ones as they stand; None if they are sorted.

    Two passes over 16 bits each: numpy sorts those by counting.
    """
    if bool(np.all(numbers[1:] >= numbers[:-1])):
        return None
    distance = (numbers - numbers.min()).astype(np.uint32)
    order = np.argsort(distance.astype(np.uint16), kind="stable")
    high = (distance >> np.uint32(16)).astype(np.uint16)
    return order if not high.any() else order[np.argsort(high[order], kind="stable")]


def increases(numbers: Ints) -> bool:
    """Whether each number is above the one before."""
    return bool(np.all(numbers[1:] > numbers[:-1]))


def _by_column(part: Part) -> Part:
    order = stable_order(part.columns)
    return part if order is None else part.take(order)


def _span(part: Part) -> slice:
    """The columns from the first to the last that a sorted part has entries in."""
    first, last = int(part.columns[0]), int(part.columns[-1])
    return slice(part.first_column + first, part.first_column + last + 1)


def _counts(part: Part, span: slice) -> Any:
    """Entries per column of the span; the number 1 when every column has just one."""
    if span.stop - span.start == len(part.columns) and increases(part.columns):
        return 1
    counts = np.bincount(part.columns - part.columns[0], minlength=span.stop - span.start)
    return counts.astype(np.int32)


def _places(part: Part, free: Ints, counts: Any) -> Any:
    """Where the entries of a part go, given the first free place of each of its columns."""
    if isinstance(counts, int):
        return free
    shift = free - (np.cumsum(counts, dtype=np.int32) - counts)
    places = shift[part.columns - part.columns[0]]
    places += np.arange(len(places), dtype=np.int32)
    return places


def _added_up(part: Part) -> Part:
    height = int(part.rows.max()) + 1
    keys = part.columns.astype(np.int64) * height + part.rows
    ordered = np.sort(keys)
    if not bool(np.any(ordered[1:] == ordered[:-1])):
        return part
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    columns, rows = np.divmod(keys[firsts], height)
    sums = np.add.reduceat(part.coefficients[order], firsts)
    return part._replace(
        rows=rows.astype(np.int32), columns=columns.astype(np.int32), coefficients=sums
    )
