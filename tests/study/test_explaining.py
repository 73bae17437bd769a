"""What a site saves or would have to cost less, who serves a zone and why, what a target costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.model import read_model
from layout.plan import Plan, write_plan
from layout.solving import solve
from layout.study.explaining.explaining import explain
from layout.study.explaining.unit_costs import unit_costs
from tests.builders import target, tiny_model
from tests.cli.towns import EAST, Runner, towns

ROOM = "sites[site=E].max_it_mw=5"
YEARLY = (ROOM, "facilities.life_years=1", "kinds.it_life_years=1", "economy.discount_rate=0")
"""The east may grow, and what is bought lasts one year: a year's cost is what it costs to buy."""
DEARER = 50 - 40 + 8.76 * (0.6 - 0.4)
"""mcny by which a MW of halls and its power cost more in the east."""


def plan_of(folder: Path, *sets: str, **settings: object) -> Plan:
    return solve(read_model(towns(folder, **settings), sets=[*YEARLY, *sets]))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_of(tmp_path_factory.mktemp("towns"))


def builds(folder: Path, sets: Sequence[str]) -> bool:
    """Whether the plan of the towns with some changes builds new halls in the east."""
    units = solve(read_model(folder, sets=[*YEARLY, *sets]), counterfactual=False)["units"]
    new = units[(units["site"] == "E") & (units["origin"] == "new")]
    return bool(new["space_mw"].sum() > 1e-6)


def test_what_a_site_saves_is_what_it_costs_elsewhere(plan: Plan) -> None:
    west, east = explain(plan, site=["W", "E"]).record["sites"]
    for bound in ("rise_mcny", "least_mcny", "most_mcny"):
        assert west["out"][bound] == pytest.approx(2 * DEARER, rel=1e-6)
        # half an EFLOPS of the east moves west: a hall of 40 a MW, and cheaper power
        assert east["out"][bound] == pytest.approx(0.5 * (40 - 8.76 * 0.2), rel=1e-6)
    assert west["into"] is None
    assert west["new_mw"] == pytest.approx(2)


def test_a_fall_a_little_larger_than_the_break_even_and_the_site_is_chosen(
    plan: Plan, tmp_path: Path
) -> None:
    into = explain(plan, site="E").record["sites"][0]["into"]
    capital = into["capital"]
    for bound in ("fall", "least", "most"):
        assert capital[bound] == pytest.approx(DEARER / 50, rel=1e-5)
    assert into["rise_mcny"] == pytest.approx(into["least_mw"] * DEARER, rel=1e-5)
    assert into["power"]["fall"] == pytest.approx(DEARER / 8.76, rel=1e-5)  # more than 0.6
    folder = towns(tmp_path / "m")
    for by, chosen in ((1.001, True), (0.999, False)):
        factor = 1 - by * capital["fall"]
        assert builds(folder, [f"sites[site=E].cost_factor={factor}"]) is chosen


def test_the_fall_of_the_power_price_is_that_of_the_site_with_its_stock(tmp_path: Path) -> None:
    dear = "power[province=310000].price_cny_per_kwh=2.5"
    found = explain(plan_of(tmp_path / "a", dear), site="E").record["sites"][0]
    fall = found["into"]["power"]["fall"]
    # halls in the east are 10 dearer, so power has to be that much cheaper than 0.4
    assert fall == pytest.approx(2.5 - (0.4 - 10 / 8.76), rel=1e-5)
    cheap = "sites[site=W].cost_factor=1.1"  # now halls are 5 cheaper in the east
    folder = towns(tmp_path / "m")
    found = explain(plan_of(tmp_path / "b", dear, cheap), site="E").record["sites"][0]
    fall = found["into"]["power"]["fall"]
    assert fall == pytest.approx(2.5 - (0.4 + 5 / 8.76), rel=1e-5)
    for by, chosen in ((1.001, True), (0.999, False)):
        price = f"power[province=310000].price_cny_per_kwh={2.5 - by * fall}"
        assert builds(folder, [price, cheap]) is chosen


def test_whole_modules_and_a_fixed_cost_count_in_the_break_even(tmp_path: Path) -> None:
    """The best size is found, not only the least: a fixed cost weighs less on more modules."""
    folder = tiny_model(
        tmp_path / "m",
        settings={"economy": {"discount_rate": 0}},
        zones=[{"zone": "z"}],
        sites=[{"site": "A", "max_it_mw": 9}, {"site": "B", "max_it_mw": 9, "cost_factor": 1.2,
                "fixed_cost_mcny_per_year": 7}],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10,
                     "life_years": 1, "module_it_mw": 2}],
        demand=[{"zone": "z", "workload": "task", "demand_eflops": 6}],
    )  # fmt: skip
    plan = solve(read_model(folder))
    into = explain(plan, site="B").record["sites"][0]["into"]
    assert into["least_mw"] == 2
    assert into["rise_mcny"] == pytest.approx(2 * 2 + 7)
    fall = into["capital"]["fall"]
    assert fall == pytest.approx((6 * 2 + 7) / (6 * 12), rel=1e-6)  # all three modules
    for by, chosen in ((1.01, True), (0.99, False)):
        changed = [f"sites[site=B].cost_factor={1.2 * (1 - by * fall)}"]
        units = solve(read_model(folder, sets=changed), counterfactual=False)["units"]
        assert (units["site"] == "B").any() == chosen


def test_what_keeps_a_site_from_growing_is_named(tmp_path: Path) -> None:
    full = solve(read_model(towns(tmp_path / "full")))
    found = explain(full, site="E").record["sites"][0]
    assert found["blocked"] == {"reason": "full", "value": 1.0, "unit": "MW"}
    closed = ("features.expand=false", "demand.demand_eflops=*0.3", "targets.total-2.mode=report")
    none = plan_of(tmp_path / "none", *closed)
    assert explain(none, site="W").record["sites"][0]["blocked"]["reason"] == "no_building"


def test_limits_that_stop_new_halls_are_told(tmp_path: Path) -> None:
    """Half an EFLOPS stands in the east: no more IT can be connected there, halls or not."""
    tight = plan_of(tmp_path, "sites[site=E].grid_headroom_mw=0.5")
    found = explain(tight, site="E").record["sites"][0]
    assert found["into"]["rise_mcny"] is None
    assert {"limit": "grid_headroom_mw", "place": "E"} in found["into"]["stopped_by"]
    assert found["limits"][0]["limit"] == "grid_headroom_mw"


def test_the_next_best_site_and_the_difference_in_parts(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "economy.carbon_price_cny_per_t=100")
    work = explain(plan, zone="West town").record["zones"][0]["workloads"][0]
    parts = work["next"]["parts"]
    assert parts["capital"] == pytest.approx(10)
    assert parts["power"] == pytest.approx(8.76 * 0.2)
    assert parts["carbon"] == pytest.approx(8.76 * 0.1 * 100 / 1000)
    assert work["next"]["difference_mcny"] == pytest.approx(sum(parts.values()))
    assert work["next"]["why"] == "dearer"
    assert work["served"][0]["latency_rtt_ms"] == 2 * work["served"][0]["latency_one_way_ms"]


def test_costs_of_new_halls_are_what_a_plan_pays_for_them(plan: Plan) -> None:
    """The parts for a site are its price where it is the one that grows."""
    from layout.formulation.case import case_of

    case = case_of(plan.model, 2025)
    cost = unit_costs(case, "task").total[case.sites.index("W"), case.zones.index(EAST)]
    price = plan["prices"].set_index("zone")["price_mcny_per_eflops_year"]
    assert cost == pytest.approx(price[EAST])


def test_a_cheaper_site_out_of_reach_is_told(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "workloads.latency_ms=10")
    work = explain(plan, zone=EAST).record["zones"][0]["workloads"][0]
    assert work["out_of_reach"]["site"] == "W"
    assert work["out_of_reach"]["cheaper_mcny"] == pytest.approx(DEARER)
    assert work["out_of_reach"]["latency_rtt_ms"] > 10


def test_what_a_target_costs(tmp_path: Path) -> None:
    east = target("east", "region_share", "at_least", 2 / 3, scope="region:east")
    plan = plan_of(tmp_path, targets=[east])
    found = explain(plan, target="east")
    record = found.record["targets"][0]
    for bound in ("cost_mcny", "least_mcny", "most_mcny"):
        assert record["without"][bound] == pytest.approx(DEARER, rel=1e-6)  # one EFLOPS moves east
    assert record["without"]["achieved"] == pytest.approx(1 / 3)
    assert found["explained_targets"]["cost_mcny"].iloc[0] == pytest.approx(DEARER, rel=1e-6)


def test_a_model_that_cannot_be_asked_again_says_why(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, objective=["carbon", "cost"])
    record = explain(plan).record
    assert record["not_asked"] == "objective"
    assert all(one["out"] is None for one in record["sites"])


def test_names_that_do_not_exist_are_all_told_with_the_nearest(plan: Plan) -> None:
    with pytest.raises(InputError) as wrong:
        explain(plan, site="East sit", zone="520001", target="total-3")
    assert len(wrong.value.problems) == 3
    said = wrong.value.message("en")
    assert all(name in said for name in ("East site", "520000", "total-2"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_tells_it_and_writes_a_study(
    run: Runner, plan: Plan, tmp_path: Path, lang: str
) -> None:
    folder, out = tmp_path / "plan", tmp_path / "study"
    write_plan(plan, folder)
    found = run("explain", folder, "-o", out, lang=lang)
    assert found.code == 0, found.err
    assert ("23.5 million CNY" if lang == "en" else "2,350 万元") in found.out
    record = json.loads((out / "study.json").read_text("utf-8"))
    assert set(record["sentences"]) == {"en", "zh"}
    rows = pd.read_csv(out / "explained_sites.csv").set_index("site")
    assert rows.loc["W", "saves_mcny"] == pytest.approx(2 * DEARER, rel=1e-6)
    again = run("explain", folder, "-o", out, "--overwrite", lang=lang)
    assert again.out == found.out
    assert run("explain", folder, "-o", out, lang=lang).code == 3
    missing = run("explain", folder, "--site", "X", lang=lang)
    assert missing.code == 3 and missing.out == ""


def test_a_plan_without_layout_has_nothing_to_explain(run: Runner, tmp_path: Path) -> None:
    model = towns(tmp_path / "m", targets=[target("t", "compute_eflops_fp32", "at_least", 99)])
    run("solve", model, "-o", tmp_path / "p")
    for command in ("explain", "settle"):
        found = run(command, tmp_path / "p")
        assert found.code == 3 and "no layout" in found.err


def test_python_has_the_same(plan: Plan) -> None:
    assert layout.explain(plan, site="W").record["sites"][0]["site"] == "W"
