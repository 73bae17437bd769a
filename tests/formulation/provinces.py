"""Two provinces in which every constraint family has rows: the case of the snapshots."""

from __future__ import annotations

from pathlib import Path

from tests.builders import target, tiny_model

ECONOMY = {
    "carbon_price_cny_per_t": 100,
    "transport_mcny_per_gbps_1000km_year": 2,
    "certificate_price_cny_per_mwh": 5,
    "certificate_cap_gwh": 300,
    "unserved_penalty_mcny_per_eflops": 9000,
    "wage_mcny_per_year": 0.2,
}
TARGETS = [
    target("total", "compute_eflops_fp32", "at_least", 7),
    target("share", "kind_share", "at_least", 0.1, kind="intelligent", mode="soft", penalty=50),
    target("hubs", "additions_share", "at_least", 0.5, scope="hubs"),
    target("design", "pue_new", "at_most", 1.3),
    target("fleet", "pue_fleet", "at_most", 1.6),
    target("racked", "rack_utilisation", "at_least", 0.2),
    target("green", "green_share", "at_least", 0.1),
    target("physical", "green_share", "at_least", 0.05, basis="physical"),
    target("new-green", "green_share", "at_least", 0.1, basis="new"),
    target("carbon", "carbon_kt", "at_most", 2000),
    target("market", "carbon_market_kt", "at_most", 2000),
    target("power", "energy_gwh", "at_most", 9000),
    target("west", "region_share", "at_least", 0.05, scope="region:west"),
    target("balance", "west_to_east", "at_least", 0.05),
    target("even", "gini", "at_most", 0.9, basis="per_head"),
    target("own", "self_sufficiency", "at_least", 0.1, scope="province:P1"),
    target("budget", "capex_mcny", "at_most", 90000),
    target("served", "served_share", "at_least", 0.5),
    target("quick", "latency_share", "at_least", 0.1, basis="rtt:20"),
    target("count", "site_count", "at_most", 3),
    target("spread", "site_count", "at_least", 2),
    target("outside", "large_outside_clusters_mw", "at_most", 400),
    target("centres", "ai_centres", "at_least", 1, basis="0.5"),
]


def two_provinces(folder: Path) -> Path:
    """An eastern province P1 with stock, a western one P2 without: see the snapshots."""
    return tiny_model(
        folder,
        settings={
            "economy": ECONOMY,
            "features": {"renewables": True},
            "targets": TARGETS,
        },
        zones=[
            _zone("P1", 31, 121, region="east", population_10k=2000, gdp_100m_cny=40000),
            _zone("P2", 38, 106, region="west", population_10k=700, gdp_100m_cny=5000),
        ],
        sites=[
            _site(
                "S1",
                31,
                121,
                "P1",
                "east",
                max_it_mw=900,
                grid_headroom_mw=1500,
                land_ha=50,
                staff_limit_persons=700,
            ),
            _site(
                "S2",
                37.5,
                105.2,
                "P2",
                "west",
                hub="NX",
                cluster="ZW",
                fixed_cost_mcny_per_year=20,
                max_it_mw=500,
                min_it_mw=40,
                cost_factor=0.9,
                wage_factor=0.8,
            ),
        ],
        kinds=[
            _kind("general", "FP32", 65, 6500, idle_power_share=0.35, fp32_per_native=1),
            _kind("intelligent", "FP16", 2, 300, idle_power_share=0.2, fp32_per_native=0.125),
        ],
        facilities=[
            _facility("air", "general", capex_mcny_per_mw=25, land_ha_per_mw=0.1),
            _facility("liquid", "general;intelligent", 20, capex_mcny_per_mw=30, large=True),
        ],
        pue=[
            {"site": site, "facility": facility, "pue": pue, "fixed_overhead": 0.05}
            for site, facility, pue in (
                ("S1", "air", 1.5),
                ("S1", "liquid", 1.25),
                ("S2", "air", 1.35),
                ("S2", "liquid", 1.15),
            )
        ],
        workloads=[
            {
                "workload": "online",
                "kind": "general",
                "latency_ms": 30,
                "peak_factor": 1.2,
                "traffic_gbps_per_eflops": 20,
                "max_remote_share": 0.5,
            },
            {
                "workload": "batch",
                "kind": "general",
                "reserve_margin": 0.1,
                "traffic_gbps_per_eflops": 5,
            },
            {
                "workload": "training",
                "kind": "intelligent",
                "split": False,
                "traffic_gbps_per_eflops": 0.5,
            },
        ],
        hall_limits=[
            {"scope": "hub:NX", "facilities": "air;liquid", "max_it_mw": 450},
            {"scope": "province:P1", "facilities": "air", "max_it_mw": 100},
            {"scope": "region:east", "min_it_mw": 200, "year": 2025},
        ],
        demand=[
            {"zone": zone, "workload": workload, "demand_eflops": eflops}
            for zone, workload, eflops in (
                ("P1", "online", 2),
                ("P1", "batch", 1),
                ("P1", "training", 4),
                ("P2", "online", 0.5),
                ("P2", "training", 1),
            )
        ],
        stock=[
            {
                "block": "old",
                "site": "S1",
                "facility": "air",
                "kind": "general",
                "compute_eflops": 2,
                "facility_it_mw": 150,
                "age_years": 4,
                "pue": 1.7,
            },
            {
                "block": "young",
                "site": "S1",
                "facility": "liquid",
                "kind": "intelligent",
                "compute_eflops": 3,
                "facility_it_mw": 10,
                "age_years": 1,
            },
        ],
        power=[
            {
                "province": "P1",
                "price_cny_per_kwh": 0.6,
                "grid_tco2_per_mwh": 0.55,
                "residual_tco2_per_mwh": 0.6,
                "grid_headroom_mw": 1400,
                "energy_quota_gwh": 9000,
            },
            {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.65},
        ],
        renewables=[
            {
                "province": "P2",
                "technology": "wind",
                "potential_mw": 100,
                "capacity_factor": 0.25,
                "cost_cny_per_kwh": 0.2,
                "wheeling_cny_per_kwh": 0.1,
                "buyers": "P1;P2",
            },
            {
                "province": "P1",
                "technology": "solar",
                "potential_mw": 50,
                "capacity_factor": 0.12,
                "cost_cny_per_kwh": 0.3,
                "wheeling_cny_per_kwh": 0.1,
            },
        ],
        corridors=[{"from": "P2", "to": "P1", "capacity_mw": 15}],
        commitments=[
            {
                "site": "S2",
                "kind": "intelligent",
                "year": 2025,
                "min_eflops": 1,
                "max_it_mw": 400,
                "status": "approved",
            },
        ],
    )


def _zone(name: str, lat: float, lon: float, **more: object) -> dict[str, object]:
    return {"zone": name, "province": name, "lat": lat, "lon": lon, "area_km2": 50000, **more}


def _site(
    name: str, lat: float, lon: float, province: str, region: str, **more: object
) -> dict[str, object]:
    place = {"zone": province, "province": province, "region": region}
    return {"site": name, "lat": lat, "lon": lon, **place, **more}


def _kind(kind: str, precision: str, mw: float, capex: float, **more: object) -> dict[str, object]:
    return {
        "kind": kind,
        "precision": precision,
        "it_mw_per_eflops": mw,
        "it_capex_mcny_per_eflops": capex,
        "it_life_years": 5,
        "it_opex_share": 0.05,
        "max_utilisation": 0.6,
        **more,
    }


def _facility(
    name: str, kinds: str, module: float | None = None, **more: object
) -> dict[str, object]:
    return {
        "facility": name,
        "kinds": kinds,
        "module_it_mw": module,
        "life_years": 20,
        "opex_share": 0.03,
        "staff_per_mw": 1.5,
        **more,
    }
