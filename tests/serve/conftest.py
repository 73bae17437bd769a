"""The planning page in a folder with models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.towns import Runner, towns
from tests.serve.asking import Site

HOSTILE = "<script>alert(1)</script>{{7*7}}\" onload='x()"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs a command line in this process."""
    return Runner(capsys)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The page; a model of the folder has a title that attacks."""
    monkeypatch.chdir(tmp_path)
    towns(tmp_path / "two-towns", title={"en": HOSTILE, "zh": HOSTILE})
    return Site()
