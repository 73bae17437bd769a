"""A plan worked out by hand: two provinces, three sites, every action.

Zone E lies 10 degrees of latitude north of zone W on one meridian, 1111.95 km away. Site E1 in E
holds two blocks: b1 (3 EFLOPS general in 40 MW, 30 MW racked, PUE 1.6 of its own) and b2
(1 EFLOPS general in 10 MW, 4 years old in 2023, so past its 5 years in 2025). W1 in W is empty
and gets a new hall, E2 stays empty. Money at 0% interest: an annuity is 1/life.

kind          MW/EFLOPS  capex  life  upkeep  max use  idle  FP32
general           10      100     5    0.1      0.5     0.4   1
intelligent        2       50     5    0.1      0.5     0.4   1/8

IT MW = rated·(0.4·now + 0.6·load/0.5); racked = rated·now:

unit     kind         exist fill expand built retire now load racked space  IT MW
b1       general          3  0.5                     3.5  1.2     35    40  10(1.4  + 1.44) = 28.4
b2       general          1                      0.4 0.6  0.3      6    10  10(0.24 + 0.36) =  6
E1+hall  intelligent                  1                1  0.4      2     5   2(0.4  + 0.48) =  1.76
W1+hall  intelligent                        9          9  3.6     18    20   2(3.6  + 4.32) = 15.84

facility MW = (PUE − overhead)·IT + overhead·space:
b1 1.5·28.4 + 0.1·40 = 46.6; b2 1.4·6 + 0.1·10 = 9.4; E1+hall 1.4·1.76 + 0.1·5 = 2.964;
W1+hall 1.15·15.84 + 0.05·20 = 19.216. E1 together 58.964.
"""

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any

import pandas as pd

from layout.model import PlanningModel, read_model
from layout.plan import Plan, new_plan
from layout.plan.kpis import kpis
from layout.plan.measures import measures, readings
from tests.builders import write_folder

YEAR = 2025
HOURS = 8.76
KM_APART = 6371.0088 * pi / 18
NEAR_MS = 1 + 2 * 1.5 / 204  # own zone: area 9π km², mean radius 2 km
FAR_MS = 1 + KM_APART * 1.5 / 204
LINK_MS = 12.0  # W to E1 is measured

SETTINGS: dict[str, Any] = {
    "layout": 1,
    "base_year": 2023,
    "periods": [YEAR],
    "economy": {
        "discount_rate": 0,
        "carbon_price_cny_per_t": 80,
        "transport_mcny_per_gbps_1000km_year": 0.2,
        "certificate_price_cny_per_mwh": 6,
        "certificate_cap_gwh": 150,
        "wage_mcny_per_year": 0.1,
    },
    "solver": {"gap": 0.001, "gap_location": 0.01},
    "targets": [
        {"id": "total", "measure": "compute_eflops_fp32", "sense": "at_least", "value": 5,
         "year": YEAR, "outturn": 5.2},
        {"id": "ai", "measure": "kind_share", "kind": "intelligent", "sense": "at_least",
         "value": 0.2, "year": YEAR, "mode": "soft", "penalty": 100},
        {"id": "pue-new", "measure": "pue_new", "sense": "at_most", "value": 1.3, "year": YEAR},
        {"id": "green", "measure": "green_share", "sense": "at_least", "value": 0.9,
         "year": YEAR, "mode": "soft", "penalty": 2},
        {"id": "carbon", "measure": "carbon_kt", "sense": "at_most", "value": 100,
         "year": YEAR, "mode": "report"},
        {"id": "storage", "measure": "storage_eb", "sense": "at_least", "value": 1,
         "year": YEAR, "mode": "report"},
    ],
}  # fmt: skip

_KIND = {"it_life_years": 5, "it_opex_share": 0.1, "max_utilisation": 0.5, "idle_power_share": 0.4}
TABLES: dict[str, list[dict[str, Any]]] = {
    "zones": [
        {"zone": "E", "lat": 40, "lon": 105, "area_km2": 9 * pi, "region": "east",
         "province": "P1", "population_10k": 100, "gdp_100m_cny": 200},
        {"zone": "W", "lat": 30, "lon": 105, "area_km2": 9 * pi, "region": "west",
         "province": "P2", "population_10k": 300, "gdp_100m_cny": 100},
    ],
    "sites": [
        {"site": "E1", "lat": 40, "lon": 105, "zone": "E", "region": "east", "province": "P1",
         "max_it_mw": 60, "grid_headroom_mw": 75, "climate_zone": "warm"},
        {"site": "E2", "lat": 40, "lon": 105, "zone": "E", "region": "east", "province": "P1",
         "min_it_mw": 10, "climate_zone": "warm", "kinds": "general", "facilities": "room"},
        {"site": "W1", "lat": 30, "lon": 105, "zone": "W", "region": "west", "province": "P2",
         "hub": "H", "cluster": "C", "climate_zone": "cool", "max_it_mw": 25, "min_it_mw": 10,
         "land_ha": 12, "fixed_cost_mcny_per_year": 3, "cost_factor": 0.9, "wage_factor": 0.8},
    ],
    "kinds": [
        {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 10,
         "it_capex_mcny_per_eflops": 100, "fp32_per_native": 1, **_KIND},
        {"kind": "intelligent", "precision": "FP16", "it_mw_per_eflops": 2,
         "it_capex_mcny_per_eflops": 50, "fp32_per_native": 0.125, **_KIND},
    ],
    "facilities": [
        {"facility": "hall", "kinds": "general;intelligent", "module_it_mw": 5,
         "capex_mcny_per_mw": 40, "life_years": 20, "opex_share": 0.05, "staff_per_mw": 1,
         "land_ha_per_mw": 0.5, "large": True},
        {"facility": "room", "kinds": "general", "capex_mcny_per_mw": 60},
    ],
    "pue": [
        {"climate_zone": "warm", "facility": "hall", "pue": 1.5, "fixed_overhead": 0.1},
        {"climate_zone": "cool", "facility": "hall", "pue": 1.3, "fixed_overhead": 0.1},
        {"site": "W1", "facility": "hall", "pue": 1.2, "fixed_overhead": 0.05},
        {"climate_zone": "warm", "facility": "room", "pue": 1.8},
    ],
    "workloads": [
        {"workload": "realtime", "kind": "general", "latency_ms": 10, "max_remote_share": 0.5},
        {"workload": "batch", "kind": "general", "split": False, "peak_factor": 1.2,
         "traffic_gbps_per_eflops": 100},
        {"workload": "training", "kind": "intelligent", "reserve_margin": 0.1,
         "traffic_gbps_per_eflops": 10},
    ],
    "demand": [
        {"zone": "E", "workload": "realtime", "year": YEAR, "demand_eflops": 1},
        {"zone": "W", "workload": "batch", "year": YEAR, "demand_eflops": 0.5},
        {"zone": "E", "workload": "training", "year": YEAR, "demand_eflops": 4},
        {"zone": "E", "workload": "realtime", "year": 2023, "demand_eflops": 1},
    ],
    "stock": [
        {"block": "b1", "site": "E1", "facility": "hall", "kind": "general",
         "compute_eflops": 3, "facility_it_mw": 40, "age_years": 1, "pue": 1.6},
        {"block": "b2", "site": "E1", "facility": "hall", "kind": "general",
         "compute_eflops": 1, "age_years": 4},
    ],
    "power": [
        {"province": "P1", "price_cny_per_kwh": 0.7, "grid_tco2_per_mwh": 0.6,
         "grid_headroom_mw": 75, "energy_quota_gwh": 600},
        {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.5,
         "residual_tco2_per_mwh": 0.55},
    ],
    "renewables": [
        {"province": "P2", "technology": "wind", "potential_mw": 10, "capacity_factor": 0.25,
         "cost_cny_per_kwh": 0.2, "wheeling_cny_per_kwh": 0.05},
        {"province": "P2", "technology": "solar", "potential_mw": 20, "capacity_factor": 0.1,
         "cost_cny_per_kwh": 0.3, "wheeling_cny_per_kwh": 0},
    ],
    "links": [
        {"zone": "W", "site": "E1", "latency_ms": LINK_MS, "transport_mcny_per_eflops_year": 4},
    ],
    "commitments": [
        {"site": "W1", "kind": "intelligent", "year": YEAR, "min_eflops": 8, "max_it_mw": 20},
        {"site": "E1", "kind": "general", "year": YEAR, "max_eflops": 2},
    ],
}  # fmt: skip


def model_folder(folder: Path) -> Path:
    """The planning model as a folder."""
    return write_folder(folder, SETTINGS, TABLES)


_UNIT_COLUMNS = (
    "unit site facility kind origin existing_eflops filled_eflops expanded_eflops built_eflops "
    "retired_eflops compute_eflops load_eflops it_mw space_mw pue fixed_overhead it_gwh "
    "facility_gwh"
).split()
CONTRACTS = [
    ("W1", "P2", "wind", 10, 21.9, 21.9),
    ("W1", "P2", "solar", 8.1 / (0.1 * HOURS), 8.1, 8.1),
]
UNITS = [
    ("b1", "E1", "hall", "general", "stock", 3, 0.5, 0, 0, 0, 3.5, 1.2, 35, 40, 1.6, 0.1,
     28.4 * HOURS, 46.6 * HOURS),
    ("b2", "E1", "hall", "general", "stock", 1, 0, 0, 0, 0.4, 0.6, 0.3, 6, 10, 1.5, 0.1,
     6 * HOURS, 9.4 * HOURS),
    ("E1+hall", "E1", "hall", "intelligent", "new", 0, 0, 1, 0, 0, 1, 0.4, 2, 5, 1.5, 0.1,
     1.76 * HOURS, 2.964 * HOURS),
    ("W1+hall", "W1", "hall", "intelligent", "new", 0, 0, 0, 9, 0, 9, 3.6, 18, 20, 1.2, 0.05,
     15.84 * HOURS, 19.216 * HOURS),
]  # fmt: skip
CAPACITY = [
    # site, kind, existing, filled, expanded, built, retired, compute, facility MW, IT MW, pue
    ("E1", "general", 4, 0.5, 0, 0, 0.4, 4.1, 50, 41, (1.6 * 40 + 1.5 * 10) / 50),
    ("E1", "intelligent", 0, 0, 1, 0, 0, 1, 5, 2, 1.5),
    ("W1", "intelligent", 0, 0, 0, 9, 0, 9, 20, 18, 1.2),
]
SERVICE = [
    ("E", "E1", "realtime", 1, NEAR_MS),
    ("W", "E1", "batch", 0.5, LINK_MS),
    ("E", "E1", "training", 0.4, NEAR_MS),
    ("E", "W1", "training", 3.6, FAR_MS),
]
GRID_E, FACILITY_E = 58.964 * HOURS, 58.964 * HOURS
FACILITY_W = 19.216 * HOURS
RENEWABLE_W = 30.0  # wind 10·0.25·8.76 = 21.9 at 0.25, the other 8.1 solar at 0.3
GRID_W = FACILITY_W - RENEWABLE_W
ENERGY = [
    ("E1", (28.4 + 6 + 1.76) * HOURS, FACILITY_E, GRID_E, 0, 100, 0.6 * GRID_E),
    ("W1", 15.84 * HOURS, FACILITY_W, GRID_W, RENEWABLE_W, 0, 0.5 * GRID_W),
]
SHORTFALL_GREEN = 0.9 * (FACILITY_E + FACILITY_W) - 130
COST = [
    # new space: capex·cost_factor·MW/20; upkeep (5% of that capex + 0.1·wage_factor) per MW
    ("E1", "facility_capital", 40 * 5 / 20),
    ("W1", "facility_capital", 36 * 20 / 20),
    ("E1", "facility_om", (2 + 0.1) * 55),
    ("W1", "facility_om", (1.8 + 0.08) * 20),
    ("W1", "site_fixed", 3),
    # fill 0.5 and refreshed 1 − 0.4 of general; 1 and 9 of intelligent, over 5 years
    ("E1", "it_capital", (100 * (0.5 + 0.6) + 50 * 1) / 5),
    ("W1", "it_capital", 50 * 9 / 5),
    ("E1", "it_om", 0.1 * (100 * 4.1 + 50 * 1)),
    ("W1", "it_om", 0.1 * 50 * 9),
    ("E1", "grid_energy", 0.7 * GRID_E),
    ("W1", "grid_energy", 0.4 * GRID_W),
    ("W1", "renewable_energy", 21.9 * 0.25 + 8.1 * 0.3),
    ("E1", "certificates", 100 * 0.006),
    # batch over the link 4·0.5; near 2 km and far 1111.95 km at 10 Gbps·0.2 per 1000 km
    ("E1", "network", 4 * 0.5 + 0.4 * 10 * 0.2 * 2 / 1000),
    ("W1", "network", 3.6 * 10 * 0.2 * KM_APART / 1000),
    ("E1", "carbon", 0.08 * 0.6 * GRID_E),
    ("W1", "carbon", 0.08 * 0.5 * GRID_W),
    ("nation", "penalty", 2 * SHORTFALL_GREEN),
]
PRICES = [("E", "realtime", 90.0), ("E", "training", 11.0), ("W", "batch", 95.0)]


def _frame(columns: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split()).assign(year=YEAR)


def tables(model: PlanningModel) -> dict[str, pd.DataFrame]:
    """The tables of the plan, all but the targets written down above."""
    capacity = _frame(
        "site kind existing_eflops filled_eflops expanded_eflops built_eflops retired_eflops "
        "compute_eflops facility_it_mw it_mw pue",
        CAPACITY,
    ).assign(facility="hall", retrofitted_eflops=0.0)
    service = _frame("zone site workload served_eflops latency_one_way_ms", SERVICE)
    found = {
        "units": _frame(" ".join(_UNIT_COLUMNS), UNITS).assign(retrofitted_eflops=0.0),
        "contracts": _frame("site source technology contract_mw produced_gwh used_gwh", CONTRACTS),
        "capacity": capacity.assign(racks=capacity["facility_it_mw"] * 400),
        "service": service.assign(latency_rtt_ms=2 * service["latency_one_way_ms"]),
        "energy": _frame(
            "site it_gwh facility_gwh grid_gwh renewable_gwh certificate_gwh carbon_kt", ENERGY
        ),
        "cost": _frame("site component mcny", COST),
        "prices": _frame("zone workload price_mcny_per_eflops_year", PRICES),
    }
    whole = new_plan({}, model, found).tables
    measured = measures(whole, model)
    status = measured["status"].map({"pass": "target", "fail": "not_met", "not_applicable": ""})
    found["targets"] = measured.assign(met_by=status, shadow_cost_mcny=float("nan"))
    return found


def record(model: PlanningModel, whole: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """plan.json of the plan: objective = Σ cost, bound 0.05% below."""
    cost = whole["cost"]
    parts = {str(name): float(sum(rows["mcny"])) for name, rows in cost.groupby("component")}
    objective = float(sum(parts.values()))
    bound = objective * (1 - 5e-4)
    invariant = parts["it_capital"] + parts["it_om"] + parts["penalty"]
    return {
        "format": 1,
        "model": model.name,
        "status": "optimal",
        "objective_mcny": objective,
        "bound_mcny": bound,
        "gap": (objective - bound) / objective,
        "gap_location": (objective - bound) / (objective - invariant),
        "cost_breakdown_mcny": parts,
        "kpis": kpis(whole, model),
        "targets": [
            {"id": r.target.id, "achieved": r.achieved, "slack": r.slack, "status": r.status}
            for r in readings(whole, model)
        ],
        "manifest": {"inputs": dict(model.inputs), "seed": 0},
    }


def handmade_plan(folder: Path) -> Plan:
    """The plan in memory; its model is written to and read from `folder`."""
    model = read_model(model_folder(folder))
    whole = new_plan({}, model, tables(model)).tables
    return new_plan(record(model, whole), model, whole)
