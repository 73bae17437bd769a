"""A world of two towns whose plan is worked out by hand, and a way to run command lines.

Demand 2 EFLOPS in the east and 1 in the west, everything may serve everything. The east has 1 MW
of space, half of it racked (0.5 EFLOPS at 1 MW per EFLOPS), and may not grow beyond 1 MW. IT
costs 100 mcny per EFLOPS, a hall 50 mcny per MW, 40 in the west (cost factor 0.8). So the plan
fills 0.5 in the east and builds 2 in the west: 50 mcny there, 200 + 80 = 280 here, 330 in all.
Energy is 1 MW × 8.76 = 8.76 GWh and 17.52 GWh, carbon at 0.5 and 0.4 t/MWh 4.38 and 7.008 kt.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from layout.cli import main
from tests.builders import target, tiny_model

EAST, WEST = "310000", "520000"


def towns(folder: Path, **settings: Any) -> Path:
    """Write the model; `settings` go into model.yaml."""
    return tiny_model(
        folder,
        settings={
            "title": {"en": "Two towns", "zh": "两座城"},
            "description": {"en": "A test, not a forecast.", "zh": "检验，而非预测。"},
            "targets": [
                target("total-2", "compute_eflops_fp32", "at_least", 2, title="Two EFLOPS"),
                target("east-90", "region_share", "at_least", 0.9, scope="region:east",
                       mode="report"),
            ],
            "scenarios": {"rich": {"set": ["demand[zone=520000].demand_eflops=*2"]}},
            **settings,
        },
        zones=[
            {"zone": EAST, "name_en": "East town", "name_zh": "东城", "region": "east",
             "province": EAST, "lat": 31.2, "lon": 121.4},
            {"zone": WEST, "name_en": "West town", "name_zh": "西城", "region": "west",
             "province": WEST, "lat": 26.6, "lon": 106.6},
        ],
        sites=[
            {"site": "E", "name_en": "East site", "name_zh": "东站", "zone": EAST,
             "region": "east", "province": EAST, "lat": 31.2, "lon": 121.4, "max_it_mw": 1},
            {"site": "W", "name_en": "West site", "name_zh": "西站", "zone": WEST,
             "region": "west", "province": WEST, "lat": 26.6, "lon": 106.6, "max_it_mw": 5,
             "cost_factor": 0.8},
        ],
        kinds=[
            {"kind": "general", "name_en": "General compute", "name_zh": "通用算力",
             "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
             "it_capex_mcny_per_eflops": 100},
        ],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 50}],
        stock=[
            {"block": "b1", "site": "E", "facility": "hall", "kind": "general",
             "compute_eflops": 0.5, "facility_it_mw": 1, "confidence": "proxy"},
        ],
        demand=[
            {"zone": EAST, "workload": "task", "year": 2023, "demand_eflops": 0.3},
            {"zone": EAST, "workload": "task", "year": 2025, "demand_eflops": 2},
            {"zone": WEST, "workload": "task", "year": 2025, "demand_eflops": 1},
        ],
        power=[
            {"province": EAST, "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5},
            {"province": WEST, "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.4},
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a command line gave back."""

    code: int
    out: str
    err: str


class Runner:
    """Runs command lines in this process and catches what they print."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: object, lang: str = "en") -> Answer:
        self._capture.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(["--lang", lang, *map(str, arguments)])
        found = self._capture.readouterr()
        return Answer(int(stopped.value.code or 0), found.out, found.err)


def command_line(*arguments: object) -> Sequence[str]:
    """The command line of a process of its own."""
    return [sys.executable, "-m", "layout", *map(str, arguments)]
