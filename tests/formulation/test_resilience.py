"""Resilience on two and three sites, one demand at a time; each answer is worked in a comment."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import layout
from layout.checking import verify
from layout.errors import FileProblem, InputError
from layout.formulation import build
from layout.model import read_model
from layout.model.resilience import copies_of
from layout.plan import Plan, new_plan, read_plan, write_plan
from layout.solving import solve
from tests.builders import merged, tiny_model
from tests.checking.edits import Edit, cell, drop
from tests.formulation.test_snapshots import compare, row_text

PLACES = [{"zone": "east", "lat": 31, "lon": 121}, {"zone": "west", "lat": 31, "lon": 104}]
"""About 1,620 km apart: one way 1 + 1620·1.5/204 = 12.9 ms, round trip 25.8 ms; at home 2 ms."""
HOMES = [
    {"site": "E", "zone": "east", "region": "east", "hub": "H", "lat": 31, "lon": 121},
    {"site": "W", "zone": "west", "region": "west", "hub": "", "lat": 31, "lon": 104},
]
PRICED = [
    {
        "kind": "general",
        "precision": "FP32",
        "it_mw_per_eflops": 1,
        "fp32_per_native": 1,
        "it_capex_mcny_per_eflops": 100,
    }
]
"""100 mcny per EFLOPS over 5 years at rate 0: 20 a year."""
ONLINE = {"workload": "online", "kind": "general", "latency_ms": 20}
BATCH = {"workload": "batch", "kind": "general", "flexible": "week"}


def posed(folder: Path, resilience: dict[str, Any] | None = None, **given: Any) -> Path:
    on: dict[str, Any] = {"economy": {"discount_rate": 0}}
    if resilience is not None:
        on = merged(on, {"features": {"resilience": True}, "resilience": resilience})
    settings = merged(on, given.pop("settings", {}))
    tables = {"zones": PLACES, "sites": HOMES, "kinds": PRICED, "workloads": [ONLINE], **given}
    return tiny_model(folder, settings=settings, **tables)


def planned(folder: Path, resilience: dict[str, Any] | None = None, **given: Any) -> Plan:
    model = read_model(posed(folder / "model", resilience, **given))
    return solve(model, counterfactual=False)


def demand(**work: float) -> list[dict[str, Any]]:
    """Demand by ``zone_workload``."""
    return [
        {"zone": name.split("_")[0], "workload": name.split("_")[1], "demand_eflops": value}
        for name, value in work.items()
    ]


def cost(plan: Plan) -> float:
    return float(plan.record["objective_mcny"])


def compute(plan: Plan) -> dict[str, float]:
    return plan["capacity"].groupby("site")["compute_eflops"].sum().to_dict()


def test_each_of_two_sites_covers_the_other(tmp_path: Path) -> None:
    # 3 EFLOPS in the east, 1 in the west, each served at home (20 ms). If E fails W needs 1 + 3;
    # if W fails E needs 3 + 1: 4 + 4 = 8 EFLOPS, 160 mcny, where 4 (80 mcny) would do every day.
    asked = demand(east_online=3, west_online=1)
    every_day = planned(tmp_path / "off", demand=asked)
    plan = planned(tmp_path / "on", {}, demand=asked)
    assert cost(every_day) == pytest.approx(80)
    assert cost(plan) == pytest.approx(160)
    assert compute(plan) == pytest.approx({"E": 4, "W": 4})
    table = plan["recourse"].set_index(["outage", "zone", "site"])["recourse_eflops"]
    assert table.to_dict() == pytest.approx(
        {("site:E", "east", "W"): 3, ("site:W", "west", "E"): 1}
    )
    assert plan["uncovered"].empty
    assert plan.record["kpis"]["outage_covered_share_worst"]["value"] == pytest.approx(1)


def test_batch_makes_room_so_that_cover_costs_nothing(tmp_path: Path) -> None:
    # 2 online and 2 batch in each zone: E and W hold 4 each, 160 mcny, batch at home or not. If
    # one fails the other stops 2 of batch and takes over 2 of online: nothing is bought (P22).
    asked = demand(east_online=2, west_online=2, east_batch=2, west_batch=2)
    work = [ONLINE, BATCH]
    every_day = planned(tmp_path / "off", demand=asked, workloads=work)
    plan = planned(tmp_path / "on", {}, demand=asked, workloads=work)
    assert cost(plan) == pytest.approx(cost(every_day)) == pytest.approx(160)
    # Where batch may not be stopped, but need not go on either, 2 + 2 + 2 + 2 stand at each site.
    stays = [ONLINE, {**BATCH, "preemptible": "no", "critical": 0}]
    dear = planned(tmp_path / "kept", {}, demand=asked, workloads=stays)
    assert cost(dear) == pytest.approx(240)


def test_half_of_the_demand_is_critical_and_peaks(tmp_path: Path) -> None:
    # 4 EFLOPS in the east with peak 1.5, half critical: E holds 6, W holds 1.5 · 0.5 · 4 = 3.
    work = [{**ONLINE, "peak_factor": 1.5, "critical": 0.5}]
    plan = planned(tmp_path, {}, demand=demand(east_online=4), workloads=work)
    assert compute(plan) == pytest.approx({"E": 6, "W": 3})


def test_loss_of_a_hub_needs_no_cover_of_the_others(tmp_path: Path) -> None:
    # Only E belongs to a hub: W holds 1 + 3, E its own 3. 7 EFLOPS, 140 mcny.
    plan = planned(tmp_path, {"outage": "hub"}, demand=demand(east_online=3, west_online=1))
    assert cost(plan) == pytest.approx(140)
    assert set(plan["recourse"]["outage"]) == {"hub:H"}


def test_what_nobody_can_take_over_is_named(tmp_path: Path) -> None:
    # Emergency limit 22 ms < 25.8 ms: no other site in reach. Nothing more is bought (80 mcny),
    # the model warns zone by zone, and the plan lists 3 and 1 EFLOPS as uncovered.
    asked = demand(east_online=3, west_online=1)
    model = read_model(posed(tmp_path / "model", {"emergency_latency_ms": 22}, demand=asked))
    said = [problem for problem in model.problems if problem.code == "uncoverable"]
    assert [problem.values["zone"] for problem in said] == ["east", "west"]
    assert said[0].values["outages"] == "site:E"
    plan = solve(model, counterfactual=False)
    assert cost(plan) == pytest.approx(80)
    missing = plan["uncovered"].set_index(["outage", "zone"])["uncovered_eflops"].to_dict()
    assert missing == pytest.approx({("site:E", "east"): 3, ("site:W", "west"): 1})
    assert plan.record["kpis"]["outage_covered_share_worst"]["value"] == pytest.approx(0)


@pytest.mark.parametrize(("price", "total", "left"), [(15, 80 + 60, 4.0), (25, 160, 0.0)])
def test_a_price_decides_what_stays_uncovered(
    tmp_path: Path, price: float, total: float, left: float
) -> None:
    # Cover costs 20 mcny a year per EFLOPS (3 at W, 1 at E). A shortfall at 15 is cheaper (4·15
    # on top of 80), at 25 it is not.
    own = {"uncovered_penalty_mcny_per_eflops": price}
    plan = planned(tmp_path, own, demand=demand(east_online=3, west_online=1))
    assert cost(plan) == pytest.approx(total)
    assert plan["uncovered"]["uncovered_eflops"].sum() == pytest.approx(left)
    assert plan.record["cost_breakdown_mcny"]["uncovered"] == pytest.approx(price * left)


def test_a_copy_stands_in_the_other_region(tmp_path: Path) -> None:
    # 99.9% with sites of 97% takes two copies: 3 EFLOPS served in the east (20 ms), 3 kept ready
    # in the west (50 ms): 6 EFLOPS bought, 120 mcny, and demand served is still 3.
    work = [{**ONLINE, "availability": 0.999}]
    own = {"outage": "none", "site_availability": 0.97}
    plan = planned(tmp_path, own, demand=demand(east_online=3), workloads=work)
    assert cost(plan) == pytest.approx(120)
    assert plan["service"]["served_eflops"].sum() == pytest.approx(3)
    standby = plan["standby"].set_index(["zone", "site"])["standby_eflops"].to_dict()
    assert standby == pytest.approx({("east", "W"): 3})
    # Both sites in one region: no place for a copy elsewhere; it is said, and none is kept.
    near = [{**site, "region": "east"} for site in HOMES]
    model = read_model(
        posed(tmp_path / "near", own, demand=demand(east_online=3), workloads=work, sites=near)
    )
    assert [p.values["zone"] for p in model.problems if p.code == "uncopied"] == ["east"]
    alone = solve(model, counterfactual=False)
    assert cost(alone) == pytest.approx(60)
    assert alone["standby"].empty


def test_what_is_not_served_needs_no_copy(tmp_path: Path) -> None:
    # Leaving work undone costs 3 mcny an EFLOPS, less than the 20 of compute: nothing is served.
    economy = {"economy": {"unserved_penalty_mcny_per_eflops": 3}}
    own = {"outage": "none", "site_availability": 0.97}
    work = [{**ONLINE, "availability": 0.999}]
    asked = demand(east_online=3)
    plan = planned(tmp_path, own, demand=asked, workloads=work, settings=economy)
    assert cost(plan) == pytest.approx(9)
    assert plan["standby"].empty and plan.record["verification"]["passed"]


def test_copies_by_table() -> None:
    # 1 − 0.03² = 0.9991, 1 − 0.1³ = 0.999; a site that is good enough needs no copy.
    assert [copies_of(0.999, site) for site in (0.999, 0.97, 0.9)] == [1, 2, 3]
    assert copies_of(float("nan"), 0.9) == 1


def test_a_burst_sheds_batch_to_its_floor(tmp_path: Path) -> None:
    # 2 online with burst 3 and 4 batch in one zone: every day 2 + 4 = 6. In the burst 2·3 = 6 of
    # online, and a quarter of batch goes on: 6 + 1 = 7. 7 EFLOPS, 140 mcny.
    work = [{**ONLINE, "burst_factor": 3}, {**BATCH, "burst_floor": 0.25}]
    asked = demand(east_online=2, east_batch=4)
    plan = planned(tmp_path, {"outage": "none"}, demand=asked, workloads=work, sites=HOMES[:1])
    assert cost(plan) == pytest.approx(140)


def test_the_nation_keeps_a_reserve(tmp_path: Path) -> None:
    # 3 + 1 with 25% in reserve: 5 EFLOPS, 100 mcny.
    own = {"outage": "none", "national_reserve": 0.25}
    plan = planned(tmp_path, own, demand=demand(east_online=3, west_online=1))
    assert cost(plan) == pytest.approx(100)


def test_training_gathers_where_a_cluster_stands(tmp_path: Path) -> None:
    # 3 + 1 EFLOPS of training, a cluster of at least 3 in one place; E may hold 2 MW only, so all
    # of it goes to W. Two clusters would be 6 EFLOPS; one of 4 does.
    work = [{**BATCH, "min_cluster_eflops": 3}]
    sites = [{**HOMES[0], "max_it_mw": 2}, HOMES[1]]
    asked = demand(east_batch=3, west_batch=1)
    plan = planned(tmp_path, {"outage": "none"}, demand=asked, workloads=work, sites=sites)
    assert compute(plan) == pytest.approx({"W": 4})
    # A cluster of 6 for a demand of 4: 6 EFLOPS have to stand, 120 mcny.
    large = [{**BATCH, "min_cluster_eflops": 6}]
    dear = planned(tmp_path / "6", {"outage": "none"}, demand=asked, workloads=large)
    assert cost(dear) == pytest.approx(120)


def test_off_is_absent_and_tightening_never_gets_cheaper(tmp_path: Path) -> None:
    asked = demand(east_online=3, west_online=1, east_batch=2)
    given: dict[str, Any] = {"demand": asked, "workloads": [ONLINE, BATCH]}
    plain = build(read_model(posed(tmp_path / "plain", **given)))
    none = build(read_model(posed(tmp_path / "none", {"outage": "none"}, **given)))
    assert set(none.constraints) == set(plain.constraints)
    assert set(none.variables.parts) == set(plain.variables.parts)
    found = []
    for number, own in enumerate(
        (
            {"outage": "none"},
            {"outage": "hub"},
            {"outage": "site"},
            {"outage": "site", "emergency_utilisation": 0.8},
            {"outage": "site", "emergency_utilisation": 0.8, "national_reserve": 2},
        )
    ):
        found.append(cost(planned(tmp_path / str(number), own, **given)))
    assert found == sorted(found)


SNAPSHOTS = (
    "spare_compute covered emergency copies copy_per_site copies_apart standby_capacity burst "
    "national_reserve cluster_serve cluster_size"
).split()


def test_every_row_in_its_snapshot(tmp_path: Path) -> None:
    work = [
        {**ONLINE, "availability": 0.999, "burst_factor": 2, "peak_factor": 1.5, "critical": 0.5},
        {**BATCH, "min_cluster_eflops": 2, "burst_floor": 0.25},
    ]
    own = {
        "site_availability": 0.97,
        "national_reserve": 0.1,
        "uncovered_penalty_mcny_per_eflops": 50,
    }
    asked = demand(east_online=3, west_online=1, east_batch=2)
    formulation = build(read_model(posed(tmp_path, own, demand=asked, workloads=work)))
    text = ""
    for name in SNAPSHOTS:
        constraint = formulation.constraints[name]
        rows = [row_text(constraint, row) for row in range(len(constraint.index))]
        assert rows, name
        text += f"# {name}: {constraint.doc}\n\n" + "".join(rows) + "\n"
    compare("features/resilience", text)


def left_uncovered(folder: Path) -> None:
    """An optional file that is not there, with one row: a third of the east is left alone."""
    head = "outage,zone,workload,year,critical_eflops,uncovered_eflops\n"
    (folder / "uncovered.csv").write_text(head + "site:E,east,online,2025,3.0,1.0\n", "utf-8")
    cell("recourse", RESCUE, recourse_eflops=2.0)(folder)


def half_needed(folder: Path) -> None:
    """The same row, which says that the outage stops less than it does."""
    left_uncovered(folder)
    cell("uncovered", {"zone": "east"}, critical_eflops=2.0)(folder)


RESCUE = {"outage": "site:E", "zone": "east"}
BREAKS: list[tuple[str, Edit]] = [
    ("outage_unknown", cell("recourse", RESCUE, outage="site:X")),
    ("recourse_lost", cell("recourse", RESCUE, site="E")),
    ("outage_cover", cell("recourse", RESCUE, recourse_eflops=2.0)),
    ("outage_cover", drop("recourse", RESCUE)),
    ("copies", cell("standby", {"zone": "east"}, standby_eflops=2.5)),
    ("copy_per_site", cell("standby", {"zone": "east"}, site="E")),
    ("copies_apart", cell("standby", {"zone": "east"}, site="E")),
    ("uncovered_forbidden", left_uncovered),
    ("outage_need", half_needed),
    ("emergency_compute", cell("recourse", RESCUE, recourse_eflops=9.0)),
    ("standby_compute", cell("standby", {"zone": "east"}, standby_eflops=9.0)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("resilient")
    work = [{**ONLINE, "availability": 0.999}]
    asked = demand(east_online=3, west_online=1)
    plan = planned(base, {"site_availability": 0.97}, demand=asked, workloads=work)
    write_plan(plan, base / "plan")
    return base / "plan"


@pytest.mark.parametrize(("code", "edit"), BREAKS, ids=[code for code, _ in BREAKS])
def test_the_check_names_what_is_broken(
    folder: Path, tmp_path: Path, code: str, edit: Edit
) -> None:
    copy = tmp_path / "plan"
    shutil.copytree(folder, copy)
    edit(copy)
    found = verify(read_plan(copy))
    assert code in {failure.code for failure in found.failures}


def test_hub_outage_needs_hubs_and_critical_work_does_not_stop(tmp_path: Path) -> None:
    bare = [{**site, "hub": ""} for site in HOMES]
    work = [{**ONLINE, "preemptible": "yes", "critical": 0.5}]
    with pytest.raises(InputError) as error:
        read_model(posed(tmp_path, {"outage": "hub"}, sites=bare, workloads=work))
    codes = {problem.code for problem in error.value.problems}
    assert {"no_hub", "critical_stops"} <= codes


# the emergency run


def test_redispatch_sheds_batch_before_it_fails_anybody(tmp_path: Path) -> None:
    # Every day plan: E holds 3 online + 2 batch = 5, W 1 online (batch is held at E by size).
    # Without E only W's 1 EFLOPS is left: of 4 EFLOPS online 1 is served, all batch stops.
    sites = [HOMES[0], {**HOMES[1], "max_it_mw": 1}]
    asked = demand(east_online=3, west_online=1, east_batch=2)
    plan = planned(tmp_path, demand=asked, workloads=[ONLINE, BATCH], sites=sites)
    found = layout.redispatch(plan, "site:E")
    work = found.work.set_index("workload")
    assert work.loc["online", "served_eflops"] == pytest.approx(1)
    assert work.loc["online", "critical_missing_eflops"] == pytest.approx(3)
    assert work.loc["batch", "shed_eflops"] == pytest.approx(2)
    assert not found.covers
    # Without W: E has 5, online needs 4, so batch keeps 1 of 2.
    found = layout.redispatch(plan, "site:W")
    work = found.work.set_index("workload")
    assert work.loc["online", "served_eflops"] == pytest.approx(4)
    assert work.loc["online", "beyond_limit_eflops"] == pytest.approx(1)
    assert work.loc["batch", "served_eflops"] == pytest.approx(1)
    assert found.covers


def test_a_covered_plan_serves_all_critical_work_in_every_outage(tmp_path: Path) -> None:
    asked = demand(east_online=3, west_online=1, east_batch=2)
    plan = planned(tmp_path, {}, demand=asked, workloads=[ONLINE, BATCH])
    assert all(layout.redispatch(plan, f"site:{site}").covers for site in "EW")


def test_redispatch_of_a_burst(tmp_path: Path) -> None:
    # 2 online with burst 2, 1 batch, 3 EFLOPS: in the burst 3 of 4 online, batch stops.
    work = [{**ONLINE, "burst_factor": 2}, BATCH]
    asked = demand(east_online=2, east_batch=1)
    plan = planned(tmp_path, demand=asked, workloads=work, sites=HOMES[:1])
    found = layout.redispatch(plan, burst=True).work.set_index("workload")
    assert found.loc["online", "served_eflops"] == pytest.approx(3)
    assert found.loc["batch", "shed_eflops"] == pytest.approx(1)


def test_redispatch_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    plan = planned(tmp_path, demand=demand(east_online=1))
    with pytest.raises(FileProblem, match="site:E"):
        layout.redispatch(plan, "site:e")
    with pytest.raises(FileProblem, match="2025"):
        layout.redispatch(plan, "site:E", year=2030)


def test_cover_holds_in_every_period(tmp_path: Path) -> None:
    # Demand of the east doubles from 1 to 2: E and W hold 1 each, then 2 each; the plan verifies.
    years = [
        {"zone": "east", "workload": "online", "year": year, "demand_eflops": amount}
        for year, amount in ((2025, 1), (2027, 2))
    ]
    plan = planned(tmp_path, {}, demand=years, settings={"periods": [2025, 2027]})
    table = plan["capacity"].groupby(["year", "site"])["compute_eflops"].sum().to_dict()
    expected = {(2025, "E"): 1, (2025, "W"): 1, (2027, "E"): 2, (2027, "W"): 2}
    assert table == pytest.approx(expected)
    assert plan["recourse"].groupby("year")["recourse_eflops"].sum().to_dict() == pytest.approx(
        {2025: 1, 2027: 2}
    )


def test_the_command_shows_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from layout.cli.app import run

    assert run(["redispatch", str(folder), "--lost", "site:E", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "without site:E" in shown
    assert "✓ All that must not stop is served." in shown
    assert run(["redispatch", str(folder), "--lost", "hub:Q", "--lang", "zh"]) == 3
    assert "site:W" in capsys.readouterr().err


STRICTER: list[tuple[str, dict[str, float], dict[str, float]]] = [
    ("emergency_limit", {"emergency_latency_ms": 22}, {}),
    ("national_reserve", {"national_reserve": 5}, {}),
    ("burst", {}, {"burst_factor": 9}),
    ("cluster_size", {}, {"min_cluster_eflops": 100}),
]


@pytest.mark.parametrize(("code", "own", "work"), STRICTER, ids=[row[0] for row in STRICTER])
def test_a_plan_does_not_pass_under_a_stricter_model(
    folder: Path, code: str, own: dict[str, float], work: dict[str, float]
) -> None:
    plan = read_plan(folder)
    settings = plan.model.settings
    asked = settings.resilience.model_copy(update=own)
    tables = dict(plan.model.tables)
    tables["workloads"] = tables["workloads"].assign(**work)
    settings = settings.model_copy(update={"resilience": asked})
    model = replace(plan.model, settings=settings, tables=tables)
    found = verify(new_plan(plan.record, model, plan.tables))
    assert code in {failure.code for failure in found.failures}
