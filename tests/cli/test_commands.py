"""The other commands: status, check, verify, targets, map, data, new."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

import layout.solving
from layout.cli import shelf
from layout.model import read_model
from layout.plan import Plan, read_plan
from layout.plan.baseline import balance_table, resource_table, stock_table
from tests.cli.test_solve import never
from tests.cli.towns import EAST, WEST, Runner


@pytest.fixture
def unsolvable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solving anything is an error."""
    monkeypatch.setattr(layout.solving, "solve", never)


@pytest.mark.usefixtures("unsolvable")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_status_shows_the_base_year_and_solves_nothing(run: Runner, model: Path, lang: str) -> None:
    found = run("status", model, lang=lang)
    assert (found.code, found.err) == (0, "")
    for words in {"en": ("nothing was solved", "East town*", "total-2", "West site"),
                  "zh": ("未作求解", "东城*", "total-2", "西站")}[lang]:  # fmt: skip
        assert words in found.out


def test_base_year_tables_as_worked_out_by_hand(model: Path) -> None:
    """0.5 EFLOPS racked in 1 MW; 2023 asks for 0.3, so 0.2 over; 2025 lacks 2.5 in all."""
    question = read_model(model)
    stock = stock_table(question).iloc[0]
    assert (stock["racked_mw"], stock["space_mw"], stock["vacant_mw"]) == (0.5, 1.0, 0.5)
    assert bool(stock["weak"])
    balance = balance_table(question).set_index(["place", "year"])["surplus_eflops"]
    assert balance["nation", 2023] == pytest.approx(0.2)
    assert balance["nation", 2025] == pytest.approx(-2.5)
    assert balance[EAST, 2025] == pytest.approx(-1.5)
    assert balance[WEST, 2025] == pytest.approx(-1.0)
    room = resource_table(question).set_index("site")["room_mw"]
    assert room.to_dict() == {"E": 0.0, "W": 5.0}


@pytest.mark.usefixtures("unsolvable")
def test_status_writes_json_tables_and_a_map(run: Runner, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "status"
    assert run("status", model, "-o", folder).code == 0
    names = ["balance.csv", "map.html", "resources.csv", "status.json", "stock.csv", "targets.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    record = json.loads((folder / "status.json").read_text("utf-8"))
    assert record["vacant_mw"] == 0.5
    assert record["rack_utilisation"] == 0.5
    assert [target["status"] for target in record["targets"]] == ["fail", "pass"]
    assert record["weak"]["proxy_provinces"] == [EAST]
    assert run("status", model, "-o", folder).code == 3


def test_check_says_what_is_wrong_and_how_much(run: Runner, model: Path) -> None:
    good = run("check", model)
    assert good.code == 0
    assert "no errors" in good.out
    bad = run("check", model, "--set", "economy.discount_rate=7", lang="zh")
    assert bad.code == 3
    assert "错误" in bad.out
    assert "discount_rate" in bad.out


def test_check_as_json(run: Runner, model: Path) -> None:
    for sets, code in (([], 0), (["--set", "nosuch=1", "--set", "economy.nosuch=1"], 3)):
        found = run("check", model, "--json", *sets)
        record = json.loads(found.out)
        assert found.code == code
        assert record["model"] == str(model)
        severities = [problem["severity"] for problem in record["problems"]]
        assert record["errors"] == severities.count("error") == len(sets) // 2
        assert record["warnings"] == severities.count("warning")
        for problem in record["problems"]:
            assert {"code", "file", "row", "column", "found", "expected", "fix"} <= set(problem)


def test_check_of_nothing_is_bad_input(run: Runner) -> None:
    assert run("check", "no-such-model").code == 3
    assert json.loads(run("check", "no-such-model", "--json").out)["errors"] == 1


def test_verify_passes_a_good_plan_and_names_what_is_wrong_with_a_bad_one(
    run: Runner, plan: Plan, tmp_path: Path
) -> None:
    assert plan.folder is not None
    good = run("verify", plan.folder)
    assert (good.code, good.err) == (0, "")
    assert "passed" in good.out
    broken = tmp_path / "broken"
    shutil.copytree(plan.folder, broken)
    file = broken / "energy.csv"
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8"))))
    rows[1][rows[0].index("grid_gwh")] = "1.0"
    file.write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")
    bad = run("verify", broken, lang="zh")
    assert bad.code == 6
    assert "energy.csv" in bad.err
    assert "未通过" in bad.err


def test_verify_of_what_is_no_plan_exits_3(run: Runner, plan: Plan, tmp_path: Path) -> None:
    assert plan.folder is not None
    assert run("verify", tmp_path / "nothing").code == 3
    damaged = tmp_path / "damaged"
    shutil.copytree(plan.folder, damaged)
    (damaged / "capacity.csv").unlink()
    found = run("verify", damaged)
    assert found.code == 3
    assert "capacity.csv" in found.err


@pytest.mark.usefixtures("unsolvable")
def test_targets_of_a_plan_are_read(run: Runner, plan: Plan, tmp_path: Path) -> None:
    found = run("targets", plan.folder, "-o", tmp_path / "t")
    assert found.code == 0
    assert "✓ met" in found.out
    assert "Two EFLOPS" in found.out
    assert plan.folder is not None
    written = (tmp_path / "t" / "targets.csv").read_bytes()
    assert written == (plan.folder / "targets.csv").read_bytes()
    assert run("targets", plan.folder, "--set", "targets=[]").code == 3


def test_targets_of_a_model_are_solved(run: Runner, model: Path) -> None:
    found = run("targets", model, lang="zh")
    assert found.code == 0
    assert "目标：1 项达标，1 项未达标" in found.out
    assert "求解" in found.err
    assert run("targets", model, "--set", "targets.total-2.value=50").code == 4


def test_a_map_goes_into_the_plan_or_where_it_is_asked_for(
    run: Runner, plan: Plan, tmp_path: Path
) -> None:
    assert plan.folder is not None
    folder = tmp_path / "plan"
    shutil.copytree(plan.folder, folder)
    assert run("map", folder).code == 0
    assert '<html lang="en' in (folder / "map.html").read_text("utf-8")
    page = tmp_path / "page.html"
    assert run("map", folder, "-o", page, "--credit", "GS(2024)0001", lang="zh").code == 0
    assert "GS(2024)0001" in page.read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_map_is_refused_where_it_cannot_be_written(
    run: Runner, plan: Plan, tmp_path: Path
) -> None:
    for place in (tmp_path / "no" / "map.html", tmp_path):
        found = run("map", plan.folder, "-o", place)
        assert found.code == 3
        assert str(place.parent if place != tmp_path else place) in found.err
    assert run("map", tmp_path / "no-plan").code == 3
    assert run("map", plan.folder, "--boundaries", tmp_path / "no.geojson").code == 3


def test_shipped_tables_are_listed_and_shown_with_units(run: Runner) -> None:
    listed = run("data", "list").out
    assert "national/zones" in listed
    shown = run("data", "show", "zones", lang="zh").out
    assert "110000" in shown
    assert "km2" in shown
    table = list(csv.DictReader(io.StringIO(run("data", "show", "national/zones", "--csv").out)))
    assert len(table) == 31
    found = run("data", "show", "zone")
    assert found.code == 3
    assert "national/zones" in found.err or "zones" in found.err


def test_general_knowledge_stands_out_among_the_sources(run: Runner) -> None:
    every, weak = run("data", "sources").out, run("data", "sources", "--weak").out
    assert len(weak) < len(every)
    blocks = [line for line in weak.split("\n")[:-3] if not line.startswith("      ")]
    assert all(line.startswith("!! ") for line in blocks)
    assert "general knowledge" in weak
    assert "   national/zones" in every
    assert any(source.confidence == "published" for source in shelf.sources())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_new_model_is_good_as_it_stands(run: Runner, tmp_path: Path, lang: str) -> None:
    """The starter adds a site by name and coordinate; its keys are inferred."""
    folder = tmp_path / "mine"
    assert run("new", folder, lang=lang).code == 0
    assert run("check", folder).code == 0
    question = read_model(folder)
    assert "MY-SITE" in set(question["sites"]["site"])
    assert {one.column for one in question.inferred if "MY-SITE" in one.key} >= {"province"}
    assert ("站点" if lang == "zh" else "site of your own") in (folder / "model.yaml").read_text(
        "utf-8"
    )


def test_a_new_workbook_reads_back(run: Runner, model: Path, tmp_path: Path) -> None:
    assert run("new", tmp_path / "book", "--from", model, "--xlsx").code == 0
    book = tmp_path / "book" / "model.xlsx"
    assert run("check", book).code == 0
    assert len(read_model(book)["sites"]) == 2
    solved = run("solve", book, "-o", tmp_path / "plan")
    assert solved.code == 0, solved.err
    assert read_plan(tmp_path / "plan").status == "optimal"


def test_a_copy_stands_by_itself(run: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    assert run("new", folder, "--from", "national-2025").code == 0
    settings = (folder / "model.yaml").read_text("utf-8")
    assert "extends:" not in settings
    assert "\ndata:" not in settings
    assert len(read_model(folder)["sites"]) == 41


def test_new_refuses_what_exists_and_leaves_nothing_of_a_failure(
    run: Runner, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    assert run("new", tmp_path / "there").code == 3
    assert run("new", tmp_path / "copy", "--from", "no-such-model").code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


def test_new_takes_a_part_of_a_plan(run: Runner, model: Path, tmp_path: Path) -> None:
    plan, part = tmp_path / "plan", tmp_path / "part"
    assert run("solve", model, "-o", plan).code == 0
    assert run("new", part, "--from", plan, "--scope", f"province:{EAST}").code == 0
    made = read_model(part)
    assert list(made["zones"]["zone"]) == [EAST]
    assert made.settings.title.zh == "东城单独规划，2025 年"
    refused = run("new", tmp_path / "other", "--scope", f"province:{EAST}")
    assert refused.code == 2
    assert "--from" in refused.err
    assert run("new", tmp_path / "other", "--from", plan, "--scope", "hub:X").code == 3
    assert not (tmp_path / "other").exists()
