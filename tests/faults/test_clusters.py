"""A study loses its scheduler in the middle: bounded in time, nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from layout.errors import LayoutError
from layout.study.runs.cases import grid
from layout.study.runs.runner import Options, Question, run_cases
from tests.faults.nursery import ROOT

VARY = ["economy.discount_rate=0.05,0.06,0.07,0.08"]
UNCHECKED = Options(check=False)
LOST_S = 60
"""A study that lost its scheduler knows it by then."""


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and one worker as Dask's own tools start them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    bare = ["--host", "127.0.0.1", "--no-dashboard"]
    lines = [
        [*dask, "scheduler", "--port", str(port), *bare],
        [*dask, "worker", address, "--nthreads", "1", "--no-nanny", *bare],
    ]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [subprocess.Popen(line, cwd=ROOT, env=environment, **quiet) for line in lines]
    _until(lambda: _listens(port), 60)
    yield address, started
    for process in started:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def test_a_study_whose_scheduler_is_lost_says_so_and_goes_on_elsewhere(
    model: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
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
