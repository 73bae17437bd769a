"""Run a compiled model on HiGHS: two gaps, limits, Ctrl-C, and an honest status."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.errors import LayoutError
from layout.solving.events import Event, Progress, location_gap, relative_gap

if TYPE_CHECKING:
    from layout.algebra import Compiled

Floats = NDArray[np.float64]
PROGRESS_EVERY_S = 0.2
DUAL_ZERO = 1e-7


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
            self.constant = self.invariant.at(solution)

    def check(self, event: Any) -> None:
        """Stop when both gaps are proved, or at Ctrl-C; report progress now and then."""
        out = event.data_out
        incumbent, bound = float(out.mip_primal_bound), self.bound(float(out.mip_dual_bound))
        gap = gap_location = None
        if abs(incumbent) < 1e30 and abs(bound) < 1e30 and self.constant is not None:
            gap = relative_gap(incumbent, bound)
            gap_location = location_gap(incumbent, bound, self.constant)
            if gap <= self.settings.gap and gap_location <= self.settings.gap_location:
                self.proved = True
        self.report(incumbent, bound, gap, gap_location)
        event.data_in.user_interrupt = self.proved or self.interrupted

    def stop(self, event: Any) -> None:
        """Inside an LP only Ctrl-C stops."""
        event.data_in.user_interrupt = self.interrupted  # what an earlier run set stays set

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
        solver.run()
    return outcome_of(solver, compiled, settings, invariant, watch)


def outcome_of(
    solver: Any, compiled: Compiled, settings: Settings, invariant: Invariant, watch: Watch
) -> Outcome:
    """What a solver that has run proved. Raises LayoutError as `run` does."""
    status = solver.getModelStatus()
    kinds = highspy.HighsModelStatus
    if status == kinds.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")
        solver.run()
        status = solver.getModelStatus()
    if status == kinds.kInfeasible:
        return Outcome("infeasible", "infeasible", None, None, None, None, None)
    if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
        raise LayoutError("error.unbounded")
    reasons = {
        kinds.kOptimal: "optimal",
        kinds.kModelEmpty: "optimal",
        kinds.kTimeLimit: "time_limit",
        kinds.kInterrupt: "interrupted" if watch.interrupted else "gap",
        kinds.kIterationLimit: "iteration_limit",
        kinds.kSolutionLimit: "solution_limit",
        kinds.kMemoryLimit: "memory_limit",
    }
    if status not in reasons:
        raise LayoutError("error.solver", status=solver.modelStatusToString(status))
    return _solution(solver, compiled, settings, invariant, reasons[status], watch)


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
    if abs(bound) >= 1e30 or not np.isfinite(bound):
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
        row_dual=np.array(solution.row_dual) if not integers else None,
        column_dual=np.array(solution.col_dual) if not integers else None,
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
    values = np.round(x[columns])
    if len(columns):
        solver.changeColsBounds(len(columns), columns, values, values)
    sizes = (len(compiled.cost), len(compiled.row_lower))
    if basis is not None and (len(basis.col_status), len(basis.row_status)) == sizes:
        solver.setBasis(basis)
    if not _optimal(solver):
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


def _optimal(solver: Any) -> bool:
    solver.run()
    kinds = highspy.HighsModelStatus
    return solver.getModelStatus() in (kinds.kOptimal, kinds.kModelEmpty)


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
    return np.array(solver.getSolution().col_value) if _optimal(solver) else found
