"""Pareto points against every plan there is, on models small enough to list them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.report.charts import scatter
from tests.builders import tiny_model
from tests.cli.towns import Runner, towns
from tests.deep import some

SITES = {"A": (1.0, 0.9), "B": (1.4, 0.5), "C": (2.6, 0.2)}  # cost factor, carbon of the grid
NEED, MOST = 3, 2  # EFLOPS, and modules of 1 MW at a site


def _world(folder: Path, need: int = NEED, only: str = "ABC") -> Any:
    """Halls of 1 MW that cost, power that does not but emits."""
    sites = [
        {"site": name, "max_it_mw": MOST, "cost_factor": SITES[name][0], "province": name}
        for name in only
    ]
    power = [{"province": name, "price_cny_per_kwh": 0, "grid_tco2_per_mwh": SITES[name][1]}
             for name in only]  # fmt: skip
    facility = {"facility": "hall", "kinds": "general", "module_it_mw": 1,
                "capex_mcny_per_mw": 50}  # fmt: skip
    demand = [{"zone": "east", "workload": "task", "demand_eflops": need}]
    return layout.read(
        tiny_model(
            folder,
            zones=[{"zone": "east"}],
            sites=sites,
            power=power,
            facilities=[facility],
            demand=demand,
        )
    )


def _every(folder: Path) -> list[tuple[float, float]]:
    """Cost and carbon of every plan: modules by site, filled where the grid is cleanest."""
    alone = {name: layout.solve(_world(folder / name, 1, name)) for name in SITES}
    cost = {name: float(plan.record["objective_mcny"]) for name, plan in alone.items()}
    carbon = {name: float(plan["energy"]["carbon_kt"].sum()) for name, plan in alone.items()}
    clean = sorted(SITES, key=lambda name: carbon[name])
    found = []
    for modules in itertools.product(range(MOST + 1), repeat=len(SITES)):
        count = dict(zip(SITES, modules, strict=True))
        left, emitted = NEED, 0.0
        for name in clean:
            used = min(left, count[name])
            left, emitted = left - used, emitted + used * carbon[name]
        if left == 0:
            found.append((sum(count[name] * cost[name] for name in SITES), emitted))
    return found


def test_against_every_plan_there_is(tmp_path: Path) -> None:
    every = _every(tmp_path)
    efficient = {
        (round(cost, 5), round(carbon, 5))
        for cost, carbon in every
        if not any(
            other <= cost + 1e-6 and less <= carbon + 1e-6 and (other, less) != (cost, carbon)
            for other, less in every
        )
    }
    found = layout.tradeoff(_world(tmp_path / "all"), ("cost", "carbon"), 40)
    points = {(round(p.values["cost"], 5), round(p.values["carbon"], 5)) for p in found.points}
    assert points == efficient
    assert len(points) >= 4
    for point in found.points:
        assert 0 <= point.gap("cost") <= 1.1e-4  # the reward for slack is 1e-4 of the cost
        assert layout.verify(point.plan).passed
        assert point.plan["energy"]["carbon_kt"].sum() == pytest.approx(point.values["carbon"])
        assert point.plan.record["objective_mcny"] == pytest.approx(point.values["cost"])
    for step in found.steps:
        assert step.least - 1e-9 <= step.marginal <= step.most + 1e-9
        assert step.marginal > 0


@pytest.mark.deep
def test_the_other_way_round_ends_where_this_begins(tmp_path: Path) -> None:
    model = _world(tmp_path)
    one = layout.tradeoff(model, ("cost", "carbon"), 3)
    other = layout.tradeoff(model, ("carbon", "cost"), 3)
    for name in ("cost", "carbon"):
        assert one.points[0].values[name] == pytest.approx(other.points[-1].values[name])
        assert one.points[-1].values[name] == pytest.approx(other.points[0].values[name])


def test_latency_and_balance_by_hand(tmp_path: Path) -> None:
    """Near is dear: the least mean round trip serves each town at home, 2/3 of it in the east."""
    zones = [{"zone": "e", "lat": 31, "lon": 121}, {"zone": "w", "lat": 31, "lon": 101}]
    sites = [
        {"site": "E", "zone": "e", "lat": 31, "lon": 121, "cost_factor": 3},
        {"site": "W", "zone": "w", "lat": 31, "lon": 101},
    ]
    demand = [{"zone": zone, "workload": "task", "demand_eflops": eflops}
              for zone, eflops in (("e", 2), ("w", 1))]  # fmt: skip
    facility = {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 50}
    model = layout.read(
        tiny_model(tmp_path, zones=zones, sites=sites, demand=demand, facilities=[facility])
    )
    found = layout.tradeoff(model, ("cost", "latency"), 3)
    far = found.points[0].plan["service"].set_index("zone")["latency_rtt_ms"]
    near = found.points[-1].plan["service"].set_index("zone")["latency_rtt_ms"]
    assert found.points[0].values["latency"] == pytest.approx((2 * far["e"] + far["w"]) / 3)
    assert found.points[-1].values["latency"] == pytest.approx((2 * near["e"] + near["w"]) / 3)
    assert found.points[0].values["latency"] > 5 * found.points[-1].values["latency"]
    even = layout.tradeoff(model, ("cost", "balance"), 3)
    assert [round(point.values["balance"], 6) for point in even.points] == [1.0, 0.75, 0.5]


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    model = _world(tmp_path)
    for objectives in (("cost",), ("cost", "cost"), ("cost", "beauty")):
        with pytest.raises(ValueError, match="two different ones"):
            layout.tradeoff(model, objectives)
    with pytest.raises(ValueError, match="two points"):
        layout.tradeoff(model, points=1)
    kinds = [{"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1}]
    unlike = layout.read(tiny_model(tmp_path / "unlike", kinds=kinds))
    with pytest.raises(InputError) as refused:
        layout.tradeoff(unlike, ("cost", "latency"))
    assert [problem.code for problem in refused.value.problems] == ["tradeoff_fp32"]


def test_a_chart_escapes_its_words() -> None:
    hostile = '</text><script>alert("1")</script>'
    picture = scatter([(1, 2), (2, 1)], [hostile, "b"], title=hostile, x=hostile, y="y", lang="en")
    assert "<script" not in picture
    assert picture == scatter(
        [(1, 2), (2, 1)], [hostile, "b"], title=hostile, x=hostile, y="y", lang="en"
    )


WORDS = {"en": ("Step costs", "Carbon, kt"), "zh": ("每步代价", "碳排放（千吨")}


@pytest.mark.parametrize("lang", some(["zh", "en"], 1))
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    run, model, out = Runner(capsys), towns(tmp_path / "towns"), tmp_path / "out"
    found = run("tradeoff", model, "--points", 3, "--plans", "-o", out, lang=lang)
    assert found.code == 0, found.err
    for word in WORDS[lang]:
        assert word in found.out
    table = pd.read_csv(out / "points.csv")
    assert json.loads((out / "study.json").read_text("utf-8"))["points"] == len(table)
    assert WORDS[lang][1] in (out / "points.svg").read_text("utf-8")
    plans = sorted(path.name for path in (out / "plans").iterdir())
    assert plans == [f"{number:02d}" for number in table["point"]]
    assert all(layout.verify(out / "plans" / name).passed for name in plans)
    wrong = run("tradeoff", model, "--objectives", "cost,beauty", "-o", tmp_path / "n", lang=lang)
    assert wrong.code == 2
    assert "cost,beauty" in wrong.err
    assert not (tmp_path / "n").exists()
