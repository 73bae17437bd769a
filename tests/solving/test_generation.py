"""Models stated on some flows: the same optimum, and a bound that holds for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layout
from benchmarks.instances.tables import write_instance
from layout.formulation.case import case_of
from layout.model.synthetic import write_synthetic
from layout.solving import generation, optimise
from layout.solving.coarse import coarse, nearest, refined, relaxes
from layout.solving.pool import Pool
from tests.builders import target, tiny_model
from tests.known.test_brute_force import random_instance

PROVED = {"gap": 1e-7, "gap_location": 1e-7}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One flow for each demand at first and one more a round, in chunks of a few demands."""
    monkeypatch.setattr(generation, "NEAREST", 1)
    monkeypatch.setattr(generation, "SPREAD", 0)
    monkeypatch.setattr(generation, "MOST", 1)
    monkeypatch.setattr(generation, "A_ROUND", 1)
    monkeypatch.setattr("layout.solving.pool.CHUNK", 20)


def _solved(folder: Path, flows: str, **options: Any) -> dict[str, Any]:
    sets = [f"solver.flows={flows}"]
    plan = layout.solve(folder, sets=sets, counterfactual=False, **options)
    return plan.record


@pytest.mark.parametrize("single_source", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_with_every_flow_lies_within_the_proof(
    seed: int, single_source: bool, few: None, tmp_path: Path
) -> None:
    instance = random_instance(seed, 7, 9, single_source=single_source)
    folder = write_instance(instance, tmp_path)
    known = _solved(folder, "all", **PROVED)
    found = _solved(folder, "generated", gap=0.01, gap_location=0.01)
    assert found["status"] in ("optimal", "feasible")
    assert found["bound_mcny"] <= known["objective_mcny"] + 1e-6
    assert found["objective_mcny"] >= known["objective_mcny"] - 1e-6
    assert found["verification"]["passed"]
    assert found["flows"]["admissible"] == 63
    assert found["flows"]["stated"] < 63


@pytest.mark.parametrize("penalty", [None, 3.0])
def test_the_bound_is_that_of_the_relaxation_with_every_flow(
    penalty: float | None, few: None, tmp_path: Path
) -> None:
    capacity = np.array([30.0, 9.0, 9.0, 9.0, 9.0, 9.0])
    instance = random_instance(3, 6, 10, capacity=capacity, penalty=penalty)
    folder = write_instance(instance, tmp_path)
    model = layout.read(folder, sets=["solver.flows=generated"])
    settings = optimise.solver_settings(model, gap=0.0)
    search = generation.Generation(Pool(model), settings, 0.0, None)
    assert search.search() == "optimal"
    work = optimise.Work(optimise.build(model), settings, optimise.Clock(None))
    assert work.relax(work.aim("cost"))
    assert search.bound == pytest.approx(work.aim("cost").linear.value(), rel=1e-6)
    assert search.rounds > 1


def test_the_nearest_site_alone_would_be_wrong(few: None, tmp_path: Path) -> None:
    # both towns are nearest to the small site (1 MW); half of the demand has to go farther
    zones = [{"zone": "A", "lat": 30, "lon": 100}, {"zone": "B", "lat": 30, "lon": 100.1}]
    sites = [
        {"site": "near", "lat": 30, "lon": 100.05, "max_it_mw": 1},
        {"site": "far", "lat": 30, "lon": 110, "max_it_mw": 100},
    ]
    folder = tiny_model(tmp_path, zones=zones, sites=sites)
    known, found = _solved(folder, "all", **PROVED), _solved(folder, "generated", **PROVED)
    assert found["objective_mcny"] == pytest.approx(known["objective_mcny"], rel=1e-7)
    assert found["status"] == "optimal"


def test_what_no_flow_can_serve_is_infeasible(few: None, tmp_path: Path) -> None:
    instance = random_instance(1, 3, 9, capacity=np.array([3.0, 3.0, 3.0]))
    found = _solved(write_instance(instance, tmp_path), "generated")
    assert found["status"] == "infeasible"


def test_a_row_that_only_a_missing_flow_satisfies_brings_it_in(few: None, tmp_path: Path) -> None:
    # the nearest site of zone A lies in province 2, but A must serve itself
    zones = [
        {"zone": "A", "lat": 30, "lon": 100, "province": "P1", "area_km2": 90000},
        {"zone": "B", "lat": 30, "lon": 101, "province": "P2"},
    ]
    sites = [
        {"site": "a", "lat": 30, "lon": 104, "province": "P1", "max_it_mw": 1000},
        {"site": "b", "lat": 30, "lon": 100.5, "province": "P2", "max_it_mw": 1000},
    ]
    own = target("own", "self_sufficiency", "at_least", 1.0, unit="share", scope="province:P1")
    folder = tiny_model(tmp_path, zones=zones, sites=sites, settings={"targets": [own]})
    known, found = _solved(folder, "all", **PROVED), _solved(folder, "generated", **PROVED)
    assert known["status"] == found["status"] == "optimal"
    assert found["objective_mcny"] == pytest.approx(known["objective_mcny"], rel=1e-7)


def test_work_that_must_be_served_beside_work_that_has_its_price(few: None, tmp_path: Path) -> None:
    """Room for 12 of 16 EFLOPS: 8 must be served; of the others 4 stay, at 5 each."""
    zones = [
        {"zone": f"Z{at}", "lat": 30 + at, "lon": 104 + at, "province": f"P{at}"} for at in range(8)
    ]
    sites = [
        {"site": f"S{at}", "lat": 30 + at, "lon": 104 + at, "province": f"P{at}", "max_it_mw": 1.5}
        for at in range(8)
    ]
    workloads = [
        {"workload": "must", "kind": "general"},
        {"workload": "may", "kind": "general", "unserved_penalty_mcny_per_eflops": 5},
    ]
    folder = tiny_model(tmp_path / "room", zones=zones, sites=sites, workloads=workloads)
    known, found = _solved(folder, "all", **PROVED), _solved(folder, "generated", **PROVED)
    assert known["status"] == found["status"] == "optimal"
    assert known["objective_mcny"] == pytest.approx(20)
    assert found["objective_mcny"] == pytest.approx(20)
    sites = [{**site, "max_it_mw": 0.9} for site in sites]
    folder = tiny_model(tmp_path / "none", zones=zones, sites=sites, workloads=workloads)
    assert _solved(folder, "generated")["status"] == "infeasible"


def test_the_national_model_costs_the_same(tmp_path: Path) -> None:
    known = _solved(Path("national-2025"), "all")
    found = _solved(Path("national-2025"), "generated")
    assert found["bound_mcny"] <= known["objective_mcny"]
    assert known["bound_mcny"] <= found["objective_mcny"]
    assert found["status"] == "optimal"
    assert found["flows"]["stated"] < found["flows"]["admissible"]


def test_a_model_that_cannot_be_generated_states_every_flow() -> None:
    model = layout.read("national-2025", sets=["solver.flows=generated", "features.network=true"])
    assert not generation.generates(model)
    model = layout.read("national-2025", sets=["solver.flows=generated", "objective=carbon"])
    assert not generation.generates(model)


def test_a_coarse_model_keeps_demand_and_points_at_flows_of_the_fine_one() -> None:
    model = layout.read("national-prefectures-2025")
    rough = coarse(model, 6)
    province = model["zones"]["province"].to_numpy(dtype=object)
    assert (province[rough.stands] == province).all()
    assert np.bincount(rough.stands).max() <= 6
    before, after = (m["demand"]["demand_eflops"].sum() for m in (model, rough.model))
    assert after == pytest.approx(before)
    fine, case = case_of(model, 2025), case_of(rough.model, 2025)
    assert len(case.demand) < len(fine.demand) / 2
    codes = case.admissible(np.arange(len(case.demand)))
    every = fine.admissible(np.arange(len(fine.demand)))
    assert np.array_equal(refined(rough, fine, case, codes), every)
    near = nearest(fine, 2)
    assert set(near) <= set(every)
    assert np.bincount(near // len(fine.sites)).max() == 2


@pytest.mark.deep
def test_neighbourhoods_bound_the_model_from_below(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_synthetic(tmp_path, 60, 3)
    known = _solved(tmp_path, "all", gap=1e-4, gap_location=1e-3)
    monkeypatch.setattr(generation, "MANY_ZONES", 20)
    monkeypatch.setattr(generation, "COARSE_ZONES", 20)
    found = _solved(tmp_path, "generated")
    assert found["flows"]["neighbourhoods"] < 60
    assert found["bound_mcny"] <= known["objective_mcny"]
    assert found["objective_mcny"] >= known["bound_mcny"]
    assert found["gap"] < 0.01
    assert found["verification"]["passed"]


def test_zones_that_a_target_tells_apart_stay_apart(tmp_path: Path) -> None:
    assert relaxes(layout.read("national-2025"))
    zones = [{"zone": "A", "lat": 30, "lon": 100, "province": "P"}]
    share = {"unit": "share", "scope": "province:P"}
    for mode, alike in (("report", True), ("hard", False)):
        own = target("own", "self_sufficiency", "at_least", 0.1, mode=mode, **share)
        folder = tiny_model(tmp_path / mode, zones=zones, settings={"targets": [own]})
        assert relaxes(layout.read(folder)) is alike
