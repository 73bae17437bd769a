"""Plants that burn fuel: their carbon counts, their energy is not green; answers by hand (R125)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import layout
from layout.checking import verify
from layout.model import read_model
from layout.model.plants import plant_carbon
from layout.plan import Plan, read_plan, write_plan
from layout.plan.baseline import renewable_potential
from tests.builders import merged, target, tiny_model
from tests.checking.edits import cell
from tests.features.rows import built, planned

GWH = 8.76  # of 1 MW in a year
GAS: dict[str, Any] = {
    "province": "P",
    "site": "E",
    "technology": "gas",
    "potential_mw": 1,
    "capacity_factor": 1,
    "wheeling_cny_per_kwh": 0.4,
    "carbon_t_per_mwh": 0.5,
}
SUN: dict[str, Any] = {
    "province": "P",
    "technology": "sun",
    "potential_mw": 1,
    "capacity_factor": 0.25,
    "cost_cny_per_kwh": 0.3,
}


def world(*plants: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A site that runs 2 MW; the grid costs 0.5 CNY/kWh and emits 0.8 t/MWh, residual 0.9."""
    settings = {
        "features": {"renewables": True},
        "economy": {"carbon_price_cny_per_t": 100, "certificate_price_cny_per_mwh": 10},
    }
    return {
        "settings": merged(settings, given.pop("settings", {})),
        "zones": [{"zone": "Z", "province": "P"}],
        "sites": [{"site": "E", "zone": "Z", "province": "P"}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        "power": [
            {
                "province": "P",
                "price_cny_per_kwh": 0.5,
                "grid_tco2_per_mwh": 0.8,
                "residual_tco2_per_mwh": 0.9,
            }
        ],
        "renewables": [dict(plant) for plant in plants],
        **given,
    }


def kpi(plan: Plan, name: str) -> Any:
    return plan.record["kpis"][name]["value"]


def test_fuel_is_paid_with_its_carbon_and_is_not_green(tmp_path: Path) -> None:
    # 2 MW: the sun gives 0.25 for 0.3, gas 1 MW for 0.4 + 0.05 of carbon, the grid the rest for
    # 0.5 + 0.08.
    plan = planned(tmp_path / "m", **world(GAS, SUN))
    row = plan["energy"].iloc[0]
    assert row["renewable_gwh"] == pytest.approx(0.25 * GWH)
    assert row["grid_gwh"] == pytest.approx(0.75 * GWH)
    assert row["facility_gwh"] == pytest.approx(2 * GWH)
    assert row["carbon_kt"] == pytest.approx((0.75 * 0.8 + 0.5) * GWH)
    parts = plan.record["cost_breakdown_mcny"]
    assert parts["carbon"] == pytest.approx((0.75 * 0.8 + 0.5) * GWH / 10)
    assert parts["renewable_energy"] == pytest.approx((0.25 * 0.3 + 0.4) * GWH)
    assert kpi(plan, "fuel_gwh") == pytest.approx(GWH)
    assert kpi(plan, "green_share_physical") == pytest.approx(0.125)
    assert kpi(plan, "carbon_market_kt") == pytest.approx((0.75 * 0.9 + 0.5) * GWH)


def test_carbon_decides_whether_fuel_is_burnt(tmp_path: Path) -> None:
    # The grid costs 0.5 + 0.0008 a tonne's price, gas 0.4 + 0.0012: gas until 250 CNY/t.
    dirty = {**GAS, "carbon_t_per_mwh": 1.2}
    for price, burnt in ((240, GWH), (260, 0)):
        economy = {"economy": {"carbon_price_cny_per_t": price}}
        plan = planned(tmp_path / str(price), **world(dirty, settings=economy))
        assert kpi(plan, "fuel_gwh") == pytest.approx(burnt)


def test_a_green_share_is_not_met_by_fuel(tmp_path: Path) -> None:
    # Half of 2 MW has to be green: the sun gives 0.25, certificates of 0.75 cover the grid; as
    # gas would leave only 0.75 MW of the grid, all of it stays.
    for basis in ("certificates", "new"):
        asked = [target("t", "green_share", "at_least", 0.5, basis=basis)]
        plan = planned(tmp_path / basis, **world(GAS, SUN, settings={"targets": asked}))
        row = plan["energy"].iloc[0]
        assert row["renewable_gwh"] + row["certificate_gwh"] == pytest.approx(GWH)
        assert plan["targets"]["achieved"].tolist() == pytest.approx([0.5])


def test_a_carbon_target_counts_what_plants_emit(tmp_path: Path) -> None:
    # At most 10 kt: with x of gas and 1.75·8.76 − x of the grid 0.8·15.33 − 0.3·x ≤ 10.
    asked = [target("t", "carbon_kt", "at_most", 10)]
    economy = {"economy": {"carbon_price_cny_per_t": 0}}
    dear = {**GAS, "wheeling_cny_per_kwh": 0.9}
    given = world(dear, SUN, settings=merged(economy, {"targets": asked}))
    plan = planned(tmp_path / "m", **given)
    assert kpi(plan, "fuel_gwh") == pytest.approx((0.8 * 1.75 * GWH - 10) / 0.3)
    assert kpi(plan, "carbon_kt") == pytest.approx(10)


def test_nothing_stated_is_nothing(tmp_path: Path) -> None:
    plain = {key: value for key, value in GAS.items() if key != "carbon_t_per_mwh"}
    one, other = (
        built(tmp_path / "a", **world(plain, SUN)),
        built(tmp_path / "b", **world({**plain, "carbon_t_per_mwh": 0}, SUN)),
    )
    assert list(one.constraints) == list(other.constraints)
    for name, linear in one.costs.items():
        assert len(linear.terms) == len(other.costs[name].terms), name
    plan = planned(tmp_path / "c", **world(plain, SUN))
    assert "fuel_gwh" not in plan.record["kpis"]
    assert plan["energy"]["renewable_gwh"].tolist() == pytest.approx([1.25 * GWH])


def test_more_carbon_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(tmp_path / str(factor), **world({**GAS, "carbon_t_per_mwh": factor})).record[
            "objective_mcny"
        ]
        for factor in (0, 0.3, 0.6, 2, 3)
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]
    assert costs[-1] == pytest.approx(costs[-2])  # the grid is cheaper by then


HALF_DAYS = [
    {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
    {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
]
NIGHT_SUN = [{"province": "P", "technology": "sun", "slice": "light", "value": 1}]
BY_THE_HOUR = {"settings": {"features": {"slices": True}}, "slices": HALF_DAYS,
               "profiles": NIGHT_SUN}  # fmt: skip


def test_fuel_burns_in_the_hours_that_need_it(tmp_path: Path) -> None:
    # The sun of 8 MW gives 4 by day, twice what is used; at night 1 MW of gas and 1 of the grid.
    sun = {**SUN, "potential_mw": 8, "cost_cny_per_kwh": 0.01}
    plan = planned(tmp_path / "m", **world(GAS, sun, **BY_THE_HOUR))
    fuel = plan["fuel"].set_index("slice")["fuel_mw"]
    assert fuel.to_dict() == pytest.approx({"night": 1})
    night = plan["dispatch"].set_index("slice").loc["night"]
    assert night["renewable_mw"] == pytest.approx(0)
    assert night["grid_mw"] == pytest.approx(1)
    assert night["facility_mw"] == pytest.approx(2)
    assert kpi(plan, "carbon_kt") == pytest.approx((0.8 + 0.5) * GWH / 2)
    assert kpi(plan, "green_share_physical") == pytest.approx(0.5)
    write_plan(plan, tmp_path / "plan")
    assert verify(read_plan(tmp_path / "plan")).passed
    cell("fuel", {"slice": "night"}, fuel_mw=0.5)(tmp_path / "plan")
    codes = {failure.code for failure in verify(tmp_path / "plan").failures}
    assert {"slice_power", "slice_mean"} <= codes


def test_the_check_counts_what_plants_emit(tmp_path: Path) -> None:
    plan = planned(tmp_path / "m", **world(GAS, SUN))
    other = read_model(tiny_model(tmp_path / "o", **world({**GAS, "carbon_t_per_mwh": 0.6}, SUN)))
    codes = {failure.code for failure in verify(replace(plan, model=other)).failures}
    assert {"carbon", "cost"} <= codes
    green = read_model(tiny_model(tmp_path / "g", **world({**GAS, "carbon_t_per_mwh": 0}, SUN)))
    codes = {failure.code for failure in verify(replace(plan, model=green)).failures}
    assert {"contract_sum", "energy_balance"} <= codes


def test_prices_of_carbon_change_a_plan_that_is_asked_again(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "m", **world({**GAS, "carbon_t_per_mwh": 1.2})))
    solver = layout.Solver(model)
    for price, fuel in ((240, 1), (260, 0)):
        found = solver.update(carbon_price_cny_per_t=price).solve()
        expected = (0.5 + 0.0008 * price) * (2 - fuel) + (0.4 + 0.0012 * price) * fuel
        assert found.objective_mcny == pytest.approx(expected * GWH)


def test_fuel_is_no_renewable_potential(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "m", **world(GAS, SUN)))
    assert renewable_potential(model).to_dict() == pytest.approx({"P": 0.25 * GWH})
    assert plant_carbon(model).to_dict() == {("E", "gas"): 0.5, ("P", "sun"): 0.0}
