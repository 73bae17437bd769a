"""The compiled model is the model that Pyomo writes and solves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.lp_writer import LPWriter

from layout.algebra import compile_model
from tests.algebra.models import YEAR, ByName, by_name, highs, mixed, optimum, transport

CONSTANT = "ONE_VAR_CONSTANT"


def from_lp_file(m: Any, folder: Path) -> ByName:
    """The model in the LP file that Pyomo writes, read by HiGHS, with Pyomo's names."""
    path = folder / "model.lp"
    with path.open("w", encoding="utf-8") as stream:
        info = LPWriter().write(m, stream, symbolic_solver_labels=True)
    known = info.symbol_map.bySymbol | info.symbol_map.aliases
    names = {symbol: data.name for symbol, data in known.items()}
    solver = highs()
    solver.readModel(str(path))
    lp = solver.getLp()
    result = ByName(offset=float(lp.offset_))
    columns = [names.get(name, name) for name in lp.col_names_]
    whole = [int(kind) for kind in lp.integrality_] or [0] * len(columns)
    for number, name in enumerate(columns):
        if name == CONSTANT:
            result.offset += float(lp.col_cost_[number])
            continue
        bounds = (float(lp.col_lower_[number]), float(lp.col_upper_[number]))
        result.columns[name] = (*bounds, whole[number] == 1)
        if lp.col_cost_[number]:
            result.cost[name] = float(lp.col_cost_[number])
    add_rows(result, lp, columns, [names[row] for row in lp.row_names_])
    return result


def add_rows(result: ByName, lp: Any, columns: list[str], rows: list[str]) -> None:
    """Rows and entries; a ranged row stands twice in the file, once per bound."""
    for number, name in enumerate(rows):
        low, high = result.rows.get(name, (float("-inf"), float("inf")))
        bounds = (float(lp.row_lower_[number]), float(lp.row_upper_[number]))
        result.rows[name] = (max(low, bounds[0]), min(high, bounds[1]))
        result.entries.setdefault(name, {})
    matrix = lp.a_matrix_
    assert str(matrix.format_).endswith("kColwise")
    for column, name in enumerate(columns):
        for place in range(matrix.start_[column], matrix.start_[column + 1]):
            entries = result.entries[rows[matrix.index_[place]]]
            if name != CONSTANT:
                entries[name] = float(matrix.value_[place])


def assert_same(ours: ByName, theirs: ByName) -> None:
    assert ours.columns.keys() == theirs.columns.keys()
    assert ours.rows.keys() == theirs.rows.keys()
    assert ours.cost == pytest.approx(theirs.cost)
    assert ours.offset == pytest.approx(theirs.offset)
    for name, expected in theirs.columns.items():
        assert ours.columns[name] == pytest.approx(expected), name
    for name, bounds in theirs.rows.items():
        assert ours.rows[name] == pytest.approx(bounds), name
        assert ours.entries[name] == pytest.approx(theirs.entries[name]), name


def change_by_name(m: Any) -> None:
    """Everything that a user can do to a single variable or row."""
    m.serve["GUIAN", "110000", YEAR].fix(1.25)
    m.serve["ZW", "110000", YEAR].setub(4.5)
    m.serve["ZW", "520000", YEAR].setlb(m.limit / 10)
    m.open["ZW"].domain = pyo.Binary
    m.part.flow["ZW"].domain = pyo.Integers
    m.demand["110000", YEAR].deactivate()
    m.part.sums["second"].set_value(m.part.flow["ZW"] + 2 * m.count + 1 <= 12)


@pytest.mark.parametrize("make", [transport, mixed])
def test_lp_file_holds_the_compiled_model(make: Any, tmp_path: Path) -> None:
    m = make()
    compiled = compile_model(m)
    assert_same(by_name(compiled), from_lp_file(m, tmp_path))


def test_lp_file_holds_the_compiled_model_after_changes_by_name(tmp_path: Path) -> None:
    m = mixed()
    change_by_name(m)
    ours = by_name(compile_model(m), fixed=frozenset({"serve[GUIAN,110000,2025]"}))
    assert "demand[110000,2025]" not in ours.rows
    assert ours.rows["part.sums[second]"] == (float("-inf"), 11.0)
    assert_same(ours, from_lp_file(m, tmp_path))


def test_lp_file_holds_the_compiled_model_after_changes_of_arrays(tmp_path: Path) -> None:
    m = mixed()
    m.pprint(ostream=io.StringIO())  # every data object is born before the arrays change
    m.serve.lower[:2] = 0.5
    m.serve.upper = 7.0
    m.demand.lower[1] = 3.5
    m.capacity.upper[:] = [0.25, 0.5]
    assert m.serve["GUIAN", "110000", YEAR].lb == 0.5
    assert m.capacity["ZW"].ub == 0.5
    assert_same(by_name(compile_model(m)), from_lp_file(m, tmp_path))


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("solver", ["appsi_highs", "highs"])
def test_stock_solvers_find_the_same_optimum(solver: str, changed: bool) -> None:
    m = mixed()
    if changed:
        change_by_name(m)
    expected = optimum(m)
    pyo.SolverFactory(solver).solve(m)
    assert pyo.value(m.total) == pytest.approx(expected)
    assert m.serve.values_array is not None
    assert m.serve["ZW", "520000", YEAR].value == m.serve.values_array[3]


def test_mps_file_has_the_same_optimum(tmp_path: Path) -> None:
    m = transport()
    m.write(str(tmp_path / "model.mps"))
    solver = highs()
    solver.readModel(str(tmp_path / "model.mps"))
    solver.run()
    assert solver.getInfo().objective_function_value == pytest.approx(35.0)
    assert optimum(m) == pytest.approx(35.0)


def test_relaxed_by_a_pyomo_transformation() -> None:
    # Relaxed, a site opens by as much as it serves: 7 / 5 of an opening cost 14; GUIAN cannot open
    # by more than 1, so that serving costs 15 as before.
    m = transport()
    relaxed = pyo.TransformationFactory("core.relax_integer_vars").create_using(m)
    assert compile_model(relaxed).size["integers"] == 0
    assert optimum(relaxed) == pytest.approx(29.0)
    assert compile_model(m).size["integers"] == 2
