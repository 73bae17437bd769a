"""One small world with a use for every feature: three sites, two zones, one or two periods."""

from __future__ import annotations

from typing import Any

from tests.builders import merged, target

YEARS = (2025, 2030)
FEATURES = ("retrofit", "storage", "water", "heat", "slices", "network", "resilience", "balance")
ECONOMY = {
    "carbon_price_cny_per_t": 100,
    "transport_mcny_per_gbps_1000km_year": 0.5,
    "certificate_price_cny_per_mwh": 5,
    "certificate_cap_gwh": 300,
    "unserved_penalty_mcny_per_eflops": 9000,
    "wage_mcny_per_year": 0.2,
}
OWN: dict[str, Any] = {
    "slices": {"count": 4, "battery_capex_mcny_per_mwh": 1.0},
    "network": {"shipping": {"offered": True}},
    "storage": {"min_ssd_share": 0.1, "core_share": 0.1, "copies": 2, "disk_mw_per_eb": 0.05},
    "retrofit": {"min_pue": 1.2},
    "heat": {"price_cny_per_gj": 90},
    "balance": {"gate": {"scope": "site"}},
    "resilience": {
        "site_availability": 0.97,
        "national_reserve": 0.05,
        "uncovered_penalty_mcny_per_eflops": 50,
    },
}
"""Settings of the features; they say nothing while those are off."""

ZONES = [
    {"zone": "A", "province": "P1", "region": "east", "lat": 31, "lon": 121},
    {"zone": "B", "province": "P2", "region": "west", "lat": 31, "lon": 111},
]
SITES = [
    {
        "site": "E",
        "zone": "A",
        "province": "P1",
        "region": "east",
        "hub": "H1",
        "climate_zone": "mild",
        "max_it_mw": 20,
        "land_ha": 9,
        "grid_headroom_mw": 60,
        "heat_demand_mw": 1,
        "lat": 31,
        "lon": 121,
    },
    {
        "site": "W",
        "zone": "B",
        "province": "P2",
        "region": "west",
        "hub": "H2",
        "cluster": "C",
        "climate_zone": "cold",
        "fixed_cost_mcny_per_year": 3,
        "min_it_mw": 1,
        "max_it_mw": 30,
        "ingress_gbps": 500,
        "lat": 31,
        "lon": 111,
    },
    {
        "site": "N",
        "province": "P3",
        "region": "north",
        "climate_zone": "cold",
        "max_it_mw": 30,
        "staff_limit_persons": 50,
        "lat": 38,
        "lon": 111,
    },
]
KINDS = [
    {
        "kind": "general",
        "precision": "FP32",
        "counted": "in_use",
        "fp32_per_native": 1,
        "it_mw_per_eflops": 2,
        "it_capex_mcny_per_eflops": 60,
        "it_opex_share": 0.05,
        "idle_power_share": 0.3,
        "max_utilisation": 0.8,
        "storage_eb_per_eflops": 4,
    },
    {
        "kind": "intelligent",
        "precision": "FP16",
        "counted": "in_use",
        "fp32_per_native": 0.125,
        "it_mw_per_eflops": 1,
        "it_capex_mcny_per_eflops": 40,
        "idle_power_share": 0.2,
    },
]
FACILITIES = [
    {
        "facility": "air",
        "kinds": "general",
        "capex_mcny_per_mw": 20,
        "opex_share": 0.03,
        "land_ha_per_mw": 0.1,
        "wue_l_per_kwh": 1.5,
    },
    {
        "facility": "liquid",
        "kinds": "general;intelligent",
        "module_it_mw": 2,
        "capex_mcny_per_mw": 25,
        "staff_per_mw": 1,
        "large": True,
        "wue_l_per_kwh": 0.4,
        "retrofit_capex_mcny_per_mw": 3,
    },
]
PUE = [
    {"climate_zone": zone, "facility": facility, "pue": pue, "fixed_overhead": 0.03}
    for zone, facility, pue in (
        ("mild", "air", 1.5),
        ("mild", "liquid", 1.25),
        ("cold", "air", 1.35),
        ("cold", "liquid", 1.15),
    )
]
WORKLOADS = [
    {
        "workload": "online",
        "kind": "general",
        "latency_ms": 40,
        "peak_factor": 1.2,
        "traffic_gbps_per_eflops": 20,
        "max_remote_share": 0.6,
        "availability": 0.999,
        "burst_factor": 1.2,
    },
    {
        "workload": "batch",
        "kind": "general",
        "flexible": "day",
        "traffic_gbps_per_eflops": 5,
        "bulk_gb": 1e6,
        "max_transfer_h": 100,
        "preemptible": "yes",
        "burst_floor": 0.2,
    },
    {
        "workload": "training",
        "kind": "intelligent",
        "split": False,
        "critical": 0,
        "traffic_gbps_per_eflops": 1,
        "min_cluster_eflops": 2,
    },
]
STOCK = [
    {
        "block": "old",
        "site": "E",
        "facility": "air",
        "kind": "general",
        "compute_eflops": 2,
        "facility_it_mw": 5,
        "age_years": 4,
        "pue": 1.7,
    }
]
POWER = [
    {
        "province": "P1",
        "price_cny_per_kwh": 0.6,
        "grid_tco2_per_mwh": 0.55,
        "residual_tco2_per_mwh": 0.6,
        "grid_headroom_mw": 90,
        "energy_quota_gwh": 900,
        "capacity_cny_per_kw_month": 30,
    },
    {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.65},
    {"province": "P3", "price_cny_per_kwh": 0.45, "grid_tco2_per_mwh": 0.7},
]
RENEWABLES = [
    {
        "province": province,
        "technology": technology,
        "potential_mw": 10,
        "capacity_factor": factor,
        "cost_cny_per_kwh": 0.2,
        "wheeling_cny_per_kwh": 0.1,
    }
    for province, technology, factor in (("P1", "sun", 0.15), ("P2", "wind", 0.25))
]
TIMES = ("dawn", "early", "noon", "dusk", "late", "night")
"""Six, of which a run uses four: two are merged with their neighbours."""
SLICES = [
    {"slice": name, "hours": 1460, "day": "d", "start_hour": 4 * number}
    for number, name in enumerate(TIMES)
]
PROFILES = [
    {**key, "slice": name, "value": value}
    for key, values in (
        ({"province": "P1", "technology": "sun"}, (0.2, 1.5, 2.5, 1.5, 0, 0)),
        ({"workload": "online"}, (0.6, 0.9, 1.3, 1.5, 1.1, 0.6)),
        ({}, (0.7, 1, 1.1, 1.5, 1, 0.7)),
        ({"climate_zone": "mild"}, (0.95, 1, 1.05, 1.05, 1, 0.95)),
    )
    for name, value in zip(TIMES, values, strict=True)
]
ARCS = [
    {
        "from": start,
        "to": end,
        "length_km": km,
        "capacity_gbps": gbps,
        "wave_gbps": 100,
        "wave_cost_mcny_per_year": 0.5,
        "new": new,
        "new_cost_mcny_per_year": 0.2 if new else 0,
    }
    for start, end, km, gbps, new in (
        ("A", "B", 960, 20, False),
        ("B", "N", 780, 50, False),
        ("A", "N", 1200, 20, True),
    )
]
WATER = [
    {"province": "P1", "limit_ml": 900, "price_cny_per_m3": 6},
    {"group": "basin", "limit_ml": 900},
]
FLOORS = [{"province": "P2", "kind": "intelligent", "min_eflops": 1}]
HALL_LIMITS = [{"scope": "group:basin", "facilities": "air;liquid", "max_it_mw": 19}]
SUBSIDIES = [
    {
        "province": "P2",
        "capex_share": 0.1,
        "it_capex_share": 0.05,
        "debt_rate": 0.03,
        "debt_cap_mcny": 100,
    }
]
TARGETS = [
    target("share", "kind_share", "at_least", 0.1, kind="intelligent", mode="soft", penalty=50),
    target("new-green", "green_share", "at_least", 0.1, basis="new"),
    target("even", "hhi", "at_most", 0.5),
    target("spread", "site_count", "at_least", 1),
    target("centres", "ai_centres", "at_least", 1, basis="0.5"),
    target("stored", "storage_eb", "at_least", 5),
    target("dry", "water_ml", "at_most", 5000),
]


def everything(
    on: tuple[str, ...] = FEATURES, years: tuple[int, ...] = YEARS[:1], **more: Any
) -> dict[str, Any]:
    """Tables and settings for `tiny_model`, with the features named in `on`; `more` over them."""
    demand = {("A", "online"): 2, ("A", "batch"): 1, ("B", "online"): 1, ("A", "training"): 2}
    given: dict[str, Any] = {
        "settings": {
            "economy": ECONOMY,
            "periods": list(years),
            "features": {"renewables": True, **dict.fromkeys(on, True)},
            "latency": {"basis": "one_way"},
            "targets": TARGETS,
            **OWN,
        },
        "zones": ZONES,
        "sites": SITES,
        "kinds": KINDS,
        "facilities": FACILITIES,
        "pue": PUE,
        "workloads": WORKLOADS,
        "demand": [
            {"zone": zone, "workload": work, "year": year, "demand_eflops": eflops * (1 + number)}
            for number, year in enumerate(years)
            for (zone, work), eflops in demand.items()
        ],
        "stock": STOCK,
        "power": POWER,
        "renewables": RENEWABLES,
        "commitments": [{"site": "W", "kind": "intelligent", "year": 2025, "min_eflops": 1}],
        "chips": [{"kind": "intelligent", "year": 2025, "max_eflops": 50}],
        "substitution": [{"workload": "online", "kind": "intelligent", "efficiency": 0.5}],
        "floors": FLOORS,
        "hall_limits": HALL_LIMITS,
        "subsidies": SUBSIDIES,
        "slices": SLICES,
        "profiles": PROFILES,
        "arcs": ARCS,
        "water": WATER,
        "groups": [{"group": "basin", "kind": "site", "member": "E"}],
        "storage": [{"site": "E", "disk_eb": 4, "ssd_eb": 1}],
    }
    return merged(given, more)
