"""All paths of the build benchmark state one model, and its figures have the promised shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import build, statement
from benchmarks.__main__ import main
from benchmarks.options import BenchmarkError, installed
from benchmarks.paths import path
from benchmarks.timing import fresh

FIGURES = {"build_cpu_s", "handover_cpu_s", "total_cpu_s", "total_wall_s", "peak_mb", "runs"}


@pytest.fixture(scope="module")
def small() -> statement.Statement:
    return statement.draw(statement.PLACES["S"])


@pytest.fixture(scope="module")
def file(small: statement.Statement, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("statement") / "small.npz"
    small.save(found)
    return found


def handed_over(name: str, small: statement.Statement) -> Any:
    chosen = path(name)
    return chosen.hand_over(chosen.state(small)).getLp()


def rows_of(lp: Any) -> list[tuple[Any, ...]]:
    """Every row as (lower, upper, (column, coefficient) …), in an order that depends on nothing."""
    starts = np.array(lp.a_matrix_.start_)
    assert lp.a_matrix_.format_.name == "kColwise"
    column = np.repeat(np.arange(lp.num_col_), np.diff(starts))
    entries: list[list[tuple[int, float]]] = [[] for _ in range(lp.num_row_)]
    values = zip(lp.a_matrix_.index_, column.tolist(), lp.a_matrix_.value_, strict=True)
    for row, place, value in values:
        entries[row].append((place, value))
    bounds = zip(lp.row_lower_, lp.row_upper_, entries, strict=True)
    return sorted((low, high, *sorted(own)) for low, high, own in bounds)


def test_layout_hands_over_the_matrix_of_raw_numpy(small: statement.Statement) -> None:
    """Same columns in the same order; same rows, number by number, in whatever order."""
    raw, layout = handed_over("raw", small), handed_over("layout", small)
    for name in ("col_cost_", "col_lower_", "col_upper_"):
        assert np.array_equal(getattr(raw, name), getattr(layout, name)), name
    assert [int(one.value) for one in raw.integrality_] == [
        int(one.value) for one in layout.integrality_
    ]
    assert rows_of(raw) == rows_of(layout)


@pytest.mark.parametrize("name", ["raw", "layout", "linopy", "pulp", "pyomo"])
def test_every_path_states_the_statement(name: str, small: statement.Statement, file: Path) -> None:
    """Columns, rows, nonzeros as counted from the families, and the LP optimum of raw numpy."""
    if not installed(name):
        pytest.skip(f"{name} is not installed: pip install '.[bench]'")
    found = fresh("benchmarks.build:measure", name, str(file), True)
    assert {key: found[key] for key in small.size()} == small.size()
    assert found["status"] == "Optimal"
    raw = build.measure("raw", str(file), True)
    assert found["optimum"] == pytest.approx(raw["optimum"], rel=1e-9)


def test_the_json_file_has_the_promised_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.json"
    command = ["build", "--size", "S", "--paths", "raw,layout", "--runs", "1"]
    assert main([*command, "--json", str(file)]) == 0
    found = json.loads(file.read_text("utf-8"))
    assert list(found) == [
        "size", "columns", "rows", "nonzeros", "paths", "ratios", "versions",
    ]  # fmt: skip
    assert set(found["paths"]) == {"raw", "layout"}
    for figures in found["paths"].values():
        assert set(figures) == FIGURES
        assert figures["runs"] == 1
        assert 0 < figures["build_cpu_s"] < figures["total_cpu_s"]
    layout, raw = (found["paths"][name]["total_cpu_s"] for name in ("layout", "raw"))
    assert found["ratios"] == {"layout/raw": pytest.approx(layout / raw)}
    assert {"python", "layout", "highspy", "pyomo", "load_average"} <= set(found["versions"])
    printed = capsys.readouterr().out
    assert f"| `layout` | {found['paths']['layout']['build_cpu_s']:.3f} |" in printed
    assert f"Size S: {found['columns']:,} columns" in printed


def test_paths_that_differ_are_no_comparison() -> None:
    counted = {"columns": 3, "rows": 2, "nonzeros": 4}
    one = {**counted, "optimum": 5.0}
    build._same_model(counted, {"raw": [one], "layout": [one]})
    with pytest.raises(BenchmarkError, match="layout has 5 nonzeros; the statement has 4"):
        build._same_model(counted, {"raw": [one], "layout": [{**one, "nonzeros": 5}]})
    with pytest.raises(BenchmarkError, match="the LP optima differ"):
        build._same_model(counted, {"raw": [one], "layout": [{**one, "optimum": 5.1}]})


def test_a_seed_is_one_model_and_another_seed_another(tmp_path: Path) -> None:
    first, again, other = (statement.draw(40, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.arc_cost, again.arc_cost)
    assert np.array_equal(first.demand_mw, again.demand_mw)
    assert not np.array_equal(first.demand_mw, other.demand_mw)
    first.save(tmp_path / "first.npz")
    read = statement.Statement.load(tmp_path / "first.npz")
    assert np.array_equal(read.arc_site, first.arc_site)
    assert (read.total_mw, read.size()) == (first.total_mw, first.size())
    with pytest.raises(ValueError, match="at least 31 places; found 30"):
        statement.draw(30)


def test_few_arcs_keep_the_place_itself() -> None:
    """16 arcs per demand at most, that within the place among them, all within the delay."""
    few, full = statement.draw(60, 16), statement.draw(60)
    per_demand = np.bincount(few.arc_demand, minlength=few.demand_mw.size)
    assert per_demand.max() == 16
    within = np.bincount(few.arc_demand[few.arc_zone == few.arc_site], minlength=len(per_demand))
    assert (within == 1).all()

    def arcs(of: statement.Statement) -> set[tuple[int, int]]:
        return set(zip(of.arc_demand.tolist(), of.arc_site.tolist(), strict=True))

    assert arcs(few) < arcs(full)
