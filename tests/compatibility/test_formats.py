"""What any version has written is read by this one, or refused with words; never half of it.

`formats` holds a model and a plan of every format there was: `model-1`, `plan-1` and so on. They
are never written again: a new format gets a new folder beside them.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import layout
from layout import formats
from layout.cli.app import app
from layout.errors import EXIT_INPUT, InputError
from layout.model import examine, read_model, write_workbook
from layout.plan import read_plan
from layout.report.document.folders import read_study
from tests.cli.towns import EAST, Runner
from tests.compatibility.conftest import Edit

FORMATS = Path(__file__).parent / "formats"
PLANS = tuple(f"plan-{number}" for number in range(1, formats.PLAN + 1))
MODELS = tuple(f"model-{number}" for number in range(1, formats.MODEL + 1))

OF_A_PLAN: dict[str, tuple[str, ...]] = {
    "verify": ("verify", "{plan}"),
    "map": ("map", "{plan}", "-o", "{out}/map.html"),
    "report": ("report", "{plan}", "-o", "{out}/report.html"),
    "export": ("export", "{plan}", "--to", "xlsx,gpkg,geojson,csv", "-o", "{out}/export"),
    "explain": ("explain", "{plan}", "--zone", EAST),
    "redispatch": ("redispatch", "{plan}", "--burst"),
    "settle": ("settle", "{plan}"),
    "index": ("index", "{plan}"),
    "compare": ("compare", "{plan}", "{plan}"),
    "growth": ("growth", "--plan", "{plan}"),
    "targets": ("targets", "{plan}"),
    "new": ("new", "{out}/part", "--from", "{plan}", "--scope", f"province:{EAST}"),
}
"""Every command that takes a plan, and how it is called with one."""


def called(command: str, plan: Path, out: Path) -> list[str]:
    return [part.format(plan=plan, out=out) for part in OF_A_PLAN[command]]


def test_a_sample_of_every_format_is_kept() -> None:
    assert {path.name for path in FORMATS.iterdir()} == {*PLANS, *MODELS}


def test_no_command_that_takes_a_plan_is_forgotten() -> None:
    takes = {
        name
        for name, command in app("en").commands.items()
        if any(param.name in ("plan", "items") for param in command.params)
    }
    assert takes <= set(OF_A_PLAN)


@pytest.mark.parametrize("command", OF_A_PLAN)
@pytest.mark.parametrize("name", PLANS)
def test_a_plan_of_every_format_is_taken_by_every_command(
    run: Runner, tmp_path: Path, name: str, command: str
) -> None:
    plan = Path(shutil.copytree(FORMATS / name, tmp_path / "plan"))
    found = run(*called(command, plan, tmp_path))
    assert found.code == 0, found.err
    if command == "verify":
        assert run(*called(command, plan, tmp_path), "--lang", "en").code == 0


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_every_format_is_read_and_solved(name: str) -> None:
    model = read_model(FORMATS / name)
    assert not model.problems
    assert layout.solve(model, counterfactual=False).status == "optimal"


@pytest.mark.parametrize("name", PLANS)
def test_the_answer_to_an_old_question_is_still_the_old_one(name: str) -> None:
    before = json.loads((FORMATS / name / "plan.json").read_text("utf-8"))
    now = layout.solve(FORMATS / name / "model", counterfactual=False)
    assert now.record["objective_mcny"] == pytest.approx(before["objective_mcny"], rel=1e-6)
    assert now.record["format"] == formats.PLAN


@pytest.mark.parametrize("command", OF_A_PLAN)
def test_a_plan_of_a_format_to_come_is_refused_by_every_command(
    run: Runner, tmp_path: Path, edited: Edit, command: str
) -> None:
    def ahead(record: dict[str, Any]) -> None:
        record["format"] = formats.PLAN + 1
        record["manifest"]["versions"]["layout"] = "9.9"
        record["status"] = "unheard-of"

    plan = edited(ahead)
    (plan / "capacity.csv").write_text("a,new,header\n", "utf-8")
    with pytest.raises(InputError) as refused:
        read_plan(plan)
    assert [one.code for one in refused.value.problems] == ["plan_newer"]
    out = tmp_path / "out"
    out.mkdir()
    found = run(*called(command, plan, out), "--lang", "en")
    assert found.code == EXIT_INPUT, found.err
    assert "plan.json" in found.err
    assert f"format {formats.PLAN + 1}" in found.err
    assert "Install layout 9.9 or a newer version" in found.err
    assert "unheard-of" not in found.err
    assert "capacity.csv" not in found.err
    assert not list(out.iterdir())
    assert "请安装 layout 9.9" in run(*called(command, plan, out), "--lang", "zh").err


@pytest.mark.parametrize("value", [None, 0, -1, True, 1.5, "1", [], "new"])
def test_a_plan_without_a_format_is_no_plan_of_ours(
    run: Runner, edited: Edit, value: object
) -> None:
    def change(record: dict[str, Any]) -> None:
        if value is None:
            del record["format"]
        else:
            record["format"] = value

    plan = edited(change)
    with pytest.raises(InputError) as refused:
        read_plan(plan)
    assert [one.code for one in refused.value.problems] == ["plan_format"]
    found = run("verify", plan, "--lang", "en")
    assert found.code == EXIT_INPUT
    assert "every plan since the first version carries" in found.err


@pytest.mark.parametrize("value", [formats.MODEL + 1, f" {formats.MODEL + 7} "])
@pytest.mark.parametrize("command", ["check", "solve"])
def test_a_model_of_a_format_to_come_is_refused_and_nothing_else_said_of_it(
    run: Runner, tmp_path: Path, command: str, value: object
) -> None:
    folder = Path(shutil.copytree(FORMATS / MODELS[-1], tmp_path / "m"))
    settings = yaml.safe_load((folder / "model.yaml").read_text("utf-8"))
    settings |= {"layout": value, "weather": "a key to come"}
    (folder / "model.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    more = ("-o", tmp_path / "plan") if command == "solve" else ()
    for lang, words in (("en", "Install a newer version of layout"), ("zh", "请安装更新版本的")):
        found = run(command, folder, *more, "--lang", lang)
        said = found.out + found.err
        assert found.code == EXIT_INPUT
        assert words in said
        assert "model.yaml" in said
        assert "weather" not in said
    assert not (tmp_path / "plan").exists()


def test_a_workbook_of_a_format_to_come_is_refused_by_its_cell(run: Runner, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    file = tmp_path / "m.xlsx"
    write_workbook(read_model(FORMATS / MODELS[-1]), file)
    book = load_workbook(file)
    sheet = book["model"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "layout")
    row[1].value = formats.MODEL + 1
    book.save(file)
    found = run("check", file, "--lang", "en")
    assert found.code == EXIT_INPUT
    assert "Install a newer version of layout" in found.out + found.err
    assert "m.xlsx" in found.out + found.err


def test_a_model_that_rests_on_one_of_a_format_to_come_is_refused(
    run: Runner, tmp_path: Path
) -> None:
    base = Path(shutil.copytree(FORMATS / MODELS[-1], tmp_path / "base"))
    words = (base / "model.yaml").read_text("utf-8")
    newer = words.replace(f"layout: {formats.MODEL}", f"layout: {formats.MODEL + 1}", 1)
    assert newer != words
    (base / "model.yaml").write_text(newer, "utf-8")
    child = tmp_path / "child"
    child.mkdir()
    (child / "model.yaml").write_text("layout: 1\nextends: ../base\n", "utf-8")
    _, problems = examine(child)
    assert [one.code for one in problems] == ["model_newer"]
    found = run("check", child, "--lang", "en")
    assert found.code == EXIT_INPUT
    assert "Install a newer version of layout" in found.out + found.err


def test_a_study_of_a_format_to_come_is_refused_and_one_without_a_number_is_read(
    run: Runner, tmp_path: Path
) -> None:
    plan = Path(shutil.copytree(FORMATS / PLANS[-1], tmp_path / "plan"))
    study = tmp_path / "prices"
    assert run("settle", plan, "-o", study).code == 0
    record = json.loads((study / "study.json").read_text("utf-8"))
    assert record.pop("format") == formats.STUDY
    (study / "study.json").write_text(json.dumps(record), "utf-8")
    read = ("report", plan, "--no-map", "--study", study, "-o", tmp_path / "report.html")
    assert run(*read).code == 0
    ahead = json.dumps(record | {"format": formats.STUDY + 1, "status": "running"})
    for name in ("study.json", "targets.json"):  # that of `layout targets` stands beside no other
        (study / "study.json").unlink(missing_ok=True)
        (study / name).write_text(ahead, "utf-8")
        with pytest.raises(InputError) as refused:
            read_study(study)
        assert [one.code for one in refused.value.problems] == ["study_newer"]
        for lang, words in (("en", "a study of format 2"), ("zh", "格式版本 2 的研究")):
            found = run(*read, "--lang", lang)
            assert found.code == EXIT_INPUT
            assert words in found.err
            assert name in found.err
