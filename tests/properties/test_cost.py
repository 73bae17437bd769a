"""How the cost of the best plan must move when the question changes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from layout.model import read_model
from layout.solving.optimise import Clock, Solved, optimise, solver_settings
from tests.builders import target
from tests.properties.worlds import World, few, renamed, without, worlds, write_world


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


def solved(room: Path, world: World, **settings: Any) -> Solved:
    """The optimum alone: that plans are verified is tested elsewhere."""
    model = read_model(write_world(room / "model", world, **settings))
    return optimise(model, solver_settings(model), Clock(None))


def cost(found: Solved) -> float:
    """The least cost; infinite when there is no plan."""
    assert found.outcome.status in ("optimal", "infeasible")
    return math.inf if found.outcome.x is None else float(found.formulation.cost().value())


def no_less(higher: float, lower: float) -> bool:
    """At least as much, within the gap that both were proved to."""
    return higher >= lower * (1 - 1e-7) or higher == lower


@few
@given(worlds())
def test_tightening_a_hard_target_never_lowers_the_cost(room: Path, world: World) -> None:
    free = solved(room, world)
    carbon = float(free.formulation.carbon.value())
    last = cost(free)
    for share in (1.0, 0.97, 0.9):
        limit = target("carbon", "carbon_kt", "at_most", share * carbon + 1e-6, unit="kt")
        plan = solved(room, world, targets=[limit])
        assert no_less(cost(plan), last)
        last = cost(plan)


@few
@given(worlds())
def test_a_soft_target_costs_no_more_than_a_hard_one(room: Path, world: World) -> None:
    limit = target("sites", "site_count", "at_most", 1, unit="sites")
    soft = solved(room, world, targets=[{**limit, "mode": "soft", "penalty": 50}])
    hard = solved(room, world, targets=[limit])
    free = solved(room, world, targets=[{**limit, "mode": "report"}])
    assert no_less(cost(hard), cost(soft))
    assert no_less(cost(soft), cost(free))


@few
@given(worlds(sites=4))
def test_one_more_site_never_raises_the_cost(room: Path, world: World) -> None:
    fewer = solved(room, without(world, "site-d"))
    assert no_less(cost(fewer), cost(solved(room, world)))


@few
@given(worlds())
def test_more_demand_never_lowers_the_cost(room: Path, world: World) -> None:
    more = {
        **world,
        "demand": [{**row, "demand_eflops": row["demand_eflops"] * 1.5} for row in world["demand"]],
    }
    assert no_less(cost(solved(room, more)), cost(solved(room, world)))


@few
@given(worlds())
def test_names_and_order_of_rows_do_not_matter(room: Path, world: World) -> None:
    plan = solved(room, world)
    backwards = {table: rows[::-1] for table, rows in world.items()}
    assert cost(solved(room, backwards)) == pytest.approx(cost(plan), rel=1e-9)
    other = renamed(world, {"site-a": "zz", "site-c": "aa", "A": "Z", "service": "x", "air": "z"})
    assert cost(solved(room, other)) == pytest.approx(cost(plan), rel=1e-7)
