"""A live solver gives what a new one would, whatever changed between two questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

import layout
from layout.algebra import Compiled
from layout.errors import InputError, LayoutError
from layout.formulation import build
from layout.formulation.linear import Linear
from layout.model import PlanningModel
from layout.solving import live
from layout.solving.alignment import positions
from layout.solving.changes import LASTING, changed, differences
from layout.solving.live import Live
from layout.solving.optimise import Clock, solver_settings
from layout.solving.proofs import still_bounds
from layout.solving.solver import Solver
from layout.solving.statement import restate, state
from layout.solving.steps import Aim, Work
from tests.builders import target, tiny_model, write_table
from tests.deep import some

CHANGES: dict[str, dict[str, Any]] = {
    "value of a target": {"targets": {"compute": 14}},
    "factor of a target": {"targets": {"compute": "*1.2"}},
    "coefficients of a target": {"targets": {"west": 0.6}},
    "penalty of a target": {"targets": {"west": {"penalty": 3.0}}},
    "a target that only reports": {"targets": {"west": {"mode": "report"}}},
    "price of a province": {"prices": {"P2": 0.9}},
    "all prices": {"prices": "*1.4"},
    "carbon": {"carbon_price_cny_per_t": 300},
    "all demand": {"demand": "*1.1"},
    "demand of a zone": {"demand": {"a": "*1.3"}},
    "one demand": {"demand": {("b", "task", 2025): 3.5}},
    "no demand there": {"demand": {("b", "task"): 0}},
    "discount rate": {"discount_rate": 0.04},
    "transport": {"transport_mcny_per_gbps_1000km_year": 3},
    "several": {"targets": {"compute": 13}, "prices": {"P1": 0.7}, "demand": {"c": "*1.2"}},
}


def small(folder: Path, seed: int = 0, **settings: Any) -> Path:
    """Four sites, one with stock, modules of 2 MW, fixed costs, prices of power, two targets."""
    random = np.random.default_rng(seed)
    places = [
        {"lat": 25 + 10 * y, "lon": 100 + 15 * x}
        for x, y in random.uniform(0, 1, (7, 2)).round(3).tolist()
    ]
    names, zones = ("A", "B", "C", "D"), ("a", "b", "c")
    fixed = random.uniform(2, 9, 4).round(2).tolist()
    prices = random.uniform(0.3, 0.6, 2).round(3).tolist()
    options: dict[str, Any] = {
        "economy": {
            "carbon_price_cny_per_t": 80,
            "transport_mcny_per_gbps_1000km_year": 1.5,
            "wage_mcny_per_year": 0.1,
        },
        "targets": [
            target("compute", "compute_eflops_fp32", "at_least", 9),
            target(
                "west", "region_share", "at_least", 0.3, scope="region:west", mode="soft", penalty=2
            ),
        ],
        **settings,
    }
    return tiny_model(
        folder,
        settings=options,
        zones=[
            {"zone": zone, "province": "P1", **place}
            for zone, place in zip(zones, places[:3], strict=True)
        ],
        sites=[
            {
                "site": name,
                "province": "P1" if number < 2 else "P2",
                "region": "east" if number < 2 else "west",
                "max_it_mw": 12,
                "fixed_cost_mcny_per_year": fixed[number],
                **places[3 + number],
            }
            for number, name in enumerate(names)
        ],
        kinds=[
            {
                "kind": "general",
                "precision": "FP32",
                "it_mw_per_eflops": 1,
                "fp32_per_native": 1,
                "it_capex_mcny_per_eflops": 4,
                "it_life_years": 5,
                "max_utilisation": 0.8,
            }
        ],
        facilities=[
            {
                "facility": "hall",
                "kinds": "general",
                "capex_mcny_per_mw": 20,
                "life_years": 20,
                "module_it_mw": 2,
            }
        ],
        workloads=[{"workload": "task", "kind": "general", "traffic_gbps_per_eflops": 2}],
        demand=[
            {"zone": zone, "workload": "task", "demand_eflops": float(amount)}
            for zone, amount in zip(zones, random.uniform(1, 3, 3).round(2), strict=True)
        ],
        power=[
            {"province": name, "price_cny_per_kwh": price, "grid_tco2_per_mwh": 0.5 + price}
            for name, price in zip(("P1", "P2"), prices, strict=True)
        ],
        stock=[
            {
                "block": "A-old",
                "site": "A",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": 2,
            }
        ],
    )


def anew(model: PlanningModel) -> PlanningModel:
    """The same model without anything that was worked out from it."""
    return PlanningModel(model.name, model.settings, model.tables, model.inputs)


def same(one: Compiled, other: Compiled) -> None:
    """Two models are the same to the last bit."""
    for name in ("cost", "column_lower", "column_upper", "row_lower", "row_upper", "integrality"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("starts", "rows", "coefficients"):
        assert np.array_equal(getattr(one.entries, name), getattr(other.entries, name)), name
    assert one.offset == other.offset


# --- what is stated -------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES)
def test_the_arrays_are_those_of_a_new_statement(change: str, tmp_path: Path) -> None:
    model = layout.read(small(tmp_path))
    settings = solver_settings(model)
    known = state(model, settings)
    other = changed(model, model, **CHANGES[change])
    again = restate(known, other)
    fresh = state(anew(other), settings)
    same(again.compiled, fresh.compiled)
    assert np.array_equal(again.invariant.coefficients, fresh.invariant.coefficients)
    back = restate(again, changed(other, model, targets={"compute": 9}))
    same(back.compiled, state(anew(back.model), settings).compiled)


NATIONAL: dict[str, tuple[dict[str, Any], list[str]]] = {
    "target": ({"targets": {"total-300": 340}}, ["targets.total-300.value=340"]),
    "share": ({"targets": {"ai-share-35": "*1.1"}}, ["targets.ai-share-35.value=*1.1"]),
    "price": (
        {"prices": {"520000": "*0.5"}},
        ["power[province=520000,tariff_zone=].price_cny_per_kwh=*0.5"],
    ),
    "carbon": ({"carbon_price_cny_per_t": 120}, ["economy.carbon_price_cny_per_t=120"]),
    "demand": (
        {"demand": {("110000", "inference"): "*1.2"}},
        ["demand[zone=110000,workload=inference].demand_eflops=*1.2"],
    ),
}


@pytest.mark.parametrize("change", NATIONAL)
def test_a_change_is_what_set_says(change: str) -> None:
    """The command line's own way to the same model, and its arrays."""
    keys, sets = NATIONAL[change]
    model = layout.read("national-2025")
    other, expected = changed(model, model, **keys), layout.read("national-2025", sets=sets)
    assert not differences(other, expected)
    settings = solver_settings(model)
    same(restate(state(model, settings), other).compiled, state(expected, settings).compiled)


def test_features_that_price_power_by_the_hour_are_stated_whole(tmp_path: Path) -> None:
    model = layout.read("hub-guizhou", sets=["features.slices=true", "slices.count=4"])
    settings = solver_settings(model)
    other = changed(model, model, prices="*1.3", carbon_price_cny_per_t=10)
    same(
        restate(state(model, settings), other).compiled,
        state(anew(other), settings).compiled,
    )


def test_a_target_that_bounds_unlimited_sites_is_stated_whole(tmp_path: Path) -> None:
    """The bound of a site without max_it_mw grows with the target on compute."""
    folder = tiny_model(
        tmp_path, settings={"targets": [target("all", "compute_eflops_fp32", "at_least", 3)]}
    )
    model = layout.read(folder)
    settings = solver_settings(model)
    other = changed(model, model, targets={"all": 400})
    same(restate(state(model, settings), other).compiled, state(anew(other), settings).compiled)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_taken_over_is_what_would_be_worked_out(change: str, tmp_path: Path) -> None:
    model = layout.read(small(tmp_path))
    state(model, solver_settings(model))
    other = changed(model, model, **CHANGES[change])
    again = anew(other)
    state(again, solver_settings(model))
    kept = [key for key in model.kept if getattr(key[0], "__name__", "") in LASTING]
    assert len(kept) >= 8
    for key in kept:
        assert repr(other.kept[key]) == repr(again.kept[key]), key


# --- what is answered -----------------------------------------------------------------------------


@pytest.mark.parametrize("relaxed", [True, False])
@pytest.mark.parametrize("seed", some(range(2), 1))
def test_every_answer_is_that_of_a_new_solver(seed: int, relaxed: bool, tmp_path: Path) -> None:
    """One solver through all changes, one after the other, against a new one for each."""
    solver = Solver(small(tmp_path, seed), relaxed=relaxed)
    for change in CHANGES.values():
        reply = solver.update(**change).solve()
        fresh = Solver(anew(solver.model), relaxed=relaxed).solve()
        assert (reply.status, fresh.status) == ("optimal", "optimal")
        assert reply.objective_mcny == pytest.approx(fresh.objective_mcny, rel=1e-9, abs=1e-9)
        assert reply.bound_mcny == pytest.approx(fresh.bound_mcny, rel=1e-7, abs=1e-7)


def test_plans_cost_what_layout_solve_says(tmp_path: Path) -> None:
    solver = Solver(small(tmp_path, 3))
    changes: list[dict[str, Any]] = [{"demand": "*1.4"}, {"prices": {"P2": 0.1}}]
    for change in changes:
        reply = solver.update(**change).solve()
        plan = layout.solve(anew(solver.model), counterfactual=False)
        assert reply.objective_mcny == pytest.approx(plan.record["objective_mcny"], rel=1e-7)
        assert sum(reply.costs_mcny.values()) == pytest.approx(reply.objective_mcny, rel=1e-9)


def test_another_model_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """Other places, one power row fewer: factors are then of that model."""
    folder = small(tmp_path / "other", 7)
    write_table(folder / "power.csv", [{"province": "P1", "price_cny_per_kwh": 0.5}])
    solver = Solver(small(tmp_path / "first"))
    solver.update(prices="*2").solve()
    reply = solver.update(model=layout.read(folder), prices="*1.1").solve()
    assert solver.model["power"]["price_cny_per_kwh"].tolist() == pytest.approx([0.55])
    fresh = Solver(folder, sets=["power.price_cny_per_kwh=*1.1"]).solve()
    assert reply.objective_mcny == pytest.approx(fresh.objective_mcny, rel=1e-9)


@pytest.mark.parametrize("relaxed", [True, False])
def test_infeasible_and_back(relaxed: bool, tmp_path: Path) -> None:
    """48 MW of room hold 48 EFLOPS: 60 cannot stand, 40 can, 30 costs less."""
    solver = Solver(small(tmp_path), relaxed=relaxed)
    first = solver.solve()
    assert solver.update(targets={"compute": 60}).solve().status == "infeasible"
    assert solver.update(demand="*20").solve().status == "infeasible"
    more = solver.update(targets={"compute": 40}, demand="*1").solve()
    assert more.status == "optimal"
    fresh = Solver(anew(solver.model), relaxed=relaxed).solve()
    assert more.objective_mcny == pytest.approx(fresh.objective_mcny, rel=1e-9)
    again = solver.reset().solve()
    assert again.objective_mcny == pytest.approx(first.objective_mcny, rel=1e-9)


def test_many_changed_coefficients_are_handed_over_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ENTRIES_PER_CHANGE", 10**9)
    solver = Solver(small(tmp_path))
    solver.solve()
    reply = solver.update(targets={"west": 0.55}, demand="*1.2").solve()
    fresh = Solver(anew(solver.model)).solve()
    assert reply.objective_mcny == pytest.approx(fresh.objective_mcny, rel=1e-9)


def test_branching_starts_from_the_plan_at_hand(tmp_path: Path) -> None:
    """With exact gaps the relaxation is no proof, so that HiGHS branches; then it goes on hot."""
    solver = Solver(small(tmp_path, 1))
    ways = {solver.update(demand=f"*{1 + number / 10}").solve().how for number in range(6)}
    assert "branching" in ways


def test_the_national_model_is_answered_without_branching() -> None:
    """Three questions whose relaxations lie within the gaps of a plan."""
    solver = Solver("national-2025")
    changes: list[dict[str, Any]] = [
        {},
        {"targets": {"total-300": 330}},
        {"carbon_price_cny_per_t": 120},
    ]
    for change in changes:
        reply = solver.update(**change).solve()
        assert reply.status == "optimal"
        assert reply.how in ("dive", "kept")
        assert reply.gap is not None
        assert reply.gap <= 0.001
        assert reply.objective_mcny is not None
        assert reply.bound_mcny is not None
        assert reply.bound_mcny <= reply.objective_mcny


def test_a_time_limit_is_told(tmp_path: Path) -> None:
    reply = Solver(small(tmp_path), time_limit_s=1e-9).solve()
    assert (reply.status, reply.reason) == ("no_solution", "time_limit")
    with pytest.raises(LayoutError, match="no solution to read"):
        _ = reply.carbon_kt
    assert reply.plan().status == "no_solution"


def test_the_limit_of_one_answer_is_not_spent_by_those_before(tmp_path: Path) -> None:
    """HiGHS counts its seconds over all runs, a limit is for one answer."""
    solver = Solver(small(tmp_path), relaxed=True, time_limit_s=600)
    highs = solver._live.solver
    for price in (100, 120, 140):
        before = highs.getRunTime()
        assert solver.update(carbon_price_cny_per_t=price).solve().status == "optimal"
        assert highs.getOptionValue("time_limit")[1] >= before + 590


def test_another_solver_with_other_threads_is_no_trouble(tmp_path: Path) -> None:
    """HiGHS refuses to run beside one with other threads until its scheduler begins anew."""
    folder = small(tmp_path)
    one, two = Solver(folder, threads=1), Solver(folder, threads=2)
    for by in ("*1", "*1.1"):
        costs = [solver.update(demand=by).solve().objective_mcny for solver in (one, two)]
        assert costs[0] == pytest.approx(costs[1], rel=1e-9)


# --- other objectives on the same solver ----------------------------------------------------------


def _space(work: Work, site: str) -> Aim:
    """Modules of new space at a site."""
    v = work.formulation.variables
    at = np.flatnonzero(v.modules.index["site"] == site)
    return Aim(f"space {site}", Linear().add(v.modules, np.zeros(len(at), int), at), "1")


def _ranges(folder: Path, *, live: bool) -> list[float]:
    """Least and most modules of every site within 5% of the least cost."""
    model = layout.read(folder)
    settings = solver_settings(model)
    work = Work(build(model), settings, Clock(None), live=Live(settings) if live else None)
    cost = work.aim("cost")
    least = work.minimise(cost).objective
    assert least is not None
    work.keep_at(cost, 1.05 * least)
    found = [least]
    for site in "ABCD":
        for sign in (1.0, -1.0):
            aim = _space(work, site)
            outcome = work.minimise(Aim(aim.name, aim.linear.times(sign), "1"))
            assert outcome.status == "optimal"
            assert outcome.objective is not None
            assert cost.linear.value() <= 1.05 * least * (1 + 1e-7)
            found.append(sign * outcome.objective)
    return found


@pytest.mark.parametrize("seed", some(range(2), 1))
def test_alternatives_within_a_budget(seed: int, tmp_path: Path) -> None:
    """The objective changes and a row of cost is added: answers are those of new solvers."""
    folder = small(tmp_path, seed, solver={"gap": 0, "gap_location": 0, "threads": 1})
    found = _ranges(folder, live=True)
    assert found == pytest.approx(_ranges(folder, live=False), rel=1e-9, abs=1e-6)
    assert max(found[1:]) > 0


# --- bounds of earlier answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"targets": {"compute": 12}}, True),
        ({"targets": {"compute": 6}}, False),
        ({"prices": "*1.2"}, True),
        ({"prices": "*0.9"}, False),
        ({"demand": "*1.1"}, False),
        ({"targets": {"west": 0.5}}, False),
    ],
)
def test_a_bound_is_kept_only_where_it_must_hold(
    change: dict[str, Any], holds: bool, tmp_path: Path
) -> None:
    model = layout.read(small(tmp_path))
    known = state(model, solver_settings(model))
    other = restate(known, changed(model, model, **change))
    assert still_bounds(known.compiled, other.compiled) == holds


@pytest.mark.parametrize("seed", some(range(2), 1))
def test_a_kept_bound_is_below_the_optimum(seed: int, tmp_path: Path) -> None:
    solver = Solver(small(tmp_path, seed))
    solver.solve()
    for change in ({"targets": {"compute": 13}}, {"prices": "*1.5"}, {"targets": {"compute": 18}}):
        solver.update(**change)
        known = restate(solver._known or pytest.fail("not stated"), solver.model)
        bound = solver._live.known_bound(known.compiled)
        cost = Solver(anew(solver.model)).solve().objective_mcny
        assert np.isfinite(bound)
        assert cost is not None
        assert bound <= cost + 1e-6
        solver.solve()


# --- what an answer holds -------------------------------------------------------------------------


def test_an_answer_becomes_a_verified_plan(tmp_path: Path) -> None:
    solver = Solver(small(tmp_path))
    reply = solver.update(targets={"compute": 14}).solve()
    solver.update(demand="*2").solve()  # the earlier answer stays what it was
    plan = reply.plan()
    assert plan.record["verification"]["passed"]
    assert plan.record["objective_mcny"] == pytest.approx(reply.objective_mcny, rel=1e-9)
    assert plan.record["changed"] == ["targets.value"]
    assert reply.kpis["compute_eflops_fp32"]["value"] >= 14 - 1e-9
    assert reply.targets["compute", 2025] == pytest.approx(
        reply.kpis["compute_eflops_fp32"]["value"]
    )
    assert reply.tables["capacity"]["compute_eflops"].sum() >= 14 - 1e-9
    assert reply.carbon_kt == pytest.approx(plan.record["kpis"]["carbon_kt"]["value"])
    assert repr(reply).startswith("<Reply ")


def test_an_infeasible_answer_is_explained(tmp_path: Path) -> None:
    plan = Solver(small(tmp_path)).update(targets={"compute": 60}).solve().plan()
    assert plan.status == "infeasible"
    assert plan.explanation is not None
    assert "compute" in {part["id"] for part in plan.explanation["conflict"]}


def test_a_relaxed_answer_is_no_plan(tmp_path: Path) -> None:
    reply = Solver(small(tmp_path), relaxed=True).solve()
    assert not reply.has_plan
    assert sum(reply.costs_mcny.values()) == pytest.approx(reply.objective_mcny)
    for ask in (lambda: reply.tables, reply.plan):
        with pytest.raises(LayoutError) as raised:
            ask()
        assert "relaxed" in raised.value.message("en")
        assert "松弛" in raised.value.message("zh")


def test_other_objectives_are_solved_anew(tmp_path: Path) -> None:
    folder = small(tmp_path, objective=["carbon", "cost"])
    reply = Solver(folder).update(demand="*1.1").solve()
    assert (reply.status, reply.how) == ("optimal", "fresh")
    plan = reply.plan()
    assert plan.record["objective_mcny"] == pytest.approx(reply.objective_mcny)
    with pytest.raises(LayoutError, match="minimises cost"):
        Solver(folder, relaxed=True).solve()


# --- wrong questions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        ({"targets": {"comput": 3}}, "did you mean “compute”", "是否为“compute”"),
        ({"prices": {"P3": 0.3}}, "one of: P1, P2", "以下之一：P1, P2"),
        ({"demand": {("a", "tsk"): 1}}, "did you mean “task”", "是否为“task”"),
        ({"carbon_price": 3}, "did you mean “carbon_price_cny_per_t”", "carbon_price_cny_per_t"),
        ({"carbon_price_cny_per_t": -1}, "≥ 0", "≥ 0"),
        ({"demand": "1.2"}, "such as *0.5", "如 *0.5"),
        ({"prices": {"P1": -0.1}}, "≥ 0", "≥ 0"),
        ({"prices": {"P1": True}}, "a number", "数字"),
        ({"targets": {"compute": {"valu": 3}}}, "did you mean “value”", "是否为“value”"),
        ({"targets": {"compute": {"mode": "firm"}}}, "hard, soft, report", "hard, soft, report"),
    ],
)
def test_a_wrong_question_says_what_is_right(
    change: dict[str, Any], en: str, zh: str, tmp_path: Path
) -> None:
    solver = Solver(small(tmp_path))
    with pytest.raises(InputError) as raised:
        solver.update(**change)
    assert en in raised.value.message("en")
    assert zh in raised.value.message("zh")
    assert "Solver.update" in raised.value.message("en")
    assert solver.model is solver.origin


def test_factors_are_of_the_first_model(tmp_path: Path) -> None:
    solver = Solver(small(tmp_path))
    base = solver.origin["demand"]["demand_eflops"].to_numpy()
    solver.update(demand="*1.5").update(demand="*1.2")
    assert solver.model["demand"]["demand_eflops"].to_numpy() == pytest.approx(1.2 * base)
    assert solver.reset().model is solver.origin


def test_sets_need_a_name() -> None:
    model = layout.read("hub-guizhou")
    with pytest.raises(TypeError, match="give its name"):
        Solver(model, sets=["economy.discount_rate=0.1"])


def test_the_solver_is_public() -> None:
    assert layout.Solver is Solver


# --- parts ----------------------------------------------------------------------------------------


def test_positions_of_keys() -> None:
    from layout.algebra import Index

    old = Index(("site", "year"), (["A", "B", "C"], [1, 1, 2]))
    new = Index(("site", "year"), (["C", "A", "D", "B"], [2, 1, 1, 2]))
    assert positions(old, new).tolist() == [2, 0, -1, -1]
    assert positions(old, old).tolist() == [0, 1, 2]
    none = Index(("site", "year"), ([], []))
    assert positions(none, new).tolist() == [-1, -1, -1, -1]


def test_a_basis_outlives_the_rows_of_a_target(tmp_path: Path) -> None:
    """Without the row of a target the relaxation goes on from where it stood."""
    solver = Solver(small(tmp_path), relaxed=True)
    solver.solve()
    iterations: list[int] = []
    ask: Callable[[], Any] = lambda: solver._live.solver.getInfo().simplex_iteration_count  # noqa: E731
    solver.update(targets={"west": {"mode": "report"}}).solve()
    iterations.append(ask())
    fresh = Solver(anew(solver.model), relaxed=True)
    fresh.solve()
    iterations.append(fresh._live.solver.getInfo().simplex_iteration_count)
    assert iterations[0] <= iterations[1]
    assert solver._live.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal


def test_every_beginning_is_at_the_first_model(tmp_path: Path) -> None:
    """A start and its bound belong to the first model, whatever model was asked in between."""
    folder = small(tmp_path / "m")
    first = layout.read(folder)
    dearer = layout.read(folder, sets=["power.price_cny_per_kwh=*4"])
    smaller = layout.read(folder, sets=["latency.fixed_ms=1", "demand.demand_eflops=*0.5"])
    solver = Solver(first)
    solver.begin(None).solve()
    start = solver.start
    alone = [Solver(first).begin(start).update(model=one).solve() for one in (dearer, smaller)]
    after = [solver.begin(start).update(model=one).solve() for one in (dearer, smaller)]
    for one, other in zip(alone, after, strict=True):
        assert (one.how, one.objective_mcny, one.bound_mcny) == (
            other.how, other.objective_mcny, other.bound_mcny
        )  # fmt: skip
        assert other.bound_mcny <= Solver(other.model).solve().objective_mcny + 1e-9
    assert solver.begin(start).model is first
