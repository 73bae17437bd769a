"""The ways of keeping a closed site from serving: rows, choice, and one optimum for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import given, settings

import layout
from benchmarks.instances.problem import Instance
from benchmarks.instances.tables import write_instance
from layout.algebra import compile_model
from layout.formulation import Formulation, build
from layout.formulation.linking import MANY_FLOWS, linking
from layout.model import read_model
from layout.model.reading import examine
from layout.solving import separation
from layout.solving.highs import Settings, loosened, new_solver
from tests.builders import tiny_model
from tests.formulation.provinces import two_provinces
from tests.formulation.test_snapshots import compare, row_text
from tests.known.test_brute_force import random_instance
from tests.properties.worlds import World, few, worlds, write_world

WAYS = ("strong", "aggregated", "separated")
SETTINGS = Settings(1e-9, 1e-9, 60.0, 1, 0)


def stated(instance: Instance, folder: Path, way: str) -> Formulation:
    return build(read_model(write_instance(instance, folder / way, linking=way)))


def rows(formulation: Formulation, name: str) -> int:
    found = formulation.constraints.get(name)
    return 0 if found is None else len(found.index)


def relaxation(formulation: Formulation) -> float:
    """The least cost with every integer made continuous."""
    compiled = compile_model(formulation.pyomo)
    solver = new_solver(SETTINGS)
    compiled.pass_to(solver)
    loosened(solver, compiled)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)


def test_rows_of_a_site_and_workload(tmp_path: Path) -> None:
    model = read_model(two_provinces(tmp_path / "case"), sets=["solver.linking=aggregated"])
    formulation = build(model)
    family = formulation.constraints["open_total"]
    text = "".join(row_text(family, row) for row in range(len(family.index)))
    compare("linking/open_total", f"{family.doc}\n\n{text}")
    assert rows(formulation, "open_serve") == rows(formulation, "open_assign") == 0


def test_no_row_where_the_capacity_of_the_site_says_more(tmp_path: Path) -> None:
    # 1 MW per EFLOPS; both zones ask for 1: `large` holds all of it, `small` 1.5 MW of it.
    path = tiny_model(
        tmp_path / "model",
        settings={"solver": {"linking": "aggregated"}},
        sites=[{"site": "large", "max_it_mw": 2}, {"site": "small", "max_it_mw": 1.5}],
    )
    family = build(read_model(path)).constraints["open_total"]
    assert family.index["site"].tolist() == ["large"]
    assert row_text(family, 0).splitlines()[1].endswith("- 2 open[large,2025] <= 0")


def test_a_site_reaches_only_the_zones_within_the_delay(tmp_path: Path) -> None:
    # `near` asks for 1, `away` lies 10 degrees north: only 1 of the 2 EFLOPS may come to a site.
    path = tiny_model(
        tmp_path / "model",
        settings={"solver": {"linking": "aggregated"}},
        zones=[{"zone": "near"}, {"zone": "away", "lat": 40, "lon": 104}],
        sites=[{"site": "S", "max_it_mw": 1.5}, {"site": "N", "lat": 40, "lon": 104}],
        workloads=[{"workload": "task", "kind": "general", "latency_ms": 10}],
    )
    family = build(read_model(path)).constraints["open_total"]
    ends = [row_text(family, row).splitlines()[1].rpartition(" - ")[2] for row in (0, 1)]
    assert ends == ["1 open[N,2025] <= 0", "1 open[S,2025] <= 0"]


def test_hardware_that_draws_nothing_has_its_row(tmp_path: Path) -> None:
    path = tiny_model(
        tmp_path / "model",
        settings={"solver": {"linking": "aggregated"}},
        sites=[{"site": "E", "max_it_mw": 1, "fixed_cost_mcny_per_year": 5}],
        kinds=[{"kind": "general", "precision": "FP32", "it_mw_per_eflops": 0}],
    )
    plan = layout.solve(path, counterfactual=False)
    assert plan.record["objective_mcny"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("sites", "customers", "capacity", "way"),
    [
        (4, MANY_FLOWS // 4 - 1, 50.0, "strong"),
        (4, MANY_FLOWS // 4, 50.0, "separated"),
        (4, MANY_FLOWS // 4, np.inf, "strong"),
    ],
)
def test_auto_separates_many_flows_into_sites_with_a_capacity(
    sites: int, customers: int, capacity: float, way: str, tmp_path: Path
) -> None:
    instance = random_instance(1, sites, customers, capacity=np.full(sites, capacity))
    found = linking(stated(instance, tmp_path, "auto").variables)
    assert (found.way, found.asked, found.flows) == (way, "auto", sites * customers)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("single_source", [False, True])
def test_separated_rows_give_the_bound_of_all_of_them(
    seed: int, single_source: bool, tmp_path: Path
) -> None:
    instance = random_instance(70 + seed, 8, 15, single_source=single_source)
    all_rows, few_rows = (stated(instance, tmp_path, way) for way in ("strong", "separated"))
    weak = relaxation(few_rows)
    separation.separate(few_rows, SETTINGS)
    family = "open_assign" if single_source else "open_serve"
    assert 0 < rows(few_rows, family) < rows(all_rows, family) == 8 * 15
    assert relaxation(few_rows) == pytest.approx(relaxation(all_rows), rel=1e-5)
    assert weak < relaxation(all_rows) * (1 - 1e-4)


def test_all_rows_where_the_rounds_are_too_much_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(separation, "MOST_WORK", 0)
    formulation = stated(random_instance(70, 8, 15), tmp_path, "separated")
    separation.separate(formulation, SETTINGS)
    assert rows(formulation, "open_serve") == 8 * 15


@pytest.mark.parametrize(("seed", "single_source"), [(80, False), (81, True), (82, False)])
def test_one_optimum(seed: int, single_source: bool, tmp_path: Path) -> None:
    nothing = {"capacity": np.full(5, np.inf)} if seed == 82 else {}
    instance = random_instance(seed, 5, 7, single_source=single_source, **nothing)
    costs = []
    for way in WAYS:
        plan = layout.solve(write_instance(instance, tmp_path / way, linking=way))
        assert plan.record["verification"]["passed"]
        assert plan.record["linking"]["way"] == way
        costs.append(plan.record["objective_mcny"])
    assert costs[1:] == pytest.approx([costs[0]] * 2, rel=1e-7)


@settings(few, max_examples=4)
@given(worlds())
def test_one_optimum_in_any_world(tmp_path_factory: pytest.TempPathFactory, world: World) -> None:
    room = tmp_path_factory.mktemp("worlds")
    found: list[Any] = []
    for way in WAYS:
        path = write_world(room / way, world, solver={"linking": way})
        plan = layout.solve(path, counterfactual=False)
        found.append((plan.record["status"], plan.record["objective_mcny"]))
    assert [status for status, _ in found[1:]] == [found[0][0]] * 2
    if found[0][1] is not None:
        assert [cost for _, cost in found[1:]] == pytest.approx([found[0][1]] * 2, rel=1e-7)


def test_several_periods(tmp_path: Path) -> None:
    costs = []
    for way in WAYS:
        path = tiny_model(
            tmp_path / way,
            settings={"periods": [2025, 2030], "solver": {"linking": way}},
            sites=[
                {"site": "E", "max_it_mw": 1.5, "fixed_cost_mcny_per_year": 3},
                {"site": "W", "max_it_mw": 4, "fixed_cost_mcny_per_year": 5},
            ],
            demand=[
                {"zone": zone, "workload": "task", "year": year, "demand_eflops": eflops}
                for zone in ("east", "west")
                for year, eflops in ((2025, 0.5), (2030, 1))
            ],
        )
        plan = layout.solve(path, counterfactual=False)
        assert plan.record["verification"]["passed"]
        costs.append(plan.record["objective_mcny"])
    assert costs[1:] == pytest.approx([costs[0]] * 2, rel=1e-7)


def test_an_unknown_way_names_the_nearest(tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "model", settings={"solver": {"linking": "stong"}})
    model, problems = examine(path)
    assert model is None
    assert [(problem.code, problem.column) for problem in problems] == [
        ("key_choice", "solver.linking")
    ]
    assert "strong" in problems[0].values["hint"]
    assert problems[0].values["choices"] == "auto, strong, aggregated, separated"
