"""Water (41): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.model import read_model, write_model
from layout.plan import Plan
from layout.plan.carving import carve
from tests.builders import merged, target
from tests.checking.edits import Edit, cell, codes_after
from tests.features.rows import added_names, built, compare, planned, problems, written

HOURS = 8.76


def world(**more: Any) -> dict[str, Any]:
    """Demand of 2 EFLOPS, 1 MW each; E pays 0.1 CNY/kWh and cools with water, W 0.2 and little."""
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"water": True},
            "water": {"price_cny_per_m3": 4},
        },
        "zones": [{"zone": "Z"}],
        "sites": [
            {"site": "E", "province": "P", "climate_zone": "warm"},
            {"site": "W", "province": "Q", "climate_zone": "dry"},
        ],
        "facilities": [{"facility": "hall", "kinds": "general", "wue_l_per_kwh": 0.5}],
        "pue": [
            {"climate_zone": "warm", "facility": "hall", "pue": 1, "wue_l_per_kwh": 2},
            {"climate_zone": "dry", "facility": "hall", "pue": 1},
        ],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        "power": [
            {"province": "P", "price_cny_per_kwh": 0.1},
            {"province": "Q", "price_cny_per_kwh": 0.2},
        ],
        "groups": [
            {"group": "river", "member": "E", "kind": "site"},
            {"group": "river", "member": "W", "kind": "site"},
        ],
        "water": [{"province": "P", "price_cny_per_m3": 10}],
    }
    return merged(given, more)


def use(plan: Plan) -> dict[str, float]:
    table = plan.tables["water"]
    return dict(zip(table["site"], table["water_ml"], strict=True))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    rows = [
        {"province": "P", "price_cny_per_m3": 10, "limit_ml": 8.76},
        {"group": "river", "limit_ml": 100},
    ]
    return planned(tmp_path_factory.mktemp("water") / "model", **world(water=rows))


def test_water_is_counted_and_priced(tmp_path: Path) -> None:
    # Both at E: 17.52 GWh at 0.1 + 2 L/kWh at 10 CNY/m3 (0.02) is cheaper than W at 0.2 + 0.002.
    # The row of the climate zone beats the 0.5 of the facility type: 35.04 ML, 0.3504 mcny.
    plan = planned(tmp_path / "model", **world())
    assert use(plan) == pytest.approx({"E": 35.04})
    assert plan.record["cost_breakdown_mcny"]["water"] == pytest.approx(0.3504)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["water_ml"] == pytest.approx(35.04)
    assert figures["wue"] == pytest.approx(2)


def test_a_limit_moves_work_to_where_it_takes_less_water(plan: Plan) -> None:
    # 8.76 ML at 2 L/kWh allow 4.38 GWh at E, half an EFLOPS; 1.5 run at W: 13.14 GWh at
    # 0.5 L/kWh (of the facility type) = 6.57 ML, at the general price of 4 CNY/m3.
    assert use(plan) == pytest.approx({"E": 8.76, "W": 6.57})
    assert plan.record["cost_breakdown_mcny"]["water"] == pytest.approx(0.0876 + 0.02628)
    assert plan.record["cost_breakdown_mcny"]["grid_energy"] == pytest.approx(0.438 + 2.628)


def test_a_target_on_water_is_met(tmp_path: Path) -> None:
    # Least water: all at W, 17.52·0.5 = 8.76 ML; with 21.9 ML in all, x GWh at E and 17.52 − x
    # at W: 2x + 8.76 − 0.5x = 21.9, x = 8.76.
    given = world()
    given["settings"]["targets"] = [target("least", "water_ml", "at_most", 21.9)]
    plan = planned(tmp_path / "model", **given)
    assert use(plan) == pytest.approx({"E": 17.52, "W": 4.38})


def test_rows(tmp_path: Path) -> None:
    rows = [{"province": "P", "limit_ml": 8.76}, {"group": "river", "limit_ml": 100}]
    text = written(built(tmp_path / "model", **world(water=rows)), ["water_limit"], ["water"])
    compare("water", text)


def test_off_is_absent(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world())
    off = built(tmp_path / "off", **world(settings={"features": {"water": False}}))
    assert added_names(on, off) == (set(), {"water_limit"})
    assert "water" not in off.costs


def test_a_tighter_limit_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(
            tmp_path / str(limit), **world(water=[{"province": "P", "limit_ml": limit}])
        ).record["objective_mcny"]
        for limit in (40, 20, 5, 0)
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


BREAKS: list[tuple[str, Edit]] = [
    ("water_use", cell("water", {"site": "W"}, water_ml=6)),
    ("water_limit", cell("water", {"site": "E"}, water_ml=9)),
    ("cost", cell("cost", {"component": "water", "site": "E"}, mcny=0.01)),
    ("negative", cell("water", {"site": "W"}, water_ml=-1)),
]


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(plan: Plan, tmp_path: Path, code: str, edit: Edit) -> None:
    assert code in codes_after(plan, tmp_path, edit)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    dry = world(
        facilities=[{"facility": "hall", "kinds": "general"}],
        pue=[{"climate_zone": zone, "facility": "hall", "pue": 1} for zone in ("warm", "dry")],
    )
    assert [p.code for p in problems(tmp_path / "dry", **dry)] == ["feature_column"]
    rows = [
        {"province": "P", "group": "river", "limit_ml": 5},
        {"group": "river", "limit_ml": 5, "price_cny_per_m3": 3},
    ]
    found = problems(tmp_path / "rows", **world(water=rows))
    assert [(p.code, p.row) for p in found] == [("one_of", 2), ("water_group_price", 3)]


def test_a_part_takes_the_limits_of_its_own_groups_along(tmp_path: Path) -> None:
    given = world(zones=[{"zone": "Z", "province": "P"}])
    given["groups"].append({"group": "lake", "member": "E", "kind": "site"})
    given["water"] = [{"province": of, "price_cny_per_m3": 10} for of in "PQ"]
    given["water"] += [{"group": name, "limit_ml": 90} for name in ("river", "lake")]
    part = carve(planned(tmp_path / "m", **given), "province:P")
    assert part["water"][["province", "group"]].to_numpy().tolist() == [["", "lake"], ["P", ""]]
    write_model(part, tmp_path / "part")
    assert read_model(tmp_path / "part")["groups"]["member"].tolist() == ["E", "E"]
