"""Putting a matrix together, held against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array

from layout.algebra.sparse import Part, assemble, join, stable_order, tidy

ENTRIES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 7), st.sampled_from([-2.0, 0.0, 0.5, 2.0]))
)


def part(entries: list[tuple[int, int, float]]) -> Part:
    rows, columns, numbers = (
        (list(one) for one in zip(*entries, strict=True)) if entries else [[]] * 3
    )
    return Part(np.array(rows, np.int32), np.array(columns, np.int32), np.array(numbers, float))


@given(ENTRIES, ENTRIES)
def test_same_as_scipy(
    first: list[tuple[int, int, float]], second: list[tuple[int, int, float]]
) -> None:
    below = [(row + 6, column, number) for row, column, number in second]
    whole = join([part(first), part(below)])
    expected = coo_array((whole.coefficients, (whole.rows, whole.columns)), shape=(12, 8)).tocsc()
    expected.eliminate_zeros()
    matrix = assemble([tidy(part(first)), tidy(part(below))], 12, 8)
    assert np.array_equal(matrix.csc().toarray(), expected.toarray())
    assert len(matrix.coefficients) == expected.nnz


@given(ENTRIES, st.integers(0, 4), st.integers(0, 5))
def test_parts_that_start_elsewhere(
    entries: list[tuple[int, int, float]], row: int, column: int
) -> None:
    moved = tidy(part(entries))._replace(first_row=row, first_column=column)
    parts = [moved]
    matrix = assemble(parts, 12, 16).csc().toarray()
    expected = np.zeros((12, 16))
    expected[row : row + 6, column : column + 8] = (
        assemble([tidy(part(entries))], 6, 8).csc().toarray()
    )
    assert np.array_equal(matrix, expected)
    assert not parts  # each part was given up, so that the peak of memory is one matrix


@pytest.mark.parametrize("largest", [10, 70_000, 2**31 - 1])
def test_stable_order(largest: int) -> None:
    numbers = np.random.default_rng(1).integers(0, largest, 5000, dtype=np.int32)
    order = stable_order(numbers)
    assert order is not None
    assert np.array_equal(order, np.argsort(numbers, kind="stable"))
    assert stable_order(np.sort(numbers)) is None
