"""Every way a run can end is said as it is."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from layout.algebra import Affine, ArrayObjective, ArrayVar, Index, compile_model
from layout.errors import LayoutError, VerificationFailed
from layout.model import PlanningModel, read_model
from layout.solving import Event, driver, solve, steps
from layout.solving.highs import Invariant, Outcome, Settings, run
from tests.builders import target, tiny_model


def hard_model(folder: Path) -> PlanningModel:
    """Single-source location with tight capacity: minutes to prove, an instant to find a plan."""
    draw = random.Random(7)
    zones = [{"zone": f"Z{number:03}"} for number in range(90)]
    sites = [
        {
            "site": f"S{number:02}",
            "fixed_cost_mcny_per_year": draw.randint(200, 400),
            "max_it_mw": draw.randint(180, 260),
        }
        for number in range(30)
    ]
    demand = [
        {"zone": zone["zone"], "workload": "task", "demand_eflops": draw.randint(10, 40)}
        for zone in zones
    ]
    links = [
        {
            "zone": zone["zone"],
            "site": site["site"],
            "transport_mcny_per_eflops_year": round(draw.uniform(1, 9), 3),
        }
        for zone in zones
        for site in sites
    ]
    workloads = [{"workload": "task", "kind": "general", "split": False}]
    folder = tiny_model(
        folder, zones=zones, sites=sites, demand=demand, links=links, workloads=workloads
    )
    return read_model(folder)


def test_ctrl_c_keeps_the_incumbent_and_its_gap(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background
    events: list[Event] = []

    def press(event: Event) -> None:
        events.append(event)
        if event.incumbent is not None and event.gap is not None:
            os.kill(os.getpid(), signal.SIGINT)

    plan = solve(hard_model(tmp_path / "m"), progress=press, counterfactual=False)
    record = plan.record
    assert record["status"] == "feasible"
    assert record["interrupted"] and record["reason"] == "interrupted"
    assert record["bound_mcny"] < record["objective_mcny"]
    gap = (record["objective_mcny"] - record["bound_mcny"]) / record["objective_mcny"]
    assert record["gap"] == pytest.approx(gap)
    assert record["verification"]["passed"]
    stages = ["build", "separate", "compile", "solve"]
    assert [event.stage for event in events][:4] == stages
    assert signal.getsignal(signal.SIGINT) is before


def test_a_time_limit_without_a_solution_gives_no_tables(tmp_path: Path) -> None:
    plan = solve(hard_model(tmp_path / "m"), time_limit_s=0.0, counterfactual=False)
    assert plan.status == "no_solution"
    assert plan.record["reason"] == "time_limit"
    assert plan.record["objective_mcny"] is None
    assert not plan.has_tables


def test_a_gap_that_was_asked_for_is_proved(tmp_path: Path) -> None:
    plan = solve(hard_model(tmp_path / "m"), gap=0.2, gap_location=0.2, counterfactual=False)
    assert plan.status == "optimal"
    assert plan.record["gap"] <= 0.2 and plan.record["gap_location"] <= 0.2


def test_the_location_gap_alone_keeps_a_run_going(tmp_path: Path) -> None:
    # IT costs 30,000 a year whatever is chosen, so that a total gap of 10% proves nothing
    # about siting; the run has to go on until the location-dependent part is within 5%.
    folder = tmp_path / "m"
    model = hard_model(folder)
    kinds = folder / "kinds.csv"
    kinds.write_text(
        "kind,precision,it_mw_per_eflops,it_capex_mcny_per_eflops,it_life_years\n"
        "general,FP32,1,600,5\n",
        "utf-8",
    )
    model = read_model(folder)
    plan = solve(model, gap=0.1, gap_location=0.05, counterfactual=False)
    record = plan.record
    location = record["objective_mcny"] - record["invariant_cost_mcny"]
    assert record["invariant_cost_mcny"] > 2 * location
    assert plan.status == "optimal"
    assert record["gap_location"] <= 0.05
    assert record["gap_location"] == pytest.approx(
        (record["objective_mcny"] - record["bound_mcny"]) / location
    )


def test_an_infeasible_model_is_explained(tmp_path: Path) -> None:
    # 3 MW of room and a target of 5 EFLOPS: 2 EFLOPS of the target have to go.
    model = read_model(
        tiny_model(
            tmp_path / "m",
            settings={"targets": [target("five", "compute_eflops_fp32", "at_least", 5)]},
            sites=[{"site": "E", "max_it_mw": 3}],
        )
    )
    plan = solve(model)
    assert plan.status == "infeasible"
    assert plan.explanation is not None
    conflict = {item["id"]: item["value"] for item in plan.explanation["conflict"]}
    assert conflict == {"five": 5, "site_limit[E,2025]": 3}
    ways = [way["change"] for way in plan.explanation["ways_out"] if way["verified"]]
    assert ways == [
        "target five: 5 → 3 (2 EFLOPS FP32 less)",
        "2 MW more space at E",
    ]


def test_a_model_without_finite_optimum_is_an_error() -> None:
    model = pyo.ConcreteModel()
    model.x = ArrayVar(Index(("row",), (["a"],)))
    model.objective = ArrayObjective(Affine.of(model.x, None, -1.0))
    settings = Settings(1e-6, 1e-6, 10, 1, 0)
    with pytest.raises(LayoutError, match="no finite optimum"):
        run(compile_model(model), settings, Invariant(np.zeros(1), 0.0), 0.0)


def test_a_wrong_plan_is_stopped_by_its_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Any = driver.tables_of

    def wrong(solved: driver.Solved) -> dict[str, Any]:
        tables = right(solved)
        tables["service"].loc[0, "served_eflops"] *= 0.9
        return tables

    monkeypatch.setattr(driver, "tables_of", wrong)
    with pytest.raises(VerificationFailed) as caught:
        solve(read_model(tiny_model(tmp_path / "m")))
    assert caught.value.exit_code == 6


def test_a_later_objective_that_was_not_reached_is_not_called_optimal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Cost is proved; the run for carbon ends at its limit without an incumbent.
    real, calls = steps.minimise, []

    def stopped(*given: Any) -> Outcome:
        calls.append(given)
        if len(calls) == 1:
            return real(*given)
        return Outcome("no_solution", "time_limit", None, None, None, None, None)

    monkeypatch.setattr(steps, "minimise", stopped)
    settings = {"objective": ["cost", "carbon"]}
    plan = solve(read_model(tiny_model(tmp_path / "m", settings=settings)), counterfactual=False)
    assert len(calls) == 2
    assert (plan.status, plan.record["reason"]) == ("feasible", "time_limit")
