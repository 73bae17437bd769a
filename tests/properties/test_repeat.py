"""A plan that is written, read and asked for again stays the same plan."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings

import layout
from layout.plan import read_plan, write_plan
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


@settings(few, max_examples=2)
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
