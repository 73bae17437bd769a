"""Optimal values that others published, reached through the public tables to 1e-6.

A few of each family, quick ones; all of them, with seconds: ``python -m benchmarks known``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import layout
from benchmarks.instances import manifest
from benchmarks.instances.manifest import Question, question, questions
from benchmarks.instances.ours import proved
from benchmarks.instances.problem import Instance
from benchmarks.instances.tables import write_instance

pytestmark = pytest.mark.skipif(
    not (manifest.FOLDER / "manifest.csv").is_file(),
    reason=f"no benchmark instances in {manifest.FOLDER} (set LAYOUT_BENCHMARKS)",
)

QUICK = (
    ("cap41", "split", ""),
    ("cap63", "split", ""),
    ("cap121", "split", ""),
    ("cap63", "single-source", ""),
    ("cap123", "single-source", ""),
    ("holmberg_p1", "single-source", ""),
    ("holmberg_p9", "single-source", ""),
    ("B1.1", "uncapacitated", ""),
    ("pmed3", "p-median", "p=10"),
    ("pmed5", "p-median", "p=33"),
    ("pmedcap01", "capacitated p-median", "p=5 capacity=120"),
    ("predefined_10x74", "capacitated p-median, 7 sites predefined", "p=10"),
)


def reaches(instance: Instance, asked: Question, value: float, folder: Path) -> None:
    """The plan is proved optimal and costs the published value."""
    plan = layout.solve(write_instance(instance, folder / "model"), counterfactual=False)
    assert plan.record["status"] == "optimal"
    assert plan.record["verification"]["passed"]
    assert plan.record["objective_mcny"] == pytest.approx(value, abs=asked.tolerance)
    assert plan.record["bound_mcny"] == pytest.approx(value, abs=asked.tolerance)


@pytest.mark.parametrize(("name", "variant", "parameters"), QUICK)
def test_published_optimum(name: str, variant: str, parameters: str, tmp_path: Path) -> None:
    asked = question(name, variant, parameters)
    reaches(asked.instance(), asked, asked.published, tmp_path)


@pytest.mark.parametrize("way", ["aggregated", "separated"])
def test_other_linkings_reach_it_too(way: str, tmp_path: Path) -> None:
    asked = question("cap63", "split")
    path = write_instance(asked.instance(), tmp_path / "model", linking=way)
    plan = layout.solve(path, counterfactual=False)
    assert plan.record["linking"]["way"] == way
    assert plan.record["objective_mcny"] == pytest.approx(asked.published, rel=1e-6)
    assert plan.record["verification"]["passed"]


@pytest.mark.parametrize(("name", "sites"), [("pmed3", 10), ("pmed5", 33)])
def test_p_center_as_a_latency_limit(name: str, sites: int, tmp_path: Path) -> None:
    """With the published radius p sites reach everybody, with one unit less they cannot."""
    asked = question(name, "p-center", f"p={sites}")
    reaches(asked.instance(), asked, 0.0, tmp_path / "reached")
    assert proved(asked.missed(), 1e-6, 60.0) == "infeasible"


def test_every_question_can_be_read() -> None:
    """Sizes are those of the manifest, and no copy is damaged."""
    every = questions()
    assert len(every) > 80
    families = {asked.family for asked in every}
    assert families == set(manifest.FAMILIES)
    seen = set()
    for asked in every:
        if asked.file in seen and asked.family in ("orlib_pmed", "yang", "diaz", "holmberg"):
            continue
        seen.add(asked.file)
        instance = asked.instance()
        assert instance.cost.shape == instance.shape
        assert (instance.demand > 0).all()
        if asked.name.startswith("cap") and asked.name != "capa":
            assert instance.demand.sum() == 58268, "a damaged copy of the file"
