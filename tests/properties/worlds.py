"""Random tiny planning worlds: every cost, a stock, two kinds, two workloads, three to four sites.

Numbers are small integers and simple fractions, so that two ways to the same plan agree to the
last digits that matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.builders import tiny_model
from tests.deep import examples

World = dict[str, list[dict[str, Any]]]
"""Table name → rows."""

few = hypothesis_settings(
    max_examples=examples(3, 8),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
)
"""Each example solves two or three models: few of them, the same every time, and no shrinking."""

ECONOMY = {"carbon_price_cny_per_t": 80, "transport_mcny_per_gbps_1000km_year": 2}

KINDS = [
    {
        "kind": "general",
        "precision": "FP32",
        "it_mw_per_eflops": 20,
        "it_capex_mcny_per_eflops": 900,
        "it_opex_share": 0.05,
        "max_utilisation": 0.5,
        "idle_power_share": 0.4,
        "fp32_per_native": 1,
    },
    {
        "kind": "intelligent",
        "precision": "FP16",
        "it_mw_per_eflops": 2,
        "it_capex_mcny_per_eflops": 150,
        "it_opex_share": 0.05,
        "max_utilisation": 0.6,
        "idle_power_share": 0.3,
        "fp32_per_native": 0.125,
    },
]

FACILITIES = [
    {
        "facility": "air",
        "kinds": "general;intelligent",
        "module_it_mw": 5,
        "capex_mcny_per_mw": 20,
        "opex_share": 0.03,
    },
    {
        "facility": "liquid",
        "kinds": "intelligent",
        "module_it_mw": 10,
        "capex_mcny_per_mw": 30,
        "opex_share": 0.03,
        "large": True,
    },
]

WORKLOADS = [
    {
        "workload": "service",
        "kind": "general",
        "latency_ms": 24,
        "peak_factor": 1.25,
        "traffic_gbps_per_eflops": 4,
    },
    {"workload": "training", "kind": "intelligent", "traffic_gbps_per_eflops": 1},
]

PLACES = {"a": (31.0, 104.0), "b": (30.0, 114.5), "c": (39.0, 112.0), "d": (26.5, 106.5)}
"""Four inland places, 600 to 1,300 km apart."""


@st.composite
def worlds(draw: st.DrawFn, sites: int = 3) -> World:
    """A world with that many sites, zones at the first two places, stock at the first."""
    names = list(PLACES)[:sites]
    small = st.integers(1, 6)
    return {
        "zones": [_at(name, "zone", name.upper()) for name in names[:2]],
        "sites": [
            {
                **_at(name, "site", f"site-{name}"),
                "zone": name.upper() if name in names[:2] else None,
                "tariff_zone": f"tariff-{name}",
                "climate_zone": "mild",
                "fixed_cost_mcny_per_year": draw(st.integers(0, 40)),
                "max_it_mw": 200,
                "cost_factor": draw(st.sampled_from([0.8, 1.0, 1.2])),
            }
            for name in names
        ],
        "kinds": KINDS,
        "facilities": FACILITIES,
        "pue": [
            {"climate_zone": "mild", "facility": "air", "pue": 1.4, "fixed_overhead": 0.05},
            {"climate_zone": "mild", "facility": "liquid", "pue": 1.2, "fixed_overhead": 0.02},
        ],
        "workloads": WORKLOADS,
        "demand": [
            {"zone": name.upper(), "workload": workload, "demand_eflops": draw(small)}
            for name in names[:2]
            for workload in ("service", "training")
        ],
        "stock": [
            {
                "block": "old",
                "site": "site-a",
                "facility": "air",
                "kind": "general",
                "compute_eflops": draw(small),
                "facility_it_mw": 150,
                "pue": 1.5,
            }
        ],
        "power": [
            {
                "tariff_zone": f"tariff-{name}",
                "price_cny_per_kwh": draw(st.integers(30, 70)) / 100,
                "grid_tco2_per_mwh": draw(st.integers(1, 8)) / 10,
            }
            for name in names
        ],
    }


def write_world(folder: Path, world: World, **settings: Any) -> Path:
    """The world as a model folder; nothing of it may be altered by writing."""
    return tiny_model(folder, settings={"economy": ECONOMY, **settings}, **world)


def without(world: World, site: str) -> World:
    """The same world less one candidate site."""
    return {name: [row for row in rows if row.get("site") != site] for name, rows in world.items()}


def renamed(world: World, names: dict[str, str]) -> World:
    """The same world under other names, wherever they stand."""
    return {
        table: [
            {
                key: names.get(value, value) if isinstance(value, str) else value
                for key, value in row.items()
            }
            for row in rows
        ]
        for table, rows in world.items()
    }


def _at(place: str, column: str, name: str) -> dict[str, Any]:
    latitude, longitude = PLACES[place]
    return {column: name, "lat": latitude, "lon": longitude}
