"""The two towns, written and solved once."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout
from layout.plan import Plan
from tests.cli.towns import Runner, towns


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs a command line in this process."""
    return Runner(capsys)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the two towns."""
    return towns(tmp_path_factory.mktemp("models") / "two-towns")


@pytest.fixture(scope="session")
def plan(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Their plan, written; tests must not change its folder."""
    folder = tmp_path_factory.mktemp("plans") / "two-towns"
    return layout.solve(model, output=folder)
