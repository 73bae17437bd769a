"""Infeasible variants of the national model, each with one target or limit made impossible.

Every variant is solved and explained in a process of its own. The culprit is the item that was
made impossible; it has to be named first, and its change has to be a way out that was solved.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.options import Options

MODEL = "national-2025"


def _hard(id: str, measure: str, sense: str, value: float, **more: Any) -> dict[str, Any]:
    """Settings with one more hard target."""
    one = {"id": id, "measure": measure, "sense": sense, "value": value, "mode": "hard", **more}
    return {"settings": {"targets": [{"year": 2025, **one}]}}


def _home(**site: float) -> dict[str, Any]:
    """Inference stays in its province, and the one site of Xinjiang has less of something."""
    cells = [f"sites[site=650000].{column}={value}" for column, value in site.items()]
    return {"sets": ["workloads[workload=inference].residency=province", *cells]}


def _value(id: str, value: float) -> dict[str, Any]:
    """One of the model's targets, hard, at another value."""
    return {"sets": [f"targets.{id}.mode=hard", f"targets.{id}.value={value}"]}


VARIANTS: dict[str, dict[str, Any]] = {
    "total compute 5,000 EFLOPS": {"culprit": "total-300", **_value("total-300", 5000)},
    "AI share 99%": {"culprit": "ai-share-35", **_value("ai-share-35", 0.99)},
    "all additions in the hubs": {"culprit": "hub-additions-60", **_value("hub-additions-60", 1)},
    "fleet PUE 1.1": {"culprit": "pue-fleet-150", **_value("pue-fleet-150", 1.1)},
    "60 AI centres at 41 sites": {"culprit": "ai-centres-50", **_value("ai-centres-50", 60)},
    "carbon of 100 kt": {
        "culprit": "carbon",
        **_hard("carbon", "carbon_kt", "at_most", 100, unit="kt"),
    },
    "90% of compute in the west": {
        "culprit": "west",
        **_hard("west", "region_share", "at_least", 0.9, scope="region:west"),
    },
    "50,000 EFLOPS FP16 of AI": {
        "culprit": "ai",
        **_hard("ai", "compute_eflops", "at_least", 50_000, kind="intelligent"),
    },
    "95% of compute supercomputing": {
        "culprit": "super",
        **_hard("super", "kind_share", "at_least", 0.95, kind="super"),
    },
    "fleet PUE of the clusters 1.05": {
        "culprit": "clusters",
        **_hard("clusters", "pue_fleet", "at_most", 1.05, scope="clusters"),
    },
    "100 EFLOPS of general compute in Tibet": {
        "culprit": "tibet",
        **_hard(
            "tibet", "compute_eflops_fp32", "at_least", 100, kind="general", scope="province:540000"
        ),
    },
    "concentration by province of 0.02": {
        "culprit": "hhi",
        **_hard("hhi", "hhi", "at_most", 0.02),
    },
    "5 EFLOPS of AI chips": {
        "culprit": "chip_supply[intelligent,2025]",
        "tables": {"chips": "kind,year,max_eflops\nintelligent,2025,5\n"},
    },
    "floor of 300 EFLOPS in Guizhou": {
        "culprit": "floor[province,520000,general,2025]",
        "settings": {"features": {"balance": True}},
        "tables": {"floors": "province,kind,min_eflops\n520000,general,300\n"},
    },
    "energy quota of 100 GWh in Beijing": {
        "culprit": "energy_quota[tariff_zone,BJ,2025]",
        "sets": ["power[tariff_zone=BJ].energy_quota_gwh=100", "features.renewables=false"],
    },
    "1 ML of water in Shanghai": {
        "culprit": "water_limit[province,310000,2025]",
        "settings": {"features": {"water": True}},
        "tables": {"water": "province,limit_ml\n310000,1\n"},
    },
    "1,200 MW of AI committed at Horinger": {
        "culprit": "commitment[HELINGER,intelligent,2025,it_mw]",
        "tables": {"commitments": "site,kind,year,min_it_mw\nHELINGER,intelligent,2025,1240\n"},
    },
    "grid of Xinjiang full, inference at home": {
        "culprit": "site_headroom[650000,2025]", **_home(grid_headroom_mw=88),
    },
    "land of Xinjiang sold, inference at home": {
        "culprit": "land[650000,2025]", **_home(land_ha=0),
    },
    "halls of Xinjiang full, inference at home": {
        "culprit": "site_limit[650000,2025]", **_home(max_it_mw=213),
    },
}  # fmt: skip
"""Name → what is changed (`sets`, `settings`, `tables` over the national model), and the culprit's
id in the explanation."""


def run(options: Options) -> dict[str, Any]:
    """CPU seconds, conflict and first way out of every variant."""
    found = [timing.fresh("benchmarks.conflicts:explained", name) for name in VARIANTS]
    return {"variants": found, "versions": timing.versions()}


def explained(name: str) -> dict[str, Any]:
    """One variant solved and explained."""
    import layout

    variant = VARIANTS[name]
    with tempfile.TemporaryDirectory() as folder:
        model = layout.read(_written(Path(folder), variant), sets=variant.get("sets", ()))
    begun, wall = time.process_time(), time.perf_counter()
    plan = layout.solve(model)
    taken, waited = time.process_time() - begun, time.perf_counter() - wall
    told = plan.explanation or {"conflict": [], "ways_out": [], "proved": False}
    first = told["conflict"][0]["id"] if told["conflict"] else ""
    best = told["ways_out"][0] if told["ways_out"] else {}
    return {
        "name": name,
        "status": plan.status,
        "cpu_s": taken,
        "wall_s": waited,
        "culprit": variant["culprit"],
        "first": first,
        "named_first": first == variant["culprit"],
        "members": len(told["conflict"]),
        "proved": told.get("proved", False),
        "way": best.get("change", ""),
        "verified": best.get("verified", False),
        "cost_mcny": best.get("cost_mcny"),
    }


def _written(folder: Path, variant: dict[str, Any]) -> Path:
    """A model folder that extends the national one."""
    import yaml

    place = folder / "variant"
    place.mkdir()
    settings = {"layout": 1, "extends": MODEL, **variant.get("settings", {})}
    (place / "model.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    for table, rows in variant.get("tables", {}).items():
        (place / f"{table}.csv").write_text(rows, "utf-8")
    return place


def table(result: dict[str, Any]) -> str:
    """A row for each variant."""
    lines = [
        (
            one["name"],
            f"{one['cpu_s']:.1f}",
            "yes" if one["named_first"] else one["first"],
            f"{one['members']}" + ("" if one["proved"] else " (not proved)"),
            one["way"],
            "–" if one["cost_mcny"] is None else f"{one['cost_mcny']:,.0f}",
        )
        for one in result["variants"]
    ]
    heads = ("made impossible", "CPU s", "culprit first", "members", "cheapest way out", "mcny")
    return "\n\n".join([timing.markdown(heads, lines), timing.conditions(result["versions"])])
