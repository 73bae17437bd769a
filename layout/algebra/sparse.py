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

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Part(NamedTuple):
    """Entries of a matrix: parallel arrays of row, column and coefficient."""

    rows: Ints
    columns: Ints
    coefficients: Floats

    def take(self, which: Any) -> Part:
        """Some of the entries."""
        return Part(self.rows[which], self.columns[which], self.coefficients[which])


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
    """Parts put end to end."""
    return Part(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def tidy(part: Part) -> Part:
    """The part with entries of the same place added up and zeros left out."""
    if not (_increases(part.columns) or _increases(part.rows)):
        part = _added_up(part)
    nonzero = part.coefficients != 0
    return part if bool(nonzero.all()) else part.take(nonzero)


def assemble(parts: Sequence[Part], height: int, width: int) -> ColumnMatrix:
    """The matrix of tidy parts that share no place."""
    ordered = [_by_column(part) for part in parts if len(part.rows)]
    spans = [slice(int(part.columns[0]), int(part.columns[-1]) + 1) for part in ordered]
    counts = [_counts(part, span) for part, span in zip(ordered, spans, strict=True)]
    starts = np.zeros(width + 1, dtype=np.int64)
    for span, count in zip(spans, counts, strict=True):
        starts[1:][span] += count
    np.cumsum(starts, out=starts)
    rows = np.empty(starts[-1], dtype=np.int32)
    coefficients = np.empty(starts[-1], dtype=np.float64)
    free = starts[:-1].copy()
    for part, span, count in zip(ordered, spans, counts, strict=True):
        where = _places(part, free[span], count, span.start)
        rows[where] = part.rows
        coefficients[where] = part.coefficients
        free[span] += count
    return ColumnMatrix(starts.astype(np.int32), rows, coefficients, height)


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


def _increases(numbers: Ints) -> bool:
    return bool(np.all(numbers[1:] > numbers[:-1]))


def _by_column(part: Part) -> Part:
    order = stable_order(part.columns)
    return part if order is None else part.take(order)


def _counts(part: Part, span: slice) -> Any:
    """Entries per column of the span; the number 1 when every column has just one."""
    if span.stop - span.start == len(part.columns) and _increases(part.columns):
        return 1
    return np.bincount(part.columns - np.int32(span.start), minlength=span.stop - span.start)


def _places(part: Part, free: Longs, counts: Any, first: int) -> Any:
    """Where the entries of a part go, given the first free place of each of its columns."""
    if isinstance(counts, int):
        return free
    shift = free - (np.cumsum(counts) - counts)
    return np.arange(len(part.rows)) + shift[part.columns - np.int32(first)]


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
    return Part(rows.astype(np.int32), columns.astype(np.int32), sums)
