"""Work that takes more compute away from home, since its data stay there; answers by hand (R64)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import layout
from layout.checking import verify
from layout.errors import FileProblem
from layout.formulation.build import FEATURES as BUILT
from layout.model import read_model
from layout.model.reading import examine
from layout.plan import Plan
from layout.plan.carving import carve
from layout.solving import solve
from layout.study.explaining.settling import settle
from tests.builders import merged, tiny_model
from tests.features.everything import everything
from tests.features.rows import built, planned
from tests.formulation.test_snapshots import row_text

TASK = {"workload": "task", "kind": "general"}
MWH = 8.76  # mcny a year for 1 MW at 1 CNY/kWh


def world(overhead: float | None = None, **given: Any) -> dict[str, Any]:
    """10 EFLOPS each in Z (at home at E) and Y (at W); power is 1 CNY/kWh at E and 0.5 at W.

    An EFLOPS draws 1 MW while it runs and nothing while it does not.
    """
    task = TASK if overhead is None else {**TASK, "away_overhead": overhead}
    return {
        "zones": [
            {"zone": "Z", "region": "east", "province": "P"},
            {"zone": "Y", "region": "west", "province": "Q"},
        ],
        "sites": [
            {"site": "E", "region": "east", "province": "P"},
            {"site": "W", "region": "west", "province": "Q"},
        ],
        "workloads": [{**task, **given.pop("work", {})}],
        "demand": [{"zone": name, "workload": "task", "demand_eflops": 10} for name in "ZY"],
        "power": [
            {"province": "P", "price_cny_per_kwh": 1, "grid_tco2_per_mwh": 1},
            {"province": "Q", "price_cny_per_kwh": 0.5, "grid_tco2_per_mwh": 0.4},
        ],
        **given,
    }


def loads(plan: Plan) -> dict[str, float]:
    return plan["units"].groupby("site")["load_eflops"].sum().to_dict()


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize(("overhead", "east", "west"), [(0, 0, 20), (0.3, 0, 23), (1.2, 10, 10)])
def test_work_leaves_as_long_as_the_overhead_costs_less_than_it_saves(
    tmp_path: Path, overhead: float, east: float, west: float, split: bool
) -> None:
    # Z's 10 EFLOPS cost 10·1 at E and 10·(1 + overhead)·0.5 at W; Y's are at home at W.
    plan = planned(tmp_path / "m", **world(overhead, work={"split": split}))
    assert loads(plan).get("E", 0.0) == pytest.approx(east)
    assert loads(plan)["W"] == pytest.approx(west)
    assert plan.record["objective_mcny"] == pytest.approx((east + 0.5 * west) * MWH)
    # 1 t/MWh at E and 0.4 at W; what is served stays 20
    assert plan["energy"]["carbon_kt"].sum() == pytest.approx((east + 0.4 * west) * MWH)
    assert plan["service"]["served_eflops"].sum() == pytest.approx(20)
    compute = plan["capacity"].groupby("site")["compute_eflops"].sum()
    assert compute["W"] >= west * (1 - 1e-9)


def test_the_price_of_work_away_holds_its_overhead(tmp_path: Path) -> None:
    # The next EFLOPS of Z runs at W: 1.3 EFLOPS of hardware at 0.5 CNY/kWh.
    plan = planned(tmp_path / "m", **world(0.3))
    parts = settle(plan)["price_parts"].set_index("zone")["power_mcny_per_eflops_year"]
    assert parts["Z"] == pytest.approx(1.3 * 0.5 * MWH)
    assert parts["Y"] == pytest.approx(0.5 * MWH)


def test_work_that_may_not_leave_feels_nothing(tmp_path: Path) -> None:
    stays = {"residency": "province"}
    plain = planned(tmp_path / "plain", **world(None, work=stays))
    dear = planned(tmp_path / "dear", **world(3, work=stays))
    assert dear.record["objective_mcny"] == plain.record["objective_mcny"]
    for name in ("service", "units", "cost", "energy"):
        assert dear[name].equals(plain[name]), name


def test_nothing_stated_is_nothing(tmp_path: Path) -> None:
    one, other = (
        built(tmp_path / name, **world(overhead)) for name, overhead in (("a", None), ("b", 0))
    )
    assert list(one.constraints) == list(other.constraints)
    for name, rows in one.constraints.items():
        also = other.constraints[name]
        texts = [[row_text(of, at) for at in range(len(of.index))] for of in (rows, also)]
        assert texts[0] == texts[1], name


def test_more_overhead_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(tmp_path / str(overhead), **world(overhead)).record["objective_mcny"]
        for overhead in (0, 0.2, 0.5, 0.9, 2)
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


def test_the_check_counts_the_overhead(tmp_path: Path) -> None:
    plan = planned(tmp_path / "one", **world(0.3))
    other = read_model(tiny_model(tmp_path / "other", **world(0.4)))
    codes = {failure.code for failure in verify(replace(plan, model=other)).failures}
    assert {"load_balance", "capacity_limit"} <= codes


# hardware, slices, emergencies ---------------------------------------------------------------

COSTLY = {"it_capex_mcny_per_eflops": 1, "it_life_years": 1}
RATE = {"economy": {"discount_rate": 0}}
TWO_KINDS = [
    {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1},
    {"kind": "new", "parent": "general", "precision": "FP32", "it_mw_per_eflops": 0.5,
     "fp32_per_native": 1, "effectiveness": 0.8},
]  # fmt: skip


def test_several_kinds_share_the_work(tmp_path: Path) -> None:
    # At W 10 + 10·1.3 = 23 EFLOPS of work; on kind new, which draws 0.5/0.8 for each, all of it.
    plan = planned(tmp_path / "m", **world(0.3, kinds=TWO_KINDS))
    runs = plan["runs"].set_index(["site", "kind"])
    assert runs.loc[("W", "new"), "served_eflops"] == pytest.approx(20)  # of demand
    assert runs.loc[("W", "new"), "peak_eflops"] == pytest.approx(23 / 0.8)
    assert plan.record["objective_mcny"] == pytest.approx(23 / 0.8 * 0.5 * 0.5 * MWH)


HALF_DAYS = [
    {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
    {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
]
SHAPE = [
    {"workload": "task", "slice": "light", "value": 3},
    {"workload": "task", "slice": "night", "value": 1},
]


@pytest.mark.parametrize(("flexible", "peak"), [("no", 1.5), ("day", 1.0)])
def test_load_by_the_hour_holds_the_overhead(tmp_path: Path, flexible: str, peak: float) -> None:
    # 23 EFLOPS of work at W: half as much again by day where it follows its shape. An EFLOPS of
    # hardware costs 1 mcny a year.
    kinds = [{**TWO_KINDS[0], **COSTLY}]
    given = world(0.3, kinds=kinds, slices=HALF_DAYS, profiles=SHAPE, work={"flexible": flexible})
    settings = merged(RATE, {"features": {"slices": True}})
    plan = planned(tmp_path / "m", settings=settings, **given)
    assert plan.record["objective_mcny"] == pytest.approx(23 * (0.5 * MWH + peak))


def test_who_takes_over_away_from_home_needs_more(tmp_path: Path) -> None:
    # Each site serves its own 10; when the other is lost it takes over 10·1.5: 25 EFLOPS at both.
    kinds = [{**TWO_KINDS[0], **COSTLY}]
    settings = merged(RATE, {"features": {"resilience": True}})
    work = {"critical": 1, "max_remote_share": 0}
    plan = planned(tmp_path / "m", settings=settings, **world(0.5, kinds=kinds, work=work))
    compute = plan["capacity"].groupby("site")["compute_eflops"].sum()
    assert compute.to_dict() == pytest.approx({"E": 25, "W": 25})
    more = tiny_model(tmp_path / "more", settings=settings, **world(0.6, kinds=kinds, work=work))
    codes = {failure.code for failure in verify(replace(plan, model=read_model(more))).failures}
    assert "emergency_compute" in codes


def test_what_an_outage_leaves_serves_less_away_from_home(tmp_path: Path) -> None:
    # Without E the 16 EFLOPS at W serve Y's 10, and of Z 4 at one and a half EFLOPS each.
    stock = [
        {"block": name, "site": name, "facility": "hall", "kind": "general",
         "compute_eflops": eflops} for name, eflops in (("E", 10), ("W", 16))
    ]  # fmt: skip
    given = world(0.5, stock=stock, work={"max_remote_share": 0})
    plan = planned(tmp_path / "m", settings={"features": {"expand": False}}, **given)
    found = layout.redispatch(plan, "site:E").work.set_index("workload")
    assert found.loc["task", "served_eflops"] == pytest.approx(14)


SETS = [
    "workloads[workload=online].away_overhead=0.3",
    "workloads[workload=training].away_overhead=0.6",
]
FEATURES = tuple(sorted(BUILT))


EACH = [(), ("slices",), ("resilience", "slices"), FEATURES]


@pytest.mark.parametrize("on", EACH, ids="+".join)
def test_overheads_meet_every_feature(tmp_path: Path, on: tuple[str, ...]) -> None:
    # The plan verifies itself: what needs several kinds, slices, links, copies and cover is
    # counted again without the formulation.
    folder = tiny_model(tmp_path / "m", **everything(on))
    plain = solve(read_model(folder), counterfactual=False)
    dear = solve(read_model(folder, sets=SETS), counterfactual=False)
    assert dear.status == plain.status == "optimal"
    least = plain.record["objective_mcny"]
    assert dear.record["objective_mcny"] >= least - 1e-6 * abs(least)


def test_flows_that_are_generated_find_the_same_plan(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "m", **world(0.3))
    costs = [
        solve(read_model(folder, sets=[f"solver.flows={flows}"]), counterfactual=False)
        for flows in ("all", "generated")
    ]
    assert costs[1].record["flows"]["stated"] is not None
    assert costs[0].record["objective_mcny"] == pytest.approx(costs[1].record["objective_mcny"])


def test_a_part_of_such_a_plan_is_refused(tmp_path: Path) -> None:
    plan = planned(tmp_path / "m", **world(0.3))
    with pytest.raises(FileProblem) as refused:
        carve(plan, "region:west")
    assert "away_overhead" in str(refused.value)


def test_halls_work_for_a_zone_by_the_work_that_it_takes(tmp_path: Path) -> None:
    # All at W: 10 EFLOPS for Y at home, 10 for Z with 30% more. Of 23 MW 13 work for the east.
    plan = planned(tmp_path / "m", **world(0.3))
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["east_to_west_gwh"] == pytest.approx(13 * MWH)


def test_places_without_a_province_are_told_of(tmp_path: Path) -> None:
    given = world(0.3)
    at_sea = {"province": "", "lat": 25, "lon": 130}  # where no province can be inferred
    given["sites"][1] |= at_sea
    _, found = examine(tiny_model(tmp_path / "m", **given))
    (problem,) = [one for one in found if one.code == "away_without_province"]
    assert (problem.file, problem.column) == ("workloads.csv", "away_overhead")
    assert "sites.W" in problem.sentence("en")
