"""Demand: efficiency, sectors, roles of regions, reluctance; each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.cli.summary import summary
from layout.model import read_model
from layout.model.derive import demand
from layout.plan import Plan, write_plan
from layout.plan.baseline import balance_table
from layout.plan.carving import carve
from layout.solving import solve
from tests.builders import merged, tiny_model
from tests.checking.edits import Edit, added, both, cell, codes_after, drop
from tests.features.rows import added_names, built, compare, planned, problems, written

TASK = {"workload": "task", "kind": "general"}
MWH = 8.76  # mcny a year for 1 MW at 1 CNY/kWh


def world(work: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """10 EFLOPS each in Z (east) and Y (west); power costs 1 CNY/kWh at E and nothing at W."""
    return {
        "zones": [
            {"zone": "Z", "region": "east", "province": "P"},
            {"zone": "Y", "region": "west", "province": "Q"},
        ],
        "sites": [
            {"site": "E", "region": "east", "province": "P"},
            {"site": "W", "region": "west", "province": "Q"},
        ],
        "workloads": [{**TASK, **(work or {})}],
        "demand": [{"zone": name, "workload": "task", "demand_eflops": 10} for name in "ZY"],
        "power": [
            {"province": "P", "price_cny_per_kwh": 1},
            {"province": "Q", "price_cny_per_kwh": 0},
        ],
        **given,
    }


def served(plan: Plan) -> dict[tuple[str, str], float]:
    table = plan.tables["service"]
    return dict(
        zip(zip(table["zone"], table["site"], strict=True), table["served_eflops"], strict=True)
    )


@pytest.mark.parametrize(("rebound", "eflops"), [(0, 6.4), (0.5, 8.2), (1, 10), (1.5, 11.8)])
def test_efficiency_saves_and_the_rebound_takes_back(
    tmp_path: Path, rebound: float, eflops: float
) -> None:
    # Two years at 20% less: 0.8² = 0.64 of the compute, 36% saved; of that the rebound returns.
    folder = tiny_model(tmp_path / "m", **world({"efficiency_gain": 0.2, "rebound": rebound}))
    assert demand(read_model(folder))["demand_eflops"].tolist() == pytest.approx([eflops] * 2)


SECTORS = [
    {"sector": "finance", "workload": "task", "share": 0.5, "factor": 2, "name_en": "Finance"},
    {"sector": "industry", "workload": "task", "share": 0.2},
]


def test_sectors_that_claim_everything_leave_nothing_to_others(tmp_path: Path) -> None:
    whole = [*SECTORS, {"sector": "homes", "workload": "task", "share": 0.3}]
    plan = planned(tmp_path / "model", **world({}, sectors=whole))
    assert set(plan.tables["sectors"]["sector"]) == {"finance", "industry", "homes"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Sectors and efficiency, nothing moves out of the province, 3 of 15 cannot be served at W."""
    given = world({"efficiency_gain": 0.2, "rebound": 1, "max_remote_share": 0}, sectors=SECTORS)
    given["settings"] = {"economy": {"unserved_penalty_mcny_per_eflops": 100}}
    given["sites"][1]["max_it_mw"] = 12
    return planned(tmp_path_factory.mktemp("demand") / "model", **given)


def test_sectors_share_what_is_served_and_what_it_costs(plan: Plan) -> None:
    # Finance doubles: 10·(0.5·2 + 0.2 + 0.3) = 15 in each zone, of which finance has 10/15,
    # industry 2/15, others 3/15. Served 15 at E and 12 at W, where 3 stay without. Prices: E its
    # power, 8.76; W the penalty, 100, which one more EFLOPS would pay.
    table = plan.tables["sectors"].set_index("sector")
    share = {"finance": 10 / 15, "industry": 2 / 15, "other": 3 / 15}
    paid = 15 * MWH + 12 * 100
    for column, whole in (("served_eflops", 27), ("unserved_eflops", 3), ("cost_mcny", paid)):
        expected = {name: part * whole for name, part in share.items()}
        assert table[column].to_dict() == pytest.approx(expected), column
    said = " ".join(summary(plan, "en").split())
    assert (
        "Finance 888 million CNY, other sectors 266 million CNY, industry 178 million CNY" in said
    )
    assert "其他行业" in summary(plan, "zh")


def test_the_base_year_is_as_the_table_says(tmp_path: Path) -> None:
    given = world({"efficiency_gain": 0.2}, sectors=SECTORS)
    given["demand"] += [{**row, "year": 2023} for row in given["demand"]]
    model = read_model(tiny_model(tmp_path / "m", **given))
    status = balance_table(model).set_index(["place", "year"])["demand_eflops"]
    # 20 in the base year; 20·0.64·1.5 = 19.2 in the period
    assert status["nation"].to_dict() == pytest.approx({2023: 20, 2025: 19.2})


def test_a_part_is_carved_with_the_demand_that_was_planned(tmp_path: Path) -> None:
    # 6.4·1.5 = 9.6 in each zone; W serves both, and Z's is an export of the west.
    given = world({"efficiency_gain": 0.2}, sectors=SECTORS)
    given["roles"] = [{"workload": "task", "region": "east", "hosts": "west;east"}]
    part = carve(planned(tmp_path / "m", **given), "region:west")
    assert demand(part)["demand_eflops"].tolist() == pytest.approx([9.6] * 2)
    assert part["roles"]["hosts"].tolist() == ["west"]  # E has nothing to sell to the part


def test_a_part_pays_for_moving_what_the_whole_pays(tmp_path: Path) -> None:
    # 8.1 of each zone are served at W, which has stock; Z's leave their province at 1.5 each.
    given = world({"efficiency_gain": 0.1, "moving_cost_mcny_per_eflops": 1.5})
    given["stock"] = [
        {"block": "w", "site": "W", "facility": "hall", "kind": "general", "compute_eflops": 40}
    ]
    whole = planned(tmp_path / "m", **given)
    part = solve(carve(whole, "region:east"), counterfactual=False)
    costs = [plan.record["cost_breakdown_mcny"]["moving"] for plan in (whole, part)]
    assert costs == pytest.approx([12.15] * 2)
    assert part.record["objective_mcny"] == pytest.approx(12.15)


ROLE = [{"workload": "task", "region": "east", "hosts": "east"}]


def test_a_region_hosts_what_its_role_says(tmp_path: Path) -> None:
    # Free: W serves all for nothing. East for the east alone: Z's 10 EFLOPS pay 87.6 at E.
    free = planned(tmp_path / "free", **world())
    assert served(free) == pytest.approx({("Z", "W"): 10, ("Y", "W"): 10})
    bound = planned(tmp_path / "bound", **world(roles=ROLE))
    assert served(bound) == pytest.approx({("Z", "E"): 10, ("Y", "W"): 10})
    costs = [plan.record["objective_mcny"] for plan in (free, bound)]
    assert costs == pytest.approx([0, 10 * MWH])


def test_roles_hold_in_an_emergency_too(tmp_path: Path) -> None:
    given = world(roles=ROLE)
    given["settings"] = {
        "features": {"resilience": True},
        "resilience": {"uncovered_penalty_mcny_per_eflops": 1000},
    }
    given["workloads"][0]["critical"] = 1
    plan = planned(tmp_path / "model", **given)
    # Only the east is bound: E takes over for W in the west, nobody for E in the east.
    missing = plan.tables["uncovered"].set_index("zone")["uncovered_eflops"].to_dict()
    assert missing == pytest.approx({"Z": 10})
    write_plan(plan, tmp_path / "plan")
    both(
        drop("uncovered", {"zone": "Z"}),
        added("recourse", outage="site:E", zone="Z", site="W", workload="task", kind="general",
              year=2025, recourse_eflops=10),
    )(tmp_path / "plan")  # fmt: skip
    assert "emergency_limit" in {failure.code for failure in verify(tmp_path / "plan").failures}


@pytest.mark.parametrize(("price", "cost", "moved"), [(0, 0, 20), (5, 50, 20), (10, 10 * MWH, 10)])
def test_the_reluctant_stay_at_home(
    tmp_path: Path, price: float, cost: float, moved: float
) -> None:
    # Leaving E saves 8.76 an EFLOPS: for 5 it is worth it, for 10 it is not. Y is at home at W.
    plan = planned(tmp_path / "m", **world({"moving_cost_mcny_per_eflops": price}))
    assert plan.record["objective_mcny"] == pytest.approx(cost)
    assert sum(eflops for (_, site), eflops in served(plan).items() if site == "W") == moved
    assert ("moving" in plan.record["cost_breakdown_mcny"]) == (price > 0)


def test_rows(tmp_path: Path) -> None:
    given = world({"efficiency_gain": 0.2, "moving_cost_mcny_per_eflops": 5}, roles=ROLE)
    compare("demand", written(built(tmp_path / "m", **given), ["served"], ["moving"]))


def test_off_is_absent(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world({"moving_cost_mcny_per_eflops": 5}, sectors=SECTORS))
    off = built(tmp_path / "off", **world())
    assert added_names(on, off) == (set(), set())
    assert {name: len(rows.index) for name, rows in on.constraints.items()} == {
        name: len(rows.index) for name, rows in off.constraints.items()
    }
    assert "moving" in on.costs and "moving" not in off.costs


@pytest.mark.parametrize(("key", "values"), [
    ("rebound", [0, 0.5, 2]),
    ("moving_cost_mcny_per_eflops", [0, 5, 8]),
])  # fmt: skip
def test_asking_for_more_never_costs_less(tmp_path: Path, key: str, values: list[float]) -> None:
    work = {"efficiency_gain": 0.2, "max_remote_share": 0.5}
    costs = [
        planned(tmp_path / str(value), **world({**work, key: value})).record["objective_mcny"]
        for value in values
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


FINANCE = {"sector": "finance"}
BREAKS: list[tuple[str, Edit]] = [
    ("sector", cell("sectors", FINANCE, served_eflops=17)),
    ("sector", cell("sectors", FINANCE, unserved_eflops=0)),
    ("sector", cell("sectors", {"sector": "other"}, cost_mcny=1)),
    ("sector", drop("sectors", {"sector": "industry"})),
    ("sector", added("sectors", sector="education", workload="task", year=2025, served_eflops=1)),
    ("demand_balance", cell("service", {"zone": "Z"}, served_eflops=10)),
    ("negative", cell("sectors", FINANCE, served_eflops=-1)),
]


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(plan: Plan, tmp_path: Path, code: str, edit: Edit) -> None:
    assert code in codes_after(plan, tmp_path, edit)


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("role", cell("service", {"zone": "Z"}, site="W")),
        ("cost", cell("cost", {"component": "moving"}, mcny=1)),
    ],
)
def test_a_role_and_a_moving_cost_are_checked(tmp_path: Path, code: str, edit: Edit) -> None:
    given = world({"moving_cost_mcny_per_eflops": 5})
    given["roles"] = [{"workload": "task", "region": "west", "hosts": "east"}, *ROLE]
    write_plan(planned(tmp_path / "m", **given), tmp_path / "plan")
    assert verify(tmp_path / "plan").passed
    edit(tmp_path / "plan")
    assert code in {failure.code for failure in verify(tmp_path / "plan").failures}


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    def codes(name: str, **given: Any) -> list[tuple[str, str, str | None]]:
        return [(p.code, p.file, p.column) for p in problems(tmp_path / name, **world(**given))]

    full = [{**SECTORS[0], "share": 0.9}, SECTORS[1]]
    assert codes("full", sectors=full) == [("sector_shares", "sectors.csv", "share")]
    other = [{"sector": "other", "workload": "task", "share": 0.1}]
    assert codes("other", sectors=other) == [("reserved_sector", "sectors.csv", "sector")]
    typo = [{"workload": "task", "region": "eastt", "hosts": "wset"}]
    assert codes("typo", roles=typo) == [
        ("unmatched", "roles.csv", "hosts"),
        ("unmatched", "roles.csv", "region"),
    ]
    given = merged(world(roles=[{**ROLE[0], "hosts": "west"}]), {})
    given["workloads"][0]["residency"] = "province"
    found = problems(tmp_path / "nobody", **given)
    assert [(p.code, p.file) for p in found] == [("unreachable_in_role", "demand.csv")]


def test_what_compute_gets_done(tmp_path: Path) -> None:
    # 20 EFLOPS of the base year take 12.8 two years on, at 20% less a year, all at W: they get
    # done what 20 did. 1000 tokens a second each; a run of 20 · 86,400 EFLOP takes a day of it.
    work = {"efficiency_gain": 0.2, "tokens_per_s_per_eflops": 1000, "run_eflop": 20 * 86_400}
    plan = planned(tmp_path / "m", **world(work, settings={"base_year": 2023}))
    assert plan["service"]["served_eflops"].sum() == pytest.approx(12.8)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["tokens_per_s_of_task"] == pytest.approx(20_000)
    assert figures["runs_per_year_of_task"] == pytest.approx(365)
    assert figures["run_days_of_task"] == pytest.approx(1)
    part = carve(plan, "province:Q").tables["workloads"]
    assert part[["tokens_per_s_per_eflops", "run_eflop"]].isna().all(axis=None)


def test_a_run_takes_as_long_as_its_largest_site(tmp_path: Path) -> None:
    # Nothing may leave its province: 10 EFLOPS at each of two sites.
    work = {"residency": "province", "run_eflop": 20 * 86_400}
    figures = planned(tmp_path / "m", **world(work)).record["kpis"]
    assert figures["run_days_of_task"]["value"] == pytest.approx(2)
    assert figures["runs_per_year_of_task"]["value"] == pytest.approx(365)
    assert "tokens_per_s_of_task" not in figures
