"""kill −9 at every stage of every command that writes: the older result stays, or the new is whole.

No test here waits for a moment: the process kills itself on the way into the function named.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from layout.checking import verify
from layout.plan import read_plan
from tests.deep import some
from tests.faults.nursery import Nursery, tree

KILLED = -signal.SIGKILL

# stage of `layout solve` → where it is killed
SOLVING: dict[str, tuple[str, int]] = {
    "solve": ("highspy:Highs.run", 1),
    "a later table": ("layout.plan.folder:_put", 6),
    "publish": ("layout.plan.publish:publish", 1),
    "report": ("layout.report.document:report_page", 1),  # the map is made by then
    "read": ("layout.model.reading:gather", 1),
    "build": ("layout.solving.optimise:build", 1),
    "extract": ("layout.solving.driver:tables_of", 1),
    "verify": ("layout.solving.driver:_check", 1),
    "map": ("layout.report:map_page", 1),
    "first table": ("layout.plan.folder:_put", 1),
    "flush": ("layout.plan.publish:flush", 1),
}
PAGES = ("map", "report")
AFTER = ("layout.plan.publish:exchange", "layout.plan.publish:publish")


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*") if path.name != ".lock"]


def apart(files: dict[str, str]) -> dict[str, str]:
    """What is seen of a folder: without hidden names of ours."""
    return {name: to for name, to in files.items() if not name.startswith(".")}


def test_a_kill_at_any_stage_of_solve_leaves_the_older_plan(
    nursery: Nursery, model: Path, plan: Path
) -> None:
    before, work = tree(plan.parent), plan.parent
    line = ("solve", model, "-o", plan, "--overwrite", "--quiet")
    for stage in some(SOLVING, 3):
        where, call = SOLVING[stage]
        pages = ("--map", "--report") if stage in PAGES else ()
        found = nursery(*line, *pages, cwd=work, kill=where, call=call)
        assert found.code == KILLED, (stage, found.err)
        assert apart(tree(work)) == before, stage
    assert verify(plan).passed
    found = nursery(*line, cwd=work)
    assert (found.code, found.err) == (0, "")
    assert hidden(work) == []


@pytest.mark.parametrize("where", some(AFTER, 1))
def test_a_kill_after_the_exchange_leaves_the_new_plan_whole(
    nursery: Nursery, model: Path, plan: Path, where: str
) -> None:
    (plan / "map.html").write_text("of the older plan", "utf-8")
    line = ("solve", model, "-o", plan, "--overwrite", "--quiet")
    found = nursery(*line, cwd=plan.parent, kill=where, after=True)
    assert found.code == KILLED, found.err
    assert not (plan / "map.html").exists()
    assert verify(plan).passed
    assert len(hidden(plan.parent)) == 1  # the older plan, under the name it was exchanged for


def test_where_nothing_was_a_kill_leaves_nothing(
    nursery: Nursery, model: Path, tmp_path: Path
) -> None:
    for where, call in (SOLVING["a later table"], SOLVING["publish"]):
        found = nursery(
            "solve", model, "-o", "plan", "--quiet", cwd=tmp_path, kill=where, call=call
        )
        assert found.code == KILLED
        assert not (tmp_path / "plan").exists()
    found = nursery("new", "mine", cwd=tmp_path)
    assert found.code == 0
    assert hidden(tmp_path) == []  # whatever comes next in this folder tidies up


# command line → places where it is killed; each writes below the folder "work"
OTHERS: dict[str, tuple[tuple[str, ...], tuple[tuple[str, int], ...]]] = {
    "map": (("map", "plan"), (("os:fsync", 1), ("pathlib:Path.replace", 1))),
    "export": (
        ("export", "plan", "--to", "xlsx,geojson,csv"),
        (
            ("layout.report.export.placing:flush", 1),
            ("layout.report.export.placing:_put", 1),
        ),
    ),
    "explain": (("explain", "plan", "-o", "why"), (("layout.study.folder:_put", 2),)),
    "report": (("report", "plan"), (("os:fsync", 1), ("pathlib:Path.replace", 1))),
    "status": (("status", "plan/model", "-o", "status"), (("layout.plan.publish:flush", 1),)),
    "new": (("new", "mine", "--from", "plan/model"), (("layout.plan.publish:flush", 1),)),
}


@pytest.mark.parametrize("command", some(OTHERS, 3))
def test_a_kill_leaves_what_was_there_and_the_next_run_is_whole(
    nursery: Nursery, plan: Path, command: str
) -> None:
    line, places = OTHERS[command]
    work = plan.parent
    before = tree(work)
    for where, call in some(places[::-1], 1):
        found = nursery(*line, cwd=work, kill=where, call=call)
        assert found.code == KILLED, found.err
        left = {name: to for name, to in tree(work).items() if "/." not in f"/{name}"}
        assert left == before, where
    found = nursery(*line, cwd=work)
    assert found.code == 0, found.err
    assert hidden(work) == []
    assert len(tree(work)) > len(before)
    assert verify(read_plan(plan)).passed


@pytest.mark.deep
def test_an_export_killed_between_two_files_is_repeated(nursery: Nursery, plan: Path) -> None:
    line = ("export", plan, "--to", "geojson,csv")
    found = nursery(*line, cwd=plan.parent, kill="layout.report.export.placing:_put", call=2)
    assert found.code == KILLED
    whole = [name for name in ("geojson", "csv") if any(plan.glob(f"{name}*"))]
    assert whole == ["geojson"]  # each folder takes its name whole, one after the other
    assert nursery(*line, cwd=plan.parent).code == 3  # and is not replaced unasked
    assert nursery(*line, "--overwrite", cwd=plan.parent).code == 0
    assert hidden(plan.parent) == []


# --- studies --------------------------------------------------------------------------------------

SWEEP = ("--vary", "economy.discount_rate=0.05,0.07,0.09", "--quiet")
STORE = "layout.study.runs.store"
# Each goes on where the one before was killed.
STUDY: tuple[tuple[str, int], ...] = (
    (f"{STORE}:replace_file", 1),  # study.json, by which a study is known
    (f"{STORE}:replace_file", 2),  # the manifest
    (f"{STORE}:replace_file", 3),  # of the first case: decisions are there, the case is not
    ("layout.study.runs.solving:Answers.part", 2),
    (f"{STORE}:Store.compact", 1),
    (f"{STORE}:replace_file", 4),  # the data sets are there, and one table of the study
)


@pytest.fixture
def study(nursery: Nursery, model: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What an undisturbed run leaves, without the data sets, which tell times."""
    found = nursery("sweep", model, *SWEEP, "-o", "calm", cwd=tmp_path)
    assert found.code == 0, found.err
    yield {name: to for name, to in tree(tmp_path / "calm").items() if "/" not in name}


def test_a_study_killed_at_every_stage_ends_as_if_nothing_had_been(
    nursery: Nursery, model: Path, tmp_path: Path, study: dict[str, str]
) -> None:
    folder = tmp_path / "study"
    line = ("sweep", model, *SWEEP, "-o", folder)
    for number, (where, call) in enumerate(STUDY):
        found = nursery(*line, cwd=tmp_path, kill=where, call=call)
        assert found.code == KILLED, (number, where, found.err)
    found = nursery(*line, cwd=tmp_path)
    assert found.code == 0, found.err
    assert {name: to for name, to in tree(folder).items() if "/" not in name} == study
    assert sorted(path.name for path in (folder / "results").iterdir()) == [
        ".lock", "cases.parquet", "decisions.parquet", "manifest.json",
    ]  # fmt: skip
