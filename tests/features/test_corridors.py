"""Corridors: what one province may carry to another of contracted power (R139)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.cli.summary import summary
from layout.plan import Plan
from layout.plan.carving import carve
from layout.solving import solve
from tests.builders import merged, target
from tests.checking.edits import Edit, added, both, cell, found_in
from tests.features.rows import built, compare, planned, problems, written

SLICES = {
    "slices": [
        {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
        {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
    ],
    "profiles": [{"province": "Q", "technology": "wind", "slice": "light", "value": 1}],
    "settings": {"features": {"slices": True}},
}


def world(**more: Any) -> dict[str, Any]:
    """4 MW at E in P; wind of Q at 0.1 CNY/kWh, sun of P at 0.2, the grid at 0.5.

    40 MW of wind and 4 of sun, both with a capacity factor of a half; a corridor of 1 MW.
    """
    given: dict[str, Any] = {
        "settings": {"economy": {"discount_rate": 0}, "features": {"renewables": True}},
        "zones": [{"zone": "P", "province": "P"}],
        "sites": [{"site": "E", "province": "P"}],
        "demand": [{"zone": "P", "workload": "task", "demand_eflops": 4}],
        "power": [{"province": "P", "price_cny_per_kwh": 0.5}],
        "renewables": [
            _plant("Q", "wind", 40, 0.1, buyers="P"),
            _plant("P", "sun", 4, 0.2),
        ],
        "corridors": [{"from": "Q", "to": "P", "capacity_mw": 1}],
    }
    return merged(given, more)


def _plant(province: str, technology: str, mw: float, price: float, **more: Any) -> dict[str, Any]:
    return {
        "province": province,
        "technology": technology,
        "potential_mw": mw,
        "capacity_factor": 0.5,
        "cost_cny_per_kwh": price,
        **more,
    }


def cost(plan: Plan) -> float:
    return float(plan.record["objective_mcny"])


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("corridor") / "model", **world())


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("hourly") / "model", **world(**SLICES))


def test_a_corridor_limits_what_is_bought_elsewhere(plan: Plan) -> None:
    # 1 MW of wind, 2 of sun, which takes no corridor, 1 from the grid. One MW more of it would
    # save 8.76 GWh at 0.5 − 0.1.
    assert plan.record["verification"]["passed"]
    assert cost(plan) == pytest.approx(8.76 * (0.1 + 2 * 0.2 + 0.5))
    limits = {one["limit"]: one for one in plan.record["binding"]}
    corridor = limits["corridor"]
    assert (corridor["id"], corridor["value"], corridor["unit"]) == ("corridor[Q,P,2025]", 1, "MW")
    assert corridor["shadow_cost_mcny"] == pytest.approx(8.76 * 0.4)
    said = summary(plan, "en")
    assert "power corridor" in said and "Q → P" in said


def test_a_pair_without_a_row_has_no_limit(tmp_path: Path) -> None:
    given = world(corridors=[{"from": "R", "to": "P", "capacity_mw": 0}])
    assert cost(planned(tmp_path / "m", **given)) == pytest.approx(8.76 * 4 * 0.1)


def test_in_every_slice(hourly: Plan) -> None:
    # The wind blows by day alone: no more than 1 MW comes through then, 4.38 GWh at 0.1. The sun
    # (flat here) gives 2 MW throughout. By day the grid gives 1 MW, by night 2.
    assert hourly.record["verification"]["passed"]
    sun, grid = 2 * 8.76 * 0.2, 4.38 * (1 + 2) * 0.5
    assert cost(hourly) == pytest.approx(4.38 * 0.1 + sun + grid)
    # One MW more of it would save 4.38 GWh at 0.5 − 0.1 in the only slice that it is full in.
    (corridor,) = [one for one in hourly.record["binding"] if one["limit"] == "corridor"]
    assert corridor["id"] == "corridor[Q,P,2025]"
    assert corridor["shadow_cost_mcny"] == pytest.approx(4.38 * 0.4)
    carried = hourly["carried"].set_index(["source", "slice"])["used_mw"]
    assert carried.to_dict() == pytest.approx({("Q", "light"): 1})


def test_fuel_takes_the_corridor_too(tmp_path: Path) -> None:
    # A gas plant of Q in the place of the wind, by day and by night: 1 MW of it comes through.
    given = world(**SLICES)
    given["renewables"][0] |= {"technology": "gas", "carbon_t_per_mwh": 0.4}
    del given["profiles"]
    plan = planned(tmp_path / "m", **given)
    assert plan.record["verification"]["passed"]
    carried = plan["carried"].set_index(["source", "slice"])["used_mw"]
    assert carried.to_dict() == pytest.approx({("Q", "light"): 1, ("Q", "night"): 1})
    corridor = next(one for one in plan.record["binding"] if one["limit"] == "corridor")
    assert corridor["shadow_cost_mcny"] == pytest.approx(8.76 * 0.4)  # full by day and by night
    assert plan["fuel"]["fuel_mw"].tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("off", [{"features": {"renewables": False}}, {}])
def test_a_corridor_without_plants_is_no_matter(tmp_path: Path, off: dict[str, Any]) -> None:
    # All 4 MW from the grid, with contracts switched off or without a plant.
    given = world(**merged(SLICES, {"settings": off}))
    del given["profiles"]
    if not off:
        del given["renewables"]
    plan = planned(tmp_path / "m", **given)
    assert plan.record["verification"]["passed"]
    assert cost(plan) == pytest.approx(8.76 * 4 * 0.5)


def test_a_tighter_corridor_never_costs_less(tmp_path: Path) -> None:
    found = []
    for number, capacity in enumerate((3, 1, 0.25, 0)):
        rows = [{"from": "Q", "to": "P", "capacity_mw": capacity}]
        found.append(cost(planned(tmp_path / str(number), **world(corridors=rows))))
    assert found == sorted(found) and found[0] < found[-1]


def test_a_target_out_of_reach_names_the_corridor(tmp_path: Path) -> None:
    # 75% green without certificates is 3 MW: 2 of sun and 1 of wind. 90% takes 1.6 of wind.
    share = target("green", "green_share", "at_least", 0.9)
    economy = {"certificate_cap_gwh": 0}
    lost = planned(tmp_path / "m", **world(settings={"targets": [share], "economy": economy}))
    assert lost.explanation is not None
    changes = [way["change"] for way in lost.explanation["ways_out"]]
    assert any("0.6 MW more on the corridor Q → P" in change for change in changes), changes


BREAKS: dict[str, Edit] = {
    "above the corridor": both(
        cell("carried", {"slice": "light"}, used_mw=1.1),
        cell("contracts", {"source": "Q"}, used_gwh=1.1 * 4.38, contract_mw=1.1),
    ),
    "more than blows": added(
        "carried", site="E", source="Q", technology="wind", year=2025, slice="night", used_mw=0.1
    ),
    "less than is used": cell("carried", {"slice": "light"}, used_mw=0.5),
    "over the year": cell("contracts", {"source": "Q"}, used_gwh=4),
    "of another plant": both(
        cell("carried", {"slice": "light"}, used_mw=0.5),
        cell("contracts", {"source": "Q"}, used_gwh=0.5 * 4.38),
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_corridor_is_found(
    hourly: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    assert "corridor" in found_in(hourly, tmp_path, monkeypatch, BREAKS[broken])


def test_a_broken_corridor_of_the_year_is_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = cell("contracts", {"source": "Q"}, used_gwh=8.77)
    assert "corridor" in found_in(plan, tmp_path, monkeypatch, edit)


def test_a_part_keeps_the_corridors_that_lead_to_it(plan: Plan) -> None:
    assert carve(plan, "province:P")["corridors"]["from"].tolist() == ["Q"]


def test_a_part_keeps_when_the_wind_blows_elsewhere(hourly: Plan, tmp_path: Path) -> None:
    part = carve(hourly, "province:P")
    assert part["profiles"]["province"].tolist() == ["Q"]
    again = solve(part, counterfactual=False)
    assert cost(again) == pytest.approx(cost(hourly))


def test_a_corridor_to_itself_is_no_corridor(tmp_path: Path) -> None:
    found = problems(
        tmp_path / "m", **world(corridors=[{"from": "P", "to": "P", "capacity_mw": 1}])
    )
    assert [problem.code for problem in found] == ["corridor_loop"]


def test_rows(tmp_path: Path) -> None:
    year = written(built(tmp_path / "m", **world()), ["corridor"], [])
    every = written(built(tmp_path / "n", **world(**SLICES)), ["corridor_slice"], [])
    compare("corridors", year + "\n" + every)
