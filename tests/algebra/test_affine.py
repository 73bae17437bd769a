"""Arithmetic of linear expressions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from layout.algebra import Affine, ArrayVar, Index


@pytest.fixture
def m() -> Any:
    model = pyo.ConcreteModel()
    model.x = ArrayVar(Index(("site",), (["a", "b", "c"],)))
    model.x.load(np.array([1.0, 2.0, 4.0]))
    return model


def test_value(m: Any) -> None:
    assert Affine(2.5).value() == 2.5
    assert Affine.of(m.x).value() == 7.0
    assert Affine.of(m.x, 2).value() == 4.0
    assert Affine.of(m.x, [0, 0, 1], [1.0, 2.0, 3.0]).value() == 9.0


def test_arithmetic(m: Any) -> None:
    x, y = Affine.of(m.x, [0, 1]), Affine.of(m.x, [2], 10.0)
    assert (x + y).value() == 43.0
    assert (x - y).value() == -37.0
    assert (5 - x).value() == 2.0
    assert (-x + 1).value() == -2.0
    assert (np.float64(2) * x + np.int64(1)).value() == 7.0
    assert (y / 4).value() == 10.0
    assert sum([x, y, 1.0], Affine()).value() == 44.0
    assert (x * 3 + 2).constant == 2.0
    assert [len(term.positions) for term in (x + y).terms] == [2, 1]


def test_is_constant(m: Any) -> None:
    assert Affine(3.0).is_constant
    assert (Affine.of(m.x) * 0).is_constant
    assert not Affine.of(m.x).is_constant


def test_value_without_values_is_nan() -> None:
    model = pyo.ConcreteModel()
    model.x = ArrayVar(Index(("site",), (["a"],)))
    assert math.isnan(Affine.of(model.x).value())
    assert Affine.of(model.x, []).value() == 0.0


def test_refused(m: Any) -> None:
    with pytest.raises(IndexError, match="positions in x must be from 0 to 2; found 3"):
        Affine.of(m.x, [1, 3])
    with pytest.raises(TypeError, match="whole numbers"):
        Affine.of(m.x, [0.5])
    with pytest.raises(ValueError, match=r"shape \(2,\); expected \(3,\)"):
        Affine.of(m.x, None, [1.0, 2.0])
    with pytest.raises(TypeError, match="expected an ArrayVar"):
        Affine.of(3.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Affine.of(m.x) * Affine.of(m.x)
    with pytest.raises(TypeError):
        Affine.of(m.x) + "a"


def test_terms_are_copies(m: Any) -> None:
    coefficients = np.array([1.0, 1.0, 1.0])
    affine = Affine.of(m.x, None, coefficients)
    coefficients[:] = 100.0
    assert affine.value() == 7.0
