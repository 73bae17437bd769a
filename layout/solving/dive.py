"""Large models: one LP relaxation, a dive from its basis, and the gap between the two.

Branch and bound spends its time on LPs here, and a large relaxation costs a minute; from its
basis every LP of a dive costs a fraction of a second. Where the plan of the dive is within both
gaps of the relaxation there is nothing left to branch on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.solving.ending import MEMORY, ended, limit_time
from layout.solving.events import location_gap, relative_gap
from layout.solving.highs import Invariant, Outcome, Settings, Watch, loosened, new_solver, run

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.solving.events import Progress

Floats = NDArray[np.float64]
LARGE_COLUMNS = 50_000  # from here on a relaxation costs more than the dive it is good for
LINKS = ("open_serve", "open_assign")  # rows of single flows into sites that must be opened
WHOLE = 1e-6  # how near a whole number is one
MOST_AT_ONCE = 16  # values that one step rounds, where there are not very many
STEPS = 40  # about so many steps, where there are
MOST_STEPS = 200  # a dive that needs more is given up
SPARE = (0, 3, 8)  # how far integers may rise above the relaxation, one dive after the other


def minimise(
    compiled: Compiled,
    settings: Settings,
    invariant: Invariant,
    started: float,
    progress: Progress | None = None,
    start: Floats | None = None,
) -> Outcome:
    """Minimise a compiled model: a large one by relaxation and dive, then by branch and bound.

    What the dive found is where branch and bound starts, and the relaxation bounds both.
    """
    size = compiled.size
    small = size["variables"] < LARGE_COLUMNS or _mostly_links(compiled)
    if small or not size["integers"]:
        return run(compiled, settings, invariant, started, progress, start)
    begun = time.perf_counter()
    root = dived(compiled, settings, invariant, started, progress)
    left = settings.time_limit_s - (time.perf_counter() - begun)
    if root.status in ("optimal", "infeasible") or root.reason in ("interrupted", MEMORY):
        return root
    if left <= 0:
        return replace(root, reason="time_limit")
    begin = root.x if start is None or root.x is not None else start
    rest = replace(settings, time_limit_s=left)
    found = run(compiled, rest, invariant, started, progress, begin)
    return _with_bound(found, root, settings, invariant)


def _mostly_links(compiled: Compiled) -> bool:
    """Whether most rows are those of single flows: an easy LP, and few integers decide the rest."""
    blocks = [block for block in compiled.row_blocks if block.component.local_name in LINKS]
    return 2 * sum(block.stop - block.start for block in blocks) > len(compiled.row_lower)


def _with_bound(found: Outcome, root: Outcome, settings: Settings, invariant: Invariant) -> Outcome:
    """What branch and bound found, or the dive's plan where it found none, with the best bound."""
    if found.status == "infeasible":
        return found
    if found.x is None:
        found = replace(root, reason=found.reason, bound=found.bound)
    bounds = [bound for bound in (found.bound, root.bound) if bound is not None]
    if not bounds:
        return found
    if found.x is None or found.objective is None:
        return replace(found, bound=max(bounds))
    return judged(found, min(max(bounds), found.objective), settings, invariant)


def judged(found: Outcome, bound: float, settings: Settings, invariant: Invariant) -> Outcome:
    """A plan against a bound: optimal where both gaps are proved."""
    assert found.x is not None and found.objective is not None
    gap = relative_gap(found.objective, bound)
    gap_location = location_gap(found.objective, bound, invariant.at(found.x))
    proved = gap <= settings.gap and gap_location <= settings.gap_location
    return replace(
        found,
        status="optimal" if proved else "feasible",
        reason="gap" if proved else found.reason,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
    )


def dived(
    compiled: Compiled,
    settings: Settings,
    invariant: Invariant,
    started: float,
    progress: Progress | None = None,
) -> Outcome:
    """The plan of a dive against the LP relaxation; `basis` is that of its last LP.

    Each step rounds some values up and solves the LP again; a step that leaves no solution is
    cut, and its last value rounded down.
    """
    lp = Relaxation(compiled, settings, invariant, started, progress)
    status = lp.solve()
    if status != "optimal":
        return without_plan(status)
    bound = lp.objective
    lp.watch.report(np.inf, bound, None, None)
    dive = Dive(
        lp.solver,
        lp.columns,
        compiled.column_lower[lp.columns],
        compiled.column_upper[lp.columns],
        lp.solve,
    )
    status = dive.run()
    if status != "optimal":
        return replace(without_plan(status), bound=bound)
    basis = lp.solver.getBasis()
    plan = Outcome("feasible", "dive", dive.values(), lp.objective, bound, None, None, basis=basis)
    return judged(plan, min(bound, lp.objective), settings, invariant)


def without_plan(status: str) -> Outcome:
    """What is known where there is no plan."""
    kind = "infeasible" if status == "infeasible" else "no_solution"
    return Outcome(kind, status, None, None, None, None, None)


class Relaxation:
    """A compiled model without its integrality, solved again and again from its last basis."""

    def __init__(
        self,
        compiled: Compiled,
        settings: Settings,
        invariant: Invariant,
        started: float,
        progress: Progress | None,
    ) -> None:
        self.settings = settings
        self.solver: Any = new_solver(settings)
        compiled.pass_to(self.solver)
        self.columns = loosened(self.solver, compiled)
        self.watch = Watch(settings, invariant, started, progress)
        self.watch.attach(self.solver)
        self.solver.setOptionValue("solver", "ipm")  # from nothing; later from the last basis

    def solve(self) -> str:
        """Solve with the bounds at hand and say how that ended (see `layout.solving.ending`)."""
        limit_time(self.solver, self.watch.left_s)
        with self.watch.listening():
            word = ended(self.solver, self.watch)
        self.solver.setOptionValue("solver", "simplex")
        return "interrupted" if self.watch.interrupted and word != "optimal" else word

    @property
    def objective(self) -> float:
        """The objective of the last LP."""
        return float(self.solver.getInfo().objective_function_value)


class Dive:
    """The integers of an LP that was just solved, rounded step by step until all are whole.

    `solver` holds the LP, `columns` its integers with their bounds, `run` solves it again.
    """

    def __init__(
        self,
        solver: Any,
        columns: NDArray[np.int32],
        lower: Floats,
        upper: Floats,
        run: Callable[[], str],
    ) -> None:
        self.solver, self.columns, self._run = solver, columns, run
        self.lower = np.ceil(lower - WHOLE)
        self.top = np.floor(upper + WHOLE)
        self.upper = self.top
        self.at_once = MOST_AT_ONCE

    def solve(self) -> str:
        """Solve with the bounds at hand."""
        count = len(self.columns)
        self.solver.changeColsBounds(count, self.columns, self.lower, self.upper)
        return self._run()

    def values(self) -> Floats:
        """All columns at the last LP."""
        return np.array(self.solver.getSolution().col_value)

    def run(self) -> str:
        """Round until every integer is whole: optimal, or why there is no plan.

        Integers stay at or below the next whole number of the relaxation: what it does not use
        stays out. Where that leaves no plan, the dive begins again with some to spare.
        """
        root, values = self.solver.getBasis(), self.values()[self.columns]
        partial = np.abs(values - np.round(values)) > WHOLE
        self.at_once = max(MOST_AT_ONCE, int(np.count_nonzero(partial)) // STEPS)
        floor, status = self.lower.copy(), "dead_end"
        for spare in SPARE:
            self.lower = floor.copy()
            self.upper = np.minimum(self.top, np.ceil(values - WHOLE) + spare)
            self.solver.setBasis(root)
            status = self.solve()
            if status == "optimal":
                status = self._rounded()
            if status not in ("infeasible", "dead_end"):
                return status
        return "dead_end" if status == "infeasible" else status

    def _rounded(self) -> str:
        """Round up what is nearest to its next whole number, and so on.

        What is short of room or power cannot spare what rounding down takes away.
        """
        size = self.at_once
        for _ in range(MOST_STEPS):
            value = self.values()[self.columns]
            over = value - np.floor(value + WHOLE)
            partial = np.flatnonzero(over > WHOLE)
            if not len(partial):
                return "optimal"
            order = partial[np.argsort(-over[partial], kind="stable")]
            status, size = self._step(order[:size], value)
            if status != "optimal":
                return status
        return "dead_end"

    def _step(self, batch: NDArray[np.int64], value: Floats) -> tuple[str, int]:
        """Round a batch up, else a quarter of it and so on; what cannot go up goes down.

        With the status: how many values the next step may round.
        """
        lower, size = self.lower.copy(), len(batch)
        while True:
            self.lower[batch] = np.ceil(value[batch])
            status = self.solve()
            if status != "infeasible":
                return status, min(2 * size, self.at_once)
            self.lower = lower.copy()
            if size == 1:
                self.upper[batch] = np.floor(value[batch])
                return self.solve(), 1
            size = max(1, size // 4)
            batch = batch[:size]
