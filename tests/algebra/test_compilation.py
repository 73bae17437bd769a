"""Compiling, handing over, loading back, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import highspy
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
from tests.algebra.models import (
    SITES,
    YEAR,
    ZONES,
    compile_and_pass,
    highs,
    mixed,
    optimum,
    solve,
    transport,
)

KEY = ("ZW", "520000", YEAR)


def test_optimum_worked_out_by_hand() -> None:
    m = transport()
    solve(m)
    assert optimum(m) == pytest.approx(35.0)
    assert pyo.value(m.cost) == pytest.approx(35.0)
    assert m.serve.values_array is not None
    assert m.serve.values_array.sum() == pytest.approx(7.0)
    assert m.cost.affine.value() == pytest.approx(35.0)


def test_size_names_and_range() -> None:
    m = transport()
    compiled = compile_model(m)
    assert compiled.size == {"variables": 6, "integers": 2, "constraints": 4, "nonzeros": 10}
    assert compiled.column_names() == [
        *(f"serve[{site},{zone},{YEAR}]" for site in SITES for zone in ZONES),
        *(f"open[{site}]" for site in SITES),
    ]
    assert compiled.row_names()[1:] == ["demand[520000,2025]", "capacity[GUIAN]", "capacity[ZW]"]
    assert compiled.range == {
        "matrix": (1.0, 5.0),
        "cost": (1.0, 10.0),
        "bounds": (1.0, 10.0),
        "rows": (3.0, 4.0),
    }
    assert compiled.columns_of(m.open).tolist() == [4, 5]
    assert compiled.rows_of(m.capacity).tolist() == [2, 3]
    with pytest.raises(KeyError, match="demand has no columns"):
        compiled.columns_of(m.demand)


def test_compiling_is_repeatable() -> None:
    first, second = compile_model(mixed()), compile_model(mixed())
    assert first.column_names() == second.column_names()
    assert first.row_names() == second.row_names()
    for name in ("starts", "rows", "coefficients"):
        assert np.array_equal(getattr(first.entries, name), getattr(second.entries, name))


def test_entries_of_the_same_place_add_up() -> None:
    m = transport()
    rows = Index(("row",), (["only"],))
    m.sums = ArrayConstraint(
        rows,
        [(m.serve, 0, [0, 1, 0], [1.0, 2.0, 3.0]), (m.serve, 0, [1, 2], [-2.0, 0.0])],
        upper=1.0,
    )
    m.other = ArrayObjective(Affine.of(m.serve, [0, 0]) + Affine.of(m.serve, [0], 2.0))
    m.cost.deactivate()
    compiled = compile_model(m)
    row = compiled.matrix.toarray()[compiled.rows_of(m.sums)[0]]
    assert row.tolist() == [4.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert compiled.size["nonzeros"] == 11
    assert compiled.cost[0] == 4.0


def test_an_infeasible_empty_row_is_infeasible() -> None:
    m = transport()
    m.never = ArrayConstraint(Index(("row",), (["only"],)), [], lower=1.0)
    compiled, solver = compile_and_pass(m)
    assert compiled.row_names()[-1] == "never[only]"
    assert solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    n = transport()
    n.never = pyo.Constraint(expr=pyo.Constraint.Infeasible)
    assert compile_and_pass(n)[1].getModelStatus() == highspy.HighsModelStatus.kInfeasible


def test_empty_rows_that_hold_do_not_matter() -> None:
    m = transport()
    m.always = ArrayConstraint(Index(("row",), (["only"],)), [], upper=1.0)
    m.trivial = pyo.Constraint(expr=pyo.Constraint.Feasible)
    m.none = ArrayConstraint(Index(("row",), ([],)), [])
    m.nobody = ArrayVar(Index(("site",), ([],)))
    assert optimum(m) == pytest.approx(35.0)


def test_numpy_numbers_in_ordinary_rules() -> None:
    m = transport()
    m.rule = pyo.Constraint(expr=np.float32(2) * m.serve[KEY] + np.int64(4) <= np.float64(5))
    m.cost.expr = -2 * (m.open["ZW"] + 1)
    compiled = compile_model(m)
    assert compiled.row_upper[-1] == 1.0
    assert compiled.matrix.toarray()[-1].tolist() == [0.0, 0.0, 0.0, 2.0, 0.0, 0.0]
    assert compiled.cost.tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, -2.0]
    assert compiled.offset == -2.0


def test_a_model_without_rows() -> None:
    m = pyo.ConcreteModel()
    m.x = ArrayVar(Index(("site",), (SITES,)), lower=[1.0, 2.0])
    m.cost = ArrayObjective(Affine.of(m.x) + 0.5)
    assert optimum(m) == 3.5


def test_duals_and_reduced_costs_by_name() -> None:
    # Both sites open: a unit of demand is worth what ZW charges for it, 3 and 4; capacity of
    # GUIAN is worth the 2 that it saves.
    m = transport()
    m.open.fix(1.0)
    m.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    m.rc = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    early = m.demand["110000", YEAR]
    m.rule = pyo.Constraint(expr=m.serve[KEY] <= 100)
    solve(m)
    assert m.demand.duals_array.tolist() == pytest.approx([3.0, 4.0])
    assert m.capacity.duals_array.tolist() == pytest.approx([-2.0, 0.0])
    assert m.dual[early] == pytest.approx(3.0)
    assert m.dual[m.demand["520000", YEAR]] == pytest.approx(4.0)  # born after the solve
    assert m.dual[m.capacity["GUIAN"]] == pytest.approx(-2.0)
    assert m.dual[m.rule] == 0.0
    assert m.rc[m.open["GUIAN"]] == pytest.approx(m.open.reduced_costs_array[0])
    assert m.rc[m.serve[KEY]] == 0.0


def test_rows_left_out_have_no_dual() -> None:
    m = transport()
    m.open.fix(1.0)
    m.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    m.demand["110000", YEAR].deactivate()
    solve(m)
    assert np.isnan(m.demand.duals_array[0])
    assert m.demand.duals_array[1] == pytest.approx(2.0)
    assert m.demand["110000", YEAR] not in m.dual
    assert m.dual[m.demand["520000", YEAR]] == pytest.approx(2.0)


def test_values_of_ordinary_variables_are_loaded() -> None:
    m = mixed()
    early = m.serve[KEY]
    compiled, solver = solve(m)
    assert pyo.value(m.total) == pytest.approx(solver.getInfo().objective_function_value)
    assert not early.stale
    assert not m.serve["GUIAN", "110000", YEAR].stale
    assert not m.count.stale
    values = compiled.matrix @ np.array(solver.getSolution().col_value)
    assert m.part.sums.body_values() == pytest.approx(values[compiled.rows_of(m.part.sums)])


def test_wrong_lengths_are_refused() -> None:
    compiled = compile_model(transport())
    with pytest.raises(ValueError, match=r"expected 6 values; found shape \(5,\)"):
        compiled.load_values(np.zeros(5))
    with pytest.raises(ValueError, match="expected 4 duals"):
        compiled.load_duals(np.zeros(6))


def nan_coefficient(m: Any) -> None:
    m.bad = ArrayConstraint(Index(("zone",), (ZONES,)), [(m.serve, [0, 1], [2, 3], [1, np.nan])])


def nan_cost(m: Any) -> None:
    m.other = ArrayObjective(Affine.of(m.serve, [3], np.inf))


def nan_bound(m: Any) -> None:
    m.serve.upper[3] = np.nan


def nan_row(m: Any) -> None:
    m.demand.lower[1] = np.nan


def crossed(m: Any) -> None:
    m.serve.lower[3] = 11.0


def crossed_row(m: Any) -> None:
    m.demand.lower[0] = 3.5


def impossible(m: Any) -> None:
    m.serve.upper[3] = m.serve.lower[3] = np.inf


def nonlinear(m: Any) -> None:
    m.square = pyo.Constraint(ZONES, rule=lambda m, z: m.serve[KEY] * m.serve["ZW", z, YEAR] <= 1)


def nonlinear_objective(m: Any) -> None:
    m.cost.expr = m.serve[KEY] ** 2


def two_objectives(m: Any) -> None:
    m.second = pyo.Objective(expr=m.serve[KEY])


def no_objective(m: Any) -> None:
    m.cost.deactivate()


OTHER: list[Any] = []  # a model nobody holds is collected, and its variables know it no more


def other() -> Any:
    OTHER.append(transport())
    return OTHER[-1]


def foreign(m: Any) -> None:
    m.far = pyo.Constraint(expr=other().serve[KEY] <= m.serve[KEY])


def foreign_array(m: Any) -> None:
    m.far = ArrayConstraint(Index(("zone",), (ZONES,)), [(other().serve, [0], [1], 1.0)])


def removed(m: Any) -> None:
    m.del_component(m.open)


def special_order(m: Any) -> None:
    m.sos = pyo.SOSConstraint(var=m.serve, sos=1)


def nan_in_a_rule(m: Any) -> None:
    m.p = pyo.Param(initialize=float("nan"), mutable=True)
    m.rule = pyo.Constraint(expr=m.p * m.serve[KEY] <= 1)


def infinite_in_a_rule(m: Any) -> None:
    m.rule = pyo.Constraint(expr=float("inf") * m.serve[KEY] + 1 >= 0)


def fixed_ordinary(m: Any) -> None:
    m.y = pyo.Var()
    m.y.fix()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (nan_coefficient, r"coefficient of serve\[ZW,520000,2025\] in bad\[520000\] is nan"),
        (nan_cost, r"coefficient of serve\[ZW,520000,2025\] in other is inf"),
        (nan_bound, r"a bound of serve\[ZW,520000,2025\] is nan"),
        (nan_row, r"a bound of demand\[520000,2025\] is nan"),
        (crossed, r"lower bound of serve\[ZW,520000,2025\] is above its upper: 11.0 > 10.0"),
        (crossed_row, r"lower bound of demand\[110000,2025\] is above its upper: 3.5 > 3.0"),
        (impossible, r"bounds of serve\[ZW,520000,2025\] leave no number"),
        (nonlinear, r"square\['110000'\] is not linear"),
        (nonlinear_objective, "cost is not linear"),
        (two_objectives, "exactly one active objective; found cost, second"),
        (no_objective, "exactly one active objective; found none"),
        (foreign, r"far uses .*\[ZW,520000,2025\], which is not part of the model"),
        (foreign_array, r"far uses .*serve.*, which is not part of the model"),
        (removed, "capacity uses open, which is not part of the model"),
        (special_order, "cannot be compiled: SOSConstraint sos"),
        (nan_in_a_rule, r"coefficient of serve\[ZW,520000,2025\] in rule is nan"),
        (infinite_in_a_rule, r"coefficient of serve\[ZW,520000,2025\] in rule is inf"),
        (fixed_ordinary, "y is fixed but has no value"),
    ],
)
def test_refused(spoil: Callable[[Any], None], message: str) -> None:
    m = transport()
    with pytest.raises(ModelError, match=message):
        spoil(m)
        compile_model(m)


def test_passing_is_one_call() -> None:
    calls = []

    class Counting:
        def passModel(self, *arguments: Any) -> Any:  # noqa: N802 - the name in highspy
            calls.append(arguments)
            return highs().passModel(*arguments)

    compile_model(transport()).pass_to(Counting())
    assert len(calls) == 1


def test_imports_stay_small() -> None:
    code = (
        "import sys, layout\n"
        "assert not any(name.startswith('pyomo') for name in sys.modules)\n"
        "import layout.algebra\n"
        "assert 'pyomo.environ' not in sys.modules\n"
        "from pyomo.core import ConcreteModel\n"
        "m = ConcreteModel()\n"
        "from layout.algebra import *\n"
        "m.x = ArrayVar(Index(('site',), (['a'],)), lower=1.0)\n"
        "m.cost = ArrayObjective(Affine.of(m.x))\n"
        "compile_model(m)\n"
        "assert 'scipy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
