"""Every family of rows, every cost and the row of every measure, with all features at once.

Two periods of `everything` with a target on each measure. The snapshots are meant to be read: each
is the mathematics of one family with its numbers. After a change of the mathematics run the tests
with UPDATE_SNAPSHOTS=1 and read the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.formulation import Formulation
from layout.formulation.build import BY_SLICE
from layout.formulation.measures import MEASURES
from tests.builders import target
from tests.features.everything import (
    FEATURES,
    KINDS,
    OWN,
    SITES,
    TARGETS,
    WORKLOADS,
    YEARS,
    ZONES,
    everything,
)
from tests.features.rows import built, compare, written

FIELDS: dict[str, dict[str, Any]] = {
    "compute_eflops": {"kind": "general", "scope": "province:P1"},
    "inclusive_share": {"kind": "general"},
    "kind_share": {"kind": "intelligent"},
    "additions_share": {"scope": "hubs"},
    "domestic_share": {"kind": "intelligent"},
    "region_share": {"scope": "region:west"},
    "pue_retrofit": {"scope": "region:east"},
    "green_share": {"basis": "physical", "scope": "region:west"},
    "storage_eb": {"scope": "province:P1"},
    "self_sufficiency": {"scope": "province:P1"},
    "latency_share": {"basis": "one_way:5"},
    "site_count": {"scope": "region:west"},
}
"""What a target of the measure says besides; all others are national."""
LEVELS = {"pue_new": 1.3, "pue_retrofit": 1.3, "pue_fleet": 1.4, "interhub_latency_ms": 20}
SOFT = ("rack_utilisation", "served_share", "carbon_kt")
AT_MOST = (
    *("pue_new", "pue_retrofit", "pue_fleet", "carbon_kt", "carbon_market_kt", "energy_gwh"),
    *("carbon_life_cycle_kt", "water_ml", "capex_mcny", "large_outside_clusters_mw"),
    *("interhub_latency_ms", "west_to_east"),
)


def on_every_measure() -> list[dict[str, Any]]:
    """A target on each measure in the last period, some of them soft."""
    found = []
    for measure in MEASURES:
        soft = {"mode": "soft", "penalty": 7} if measure in SOFT else {}
        sense = "at_most" if measure in AT_MOST else "at_least"
        share = "share" in measure or measure in ("self_sufficiency", "rack_utilisation")
        value = LEVELS.get(measure, 0.25 if share else 3)
        fields = {"year": YEARS[1], **soft, **FIELDS.get(measure, {})}
        found.append(target(f"on-{measure}", measure, sense, value, **fields))
    return found


GINI = target("level", "gini", "at_most", 0.4)
NEW = {"effectiveness": 0.8, "domestic": "yes", "from_year": 2026}
COMMITMENTS = [
    {"site": "W", "kind": "intelligent", "year": 2025, "min_eflops": 1, "max_it_mw": 9},
    {"site": "E", "kind": "intelligent", "year": 2025, "status": "forbidden"},
    {"site": "N", "kind": "general", "year": 2030, "max_eflops": 4, "min_it_mw": 1},
]


def world(*on: str) -> dict[str, Any]:
    """Everything, with sub-kinds, people, clusters and decisions taken besides."""
    given = everything(
        on,
        years=YEARS,
        settings={
            "targets": [*TARGETS, *on_every_measure(), GINI],
            "balance": {**OWN["balance"], "inclusive_price_cap_mcny_per_eflops": 30},
            "heat": {**OWN["heat"], "cop": 4, "saved_tco2_per_gj": 0.05},
        },
    )
    given["workloads"] = [{**WORKLOADS[0], "inclusive": True}, *WORKLOADS[1:]]
    given["kinds"] = [*KINDS, {**KINDS[1], "kind": "new", "parent": "intelligent", **NEW}]
    given["zones"] = [
        {**zone, "population_10k": people, "gdp_100m_cny": people / 2}
        for zone, people in zip(ZONES, (300, 100), strict=True)
    ]
    given["sites"] = [{**SITES[0], "cluster": "B"}, *SITES[1:]]
    given["commitments"] = COMMITMENTS
    return given


@pytest.fixture(scope="module")
def formulation(tmp_path_factory: pytest.TempPathFactory) -> Formulation:
    return built(tmp_path_factory.mktemp("rows") / "model", **world(*FEATURES))


@pytest.fixture(scope="module")
def annual(tmp_path_factory: pytest.TempPathFactory) -> Formulation:
    """The same without slices."""
    on = (name for name in FEATURES if name != "slices")
    return built(tmp_path_factory.mktemp("annual") / "model", **world(*on))


def test_every_family_row_by_row(formulation: Formulation) -> None:
    for name in formulation.constraints:
        compare(f"everything/{name}", written(formulation, [name], []))


def test_the_families_that_slices_replace(annual: Formulation) -> None:
    for name in (*sorted(BY_SLICE), "water_limit", "heat_source", "target"):
        compare(f"everything/annual_{name}", written(annual, [name], []))


def test_every_cost_coefficient_by_coefficient(formulation: Formulation) -> None:
    for name in formulation.costs:
        compare(f"everything/cost_{name}", written(formulation, [], [name]))


def test_every_bound_of_every_variable(formulation: Formulation) -> None:
    lines = []
    parts = [year.variables.components().items() for year in formulation.years]
    for name, part in (each for year in parts for each in year):
        whole = " whole" if part.integer else ""
        lines.append(f"{name}{whole}: {part.doc}\n")
        for at in range(len(part.index)):
            lower, upper = float(part.lower[at]), float(part.upper[at])
            lines.append(f"  {name}{part.index.suffix(at)}: {lower:.9g} … {upper:.9g}\n")
    compare("everything/variables", "".join(lines))


def test_carbon_of_every_period(formulation: Formulation) -> None:
    lines = []
    for var, _, positions, coefficients in formulation.carbon.terms:
        for at, by in zip(positions, coefficients, strict=True):
            lines.append(f"{by:+.9g} {var.name}{var.index.suffix(int(at))}\n")
    compare("everything/carbon", "".join(lines))


def test_every_measure_has_its_row(formulation: Formulation) -> None:
    assert formulation.variables is formulation.years[0].variables
    assert set(formulation.years[1].targets.ratios) >= {f"on-{name}" for name in MEASURES}


@pytest.mark.parametrize(
    ("asked", "first"), [("cost", "cost"), ("carbon", "carbon"), (["carbon", "cost"], "carbon")]
)
def test_the_model_opens_with_the_objective_asked_for(
    tmp_path: Path, asked: Any, first: str
) -> None:
    found = built(tmp_path / "model", settings={"objective": asked})
    assert found.pyomo.component("objective").doc == first
