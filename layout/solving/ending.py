"""How a run of HiGHS ended: a word for every status it knows, so that none is taken for another."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from layout.errors import LayoutError

FAILED = "failed"
STOPPED = "stopped"
MEMORY = "memory_limit"
ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "kOptimal": "optimal",
        "kModelEmpty": "optimal",
        "kInfeasible": "infeasible",
        "kUnbounded": "unbounded",
        "kUnboundedOrInfeasible": "undecided",
        "kTimeLimit": "time_limit",
        "kIterationLimit": "iteration_limit",
        "kSolutionLimit": "solution_limit",
        "kMemoryLimit": MEMORY,
        "kInterrupt": STOPPED,
        # What follows says nothing of the model: errors, numerical trouble, options never set.
        "kNotset": FAILED,
        "kLoadError": FAILED,
        "kModelError": FAILED,
        "kPresolveError": FAILED,
        "kSolveError": FAILED,
        "kPostsolveError": FAILED,
        "kObjectiveBound": FAILED,
        "kObjectiveTarget": FAILED,
        "kUnknown": FAILED,
        "kHighsInterrupt": FAILED,
    }
)
"""Name of a member of `highspy.HighsModelStatus` → our word for it."""
LIMITS = ("time_limit", "iteration_limit", "solution_limit", MEMORY)
"""Ends that leave the question open; the plan at hand, if there is one, stays a plan."""
MOST_JUMPS = 8
"""How often the clock of the machine may be set while a solver runs."""


class Watching(Protocol):
    """Who may stop a run, and knows why it did and how much time is left."""

    @property
    def stopped_by(self) -> str:
        """Why the run was stopped: interrupted, time_limit or gap."""

    @property
    def left_s(self) -> float:
        """Seconds that are left by a clock that nobody sets."""

    @property
    def early(self) -> bool:
        """Whether much of the time is left."""


def ended(solver: Any, watch: Watching | None = None) -> str:
    """Run a solver as it stands and say how that ended: a value of ENDINGS, or why `watch` did it.

    HiGHS measures its limit by the clock of the machine. Where that clock was set forward while
    it ran, it goes on; where it was set back, `watch` stops it. What cannot be stored ends as
    ``memory_limit``.
    """
    word = FAILED
    for _ in range(MOST_JUMPS):
        try:
            solver.run()
        except MemoryError:
            return MEMORY
        word = word_of(solver, watch)
        if word != "time_limit" or watch is None or not watch.early:
            break
        limit_time(solver, watch.left_s)
    return word


def word_of(solver: Any, watch: Watching | None = None) -> str:
    """How the last run of a solver ended."""
    word = ENDINGS.get(solver.getModelStatus().name, FAILED)
    if word != STOPPED:
        return word
    return FAILED if watch is None else watch.stopped_by


def limit_time(solver: Any, seconds: float) -> None:
    """Give the next run so many seconds; HiGHS counts those of all runs together."""
    solver.setOptionValue("time_limit", max(float(solver.getRunTime()) + seconds, 0.0))


def failure(solver: Any) -> LayoutError:
    """The error of a run that says nothing of the model: it names the status of HiGHS."""
    return LayoutError("error.solver", status=solver.modelStatusToString(solver.getModelStatus()))
