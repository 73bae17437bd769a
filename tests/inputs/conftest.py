"""What the tests of broken inputs share."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout
from tests.cli.towns import Runner, towns


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Runner:
    """Runs a command line in this process, from an empty folder of its own."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Runner(capsys)


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of the two towns; tests must not change its folder."""
    room = tmp_path_factory.mktemp("inputs")
    layout.solve(towns(room / "two-towns"), output=room / "plan")
    return room / "plan"
