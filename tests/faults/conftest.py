"""A nursery, a small model and its plan for all tests of faults."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import layout
from tests.builders import tiny_model
from tests.faults.nursery import Answer, Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Runs command lines with faults."""
    if not sys.platform.startswith("linux"):  # pragma: no cover
        pytest.skip("faults are those of Linux")
    with Nursery() as found:
        yield found


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites to choose from, 3 and 5 mcny a year: the answer is 3 at site E."""
    return tiny_model(
        tmp_path_factory.mktemp("model") / "choice",
        sites=[
            {"site": "E", "fixed_cost_mcny_per_year": 3, "max_it_mw": 9},
            {"site": "W", "fixed_cost_mcny_per_year": 5, "max_it_mw": 9},
        ],
    )


@pytest.fixture(scope="session")
def solved(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its plan; `plan` is a copy to spoil."""
    folder = tmp_path_factory.mktemp("solved") / "plan"
    layout.solve(model, output=folder)
    return folder


@pytest.fixture
def plan(solved: Path, tmp_path: Path) -> Path:
    """A copy of the plan, alone in its folder."""
    return Path(shutil.copytree(solved, tmp_path / "work" / "plan"))


def brought_about(found: Answer) -> Answer:
    """The answer, unless this machine does not allow the fault; then CI fails and others skip."""
    if found.refused is None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(found.refused)
    pytest.skip(found.refused)
