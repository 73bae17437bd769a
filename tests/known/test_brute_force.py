"""Tiny random problems, each solved by layout and by trying every set of sites."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layout
from benchmarks.instances.problem import Instance
from benchmarks.instances.tables import write_instance
from tests.known.oracle import best_value


def random_instance(seed: int, sites: int, customers: int, **fields: Any) -> Instance:
    """Places in a square, costs by distance, capacities that make three or four sites needed."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 10, (sites + customers, 2))
    steps = places[:sites, None] - places[None, sites:]
    distance = np.sqrt((steps**2).sum(axis=2)).round(3)
    demand = random.integers(1, 9, customers).astype(float)
    given: dict[str, Any] = {
        "capacity": random.integers(8, 20, sites).astype(float),
        "fixed_cost": random.integers(10, 60, sites).astype(float),
        "demand": demand,
        "cost": distance * demand,
        "distance": None,
        **fields,
    }
    if "reach" in given:
        given["distance"] = distance
    return Instance(f"random {seed}", **given)


def agrees(instance: Instance, folder: Path) -> None:
    """layout finds the oracle's value, or says infeasible where the oracle finds nothing."""
    expected = best_value(instance)
    plan = layout.solve(write_instance(instance, folder), counterfactual=False)
    if np.isinf(expected):
        assert plan.record["status"] == "infeasible"
    else:
        assert plan.record["status"] == "optimal"
        assert plan.record["objective_mcny"] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        served = plan.tables["service"]["served_eflops"].sum()
        unserved = plan.tables["unserved"]["unserved_eflops"].sum()
        assert served + unserved == pytest.approx(instance.demand.sum())


@pytest.mark.parametrize("seed", range(6))
def test_capacity_and_fixed_cost_with_divided_customers(seed: int, tmp_path: Path) -> None:
    agrees(random_instance(seed, 6, 7), tmp_path)


@pytest.mark.parametrize("seed", range(10, 14))
def test_one_site_per_customer(seed: int, tmp_path: Path) -> None:
    agrees(random_instance(seed, 4, 5, single_source=True), tmp_path)


@pytest.mark.parametrize("seed", range(20, 24))
def test_demand_may_stay_unserved_at_a_penalty(seed: int, tmp_path: Path) -> None:
    agrees(random_instance(seed, 5, 7, penalty=6.0), tmp_path)


@pytest.mark.parametrize("seed", range(30, 33))
def test_one_site_per_customer_or_none_at_a_penalty(seed: int, tmp_path: Path) -> None:
    agrees(random_instance(seed, 4, 4, single_source=True, penalty=7.0), tmp_path)


@pytest.mark.parametrize("seed", range(40, 44))
@pytest.mark.parametrize("sites", [2, 3])
def test_at_most_p_sites(seed: int, sites: int, tmp_path: Path) -> None:
    nothing = np.zeros(6)
    unlimited = np.full(6, np.inf)
    agrees(
        random_instance(seed, 6, 8, capacity=unlimited, fixed_cost=nothing, open_at_most=sites),
        tmp_path,
    )


@pytest.mark.parametrize("seed", range(50, 54))
def test_maximal_covering(seed: int, tmp_path: Path) -> None:
    """Serving costs nothing within reach; two sites leave as little demand unserved as can be."""
    agrees(
        random_instance(
            seed,
            6,
            9,
            capacity=np.full(6, np.inf),
            fixed_cost=np.zeros(6),
            cost=np.zeros((6, 9)),
            reach=4.0,
            open_at_most=2,
            penalty=1.0,
        ),
        tmp_path,
    )


def test_too_little_capacity_is_infeasible(tmp_path: Path) -> None:
    agrees(random_instance(60, 3, 5, capacity=np.full(3, 2.0)), tmp_path)
