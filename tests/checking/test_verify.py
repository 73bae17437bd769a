"""The checker accepts a plan worked out by hand and names every single thing that is broken."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from layout.checking import recompute_cost, verify
from layout.errors import InputError
from layout.labels import LANGUAGES, has
from layout.plan import Plan, new_plan, read_plan
from tests.checking.edits import Edit, added, both, cell, drop, entry, twice
from tests.checking.handmade import COST

ROOT = Path(__file__).parents[1]
B1 = {"unit": "b1"}
WIND = {"technology": "wind"}
WEST = {"unit": "W1+hall"}
FAR = {"zone": "E", "site": "W1", "workload": "training"}
NEAR = {"zone": "E", "site": "E1", "workload": "training"}


def moved(workload: str, zone: str, amount: float, to: str) -> Edit:
    """Serve some of a zone's demand elsewhere."""
    old = {"zone": zone, "workload": workload}
    return both(
        cell("service", old, served_eflops=lambda served: served - amount),
        added("service", zone=zone, site=to, workload=workload, year=2025,
              served_eflops=amount, latency_one_way_ms=1, latency_rtt_ms=2),
    )  # fmt: skip


BREAKS: list[tuple[str, Edit, str]] = [
    ("unknown_key", cell("capacity", {"site": "W1"}, site="W9"), "capacity.csv[site=W9"),
    ("unknown_key", cell("cost", {"component": "network"}, component="fees"), "cost.csv"),
    ("wrong_year", cell("energy", {"site": "W1"}, year=2030), "energy.csv[site=W1"),
    ("duplicate_row", twice("capacity"), "capacity.csv[site=E1"),
    ("not_a_number", cell("service", FAR, served_eflops=""), "service.csv[zone=E, site=W1"),
    ("negative", cell("energy", {"site": "W1"}, certificate_gwh=-1), "energy.csv[site=W1"),
    ("demand_balance", cell("service", FAR, served_eflops=3.59), "zone=E, workload=training"),
    ("demand_balance", drop("service", NEAR), "service.csv[zone=E, workload=training"),
    ("unserved_forbidden",
     both(cell("service", FAR, served_eflops=3.1),
          added("unserved", zone="E", workload="training", year=2025, unserved_eflops=0.5)),
     "unserved.csv[zone=E, workload=training"),
    ("latency_figure", cell("service", FAR, latency_one_way_ms=9.0), "service.csv[zone=E, site=W1"),
    ("latency_figure", cell("service", NEAR, latency_rtt_ms=2.0), "service.csv[zone=E, site=E1"),
    ("latency_limit", moved("realtime", "E", 0.25, "W1"), "site=W1, workload=realtime"),
    ("remote_share", moved("realtime", "E", 0.75, "W1"), "zone=E, workload=realtime"),
    ("single_source", moved("batch", "W", 0.25, "W1"), "zone=W"),
    ("kind_at_site", moved("training", "E", 0.1, "E2"), "site=E2, workload=training"),
    ("unit_label", cell("units", WEST, unit="W1+room"), "units.csv[unit=W1+room"),
    ("block_missing", drop("units", {"unit": "b2"}), "units.csv[block=b2"),
    ("compute_identity", cell("units", B1, compute_eflops=3.6), "units.csv[unit=b1"),
    ("rated_power", cell("units", B1, it_mw=36), "units.csv[unit=b1"),
    ("existing_stock", cell("units", B1, existing_eflops=3.1), "units.csv[unit=b1"),
    ("retired_share", cell("units", {"unit": "b2"}, retired_eflops=1.2), "units.csv[unit=b2"),
    ("retired_share", cell("units", B1, retired_eflops=0.1), "units.csv[unit=b1"),
    ("action_filled", cell("units", WEST, filled_eflops=9, built_eflops=0), "unit=W1+hall"),
    ("action_expanded", cell("units", WEST, expanded_eflops=9, built_eflops=0), "unit=W1+hall"),
    ("action_built", cell("units", {"unit": "E1+hall"}, built_eflops=1, expanded_eflops=0),
     "unit=E1+hall"),
    ("block_space", cell("units", B1, space_mw=41), "units.csv[unit=b1"),
    ("new_space", cell("units", WEST, space_mw=15), "units.csv[unit=W1+hall"),
    ("fill_space", cell("units", B1, it_mw=41), "units.csv[unit=b1"),
    ("whole_modules", cell("units", WEST, space_mw=21), "units.csv[unit=W1+hall"),
    ("facility_offered",
     both(cell("units", WEST, unit="W1+room", facility="room"),
          cell("capacity", {"site": "W1"}, facility="room")), "units.csv[unit=W1+room"),
    ("pue_figure", cell("units", WEST, pue=1.1), "units.csv[unit=W1+hall"),
    ("pue_figure", cell("units", WEST, fixed_overhead=0.0), "units.csv[unit=W1+hall"),
    ("capacity_sum", cell("capacity", {"site": "W1"}, built_eflops=9.1), "capacity.csv[site=W1"),
    ("capacity_sum", cell("capacity", {"site": "W1"}, facility_it_mw=25), "capacity.csv[site=W1"),
    ("capacity_sum", drop("capacity", {"site": "W1"}), "capacity.csv[site=W1"),
    ("racks", cell("capacity", {"site": "W1"}, racks=8001), "capacity.csv[site=W1"),
    ("retrofit_off", cell("units", B1, origin="retrofit"), "units.csv[unit=b1"),
    ("moved_balance", cell("units", B1, retrofitted_eflops=1), "units.csv[block=b1"),
    ("capacity_pue", cell("capacity", {"site": "E1", "kind": "general"}, pue=1.5), "kind=general"),
    ("load_limit", cell("units", {"unit": "b2"}, load_eflops=0.31), "units.csv[unit=b2"),
    ("capacity_limit", cell("service", NEAR, served_eflops=0.6), "site=E1, kind=intelligent"),
    ("load_balance", cell("units", B1, load_eflops=1.1), "units.csv[site=E1, kind=general"),
    ("site_space", cell("units", WEST, space_mw=30), "capacity.csv[site=W1"),
    ("site_minimum", cell("units", WEST, space_mw=5), "capacity.csv[site=W1"),
    ("land", cell("units", WEST, space_mw=25), "capacity.csv[site=W1"),
    ("site_headroom", cell("units", {"unit": "E1+hall"}, it_mw=9), "capacity.csv[site=E1"),
    ("power_headroom", cell("units", {"unit": "E1+hall"}, it_mw=9), "model/power.csv[province=P1"),
    ("commitment", cell("units", WEST, built_eflops=7.9), "model/commitments.csv[site=W1"),
    ("commitment", cell("units", B1, filled_eflops=2.1), "model/commitments.csv[site=E1"),
    ("it_energy", cell("units", B1, it_gwh=250), "units.csv[unit=b1"),
    ("facility_energy", cell("units", B1, facility_gwh=400), "units.csv[unit=b1"),
    ("energy_sum", cell("energy", {"site": "W1"}, it_gwh=139), "energy.csv[site=W1"),
    ("energy_sum", drop("energy", {"site": "W1"}), "energy.csv[site=W1"),
    ("energy_balance", cell("energy", {"site": "E1"}, grid_gwh=516), "energy.csv[site=E1"),
    ("renewable_potential", cell("contracts", WIND, contract_mw=11), "source=P2, technology=wind"),
    ("contract_allowed", cell("contracts", WIND, source="P1"), "contracts.csv[site=W1, source=P1"),
    ("contract_allowed", cell("contracts", WIND, site="E1"), "contracts.csv[site=E1, source=P2"),
    ("contract_yield", cell("contracts", WIND, produced_gwh=25), "source=P2, technology=wind"),
    ("contract_used", cell("contracts", WIND, used_gwh=25), "source=P2, technology=wind"),
    ("contract_sum", cell("energy", {"site": "W1"}, renewable_gwh=40), "contracts.csv[site=W1]"),
    ("energy_quota", cell("energy", {"site": "E1"}, grid_gwh=601), "model/power.csv[province=P1"),
    ("certificate_grid", cell("energy", {"site": "W1"}, certificate_gwh=140), "site=W1"),
    ("certificate_cap", cell("energy", {"site": "E1"}, certificate_gwh=151), "energy.csv"),
    ("carbon", cell("energy", {"site": "W1"}, carbon_kt=69), "energy.csv[site=W1"),
    ("cost", cell("cost", {"site": "W1", "component": "it_capital"}, mcny=91), "it_capital"),
    ("cost", cell("cost", {"site": "W1", "component": "network"}, mcny=8.1), "network"),
    ("cost", drop("cost", {"site": "W1", "component": "site_fixed"}), "component=site_fixed"),
    ("cost", cell("cost", {"component": "renewable_energy"}, mcny=8.2), "renewable_energy"),
    ("penalty", cell("cost", {"component": "penalty"}, mcny=900), "cost.csv[site=nation, penalty"),
    ("cost_breakdown", entry("cost_breakdown_mcny", "carbon", value=31.0), "carbon"),
    ("objective", entry("objective_mcny", value=lambda cost: cost * 1.0001), "objective_mcny"),
    ("bound", entry("bound_mcny", value=lambda bound: bound * 1.1), "plan.json[key=bound_mcny"),
    ("gap", entry("gap", value=1e-9), "plan.json[key=gap]"),
    ("gap", entry("gap_location", value=1e-9), "plan.json[key=gap_location]"),
    ("status_optimal",
     both(entry("bound_mcny", value=lambda bound: bound * 0.9), entry("gap", value=0.1)),
     "plan.json[key=gap]"),
    ("kpi", entry("kpis", "pue_operated", "value", value=1.2), "plan.json[key=kpis.pue_operated]"),
    ("kpi_missing", entry("kpis", value=lambda old: {}), "plan.json[key=kpis.carbon_kt]"),
    ("target_row", drop("targets", {"target": "ai"}), "targets.csv[target=ai]"),
    ("target_figure", cell("targets", {"target": "ai"}, achieved=0.3), "targets.csv[target=ai"),
    ("target_figure", cell("targets", {"target": "ai"}, outturn=0.3), "targets.csv[target=ai"),
    ("target_figure", entry("targets", 1, "slack", value=0.1), "plan.json[target=ai]"),
    ("target_status", cell("targets", {"target": "green"}, status="pass"), "target=green"),
    ("target_status", entry("targets", 3, "status", value="pass"), "plan.json[target=green]"),
    ("target_scope", cell("targets", {"target": "ai"}, scope="hubs"), "targets.csv[target=ai"),
    ("target_met_by", cell("targets", {"target": "green"}, met_by="stock"), "target=green"),
    ("price_missing", drop("prices", {"zone": "W"}), "prices.csv[zone=W, workload=batch"),
    ("target_figure", entry("targets", 1, "shadow_cost_mcny", value=9.0), "plan.json[target=ai]"),
    ("table_file", cell("prices", {"zone": "W"}, price_mcny_per_eflops_year=96.0),
     "plan.json[file=prices.csv]"),
    ("table_file", cell("targets", {"target": "ai"}, shadow_cost_mcny=1.0), "targets.csv"),
    ("price_unasked", added("prices", zone="W", workload="training", year=2025), "zone=W"),
]  # fmt: skip


def test_a_plan_worked_out_by_hand_passes(plan: Plan, folder: Path) -> None:
    for subject in (plan, folder, read_plan(folder)):
        found = verify(subject)
        assert found.passed, found.report("en")
        assert found.checks > 500
        assert found.worst_violation < 1e-12
    assert found.record() == {
        "passed": True, "checks": found.checks, "worst_violation": found.worst_violation
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit", "where"), BREAKS, ids=[f"{row[0]}-{at}" for at, row in enumerate(BREAKS)]
)
def test_one_broken_thing_is_found_and_named(
    plan: Plan, folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, edit: Edit, where: str
) -> None:
    monkeypatch.setattr("layout.model.read_model", lambda source: plan.model)
    edit(folder)
    found = verify(folder)
    assert not found.passed
    assert found.worst_violation > 1e-6
    named = [failure for failure in found.failures if failure.code == code]
    assert named, found.report("en")
    assert any(where in failure.where for failure in named), [f.where for f in named]
    for failure in found.failures:
        assert failure.found != failure.expected
        for lang in LANGUAGES:
            assert failure.where in failure.sentence(lang)
            assert failure.sentence(lang) in found.report(lang)


def test_a_hard_target_that_is_missed_fails_even_with_an_honest_verdict(plan: Plan) -> None:
    # 5.35 EFLOPS FP32 against 6: everything else of the plan stays as it was
    settings = plan.model.settings
    total = settings.targets[0].model_copy(update={"value": 6.0})
    model = replace(
        plan.model, settings=settings.model_copy(update={"targets": [total, *settings.targets[1:]]})
    )
    targets = plan["targets"].copy()
    row = targets["target"] == "total"
    targets.loc[row, ["required", "slack"]] = 6.0, 5.35 - 6
    targets.loc[row, ["status", "met_by"]] = "fail", "not_met"
    record = {**plan.record, "targets": [dict(entry) for entry in plan.record["targets"]]}
    record["targets"][0].update(slack=5.35 - 6, status="fail")
    found = verify(new_plan(record, model, {**plan.tables, "targets": targets}))
    assert [failure.code for failure in found.failures] == ["hard_target"]
    assert found.failures[0].found == "5.35"
    assert found.failures[0].expected == "≥ 6"


def test_a_changed_number_in_the_model_is_found_by_its_hash(folder: Path) -> None:
    table = folder / "model" / "kinds.csv"
    table.write_text(table.read_text("utf-8").replace("general", "general ", 1), "utf-8")
    found = verify(folder)
    assert {failure.code for failure in found.failures} == {"model_file"}
    assert "model/kinds.csv" in found.failures[0].where


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_name_place_rule_and_both_figures(folder: Path, lang: str) -> None:
    cell("units", B1, it_mw=36)(folder)
    failure = next(f for f in verify(folder).failures if f.code == "rated_power")
    sentence = failure.sentence(lang)
    expected = {
        "en": "units.csv[unit=b1, kind=general, year=2025]: rated IT power does not follow from "
        "the compute: found 36, expected 35.",
        "zh": "units.csv[unit=b1, kind=general, year=2025]："
        "额定 IT 功率与算力不符：实为 36，应为 35。",
    }
    assert sentence == expected[lang]


def test_every_code_has_a_label_and_every_label_a_test() -> None:
    sources = Path(sys.modules["layout.checking"].__file__ or "").parent.glob("*.py")
    words = "\n".join(path.read_text("utf-8") for path in sources)
    labels = Path(sys.modules["layout.labels"].__file__ or "").with_name("plan.csv")
    with labels.open(encoding="utf-8", newline="") as rows:
        keys = [row["key"] for row in csv.DictReader(rows)]
    codes = {key.removeprefix("verify.") for key in keys if key.startswith("verify.")}
    codes -= {"sentence", "passed", "failed"}
    tests = "\n".join(path.read_text("utf-8") for path in ROOT.rglob("test_*.py"))
    assert not {code for code in codes if f'"{code}"' not in tests}
    for code in codes:
        assert has(f"verify.{code}")
        assert f'"{code}"' in words or code.startswith(("action_", "target_"))


def test_features_and_mode_bind(plan: Plan) -> None:
    # the same plan under a model in which none of what it does is allowed
    settings = plan.model.settings
    features = settings.features.model_copy(update={"expand": False, "renewables": False})
    model = replace(
        plan.model, settings=settings.model_copy(update={"features": features, "mode": "local"})
    )
    tables = {name: frame.copy() for name, frame in model.tables.items()}
    tables["workloads"].loc[tables["workloads"]["workload"] == "training", "residency"] = "region"
    tables["facilities"].loc[tables["facilities"]["facility"] == "hall", "kinds"] = "general"
    found = verify(new_plan(plan.record, replace(model, tables=tables), plan.tables))
    codes = {failure.code for failure in found.failures}
    assert {"expand_off", "certificate_off", "mode_local", "residency", "kind_allowed"} <= codes
    assert {"contract_allowed"} <= codes


def test_space_of_two_kinds_in_one_unit_follows_their_rated_power(plan: Plan) -> None:
    # 0.1 EFLOPS general (1 MW) beside the 2 MW of E1+hall: a third of its 5 MW is general's
    units = plan["units"].copy()
    row = units[units["unit"] == "E1+hall"].assign(
        kind="general", expanded_eflops=0.1, compute_eflops=0.1, it_mw=1.0, space_mw=2.5
    )
    units.loc[units["unit"] == "E1+hall", "space_mw"] = 2.5
    tables = {**plan.tables, "units": pd.concat([units, row])}
    found = verify(new_plan(plan.record, plan.model, tables))
    shares = [failure for failure in found.failures if failure.code == "space_share"]
    assert [failure.expected for failure in shares] == ["1.666666667", "3.333333333"]


def test_a_plan_without_an_answer_states_none(plan: Plan) -> None:
    empty = new_plan({"status": "infeasible", "objective_mcny": None}, plan.model)
    assert verify(empty).passed
    wrong = new_plan({"status": "no_solution", "objective_mcny": 1.0}, plan.model)
    assert [failure.code for failure in verify(wrong).failures] == ["no_answer"]


def test_a_text_in_a_number_is_unreadable_not_wrong(folder: Path) -> None:
    cell("units", B1, it_mw="many")(folder)
    with pytest.raises(InputError) as error:
        verify(folder)
    assert error.value.exit_code == 3
    assert error.value.problems[0].file == "units.csv"
    assert error.value.problems[0].column == "it_mw"


def test_cost_recomputed_from_the_tables_is_the_cost_by_hand(plan: Plan) -> None:
    found = recompute_cost(plan).set_index(["site", "component"])["mcny"]
    for site, component, mcny in COST:
        if component != "penalty":
            assert found[site, component] == pytest.approx(mcny, rel=1e-12)


def test_the_checker_never_loads_what_made_the_plan(folder: Path) -> None:
    script = (
        "import sys\n"
        "from layout.checking import verify\n"
        f"assert verify({str(folder)!r}).passed\n"
        "roots = ('pyomo', 'highspy', 'layout.formulation', 'layout.algebra', 'layout.solving')\n"
        "print([name for name in sys.modules if name.startswith(roots)])\n"
        "print('layout.model.derive' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "[]", done.stdout
