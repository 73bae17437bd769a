"""The command line in this process, and plans with another record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layout import formats
from tests.cli.towns import Runner

Edit = Callable[[Callable[[dict[str, Any]], None]], Path]
NEWEST = Path(__file__).parent / "formats" / f"plan-{formats.PLAN}"


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runner:
    """Runs a command line in this process, in a folder where it may leave what it likes."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Runner(capsys)


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the newest plan whose record a function has changed."""

    def edit(change: Callable[[dict[str, Any]], None]) -> Path:
        plan = Path(shutil.copytree(NEWEST, tmp_path / "edited"))
        record = json.loads((plan / "plan.json").read_text("utf-8"))
        change(record)
        (plan / "plan.json").write_text(json.dumps(record), "utf-8")
        return plan

    return edit
