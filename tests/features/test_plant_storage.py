"""So much storage goes with a plant; answers by hand (R125)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.formulation import build
from layout.model import examine, read_model
from layout.plan import write_plan
from tests.builders import merged, tiny_model
from tests.checking.edits import cell
from tests.features.rows import added_names, built, compare, planned, written

YEARLY_MCNY = 0.02
"""What a MWh of battery costs a year: 0.02 at a life of one year and no interest."""


def world(ratio: float | None = None, **more: Any) -> dict[str, Any]:
    """A site that draws 1 MW throughout; wind throughout at 0.1, the grid at 0.5 CNY/kWh."""
    wind = {
        "province": "P",
        "technology": "wind",
        "potential_mw": 10,
        "capacity_factor": 0.5,
        "cost_cny_per_kwh": 0.1,
    }
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"slices": True, "renewables": True},
            "slices": {
                "battery_capex_mcny_per_mwh": YEARLY_MCNY,
                "battery_life_years": 1,
                "battery_hours": 4,
            },
        },
        "zones": [{"zone": "Z", "province": "P"}],
        "sites": [{"site": "E", "zone": "Z", "province": "P"}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        "power": [{"province": "P", "price_cny_per_kwh": 0.5}],
        "renewables": [wind if ratio is None else {**wind, "storage_ratio": ratio}],
        "slices": [
            {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
            {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
        ],
    }
    return merged(given, more)


def test_a_contract_brings_its_storage(tmp_path: Path) -> None:
    # 2 MW of wind give the 1 MW; with a ratio of 0.1 they bring 0.2 MW for 4 hours: 0.8 MWh.
    plan = planned(tmp_path / "m", **world(0.1))
    assert plan["contracts"]["contract_mw"].tolist() == pytest.approx([2])
    assert plan["dispatch"]["battery_mwh"].tolist() == pytest.approx([0.8, 0.8])
    assert plan.record["cost_breakdown_mcny"]["battery"] == pytest.approx(0.8 * YEARLY_MCNY)
    assert plan.record["objective_mcny"] == pytest.approx(0.876 + 0.8 * YEARLY_MCNY)


def test_storage_may_cost_more_than_the_wind_saves(tmp_path: Path) -> None:
    # A MW of wind saves 4.38 GWh · 0.4 = 1.752 mcny; 4 · ratio MWh at 1 mcny cost as much at 0.438.
    for ratio, wind in ((0.43, 2.0), (0.45, 0.0)):
        dear = {"slices": {"battery_capex_mcny_per_mwh": 1}}
        plan = planned(tmp_path / str(ratio), **world(ratio, settings=dear))
        assert plan["contracts"]["contract_mw"].sum() == pytest.approx(wind)


def test_a_greater_ratio_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(tmp_path / str(ratio), **world(ratio)).record["objective_mcny"]
        for ratio in (0, 0.1, 0.5, 2)
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


def test_nothing_stated_is_nothing(tmp_path: Path) -> None:
    blank, none, some = (
        built(tmp_path / str(at), **world(ratio)) for at, ratio in enumerate((None, 0, 0.1))
    )
    assert added_names(none, blank) == (set(), set())
    assert added_names(some, blank) == (set(), {"plant_storage"})


def test_rows(tmp_path: Path) -> None:
    compare("plant_storage", written(built(tmp_path / "m", **world(0.1)), ["plant_storage"], []))


def test_the_check_asks_for_the_storage(tmp_path: Path) -> None:
    plan = planned(tmp_path / "m", **world(0.1))
    other = read_model(tiny_model(tmp_path / "other", **world(0.11)))
    codes = {failure.code for failure in verify(replace(plan, model=other)).failures}
    assert codes == {"plant_storage"}
    write_plan(plan, tmp_path / "plan")
    cell("dispatch", {"slice": "night"}, battery_mwh=0.7)(tmp_path / "plan")
    assert "plant_storage" in {failure.code for failure in verify(tmp_path / "plan").failures}


@pytest.mark.parametrize(
    ("settings", "severity"),
    [
        ({"slices": {"battery_capex_mcny_per_mwh": None}}, "error"),
        ({"features": {"slices": False}}, "warning"),
        ({"features": {"renewables": False}}, None),
        ({}, None),
    ],
)
def test_a_battery_has_to_be_on_offer(
    tmp_path: Path, settings: dict[str, Any], severity: str | None
) -> None:
    _, problems = examine(tiny_model(tmp_path / "m", **world(0.1, settings=settings)))
    found = [problem for problem in problems if problem.code == "plant_storage"]
    assert [problem.severity for problem in found] == ([severity] if severity else [])
    if severity == "warning":
        plain = build(read_model(tmp_path / "m"))
        assert "plant_storage" not in plain.constraints
