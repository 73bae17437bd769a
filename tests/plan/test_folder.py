"""A plan folder appears whole or not at all, and never harms what was there before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layout.errors import EXIT_INPUT, FileProblem, InputError
from layout.labels import LANGUAGES, text
from layout.plan import FILES, Plan, new_plan, publish, read_plan, write_plan
from layout.plan.text import csv_text, json_text

CAPACITY = FILES["capacity"]


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def hidden(parent: Path) -> list[str]:
    return [path.name for path in parent.iterdir() if path.name.startswith(".")]


def test_what_is_written_is_read_back(plan: Plan, tmp_path: Path) -> None:
    written = write_plan(plan, tmp_path / "a" / "plan")
    found = read_plan(tmp_path / "a" / "plan")
    assert found.folder == tmp_path / "a" / "plan" == written.folder
    assert found.record == json.loads(json_text(written.record))
    assert found.model == plan.model
    for name in FILES:
        pd.testing.assert_frame_equal(found[name], plan[name], check_exact=True)
    assert set(found.record["manifest"]["model"]) >= {"model.yaml", "sites.csv"}


def test_the_same_plan_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "one")
    shuffled = {name: frame.iloc[::-1] for name, frame in plan.tables.items()}
    write_plan(new_plan(plan.record, plan.model, shuffled), tmp_path / "two")
    write_plan(read_plan(tmp_path / "one"), tmp_path / "three")
    assert content(tmp_path / "one") == content(tmp_path / "two") == content(tmp_path / "three")


def test_csv_has_exact_numbers_lf_and_no_nan() -> None:
    rows = pd.DataFrame(
        {
            "zone": ["b", "a", "c"],
            "site": ["ä,1", "s", "s"],
            "workload": "w",
            "year": 2025,
            "served_eflops": [0.1 + 0.2, -0.0, 1e-300],
            "latency_one_way_ms": [np.nan, 1.0, -0.0],
            "latency_rtt_ms": [1 / 3, 2.0, 1e22],
        }
    )
    assert csv_text(FILES["service"], rows) == (
        "zone,site,workload,year,served_eflops,latency_one_way_ms,latency_rtt_ms\n"
        'b,"ä,1",w,2025,0.30000000000000004,,0.3333333333333333\n'
        "c,s,w,2025,1e-300,0.0,1e+22\n"
    )
    with pytest.raises(ValueError, match="infinite"):
        csv_text(FILES["service"], rows.assign(served_eflops=np.inf))


def test_json_has_no_nan_and_a_stable_order() -> None:
    record = {"manifest": {"b": 1, "a": np.int64(2)}, "status": "optimal", "gap": float("nan")}
    expected = (
        '{\n "status": "optimal",\n "gap": null,\n "manifest": {\n  "a": 2,\n  "b": 1\n }\n}\n'
    )
    assert json_text(record) == expected


def test_an_older_plan_is_replaced_only_when_asked(plan: Plan, tmp_path: Path) -> None:
    place = tmp_path / "plan"
    write_plan(plan, place)
    (place / "map.html").write_text("old", "utf-8")
    before = content(place)
    with pytest.raises(FileProblem) as error:
        write_plan(plan, place)
    assert error.value.exit_code == EXIT_INPUT
    assert content(place) == before
    for lang in LANGUAGES:
        assert "--overwrite" in error.value.message(lang)
    write_plan(plan, place, overwrite=True, extras={"map.html": "new"})
    assert content(place) == {**before, "map.html": b"new"}
    assert hidden(tmp_path) == []


def test_only_a_plan_or_an_empty_folder_is_replaced(plan: Plan, tmp_path: Path) -> None:
    other, file = tmp_path / "thesis", tmp_path / "file"
    other.mkdir()
    (other / "chapter.txt").write_text("mine", "utf-8")
    file.write_text("mine", "utf-8")
    for place in (other, file):
        with pytest.raises(FileProblem):
            write_plan(plan, place, overwrite=True)
    assert (other / "chapter.txt").read_text("utf-8") == "mine"
    (tmp_path / "empty").mkdir()
    write_plan(plan, tmp_path / "empty")
    assert read_plan(tmp_path / "empty").status == "optimal"
    assert hidden(tmp_path) == []


def test_a_failing_write_leaves_no_trace(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "plan"
    write_plan(plan, place)
    before = content(place)

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "flush", full)
    with pytest.raises(FileProblem, match="No space left"):
        write_plan(plan, place, overwrite=True)
    with pytest.raises(FileProblem):
        write_plan(plan, tmp_path / "new")
    assert content(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


KILLED = """
import os, signal, sys
from pathlib import Path
from layout.plan import publish, read_plan, write_plan
from layout.plan import folder as writing

def die(*arguments, **more):
    os.kill(os.getpid(), signal.SIGKILL)

place, at = Path(sys.argv[1]), sys.argv[2]
plan = read_plan(place)
if at == "half":
    put = writing._put
    writing._put = lambda file, words: die() if file.name == "energy.csv" else put(file, words)
elif at == "flush":
    publish.flush = die
elif at == "exchanged":
    publish._flush_folder = lambda folder: die() if folder == place.parent else None
else:
    publish.exchange = lambda one, other: False
    rename = Path.rename
    Path.rename = lambda self, new: die() if ".layout-staging-" in self.name else rename(self, new)
write_plan(plan.with_record(model="second"), place, overwrite=True)
"""


@pytest.mark.parametrize("at", ["half", "flush", "exchanged", "between renames"])
def test_a_kill_at_any_moment_leaves_one_whole_plan(plan: Plan, tmp_path: Path, at: str) -> None:
    place = tmp_path / "plan"
    write_plan(plan.with_record(model="first"), place)
    before = content(place)
    done = subprocess.run([sys.executable, "-c", KILLED, str(place), at], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert place.exists() == (at != "between renames")
    assert hidden(tmp_path) != []
    found = read_plan(place)
    assert found.record["model"] == ("second" if at == "exchanged" else "first")
    if at != "exchanged":
        assert content(place) == before
    write_plan(plan.with_record(model="third"), place, overwrite=True)
    assert read_plan(place).record["model"] == "third"
    assert hidden(tmp_path) == []


def test_without_an_exchange_two_renames_do(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "exchange", lambda one, other: False)
    write_plan(plan, tmp_path / "plan")
    write_plan(plan.with_record(model="second"), tmp_path / "plan", overwrite=True)
    assert read_plan(tmp_path / "plan").record["model"] == "second"
    assert hidden(tmp_path) == []


def test_staging_of_a_running_process_is_left_alone(plan: Plan, tmp_path: Path) -> None:
    running = tmp_path / publish.hidden_name("other", publish.STAGING)
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    host = running.name.split("-")[2]
    left = tmp_path / f".plan.layout-staging-{host}-{int(dead.stdout)}-1"
    elsewhere = tmp_path / f".plan.layout-staging-ffffffff-{int(dead.stdout)}-1"
    reused = tmp_path / f".plan.layout-staging-{host}-{os.getpid()}-1"
    unknown = tmp_path / ".plan.staging"
    for folder in (running, left, elsewhere, reused, unknown):
        folder.mkdir()
    write_plan(plan, tmp_path / "plan")
    assert {path.name for path in tmp_path.iterdir()} == {
        "plan", running.name, elsewhere.name, unknown.name
    }  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "units.csv").unlink(), "plan_file_missing"),
        (lambda folder: (folder / "plan.json").write_text("{", "utf-8"), "plan_json"),
        (lambda folder: (folder / "plan.json").write_text('{"a": NaN}', "utf-8"), "plan_json"),
        (lambda folder: (folder / "plan.json").write_text('{"format": 1, "status": "ok"}', "utf-8"),
         "plan_status"),
        (lambda folder: (folder / "cost.csv").write_text("", "utf-8"), "plan_table"),
        (lambda folder: (folder / "cost.csv").write_bytes(b"\xff\xfe"), "plan_table"),
        (lambda folder: (folder / "cost.csv").write_text(
            "site,year,component,mcny\nE1,2025,carbon,1,2\n", "utf-8"), "plan_table"),
        (lambda folder: (folder / "cost.csv").write_text(
            "site,year,component,mcny\nE1,2025\n", "utf-8"), "plan_table"),
        (lambda folder: (folder / "cost.csv").write_text("site,year,mcny\n", "utf-8"),
         "plan_column_missing"),
        (lambda folder: (folder / "cost.csv").write_text(
            "site,year,component,mcny,x\n", "utf-8"), "plan_column_unknown"),
        (lambda folder: (folder / "cost.csv").write_text(
            "site,year,component,mcny\nE1,2025,carbon,much\n", "utf-8"), "plan_number"),
        (lambda folder: (folder / "cost.csv").write_text(
            "site,year,component,mcny\nE1,2025.5,carbon,1\n", "utf-8"), "plan_integer"),
    ],
)  # fmt: skip
def test_a_damaged_plan_is_named_in_four_parts(
    plan: Plan, tmp_path: Path, damage: object, code: str
) -> None:
    write_plan(plan, tmp_path / "plan")
    assert callable(damage)
    damage(tmp_path / "plan")
    with pytest.raises(InputError) as error:
        read_plan(tmp_path / "plan")
    assert error.value.exit_code == EXIT_INPUT
    assert code in [problem.code for problem in error.value.problems]
    for problem in error.value.problems:
        for lang in LANGUAGES:
            assert problem.file in problem.sentence(lang)


def test_what_is_no_plan_is_said_so(tmp_path: Path) -> None:
    for place in (tmp_path / "nothing", tmp_path):
        with pytest.raises(FileProblem) as error:
            read_plan(place)
        assert error.value.exit_code == EXIT_INPUT


def test_a_plan_without_an_answer_has_no_tables(plan: Plan, tmp_path: Path) -> None:
    record = {"format": 1, "status": "infeasible", "objective_mcny": None}
    lost = Plan(record, {}, plan.model, explanation={"conflict": [], "ways_out": []})
    write_plan(lost, tmp_path / "plan")
    names = {path.name for path in (tmp_path / "plan").iterdir()}
    assert names == {"plan.json", "explanation.json", "model"}
    found = read_plan(tmp_path / "plan")
    assert found.explanation == lost.explanation
    assert not found.has_tables
    assert all(frame.empty for frame in found.tables.values())


def test_every_file_and_column_has_both_names() -> None:
    for file in FILES.values():
        for lang in LANGUAGES:
            assert text(file.label, lang)
            assert all(text(column.label, lang) for column in file.columns)


def test_a_plan_prints_something_readable(plan: Plan) -> None:
    from layout.plan.plan import compact

    assert "filled 0.500, expanded 1.000, built 9.000, retired 0.400" in compact(plan, "en")
    assert "上架 0.500" in compact(plan, "zh")
    assert repr(plan)
