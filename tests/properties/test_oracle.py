"""Planning models with every part of the cost, each solved by layout and by trying every choice."""

from __future__ import annotations

import math
import random
from math import inf
from typing import Any

import pytest

from tests.builders import target
from tests.properties.oracle import least_cost
from tests.properties.questions import Cost, Question, cost, same, seeds


def small(seed: int) -> Question:
    """Two kinds, two halls, three sites (one with stock), two zones; every table that acts."""
    pick = random.Random(seed)
    divided = pick.random() < 0.5
    stock = [
        {
            "block": "old",
            "site": "E",
            "facility": "air",
            "kind": "general",
            "compute_eflops": pick.choice([0.5, 1, 2]),
            "facility_it_mw": 5,
            "age_years": 1,
            "pue": 1.7,
        }
    ]
    tables: dict[str, list[dict[str, Any]]] = {
        "zones": [
            {"zone": "A", "province": "P1", "lat": 31, "lon": 121},
            {"zone": "B", "province": "P2", "lat": 31, "lon": 111},
        ],
        "sites": [
            {
                "site": name,
                "zone": zone,
                "province": province,
                "climate_zone": climate,
                "lat": lat,
                "lon": lon,
                "fixed_cost_mcny_per_year": pick.choice([0, 3, 15]),
                "max_it_mw": pick.choice([6, 9]),
                "min_it_mw": pick.choice([0, 0, 2]),
                "grid_headroom_mw": pick.choice([9, 14]),
                "land_ha": pick.choice([0.5, 9]),
                "cost_factor": pick.choice([0.8, 1, 1.3]),
            }
            for name, zone, province, climate, lat, lon in (
                ("E", "A", "P1", "mild", 31, 121),
                ("W", "B", "P2", "cold", 31, 111),
                ("N", None, "P3", "cold", 38, 111),
            )
        ],
        "kinds": [
            {
                "kind": "general",
                "precision": "FP32",
                "fp32_per_native": 1,
                "it_mw_per_eflops": 2,
                "it_capex_mcny_per_eflops": 60,
                "it_life_years": 5,
                "it_opex_share": 0.05,
                "idle_power_share": 0.3,
                "max_utilisation": 0.8,
            },
            {
                "kind": "intelligent",
                "precision": "FP16",
                "fp32_per_native": 0.125,
                "it_mw_per_eflops": 1,
                "it_capex_mcny_per_eflops": 40,
                "it_life_years": 4,
                "it_opex_share": 0.02,
                "idle_power_share": 0.2,
                "max_utilisation": 1,
            },
        ],
        "facilities": [
            {
                "facility": "air",
                "kinds": "general",
                "module_it_mw": None,
                "capex_mcny_per_mw": 20,
                "life_years": 20,
                "opex_share": 0.03,
                "land_ha_per_mw": 0.1,
            },
            {
                "facility": "liquid",
                "kinds": "general;intelligent",
                "module_it_mw": 3,
                "capex_mcny_per_mw": pick.choice([12, 25]),
                "life_years": 15,
                "opex_share": 0.02,
                "land_ha_per_mw": 0.05,
            },
        ],
        "pue": [
            {"climate_zone": zone, "facility": hall, "pue": pue, "fixed_overhead": 0.03}
            for zone, hall, pue in (
                ("mild", "air", 1.5),
                ("mild", "liquid", 1.25),
                ("cold", "air", 1.35),
                ("cold", "liquid", 1.15),
            )
        ],
        "workloads": [
            {
                "workload": "online",
                "kind": "general",
                "latency_ms": pick.choice([14, 20, 40]),
                "split": True,
                "peak_factor": 1.2,
                "reserve_margin": 0.1,
                "max_remote_share": pick.choice([0.4, 1]),
                "traffic_gbps_per_eflops": 20,
                "moving_cost_mcny_per_eflops": pick.choice([0, 2]),
                "away_overhead": 0.4,
            },
            {
                "workload": "training",
                "kind": "intelligent",
                "latency_ms": None,
                "split": divided,
                "peak_factor": 1,
                "reserve_margin": 0,
                "max_remote_share": 1,
                "traffic_gbps_per_eflops": 1,
                "moving_cost_mcny_per_eflops": 0,
                "away_overhead": 0,
            },
        ],
        "demand": [
            {"zone": zone, "workload": work, "demand_eflops": pick.randint(1, most) / 2}
            for zone, work, most in (("A", "online", 5), ("B", "online", 3), ("A", "training", 7))
        ],
        "stock": stock,
        "power": [
            {
                "province": province,
                "price_cny_per_kwh": pick.randint(3, 9) / 10,
                "grid_tco2_per_mwh": pick.randint(1, 8) / 10,
                "energy_quota_gwh": pick.choice([60, 900]),
            }
            for province in ("P1", "P2", "P3")
        ],
        "renewables": [
            {
                "province": "P2",
                "technology": "wind",
                "potential_mw": pick.choice([2, 10]),
                "capacity_factor": 0.25,
                "cost_cny_per_kwh": 0.2,
                "wheeling_cny_per_kwh": 0.1,
            }
        ],
    }
    economy = {
        "discount_rate": pick.choice([0, 0.07]),
        "carbon_price_cny_per_t": pick.choice([0, 100]),
        "transport_mcny_per_gbps_1000km_year": pick.choice([0, 0.5]),
        "unserved_penalty_mcny_per_eflops": pick.choice([None, 20, 90]),
    }
    solver = {
        "gap": 1e-7,
        "gap_location": 1e-6,
        "linking": pick.choice(["strong", "aggregated", "separated"]),
    }
    settings = {"economy": economy, "features": {"renewables": True}, "solver": solver}
    return Question(settings, tables)


@pytest.mark.parametrize("seed", seeds(6, 60))
def test_the_plan_is_the_best_of_all(seed: int) -> None:
    question = small(seed)
    tables = {
        name: [{**row, "land_ha": row.get("land_ha", inf)} for row in rows]
        if name == "sites"
        else rows
        for name, rows in question.tables.items()
    }
    best = least_cost(question.settings["economy"], tables)
    assert same(cost(question), Cost(best, 0.0)), (cost(question).mcny, best)


def test_the_best_of_all_is_told_from_the_second_best() -> None:
    # What the comparison can tell: a target that shuts the best out makes the plan 0.6% dearer.
    question = small(2)
    best = least_cost(question.settings["economy"], question.tables)
    assert math.isfinite(best)
    cleaner = question.with_target(target("less", "carbon_kt", "at_most", 3))
    assert cost(cleaner).mcny > best * (1 + 1e-4)
