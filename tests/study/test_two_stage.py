"""Two-stage plans: against brute force on a tiny case, and the inequalities of the theory."""

from __future__ import annotations

import json
from itertools import product

import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.model import read_model
from layout.solving.optimise import solver_settings
from layout.study.uncertainty.mean_model import NoMean, mean_model
from layout.study.uncertainty.scenarios import Scenario, checked, read_scenarios
from layout.study.uncertainty.two_stage import solve_two_stage
from tests.cli.towns import Runner, towns
from tests.study.test_regret import halls

DEMANDS = {"low": (0.5, 0.5), "mid": (1.5, 0.3), "high": (3.0, 0.2)}
"""Scenario → EFLOPS in each zone, probability."""


def scenarios():
    return [
        Scenario(name, chance, (f"demand.demand_eflops={amount}",))
        for name, (amount, chance) in DEMANDS.items()
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return halls(tmp_path_factory.mktemp("two") / "halls", 1)


@pytest.fixture(scope="module")
def answers(folder):
    """Stage → the answer."""
    futures = scenarios()
    models = [read_model(folder, sets=one.sets) for one in futures]
    settings = solver_settings(models[0])
    return {
        stage: solve_two_stage(models, futures, settings, stage)
        for stage in ("sites", "space", "compute")
    }


HALL_YEARS, IT_YEARS = 20, 5


def by_hand(stage):
    """Least expected cost over every choice of open sites, halls and (compute) IT by quarters.

    A year costs 30·crf(20) per MW of hall, 10·crf(5) per EFLOPS of IT, discounted at 7%; W is 10%
    dearer in halls, E costs 2 mcny more to open. Everything may serve everything.
    """
    rate = 0.07

    def crf(years):
        return rate / (1 - (1 + rate) ** -years)

    hall = {"E": 30 * crf(HALL_YEARS), "W": 33 * crf(HALL_YEARS)}
    opened, it = {"E": 7, "W": 5}, 10 * crf(IT_YEARS)

    def operated(room, compute, demand):
        """Serve from what stands: IT bought now (compute None), as far as it pays."""
        most = room if compute is None else compute
        served = min(demand, most)
        bought = served if compute is None else compute
        return it * bought + 40 * (demand - served)

    def halls_of(e, w):
        cost = 2 * e * hall["E"] + 2 * w * hall["W"]
        return cost + (opened["E"] if e else 0) + (opened["W"] if w else 0)

    best = float("inf")
    for e, w in product(range(6), range(6)):
        room = 2 * (e + w)
        steps = [None] if stage == "space" else [q / 4 for q in range(4 * room + 1)]
        for compute in steps:
            cost = halls_of(e, w) + sum(
                chance * operated(room, compute, 2 * amount) for amount, chance in DEMANDS.values()
            )
            best = min(best, cost)
    return best


@pytest.mark.parametrize("stage", ["space", "compute"])
def test_the_extensive_form_finds_what_brute_force_finds(answers, folder, stage):
    model = read_model(folder)
    assert model["facilities"]["life_years"].item() == HALL_YEARS
    assert model["kinds"]["it_life_years"].item() == IT_YEARS
    outcome = answers[stage].outcome
    assert outcome.status == "optimal"
    assert outcome.objective == pytest.approx(by_hand(stage), rel=1e-7)


@pytest.mark.parametrize("stage", ["sites", "space", "compute"])
def test_waiting_is_no_dearer_and_the_plan_for_the_mean_no_cheaper(answers, stage):
    """WS ≤ RP ≤ EEV; every scenario's plan has the shared first stage and passes its check."""
    found = answers[stage]
    tolerance = 1e-6 * abs(found.outcome.objective)
    assert found.evpi.value >= -tolerance and found.vss.value >= -tolerance
    assert found.evpi.least <= found.evpi.value <= found.evpi.most + 1e-9
    assert found.vss.least <= found.vss.value + 1e-9
    for future in found.futures:
        assert future.plan.record["verification"]["passed"]
        assert future.wait.cost_mcny <= future.cost_mcny + 1e-6
    expected = sum(one.scenario.probability * one.cost_mcny for one in found.futures)
    assert found.outcome.objective == pytest.approx(expected)
    assert found.outcome.bound <= expected + 1e-6
    spaces = {round(one.plan["capacity"]["facility_it_mw"].sum(), 6) for one in found.futures}
    assert stage == "sites" or len(spaces) == 1


def test_the_more_is_decided_first_the_dearer(answers):
    sites, space, compute = (answers[name].outcome.objective for name in answers)
    assert sites <= space + 1e-6 <= compute + 2e-6


def test_one_certain_future_is_the_ordinary_plan(folder):
    """Two scenarios that say the same cost what the model costs, and nothing is worth knowing."""
    study = layout.two_stage(folder, [Scenario("a", 0.5), Scenario("b", 0.5)])
    plan = layout.solve(folder)
    assert study.record["expected_mcny"] == pytest.approx(plan.record["objective_mcny"])
    assert study.record["evpi"]["value_mcny"] == pytest.approx(0, abs=1e-6)
    assert study.record["vss"]["value_mcny"] == pytest.approx(0, abs=1e-6)


def test_the_mean_model_has_mean_numbers_and_refuses_words(folder):
    low, high = (read_model(folder, sets=[f"demand.demand_eflops={d}"]) for d in (1, 3))
    mean = mean_model([low, high], [0.25, 0.75])
    assert mean["demand"]["demand_eflops"].tolist() == [2.5, 2.5]
    dear = read_model(folder, sets=["economy.discount_rate=0.09"])
    assert mean_model([low, dear], [0.5, 0.5]).settings.economy.discount_rate == pytest.approx(0.08)
    other = read_model(folder, sets=["latency.basis=one_way"])
    with pytest.raises(NoMean, match="basis"):
        mean_model([low, other], [0.5, 0.5])


def test_wrong_scenarios_are_told_with_every_problem(tmp_path):
    with pytest.raises(InputError) as stopped:
        checked([Scenario("a", 0.5), Scenario("a", -1)])
    codes = [problem.code for problem in stopped.value.problems]
    assert codes == ["scenario_twice", "scenario_probability"]
    file = tmp_path / "s.csv"
    file.write_text("scenario,probability,sets\na,0.5,\nb,0.7,x=1\n", "utf-8")
    with pytest.raises(InputError) as stopped:
        read_scenarios(file)
    assert [problem.code for problem in stopped.value.problems] == ["scenario_sum"]
    for lang in ("en", "zh"):
        assert "1.2" in stopped.value.message(lang)


@pytest.fixture
def run(capsys):
    return Runner(capsys)


def test_the_command_line_in_both_languages(tmp_path, run):
    towns(tmp_path / "towns")
    east = "demand[zone=310000,year=2025].demand_eflops"
    file = tmp_path / "s.csv"
    file.write_text(f'scenario,probability,sets\nmid,0.6,\nhigh,0.4,"{east}=*1.5"\n', "utf-8")
    line = ["uncertainty", tmp_path / "towns", "--two-stage", file, "-o", tmp_path / "out"]
    found = run(*line, "--hold", "space")
    assert found.code == 0, found.err
    assert "EVPI" in found.out and "VSS" in found.out and "20,000" in found.out
    record = json.loads((tmp_path / "out" / "study.json").read_text("utf-8"))
    assert record["status"] == "optimal" and record["stage"] == "space"
    futures = pd.read_csv(tmp_path / "out" / "futures.csv").set_index("scenario")
    assert (futures["checks"] > 0).all() and (futures["wait_mcny"] <= futures["cost_mcny"]).all()
    decided = pd.read_csv(tmp_path / "out" / "decided.csv")
    assert set(decided["decision"]) <= {"open", "modules", "space"}
    assert run(*line).code == 3  # the folder holds a study
    chinese = run(*line, "--overwrite", lang="zh")
    assert chinese.code == 0 and "随机" not in chinese.out and "均值规划" in chinese.out
    file.write_text("scenario,probability,sets\na,0.5,x.y=1\nb,0.5,\n", "utf-8")
    wrong = run(*line, "--overwrite")
    assert wrong.code == 3 and "x" in wrong.err
