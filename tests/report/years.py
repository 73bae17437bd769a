"""A small plan of two periods, solved: stock and demand in the east, room to build in the west."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from layout.api import solve
from layout.plan import Plan
from tests.builders import tiny_model

YEARS = (2025, 2027)
BASE = 2023
HOSTILE = (
    '<img src=x onerror="window.hit=1">${window.hit=2}`+(window.hit=3)+`</script>'
    "<script>window.hit=4</script>{{ 7*7 }}<!--\\`'\""
)
PLACES = (
    ("310000", "Shanghai", "上海", 31.23, 121.47, ""),
    ("520000", "Guizhou", "贵州", 26.65, 106.63, "GUIAN"),
)


def pathway(folder: Path, *, west: float = 1.0, title: str = "Small pathway") -> Plan:
    """Demand of 4, then 9 EFLOPS in Shanghai, which has 3; building costs twice as much there.

    In Guizhou it costs `west` times the usual.
    """
    zones: list[dict[str, Any]] = []
    sites: list[dict[str, Any]] = []
    for code, en, zh, lat, lon, cluster in PLACES:
        place = {"name_en": en, "name_zh": zh, "lat": lat, "lon": lon, "province": code}
        zones.append({"zone": code, **place, "area_km2": 10000})
        sites.append({"site": code, "zone": code, **place, "hub": cluster, "cluster": cluster})
    demand = [
        {"zone": "310000", "workload": "task", "year": year, "demand_eflops": value}
        for year, value in zip(YEARS, (4.0, 9.0), strict=True)
    ]
    factors = {"310000": 2.0, "520000": west}
    path = tiny_model(
        folder,
        settings={"periods": list(YEARS), "title": {"en": title, "zh": f"{title}（中文）"}},
        zones=zones,
        sites=[{**site, "cost_factor": factors[site["site"]]} for site in sites],
        demand=demand,
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10}],
        stock=[
            {"block": "old", "site": "310000", "facility": "hall", "kind": "general",
             "compute_eflops": 3.0, "confidence": "published"}
        ],
        power=[{"province": code, "price_cny_per_kwh": 0.4} for code, *_ in PLACES],
    )  # fmt: skip
    return solve(path)
