"""Regret of candidate plans: the table against brute force, and what must hold in any study."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.model import read_model
from layout.solving.live import Live
from layout.solving.optimise import solver_settings
from layout.solving.statement import state
from layout.study.uncertainty.candidates import candidates, names_of
from layout.study.uncertainty.decisions import STAGES, decided, price, with_recourse
from layout.study.uncertainty.regret import regrets
from tests.builders import tiny_model

FUTURES = (0.5, 1.5, 3.0)
"""EFLOPS of demand in each zone."""


def test_the_choices_are_those_of_brute_force():
    """Regrets by hand: a (0, 6), b (4, 1), c (2, infinite); worst and mean of b are least."""
    cost = np.array([[10.0, 26.0], [14.0, 21.0], [12.0, np.nan]])
    found = regrets(cost, cost, np.array([10.0, 20.0]), np.array([10.0, 20.0]))
    assert found.value.tolist() == [[0, 6], [4, 1], [2, np.inf]]
    assert found.worst.value.tolist() == [6, 4, np.inf] and found.worst.best() == 1
    assert found.mean.value.tolist() == [3, 2.5, np.inf] and found.mean.best() == 1
    assert found.worst.proved(1) and names_of([0, 4]) == ["base", "s4"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_least_and_most_hold_every_true_regret(seed):
    """Costs within gaps of true ones: true regret lies between least and most, ≥ −gap."""
    rng = np.random.default_rng(seed)
    own = rng.uniform(50, 100, 5)
    true = own + rng.uniform(0, 30, (4, 5))
    gap = rng.uniform(0, 3, (4, 5))
    own_gap = rng.uniform(0, 3, 5)
    found = regrets(true + gap, true - rng.uniform(0, 1, (4, 5)), own + own_gap, own)
    exact = true - own
    assert (found.least <= exact + 1e-9).all() and (exact <= found.most + 1e-9).all()
    assert (found.value >= -own_gap - 1e-9).all()
    best = found.worst.best()
    assert best == min(range(4), key=lambda one: max(found.value[one]))
    if found.worst.proved(best):
        assert exact.max(axis=1)[best] <= exact.max(axis=1).min() + 1e-9


def test_without_any_operation_there_is_no_choice():
    lost = np.full((2, 1), np.nan)
    found = regrets(lost, lost, np.array([1.0]), np.array([1.0]))
    assert found.worst.best() is None and found.mean.best() is None
    none = regrets(np.zeros((2, 0)), np.zeros((2, 0)), np.zeros(0), np.zeros(0))
    assert none.worst.best() is None


def test_a_limit_without_a_plan_proves_nothing_against_a_candidate():
    """Candidate b has no plan: proved infeasible (NaN bound), or only out of time (a bound)."""
    cost, own = np.array([[14.0], [np.nan]]), np.array([10.0])
    for bound, proved in ((np.nan, True), (-np.inf, False), (12.0, False), (15.0, True)):
        found = regrets(cost, np.array([[14.0], [bound]]), own, own)
        assert found.worst.best() == 0 and found.worst.proved(0) is proved
        assert found.mean.proved(0) is proved


def test_candidates_are_distinct_plans_and_a_few_that_stand_for_groups():
    plans = np.array([[5, 0], [5, 0.01], [0, 5], [0, 5.3], [0, 5.2], [9, 9]], dtype=float)
    every = candidates(plans, most=10)
    assert every.distinct == 5 and every.chosen == (0, 2, 3, 4, 5)
    assert every.of[1] == 0  # 0.01 MW is no other decision
    few = candidates(plans, most=3)
    assert few.chosen[0] == 0 and len(few.chosen) == 3
    assert few.chosen[2] == 4 or few.chosen[1] == 4  # in the middle of its group
    assert few == candidates(plans, most=3)
    assert candidates(plans, most=1).of == (0,) * 6
    with pytest.raises(ValueError, match="candidate"):
        candidates(plans, most=0)


def halls(folder, demand, **economy):
    """One site near no other, halls of 2 MW at 30 mcny per MW, IT at 10 mcny per EFLOPS."""
    return tiny_model(
        folder,
        settings={"economy": {"unserved_penalty_mcny_per_eflops": 40, **economy}},
        facilities=[
            {"facility": "hall", "kinds": "general", "module_it_mw": 2, "capex_mcny_per_mw": 30}
        ],
        kinds=[
            {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
             "it_capex_mcny_per_eflops": 10}
        ],
        sites=[
            {"site": "E", "fixed_cost_mcny_per_year": 7, "max_it_mw": 10},
            {"site": "W", "fixed_cost_mcny_per_year": 5, "max_it_mw": 10, "cost_factor": 1.1},
        ],
        demand=[
            {"zone": zone, "workload": "task", "demand_eflops": demand} for zone in ("east", "west")
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def futures(tmp_path_factory):
    """The statements of three demands, each with its own optimum."""
    folder, found = tmp_path_factory.mktemp("futures"), []
    for demand in FUTURES:
        model = read_model(halls(folder / f"d{demand}", demand))
        settings = solver_settings(model)
        statement = state(model, settings)
        own = Live(settings).minimise(statement.compiled, settings, statement.invariant, 0.0)
        found.append((statement, own, settings))
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_no_candidate_is_better_than_a_samples_own_optimum(futures, stage):
    for origin, plan, limits in futures:
        held = decided(origin.compiled, plan.x, stage)
        for statement, own, _ in futures:
            found = price(statement, held, limits)
            assert found.status == "optimal"
            assert found.cost_mcny >= own.bound - 1e-6
            if statement is origin:
                assert found.cost_mcny == pytest.approx(own.objective, abs=1e-6)


def test_what_is_held_is_what_the_stage_says(futures):
    """Two halls for 1.5 + 1.5; with demand 3 + 3 three EFLOPS stay unserved at 40 mcny each."""
    statement, plan, settings = futures[1]
    larger, smaller = futures[2][0], futures[0][0]
    space = decided(statement.compiled, plan.x, "space")
    assert {name.split("[")[0] for name in space.values} == {"open", "modules"}
    compute = decided(statement.compiled, plan.x, "compute")
    assert compute.values["install[W+hall,general,2025]"] == pytest.approx(3)
    assert price(larger, compute, settings).unserved_eflops == pytest.approx(3)
    assert price(larger, space, settings).unserved_eflops == pytest.approx(2)
    idle = price(smaller, compute, settings)
    assert idle.unserved_eflops == 0 and idle.cost_mcny == pytest.approx(plan.objective)


def test_hard_demand_gets_a_price_and_a_model_with_one_keeps_it(tmp_path):
    hard = read_model(tiny_model(tmp_path / "hard"))
    changed, amount = with_recourse(hard)
    assert amount == 20_000
    assert changed.settings.economy.unserved_penalty_mcny_per_eflops == amount
    assert with_recourse(changed) == (changed, None)
