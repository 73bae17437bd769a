"""Conflicts and ways out of small random infeasible models, against brute force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

import layout
from layout.algebra import compile_model
from layout.formulation import build
from layout.model import PlanningModel, read_model
from layout.solving.explanation import explain
from layout.solving.highs import new_solver
from layout.solving.optimise import solver_settings
from tests.builders import target, tiny_model
from tests.deep import some

MUCH = 1000
LIMITS = {
    "site_limit": "max_it_mw",
    "land": "land_ha",
    "staff": "staff_limit_persons",
    "site_headroom": "grid_headroom_mw",
}


def random_model(folder: Path, seed: int) -> Path:
    """Three sites with tight limits, two kinds, modules of 2 MW, and targets that may be too much.

    A MW of hall takes 1 ha and a person; numbers are small, so that limits meet each other often.
    """
    random = np.random.default_rng(seed)
    sites = [
        {
            "site": name,
            "region": region,
            "max_it_mw": int(random.integers(2, 7)),
            "land_ha": int(random.integers(2, 7)),
            "grid_headroom_mw": int(random.integers(2, 7)),
        }
        for name, region in (("A", "east"), ("B", "west"), ("C", "west"))
    ]
    halls = int(np.random.default_rng(2000 + seed).integers(4, 11))
    persons = np.random.default_rng(1000 + seed).integers(3, 8, len(sites)).tolist()
    sites = [
        site | {"staff_limit_persons": most} for site, most in zip(sites, persons, strict=True)
    ]
    demand = [
        {"zone": zone, "workload": work, "demand_eflops": round(float(random.uniform(0.5, 2.5)), 1)}
        for zone in ("east", "west")
        for work in ("task", "learn")
    ]
    targets = [
        target("total", "compute_eflops_fp32", "at_least", int(random.integers(6, 14))),
        target("west", "region_share", "at_least", 0.9, scope="region:west"),
        target(
            "ai", "kind_share", "at_least", round(float(random.uniform(0.3, 0.8)), 2), kind="ai"
        ),
    ]
    kinds = [
        {"kind": name, "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
         "it_capex_mcny_per_eflops": cost}
        for name, cost in (("general", 10), ("ai", 30))
    ]  # fmt: skip
    chips = [{"kind": "ai", "year": 2025, "max_eflops": int(random.integers(2, 7))}]
    tables: dict[str, Any] = {"chips": chips} if random.random() < 0.6 else {}
    return tiny_model(
        folder,
        settings={"targets": [one for one in targets if random.random() < 0.7]},
        zones=[{"zone": "east", "region": "east"}, {"zone": "west", "region": "west"}],
        sites=sites,
        kinds=kinds,
        facilities=[
            {"facility": "hall", "kinds": "general;ai", "module_it_mw": 2, "land_ha_per_mw": 1,
             "staff_per_mw": 1, "capex_mcny_per_mw": 5}
        ],
        workloads=[{"workload": "task", "kind": "general"}, {"workload": "learn", "kind": "ai"}],
        demand=demand,
        hall_limits=[{"scope": "region:west", "facilities": "hall", "max_it_mw": halls}],
        **tables,
    )  # fmt: skip


def feasible(model: PlanningModel) -> bool:
    """Whether HiGHS finds a plan of a model as it is stated."""
    formulation = build(model)
    solver = new_solver(solver_settings(model))
    compile_model(formulation.pyomo).without_cost().pass_to(solver)
    solver.run()
    kinds = highspy.HighsModelStatus
    assert solver.getModelStatus() in (kinds.kOptimal, kinds.kInfeasible)
    return bool(solver.getModelStatus() == kinds.kOptimal)


def loosened(items: list[dict[str, Any]]) -> list[str]:
    """What lifts items, as ``--set`` takes it."""
    sets = []
    for item in items:
        if item["type"] == "target":
            sets.append(f"targets.{item['id']}.mode=report")
        elif item["type"] in LIMITS:
            sets.append(f"sites[site={item['place']}].{LIMITS[item['type']]}={MUCH}")
        elif item["type"] == "hall_limit":
            sets.append(f"hall_limits[scope={item['place']}].max_it_mw={MUCH}")
        elif item["type"] == "chip_supply":
            sets.append(f"chips[kind={item['place']}].max_eflops={MUCH}")
        else:
            zone, work, _ = item["id"].partition("[")[2].rstrip("]").split(",")
            sets.append(f"demand[zone={zone},workload={work}].demand_eflops=0")
    return sets


def every_item(model: PlanningModel) -> list[dict[str, Any]]:
    """All that can be in a conflict of such a model."""
    found = [{"type": "target", "id": one.id} for one in model.settings.targets]
    for site in model["sites"]["site"]:
        found += [{"type": sort, "id": f"{sort}[{site},2025]", "place": site} for sort in LIMITS]
    west = "region:west"
    found.append({"type": "hall_limit", "id": f"hall_limit[{west},hall,max,2025]", "place": west})
    found += [
        {"type": "chip_supply", "id": f"chip_supply[{kind},2025]", "place": kind}
        for kind in model["chips"]["kind"]
    ]
    rows = zip(model["demand"]["zone"], model["demand"]["workload"], strict=True)
    return found + [{"type": "served", "id": f"served[{zone},{work},2025]"} for zone, work in rows]


SEEDS = some((9, 4, 12), 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_conflicts_are_irreducible_and_ways_are_the_least(seed: int, tmp_path: Path) -> None:
    folder = random_model(tmp_path / "m", seed)
    model = read_model(folder)
    assert not feasible(model)
    told = explain(build(model), solver_settings(model))
    conflict, ways = told["conflict"], told["ways_out"]
    assert conflict and told["proved"]
    members = {item["id"] for item in conflict}
    others = [item for item in every_item(model) if item["id"] not in members]

    def without(items: list[dict[str, Any]]) -> bool:
        return feasible(read_model(folder, sets=loosened(items)))

    assert not without(others)
    for item in conflict:
        assert without([*others, item]), item["id"]
    singles = {
        way["items"][0] for way in ways if len(way["items"]) == 1 and way["kind"] != "demand"
    }
    for item in every_item(model):
        if item["type"] != "served":
            assert without([item]) == (item["id"] in singles), item["id"]
    assert any(way["verified"] for way in ways)
    for way in ways:
        if way["verified"]:
            check_way(folder, way, {item["id"]: item["value"] for item in conflict})
    costs = [way["cost_mcny"] for way in ways if way["kind"] in ("target", "limit")]
    assert costs == sorted(costs)
    if singles:
        assert conflict[0]["id"] == ways[0]["items"][0]


def check_way(folder: Path, way: dict[str, Any], values: dict[str, float]) -> None:
    """A way is feasible by ``--set`` at its cost; the least single change cannot be less."""
    plan = layout.solve(folder, sets=way["sets"], counterfactual=False)
    assert plan.status == "optimal"
    assert plan.record["objective_mcny"] == pytest.approx(way["cost_mcny"], rel=1e-6)
    if len(way["items"]) == 1 and way["least"]:
        path, _, value = way["sets"][0].rpartition("=")
        given = values[way["items"][0]]
        nearer = float(value) + 1e-3 * (given - float(value))
        assert not feasible(read_model(folder, sets=[f"{path}={nearer!r}"])), way["change"]


def test_demand_is_set_as_it_stands_in_the_table(tmp_path: Path) -> None:
    """1 EFLOPS in the table is 0.848 after efficiency and rebound; a site holds 1.25 of 1.696."""
    folder = tiny_model(
        tmp_path / "m",
        sites=[{"site": "E", "max_it_mw": 1.25}],
        workloads=[{"workload": "task", "kind": "general", "efficiency_gain": 0.1, "rebound": 0.2}],
    )
    told = layout.solve(folder).explanation
    assert told is not None
    ways = [way for way in told["ways_out"] if way["kind"] == "demand"]
    assert len(ways) == 2
    for way in ways:
        path, _, value = way["sets"][0].rpartition("=")
        assert float(value) == pytest.approx((1.25 - 0.848) / 0.848, rel=1e-5)
        assert layout.solve(folder, sets=way["sets"]).status == "optimal"
        assert layout.solve(folder, sets=[f"{path}={float(value) * 1.01}"]).status == "infeasible"


def test_a_target_that_says_at_most_gives_way_upwards(tmp_path: Path) -> None:
    cap = target("cap", "compute_eflops_fp32", "at_most", 1.5)
    told = layout.solve(tiny_model(tmp_path / "m", settings={"targets": [cap]})).explanation
    assert told is not None
    assert told["ways_out"][0]["change"] == "target cap: 1.5 → 2 (0.5 EFLOPS FP32 more)"
