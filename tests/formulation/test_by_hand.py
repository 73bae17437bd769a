"""Two sites, two zones, one constraint family at a time; each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.errors import InputError
from layout.model import read_model
from layout.plan import Plan
from layout.solving import solve
from tests.builders import target, tiny_model

ONE_ZONE = [{"zone": "Z", "province": "P", "lat": 31, "lon": 121}]


def planned(folder: Path, **given: Any) -> Plan:
    """The verified plan of a tiny model, without its counterfactual."""
    return solve(read_model(tiny_model(folder / "model", **given)), counterfactual=False)


def kind(**more: Any) -> list[dict[str, Any]]:
    base = {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 10, "fp32_per_native": 1}
    return [{**base, **more}]


def cost(plan: Plan, component: str) -> float:
    return float(plan.record["cost_breakdown_mcny"][component])


def additions(plan: Plan, action: str) -> dict[str, float]:
    table = plan.tables["capacity"]
    table = table[table[f"{action}_eflops"] > 0]
    return table.groupby("site")[f"{action}_eflops"].sum().to_dict()


def test_vacant_space_is_filled_before_anything_is_built(tmp_path: Path) -> None:
    # E holds 1 EFLOPS (10 MW) in 30 MW: room for 2 more. Demand 4: 1 stands, 2 are filled,
    # 1 is added in new space. IT costs 100 at rate 0 over 5 years = 20 a year for each of the 3
    # new ones; new space 10 MW x 8 over 20 years = 4 a year.
    plan = planned(
        tmp_path,
        settings={"economy": {"discount_rate": 0}},
        zones=ONE_ZONE,
        sites=[{"site": "E"}],
        kinds=kind(it_capex_mcny_per_eflops=100),
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 8}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
        stock=[
            {
                "block": "b",
                "site": "E",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": 1,
                "facility_it_mw": 30,
            }
        ],
    )
    assert additions(plan, "filled") == pytest.approx({"E": 2})
    assert additions(plan, "expanded") == pytest.approx({"E": 1})
    assert additions(plan, "built") == {}
    assert cost(plan, "it_capital") == pytest.approx(60)
    assert cost(plan, "facility_capital") == pytest.approx(4)
    assert plan.record["objective_mcny"] == pytest.approx(64)


def test_compute_past_its_life_is_refreshed_where_power_is_cheap(tmp_path: Path) -> None:
    # The block at E is 6 years old in 2025 and its life 5: refreshing costs 20 a year anywhere.
    # At E its 10 MW draw 87.6 GWh at 1 CNY/kWh, at W at 0.5: it is retired at E and filled at W
    # into the vacant 10 MW, which saves 43.8.
    plan = planned(
        tmp_path,
        settings={"economy": {"discount_rate": 0}},
        zones=ONE_ZONE,
        sites=[{"site": "E", "province": "P"}, {"site": "W", "province": "Q"}],
        kinds=kind(it_capex_mcny_per_eflops=100),
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        stock=[
            {
                "block": "old",
                "site": "E",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": 1,
                "age_years": 4,
            },
            {
                "block": "empty",
                "site": "W",
                "facility": "hall",
                "kind": "general",
                "facility_it_mw": 10,
            },
        ],
        power=[
            {"province": "P", "price_cny_per_kwh": 1},
            {"province": "Q", "price_cny_per_kwh": 0.5},
        ],
    )
    assert additions(plan, "retired") == pytest.approx({"E": 1})
    assert additions(plan, "filled") == pytest.approx({"W": 1})
    assert plan.record["objective_mcny"] == pytest.approx(20 + 43.8)


def test_compute_within_its_life_stays_where_it_is(tmp_path: Path) -> None:
    # As above but 3 years old (5 in 2025, not past its life of 5): it stays: running it at
    # 87.6 is cheaper than 243.9 a year for a new one where power is free.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        sites=[{"site": "E", "province": "P"}, {"site": "W", "province": "Q"}],
        kinds=kind(it_capex_mcny_per_eflops=1000),
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        stock=[
            {
                "block": "b",
                "site": "E",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": 1,
                "age_years": 3,
            }
        ],
        power=[
            {"province": "P", "price_cny_per_kwh": 1},
            {"province": "Q", "price_cny_per_kwh": 0},
        ],
    )
    assert additions(plan, "retired") == {}
    assert plan.record["objective_mcny"] == pytest.approx(87.6)


def test_energy_of_idle_and_loaded_compute_with_fixed_overhead(tmp_path: Path) -> None:
    # Demand 3 needs 3 x 1.2 / 0.6 = 6 EFLOPS = 60 MW in modules of 25 MW: 3 modules, 75 MW.
    # IT power 10 x (0.4 x 6 + 0.6 x 3 / 0.6) = 54 MW; facility 1.25 x 54 + 0.05 x 75 = 71.25 MW;
    # 624.15 GWh at 0.6 CNY/kWh = 374.49; carbon at 0.5 t/MWh x 100 CNY/t = 31.2075.
    plan = planned(
        tmp_path,
        settings={"economy": {"carbon_price_cny_per_t": 100}},
        zones=ONE_ZONE,
        sites=[{"site": "E", "province": "P"}],
        kinds=kind(max_utilisation=0.6, idle_power_share=0.4),
        facilities=[{"facility": "hall", "kinds": "general", "module_it_mw": 25}],
        pue=[{"site": "E", "facility": "hall", "pue": 1.3, "fixed_overhead": 0.05}],
        workloads=[{"workload": "task", "kind": "general", "peak_factor": 1.2}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 3}],
        power=[{"province": "P", "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5}],
    )
    energy = plan.tables["energy"].iloc[0]
    assert energy["it_gwh"] == pytest.approx(54 * 8.76)
    assert energy["facility_gwh"] == pytest.approx(624.15)
    assert cost(plan, "grid_energy") == pytest.approx(374.49)
    assert cost(plan, "carbon") == pytest.approx(31.2075)
    assert plan.tables["capacity"]["facility_it_mw"].sum() == pytest.approx(75)


def test_grid_headroom_counts_rated_power_of_stock_and_additions(tmp_path: Path) -> None:
    # E has 26 MW of headroom; stock 10 MW at PUE 1.3 takes 13: 1 EFLOPS more fits, W takes 1.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        sites=[{"site": "E", "grid_headroom_mw": 26}, {"site": "W", "fixed_cost_mcny_per_year": 7}],
        kinds=kind(),
        pue=[{"site": site, "facility": "hall", "pue": 1.3} for site in "EW"],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 3}],
        stock=[
            {"block": "b", "site": "E", "facility": "hall", "kind": "general", "compute_eflops": 1}
        ],
    )
    assert additions(plan, "expanded") == pytest.approx({"E": 1})
    assert additions(plan, "built") == pytest.approx({"W": 1})
    assert plan.record["objective_mcny"] == pytest.approx(7)


def test_renewables_are_shared_by_the_sites_of_a_province(tmp_path: Path) -> None:
    # 20 MW of load in P: 175.2 GWh. Wind 30 MW x 0.25 x 8.76 = 65.7 GWh at 0.3; the rest from
    # the grid at 0.5. A certificate for 50 GWh (the cap) costs 10 CNY/MWh and is bought only
    # because the target asks for (65.7 + 50) / 175.2 = 0.66 green.
    plan = planned(
        tmp_path,
        settings={
            "economy": {"certificate_price_cny_per_mwh": 10, "certificate_cap_gwh": 50},
            "features": {"renewables": True},
            "targets": [target("green", "green_share", "at_least", 115.7 / 175.2)],
        },
        zones=ONE_ZONE,
        sites=[
            {"site": "E", "province": "P", "max_it_mw": 10},
            {"site": "F", "province": "P", "max_it_mw": 10},
        ],
        kinds=kind(),
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        power=[{"province": "P", "price_cny_per_kwh": 0.5}],
        renewables=[
            {
                "province": "P",
                "technology": "wind",
                "potential_mw": 30,
                "capacity_factor": 0.25,
                "cost_cny_per_kwh": 0.2,
                "wheeling_cny_per_kwh": 0.1,
            }
        ],
    )
    sums = plan.tables["energy"].sum(numeric_only=True)
    assert sums["renewable_gwh"] == pytest.approx(65.7)
    assert sums["certificate_gwh"] == pytest.approx(50)
    assert cost(plan, "renewable_energy") == pytest.approx(65.7 * 0.3)
    assert cost(plan, "grid_energy") == pytest.approx((175.2 - 65.7) * 0.5)
    assert cost(plan, "certificates") == pytest.approx(0.5)


def test_land_and_whole_modules(tmp_path: Path) -> None:
    # E has 3 ha and a module of 20 MW takes 2: one module there, 2 EFLOPS; W takes the third.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        sites=[{"site": "E", "land_ha": 3}, {"site": "W", "cost_factor": 2}],
        kinds=kind(),
        facilities=[
            {
                "facility": "hall",
                "kinds": "general",
                "module_it_mw": 20,
                "land_ha_per_mw": 0.1,
                "capex_mcny_per_mw": 1,
                "life_years": 1,
            }
        ],
        settings={"economy": {"discount_rate": 0}},
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 3}],
    )
    assert additions(plan, "built") == pytest.approx({"E": 2, "W": 1})
    assert plan.record["objective_mcny"] == pytest.approx(20 + 2 * 20)


def test_the_staff_to_be_had_limits_new_halls(tmp_path: Path) -> None:
    # 2 EFLOPS need 20 MW and 30 people at 1.5 a MW. E finds 15, so that half is built in W, twice
    # as dear: 10 MW at 1 and 10 MW at 2 a year. With 14 the model has an answer, with W shut none.
    given: dict[str, Any] = {
        "zones": ONE_ZONE,
        "kinds": kind(),
        "facilities": [
            {
                "facility": "hall",
                "kinds": "general",
                "staff_per_mw": 1.5,
                "capex_mcny_per_mw": 1,
                "life_years": 1,
            }
        ],
        "settings": {"economy": {"discount_rate": 0, "wage_mcny_per_year": 0}},
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
    }
    sites: list[dict[str, Any]] = [
        {"site": "E", "staff_limit_persons": 15},
        {"site": "W", "cost_factor": 2},
    ]
    plan = planned(tmp_path, sites=sites, **given)
    assert additions(plan, "built") == pytest.approx({"E": 1, "W": 1})
    assert plan.record["objective_mcny"] == pytest.approx(10 + 20)
    limit = next(one for one in plan.record["binding"] if one["place"] == "E")
    assert (limit["limit"], limit["value"], limit["unit"]) == ("staff_limit_persons", 15, "persons")
    assert limit["shadow_cost_mcny"] == pytest.approx(1 / 1.5)


def test_a_site_opened_anew_reaches_its_minimum(tmp_path: Path) -> None:
    # 1 EFLOPS needs 10 MW, but W is not opened below 40 MW: 40 MW x 3 a year beat E's 130.
    plan = planned(
        tmp_path,
        settings={"economy": {"discount_rate": 0}},
        zones=ONE_ZONE,
        sites=[{"site": "E", "fixed_cost_mcny_per_year": 100}, {"site": "W", "min_it_mw": 40}],
        kinds=kind(),
        facilities=[
            {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 3, "life_years": 1}
        ],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
    )
    assert plan.tables["capacity"].set_index("site")["facility_it_mw"].to_dict() == {"W": 40}
    assert plan.record["objective_mcny"] == pytest.approx(120)


def test_reserve_and_peak_size_the_capacity(tmp_path: Path) -> None:
    # 2 EFLOPS in use x peak 1.5 x (1 + 0.2) / 0.5 = 7.2 EFLOPS installed.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        kinds=kind(max_utilisation=0.5, it_capex_mcny_per_eflops=1),
        workloads=[
            {"workload": "task", "kind": "general", "peak_factor": 1.5, "reserve_margin": 0.2}
        ],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 2}],
    )
    assert plan.tables["capacity"]["compute_eflops"].sum() == pytest.approx(7.2)


@pytest.mark.parametrize(("basis", "server"), [("rtt", "near"), ("one_way", "far")])
def test_the_latency_basis_decides_who_may_serve(tmp_path: Path, basis: str, server: str) -> None:
    # The far site is 12 ms away one way, 24 ms there and back; the limit is 20 ms.
    plan = planned(
        tmp_path,
        settings={"latency": {"basis": basis}},
        zones=ONE_ZONE,
        sites=[{"site": "near", "fixed_cost_mcny_per_year": 9}, {"site": "far"}],
        workloads=[{"workload": "task", "kind": "general", "latency_ms": 20}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        links=[
            {"zone": "Z", "site": "near", "latency_ms": 2},
            {"zone": "Z", "site": "far", "latency_ms": 12},
        ],
    )
    assert plan.tables["service"]["site"].tolist() == [server]


def test_a_share_of_the_demand_stays_near_home(tmp_path: Path) -> None:
    # Remote service is free, serving at home costs 5: all that may leave (30%) leaves.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        sites=[{"site": "home", "province": "P", "zone": "Z"}, {"site": "away", "province": "Q"}],
        workloads=[{"workload": "task", "kind": "general", "max_remote_share": 0.3}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 10}],
        links=[{"zone": "Z", "site": "home", "transport_mcny_per_eflops_year": 5}],
    )
    served = plan.tables["service"].set_index("site")["served_eflops"]
    assert served["away"] == pytest.approx(3)
    assert plan.record["objective_mcny"] == pytest.approx(35)


@pytest.mark.parametrize(
    ("status", "bound", "built"),
    [("approved", {"min_eflops": 3}, {"E": 1, "W": 3}), ("forbidden", {}, {"E": 4})],
)
def test_commitments_bound_additions(
    tmp_path: Path, status: str, bound: dict[str, float], built: dict[str, float]
) -> None:
    # Service from E is free and from W costs 1; W must take 3, or may take none.
    plan = planned(
        tmp_path,
        zones=ONE_ZONE,
        kinds=kind(it_capex_mcny_per_eflops=100),
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
        links=[{"zone": "Z", "site": "W", "transport_mcny_per_eflops_year": 1}],
        commitments=[{"site": "W", "kind": "general", "year": 2025, "status": status, **bound}],
    )
    assert additions(plan, "built") == pytest.approx(built)


def test_a_hard_target_forces_what_a_soft_one_pays_for(tmp_path: Path) -> None:
    # Demand 2, target 5 EFLOPS FP32, compute 10 a year: hard costs 50; soft at 4 per EFLOPS
    # short prefers to miss it: 20 + 3 x 4 = 32.
    given = {
        "zones": ONE_ZONE,
        "kinds": kind(it_capex_mcny_per_eflops=10, it_life_years=1),
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
    }
    goal = target("total", "compute_eflops_fp32", "at_least", 5)
    easy = target("easy", "compute_eflops_fp32", "at_least", 1)
    economy = {"economy": {"discount_rate": 0}}
    hard = planned(tmp_path / "hard", settings={**economy, "targets": [goal]}, **given)
    soft = planned(
        tmp_path / "soft",
        settings={**economy, "targets": [easy, {**goal, "mode": "soft", "penalty": 4}]},
        **given,
    )
    assert hard.record["objective_mcny"] == pytest.approx(50)
    assert hard.record["targets"][0]["met_by"] == "target"
    assert hard.record["targets"][0]["shadow_cost_mcny"] == pytest.approx(10)
    assert hard.record["targets"][0]["binds_at_demand_factor"] == pytest.approx(2.5)
    assert soft.record["objective_mcny"] == pytest.approx(32)
    assert soft.record["targets"][1]["met_by"] == "not_met"
    assert cost(soft, "penalty") == pytest.approx(12)


def test_a_target_may_be_of_the_sites_of_a_tier(tmp_path: Path) -> None:
    # The provincial site costs 20 a MW, the edge site 60; 1 of 3 EFLOPS, 10 MW, has to be there.
    plan = planned(
        tmp_path,
        settings={
            "economy": {"discount_rate": 0},
            "targets": [target("edge", "compute_eflops_fp32", "at_least", 1, scope="tier:edge")],
        },
        zones=ONE_ZONE,
        sites=[
            {"site": "E", "tier": "provincial"},
            {"site": "M", "tier": "edge", "cost_factor": 3},
        ],
        kinds=kind(),
        facilities=[
            {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20, "life_years": 1}
        ],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 3}],
    )
    assert additions(plan, "built") == pytest.approx({"E": 2, "M": 1})
    assert plan.record["objective_mcny"] == pytest.approx(2 * 200 + 600)
    assert plan.record["targets"][0]["shadow_cost_mcny"] == pytest.approx(400)


def test_unserved_demand_has_its_price(tmp_path: Path) -> None:
    # Room for 3 of 4 EFLOPS; the fourth stays unserved at 100.
    plan = planned(
        tmp_path,
        settings={"economy": {"unserved_penalty_mcny_per_eflops": 100}},
        zones=ONE_ZONE,
        sites=[{"site": "E", "max_it_mw": 30}],
        kinds=kind(),
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
    )
    assert plan.tables["unserved"]["unserved_eflops"].tolist() == pytest.approx([1])
    assert plan.record["objective_mcny"] == pytest.approx(100)


def test_each_class_of_work_has_its_own_price_of_staying_unserved(tmp_path: Path) -> None:
    # Room for 3 of 6 EFLOPS. Class a must be served: the model has no price for all. Of b and c
    # the dearer is served first, so that 1 of b at 7 and 2 of c at 5 stay.
    given: dict[str, Any] = {
        "zones": ONE_ZONE,
        "sites": [{"site": "E", "max_it_mw": 30}],
        "kinds": kind(),
        "workloads": [
            {"workload": "a", "kind": "general"},
            {"workload": "b", "kind": "general", "unserved_penalty_mcny_per_eflops": 7},
            {"workload": "c", "kind": "general", "unserved_penalty_mcny_per_eflops": 5},
        ],
        "demand": [{"zone": "Z", "workload": name, "demand_eflops": 2} for name in ("a", "b", "c")],
    }
    plan = planned(tmp_path / "own", **given)
    left = plan.tables["unserved"].set_index("workload")["unserved_eflops"]
    assert left.to_dict() == pytest.approx({"b": 1, "c": 2})
    assert plan.record["objective_mcny"] == pytest.approx(7 + 10)
    # a price for all counts where a class has none of its own
    settings = {"economy": {"unserved_penalty_mcny_per_eflops": 1}}
    plan = planned(tmp_path / "all", settings=settings, **given)
    left = plan.tables["unserved"].set_index("workload")["unserved_eflops"]
    assert left.to_dict() == pytest.approx({"a": 2, "c": 1})
    assert plan.record["objective_mcny"] == pytest.approx(2 * 1 + 5)


def test_a_limit_just_above_the_fixed_delay_takes_in_what_is_near(tmp_path: Path) -> None:
    # There and back 2 ms are lost at both ends; 14 km add 2·14·1.5/204 = 0.2: 2.5 allow them. A
    # limit below 2 would allow nothing but sites of the zone itself.
    given: dict[str, Any] = {
        "zones": [*ONE_ZONE, {"zone": "Y", "lat": 31, "lon": 121.15}],
        "sites": [{"site": "E", "zone": "Y", "lat": 31, "lon": 121.15}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        "settings": {"latency": {"basis": "rtt"}},
    }
    near = [{"workload": "task", "kind": "general", "latency_ms": 2.5}]
    plan = planned(tmp_path / "near", workloads=near, **given)
    assert plan.tables["service"]["latency_rtt_ms"].tolist() == pytest.approx([2.21], abs=0.01)
    edge = [{"workload": "task", "kind": "general", "latency_ms": 1.9}]
    with pytest.raises(InputError) as refused:
        planned(tmp_path / "edge", workloads=edge, **given)
    assert [problem.code for problem in refused.value.problems] == ["unreachable"]


def test_mode_local_keeps_every_zone_in_its_region(tmp_path: Path) -> None:
    # The free site lies in the west; the eastern zone pays 6 to be served at home.
    given: dict[str, Any] = {
        "zones": [{"zone": "Z", "province": "P", "region": "east"}],
        "sites": [
            {"site": "E", "region": "east", "fixed_cost_mcny_per_year": 6},
            {"site": "W", "region": "west"},
        ],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
    }
    cross = planned(tmp_path / "cross", **given)
    local = planned(tmp_path / "local", settings={"mode": "local"}, **given)
    assert cross.record["objective_mcny"] == pytest.approx(0)
    assert local.record["objective_mcny"] == pytest.approx(6)


def test_carbon_first_then_cost(tmp_path: Path) -> None:
    # Minimising carbon takes the clean dear site; among equally clean ones the cheaper.
    plan = planned(
        tmp_path,
        settings={"objective": ["carbon", "cost"]},
        zones=ONE_ZONE,
        sites=[
            {"site": "clean", "province": "P", "fixed_cost_mcny_per_year": 5},
            {"site": "clean-dear", "province": "P", "fixed_cost_mcny_per_year": 9},
            {"site": "dirty", "province": "Q"},
        ],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        power=[
            {"province": "P", "grid_tco2_per_mwh": 0.1},
            {"province": "Q", "grid_tco2_per_mwh": 0.9},
        ],
    )
    assert plan.tables["service"]["site"].tolist() == ["clean"]
    assert plan.record["objective_mcny"] == pytest.approx(5)


def test_sites_that_a_target_asks_for_are_not_left_empty(tmp_path: Path) -> None:
    # One site would do; the target asks for two, and the second holds at least something.
    plan = planned(
        tmp_path,
        settings={"targets": [target("two", "site_count", "at_least", 2)]},
        zones=ONE_ZONE,
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 1}],
    )
    assert plan.record["targets"][0]["status"] == "pass"
    assert plan.tables["capacity"]["site"].nunique() == 2


@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_a_target_whose_feature_is_off_is_neither_asked_for_nor_paid(
    tmp_path: Path, mode: str
) -> None:
    goal = target("green", "green_share", "at_least", 0.8, mode=mode)
    plan = planned(tmp_path, settings={"targets": [goal], "features": {"renewables": False}})
    (record,) = plan.record["targets"]
    assert (record["status"], record["reason"]) == ("not_applicable", "feature_off")
    assert cost(plan, "penalty") == 0


def test_a_tariff_zone_row_leaves_to_the_province_what_it_does_not_say(tmp_path: Path) -> None:
    # 10 MW are 87.6 GWh at the zone's price of 0.5; carbon at the province's 0.8 t/MWh and
    # 100 CNY/t costs 7.008; the province's headroom of 15 MW binds though the zone has a row.
    given: dict[str, Any] = {
        "settings": {"economy": {"carbon_price_cny_per_t": 100}},
        "zones": ONE_ZONE,
        "sites": [{"site": "E", "province": "P", "tariff_zone": "T"}],
        "kinds": kind(),
        "power": [
            {"province": "P", "price_cny_per_kwh": 0.9, "grid_tco2_per_mwh": 0.8,
             "grid_headroom_mw": 15},
            {"tariff_zone": "T", "price_cny_per_kwh": 0.5},
        ],
    }  # fmt: skip
    one = [{"zone": "Z", "workload": "task", "demand_eflops": 1}]
    plan = planned(tmp_path / "one", demand=one, **given)
    assert cost(plan, "grid_energy") == pytest.approx(43.8)
    assert cost(plan, "carbon") == pytest.approx(7.008)
    two = [{"zone": "Z", "workload": "task", "demand_eflops": 2}]
    assert planned(tmp_path / "two", demand=two, **given).status == "infeasible"
