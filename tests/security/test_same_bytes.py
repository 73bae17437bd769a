"""What a command writes depends on what it is asked and on nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from tests.deep import deep
from tests.security.conftest import Runs
from tests.security.errands import LEFT_OUT

TIMED = ("seconds", "cpu_s", "waited_s")
"""Columns of a study's results that say how long a case took."""
BESIDE = ("printed", "log")
"""What the commands print, and the log of HiGHS: both say how long everything took."""


def content(file: Path) -> Any:
    """The bytes of a file; of a record or of results all but what may differ."""
    if file.suffix == ".json":
        return without(json.loads(file.read_bytes()))
    if file.name == "cases.parquet":
        table = pd.read_parquet(file)
        return table.drop(columns=[name for name in TIMED if name in table]).to_csv()
    if file.name == "report.html":
        lines = file.read_text("utf-8").splitlines()
        return [line for line in lines if 'data-key="threads"' not in line]
    return file.read_bytes()


def without(value: Any) -> Any:
    """A JSON value less `LEFT_OUT`, wherever that stands."""
    if isinstance(value, dict):
        return {key: without(part) for key, part in value.items() if key not in LEFT_OUT}
    return [without(part) for part in value] if isinstance(value, list) else value


def files(folder: Path) -> dict[str, Path]:
    found = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    return {name: file for name, file in found.items() if not name.startswith(BESIDE)}


def test_two_runs_write_the_same_bytes(runs: Runs) -> None:
    """Another hash seed, time zone, locale, folder, order of files, and two threads for one.

    Of a handful of commands; in a deep run of all of them.
    """
    first, second = files(runs.first), files(runs.second)
    missing = sorted(set(second) - set(first))
    assert not missing
    endings = {Path(name).suffix for name in second}
    assert endings >= {".csv", ".html", ".json", ".xlsx", ".parquet", ".yaml"}
    assert not deep() or endings >= {".gpkg", ".geojson", ".png", ".svg"}
    assert len(second) > (150 if deep() else 30)
    differ = [name for name in second if content(first[name]) != content(second[name])]
    assert differ == []


def test_what_differs_says_only_how_it_was_run(runs: Runs) -> None:
    """The three keys left out are there, once each where they belong."""
    record = json.loads((runs.second / "plan" / "plan.json").read_text("utf-8"))
    assert record["manifest"]["threads"] == 2
    assert record["seconds"]["total"] > 0
    assert record["peak_memory_mb"] > 0
