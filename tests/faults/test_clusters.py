"""A study loses its scheduler in the middle: bounded in time, nothing lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from layout.errors import LayoutError
from layout.study.runs.cases import grid
from layout.study.runs.runner import Options, Question, run_cases
from tests.clusters import Processes, cluster_of

VARY = ["economy.discount_rate=0.05,0.06,0.07,0.08"]
UNCHECKED = Options(check=False)
LOST_S = 60
"""A study that lost its scheduler knows it by then."""


@pytest.fixture
def cluster() -> Iterator[tuple[str, Processes]]:
    """A scheduler and one worker."""
    with cluster_of(1) as started:
        yield started


@pytest.mark.deep
def test_a_study_whose_scheduler_is_lost_says_so_and_goes_on_elsewhere(
    model: Path, cluster: tuple[str, Processes], tmp_path: Path
) -> None:
    address, (scheduler, _) = cluster
    question, cases, folder = Question(model), grid(VARY), tmp_path / "study"
    killed: list[float] = []

    def lose(standing: Any) -> None:
        if standing.done == 1 and not killed:
            scheduler.send_signal(signal.SIGKILL)
            scheduler.wait()
            killed.append(time.monotonic())

    with pytest.raises(LayoutError, match="scheduler") as lost:
        run_cases(folder, question, cases, scheduler=address, progress=lose, options=UNCHECKED)
    assert time.monotonic() - killed[0] < LOST_S
    assert lost.value.key == "study.error.scheduler_lost"
    done: list[int] = []
    found = run_cases(
        folder, question, cases, progress=lambda one: done.append(one.done), options=UNCHECKED
    )
    assert done[0] >= 1  # what was finished is taken over
    assert list(found.table["status"]) == ["optimal"] * 4
