"""Which arrays are kept as they are, and which are copied or made only when looked at."""

from __future__ import annotations

import numpy as np
from pyomo.environ import ConcreteModel

from layout.algebra import Affine, ArrayConstraint, ArrayObjective, ArrayVar, Index, compile_model
from layout.algebra.arrays import every, kept


def test_only_what_nobody_can_write_is_kept() -> None:
    numbers = np.arange(6, dtype=np.int32)
    assert kept(numbers, np.int32) is not numbers
    view = numbers[2:]
    view.setflags(write=False)
    copied = kept(view, np.int32)
    numbers[2:] = 9
    assert copied.tolist() == [2, 3, 4, 5]
    numbers.setflags(write=False)
    assert kept(numbers, np.int32) is numbers
    assert kept(view, np.int32) is view
    assert kept(numbers, np.float64).dtype == np.float64


def test_all_positions_are_one_array_closed_for_writing() -> None:
    assert every(5) is every(5)
    assert every(5).tolist() == [0, 1, 2, 3, 4]
    assert not every(5).flags.writeable


def test_terms_are_as_they_were_given_whatever_the_caller_writes_later() -> None:
    m = ConcreteModel()
    m.x = ArrayVar(Index(("i",), (["a", "b", "c"],)), upper=7.0)
    rows, coefficients = np.array([0, 0, 1], dtype=np.int32), np.array([1.0, 2.0, 3.0])
    m.row = ArrayConstraint(Index(("r",), (["p", "q"],)), [(m.x, rows, None, coefficients)], 1.0)
    m.cost = ArrayObjective(Affine.of(m.x))
    rows[:], coefficients[:] = 1, 0.0
    dense = compile_model(m).matrix.toarray()
    assert dense.tolist() == [[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]]


def test_a_bound_for_all_becomes_an_array_that_can_be_written() -> None:
    m = ConcreteModel()
    m.x = ArrayVar(Index(("i",), (["a", "b", "c"],)), upper=7.0)
    m.cost = ArrayObjective(Affine.of(m.x))
    assert m.x["b"].ub == 7.0
    assert compile_model(m).column_upper.tolist() == [7.0, 7.0, 7.0]
    m.x.upper[1] = 2.0
    m.x["c"].setub(None)
    assert compile_model(m).column_upper.tolist() == [7.0, 2.0, np.inf]
    assert m.x["b"].ub == 2.0
