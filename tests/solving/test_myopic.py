"""Myopic foresight: period after period; each answer is worked in a comment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

import layout
from layout.checking import verify
from layout.errors import EXIT_INFEASIBLE
from layout.labels import LANGUAGES
from layout.model import read_model
from layout.plan import Plan, new_plan
from tests.builders import merged, target, tiny_model
from tests.cli.towns import Runner
from tests.features.rows import problems
from tests.properties.worlds import World, few, worlds, write_world

YEARS = [2025, 2030]


def halls(**settings: Any) -> dict[str, Any]:
    """One site; 1 EFLOPS (1 MW) in 2025, 3 in 2030. Rate 0, halls live 20 years.

    A small module of 1 MW costs 20 (1 a year), a large one of 3 MW 30 (1.5 a year).
    """
    return {
        "settings": merged(
            {"economy": {"discount_rate": 0}, "periods": YEARS, "foresight": "myopic"}, settings
        ),
        "zones": [{"zone": "Z"}],
        "sites": [{"site": "E", "max_it_mw": 10, "land_ha": 1}],
        "facilities": [
            {"facility": "large", "kinds": "general", "module_it_mw": 3, "capex_mcny_per_mw": 10},
            {"facility": "small", "kinds": "general", "module_it_mw": 1, "capex_mcny_per_mw": 20},
        ],
        "demand": [
            {"zone": "Z", "workload": "task", "year": year, "demand_eflops": eflops}
            for year, eflops in zip(YEARS, (1, 3), strict=True)
        ],
    }


def cramped(**settings: Any) -> dict[str, Any]:
    """The same on 1 ha: a small module takes 0.5 ha, a large one 0.9."""
    given = halls(**settings)
    large, small = given["facilities"]
    given["facilities"] = [{**large, "land_ha_per_mw": 0.3}, {**small, "land_ha_per_mw": 0.5}]
    return given


def planned(folder: Path, **given: Any) -> Plan:
    return layout.solve(read_model(tiny_model(folder, **given)), counterfactual=False)


def space(plan: Plan, year: int) -> dict[str, float]:
    table = plan["capacity"]
    rows = table[(table["year"] == year) & (table["facility_it_mw"] > 0)]
    return dict(zip(rows["facility"], rows["facility_it_mw"], strict=True))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("myopic") / "model", **halls())


def test_what_is_cheap_now_is_dear_later(plan: Plan, tmp_path: Path) -> None:
    # With foresight a large module serves both periods: 1.5 a year for ten years, 15 mcny.
    # Without it 2025 takes a small one (5 years at 1) and 2030 a large one besides, which is
    # cheaper than two more small ones (5 years at 1 + 1.5): 17.5 mcny.
    far = planned(tmp_path / "model", **halls(foresight="perfect"))
    assert far.record["objective_mcny"] == pytest.approx(15)
    assert space(far, 2025) == {"large": 3.0}
    assert plan.record["objective_mcny"] == pytest.approx(17.5)
    assert space(plan, 2025) == {"small": 1.0}
    assert space(plan, 2030) == {"large": 3.0, "small": 1.0}
    assert (plan.record["foresight"], far.record["foresight"]) == ("myopic", "perfect")


def test_every_period_is_proved_by_itself(plan: Plan) -> None:
    steps = [(step["period"], step["value"], step["bound"]) for step in plan.record["steps"]]
    assert steps == [
        (2025, pytest.approx(5), pytest.approx(5)),
        (2030, pytest.approx(12.5), pytest.approx(12.5)),
    ]
    assert plan.status == "optimal"
    assert plan.record["bound_mcny"] == pytest.approx(17.5)
    assert plan.record["verification"]["passed"]
    assert "myopic" in plan.summary("en").lower() and "短视" in plan.summary("zh")


def test_without_proof_of_a_period_the_plan_is_not_called_optimal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from layout.solving import myopic

    true_answer = myopic.answered

    def unsure(formulation: Any, *given: Any, **more: Any) -> Any:
        solved = true_answer(formulation, *given, **more)
        if formulation.years[-1].year == 2030:
            return solved
        outcome = replace(solved.outcome, status="feasible", reason="time_limit", bound=4.0)
        return replace(solved, outcome=outcome)

    monkeypatch.setattr(myopic, "answered", unsure)
    plan = planned(tmp_path / "model", **halls())
    # 2025 is proved to cost 4 at least, 2030 to cost 12.5: 16.5 of 17.5.
    assert (plan.status, plan.record["reason"]) == ("feasible", "time_limit")
    assert plan.record["bound_mcny"] == pytest.approx(16.5)
    assert plan.record["gap"] == pytest.approx(1 / 17.5)


def test_targets_of_later_years_are_not_seen_before(tmp_path: Path) -> None:
    # 4 EFLOPS are asked for in 2030: foresight changes nothing in 2025, where 1 is enough.
    given = halls(targets=[target("total", "compute_eflops_fp32", "at_least", 4, year=2030)])
    plan = planned(tmp_path / "model", **given)
    compute = plan["capacity"].groupby("year")["compute_eflops"].sum()
    assert compute.to_dict() == pytest.approx({2025: 1, 2030: 4})
    assert plan.tables["targets"]["year"].tolist() == [2030]


def test_prices_are_those_of_the_step_that_decided(tmp_path: Path) -> None:
    # Space of any size at 20 mcny a MW: one EFLOPS more costs 1 mcny a year in either period,
    # since no period knows that the other could use it as well.
    given = halls()
    given["facilities"] = [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}]
    plan = planned(tmp_path / "model", **given)
    assert plan["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([1, 1])


def test_a_later_period_may_have_no_plan(tmp_path: Path) -> None:
    # The small module leaves 0.5 ha: one more small one, 2 MW where 3 are needed. With
    # foresight the large one stands from the beginning.
    assert planned(tmp_path / "far", **cramped(foresight="perfect")).status == "optimal"
    plan = planned(tmp_path / "near", **cramped())
    assert plan.status == "infeasible"
    assert plan.record["period_without_plan"] == 2030
    assert plan.explanation is not None and plan.explanation["period"] == 2030
    assert {part["type"] for part in plan.explanation["conflict"]} == {"land", "served"}
    assert [way["verified"] for way in plan.explanation["ways_out"]]
    assert all("2030" in plan.summary(lang) for lang in LANGUAGES)


def test_the_command_says_so_and_ends_with_code_four(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path / "model", **cramped())
    ended = Runner(capsys)("solve", model, "-o", tmp_path / "plan")
    assert ended.code == EXIT_INFEASIBLE == 4
    assert "2030" in ended.err and "foresight=perfect" in ended.err


def test_comparisons_are_myopic_too(tmp_path: Path) -> None:
    # Nothing moves between two regions: each has its own site. The comparison decides period by
    # period as well (17.5 for the one zone), and claims no bounds.
    given = halls()
    given["zones"] = [{"zone": "Z", "region": "east"}]
    given["sites"] = [
        {"site": "E", "region": "east", "max_it_mw": 10},
        {"site": "W", "region": "west", "max_it_mw": 10},
    ]
    plan = layout.solve(read_model(tiny_model(tmp_path / "model", **given)))
    assert plan.record["counterfactuals"]["local"]["objective_mcny"] == pytest.approx(17.5)
    worth = plan.record["value_of_moving"]
    assert worth["saving_mcny"] == pytest.approx(0)
    assert worth["least_mcny"] is worth["most_mcny"] is None


@hypothesis_settings(few, max_examples=3)
@given(worlds())
def test_myopic_plans_never_cost_less(
    tmp_path_factory: pytest.TempPathFactory, world: World
) -> None:
    folder = tmp_path_factory.mktemp("worlds")
    later = [{**row, "year": 2030, "demand_eflops": row["demand_eflops"] * 1.5}
             for row in world["demand"]]  # fmt: skip
    both = {**world, "demand": [*world["demand"], *later]}
    costs = []
    for name in ("perfect", "myopic"):
        model = write_world(folder / name, both, periods=YEARS, foresight=name)
        plan = layout.solve(model, counterfactual=False)
        assert plan.record["verification"]["passed"]
        costs.append(plan.record["objective_mcny"])
    assert costs[1] >= costs[0] * (1 - 1e-7)


@pytest.mark.parametrize("objective", ["goals", {"weighted": {"cost": 1, "carbon": 1}}])
def test_objectives_that_need_all_periods_are_refused(tmp_path: Path, objective: Any) -> None:
    found = problems(tmp_path / "model", **halls(objective=objective))
    assert [problem.code for problem in found] == ["myopic_objective"]
    one = halls(objective=objective, periods=[2025])
    assert not problems(tmp_path / "one", **one)


def test_carbon_first_keeps_what_each_period_reached(tmp_path: Path) -> None:
    plan = planned(tmp_path / "model", **halls(objective=["carbon", "cost"]))
    steps = [(step["period"], step["step"]) for step in plan.record["steps"]]
    assert steps == [(2025, "carbon"), (2025, "cost"), (2030, "carbon"), (2030, "cost")]
    assert plan.record["verification"]["passed"]


def test_a_record_that_hides_the_foresight_is_found(plan: Plan) -> None:
    def codes(**changed: Any) -> set[str]:
        broken = new_plan({**plan.record, **changed}, plan.model, plan.tables)
        return {failure.code for failure in verify(broken).failures}

    assert codes(foresight="perfect") == {"foresight"}
    assert codes(steps=plan.record["steps"][:1]) == {"foresight"}
    first = {**plan.record["steps"][0], "value": 4.0, "bound": 4.0}
    assert codes(steps=[first, plan.record["steps"][1]]) == {"bound"}
    dear = {**plan.record["steps"][0], "value": 6.0, "bound": 6.0}
    assert codes(steps=[dear, plan.record["steps"][1]]) == {"bound"}
