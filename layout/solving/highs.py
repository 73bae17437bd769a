"""Run a compiled model on HiGHS: two gaps, limits, Ctrl-C, and an honest status."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.errors import LayoutError
from layout.memory import guard
from layout.solving.ending import FAILED, MEMORY, ended, failure, word_of
from layout.solving.events import Event, Progress, location_gap, relative_gap

if TYPE_CHECKING:
    from layout.algebra import Compiled

Floats = NDArray[np.float64]
PROGRESS_EVERY_S = 0.2
DUAL_ZERO = 1e-7
CLOCK_S = 0.5  # two clocks that nobody sets differ by less than this
CLOCK_SHARE = 0.05  # and by less than this share of a limit


@dataclass(frozen=True)
class Settings:
    """How far and how long to solve; `gap_location` is the gap on the siting-dependent part."""

    gap: float
    gap_location: float
    time_limit_s: float
    threads: int
    seed: int
    log_file: str | None = None


@dataclass(frozen=True)
class Invariant:
    """Linear form of the cost that siting cannot change: coefficients·x + constant."""

    coefficients: Floats
    constant: float

    def at(self, x: Floats) -> float:
        """Its value at a solution."""
        return float(self.coefficients @ x) + self.constant


@dataclass(frozen=True)
class Outcome:
    """What HiGHS proved.

    `status` is optimal (both gaps proved), feasible (a limit or Ctrl-C with an incumbent),
    infeasible, or no_solution (a limit without one); `reason` says which limit. `basis` is that
    of an LP with the integers fixed, where one was solved.
    """

    status: str
    reason: str
    x: Floats | None
    objective: float | None
    bound: float | None
    gap: float | None
    gap_location: float | None
    row_dual: Floats | None = None
    column_dual: Floats | None = None
    basis: Any = None


def new_solver(settings: Settings) -> Any:
    """A silent HiGHS with our options."""
    highspy.Highs.resetGlobalScheduler(True)
    solver = highspy.Highs()
    solver.setOptionValue("log_to_console", False)
    if settings.log_file:
        solver.setOptionValue("log_file", settings.log_file)
    else:
        solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", settings.threads)
    solver.setOptionValue("random_seed", settings.seed)
    return solver


class Watch:
    """Callbacks of one run: progress, the two gaps, Ctrl-C."""

    def __init__(
        self, settings: Settings, invariant: Invariant, started: float, progress: Progress | None
    ) -> None:
        self.settings = settings
        self.invariant = invariant
        self.progress = progress
        self.started = started
        self.last = 0.0
        self.constant: float | None = None
        self.floor = -np.inf  # what no plan is known to fall below, before the solver says so
        self.instead: float | None = None  # the bound, where the solver's own does not hold
        self.proved = False
        self.interrupted = False
        self.late = False  # whether a run was stopped because its time was up
        self.best: Floats | None = None  # the last incumbent, lest it be lost with the solver
        self.known = -np.inf  # the last bound
        self.guard = guard()  # of memory; callbacks may come from threads that know of none
        self.give(settings.time_limit_s)

    def give(self, seconds: float) -> None:
        """Allow so many seconds from now on."""
        self.allowed_s, self.until = seconds, time.perf_counter() + seconds

    @property
    def left_s(self) -> float:
        """Seconds that are left by a clock that nobody sets."""
        return max(self.until - time.perf_counter(), 0.0)

    @property
    def early(self) -> bool:
        """Whether a solver that says its time is up goes by a clock that was set forward."""
        return self.left_s > CLOCK_S + CLOCK_SHARE * self.allowed_s

    @property
    def stopped_by(self) -> str:
        """Why the run was stopped: interrupted, memory_limit, gap or time_limit."""
        if self.interrupted:
            return "interrupted"
        if self.guard.over and not self.proved:
            return MEMORY
        return "gap" if self.proved else "time_limit" if self.late else FAILED

    def attach(self, solver: Any) -> None:
        """Listen to a solver."""
        solver.cbMipImprovingSolution += self.improved
        solver.cbMipInterrupt += self.check
        solver.cbSimplexInterrupt += self.stop
        solver.cbIpmInterrupt += self.stop

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Ctrl-C is ours while the solver runs."""
        main = threading.current_thread() is threading.main_thread()
        previous = signal.signal(signal.SIGINT, self.on_signal) if main else None
        try:
            with self.guard.solving():
                yield
        finally:
            if main:
                signal.signal(signal.SIGINT, previous)

    def leave(self, solver: Any) -> None:
        """Listen no longer."""
        solver.cbMipImprovingSolution -= self.improved
        solver.cbMipInterrupt -= self.check
        solver.cbSimplexInterrupt -= self.stop
        solver.cbIpmInterrupt -= self.stop

    def bound(self, found: float) -> float:
        """What holds where the solver has found a bound."""
        return max(found, self.floor) if self.instead is None else self.instead

    def improved(self, event: Any) -> None:
        """A better incumbent: note the part of its cost that siting cannot change."""
        solution = np.asarray(event.data_out.mip_solution)
        if solution.size == self.invariant.coefficients.size:
            self.best = solution.copy()
            self.constant = self.invariant.at(solution)

    def check(self, event: Any) -> None:
        """Stop when both gaps are proved, at Ctrl-C or late; report progress now and then."""
        out = event.data_out
        incumbent, bound = float(out.mip_primal_bound), self.bound(float(out.mip_dual_bound))
        self.known = bound
        gap = gap_location = None
        if abs(incumbent) < 1e30 and abs(bound) < 1e30 and self.constant is not None:
            gap = relative_gap(incumbent, bound)
            gap_location = location_gap(incumbent, bound, self.constant)
            if gap <= self.settings.gap and gap_location <= self.settings.gap_location:
                self.proved = True
        self.report(incumbent, bound, gap, gap_location)
        event.data_in.user_interrupt = self.proved or self.over()

    def stop(self, event: Any) -> None:
        """Inside an LP only Ctrl-C stops, and the end of the time or of the memory."""
        event.data_in.user_interrupt = self.over()  # what an earlier run set stays set

    def over(self) -> bool:
        """Whether it is time to stop, whatever was found."""
        self.late = time.perf_counter() > self.until
        return self.interrupted or self.late or self.guard.over

    def report(
        self, incumbent: float, bound: float, gap: float | None, gap_location: float | None
    ) -> None:
        """Pass progress on, at most a few times a second."""
        now = time.perf_counter()
        if self.progress is None or now - self.last < PROGRESS_EVERY_S:
            return
        self.last = now
        finite = [value if abs(value) < 1e30 else None for value in (incumbent, bound)]
        self.progress(Event("solve", now - self.started, finite[0], finite[1], gap, gap_location))

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C: finish with the incumbent; a second one is Python's own."""
        self.interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(
    compiled: Compiled,
    settings: Settings,
    invariant: Invariant,
    started: float,
    progress: Progress | None = None,
    start: Floats | None = None,
    bound: float | None = None,
) -> Outcome:
    """Minimise. Raises LayoutError when HiGHS fails or the model has no finite optimum.

    `bound` stands in for that of HiGHS where the compiled model is only a part of the question.
    """
    solver = new_solver(settings)
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    solver.setOptionValue("mip_rel_gap", 0.0)  # our own callback stops at both gaps
    solver.setOptionValue("mip_abs_gap", 1e-9)
    compiled.pass_to(solver)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(start)
        solver.setSolution(solution)
    watch = Watch(settings, invariant, started, progress)
    watch.instead = bound
    watch.attach(solver)
    with watch.listening():
        word = ended(solver, watch)
        if word == "undecided":
            word = decided(solver, watch)
    return outcome_of(solver, word, compiled, settings, invariant, watch)


def decided(solver: Any, watch: Watch | None = None) -> str:
    """What a model is that presolve calls unbounded or infeasible: whether it has any solution."""
    solver.setOptionValue("presolve", "off")
    word = ended(solver, watch)
    if word == "undecided":
        cost = np.array(solver.getLp().col_cost_)
        every = np.arange(len(cost), dtype=np.int32)
        solver.changeColsCost(len(cost), every, np.zeros(len(cost)))
        word = ended(solver, watch)
        word = "unbounded" if word == "optimal" else word
        solver.changeColsCost(len(cost), every, cost)
    solver.setOptionValue("presolve", "choose")
    return word


def outcome_of(
    solver: Any,
    word: str,
    compiled: Compiled,
    settings: Settings,
    invariant: Invariant,
    watch: Watch,
) -> Outcome:
    """What a solver proved whose run ended with `word`. Raises LayoutError as `run` does."""
    if word == "infeasible":
        return Outcome("infeasible", word, None, None, None, None, None)
    if word in ("unbounded", "undecided"):
        raise LayoutError("error.unbounded")
    if word == FAILED:
        raise failure(solver)
    if word == MEMORY and word_of(solver) != MEMORY:  # thrown, not said
        return _rescued(compiled, settings, invariant, watch)
    return _solution(solver, compiled, settings, invariant, word, watch)


def _rescued(compiled: Compiled, settings: Settings, invariant: Invariant, watch: Watch) -> Outcome:
    """What was known before the memory ran out; the solver itself is asked nothing more."""
    bound = watch.known if abs(watch.known) < 1e30 else None
    if watch.best is None:
        return Outcome("no_solution", MEMORY, None, None, bound, None, None)
    objective = float(compiled.cost @ watch.best) + compiled.offset
    return _judged(watch.best, objective, bound, MEMORY, settings, invariant)


def _solution(
    solver: Any,
    compiled: Compiled,
    settings: Settings,
    invariant: Invariant,
    reason: str,
    watch: Watch,
) -> Outcome:
    info = solver.getInfo()
    integers = compiled.size["integers"] > 0
    bound = watch.bound(float(info.mip_dual_bound)) if integers else None
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if not feasible:
        finite = bound if bound is not None and abs(bound) < 1e30 else None
        return Outcome("no_solution", reason, None, None, finite, None, None)
    solution = solver.getSolution()
    x = np.array(solution.col_value)
    objective = float(info.objective_function_value)
    if bound is None:
        bound = objective if reason == "optimal" else -np.inf
    found = _judged(x, objective, bound if abs(bound) < 1e30 else None, reason, settings, invariant)
    if integers:
        return found
    duals = np.array(solution.row_dual), np.array(solution.col_dual)
    return replace(found, row_dual=duals[0], column_dual=duals[1])


def _judged(
    x: Floats,
    objective: float,
    bound: float | None,
    reason: str,
    settings: Settings,
    invariant: Invariant,
) -> Outcome:
    """A plan against a bound: optimal where both gaps are proved."""
    if bound is None:
        return Outcome("feasible", reason, x, objective, None, None, None)
    gap = relative_gap(objective, bound)
    gap_location = location_gap(objective, bound, invariant.at(x))
    proved = gap <= settings.gap and gap_location <= settings.gap_location
    return Outcome(
        status="optimal" if proved else "feasible",
        reason="gap" if proved else reason,
        x=x,
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
    )


def loosened(solver: Any, compiled: Compiled) -> NDArray[np.int32]:
    """Make the integers of a model that was passed continuous; their columns."""
    columns = np.flatnonzero(compiled.integrality).astype(np.int32)
    continuous = np.full(len(columns), highspy.HighsVarType.kContinuous.value, dtype=np.uint8)
    if len(columns):
        solver.changeColsIntegrality(len(columns), columns, continuous)
    return columns


def fixed_lp(
    compiled: Compiled, settings: Settings, x: Floats, tidy: Floats, basis: Any = None
) -> Outcome:
    """The LP with every integer fixed at its value in `x`: prices and a clean solution.

    HiGHS gives no duals for a model with integers, even fixed ones, so they are made continuous.
    Among the solutions of least cost the one of least `tidy`·x is taken, so that nothing stands
    in a plan only because it is free; the duals are those of the first LP. It starts from
    `basis` where one of the same size is given.
    """
    solver = new_solver(settings)
    compiled.pass_to(solver)
    columns = loosened(solver, compiled)
    sizes = (len(compiled.cost), len(compiled.row_lower))
    if basis is not None and (len(basis.col_status), len(basis.row_status)) == sizes:
        solver.setBasis(basis)
    if not _held(solver, columns, x[columns]):
        return Outcome("no_solution", "fixed", None, None, None, None, None)
    solution = solver.getSolution()
    objective = float(solver.getInfo().objective_function_value)
    last = solver.getBasis()
    return Outcome(
        status="optimal",
        reason="optimal",
        x=_tidied(solver, tidy),
        objective=objective,
        bound=objective,
        gap=0.0,
        gap_location=0.0,
        row_dual=np.array(solution.row_dual),
        column_dual=np.array(solution.col_dual),
        basis=last,
    )


def _held(solver: Any, columns: NDArray[np.int32], found: Floats) -> bool:
    """Solve with some columns fixed at the whole numbers found; whether that has an optimum.

    A whole number may be found a rounding off, which can cost all other columns their room: then
    they are fixed as they were found. What fails is tried again from nothing, without presolve.
    """
    for values in (np.round(found), found):
        if len(columns):
            solver.changeColsBounds(len(columns), columns, values, values)
        word = ended(solver)
        if word == FAILED:
            solver.clearSolver()
            solver.setOptionValue("presolve", "off")
            word = ended(solver)
        if word == "optimal" or not len(columns):
            return word == "optimal"
    return False


def _tidied(solver: Any, tidy: Floats) -> Floats:
    """The optimal solution of least `tidy`·x; the one at hand if that fails.

    Columns with a reduced cost and rows with a dual keep their values: what is left free is the
    optimal face, so the cost cannot change. Where most is free (as where nothing costs anything)
    presolve is worth more than the basis at hand.
    """
    solution = solver.getSolution()
    found = np.array(solution.col_value)
    columns = np.flatnonzero(np.abs(solution.col_dual) > DUAL_ZERO).astype(np.int32)
    rows = np.flatnonzero(np.abs(solution.row_dual) > DUAL_ZERO).astype(np.int32)
    at = found[columns]
    activity = np.array(solution.row_value)[rows]
    solver.changeColsBounds(len(columns), columns, at, at)
    solver.changeRowsBounds(len(rows), rows, activity, activity)
    every = np.arange(len(tidy), dtype=np.int32)
    solver.changeColsCost(len(tidy), every, tidy)
    if 2 * len(columns) < len(tidy):
        solver.clearSolver()
    return np.array(solver.getSolution().col_value) if ended(solver) == "optimal" else found
