"""A plan that is written, read and asked for again stays the same plan."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

import layout
from layout.plan import read_plan, write_plan
from tests.cli.towns import Runner, towns
from tests.deep import examples
from tests.properties.worlds import World, few, worlds, write_world


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plans")


@few
@given(worlds())
def test_written_and_read_it_is_the_same_plan_and_verifies(room: Path, world: World) -> None:
    plan = layout.solve(write_world(room / "model", world))
    write_plan(plan, room / "plan", overwrite=True)
    again = read_plan(room / "plan")
    record = json.loads(json.dumps(plan.record))
    # Writing adds nothing but what concerns the files written: their hashes.
    record["manifest"] = {**again.record["manifest"], **record["manifest"]}
    assert again.record == record
    assert again.tables.keys() == plan.tables.keys()
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)
    assert layout.verify(again).passed


@few
@given(worlds())
def test_the_model_kept_in_a_plan_gives_the_plan_again(room: Path, world: World) -> None:
    plan = layout.solve(write_world(room / "model", world))
    write_plan(plan, room / "kept", overwrite=True)
    again = layout.solve(room / "kept" / "model")
    assert again.record["objective_mcny"] == plan.record["objective_mcny"]
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)


@few
@given(worlds())
def test_the_order_of_rows_does_not_change_the_plan(room: Path, world: World) -> None:
    plan = layout.solve(write_world(room / "model", world))
    backwards = {table: rows[::-1] for table, rows in world.items()}
    again = layout.solve(write_world(room / "backwards", backwards))
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)


def files_of_a_run(model: Path, folder: Path, hash_seed: str) -> dict[str, bytes]:
    """Solve in a new process and return the CSV files of the plan."""
    subprocess.run(
        [sys.executable, "-m", "layout", "solve", str(model), "-o", str(folder), "--quiet"],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdin=subprocess.DEVNULL,
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.csv")}


@settings(few, max_examples=examples(1, 10))
@given(worlds(sites=4))
def test_runs_write_the_same_bytes_whatever_the_hash_seed(room: Path, world: World) -> None:
    model = write_world(room / "model", world)
    folder = Path(tempfile.mkdtemp(dir=room))
    first = files_of_a_run(model, folder / "one", "1")
    second = files_of_a_run(model, folder / "two", "4242")
    assert first.keys() == second.keys()
    assert len(first) > 8
    for name, content in first.items():
        assert second[name] == content, f"{name} differs between two runs"


def from_manifest(folder: Path) -> list[str]:
    """The command line that a plan.json says, for the model that stands beside it."""
    manifest = json.loads((folder / "plan.json").read_text("utf-8"))["manifest"]
    options = manifest["options"]
    return [
        *("solve", str(folder / "model")),
        *("--seed", str(manifest["seed"]), "--threads", str(manifest["threads"])),
        *("--gap", repr(options["gap"]), "--time-limit", repr(options["time_limit_s"])),
        *("--set", f"solver.gap_location={options['gap_location']!r}", "--quiet"),
    ]


def test_the_manifest_of_a_plan_is_enough_to_make_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked with a scenario, values of its own and other limits; the folder alone is kept."""
    run, first, again = Runner(capsys), tmp_path / "first", tmp_path / "again"
    asked = ["--scenario", "rich", "--set", "economy.discount_rate=0.05", "--gap", "0.002"]
    model = towns(tmp_path / "towns")
    assert run("solve", model, *asked, "--seed", 7, "-o", first).code == 0
    shutil.rmtree(model)
    moved = tmp_path / "sent"
    first.rename(moved)
    assert run(*from_manifest(moved), "-o", again).code == 0
    tables = sorted(path.name for path in moved.glob("*.csv"))
    assert len(tables) > 8
    assert [(moved / name).read_bytes() for name in tables] == [
        (again / name).read_bytes() for name in tables
    ]
    old, new = (json.loads((one / "plan.json").read_text("utf-8")) for one in (moved, again))
    assert {**old["manifest"], "inputs": 0} == {**new["manifest"], "inputs": 0}
    assert old["objective_mcny"] == new["objective_mcny"]
    # The inputs of the second run are the model as the first one wrote it, hash by hash.
    assert new["manifest"]["inputs"] == old["manifest"]["model"]


@pytest.mark.parametrize(("lang", "words"), [("en", "other versions"), ("zh", "其他版本")])
def test_a_plan_made_with_other_versions_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    run, folder = Runner(capsys), tmp_path / "plan"
    layout.solve(towns(tmp_path / "towns"), output=folder)
    assert words not in run("verify", folder, lang=lang).out
    record = json.loads((folder / "plan.json").read_text("utf-8"))
    record["manifest"]["versions"] |= {"highspy": "1.2.3\x1b[31m", "unheard-of": "9"}
    (folder / "plan.json").write_text(json.dumps(record), "utf-8")
    found = run("verify", folder, lang=lang)
    assert found.code == 0
    assert words in found.out and "highspy 1.2.3[31m" in found.out.replace("\n  ", " ")
    assert "\x1b" not in found.out and "unheard-of" not in found.out
