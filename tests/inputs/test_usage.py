"""A refusal is cheap: at most 2 CPU seconds and 300 MB, also in a process that only does that."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from layout.errors import EXIT_INPUT
from tests.cli.towns import command_line
from tests.deep import examples
from tests.inputs.asking import CPU_S
from tests.inputs.broken import broken_model
from tests.inputs.corpus import CORPUS

PEAK_MB = 300.0
ROOT = Path(__file__).parents[2]


def test_a_refusal_takes_little_time_and_memory(tmp_path: Path) -> None:
    """Many one after another, in one process of their own."""
    numbers = range(0, len(CORPUS), examples(len(CORPUS) // 20, 1))
    command = [sys.executable, "-m", "tests.inputs.usage", tmp_path, *map(str, numbers)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    assert len(found["cpu_s"]) == len(numbers)
    assert max(found["cpu_s"].values()) <= CPU_S
    assert found["peak_mb"] <= PEAK_MB


@pytest.mark.parametrize("command", ["check", "solve"])
def test_a_process_that_refuses_takes_little_time(command: str, tmp_path: Path) -> None:
    """From its start to its exit, with the libraries that it loads."""
    broken = next(one for one in CORPUS if one.code == "unmatched")
    folder = broken_model(broken, tmp_path / "m")
    more = ["-o", tmp_path / "plan"] if command == "solve" else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = command_line(command, folder, *more)
    here = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        line, cwd=tmp_path, env=here, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert answer.returncode == EXIT_INPUT
    assert broken.place in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    assert spent <= 4 * CPU_S  # reading is 2 s at most; the rest is for loading libraries anew
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
