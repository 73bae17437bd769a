"""Large models: relaxation and dive give a plan and a bound that branch and bound confirms."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layout
from benchmarks.instances.tables import write_instance
from layout.algebra import Compiled, compile_model
from layout.formulation import build
from layout.solving import dive
from layout.solving.highs import Invariant, Outcome, Settings, run
from layout.solving.optimise import solver_settings
from tests.builders import target, tiny_model
from tests.known.test_brute_force import random_instance


def _compiled(folder: Path) -> tuple[Compiled, Settings, Invariant]:
    model = layout.read(folder)
    compiled = compile_model(build(model).pyomo)
    return compiled, solver_settings(model), Invariant(np.zeros(len(compiled.cost)), 0.0)


def _holds(compiled: Compiled, found: Outcome) -> None:
    """Every row and bound holds, every integer is whole, and the objective is that of the plan."""
    assert found.x is not None
    activity = compiled.matrix @ found.x
    assert (activity >= compiled.row_lower - 1e-6).all()
    assert (activity <= compiled.row_upper + 1e-6).all()
    assert (found.x >= compiled.column_lower - 1e-6).all()
    assert (found.x <= compiled.column_upper + 1e-6).all()
    whole = found.x[compiled.integrality]
    assert np.abs(whole - np.round(whole)).max() <= 1e-6
    assert found.objective == pytest.approx(compiled.cost @ found.x + compiled.offset)


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_lies_between_relaxation_and_dive(seed: int, tmp_path: Path) -> None:
    instance = random_instance(seed, 6, 7)
    compiled, settings, invariant = _compiled(write_instance(instance, tmp_path))
    now = time.perf_counter()
    best = run(compiled, settings, invariant, now)
    found = dive.dived(compiled, replace(settings, gap=1.0, gap_location=1.0), invariant, now)
    assert found.status == "optimal"
    assert best.objective is not None
    assert found.bound is not None
    assert found.objective is not None
    assert found.bound <= best.objective + 1e-6
    assert found.objective >= best.objective - 1e-6
    _holds(compiled, found)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_dive_leaves_open_is_branched_on(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_instance(random_instance(seed, 6, 7), tmp_path)
    expected = layout.solve(folder).record
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    plan = layout.solve(folder)
    assert plan.record["status"] == "optimal"
    assert plan.record["objective_mcny"] == pytest.approx(expected["objective_mcny"], rel=1e-6)
    assert plan.record["verification"]["passed"]


def test_a_dive_within_both_gaps_is_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Outcome:
        raise AssertionError("there was nothing left to branch on")

    folder = write_instance(random_instance(1, 6, 7), tmp_path)
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    monkeypatch.setattr(dive, "run", never)
    plan = layout.solve(folder, gap=0.5, gap_location=0.9)
    record = plan.record
    assert record["status"] == "optimal"
    assert 0 < record["gap"] <= 0.5
    assert record["bound_mcny"] < record["objective_mcny"]
    assert record["verification"]["passed"]


def test_modules_that_fit_one_way_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sites of 10 MW, modules of 6 MW: one each, and 7 MW are needed.

    The relaxation takes 7/6 modules where they are cheaper. Two do not fit there, so that the
    first site gets one and the other one, which the relaxation does not use.
    """
    compiled, settings, invariant = _compiled(_two_halls(tmp_path, demand=7))
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    found = dive.minimise(compiled, settings, invariant, time.perf_counter())
    assert found.status == "optimal"
    assert found.objective == pytest.approx(run(compiled, settings, invariant, 0.0).objective)
    _holds(compiled, found)


@pytest.mark.parametrize("demand", [13, 40])
def test_what_cannot_be_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demand: float
) -> None:
    """13 MW fit 20 MW of room but not two modules of 6 MW; 40 MW do not fit at all."""
    compiled, settings, invariant = _compiled(_two_halls(tmp_path, demand=demand))
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    found = dive.minimise(compiled, settings, invariant, time.perf_counter())
    assert found.status == "infeasible"


def test_a_limit_that_is_hit_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, settings, invariant = _compiled(write_instance(random_instance(2, 6, 7), tmp_path))
    monkeypatch.setattr(dive, "LARGE_COLUMNS", 0)
    short = replace(settings, time_limit_s=1e-6)
    found = dive.minimise(compiled, short, invariant, time.perf_counter())
    assert (found.status, found.reason) == ("no_solution", "time_limit")
    assert found.x is None


def _two_halls(folder: Path, demand: float) -> Path:
    return tiny_model(
        folder,
        settings={"targets": [target("free", "site_count", "at_least", 0, mode="report")]},
        sites=[
            {"site": "E", "max_it_mw": 10, "cost_factor": 1.0},
            {"site": "W", "max_it_mw": 10, "cost_factor": 1.5},
        ],
        facilities=[
            {"facility": "hall", "kinds": "general", "module_it_mw": 6, "capex_mcny_per_mw": 10}
        ],
        demand=[{"zone": "east", "workload": "task", "demand_eflops": demand}],
    )
