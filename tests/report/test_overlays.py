"""Studies on the map of a plan: read from their folders, drawn, told in the panel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layout.cli.app import run
from layout.errors import FileProblem, InputError
from layout.plan import Plan, write_plan
from layout.report import ProvinceValues, SiteClasses, map_page
from layout.report.extra import StudyNote
from layout.report.overlays import study_extras
from layout.study.alternatives.alternative_tables import FILES as ALTERNATIVES
from layout.study.explaining.settling import SETTLEMENT
from layout.study.folder import Study, write_study
from layout.study.runs.sweep import EFFECTS
from layout.study.runs.sweep import SITES as SWEPT
from layout.study.targets.target_files import TESTS
from layout.study.uncertainty.uncertainty_tables import BUILDING, ODDS, SPREADS
from tests.report.conftest import Open
from tests.report.plans import small_plan

HOSTILE = '</script><img src=x onerror="window.hit=1">'


def _frame(file: Any, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with every other column empty or zero."""
    nothing = {"text": "", "integer": 0, "number": float("nan")}
    empty = {column.name: nothing[column.type] for column in file.columns}
    return file.frame(pd.DataFrame([{**empty, **row} for row in rows]))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    plan = small_plan(tmp_path_factory.mktemp("m"))
    return replace(plan, record={**plan.record, "model": "small"})


def _alternatives(folder: Path, site: str = "GUIAN", **record: Any) -> Path:
    ranges, sites, plans = ALTERNATIVES
    tables = {
        "ranges": _frame(ranges, [
            {"range_of": "province", "place": "520000", "least_found": 10.0, "greatest_found": 35.0}
        ]),
        "sites": _frame(sites, [
            {"site": site, "class": "always", "class_proof": "search", "plans_built": 4,
             "plans_found": 4},
            {"site": "QINGYANG", "class": "never", "class_proof": "", "plans_found": 4},
        ]),
        "plans": plans.frame(),
    }  # fmt: skip
    about = {"study": "alternatives", "model": "small", "status": "optimal", "within": 0.02,
             "plans": 4, "classes": {"always": [site], "never": ["QINGYANG"]}}  # fmt: skip
    write_study(Study({**about, **record}, ALTERNATIVES, tables), folder)
    return folder


def _uncertainty(folder: Path) -> Path:
    files = (BUILDING, ODDS, SPREADS)
    chance = {"probability": 0.75, "probability_low": 0.5, "probability_high": 0.9}
    tables = {
        "building": _frame(BUILDING, [{"site": "GUIAN", "added_mean_mw": 8.0, **chance}]),
        "target_odds": _frame(ODDS, [{"target": "total-20", "year": 2025, **chance}]),
        "spread": _frame(SPREADS, [{"measure": "cost_mcny", "p05": 900.0, "p95": 1200.0}]),
    }
    about = {"study": "uncertainty", "model": "other", "status": "done", "samples": 8, "solved": 7}
    write_study(Study(about, files, tables), folder)
    return folder


def test_classes_odds_and_what_the_panel_says(plan: Plan, tmp_path: Path) -> None:
    folders = [_alternatives(tmp_path / "a"), _uncertainty(tmp_path / "u")]
    found = study_extras(plan, folders)
    marks, spans, note, odds, *_, doubted = found
    assert isinstance(marks, SiteClasses)
    assert marks.of == {"GUIAN": "always", "QINGYANG": "never"}
    assert "Built in 4 of 4" in marks.note["GUIAN"]["en"]
    assert isinstance(spans, ProvinceValues)
    assert spans.values == {"520000": 25.0}
    assert isinstance(note, StudyNote)
    assert ["Slack of cost", "2.0%"] in note.record("en")["rows"]
    assert ["必建", "1 个站点"] in note.record("zh")["rows"]
    assert note.notes == []
    assert isinstance(odds, SiteClasses)
    assert odds.of == {"GUIAN": "mostly"}
    assert isinstance(doubted, StudyNote)
    rows = dict(doubted.record("en")["rows"])
    assert rows["Samples solved"] == "7 / 8"
    assert rows["Cost in nine of ten samples"] == "900 million CNY – 1.2 bn CNY"
    assert rows["total-20"] == "75.0%"
    assert "of the model other" in doubted.record("en")["notes"][0]


def test_two_studies_of_a_kind_can_stand_on_one_map(show: Open, plan: Plan, tmp_path: Path) -> None:
    folders = [
        _alternatives(tmp_path / "a"),
        _alternatives(tmp_path / "b", site="110000", manifest={"inputs": {HOSTILE: "1"}}),
    ]
    own = replace(plan, record={**plan.record, "manifest": {"inputs": {HOSTILE: "2"}}})
    file = tmp_path / "page.html"
    file.write_text(map_page(own, "en", extras=study_extras(own, folders)), "utf-8")
    page = show(file)
    assert page.locator(".site[data-site='QINGYANG'] .class-mark").count() == 2
    assert page.locator(".site[data-site='GUIAN'] .class-mark").count() == 1
    told = page.locator("#ly-studies").inner_text()
    assert told.count("Near-optimal alternatives") == 2
    assert HOSTILE in told  # a changed input, as text
    assert page.evaluate("window.hit") is None
    page.locator("#ly-language").click()
    assert "近优备选方案" in page.locator("#ly-studies").inner_text()


def test_targets_tested_are_listed_by_title(plan: Plan, tmp_path: Path) -> None:
    tests = _frame(TESTS, [
        {"target": "total-20", "question": "together", "status": "pass", "required": 20.0},
        {"target": "total-20", "question": "without", "difference_mcny": 250.0, "required": 20.0},
    ])  # fmt: skip
    about = {"study": "targets", "model": "small", "status": "optimal"}
    write_study(Study(about, (TESTS,), {"tests": tests}), tmp_path / "t")
    with pytest.raises(InputError):  # forced, distances … are optional; a lost table is not
        (tmp_path / "t" / "tests.csv").rename(tmp_path / "t" / "kept")
        study_extras(plan, [tmp_path / "t"])
    (tmp_path / "t" / "kept").rename(tmp_path / "t" / "tests.csv")
    (note,) = study_extras(plan, [tmp_path / "t"])
    assert isinstance(note, StudyNote)
    assert note.record("zh")["rows"] == [["total-20", "✓ 2.5 亿元"]]


def test_balances_of_provinces(plan: Plan, tmp_path: Path) -> None:
    balance = next(one for one in SETTLEMENT if one.name == "province_balance")
    rows = [{"province": "520000", "receipts_mcny": 50.0, "cost_mcny": 20.0, "payments_mcny": 5.0}]
    tables = {one.name: one.frame() for one in SETTLEMENT}
    tables["province_balance"] = _frame(balance, rows)
    about = {"study": "settle", "model": "small", "status": "optimal"}
    write_study(Study(about, SETTLEMENT, tables), tmp_path / "s")
    shades = [
        one for one in study_extras(plan, [tmp_path / "s"]) if isinstance(one, ProvinceValues)
    ]
    assert [dict(one.values) for one in shades] == [{"520000": 45.0}, {"520000": 30.0}]


def test_cases_of_a_sweep_that_add_to_a_site(plan: Plan, tmp_path: Path) -> None:
    """The last year counts, and of several kinds the one that is added most often."""
    rows = [
        {"site": "GUIAN", "kind": "general", "year": 2025, "cases_added": 2, "cases_planned": 8,
         "share_added": 0.25},
        {"site": "GUIAN", "kind": "intelligent", "year": 2025, "cases_added": 8,
         "cases_planned": 8, "share_added": 1.0},
        {"site": "110000", "kind": "general", "year": 2024, "cases_added": 8, "cases_planned": 8,
         "share_added": 1.0},
        {"site": "310000", "kind": "general", "year": 2025, "cases_planned": 8,
         "share_added": 0.0},
    ]  # fmt: skip
    tables = {"effects": EFFECTS.frame(), "sites": _frame(SWEPT, rows)}
    about = {"study": "sweep", "model": "small", "status": "done"}
    write_study(Study(about, (EFFECTS, SWEPT), tables), tmp_path / "s")
    marks, _ = study_extras(plan, [tmp_path / "s"])
    assert isinstance(marks, SiteClasses)
    assert marks.of == {"GUIAN": "always"}
    assert marks.note["GUIAN"]["zh"] == "8 个情景中有 8 个在此新增。"


def test_what_is_no_study_of_this_plan_is_refused(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"no study.json"):
        study_extras(plan, [tmp_path])
    (tmp_path / "study.json").write_text("{", "utf-8")
    with pytest.raises(InputError):
        study_extras(plan, [tmp_path])
    (tmp_path / "study.json").write_text(json.dumps({"status": "running"}), "utf-8")
    with pytest.raises(FileProblem, match="has not ended"):
        study_extras(plan, [tmp_path])
    with pytest.raises(InputError) as told:
        study_extras(plan, [_alternatives(tmp_path / "x", site="ATLANTIS")])
    assert "ATLANTIS" in told.value.message("zh")


def test_the_command_takes_studies_and_refuses_in_the_readers_language(
    plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, page = tmp_path / "plan", tmp_path / "map.html"
    write_plan(plan, folder)
    study = _alternatives(tmp_path / "a")
    command = ["map", str(folder), "-o", str(page)]
    assert run([*command, "--study", str(study), "--lang", "en"]) == 0
    assert "Near-optimal alternatives" in page.read_text("utf-8")
    page.unlink()
    assert run([*command, "--study", str(folder), "--lang", "zh"]) == 3
    assert "缺少 study.json" in capsys.readouterr().err
    assert run([*command, "--tiles", "https://h/{z}/{x}.png", "--lang", "zh"]) == 2
    assert "须各含一次" in capsys.readouterr().err
    assert run([*command, "--tiles", "https://h/{z}/{x}/{y}", "--tiles-crs", "gcj"]) == 2
    assert not page.exists()
