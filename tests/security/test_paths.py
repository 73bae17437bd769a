"""No name in a model, a plan or a study leads to a file outside of where the user said."""

from __future__ import annotations

import csv
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

import layout
from layout.errors import FileProblem, InputError
from layout.plan import read_plan, write_plan
from layout.plan.publish import clean, hidden_name
from layout.report.sheet.naming import file_names
from layout.study.folder import study_folder
from layout.study.runs.cases import grid
from layout.study.runs.runner import Options, Question, run_cases
from layout.study.runs.store import LOCK, RESULTS, replace_file
from tests.cli.towns import Runner, towns

UP = "../../outside"
BAD = (UP, "/outside", "a/b", "..", ".hidden", "a\\b", "C:\\x", "a\0b", "~/x", "|id", "-rf")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return towns(tmp_path / "inside" / "towns")


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("solved")
    layout.solve(towns(room / "towns"), output=room / "plan")
    return room / "plan"


@pytest.fixture
def plan(solved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(solved, tmp_path / "inside" / "plan"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch) -> Runner:
    (tmp_path / "inside").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "inside")
    return Runner(capsys)


def outside(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir() if path.name != "inside")


@pytest.mark.parametrize("code", BAD)
def test_a_code_is_no_path(model: Path, code: str) -> None:
    """Codes of sites become names of pages and sheets: they hold no separator and lead nowhere."""
    for table, column in (("sites", "site"), ("zones", "zone")):
        words = (model / f"{table}.csv").read_text("utf-8")
        rows = list(csv.DictReader(words.splitlines()))
        rows[0][column] = code
        with (model / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    with pytest.raises(InputError):
        layout.read(model)


@pytest.mark.parametrize("code", [*BAD, "con", "x" * 300, "贵安/..", "nul.txt"])
def test_a_page_of_a_code_is_a_plain_name(code: str) -> None:
    name = file_names([code])[code]
    assert "/" not in name and "\\" not in name and "\0" not in name
    assert not name.startswith((".", "~", "|"))
    assert len(name) < 80


@pytest.mark.parametrize("name", BAD)
def test_a_study_without_a_folder_goes_into_studies(name: str) -> None:
    place = Path(os.path.normpath(study_folder(name, "settle")))
    assert place.parent == Path("studies")
    assert "\0" not in str(place)


def test_the_name_in_a_plan_that_somebody_sent_leads_nowhere(
    run: Runner, plan: Path, tmp_path: Path
) -> None:
    for name in ("../../../outside", str(tmp_path / "outside")):
        record = json.loads((plan / "plan.json").read_text("utf-8"))
        (plan / "plan.json").write_text(json.dumps({**record, "model": name}), "utf-8")
        assert run("settle", plan, "--quiet", "--overwrite").code == 0
    assert outside(tmp_path) == []
    assert [path.name for path in Path("studies").iterdir()] == ["outside-settle"]


def test_a_scenario_reads_tables_and_no_other_file(model: Path, tmp_path: Path) -> None:
    """A model that somebody sent cannot have a private file shown as a broken table."""
    secret = tmp_path / "inside" / "id_rsa"
    secret.write_text("PRIVATE KEY of the reader\n", "utf-8")
    (model / "link.csv").symlink_to(secret)
    for file in (str(secret), "../id_rsa", "link.csv", "/proc/self/environ", "/dev/zero"):
        settings = yaml.safe_load((model / "model.yaml").read_text("utf-8"))
        settings["scenarios"] = {"spy": {"tables": {"demand": file}}}
        (model / "model.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        with pytest.raises(InputError) as refused:
            layout.read(model, scenarios=["spy"])
        assert "file_not_found" in {problem.code for problem in refused.value.problems}
        assert "PRIVATE" not in refused.value.message("en")


@pytest.mark.parametrize("key", ["extends", "data"])
def test_a_plan_rests_on_nothing_outside_of_it(plan: Path, model: Path, key: str) -> None:
    """A plan that somebody sent takes no tables from the reader's own folders."""
    file = plan / "model" / "model.yaml"
    settings = yaml.safe_load(file.read_text("utf-8"))
    (model / "groups.csv").write_text("group,kind,member\nmine,site,E\n", "utf-8")
    file.write_text(yaml.safe_dump({**settings, key: str(model)}), "utf-8")
    with pytest.raises(InputError) as refused:
        layout.verify(plan)
    assert [problem.code for problem in refused.value.problems] == ["plan_outside"]
    assert "outside of the plan" in refused.value.message("en")
    assert "规划方案之外" in refused.value.message("zh")


def test_pages_and_exports_are_not_written_through_a_link(
    run: Runner, plan: Path, tmp_path: Path
) -> None:
    """A plan that somebody sent may hold links in the places where files are written."""
    mine = tmp_path / "inside" / "mine"
    mine.write_text("mine", "utf-8")
    for name in ("map.html", "report.html", "plan.xlsx", "capacity.gpkg", "map.png"):
        (plan / name).symlink_to(mine)
    (plan / "csv").symlink_to(tmp_path / "inside")
    assert run("map", plan).code == 0
    assert run("report", plan, "--focus", "520000").code == 0
    assert run("export", plan, "--to", "xlsx,csv", "--overwrite").code == 3
    assert mine.read_text("utf-8") == "mine"
    assert not (plan / "map.html").is_symlink()
    assert outside(tmp_path) == []


def test_a_study_keeps_its_results_in_its_own_folder(model: Path, tmp_path: Path) -> None:
    """With links in it the folder of somebody's study would have ours cleared or overwritten."""
    mine = tmp_path / "inside" / "mine"
    (mine / "cases").mkdir(parents=True)
    (mine / "letter.txt").write_text("mine", "utf-8")
    asked = Question(model), grid(["economy.discount_rate=0.05,0.06"])
    for link in (RESULTS, f"{RESULTS}/{LOCK}", f"{RESULTS}/cases"):
        study = tmp_path / "inside" / "study"
        (study / link).parent.mkdir(parents=True)
        (study / "study.json").write_text("{}", "utf-8")
        (study / link).symlink_to(mine / "letter.txt" if LOCK in link else mine)
        with pytest.raises(FileProblem) as refused:
            run_cases(study, *asked, options=Options(overwrite=True))
        assert refused.value.key == "study.error.link"
        assert (mine / "letter.txt").read_text("utf-8") == "mine"
        shutil.rmtree(study)


def test_a_file_is_replaced_not_written_through(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine", "utf-8")
    (tmp_path / ".study.json.part").symlink_to(mine)
    (tmp_path / "study.json").symlink_to(mine)
    replace_file(tmp_path / "study.json", b"{}")
    assert mine.read_text("utf-8") == "mine"
    assert (tmp_path / "study.json").read_bytes() == b"{}"
    assert not (tmp_path / "study.json").is_symlink()


def test_what_stands_where_a_plan_is_prepared_is_not_followed(solved: Path, tmp_path: Path) -> None:
    """Somebody who guesses the name of the staging folder gains nothing by a link there."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("mine", "utf-8")
    plan = read_plan(solved)
    place = tmp_path / "plan"
    staging = tmp_path / hidden_name("plan", "staging")
    staging.symlink_to(mine)
    with pytest.raises(FileProblem):
        write_plan(plan, place)
    clean(tmp_path)
    assert [path.name for path in mine.iterdir()] == ["letter.txt"]


def test_members_of_a_workbook_are_never_unpacked(model: Path, tmp_path: Path, run: Runner) -> None:
    """Names that lead upwards or begin at the root stand in the archive and nowhere else."""
    from layout.model import write_workbook

    book, rooted = tmp_path / "inside" / "book.xlsx", tmp_path / "rooted"
    write_workbook(layout.read(model), book)
    with zipfile.ZipFile(book, "a") as archive:
        for name in (UP, str(rooted), "..\\..\\outside", "xl/../../outside"):
            archive.writestr(name, "x")
    assert run("check", book).code == 3
    assert outside(tmp_path) == []
    assert not rooted.exists()
