"""A location problem through the public tables and `layout.solve`, with the clock at each stage."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances.bare import BACKSTOP
from benchmarks.instances.problem import Instance
from benchmarks.instances.tables import write_instance

PROVED_BEFORE = ("extract", "explain")
"""The stages that begin when status and bound are known."""

LATER_S = 0.2  # CPU seconds until the next try to interrupt


def warmed_up() -> None:
    """Solve a tiny problem, so that imports fall on nobody's clock."""
    tiny = Instance("tiny", np.full(2, 9.0), np.ones(2), np.ones(3), np.ones((2, 3)))
    solve_ours(tiny, 1e-6, 10.0)


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Ctrl-C after so many CPU seconds, as soon as somebody listens to it."""

    def interrupt(number: int, frame: Any) -> None:
        if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, signal.SIG_DFL):
            signal.setitimer(signal.ITIMER_PROF, LATER_S)
        else:
            signal.raise_signal(signal.SIGINT)

    previous = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, previous)


def solve_ours(instance: Instance, gap: float, cpu_limit_s: float, **solver: Any) -> dict[str, Any]:
    """Write the tables, read them, solve on one thread: as `solve_bare`, with seconds by stage.

    `wall_s` and `cpu_s` run from the tables in memory to the proof (build, compile, solve,
    refine); `read_cpu_s` is for reading and checking the files, `after_cpu_s` for the plan's
    tables and its independent check.
    """
    import layout

    clock: dict[str, tuple[float, float]] = {}

    def note(event: Any) -> None:
        clock.setdefault(event.stage, (time.perf_counter(), time.process_time()))

    with tempfile.TemporaryDirectory() as folder:
        own = {
            "gap": gap,
            "gap_location": gap,
            "time_limit_s": BACKSTOP * cpu_limit_s,
            "threads": 1,
        }
        path = write_instance(instance, Path(folder) / "model", **{**own, **solver})
        begun = time.process_time()
        with cpu_limit(cpu_limit_s):
            plan = layout.solve(path, counterfactual=False, progress=note)
        ended = time.perf_counter(), time.process_time()
    first = clock["build"]
    proof = next((clock[stage] for stage in PROVED_BEFORE if stage in clock), ended)
    record = plan.record
    return {
        "status": record["status"] if record["status"] != "feasible" else "limit",
        "value": record["objective_mcny"],
        "bound": record["bound_mcny"],
        "wall_s": proof[0] - first[0],
        "cpu_s": proof[1] - first[1],
        "read_cpu_s": first[1] - begun,
        "after_cpu_s": ended[1] - proof[1],
        "linking": record["linking"]["way"],
        "size": record["size"],
        "seconds": record["seconds"],
        "verified": bool((record["verification"] or {}).get("passed")),
    }


def proved(instance: Instance, gap: float, cpu_limit_s: float) -> str:
    """The status that layout proves, without the explanation of an infeasible model."""
    from layout.model import read_model
    from layout.solving.optimise import Clock, optimise, solver_settings

    with tempfile.TemporaryDirectory() as folder:
        own = {"gap": gap, "gap_location": gap, "time_limit_s": BACKSTOP * cpu_limit_s}
        model = read_model(write_instance(instance, Path(folder) / "model", **own))
        with cpu_limit(cpu_limit_s):
            solved = optimise(model, solver_settings(model), Clock(None))
    return solved.outcome.status
