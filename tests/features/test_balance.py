"""Floors, subsidies, inclusive work, the utilisation gate (59)(63)(66)(67): worked in comments."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from layout.checking import verify
from layout.model import examine, read_model
from layout.model.balance import subsidy_names, subsidy_rows
from layout.plan import Plan, write_plan
from layout.plan.carving import carve
from layout.plan.compensation import actors
from tests.builders import merged, target, tiny_model
from tests.checking.edits import Edit, added, both, cell, entry
from tests.features.rows import added_names, built, compare, planned, problems, written

KINDS = [
    {
        "kind": "general",
        "precision": "FP32",
        "it_mw_per_eflops": 1,
        "it_capex_mcny_per_eflops": 10,
        "it_life_years": 1,
        "fp32_per_native": 1,
    }
]
HALLS = [
    {
        "facility": "hall",
        "kinds": "general",
        "capex_mcny_per_mw": 20,
        "life_years": 1,
        "large": True,
    }
]


def world(eflops: float = 10, rate: float = 0.1, **balance: Any) -> dict[str, Any]:
    """Demand of one zone; site B in the west pays twice as much for halls as A in the east."""
    return {
        "settings": {
            "economy": {"discount_rate": rate},
            "features": {"balance": True},
            "balance": balance,
        },
        "zones": [{"zone": "Z"}],
        "sites": [
            {"site": "A", "province": "P", "region": "east"},
            {"site": "B", "province": "Q", "region": "west", "cost_factor": 2},
        ],
        "kinds": KINDS,
        "facilities": HALLS,
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": eflops}],
    }


def compute(plan: Plan) -> dict[str, float]:
    """Site → EFLOPS installed in the last period."""
    units = plan.tables["units"]
    last = units[units["year"] == units["year"].max()]
    return dict(last.groupby("site")["compute_eflops"].sum())


FLOORS = [
    {"province": "Q", "kind": "general", "min_eflops": 3},
    {"province": "Q", "kind": "general", "year": 2025, "min_eflops": 4},
    {"region": "east", "kind": "general", "max_eflops": 5.5},
]


def test_floors_and_ceilings_place_compute(tmp_path: Path) -> None:
    # A is cheaper: without the table all 10 EFLOPS stand there. The row for 2025 beats the one
    # for every year (4, not 3), and the ceiling of the east leaves 4.5 to B. A MW at B costs
    # 20·1.1 = 22 more: that is what another EFLOPS under the ceiling would save.
    plan = planned(tmp_path / "model", **world(), floors=FLOORS)
    assert compute(plan) == pytest.approx({"A": 5.5, "B": 4.5})
    (bound,) = plan.record["binding"]
    assert (bound["limit"], bound["place"], bound["value"]) == ("floor", "east", 5.5)
    assert bound["shadow_cost_mcny"] == pytest.approx(22)


def test_a_floor_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    given = world(4)
    given["sites"][1]["max_it_mw"] = 2
    plan = planned(tmp_path / "model", **given, floors=FLOORS[:1])
    assert plan.explanation is not None
    conflict = {(one["type"], one["place"], one["value"]) for one in plan.explanation["conflict"]}
    assert conflict == {("floor", "Q", 3.0), ("site_limit", "B", 2.0)}
    changes = [way["change"] for way in plan.explanation["ways_out"]]
    assert changes[0] == "floor of province, Q, general: 1 EFLOPS less"


def test_native_compute_counts_sub_kinds_and_needs_a_kind(tmp_path: Path) -> None:
    # FP16: 30 EFLOPS native of the kind and its sub-kind, though only 10 are asked for.
    given = world()
    given["settings"]["targets"] = [
        target("native", "compute_eflops", "at_least", 30, kind="ai", scope="province:Q")
    ]
    ai = {**KINDS[0], "kind": "ai", "precision": "FP16", "fp32_per_native": 0.5}
    given["kinds"] = [*KINDS, ai, {**ai, "kind": "new", "parent": "ai"}]
    given["facilities"] = [{**HALLS[0], "kinds": "general;ai"}]
    plan = planned(tmp_path / "model", **given)
    assert compute(plan) == pytest.approx({"A": 10, "B": 30})
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([30])
    for fields, code in (({}, "target_kind"), ({"unit": "EFLOPS FP32"}, "mixed_precision")):
        wrong = {"kind": None if code == "target_kind" else "ai", **fields}
        given["settings"]["targets"] = [target("n", "compute_eflops", "at_least", 1, **wrong)]
        assert [p.code for p in problems(tmp_path / code, **given)] == [code]


@pytest.mark.parametrize(
    ("weight", "invested", "cost"), [(0.43, 0, 330), (0.45, 500, 550), (1.2, 1000, 1100)]
)
def test_investment_in_a_place_counts_less_by_a_weight(
    tmp_path: Path, weight: float, invested: float, cost: float
) -> None:
    # An EFLOPS costs (20 + 10)·1.1 = 33 at A and 55 at B, where it is an investment of 50: worth
    # it from 22/50 = 0.44 on. Above 1.1, what an investment costs a year, halls are built idle.
    given = world()
    ambition = target("west", "capex_mcny", "at_least", 1000, scope="region:west")
    given["settings"]["targets"] = [{**ambition, "mode": "soft", "penalty": weight}]
    plan = planned(tmp_path / "model", **given)
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([invested])
    short = 1000 - invested
    assert plan.record["cost_breakdown_mcny"]["penalty"] == pytest.approx(weight * short)
    assert plan.record["objective_mcny"] == pytest.approx(cost + weight * short)
    assert plan.record["verification"]["passed"]
    received = actors(plan.tables, plan.model).groupby("actor")["mcny"].sum()
    assert set(received[received > 0].index) >= {"builders", "makers"}
    assert received["builders"] + received["makers"] == pytest.approx(cost)  # no other payment
    assert "state" not in received


SUBSIDY = {"capex_share": 0.6, "it_capex_share": 0.1, "debt_rate": 0, "debt_cap_mcny": 50}


@pytest.fixture(scope="module")
def subsidised(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    given = world(inclusive_price_cap_mcny_per_eflops=20, gate={"scope": "province"})
    given["stock"] = [{"block": "b", "site": "A", "facility": "hall", "kind": "general",
                       "compute_eflops": 1, "facility_it_mw": 3, "age_years": 2}]  # fmt: skip
    given["workloads"] = [{"workload": "task", "kind": "general", "inclusive": True}]
    folder = tmp_path_factory.mktemp("balance") / "model"
    rows = [{"province": "Q", **SUBSIDY}]
    return planned(folder, **given, subsidies=rows, floors=[FLOORS[0], FLOORS[2]])


def test_the_state_pays_its_share_and_lends_cheaply(tmp_path: Path) -> None:
    # B without a subsidy: (40 + 10)·1.1 = 55 an EFLOPS, A (20 + 10)·1.1 = 33. The state pays 60%
    # of the halls of B (26.4) and 10% of the IT (1.1): 27.5, less than A. All 10 stand at B.
    # 50 of the 160 that the investor bears are financed at 0%: they save 50·(1.1 − 1) = 5.
    plan = planned(tmp_path / "model", **world(), subsidies=[{"province": "Q", **SUBSIDY}])
    assert compute(plan) == pytest.approx({"B": 10})
    costs = plan.record["cost_breakdown_mcny"]
    assert costs["subsidy"] == pytest.approx(-(264 + 11 + 5))
    assert plan.record["objective_mcny"] == pytest.approx(440 + 110 - 280)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["subsidy_mcny"] == pytest.approx(280)
    assert figures["cheap_debt_mcny"] == pytest.approx(50)
    assert figures["capex_mcny"] == pytest.approx(400 + 100)  # before subsidy
    assert figures["cost_mcny_per_pflops_year_general"] == pytest.approx(270 / 10_000)


def test_cheap_debt_saves_for_the_life_of_the_halls(tmp_path: Path) -> None:
    # Halls of 20 mcny a MW for 3 years: crf 1/3 at 0%, and at 10% it is 0.402115. 1 MW is built
    # in 2025 and stands in 2027; by 2029 it is gone and another one is financed.
    given = world(1)
    given["settings"]["periods"] = [2025, 2027, 2029]
    given["demand"] = [{**given["demand"][0], "year": year} for year in (2025, 2027, 2029)]
    given["facilities"] = [{**HALLS[0], "life_years": 3}]
    plan = planned(tmp_path / "model", **given, subsidies=[{"site": "A", "debt_rate": 0}])
    debt = plan.tables["cheap_debt"].set_index("year")["cheap_debt_mcny"].to_dict()
    assert debt == pytest.approx({2025: 20, 2029: 20})
    crf = 0.1 / (1 - 1.1**-3)
    weights = [2, 2 / 1.1**2, 2 / 1.1**4]
    saved = plan.record["cost_breakdown_mcny"]["subsidy"]
    assert saved == pytest.approx(-20 * (crf - 1 / 3) * sum(weights))


@pytest.mark.parametrize("facility", ["", "hall"])
@pytest.mark.parametrize("of", ["site", "province", "group"])
def test_a_subsidy_counts_by_whatever_it_names_a_place(
    of: str, facility: str, tmp_path: Path
) -> None:
    # 10 MW of halls at A, 20 a MW in the one year that they last; the state pays half of that.
    given = world(rate=0)
    given["groups"] = [{"group": "g", "kind": "site", "member": "A"}]
    name = {"site": "A", "province": "P", "group": "g"}[of]
    rows = [{of: name, "facility": facility, "capex_share": 0.5}]
    plan = planned(tmp_path / "model", **given, subsidies=rows)
    assert plan.record["cost_breakdown_mcny"]["subsidy"] == pytest.approx(-100)


def test_the_most_specific_subsidy_applies(tmp_path: Path) -> None:
    given = world()
    given["facilities"] = [*HALLS, {**HALLS[0], "facility": "tank"}]
    given["groups"] = [{"group": "g", "kind": "zone", "member": "Z"},
                       {"group": "h", "kind": "site", "member": "A"}]  # fmt: skip
    given["sites"] = [{**site, "zone": "Z"} for site in given["sites"]]
    given["sites"].append({"site": "C", "province": "P", "zone": "Z"})
    rows = [
        {"site": "A", "capex_share": 0.1},
        {"province": "P", "facility": "tank", "capex_share": 0.2},
        {"province": "P", "capex_share": 0.3},
        {"group": "g", "facility": "hall", "capex_share": 0.4},
    ]
    folder = tiny_model(tmp_path / "model", **given, subsidies=rows)
    model = read_model(folder)
    names = np.array([*subsidy_names(model), "none"])[subsidy_rows(model)]
    assert names.tolist() == [  # hall, tank
        ["site:A", "site:A"],
        ["group:g+hall", "none"],
        ["province:P", "province:P+tank"],
    ]
    rows.append({"group": "h", "facility": "hall", "capex_share": 0.5})
    found = problems(tmp_path / "two", **given, subsidies=rows)
    assert [(p.code, p.file, p.column) for p in found] == [
        ("subsidy_ambiguous", "subsidies.csv", "group")
    ]


def test_compute_is_kept_free_for_inclusive_work(tmp_path: Path) -> None:
    # Other work takes 6·1.25 = 7.5 EFLOPS; at most 30% may be its: 25 are installed, not
    # 7.5 + 2. A MW costs 22 and an EFLOPS 11 a year.
    given = world()
    given["workloads"] = [
        {"workload": "task", "kind": "general", "peak_factor": 1.25},
        {"workload": "school", "kind": "general", "inclusive": True},
    ]
    given["demand"] = [
        {"zone": "Z", "workload": "task", "demand_eflops": 6},
        {"zone": "Z", "workload": "school", "demand_eflops": 2},
    ]
    asked = target("free", "inclusive_share", "at_least", 0.7, kind="general")
    given["settings"]["targets"] = [asked]
    plan = planned(tmp_path / "model", **given)
    assert compute(plan) == pytest.approx({"A": 25})
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([0.7])
    given["settings"]["targets"] = [{**asked, "kind": None}]
    assert [p.code for p in problems(tmp_path / "bare", **given)] == ["target_kind"]


def test_what_inclusive_work_pays_above_the_cap_is_told(subsidised: Plan) -> None:
    # One more EFLOPS is served where the subsidy makes it cheapest, at B, for 27.5 a year.
    prices = subsidised.tables["prices"]["price_mcny_per_eflops_year"]
    assert prices.tolist() == pytest.approx([27.5])
    figure = subsidised.record["kpis"]["inclusive_subsidy_mcny"]["value"]
    assert figure == pytest.approx(7.5 * 10)


STOCK = [{"block": "b", "site": "A", "facility": "hall", "kind": "general", "compute_eflops": 1,
          "facility_it_mw": 3, "age_years": 2}]  # fmt: skip


def test_halls_that_stand_get_no_subsidy(tmp_path: Path) -> None:
    # Of 10 EFLOPS 3 fit into the 3 MW that stand; the state pays half of 7 MW: 7·20·1.1/2 = 77.
    rows = [{"province": "P", "capex_share": 0.5}]
    plan = planned(tmp_path / "model", **world(), stock=STOCK, subsidies=rows)
    assert compute(plan) == pytest.approx({"A": 10})
    assert plan.record["cost_breakdown_mcny"]["subsidy"] == pytest.approx(-77)


def test_empty_racks_of_the_stock_bar_large_halls(tmp_path: Path) -> None:
    # 1 of 3 MW is racked in A: it may be filled (2 EFLOPS more), but not built; B takes 7.
    given = world(gate={"scope": "site"})
    plan = planned(tmp_path / "model", **given, stock=STOCK)
    assert compute(plan) == pytest.approx({"A": 3, "B": 7})
    assert plan.record["kpis"]["gate_closed_places"]["value"] == 1
    # a block that is too young is not counted, small halls are never barred
    young = [{**STOCK[0], "age_years": 0}]
    assert compute(planned(tmp_path / "young", **given, stock=young)) == pytest.approx({"A": 10})
    given["facilities"] = [{**HALLS[0], "large": False}]
    assert compute(planned(tmp_path / "small", **given, stock=STOCK)) == pytest.approx({"A": 10})


def test_racks_at_the_limit_are_full_enough_and_small_halls_never_wait(tmp_path: Path) -> None:
    # 1.5 of 3 MW, half of them, are racked: nothing is barred. With 1 MW racked the large hall
    # is, and A is built with rooms: 2 are filled, 7 cost (30 + 10)·1.1 = 44, less than 55 at B.
    given = world(gate={"scope": "site"})
    full = [{**STOCK[0], "compute_eflops": 1.5}]
    assert compute(planned(tmp_path / "full", **given, stock=full)) == pytest.approx({"A": 10})
    room = {**HALLS[0], "facility": "room", "capex_mcny_per_mw": 30, "large": False}
    given["facilities"] = [*HALLS, room]
    plan = planned(tmp_path / "rooms", **given, stock=STOCK)
    units = plan["units"].set_index("unit")["compute_eflops"]
    assert units[units > 0].to_dict() == pytest.approx({"b": 3, "A+room": 7})


def years(scope: str = "province") -> dict[str, Any]:
    """The stock serves 1 EFLOPS in 2025; 10 are asked for in 2027, when A is cheaper by far."""
    given = world(1, gate={"scope": scope})
    given["settings"]["periods"] = [2025, 2027]
    given["demand"] = [
        {"zone": "Z", "workload": "task", "year": year, "demand_eflops": eflops}
        for year, eflops in ((2025, 1), (2027, 10))
    ]
    given["kinds"] = [{**KINDS[0], "it_life_years": 20}]
    return given | {"stock": STOCK}


def test_racks_are_filled_so_that_the_gate_opens(tmp_path: Path) -> None:
    # For A to be built in 2027 half of its 3 MW has to be racked in 2025: 0.5 EFLOPS too early.
    plan = planned(tmp_path / "model", **years())
    assert compute(plan) == pytest.approx({"A": 10})
    units = plan.tables["units"]
    first = units[units["year"] == 2025]
    assert first["compute_eflops"].sum() == pytest.approx(1.5)
    closed = [plan.record["kpis_by_year"][year]["gate_closed_places"]["value"]
              for year in ("2025", "2027")]  # fmt: skip
    assert closed == [1, 0]
    # where two years are too young, the stock of the base year is looked at again
    given = merged(years(), {"settings": {"balance": {"gate": {"min_age_years": 2.5}}}})
    given["stock"] = [{**STOCK[0], "age_years": 3}]
    late = planned(tmp_path / "late", **given)
    assert compute(late) == pytest.approx({"A": 3, "B": 7})


def test_rows(tmp_path: Path) -> None:
    given = merged(years("site"), {"settings": {"balance": {}}})
    given["sites"] = [{**site, "max_it_mw": 20} for site in given["sites"]]
    rows = [{"province": "Q", **SUBSIDY}]
    found = built(tmp_path / "model", **given, subsidies=rows, floors=FLOORS)
    names = ["floor", "cheap_debt_use", "cheap_debt_cap", "gate_build", "gate_use"]
    compare("balance", written(found, names, ["subsidy"]))


def test_off_is_absent(tmp_path: Path) -> None:
    given = {**years(), "subsidies": [{"province": "Q", **SUBSIDY}], "floors": FLOORS}
    on = built(tmp_path / "on", **given)
    off = built(tmp_path / "off", **merged(given, {"settings": {"features": {"balance": False}}}))
    parts = {name for year in on.years for name in year.variables.parts}
    parts -= {name for year in off.years for name in year.variables.parts}
    assert parts == {"cheap_debt", "gate"}
    assert added_names(on, off)[1] == {
        "floor", "cheap_debt_use", "cheap_debt_cap", "gate_build", "gate_use",
    }  # fmt: skip
    assert "subsidy" not in off.costs


BREAKS: list[tuple[str, Edit]] = [
    ("floor", cell("units", {"unit": "B+hall"}, compute_eflops=2)),
    ("floor", cell("units", {"unit": "b"}, compute_eflops=6)),
    ("debt_cap", cell("cheap_debt", {"site": "B"}, cheap_debt_mcny=51)),
    ("debt_use", cell("cheap_debt", {"site": "B"}, cheap_debt_mcny=500)),
    ("debt_offered", cell("cheap_debt", {"site": "B"}, site="A")),
    ("gate", both(cell("units", {"unit": "B+hall"}, site="A"),
                  cell("units", {"unit": "B+hall"}, unit="A+hall"))),
    ("price_cap", entry("kpis", "inclusive_subsidy_mcny", "value", value=10)),
    ("cost", cell("cost", {"component": "subsidy"}, mcny=-1)),
    ("negative", cell("cheap_debt", {"site": "B"}, cheap_debt_mcny=-1)),
    ("unknown_key", added("cheap_debt", site="X", facility="hall", year=2025)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(
    subsidised: Plan, tmp_path: Path, code: str, edit: Edit
) -> None:
    write_plan(subsidised, tmp_path / "plan")
    assert verify(tmp_path / "plan").passed
    edit(copytree(tmp_path / "plan", tmp_path / "broken"))
    found = verify(tmp_path / "broken")
    assert code in {failure.code for failure in found.failures}, found.report("en")


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"floors": [{"kind": "general", "min_eflops": 1}]}, "one_of", "floors.csv"),
    ({"floors": [{**FLOORS[0], "max_eflops": 2}]}, "contradictory_bounds", "floors.csv"),
    ({"subsidies": [{"site": "A", "province": "P"}]}, "one_of", "subsidies.csv"),
    ({"subsidies": [{"site": "A", "debt_cap_mcny": 1}]}, "debt_without_rate", "subsidies.csv"),
    ({"sites": [{"site": "A", "lat": 15, "lon": 115}]}, "place_needed", "sites.csv"),
]


@pytest.mark.parametrize(("rows", "code", "file"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_mistakes_are_named(tmp_path: Path, rows: dict[str, Any], code: str, file: str) -> None:
    given = {**world(gate={"scope": "province"}), **rows}
    assert [(p.code, p.file) for p in problems(tmp_path / "model", **given)] == [(code, file)]


def warned(folder: Path, **given: Any) -> set[str]:
    """Codes of the warnings of a tiny model."""
    _, found = examine(tiny_model(folder, **given))
    return {problem.code for problem in found if problem.severity == "warning"}


def test_what_does_nothing_is_warned_of(tmp_path: Path) -> None:
    assert "balance_idle" in warned(tmp_path / "idle", **world())
    capped = world(inclusive_price_cap_mcny_per_eflops=1)
    assert "nothing_inclusive" in warned(tmp_path / "nobody", **capped)
    groups = [{"group": "g", "kind": "zone", "member": "Z"}]
    rows = [{"group": "g", "kind": "general", "min_eflops": 0}]
    assert "no_site_there" in warned(tmp_path / "none", **world(), floors=rows, groups=groups)


def test_a_part_takes_its_own_floors_and_subsidies_along(tmp_path: Path) -> None:
    given = world()
    given["zones"] = [{"zone": name, "province": name[0]} for name in ("P1", "Q1")]
    given["demand"] = [
        {"zone": zone["zone"], "workload": "task", "demand_eflops": 5} for zone in given["zones"]
    ]
    given["groups"] = [{"group": "g", "kind": "province", "member": name} for name in ("P", "Q")]
    floors = [FLOORS[0], FLOORS[2], {"group": "g", "kind": "general", "min_eflops": 1}]
    paid = [{"group": "g", "capex_share": 0.1}, {"province": "P", "capex_share": 0.2}]
    part = carve(planned(tmp_path / "model", **given, floors=floors, subsidies=paid), "province:Q")
    assert part["floors"]["province"].tolist() == ["Q"]
    assert part["subsidies"]["group"].tolist() == ["g"]
