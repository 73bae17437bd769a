"""Families of hardware: vintages, substitutes, chips (64), domestic share (65)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.cli.summary import summary
from layout.errors import FileProblem
from layout.formulation import build
from layout.model import read_model
from layout.model.writing import write_model, write_workbook
from layout.plan import Plan, read_plan, write_plan
from layout.plan.baseline import balance_table
from layout.plan.baseyear import base_ledger
from layout.plan.carving import carve
from layout.report import map_page
from layout.solving.redispatch import redispatch
from tests.builders import Row, merged, target, tiny_model
from tests.checking.edits import Edit, cell
from tests.features import test_slices
from tests.features.rows import built, compare, planned, problems, written

# Compute serves one year and money has no price: a kind costs its capex a year.
YEARLY = {"precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1, "it_life_years": 1}
ONE_ZONE = [{"zone": "Z"}]
ONE_SITE = [{"site": "E"}]
FREE = {"economy": {"discount_rate": 0}}


def kind(name: str, price: float, **more: Any) -> dict[str, Any]:
    return {"kind": name, **YEARLY, "it_capex_mcny_per_eflops": price, **more}


def asked(*amounts: tuple[str, float], year: int = 2025) -> list[Row]:
    return [
        {"zone": "Z", "workload": work, "demand_eflops": amount, "year": year}
        for work, amount in amounts
    ]


def added(plan: Plan) -> dict[tuple[int, str], float]:
    """(year, kind) → EFLOPS put into service."""
    units, found = plan["units"], dict[tuple[int, str], float]()
    sums = units[["filled_eflops", "expanded_eflops", "built_eflops"]].sum(axis=1)
    for year, name, eflops in zip(units["year"], units["kind"], sums, strict=True):
        found[year, name] = found.get((year, name), 0.0) + eflops
    return {key: eflops for key, eflops in found.items() if eflops > 1e-9}


def cost(plan: Plan) -> float:
    return float(plan.record["objective_mcny"])


def test_a_limit_on_a_sub_kind_is_about_that_alone(tmp_path: Path) -> None:
    # `new` is a kind of `ai` and stands last in the table: neither `ai` nor `general` counts.
    kinds = [kind("general", 1), kind("ai", 1), kind("new", 1, parent="ai")]
    found = built(
        tmp_path / "model",
        kinds=kinds,
        facilities=[{"facility": "hall", "kinds": "general;ai"}],
        chips=[{"kind": "new", "year": 2025, "max_eflops": 5}],
        commitments=[{"site": "E", "kind": "new", "year": 2025, "max_eflops": 5}],
    )
    for family, sites in (("chip_supply", "EW"), ("commitment", "E")):
        named = re.findall(r"install\[[^]]*\]", written(found, [family], []))
        assert set(named) == {f"install[{site}+hall,new,2025]" for site in sites}


# vintages ----------------------------------------------------------------------------------------


def generations(folder: Path, from_year: int | None, until: int | None = None) -> Plan:
    old = kind("general", 10, it_life_years=10)
    young = kind(
        "general-2028", 5, it_life_years=10, it_mw_per_eflops=0.5, parent="general",
        from_year=from_year, until_year=until,
    )  # fmt: skip
    return planned(
        folder,
        settings={**FREE, "periods": [2025, 2028]},
        zones=ONE_ZONE,
        sites=ONE_SITE,
        kinds=[old, young],
        demand=[*asked(("task", 2)), *asked(("task", 5), year=2028)],
    )


def test_cheaper_hardware_of_2028_is_bought_in_2028_and_not_before(tmp_path: Path) -> None:
    # 2 EFLOPS in 2025 of what there is, at 10/10 a year; 3 more in 2028 of the new, at 5/10. Each
    # period counts three years: 3·2 + 3·(2 + 1.5) = 16.5. On offer at once: 3·1 + 3·2.5 = 10.5.
    # Sold in 2025 alone, 5 are bought ahead, or 2 with 3 of the old in 2028: 15 either way.
    plan = generations(tmp_path / "new", 2028)
    assert added(plan) == pytest.approx({(2025, "general"): 2, (2028, "general-2028"): 3})
    assert cost(plan) == pytest.approx(16.5)
    last = plan["runs"][plan["runs"]["year"] == 2028].set_index("kind")["served_eflops"]
    assert last.to_dict() == pytest.approx({"general": 2, "general-2028": 3})
    assert cost(generations(tmp_path / "both", None)) == pytest.approx(10.5)
    early = generations(tmp_path / "early", None, until=2025)
    assert (2028, "general-2028") not in added(early)
    assert cost(early) == pytest.approx(15)


def test_what_names_a_kind_means_its_generations(tmp_path: Path) -> None:
    plan = generations(tmp_path, 2028)
    figures = {name: figure["value"] for name, figure in plan.record["kpis"].items()}
    assert figures["compute_eflops_general"] == pytest.approx(5)
    assert figures["compute_eflops_general-2028"] == pytest.approx(3)
    # 2·1 + 3·0.5 mcny for 5 EFLOPS; 1.5 for the 3 on the new; each over 1,000 PFLOPS.
    assert figures["cost_mcny_per_pflops_year_general"] == pytest.approx(3.5 / 5000)
    assert figures["cost_mcny_per_pflops_year_general-2028"] == pytest.approx(1.5 / 3000)
    assert "general-2028" in summary(plan, lang="en")
    assert "general-2028" in map_page(plan, lang="en")


def test_the_base_year_counts_the_generations_together(tmp_path: Path) -> None:
    # 3 EFLOPS of a generation that gives half its peak: 1.5 for a demand of 2. In the base year 1.2
    # EFLOPS were asked for, which took 2.4 of those that stand.
    given: dict[str, Any] = {
        "kinds": [kind("general", 1), kind("old", 1, parent="general", effectiveness=0.5)],
        "zones": [{"zone": "Z", "province": "P"}],
        "sites": [{"site": "E", "province": "P"}],
        "demand": [*asked(("task", 1.2), year=2023), *asked(("task", 2))],
        "stock": [
            {"block": "b", "site": "E", "facility": "hall", "kind": "old", "compute_eflops": 3}
        ],
    }
    model = read_model(tiny_model(tmp_path, **given))
    table = balance_table(model)
    found = table[(table["place"] == "nation") & (table["year"] == 2025)].iloc[0]
    assert (found["kind"], found["stock_eflops"]) == ("general", 3)
    assert found["surplus_eflops"] == pytest.approx(1.5 - 2)
    assert base_ledger(model).units["load_eflops"].sum() == pytest.approx(2.4)


def test_years_on_offer_are_written_and_read_back(tmp_path: Path) -> None:
    kinds = [kind("general", 1), kind("new", 1, parent="general", from_year=2026)]
    model = read_model(tiny_model(tmp_path / "given", kinds=kinds))
    write_model(model, tmp_path / "again")
    assert "2026" in (tmp_path / "again" / "kinds.csv").read_text("utf-8")
    assert read_model(tmp_path / "again") == model
    write_workbook(model, tmp_path / "book.xlsx")
    assert read_model(tmp_path / "book.xlsx") == model


def test_a_centre_of_two_generations_is_a_centre(tmp_path: Path) -> None:
    # 3 EFLOPS of either generation, neither with the 4 that a centre of 4 takes: 4 in all, 1 of
    # them unasked. With a share of AI of one half in FP32 the 4 EFLOPS are met by 4 general ones.
    ai = [kind("intelligent", 2), kind("intelligent-new", 1, parent="intelligent")]
    plan = planned(
        tmp_path,
        settings={
            **FREE,
            "targets": [
                target("centre", "ai_centres", "at_least", 1, basis="4"),
                target("share", "kind_share", "at_most", 0.5, kind="intelligent"),
            ],
        },
        zones=ONE_ZONE,
        sites=ONE_SITE,
        kinds=[*ai, kind("general", 10)],
        facilities=[{"facility": "hall", "kinds": "intelligent;general"}],
        workloads=[{"workload": "task", "kind": "intelligent"}],
        demand=asked(("task", 3)),
        chips=[{"kind": "intelligent-new", "year": 2025, "max_eflops": 2}],
    )
    expected = {"intelligent-new": 2, "intelligent": 2, "general": 4}
    assert added(plan) == pytest.approx({(2025, name): by for name, by in expected.items()})
    assert cost(plan) == pytest.approx(2 * 1 + 2 * 2 + 4 * 10)


# substitutes and chips ---------------------------------------------------------------------------


def laboratory(**more: Any) -> dict[str, Any]:
    """1 EFLOPS of simulation: on supercomputers at 10, or on AI hardware at 1 and a quarter."""
    given: dict[str, Any] = {
        "settings": FREE,
        "zones": ONE_ZONE,
        "sites": ONE_SITE,
        "kinds": [kind("super", 10), kind("ai", 1, precision="FP16", fp32_per_native=0.5)],
        "facilities": [{"facility": "hall", "kinds": "super;ai"}],
        "workloads": [{"workload": "sim", "kind": "super"}],
        "demand": asked(("sim", 1)),
        "substitution": [{"workload": "sim", "kind": "ai", "efficiency": 0.25}],
    }
    return merged(given, more)


def test_ai_hardware_runs_a_simulation_where_that_is_cheaper(tmp_path: Path) -> None:
    # 4 EFLOPS of AI at 1 beat 1 supercomputer at 10. With 2 of AI to be had, half a simulation
    # runs there: 2·1 + 0.5·10 = 7. Half as effective, 8 of AI are needed, still less than 10.
    plan = planned(tmp_path / "free", **laboratory())
    assert added(plan) == pytest.approx({(2025, "ai"): 4})
    row = plan["runs"].iloc[0]
    assert (row["kind"], row["served_eflops"], row["peak_eflops"]) == ("ai", 1, 4)
    assert plan.record["kpis"]["substituted_eflops_fp32"]["value"] == pytest.approx(1)
    short = [{"kind": "ai", "year": 2025, "max_eflops": 2}]
    plan = planned(tmp_path / "short", **laboratory(chips=short))
    assert cost(plan) == pytest.approx(7)
    kinds = laboratory()["kinds"]
    weak = [kinds[0], {**kinds[1], "effectiveness": 0.5}]
    assert cost(planned(tmp_path / "weak", **laboratory(kinds=weak))) == pytest.approx(8)


def test_fewer_chips_never_cost_less(tmp_path: Path) -> None:
    found = []
    for number, most in enumerate((None, 3, 1, 0.5)):
        chips = {"chips": [{"kind": "ai", "year": 2025, "max_eflops": most}]} if most else {}
        found.append(cost(planned(tmp_path / str(number), **laboratory(**chips))))
    assert found == sorted(found)
    assert found == pytest.approx([4, 3 + 2.5, 1 + 7.5, 0.5 + 8.75])


def test_what_chips_bind_and_break_is_said(tmp_path: Path) -> None:
    # With 2 of AI each more saves a quarter of a supercomputer less its own price: 2.5 − 1. Where
    # there are no supercomputers, 2 EFLOPS more are what lets the simulation run.
    chips = [{"kind": "ai", "year": 2025, "max_eflops": 2}]
    plan = planned(tmp_path / "short", **laboratory(chips=chips))
    (limit,) = plan.record["binding"]
    assert (limit["limit"], limit["place"]) == ("chip_supply", "ai")
    assert limit["shadow_cost_mcny"] == pytest.approx(1.5)
    hall = [{"facility": "hall", "kinds": "ai"}]
    plan = planned(tmp_path / "none", **laboratory(chips=chips, facilities=hall))
    assert plan.status == "infeasible"
    changes = [way["change"] for way in (plan.explanation or {})["ways_out"]]
    assert "2 EFLOPS more chips of ai" in changes


def test_what_substitutes_must_be_admitted_at_the_site(tmp_path: Path) -> None:
    # E takes AI alone, so that it serves what runs on AI; nobody takes supercomputers.
    plan = planned(tmp_path, **laboratory(sites=[{"site": "E", "kinds": "ai"}]))
    assert added(plan) == pytest.approx({(2025, "ai"): 4})


def test_domestic_chips_for_half_of_what_is_added(tmp_path: Path) -> None:
    # 4 EFLOPS from abroad at 1, or domestic at 3: 2·1 + 2·3 = 8. Where domestic chips give half
    # their peak, x of each with x + x/2 = 4: 8/3·(1 + 3) = 10.667.
    def with_share(folder: Path, effectiveness: float) -> Plan:
        own = kind("home", 3, parent="general", domestic="yes", effectiveness=effectiveness)
        goal = target("own", "domestic_share", "at_least", 0.5)
        return planned(
            folder,
            settings={**FREE, "targets": [goal]},
            zones=ONE_ZONE,
            sites=ONE_SITE,
            kinds=[kind("general", 1), own],
            demand=asked(("task", 4)),
        )

    plan = with_share(tmp_path / "equal", 1)
    assert cost(plan) == pytest.approx(8)
    assert plan.record["kpis"]["domestic_share"]["value"] == pytest.approx(0.5)
    assert cost(with_share(tmp_path / "half", 0.5)) == pytest.approx(32 / 3)


# with slices and resilience ----------------------------------------------------------------------


@pytest.mark.parametrize(("waits", "ai"), [("no", 4 * 1.5), ("day", 4.0)])
def test_a_substitute_carries_the_peak_of_the_day(tmp_path: Path, waits: str, ai: float) -> None:
    # Rigid work peaks at 1.5 EFLOPS by day: 6 of AI at a quarter each, 0.01 MW each. What may wait
    # is spread evenly: 4. The mean load is 4 either way. A supercomputer would be 10 and its power.
    plan = planned(tmp_path, **waiting(waits))
    units = plan["units"].set_index("kind")
    assert units["compute_eflops"].to_dict() == pytest.approx({"ai": ai})
    assert units["load_eflops"].to_dict() == pytest.approx({"ai": 4})
    if waits == "day":
        assert set(plan["flexible"]["kind"]) == {"ai"}


def waiting(waits: str) -> dict[str, Any]:
    """A simulation in two slices, rigid or not, on little power where AI hardware runs it."""
    base = test_slices.world()
    given = {**base, **laboratory(**{name: base[name] for name in ("settings", "zones", "sites")})}
    given["kinds"] = [given["kinds"][0], {**given["kinds"][1], "it_mw_per_eflops": 0.01}]
    given["workloads"] = [{"workload": "sim", "kind": "super", "flexible": waits}]
    given["profiles"] = [
        {**row, "workload": "sim"} if "workload" in row else row for row in base["profiles"]
    ]
    return given


def rescue(**more: Any) -> dict[str, Any]:
    """A simulation at home in E on its supercomputer; 4 EFLOPS of AI stand idle in W."""
    given = laboratory(
        settings={"features": {"resilience": True}},
        zones=[{"zone": "Z"}],
        sites=[{"site": "E"}, {"site": "W"}],
        stock=[
            {"block": "e", "site": "E", "facility": "hall", "kind": "super", "compute_eflops": 1},
            {"block": "w", "site": "W", "facility": "hall", "kind": "ai", "compute_eflops": 4},
        ],
        links=[{"zone": "Z", "site": "W", "transport_mcny_per_eflops_year": 1}],
        kinds=[kind("super", 10, it_life_years=9), kind("ai", 5, precision="FP16",
               fp32_per_native=0.5, it_life_years=9), kind("other", 1)],
    )  # fmt: skip
    return merged(given, more)


def test_a_substitute_takes_over_in_an_outage(tmp_path: Path) -> None:
    # If E is lost the 4 EFLOPS of AI in W do what 1 supercomputer did: nothing is bought. With 2
    # of them half a simulation lacks: 2 AI at 5/9 (half a supercomputer at 10/9 costs half of it).
    plan = planned(tmp_path / "enough", **rescue())
    assert cost(plan) == pytest.approx(0)
    row = plan["recourse"].set_index("outage").loc["site:E"]
    assert (row["site"], row["kind"], row["recourse_eflops"]) == ("W", "ai", pytest.approx(1))
    half = rescue()
    half["stock"][1]["compute_eflops"] = 2
    plan = planned(tmp_path / "half", **half)
    assert added(plan) == pytest.approx({(2025, "super"): 0.5})
    assert cost(plan) == pytest.approx(5 / 9)


def test_copies_stand_ready_on_substitutes(tmp_path: Path) -> None:
    # Two copies at 0.9 a site for 0.99: the second stands on the AI of the other region.
    given = rescue(settings={"resilience": {"outage": "none", "site_availability": 0.9}})
    given["workloads"] = [{"workload": "sim", "kind": "super", "availability": 0.99}]
    given["sites"] = [{"site": "E", "region": "east"}, {"site": "W", "region": "west"}]
    plan = planned(tmp_path, **given)
    runs = plan["runs"].set_index(["site", "kind"])
    assert runs.loc[("W", "ai"), "standby_eflops"] == pytest.approx(1)
    assert runs.loc[("W", "ai"), "peak_eflops"] == pytest.approx(4)
    assert cost(plan) == pytest.approx(0)


def test_an_emergency_run_uses_substitutes(tmp_path: Path) -> None:
    # Without E, W has AI for 1 simulation; with half of it for a half.
    plan = planned(tmp_path / "m", **rescue(settings={"features": {"resilience": False}}))
    found = redispatch(plan, "site:E")
    assert found.covers
    assert found.work["served_eflops"].sum() == pytest.approx(1)
    plan["units"].loc[plan["units"]["site"] == "W", "compute_eflops"] = 2.0
    assert redispatch(plan, "site:E").work["served_eflops"].sum() == pytest.approx(0.5)


def test_in_an_emergency_run_what_must_not_stop_goes_first(tmp_path: Path) -> None:
    # Batch work on the 4 EFLOPS of AI in W serves more of itself than a simulation would there, a
    # quarter of an EFLOPS each; the simulation must not stop, and takes them all.
    given = rescue(settings={"features": {"resilience": False}})
    batch = {"workload": "batch", "kind": "ai", "flexible": "week"}
    given["workloads"] = [*given["workloads"], batch]
    given["demand"] = asked(("sim", 1), ("batch", 4))
    found = redispatch(planned(tmp_path, **given), "site:E").work.set_index("workload")
    assert found["served_eflops"].to_dict() == pytest.approx({"sim": 1, "batch": 0}, abs=1e-5)


def test_a_burst_takes_substitutes(tmp_path: Path) -> None:
    # Twice the load for a while: 8 EFLOPS of AI at 1, where 2 supercomputers would cost 20.
    on = {"features": {"resilience": True}, "resilience": {"outage": "none"}}
    work = [{"workload": "sim", "kind": "super", "burst_factor": 2}]
    plan = planned(tmp_path, **laboratory(settings=merged(FREE, on), workloads=work))
    assert added(plan) == pytest.approx({(2025, "ai"): 8})


@pytest.mark.parametrize(
    ("reserve", "cluster", "old"),
    [(0, 0, 0), (0.5, 0, 1), (0, 4, 2)],
    ids=["no", "rest", "cluster"],
)
def test_reserve_and_cluster_count_all_generations(
    tmp_path: Path, reserve: float, cluster: float, old: float
) -> None:
    # 2 EFLOPS on the 2 of the new that there are. With a reserve of a half 3 have to stand, 1 of
    # them old; for a cluster of 4 two are old.
    plan = planned(
        tmp_path,
        settings={
            **FREE,
            "features": {"resilience": True},
            "resilience": {"outage": "none", "national_reserve": reserve},
        },
        zones=ONE_ZONE,
        sites=ONE_SITE,
        kinds=[kind("general", 10), kind("general-new", 5, parent="general")],
        workloads=[{"workload": "task", "kind": "general", "min_cluster_eflops": cluster}],
        demand=asked(("task", 2)),
        chips=[{"kind": "general-new", "year": 2025, "max_eflops": 2}],
    )
    assert cost(plan) == pytest.approx(2 * 5 + old * 10)


# absent, rows, bad input, checks -----------------------------------------------------------------


def test_nothing_changes_where_one_kind_runs_a_workload(tmp_path: Path) -> None:
    alone = {key: value for key, value in laboratory().items() if key != "substitution"}
    plain = built(tmp_path / "plain", **alone)
    assert "runs" not in plain.variables.parts
    assert not {"runs_on", "chip_supply"} & set(plain.constraints)
    on = built(tmp_path / "on", **laboratory(chips=[{"kind": "ai", "year": 2025, "max_eflops": 2}]))
    assert {name: len(plain.constraints[name].index) for name in plain.constraints} == {
        name: len(row.index)
        for name, row in on.constraints.items()
        if name not in ("runs_on", "chip_supply")
    }


def test_rows(tmp_path: Path) -> None:
    young = kind("ai-new", 1, precision="FP16", parent="ai", from_year=2026, effectiveness=0.8)
    given = laboratory(
        chips=[{"kind": "ai", "year": 2025, "max_eflops": 2}],
        commitments=[{"site": "E", "kind": "ai", "year": 2025, "min_eflops": 1}],
    )
    given["kinds"].append(young)
    found = built(tmp_path, **given)
    rows = ["runs_on", "capacity", "load_balance", "chip_supply", "commitment"]
    compare("hardware", written(found, rows, []))
    install = found.variables.install
    offered = dict(zip(install.index["kind"], install.upper > 0, strict=True))
    assert offered == {"ai": True, "ai-new": False, "super": True}


def test_rows_of_emergencies_and_slices(tmp_path: Path) -> None:
    given = rescue(settings={"resilience": {"outage": "site", "site_availability": 0.9}})
    work = {"workload": "sim", "kind": "super", "availability": 0.99, "burst_factor": 2}
    given["workloads"] = [{**work, "peak_factor": 1.5}]
    given["sites"] = [{"site": "E", "region": "east"}, {"site": "W", "region": "west"}]
    found = built(tmp_path / "emergency", **given)
    rows = ["standby_on", "standby_capacity", "spare_compute", "covered", "emergency", "burst"]
    text = written(found, rows, [])
    compare("hardware-emergency", text)
    given = waiting("day")
    found = built(tmp_path / "slices", **given)
    compare("hardware-slices", written(found, ["hosting", "flexible_window", "slice_load"], []))


AI = {"precision": "FP16", "it_mw_per_eflops": 1, "it_capex_mcny_per_eflops": 1}
WRONG: list[tuple[str, dict[str, Any], Sequence[str]]] = [
    ("unmatched", {"kinds": [kind("super", 1, parent="supper")]}, ["supper", "super"]),
    (
        "parent_of_parent",
        {"kinds": [kind("super", 1), kind("a", 1, parent="super"), kind("b", 1, parent="a")]},
        ["b under a", "super"],
    ),
    (
        "sub_kind_precision",
        {"kinds": [kind("super", 1), {"kind": "a", **AI, "parent": "super"}]},
        ["FP16", "FP32"],
    ),
    (
        "contradictory_bounds",
        {"kinds": [kind("super", 1, from_year=2030, until_year=2026)]},
        ["from_year", "2030", "2026"],
    ),
    (
        "own_kind",
        {"substitution": [{"workload": "sim", "kind": "super", "efficiency": 1}]},
        ["sim"],
    ),
    (
        "impossible",
        {"substitution": [{"workload": "sim", "kind": "ai", "efficiency": 1.5}]},
        ["1.5"],
    ),
]


@pytest.mark.parametrize(("code", "given", "words"), WRONG, ids=[code for code, _, _ in WRONG])
def test_bad_input_is_named(
    tmp_path: Path, code: str, given: dict[str, Any], words: Sequence[str]
) -> None:
    alone = {"facilities": [{"facility": "hall", "kinds": "super"}], "substitution": []}
    found = problems(tmp_path, **laboratory(**(alone if "kinds" in given else {}) | given))
    (problem,) = [problem for problem in found if problem.code == code]
    assert all(word in problem.sentence("en") for word in words), problem.sentence("en")
    assert problem.sentence("zh") != problem.sentence("en")


def test_a_free_sub_kind_and_an_empty_target_are_warned_of(tmp_path: Path) -> None:
    free = {"kind": "ai-new", "precision": "FP16", "parent": "ai", "fp32_per_native": 0.5}
    given = laboratory(
        settings={**FREE, "targets": [target("own", "domestic_share", "at_least", 0)]}
    )
    given["kinds"].append(free)
    model = read_model(tiny_model(tmp_path, **given))
    assert {"sub_kind_free", "no_domestic_kind"} <= {problem.code for problem in model.problems}


def test_a_plan_with_substitutes_is_not_cut(tmp_path: Path) -> None:
    plan = planned(tmp_path, **laboratory())
    with pytest.raises(FileProblem, match="several kinds"):
        carve(plan, "site:E")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with 4 EFLOPS of AI for a simulation, of 5 to be had, until 2025."""
    base = tmp_path_factory.mktemp("hardware")
    given = rescue(chips=[{"kind": "ai", "year": 2025, "max_eflops": 5}])
    given["kinds"][1] = {**given["kinds"][1], "until_year": 2025, "it_capex_mcny_per_eflops": 1}
    given["stock"] = given["stock"][:1]
    write_plan(planned(base / "m", **given), base / "plan")
    return base / "plan"


def changed(file: str, old: str, new: str) -> Edit:
    """Another model: what stands in one of its tables."""

    def edit(folder: Path) -> None:
        path = folder / "model" / file
        words = path.read_text("utf-8")
        assert old in words, words
        path.write_text(words.replace(old, new), "utf-8")

    return edit


SIM = {"workload": "sim"}
BREAKS: list[tuple[str, Edit]] = [
    ("runs_kind", cell("runs", SIM, kind="other")),
    ("runs_peak", cell("runs", SIM, peak_eflops=lambda old: old + 1)),
    ("runs_sum", cell("runs", SIM, served_eflops=lambda old: old / 2)),
    ("capacity_limit", cell("runs", SIM, kind="ai")),
    ("emergency_compute", cell("units", {"kind": "ai"}, compute_eflops=lambda old: old / 2)),
    ("recourse_kind", cell("recourse", SIM, kind="other")),
    ("chip_supply", changed("chips.csv", ",5", ",3")),
    ("not_on_offer", changed("kinds.csv", ",2025,", ",2024,")),
]


@pytest.mark.parametrize(("code", "edit"), BREAKS, ids=[code for code, _ in BREAKS])
def test_a_broken_plan_is_found(folder: Path, tmp_path: Path, code: str, edit: Edit) -> None:
    write_plan(read_plan(folder), tmp_path / "plan")
    edit(tmp_path / "plan")
    found = verify(tmp_path / "plan")
    assert code in {failure.code for failure in found.failures}, found.report("en")


def test_the_plan_itself_is_in_order(folder: Path) -> None:
    assert verify(folder).passed
    assert build(read_plan(folder).model).variables.runs is not None
