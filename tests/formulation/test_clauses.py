"""Rules that a clause of the requirements asks for, each in a world where it alone decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.model import read_model
from layout.plan import Plan
from layout.solving import solve
from tests.builders import tiny_model

FREE_OF_INTEREST = {"economy": {"discount_rate": 0}}
ONE_ZONE = [{"zone": "Z", "province": "P", "region": "east"}]
HALL = {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10, "life_years": 1}


def planned(folder: Path, **given: Any) -> Plan:
    return solve(read_model(tiny_model(folder / "model", **given)), counterfactual=False)


def test_data_stay_in_the_province_or_region_that_they_may_not_leave(tmp_path: Path) -> None:
    # R63, R64. 1 MW of hall costs 10 a year in the west, 20 next door, 30 at home.
    hosts = {"nation": "C", "region": "B", "province": "A"}
    plan = planned(
        tmp_path,
        settings=FREE_OF_INTEREST,
        zones=ONE_ZONE,
        sites=[
            {"site": "A", "province": "P", "region": "east", "cost_factor": 3},
            {"site": "B", "province": "Q", "region": "east", "cost_factor": 2},
            {"site": "C", "province": "R", "region": "west"},
        ],
        facilities=[HALL],
        workloads=[{"workload": one, "kind": "general", "residency": one} for one in hosts],
    )
    assert plan["service"].set_index("workload")["site"].to_dict() == hosts
    assert plan.record["objective_mcny"] == pytest.approx(10 + 20 + 30)


def test_a_plant_of_a_site_serves_that_site_alone(tmp_path: Path) -> None:
    # R124, R125. Each site runs 1 MW, 8.76 GWh a year. The plant at E yields 2 MW · 0.5 · 8.76 at
    # 0.1 CNY/kWh without wheeling; the grid costs 0.5. F in the same province gets nothing of it.
    plan = planned(
        tmp_path,
        settings={"features": {"renewables": True}},
        zones=ONE_ZONE,
        sites=[{"site": "E", "province": "P", "max_it_mw": 1},
               {"site": "F", "province": "P", "max_it_mw": 1}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        power=[{"province": "P", "price_cny_per_kwh": 0.5}],
        renewables=[
            {
                "province": "P",
                "site": "E",
                "technology": "roof",
                "potential_mw": 2,
                "capacity_factor": 0.5,
                "cost_cny_per_kwh": 0.1,
            }
        ],
    )  # fmt: skip
    energy = plan["energy"].set_index("site")
    assert energy["renewable_gwh"].to_dict() == pytest.approx({"E": 8.76, "F": 0})
    assert energy["grid_gwh"].to_dict() == pytest.approx({"E": 0, "F": 8.76})
    assert plan["contracts"]["source"].tolist() == ["E"]
    assert plan.record["objective_mcny"] == pytest.approx(8.76 * (0.1 + 0.5))


def test_an_old_hall_is_turned_into_one_for_another_kind(tmp_path: Path) -> None:
    # R32, R104. 5 EFLOPS of AI need 5 MW of dense hall: new ones cost 100 a MW, turning old
    # general space into them 2 a MW. 5 of the 10 MW that stand empty are turned.
    ai = {"kind": "intelligent", "precision": "FP16", "it_mw_per_eflops": 1, "fp32_per_native": 0.1}
    general = {**ai, "kind": "general", "precision": "FP32", "fp32_per_native": 1}
    plan = planned(
        tmp_path,
        settings={**FREE_OF_INTEREST, "features": {"retrofit": True}},
        zones=ONE_ZONE,
        sites=[{"site": "E"}],
        kinds=[general, ai],
        facilities=[
            HALL,
            {
                "facility": "dense",
                "kinds": "intelligent",
                "capex_mcny_per_mw": 100,
                "retrofit_capex_mcny_per_mw": 2,
                "life_years": 1,
            },
        ],
        workloads=[{"workload": "training", "kind": "intelligent"}],
        demand=[{"zone": "Z", "workload": "training", "demand_eflops": 5}],
        stock=[
            {
                "block": "b",
                "site": "E",
                "facility": "hall",
                "kind": "general",
                "facility_it_mw": 10,
            }
        ],
    )
    dense = plan["units"].set_index("unit").loc["b>dense"]
    assert dense["origin"] == "retrofit"
    assert dense["space_mw"] == pytest.approx(5)
    assert dense["compute_eflops"] == pytest.approx(5)
    assert plan.record["objective_mcny"] == pytest.approx(5 * 2)
