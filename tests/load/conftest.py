"""The command line in this process."""

from __future__ import annotations

import pytest

from tests.cli.towns import Runner


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs a command line in this process."""
    return Runner(capsys)
