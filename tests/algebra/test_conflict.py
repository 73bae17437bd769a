"""Rows and bounds that cannot hold together: each needed, and the same that Pyomo's tools find."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyomo.contrib.iis import compute_infeasibility_explanation

from layout.algebra import (
    Affine,
    ArrayConstraint,
    ArrayObjective,
    ArrayVar,
    Compiled,
    Conflict,
    Index,
    compile_model,
    irreducible,
)
from tests.algebra.models import YEAR, compile_and_pass, highs, mixed, transport


def crowded() -> Any:
    """Zone 110000 needs 8, zone 520000 at least 4; two sites of 5 can open: 2 too little."""
    m = transport()
    m.demand.lower[0] = m.demand.upper[0] = 8.0
    return m


def banded() -> Any:
    """Several conflicts, over ordinary and array components: `band` wants less than there is."""
    m = mixed()
    m.limit = -0.5
    m.count.setub(0)
    return m


def found(m: Any) -> Conflict:
    conflict = irreducible(compile_model(m))
    assert conflict is not None
    assert conflict.irreducible
    return conflict


def holds(compiled: Compiled, conflict: Conflict, without: int | None = None) -> bool:
    """Whether a solver finds a point for the limits of a conflict, and no others, but one."""
    limits = [*conflict.rows, *conflict.bounds]
    if without is not None:
        del limits[without]
    rows = {one for one in limits if one in conflict.rows}
    wanted = {
        (kind, one.number, one.side): one.value
        for kind, chosen in (("row", rows), ("column", set(limits) - rows))
        for one in chosen
    }
    solver = highs()
    compiled.relaxed().without_cost().pass_to(solver)
    for kind, count, change in (
        ("row", len(compiled.row_lower), solver.changeRowBounds),
        ("column", len(compiled.cost), solver.changeColBounds),
    ):
        for number in range(count):
            low = wanted.get((kind, number, "lower"), -highspy.kHighsInf)
            change(number, low, wanted.get((kind, number, "upper"), highspy.kHighsInf))
    solver.run()
    kinds = highspy.HighsModelStatus
    assert solver.getModelStatus() in (kinds.kOptimal, kinds.kInfeasible)
    return bool(solver.getModelStatus() == kinds.kOptimal)


def test_worked_out_by_hand() -> None:
    # Both demands, both capacities and both openings are needed: with any of them gone 12 fits.
    conflict = found(crowded())
    assert [str(one) for one in conflict.rows] == [
        "demand[110000,2025] >= 8",
        "demand[520000,2025] >= 4",
        "capacity[GUIAN] <= 0",
        "capacity[ZW] <= 0",
    ]
    assert [str(one) for one in conflict.bounds] == ["open[GUIAN] <= 1", "open[ZW] <= 1"]
    assert str(conflict).splitlines()[0] == "cannot hold together"


def test_a_row_without_variables() -> None:
    m = transport()
    m.never = ArrayConstraint(Index(("row",), (["only"],)), [], lower=1.0)
    conflict = found(m)
    assert ([str(one) for one in conflict.rows], conflict.bounds) == (["never[only] >= 1"], ())


def test_one_row_comes_before_many() -> None:
    m = crowded()
    m.serve["ZW", "520000", YEAR].setub(0.25)
    m.alone = pyo.Constraint(
        expr=2 * m.serve["ZW", "520000", YEAR] - m.open["ZW"] + m.serve["ZW", "110000", YEAR] >= 11
    )
    conflict = found(m)
    assert [one.name for one in conflict.rows] == ["alone"]
    assert [str(one) for one in conflict.bounds] == [
        "serve[ZW,110000,2025] <= 10",
        "serve[ZW,520000,2025] <= 0.25",
        "open[ZW] >= 0",
    ]


def test_nothing_where_there_is_none() -> None:
    assert irreducible(compile_model(transport())) is None
    m = transport()
    m.open.lower[:] = 0.5
    m.open.upper[:] = 0.9  # no whole number; the relaxation does not see that
    m.demand.deactivate()
    compiled, solver = compile_and_pass(m)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    assert irreducible(compiled) is None


def test_without_time_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compile_model(crowded())
    assert irreducible(compiled, time_limit_s=0.0) is None
    seconds = iter([0.0, 0.0, 0.0, 0.0, 0.0, 9.0])  # the time is up when one was left out
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr("layout.algebra.conflict.time", clock)
    conflict = irreducible(compiled, time_limit_s=5.0)
    assert conflict is not None
    assert (len(conflict.rows), len(conflict.bounds), conflict.irreducible) == (4, 2, False)
    assert "(some may be left out)" in str(conflict)


def test_a_solver_of_ones_own() -> None:
    solver = highs()
    solver.setOptionValue("presolve", "off")
    conflict = irreducible(compile_model(crowded()), solver=solver)
    assert conflict is not None
    assert conflict.rows == found(crowded()).rows


@pytest.mark.parametrize("make", [crowded, banded])
def test_each_member_is_needed(make: Any) -> None:
    compiled = compile_model(make())
    conflict = irreducible(compiled)
    assert conflict is not None
    assert conflict.irreducible
    assert not any(one.name.startswith("part") for one in (*conflict.rows, *conflict.bounds))
    assert not holds(compiled, conflict)
    for member in range(len(conflict.rows) + len(conflict.bounds)):
        assert holds(compiled, conflict, without=member)


class Solver:
    """HiGHS as pyomo.contrib.iis calls a solver: no exception where there is no solution."""

    def available(self) -> bool:
        return True

    def solve(self, m: Any, **_: Any) -> Any:
        solver = pyo.SolverFactory("highs")
        results = solver.solve(m, load_solutions=False, raise_exception_on_nonoptimal_result=False)
        if pyo.check_optimal_termination(results):
            solver.solve(m)
        return results


def test_pyomos_own_explanation_names_the_same_rows() -> None:
    m = crowded()
    m.serve.load(np.zeros(4))
    m.open.load(np.zeros(2))
    logger, log = logging.getLogger("tests.algebra.mis"), io.StringIO()
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(log))
    compute_infeasibility_explanation(relaxed(m), solver=Solver(), logger=logger)
    minimal = log.getvalue().split("Constraints / bounds in MIS:")[1].split("Constraints /")[0]
    ours = found(m)
    assert {line.strip() for line in minimal.splitlines() if line.strip()} == {
        *(f"constraint: {one.name}" for one in ours.rows),
        *(f"ub of var {one.name}" for one in ours.bounds),
    }


def relaxed(m: Any) -> Any:
    return pyo.TransformationFactory("core.relax_integer_vars").create_using(m)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 3.0]), min_size=3, max_size=3),
            st.sampled_from([-np.inf, -4.0, -1.0, 0.0, 2.0]),
            st.sampled_from([0.0, 1.0, 5.0, np.inf]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_small_model(rows: list[tuple[list[float], float, float]]) -> None:
    m = pyo.ConcreteModel()
    m.x = ArrayVar(Index(("name",), (["a", "b", "c"],)), lower=[0.0, -1.0, -np.inf], upper=2.0)
    low = [low for _, low, _ in rows]
    high = [max(low, high) for _, low, high in rows]
    index = Index(("row",), (list(range(len(rows))),))
    at = np.repeat(np.arange(len(rows)), 3)
    by = np.concatenate([by for by, _, _ in rows])
    terms = [(m.x, at, np.tile([0, 1, 2], len(rows)), by)]
    m.row = ArrayConstraint(index, terms, low, high)
    m.cost = ArrayObjective(Affine.of(m.x))
    compiled = compile_model(m)
    solver = highs()
    compiled.without_cost().pass_to(solver)
    solver.run()
    conflict = irreducible(compiled)
    infeasible = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    assert (conflict is not None) == infeasible
    if conflict is not None:
        assert conflict.irreducible
        assert not holds(compiled, conflict)
        for member in range(len(conflict.rows) + len(conflict.bounds)):
            assert holds(compiled, conflict, without=member)
