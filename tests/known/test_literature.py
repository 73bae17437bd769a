"""Optimal values that others published, reached through the public tables to 1e-6."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import layout
from tests.known import instances
from tests.known.instances import Instance, published
from tests.known.tables import write_instance

pytestmark = pytest.mark.skipif(
    not (instances.FOLDER / "manifest.csv").is_file(),
    reason=f"no benchmark instances in {instances.FOLDER} (set LAYOUT_BENCHMARKS)",
)


def reaches(instance: Instance, value: float, folder: Path) -> None:
    """The plan is proved optimal and costs the published value."""
    plan = layout.solve(write_instance(instance, folder / "model"), counterfactual=False)
    assert plan.record["status"] == "optimal"
    assert plan.record["verification"]["passed"]
    assert plan.record["objective_mcny"] == pytest.approx(value, rel=1e-6)
    assert plan.record["bound_mcny"] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("name", ["cap41", "cap61", "cap63", "cap111", "cap121"])
def test_warehouse_location_with_divided_customers(name: str, tmp_path: Path) -> None:
    file, value = published(name, "split")
    instance = instances.read_orlib_cap(file)
    assert instance.demand.sum() == 58268, "a damaged copy of the file"
    reaches(instance, value, tmp_path)


@pytest.mark.parametrize("name", ["cap63", "cap64", "cap123"])
def test_warehouse_location_with_one_site_per_customer(name: str, tmp_path: Path) -> None:
    file, value = published(name, "single-source")
    reaches(instances.read_orlib_cap(file, single_source=True), value, tmp_path)


@pytest.mark.parametrize("name", ["holmberg_p1", "holmberg_p2", "holmberg_p9", "diaz_p1"])
def test_single_source_capacitated_location(name: str, tmp_path: Path) -> None:
    file, value = published(name, "single-source")
    reaches(instances.read_single_source(file), value, tmp_path)


@pytest.mark.parametrize("name", ["B1.1", "E10.1"])
def test_uncapacitated_location(name: str, tmp_path: Path) -> None:
    file, value = published(name, "uncapacitated")
    reaches(instances.read_uflib(file), value, tmp_path)


def test_uncapacitated_location_in_the_warehouse_layout(tmp_path: Path) -> None:
    file, value = published("MO1", "uncapacitated")
    reaches(instances.read_uncapacitated_orlib(file), value, tmp_path)


@pytest.mark.parametrize(("name", "sites"), [("pmed1", 5), ("pmed3", 10), ("pmed5", 33)])
def test_p_median(name: str, sites: int, tmp_path: Path) -> None:
    file, value = published(name, "p-median", f"p={sites}")
    instance = instances.read_pmed(file)
    assert instance.open_at_most == sites
    reaches(instance, value, tmp_path)


@pytest.mark.parametrize("name", ["pmedcap01", "pmedcap05"])
def test_capacitated_p_median(name: str, tmp_path: Path) -> None:
    file, value = published(name, "capacitated p-median", "p=5 capacity=120")
    reaches(instances.read_pmedcap(file), value, tmp_path)


@pytest.mark.parametrize(("name", "sites"), [("pmed1", 5), ("pmed3", 10), ("pmed5", 33)])
def test_p_center_as_a_latency_limit(name: str, sites: int, tmp_path: Path) -> None:
    """With the published radius p sites reach everybody, with one unit less they cannot."""
    file, radius = published(name, "p-center", f"p={sites}")
    instance = instances.read_pmed(file)
    instance = replace(instance, cost=np.zeros(instance.shape))
    reaches(replace(instance, reach=radius), 0.0, tmp_path / "reached")
    plan = layout.solve(write_instance(replace(instance, reach=radius - 1), tmp_path / "missed"))
    assert plan.record["status"] == "infeasible"
    assert plan.record["objective_mcny"] is None
