"""Waste heat (42): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.plan import Plan, write_plan
from tests.builders import merged, target
from tests.checking.edits import Edit, cell, codes_after
from tests.features.rows import added_names, built, compare, planned, problems, written


def world(**more: Any) -> dict[str, Any]:
    """Demand of 2 EFLOPS, 10 MW each; heat can be sold at N, where power costs a little more."""
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"heat": True},
            "heat": {
                "recovery_share": 0.5, "cop": 4, "heating_hours": 2190, "price_cny_per_gj": 50
            },
        },
        "zones": [{"zone": "Z"}],
        "sites": [
            {"site": "N", "province": "P", "heat_demand_mw": 4},
            {"site": "S", "province": "Q"},
        ],
        "kinds": [
            {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 10, "fp32_per_native": 1}
        ],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        "power": [
            {"province": "P", "price_cny_per_kwh": 0.31, "grid_tco2_per_mwh": 0.5},
            {"province": "Q", "price_cny_per_kwh": 0.3, "grid_tco2_per_mwh": 0.5},
        ],
    }  # fmt: skip
    return merged(given, more)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("heat") / "model", **world())


def test_heat_draws_work_to_where_it_can_be_sold(plan: Plan) -> None:
    # A GWh of heat earns 3600·50/1e6 = 0.18 and takes 0.25 GWh at 0.31 = 0.0775: 0.1025 left.
    # A GWh of IT at N gives 0.5·2190/8760 = 0.125 GWh of heat, worth 0.0128, more than the 0.01
    # that power costs more there. N takes 4 MW·2190 h = 8.76 GWh, from 70.08 GWh of IT: 0.8
    # EFLOPS run at N, 1.2 at S.
    heat = plan.tables["heat"]
    assert heat[["site", "heat_gwh", "heat_pump_gwh"]].values.tolist() == [
        ["N", pytest.approx(8.76), pytest.approx(2.19)]
    ]
    energy = plan.tables["energy"].set_index("site")
    assert energy["it_gwh"].to_dict() == pytest.approx({"N": 70.08, "S": 105.12})
    assert energy["facility_gwh"].to_dict() == pytest.approx({"N": 72.27, "S": 105.12})
    cost = plan.record["cost_breakdown_mcny"]
    assert cost["heat"] == pytest.approx(-0.18 * 8.76)
    assert cost["grid_energy"] == pytest.approx(0.31 * 72.27 + 0.3 * 105.12)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["heat_gwh"] == pytest.approx(8.76)
    assert figures["heat_reuse_factor"] == pytest.approx(8.76 / 177.39)
    assert figures["energy_reuse_effectiveness"] == pytest.approx((177.39 - 8.76) / 175.2)


def test_no_more_heat_is_sold_than_the_season_gives_off(plan: Plan, tmp_path: Path) -> None:
    """The 8.76 GWh are all that half of 70.08 GWh gives off in 2190 of 8760 hours."""
    for times, codes in ((1 + 5e-7, set()), (1 + 4e-6, {"heat_source"})):
        write_plan(plan, tmp_path / str(times))
        cell("heat", {"site": "N"}, heat_gwh=8.76 * times)(tmp_path / str(times))
        found = {failure.code for failure in verify(tmp_path / str(times)).failures}
        assert found & {"heat_source"} == codes


def test_a_season_of_its_own_and_dear_power_leave_heat_unsold(tmp_path: Path) -> None:
    # With no heating season at N nothing can be sold; with power at 1 CNY/kWh selling loses money.
    sites = [{"site": "N", "province": "P", "heat_demand_mw": 4, "heating_hours": 0}]
    plan = planned(tmp_path / "season", **world(sites=sites))
    assert plan.tables["heat"].empty
    power = [{"province": "P", "price_cny_per_kwh": 1}, {"province": "Q", "price_cny_per_kwh": 1}]
    plan = planned(tmp_path / "power", **world(power=power))
    assert plan.tables["heat"].empty
    assert verify(plan).passed


def test_a_target_on_heat_is_met_at_a_loss(tmp_path: Path) -> None:
    # As above at 1 CNY/kWh: 2 GWh of heat cost 2·(0.25 − 0.18) = 0.14 more than none.
    power = [{"province": "P", "price_cny_per_kwh": 1}, {"province": "Q", "price_cny_per_kwh": 1}]
    given = world(power=power)
    given["settings"]["targets"] = [target("heat", "heat_gwh", "at_least", 2)]
    plan = planned(tmp_path / "model", **given)
    assert plan.record["objective_mcny"] == pytest.approx(175.2 + 0.14)


def test_heat_that_replaces_other_counts_in_life_cycle_carbon(tmp_path: Path) -> None:
    # Grid 177.39 GWh·0.5 = 88.695 kt. Halls 20 MW·1,000 t/20 = 1 kt, hardware 2·5,000 t/5 = 2 kt.
    # Heat 8.76 GWh = 31,536 GJ at 0.1 t = 3.1536 kt saved.
    given = world(
        settings={"heat": {"saved_tco2_per_gj": 0.1}},
        facilities=[{"facility": "hall", "kinds": "general", "embodied_tco2_per_mw": 1000}],
    )
    given["kinds"][0]["embodied_tco2_per_eflops"] = 5000
    given["settings"]["targets"] = [target("whole", "carbon_life_cycle_kt", "at_most", 100)]
    plan = planned(tmp_path / "model", **given)
    expected = 88.695 + 1 + 2 - 3.1536
    assert plan.record["kpis"]["carbon_life_cycle_kt"]["value"] == pytest.approx(expected)
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([expected])


def test_every_stage_of_a_life_counts(tmp_path: Path) -> None:
    # As above: halls 20 MW over 20 years, hardware 2 EFLOPS over 5. Making 1 + 2 kt, transport
    # 20·50/20 + 2·500/5 t = 0.25 kt, recycling 2·(−1,000)/5 t = −0.4 kt; no heat is sold.
    given = world(
        settings={"features": {"heat": False}},
        facilities=[
            {
                "facility": "hall",
                "kinds": "general",
                "embodied_tco2_per_mw": 1000,
                "transport_tco2_per_mw": 50,
            }
        ],
    )
    stages = {"embodied": 5000, "transport": 500, "recycling": -1000}
    given["kinds"][0] |= {f"{name}_tco2_per_eflops": value for name, value in stages.items()}
    given["settings"]["targets"] = [target("whole", "carbon_life_cycle_kt", "at_most", 100)]
    plan = planned(tmp_path / "model", **given)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    found = [figures[f"carbon_{name}_kt"] for name in stages]
    assert found == pytest.approx([3, 0.25, -0.4])
    assert figures["carbon_life_cycle_kt"] == pytest.approx(figures["carbon_kt"] + 2.85)
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([87.6 + 2.85])


def test_a_limit_on_the_whole_life_sees_every_stage(tmp_path: Path) -> None:
    # Transport of 5,000 t per EFLOPS where the test below has making: the same limit and plan.
    given = world(
        settings={"features": {"heat": False}},
        facilities=[{"facility": "hall", "kinds": "general", "recycling_tco2_per_mw": 1000}],
        power=[
            {"province": "P", "price_cny_per_kwh": 0.31, "grid_tco2_per_mwh": 0},
            {"province": "Q", "price_cny_per_kwh": 0.3, "grid_tco2_per_mwh": 0.5},
        ],
    )
    given["kinds"][0]["transport_tco2_per_eflops"] = 5000
    given["settings"]["targets"] = [target("whole", "carbon_life_cycle_kt", "at_most", 89)]
    plan = planned(tmp_path / "model", **given)
    energy = plan.tables["energy"].set_index("site")["facility_gwh"]
    assert energy.to_dict() == pytest.approx({"N": 3.2, "S": 172})


def test_life_cycle_carbon_needs_no_switch_and_binds(tmp_path: Path) -> None:
    # Without heat all runs at S: 87.6 + 3 kt. A limit of 89 leaves 86 kt for power: N is clean,
    # and 3.2 GWh move there at 0.01 more.
    given = world(
        settings={"features": {"heat": False}},
        facilities=[{"facility": "hall", "kinds": "general", "embodied_tco2_per_mw": 1000}],
        power=[
            {"province": "P", "price_cny_per_kwh": 0.31, "grid_tco2_per_mwh": 0},
            {"province": "Q", "price_cny_per_kwh": 0.3, "grid_tco2_per_mwh": 0.5},
        ],
    )
    given["kinds"][0]["embodied_tco2_per_eflops"] = 5000
    given["settings"]["targets"] = [target("whole", "carbon_life_cycle_kt", "at_most", 89)]
    plan = planned(tmp_path / "model", **given)
    energy = plan.tables["energy"].set_index("site")["facility_gwh"]
    assert energy.to_dict() == pytest.approx({"N": 3.2, "S": 172})
    assert plan.record["objective_mcny"] == pytest.approx(0.31 * 3.2 + 0.3 * 172)


def test_rows(tmp_path: Path) -> None:
    formulation = built(tmp_path / "model", **world())
    compare("heat", written(formulation, ["heat_source", "energy"], ["heat"]))


def test_off_is_absent(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world())
    off = built(tmp_path / "off", **world(settings={"features": {"heat": False}}))
    assert added_names(on, off) == ({"heat"}, {"heat_source"})
    assert "heat" not in off.costs


def test_less_recovery_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(
            tmp_path / str(share), **world(settings={"heat": {"recovery_share": share}})
        ).record["objective_mcny"]
        for share in (0.8, 0.5, 0.45, 0)
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


BREAKS: list[tuple[str, Edit]] = [
    ("heat_demand", cell("heat", {"site": "N"}, heat_gwh=8.8)),
    ("heat_source", cell("heat", {"site": "N"}, heat_gwh=8.8)),
    ("heat_pump", cell("heat", {"site": "N"}, heat_pump_gwh=2)),
    ("energy_sum", cell("heat", {"site": "N"}, heat_pump_gwh=2)),
    ("cost", cell("cost", {"component": "heat"}, mcny=-2)),
]


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(plan: Plan, tmp_path: Path, code: str, edit: Edit) -> None:
    assert code in codes_after(plan, tmp_path, edit)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    sites = [{"site": "N", "province": "P"}]
    assert [p.code for p in problems(tmp_path / "model", **world(sites=sites))] == [
        "feature_column"
    ]
