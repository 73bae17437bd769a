"""Tools of Pyomo itself, used on array components as on any model, say what our arrays say."""

from __future__ import annotations

import copy
import io
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.common.log import LoggingIntercept
from pyomo.core.expr.visitor import identify_variables
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from pyomo.util.infeasible import find_infeasible_bounds, find_infeasible_constraints
from pyomo.util.model_size import build_model_size_report

from layout.algebra import ArrayConstraint, ArrayVar, Index, ModelError, compile_model
from tests.algebra.models import SITES, YEAR, ByName, by_name, mixed, optimum, solve, transport
from tests.algebra.test_exports import assert_same, change_by_name, from_lp_file

KEY = ("ZW", "520000", YEAR)
COPIES: list[Callable[[Any], Any]] = [
    lambda m: m.clone(),
    copy.deepcopy,
    lambda m: pickle.loads(pickle.dumps(m)),
]


def changed() -> Any:
    """The mixed model after everything that can be done by name, with some data born."""
    m = mixed()
    m.ups = pyo.Suffix(direction=pyo.Suffix.LOCAL)
    m.ups[m.serve[KEY]] = 3
    change_by_name(m)
    return m


@pytest.mark.parametrize("take", COPIES)
@pytest.mark.parametrize("make", [mixed, changed])
def test_a_copy_is_the_model(make: Any, take: Callable[[Any], Any], tmp_path: Path) -> None:
    m = make()
    n = take(m)
    assert by_name(compile_model(n)) == by_name(compile_model(m))
    assert optimum(n) == pytest.approx(optimum(m))
    before = from_lp_file(m, tmp_path)
    assert from_lp_file(n, tmp_path) == before
    if make is changed:
        assert n.ups[n.serve[KEY]] == 3
        assert m.serve[KEY] not in n.ups


@pytest.mark.parametrize("take", COPIES)
def test_a_copy_gives_birth_to_nothing(take: Callable[[Any], Any]) -> None:
    m = transport()
    n = take(m)
    assert not n.serve._data
    assert not m.serve._data
    assert n.serve.index is not None
    assert optimum(n) == pytest.approx(35.0)


def test_a_copy_of_a_solved_model_holds_the_solution() -> None:
    m = transport()
    solve(m)
    n = m.clone()
    assert n.serve.values_array is not None
    assert n.serve.values_array.tolist() == m.serve.values_array.tolist()
    assert n.demand.duals_array.tolist() == m.demand.duals_array.tolist()
    n.serve.load(np.zeros(4))
    assert pyo.value(m.cost) == pytest.approx(35.0)


@pytest.mark.parametrize("make", [transport, mixed, changed])
def test_standard_form_holds_the_same_matrix(make: Any) -> None:
    m = make()
    theirs = LinearStandardFormCompiler().write(m, mixed_form=True)
    columns = [data.name for data in theirs.columns]
    fixed = frozenset(data.name for data in m.component_data_objects(pyo.Var) if data.fixed)
    ours = by_name(compile_model(m), fixed=fixed)
    entries: dict[str, dict[str, float]] = {}
    bounds: dict[str, tuple[float, float]] = {}
    dense = theirs.A.toarray()
    for number, row in enumerate(theirs.rows):
        name, side, right = row.constraint.name, row.bound_type, float(theirs.rhs[number])
        entries[name] = {
            columns[at]: float(dense[number, at]) for at in np.flatnonzero(dense[number])
        }
        low, high = bounds.get(name, (-np.inf, np.inf))
        bounds[name] = (right if side <= 0 else low, right if side >= 0 else high)
    assert entries == ours.entries
    assert bounds.keys() == ours.rows.keys()
    for name, pair in bounds.items():
        assert pair == pytest.approx(ours.rows[name]), name
    costs = theirs.c.toarray()[0]
    assert {name: by for name, by in zip(columns, costs, strict=True) if by} == ours.cost


def relaxed(m: Any) -> Any:
    return pyo.TransformationFactory("core.relax_integer_vars").create_using(m)


def fixed_integers(m: Any) -> Any:
    n = m.clone()
    solve(n)
    return pyo.TransformationFactory("core.fix_integer_vars").create_using(n)


def scaled(m: Any) -> Any:
    n = m.clone()
    n.scaling_factor = pyo.Suffix(direction=pyo.Suffix.EXPORT)
    n.scaling_factor[n.serve] = 0.5
    n.scaling_factor[n.capacity["ZW"]] = 10.0
    return pyo.TransformationFactory("core.scale_model").create_using(n)


def without_trivial(m: Any) -> Any:
    n = m.clone()
    n.serve.fix([3.0, 2.0, 0.0, 2.0])
    pyo.TransformationFactory("contrib.deactivate_trivial_constraints").apply_to(n)
    n.serve.unfix()
    return n


def rows_as_bounds(m: Any) -> Any:
    n = m.clone()
    n.single = ArrayConstraint(
        Index(("site",), (SITES,)), [(n.open, None, None, 2.0)], lower=0.5, upper=2.0
    )
    return pyo.TransformationFactory("contrib.constraints_to_var_bounds").create_using(n)


def with_slack(m: Any) -> Any:
    return pyo.TransformationFactory("core.add_slack_variables").create_using(
        m, targets=[m.demand["110000", YEAR]]
    )


@pytest.mark.parametrize(
    "transform", [relaxed, fixed_integers, scaled, without_trivial, rows_as_bounds, with_slack]
)
@pytest.mark.parametrize("make", [transport, mixed])
def test_transformations(make: Any, transform: Callable[[Any], Any], tmp_path: Path) -> None:
    m = make()
    before = by_name(compile_model(m))
    n = transform(m)
    names = [data for data in n.component_data_objects(pyo.Var) if data.fixed]
    theirs = from_lp_file(n, tmp_path)
    assert_same(used(by_name(compile_model(n), fixed=frozenset(v.name for v in names))), theirs)
    assert by_name(compile_model(m)) == before


def used(model: ByName) -> ByName:
    """Without rows that have nothing in them: the writer leaves those out when they hold."""
    empty = {name for name, entries in model.entries.items() if not entries}
    model.rows = {name: one for name, one in model.rows.items() if name not in empty}
    model.entries = {name: one for name, one in model.entries.items() if name not in empty}
    return model


def test_scaling_changes_the_numbers_and_not_the_optimum() -> None:
    m = transport()
    n = scaled(m)
    ours, theirs = by_name(compile_model(m)), by_name(compile_model(n))
    assert sorted(map(abs, theirs.entries["scaled_capacity[ZW]"].values())) == [20.0, 20.0, 50.0]
    assert sorted(map(abs, ours.entries["capacity[ZW]"].values())) == [1.0, 1.0, 5.0]
    assert optimum(n) == pytest.approx(optimum(m))


def test_size_report() -> None:
    for m in (transport(), mixed()):
        report, size = build_model_size_report(m), compile_model(m).size
        assert report.activated.constraints == size["constraints"]
        assert report.activated.continuous_variables + report.activated.integer_variables == (
            report.activated.variables
        )
        assert report.activated.integer_variables == size["integers"]


def test_what_is_infeasible_at_a_point() -> None:
    m = transport()
    m.serve.load(np.array([3.0, 2.0, 0.0, 12.0]))
    m.open.load(np.array([1.0, 1.0]))
    assert [one[0].name for one in find_infeasible_constraints(m)] == ["capacity[ZW]"]
    bodies, limits = m.capacity.body_values(), m.capacity.upper
    assert (bodies > limits).tolist() == [False, True]
    assert [one[0].name for one in find_infeasible_bounds(m)] == ["serve[ZW,520000,2025]"]


def test_variables_in_a_row() -> None:
    m = mixed()
    names = {data.name for data in identify_variables(m.part.sums["second"].body)}
    assert names == set(by_name(compile_model(m)).entries["part.sums[second]"])


def test_an_expression_component_over_array_variables(tmp_path: Path) -> None:
    m = transport()
    m.by_site = pyo.Expression(SITES, rule=lambda m, site: sum(m.serve[site, :, YEAR]))
    m.balance = pyo.Constraint(expr=m.by_site["GUIAN"] - m.by_site["ZW"] <= 2)
    m.whole = pyo.Objective(expr=m.cost.expr + 0.1 * m.by_site["ZW"])
    m.cost.deactivate()
    assert_same(by_name(compile_model(m)), from_lp_file(m, tmp_path))
    # one unit moved from GUIAN (5) to ZW (2) would cost 2: 4.5 and 2.5 are within 2 of each other
    assert optimum(m) == pytest.approx(36.0 + 0.1 * 2.5)


def test_duals_are_those_of_a_stock_solver() -> None:
    m = transport()
    m.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    m.open.domain = pyo.Reals
    m.open.fix(1.0)
    pyo.SolverFactory("appsi_highs").solve(m)
    theirs = {data.name: m.dual[data] for data in m.demand.values()}
    n = transport()
    n.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    n.open.fix(1.0)
    solve(n)
    assert {data.name: n.dual[data] for data in n.demand.values()} == pytest.approx(theirs)


def test_special_ordered_sets_are_refused_and_named() -> None:
    m = transport()
    m.one = pyo.SOSConstraint(var=m.open, sos=1)
    with pytest.raises(ModelError, match="cannot be compiled: SOSConstraint one"):
        compile_model(m)
    m.one.deactivate()
    assert optimum(m) == pytest.approx(35.0)


def test_a_family_added_and_taken_away() -> None:
    m = transport()
    before = by_name(compile_model(m))
    m.more = ArrayVar(Index(("site",), (SITES,)), upper=1.0)
    m.limit = ArrayConstraint(m.more.index, [(m.more, None, None, 1.0)], upper=0.5)
    assert compile_model(m).size["constraints"] == 6
    m.del_component(m.limit)
    m.del_component(m.more)
    assert by_name(compile_model(m)) == before


def test_no_warning_is_logged() -> None:
    log = io.StringIO()
    with LoggingIntercept(log, "pyomo", logging.WARNING):
        m = changed()
        n = m.clone()
        compile_model(n)
        n.pprint(ostream=io.StringIO())
    assert log.getvalue() == ""
