"""Seconds until the program answers, beside an interpreter that does nothing."""

from __future__ import annotations

import logging
import sys
from typing import Any

from benchmarks.options import BenchmarkError, Options
from benchmarks.timing import (
    conditions,
    interleaved,
    markdown,
    median,
    run_command,
    spread,
    versions,
)

SIZES = ("S",)
RUNS = 7
STARTS = {
    "python -c pass": ("-c", "pass"),
    "layout --help": ("-m", "layout", "--help"),
    'python -c "import layout"': ("-c", "import layout"),
    "layout check national-2025": ("-m", "layout", "check", "national-2025"),
}
GOALS_S = {
    "layout --help": 0.4,
    'python -c "import layout"': 0.3,
    "layout check national-2025": 2.0,
}
_LOG = logging.getLogger("benchmarks.startup")


def measure(name: str) -> dict[str, Any]:
    """One start in a fresh interpreter."""
    found = run_command([sys.executable, *STARTS[name]])
    if found["code"] != 0:
        raise BenchmarkError(f"{name} ended with {found['code']}: {found['stderr']}")
    return found


def run(options: Options) -> dict[str, Any]:
    """Every start measured in turn, after one of each that fills the disk cache."""
    runs = options.runs or RUNS
    for name in STARTS:
        measure(name)
    measured = interleaved(STARTS, runs, measure)
    _LOG.info("%d runs of %d starts", runs, len(STARTS))
    return {
        "runs": runs,
        "starts": {
            name: {
                "cpu_s": median(found, "cpu_s"),
                "wall_s": median(found, "wall_s"),
                "spread_wall_s": spread(found, "wall_s"),
                "goal_s": GOALS_S.get(name),
            }
            for name, found in measured.items()
        },
        "versions": versions(),
    }


def table(result: dict[str, Any]) -> str:
    """Medians with smallest and largest in brackets, beside the goals."""
    rows = []
    for name, found in result["starts"].items():
        low, high = found["spread_wall_s"]
        goal = "" if found["goal_s"] is None else f"{found['goal_s']:.1f}"
        wall = f"{found['wall_s']:.2f} ({low:.2f}–{high:.2f})"
        rows.append((f"`{name}`", f"{found['cpu_s']:.2f}", wall, goal))
    parts = (
        f"Fresh interpreters, {result['runs']} runs each, in turn.",
        "",
        markdown(("start", "CPU s", "wall s", "goal s"), rows),
        "",
        conditions(result["versions"]),
    )
    return "\n".join(parts)
