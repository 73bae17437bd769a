"""Every form of objective on worlds small enough to be worked out by hand or counted out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from layout.checking import verify
from layout.formulation import build
from layout.model import PlanningModel, read_model
from layout.plan import Plan, write_plan
from layout.solving import frontier, solve
from tests.builders import target, tiny_model
from tests.checking.edits import Edit, entry

GWH = 8.76  # of 1 MW in a year


def power(**sites: tuple[float, float]) -> dict[str, Any]:
    """Sites, each in its own province, with grid price (CNY/kWh) and factor (t/MWh)."""
    return {
        "sites": [{"site": name, "province": f"P{name}"} for name in sites],
        "power": [
            {"province": f"P{name}", "price_cny_per_kwh": price, "grid_tco2_per_mwh": factor}
            for name, (price, factor) in sites.items()
        ],
    }


# 1 EFLOPS = 8.76 GWh a year: cheap 3.504 mcny and 7.008 kt, mid 4.38 and 2.628, clean 7.884 and
# 0.876. The range of cost is 4.38, that of carbon 6.132.
LADDER = power(cheap=(0.4, 0.8), mid=(0.5, 0.3), clean=(0.9, 0.1))
ONE = {
    "zones": [{"zone": "Z"}],
    "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
}
WHOLE = [{"workload": "task", "kind": "general", "split": False}]


def model_of(folder: Path, objective: Any, **given: Any) -> PlanningModel:
    settings = {"objective": objective, **given.pop("settings", {})}
    return read_model(tiny_model(folder, settings=settings, **given))


def planned(folder: Path, objective: Any, **given: Any) -> Plan:
    """The plan of a tiny model, verified, with another objective."""
    plan = solve(model_of(folder / "model", objective, **given), counterfactual=False)
    assert plan.record["verification"]["passed"]
    return plan


def served(plan: Plan) -> dict[str, float]:
    sums = plan.tables["service"].groupby("site")["served_eflops"].sum().round(6)
    return sums[sums > 0].to_dict()


@pytest.mark.parametrize(
    ("weights", "site"),
    [({"cost": 0.5, "carbon": 0.5}, "mid"), ({"cost": 0.95, "carbon": 0.05}, "cheap"),
     ({"cost": 0.1, "carbon": 0.9}, "clean")],
)  # fmt: skip
def test_weights_are_of_pay_off_ranges(
    weights: dict[str, float], site: str, tmp_path: Path
) -> None:
    # Half and half: cheap 0.4 + 0.571, mid 0.5 + 0.214, clean 0.9 + 0.071.
    plan = planned(tmp_path, {"weighted": weights}, **ONE, **LADDER)
    assert served(plan) == {site: 1}
    traded = plan.record["trade_off"]
    assert traded["range"] == pytest.approx({"cost": 4.38, "carbon": 6.132})
    if site == "mid":
        assert plan.record["objective_value"] == pytest.approx(0.5 + 0.5 * 2.628 / 6.132)
    assert plan.record["objective_mcny"] == pytest.approx(
        {"cheap": 3.504, "mid": 4.38, "clean": 7.884}[site]
    )


@pytest.mark.parametrize(
    ("limit", "cost", "mid"), [(4.818, 3.942, 0.5), ("50%", 4.2048, 0.8), (100, 3.504, 0)]
)
def test_the_least_cost_within_a_limit_on_carbon(
    limit: Any, cost: float, mid: float, tmp_path: Path
) -> None:
    # 4.818 kt lie half way between cheap and mid; 50% of the cheapest plan's carbon are 3.504 kt,
    # 80% of the way; 100 kt limit nothing.
    plan = planned(tmp_path, {"epsilon": {"carbon": limit}}, **ONE, **LADDER)
    assert plan.record["objective_mcny"] == pytest.approx(cost)
    assert served(plan).get("mid", 0) == pytest.approx(mid, abs=1e-6)
    assert plan.status == "optimal"
    assert plan.record["bound_mcny"] == pytest.approx(cost)


def test_the_least_carbon_within_a_budget(tmp_path: Path) -> None:
    # 125% of 3.504 are 4.38 mcny: mid, 2.628 kt.
    terms = {"epsilon": {"minimise": "carbon", "cost": "125%"}}
    plan = planned(tmp_path, terms, **ONE, **LADDER)
    traded = plan.record["trade_off"]
    assert (traded["value"], traded["bound"]) == pytest.approx((2.628, 2.628))
    assert served(plan) == {"mid": 1}


def test_augmecon_takes_the_efficient_one_of_two_equally_cheap_plans(tmp_path: Path) -> None:
    # `trap` costs what `mid` costs and keeps the limit of 4.818 kt too, with 4.38 kt.
    sites = power(cheap=(0.4, 0.8), trap=(0.5, 0.5), mid=(0.5, 0.3), clean=(0.9, 0.1))
    plan = planned(tmp_path, {"epsilon": {"carbon": 4.818}}, workloads=WHOLE, **ONE, **sites)
    assert served(plan) == {"mid": 1}
    assert plan.status == "optimal"


def test_a_limit_that_no_plan_keeps_says_what_is_possible(tmp_path: Path) -> None:
    model = model_of(tmp_path, {"epsilon": {"carbon": 0.5}}, **ONE, **LADDER)
    plan = solve(model)
    assert plan.status == "infeasible"
    assert plan.explanation is not None
    (conflict,) = plan.explanation["conflict"]
    assert (conflict["id"], conflict["value"]) == ("objective.epsilon.carbon", 0.5)
    (way,) = plan.explanation["ways_out"]
    assert way["cost_mcny"] == pytest.approx(7.884)
    assert "0.876 kt" in way["change"]


PRICES = {"A": (0.4, 0.8, 1.0), "B": (0.45, 0.6, 0.5), "C": (0.7, 0.2, 2.0), "D": (0.45, 0.7, 0.5)}


def counted_out() -> list[tuple[float, float]]:
    """(cost, carbon) of all ways to serve two zones of 1 and 2 EFLOPS, each from one site."""
    found = []
    for chosen in product(PRICES, repeat=2):
        load = dict.fromkeys(PRICES, 0.0)
        for site, eflops in zip(chosen, (1, 2), strict=True):
            load[site] += eflops * GWH
        cost = sum(PRICES[site][2] for site in set(chosen))
        cost += sum(PRICES[site][0] * gwh for site, gwh in load.items())
        found.append((cost, sum(PRICES[site][1] * gwh for site, gwh in load.items())))
    return found


def efficient(plans: list[tuple[float, float]]) -> set[tuple[float, float]]:
    return {
        (round(cost, 6), round(carbon, 6))
        for cost, carbon in plans
        if not any(
            c <= cost + 1e-9 and k <= carbon + 1e-9 and (c < cost - 1e-9 or k < carbon - 1e-9)
            for c, k in plans
        )
    }


@pytest.mark.parametrize("objectives", [("cost", "carbon"), ("carbon", "cost")])
def test_the_frontier_holds_efficient_plans_only(
    objectives: tuple[str, str], tmp_path: Path
) -> None:
    sites = power(**{name: values[:2] for name, values in PRICES.items()})
    for row in sites["sites"]:
        row["fixed_cost_mcny_per_year"] = PRICES[row["site"]][2]
    demand = [
        {"zone": zone, "workload": "task", "demand_eflops": eflops}
        for zone, eflops in (("east", 1), ("west", 2))
    ]
    model = model_of(tmp_path, "cost", workloads=WHOLE, demand=demand, **sites)
    points = frontier(model, objectives, points=60)
    known = efficient(counted_out())
    found = [(round(p.values["cost"], 6), round(p.values["carbon"], 6)) for p in points]
    assert len(set(found)) == len(found)
    assert set(found) == known  # 60 limits are fine enough to meet every one of them
    assert all(point.status == "optimal" for point in points)


def test_a_frontier_needs_two_objectives(tmp_path: Path) -> None:
    model = model_of(tmp_path, "cost", **ONE, **LADDER)
    with pytest.raises(ValueError, match="cost and carbon"):
        frontier(model, ("cost", "cost"))


# Dinkelbach: E holds 2 EFLOPS that draw half their power idle, and nothing fits beside them; W is
# to be built. Zones of 1, 1 and 1.5 EFLOPS are served by one site each or not at all.
DEMANDS = (1.0, 1.0, 1.5)


def ratios(west: float) -> tuple[float, float]:
    """The most compute per carbon of all 27 ways, and the most compute at that ratio."""
    found = []
    for chosen in product("-EW", repeat=3):
        load = dict.fromkeys("EW-", 0.0)
        for site, eflops in zip(chosen, DEMANDS, strict=True):
            load[site] += eflops
        if load["E"] > 2:
            continue
        carbon = GWH * (0.8 * (0.5 * 2 + 0.5 * load["E"]) + west * load["W"])
        found.append(((load["E"] + load["W"]) / carbon, load["E"] + load["W"]))
    best = max(ratio for ratio, _ in found)
    return best, max(used for ratio, used in found if ratio > best - 1e-9)


@pytest.mark.parametrize("west", [0.9, 0.6, 0.5, 0.3])
def test_compute_per_carbon_against_every_plan_counted_out(west: float, tmp_path: Path) -> None:
    given = power(E=(0.1, 0.8), W=(0.1, west))
    given["sites"][0]["max_it_mw"] = 2
    plan = planned(
        tmp_path,
        "compute_per_carbon",
        settings={"economy": {"unserved_penalty_mcny_per_eflops": 0.001}},
        zones=[{"zone": f"Z{number}"} for number in range(3)],
        workloads=WHOLE,
        demand=[
            {"zone": f"Z{number}", "workload": "task", "demand_eflops": eflops}
            for number, eflops in enumerate(DEMANDS)
        ],
        kinds=[
            {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
             "idle_power_share": 0.5}
        ],
        stock=[
            {"block": "b", "site": "E", "facility": "hall", "kind": "general",
             "compute_eflops": 2, "facility_it_mw": 2}
        ],
        **given,
    )  # fmt: skip
    best, most = ratios(west)
    found = plan.record["compute_per_carbon"]
    assert plan.status == "optimal"
    assert found["eflops_per_kt"] == pytest.approx(best, rel=1e-6)
    assert found["compute_eflops_fp32"] == pytest.approx(most, rel=1e-6)
    assert plan.record["objective_value"] == pytest.approx(1 / best, rel=1e-6)


def test_with_hard_demand_compute_per_carbon_is_the_least_carbon(tmp_path: Path) -> None:
    plan = planned(tmp_path, "compute_per_carbon", **ONE, **LADDER)
    assert served(plan) == {"clean": 1}
    assert plan.record["objective_value"] == pytest.approx(0.876)


def test_compute_that_has_no_ratio_to_fp32_counts_as_it_is(tmp_path: Path) -> None:
    kinds = [{"kind": "general", "precision": "INT8", "it_mw_per_eflops": 1}]
    plan = planned(tmp_path, "compute_per_carbon", **ONE, **LADDER, kinds=kinds)
    assert plan.record["objective_value"] == pytest.approx(0.876)


# Goals: E takes 3 EFLOPS without carbon, W 4 that emit 7.008 kt each whether used or not.
TWO: dict[str, Any] = {
    "zones": [{"zone": "Z"}],
    "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
    "kinds": [
        {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
         "idle_power_share": 1}
    ],
}  # fmt: skip


def two_sites() -> dict[str, Any]:
    given = power(E=(0.1, 0.0), W=(0.1, 0.8))
    for row, room in zip(given["sites"], (3, 4), strict=True):
        row["max_it_mw"] = room
    return {**TWO, **given}


def goals(total: float, carbon: float, first: int | None, second: int | None, mode: str) -> Any:
    return [
        target("total", "compute_eflops_fp32", "at_least", total, mode=mode, priority=first),
        target("carbon", "carbon_kt", "at_most", carbon, mode=mode, priority=second),
    ]


@pytest.mark.parametrize(
    ("first", "second", "total", "carbon"), [(1, 2, 3, 21.024), (2, 1, 6, 0), (None, None, 6, 0)]
)
def test_goals_are_reached_by_priority(
    first: int | None, second: int | None, total: float, carbon: float, tmp_path: Path
) -> None:
    # 10 EFLOPS are asked for and 7 fit: 3 short. Carbon of at most 7.008 kt allows 1 EFLOPS in W:
    # then 6 are short; with all 7 carbon is 21.024 too much. Of equal rank, one more EFLOPS in W
    # brings 0.1 of the one and costs 1.0 of the other.
    wanted = goals(10, 7.008, first, second, "soft")
    plan = planned(tmp_path, "goals", settings={"targets": wanted}, **two_sites())
    short = {
        one["id"]: one["shortfall"] for group in plan.record["goals"] for one in group["targets"]
    }
    assert short == pytest.approx({"total": total, "carbon": carbon}, abs=1e-5)
    assert plan.status == "optimal"
    first_sum = {(1, 2): 0.3, (2, 1): 0.0, (None, None): 0.6}[first, second]
    assert plan.record["objective_value"] == pytest.approx(first_sum, abs=1e-6)


def test_nothing_is_short_where_the_hard_problem_is_feasible(tmp_path: Path) -> None:
    # 5 EFLOPS within 14.016 kt: 3 in E and 2 in W; the cost is that of the hard problem.
    hard, soft = (
        planned(
            tmp_path / mode,
            objective,
            settings={"targets": goals(5, 14.016, 1, 2, mode)},
            **two_sites(),
        )
        for mode, objective in (("hard", "cost"), ("soft", "goals"))
    )
    assert all(group["shortfall"] <= 1e-6 for group in soft.record["goals"])
    assert [one["status"] for one in soft.record["targets"]] == ["pass", "pass"]
    assert soft.record["objective_mcny"] == pytest.approx(hard.record["objective_mcny"])
    assert [step["step"] for step in soft.record["steps"]] == ["goals 1", "goals 2", "cost"]


def test_a_share_counts_by_its_base_in_the_cheapest_plan(tmp_path: Path) -> None:
    # West holds at least half: W at 0.5·1 EFLOPS of demand serves it; nothing is short.
    share = target("west", "region_share", "at_least", 0.5, mode="soft", scope="site:W")
    plan = planned(tmp_path, "goals", settings={"targets": [share]}, **two_sites())
    (group,) = plan.record["goals"]
    assert group["targets"][0]["scale"] == pytest.approx(0.5)
    assert group["shortfall"] == pytest.approx(0, abs=1e-6)


def test_goals_then_carbon_then_cost(tmp_path: Path) -> None:
    given = {**ONE, **LADDER}
    plan = planned(tmp_path, ["goals", "carbon"], **given)
    assert served(plan) == {"clean": 1}
    assert [step["step"] for step in plan.record["steps"]] == ["carbon", "cost"]


def test_every_step_is_recorded_with_its_proof(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["carbon", "cost"], **ONE, **LADDER)
    steps = plan.record["steps"]
    assert [(step["step"], step["unit"], step["status"]) for step in steps] == [
        ("carbon", "kt", "optimal"),
        ("cost", "mcny", "optimal"),
    ]
    assert steps[0]["value"] == pytest.approx(0.876)
    assert steps[0]["kept_at"] == pytest.approx(0.876)
    assert steps[1]["value"] == plan.record["objective_mcny"] == pytest.approx(7.884)


TAMPERED: dict[str, tuple[Any, Edit]] = {
    "objective_value": ("compute_per_carbon", entry("objective_value", value=0.5)),
    "objective_limit": (
        {"epsilon": {"carbon": 4.818}},
        entry("trade_off", "limit", "carbon", value=4.0),
    ),
    "step_status": (["carbon", "cost"], entry("steps", 0, "status", value="feasible")),
    "step_kept": (["carbon", "cost"], entry("steps", 0, "kept_at", value=0.5)),
    "bound": (["carbon", "cost"], entry("steps", 1, "bound", value=9.0)),
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    """Objective → the folder of its verified plan, solved once."""
    known: dict[str, Path] = {}

    def folder(objective: Any) -> Path:
        if repr(objective) not in known:
            place = tmp_path_factory.mktemp("untouched")
            write_plan(planned(place, objective, **ONE, **LADDER), place / "plan")
            assert verify(place / "plan").passed
            known[repr(objective)] = place / "plan"
        return known[repr(objective)]

    return folder


@pytest.mark.parametrize("code", sorted(TAMPERED))
def test_the_checker_sees_what_is_not_so(
    code: str, untouched: Callable[[Any], Path], tmp_path: Path
) -> None:
    objective, edit = TAMPERED[code]
    folder = copytree(untouched(objective), tmp_path / "plan")
    edit(folder)
    assert code in {failure.code for failure in verify(folder).failures}


def test_the_checker_measures_the_goals_again(tmp_path: Path) -> None:
    wanted = goals(10, 7.008, 1, 2, "soft")
    folder = tmp_path / "plan"
    plan = planned(tmp_path, "goals", settings={"targets": wanted}, **two_sites())
    write_plan(plan, folder)
    entry("goals", 0, "targets", 0, "shortfall", value=1.0)(folder)
    assert "goal_shortfall" in {failure.code for failure in verify(folder).failures}


def test_what_the_solver_leaves_of_a_goal_is_not_held_against_it(tmp_path: Path) -> None:
    """A shortfall of less than a millionth of its scale is none."""
    wanted = [target("total", "compute_eflops_fp32", "at_least", 1, mode="soft", priority=1)]
    plan = planned(tmp_path, "goals", settings={"targets": wanted}, **two_sites())
    (row,) = plan.record["goals"][0]["targets"]
    assert row["shortfall"] == 0
    for number, (share, good) in enumerate(((9e-7, True), (2e-6, False))):
        folder = tmp_path / str(number)
        write_plan(plan, folder)
        entry("goals", 0, "targets", 0, "shortfall", value=share * row["scale"])(folder)
        assert ("goal_shortfall" in {one.code for one in verify(folder).failures}) != good


def test_objectives_survive_the_plan_folder(tmp_path: Path) -> None:
    terms = {"epsilon": {"minimise": "cost", "carbon": "50%"}}
    folder = tmp_path / "plan"
    write_plan(planned(tmp_path, terms, **ONE, **LADDER), folder)
    again = read_model(folder / "model")
    assert again.settings.objective[0].epsilon.carbon == "50%"  # type: ignore[union-attr]
    assert len(build(again).years) == 1


def test_a_bound_on_carbon_is_no_bound_on_cost_in_comparisons(tmp_path: Path) -> None:
    aims = {"targets": [target("open", "site_count", "at_most", 3)]}
    plan = solve(model_of(tmp_path / "model", ["carbon"], settings=aims, **ONE, **LADDER))
    other = plan.record["without_targets"]
    assert other["objective_mcny"] == pytest.approx(7.884)
    assert plan.record["bound_mcny"] is None and other["bound_mcny"] is None
