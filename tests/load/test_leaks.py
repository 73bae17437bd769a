"""A process that solves for days holds no more at the end than after its first runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLACK = 1.05  # memory after the last run over memory after the warm-up
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")


def runs(job: str, count: int, folder: Path) -> list[dict[str, float]]:
    """What one process held after every run of a job."""
    temporary = folder / "temporary"
    temporary.mkdir()
    work = folder / "work"
    work.mkdir()
    found = subprocess.run(
        [sys.executable, "-m", "tests.load.repeat", job, str(count), str(work)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return [json.loads(line) for line in found.stdout.splitlines()]


def check(held: list[dict[str, float]], warm: int) -> None:
    """Nothing grows after the first `warm` runs."""
    after = held[warm:]
    part = max(1, len(after) // 10)
    first = sum(one["memory_mb"] for one in after[:part]) / part
    last = sum(one["memory_mb"] for one in after[-part:]) / part
    sys.stderr.write(f"{len(held)} runs: {first:.1f} MB after {warm}, then {last:.1f} MB\n")
    assert last <= SLACK * first
    for name in ("files", "threads", "temporary", "beside"):
        assert after[-1][name] <= after[0][name], name


def test_solve_after_solve_holds_the_same_memory_files_and_threads(tmp_path: Path) -> None:
    check(runs("solve", 12, tmp_path), warm=5)


@pytest.mark.deep
def test_a_thousand_solves_hold_the_same_memory_files_and_threads(tmp_path: Path) -> None:
    check(runs("ask", 1000, tmp_path), warm=100)


@pytest.mark.deep
def test_hundreds_of_plans_from_file_to_file_hold_the_same(tmp_path: Path) -> None:
    check(runs("solve", 300, tmp_path), warm=100)
