"""Mutable Params in coefficients, costs and bounds: what they are when the model is compiled."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from layout.algebra import (
    Affine,
    ArrayConstraint,
    ArrayObjective,
    ArrayVar,
    Index,
    ModelError,
    compile_model,
)
from tests.algebra.models import SITES, YEAR, ZONES, by_name, mixed, optimum, transport
from tests.algebra.test_exports import assert_same, from_lp_file

KEY = ("ZW", "520000", YEAR)


def priced() -> Any:
    """The transport model with Params wherever an array component takes numbers.

    `fee` times opening, `toll` on serving zone 520000, `need` of each zone, `size` of a site,
    `most` open, and `cap` on the number of openings times a `weight` by site.
    """
    m = transport()
    m.del_component(m.cost)
    m.del_component(m.demand)
    m.del_component(m.capacity)
    m.del_component(m.open)
    m.fee = pyo.Param(initialize=10.0, mutable=True)
    m.toll = pyo.Param(initialize=0.0, mutable=True)
    m.fixed = pyo.Param(initialize=0.0, mutable=True)
    m.need = pyo.Param(ZONES, initialize={"110000": 3.0, "520000": 4.0}, mutable=True)
    m.size = pyo.Param(SITES, initialize=5.0, mutable=True)
    m.most = pyo.Param(initialize=1.0, mutable=True)
    m.weight = pyo.Param(SITES, initialize={"GUIAN": 1.0, "ZW": 2.0}, mutable=True)
    m.cap = pyo.Param(initialize=3.0, mutable=True)
    sites = Index(("site",), (SITES,))
    m.open = ArrayVar(sites, upper=m.most, integer=True)
    zones = Index(("zone", "year"), (ZONES, [YEAR, YEAR]))
    needs = [m.need[zone] for zone in ZONES]
    m.demand = ArrayConstraint(zones, [(m.serve, [0, 1, 0, 1], None, 1.0)], needs, needs)
    sizes = [-m.size[site] for site in SITES]
    m.capacity = ArrayConstraint(
        sites, [(m.serve, [0, 0, 1, 1], None, 1.0), (m.open, None, None, sizes)], upper=0.0
    )
    m.share = ArrayConstraint.of(
        Index(("rule",), (["cap", "toll"],)),
        [Affine.of(m.open, coefficients=m.weight) - m.fixed, m.toll * Affine.of(m.serve)],
        upper=[m.cap, 100.0],
    )
    m.cost = ArrayObjective(
        Affine.of(m.serve, None, [1.0, 2.0, 3.0, 4.0])
        + m.fee * Affine.of(m.open)
        + Affine.of(m.serve, [1, 3], m.toll)
        + m.fixed
    )
    return m


def dearer(m: Any) -> None:
    m.fee, m.toll, m.fixed = 12.0, 0.5, 7.0


def larger(m: Any) -> None:
    m.need["110000"] = 5.0
    m.size["ZW"] = 6.0


def looser(m: Any) -> None:
    m.most, m.cap = 2.0, 5.0
    m.weight["ZW"] = 0.5


CHANGES: list[Callable[[Any], None]] = [lambda m: None, dearer, larger, looser]


@pytest.mark.parametrize("change", CHANGES)
def test_lp_file_holds_the_params_of_the_moment(
    change: Callable[[Any], None], tmp_path: Path
) -> None:
    m = priced()
    compile_model(m)
    change(m)
    assert_same(by_name(compile_model(m)), from_lp_file(m, tmp_path))


def test_optima_worked_out_by_hand() -> None:
    # As `transport`: 35. A fee of 12 adds 4, a toll of 0.5 on the 4 units of zone 520000 adds 2.
    m = priced()
    assert optimum(m) == pytest.approx(35.0)
    dearer(m)
    assert optimum(m) == pytest.approx(35.0 + 4 + 2 + 7)


@pytest.mark.parametrize("name", ["appsi_highs", "highs"])
def test_a_persistent_solver_follows_the_params(name: str) -> None:
    m = priced()
    solver = pyo.SolverFactory(name)
    solver.solve(m)
    for change in CHANGES:
        change(m)
        solver.solve(m)
        assert pyo.value(m.cost) == pytest.approx(optimum(m))


def test_nothing_is_born_for_a_param() -> None:
    m = priced()
    compile_model(m)
    assert not m.serve._data
    assert not m.share._data
    assert not m.open._data


def test_expressions_follow_too() -> None:
    m = priced()
    row, cost = m.share["toll"], m.cost.expr
    assert str(m.demand["110000", YEAR].expr).endswith("==  need['110000']")
    m.serve.load(np.ones(4))
    m.open.load(np.zeros(2))
    m.toll = 3.0
    assert pyo.value(row.body) == 12.0
    assert pyo.value(cost) == 1 + 2 + 3 + 4 + 2 * 3
    assert m.cost.affine.value() == pyo.value(cost)
    assert m.share.body_values().tolist() == [0.0, 12.0]
    assert (m.open["ZW"].ub, m.share["cap"].ub) == (1.0, 3.0)


@pytest.mark.parametrize("copy", [lambda m: m.clone(), lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_follows_its_own_params(copy: Any) -> None:
    m = priced()
    before = by_name(compile_model(m))
    n = copy(m)
    dearer(n)
    larger(n)
    looser(n)
    assert by_name(compile_model(m)) == before
    dearer(m)
    larger(m)
    looser(m)
    assert by_name(compile_model(m)) == by_name(compile_model(n))


def test_bounds_of_a_family() -> None:
    m = mixed()
    m.lid = pyo.Param(SITES, initialize={"GUIAN": 1.0, "ZW": 2.0}, mutable=True)
    m.open.upper = m.lid
    m.serve.setub(2 * m.limit)
    m.serve[KEY].setub(9.0)
    m.serve["ZW", "110000", YEAR].setub(m.limit + 1)
    m.lid["ZW"] = 7.0
    m.limit = 4.0
    ours = by_name(compile_model(m)).columns
    assert [ours[f"open[{site}]"][1] for site in SITES] == [1.0, 7.0]
    assert [ours[f"serve[GUIAN,{zone},2025]"][1] for zone in ZONES] == [8.0, 8.0]
    assert ours["serve[ZW,110000,2025]"][1] == 5.0
    assert ours["serve[ZW,520000,2025]"][1] == 9.0
    m.serve.upper[:] = 1.0  # numbers written last replace every expression
    assert {
        one[1] for name, one in by_name(compile_model(m)).columns.items() if "serve" in name
    } == {1.0}


def test_bounds_of_rows_by_array() -> None:
    m = transport()
    m.need = pyo.Param(initialize=4.0, mutable=True)
    m.demand.lower = m.need
    m.demand.upper = [m.need, np.inf]
    row = m.demand["110000", YEAR]
    assert row.equality
    m.need = 4.5
    assert (row.lb, row.ub) == (4.5, 4.5)
    assert by_name(compile_model(m)).rows["demand[520000,2025]"] == (4.5, np.inf)
    m.demand.lower[0] = 2.0
    assert (row.lb, row.ub, row.equality) == (2.0, 4.5, False)


def test_arithmetic() -> None:
    m = transport()
    m.p = pyo.Param(initialize=2.0, mutable=True)
    x = Affine.of(m.open, coefficients=[1.0, m.p])
    both = (m.p * x - m.p) / m.p + (m.p - x) * 3 + x * m.p**2
    m.open.load(np.array([1.0, 10.0]))
    for p in (2.0, 5.0):
        m.p = p
        at = 1 + p * 10
        assert both.value() == pytest.approx((p * at - p) / p + (p - at) * 3 + at * p**2)
    with pytest.raises(TypeError):
        _ = x * m.serve[KEY]
    with pytest.raises(TypeError):
        _ = x + m.serve[KEY]


def test_fixed_at_a_param() -> None:
    m = transport()
    m.p = pyo.Param(initialize=1.0, mutable=True)
    m.open.fix(m.p)
    assert optimum(m) == pytest.approx(35.0)


def without_value(m: Any) -> None:
    m.p = pyo.Param(mutable=True)
    m.row = ArrayConstraint(Index(("zone",), (ZONES,)), [(m.serve, [0, 1], [2, 3], m.p)])


def without_value_in_cost(m: Any) -> None:
    m.p = pyo.Param(mutable=True)
    m.cost.deactivate()
    m.other = ArrayObjective(m.p * Affine.of(m.serve, [3]))


def without_value_in_bound(m: Any) -> None:
    m.p = pyo.Param(mutable=True)
    m.demand.lower = [1.0, m.p]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_value, r"coefficient of serve\[ZW,110000,2025\] in row\[110000\] is nan"),
        (without_value_in_cost, r"coefficient of serve\[ZW,520000,2025\] in other is nan"),
        (without_value_in_bound, r"a bound of demand\[520000,2025\] is nan"),
    ],
)
def test_a_param_without_a_value_is_named(spoil: Any, message: str) -> None:
    m = transport()
    spoil(m)
    with pytest.raises(ModelError, match=message):
        compile_model(m)
    m.p = 1.0
    assert compile_model(m).size["variables"] == 6


def test_variables_are_no_params() -> None:
    m = transport()
    m.z = pyo.Var()
    with pytest.raises(ModelError, match=r"upper of open depends on variables: z"):
        m.open.upper = m.z
    with pytest.raises(ModelError, match="coefficients of serve depends on variables"):
        Affine.of(m.serve, coefficients=[1.0, 2.0, 3.0, m.z])
    m.by_site = pyo.Param(SITES, initialize=1.0, mutable=True)
    with pytest.raises(TypeError, match="give by_site as a list"):
        m.row = ArrayConstraint(Index(("zone",), (ZONES,)), [(m.serve, [0, 1], [2, 3], m.by_site)])
