"""Every reader attacked with bytes that are nearly right, guided by the lines that they reach."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.options import FUZZED, BenchmarkError, Options
from benchmarks.timing import markdown

SECONDS = 60.0
LARGEST_BYTES = 4096
SLOWEST_S = 60
"""An input that takes longer counts as one that a reader falls over."""
_LOG = logging.getLogger("benchmarks.fuzz")
_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_REACHED = re.compile(r"\bcov: (\d+)")
_RAISED = re.compile(r"^(\w[\w.]*(?:Error|Exception|Exit)\b.*)$", re.MULTILINE)


def attack(reader: str, seconds: float, seed: int) -> dict[str, Any]:
    """Executions and places reached; `raised` and `input` (hexadecimal) where the reader fell."""
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        flags = [
            f"-max_total_time={seconds:.0f}",
            f"-max_len={LARGEST_BYTES}",
            f"-timeout={SLOWEST_S}",
            f"-seed={seed}",
            "-print_final_stats=1",
            f"-artifact_prefix={folder}/",
        ]
        words = [sys.executable, "-m", "benchmarks.fuzzing.attack", reader, str(seeds), *flags]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        said = done.stdout + done.stderr
        executions = _EXECUTIONS.findall(said)
        fell = sorted(path for path in Path(folder).iterdir() if path.is_file())
        found = {
            "reader": reader,
            "executions": int(executions[-1]) if executions else 0,
            "reached": max(map(int, _REACHED.findall(said)), default=0),
            "input": fell[0].read_bytes().hex() if fell else "",
            "raised": "",
        }
    if fell:
        raised = _RAISED.findall(said)
        found["raised"] = raised[-1] if raised else fell[0].name
    elif not executions:
        raise BenchmarkError(f"{reader}: the attack did not run: {said[-500:]}")
    return found


def run(options: Options) -> dict[str, Any]:
    """Attack the readers asked for, one after the other."""
    if find_spec("atheris") is None:
        raise BenchmarkError("not installed: atheris; pip install '.[attack]' brings it")
    readers = FUZZED if options.reader is None else (options.reader,)
    seconds = options.seconds or SECONDS
    found = []
    for reader in readers:
        found.append(attack(reader, seconds, options.seed or 1))
        _LOG.info("%s: %d executions", reader, found[-1]["executions"])
    return {"seconds": seconds, "attacks": found}


def table(result: dict[str, Any]) -> str:
    """A row for each reader."""
    rows = [
        [one["reader"], f"{one['executions']:,}", str(one["reached"]), one["raised"] or "nothing"]
        for one in result["attacks"]
    ]
    lines = markdown(["reader", "executions", "places reached", "raised"], rows)
    inputs = [f"{one['reader']}: {one['input']}" for one in result["attacks"] if one["input"]]
    return "\n".join([lines, *inputs])
