"""One HiGHS that keeps its model: told what changed, it goes on from the last basis and plan.

The relaxation is solved from the last basis. Its value bounds every plan, so a plan near it needs
no branching: the last integers with everything else at its least, or integers rounded up part by
part, whichever is cheaper. What that leaves open is branched on, from the best plan at hand.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.errors import LayoutError
from layout.formulation.linear import Floats
from layout.solving.alignment import Alignment, aligned, alike, differing
from layout.solving.dive import judged
from layout.solving.ending import FAILED, LIMITS, MEMORY, ended, failure, limit_time
from layout.solving.highs import (
    Invariant,
    Outcome,
    Settings,
    Watch,
    decided,
    loosened,
    new_solver,
    outcome_of,
)
from layout.solving.proofs import Proof, still_bounds
from layout.solving.start import Start, start_of

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.solving.events import Progress

Numbers = NDArray[np.integer[Any]]
LARGE_ROWS = 30_000  # from here on an interior point beats the simplex method from nothing
WHOLE = 1e-6  # how near a whole number is one
ENTRIES_PER_CHANGE = 500  # handing over so many coefficients takes as long as changing one
MOST_PROOFS = 4  # bounds of earlier answers that are kept
PARTS = 4  # a step of a dive rounds one part in so many
MOST_STEPS = 40  # a dive that needs more is given up
SPARE = (0, 3)  # how far integers may rise above the relaxation, one dive after the other
CHOOSE = 0  # HiGHS: primal simplex where the last basis stays feasible, else dual


class Live:
    """A solver that answers one model after another; they may differ in anything.

    `how` says what gave the last answer: relaxation (an LP), dive, kept or branching.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.forget()

    def forget(self) -> None:
        """Know nothing, with a new HiGHS: answers to come do not depend on those before."""
        self.solver = new_solver(self.settings)
        self.solver.setOptionValue("simplex_strategy", CHOOSE)
        self.compiled: Compiled | None = None
        self.columns: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.basis: Any = None  # of the last relaxation
        self.hot = False  # whether the solver stands where the last relaxation ended
        self.plan: Floats | None = None  # the last plan, in the columns of `compiled`
        self.proofs: list[Proof] = []
        self.how = ""

    def minimise(
        self,
        compiled: Compiled,
        settings: Settings,
        invariant: Invariant,
        started: float,
        progress: Progress | None = None,
        start: Floats | None = None,
    ) -> Outcome:
        """Minimise; as `layout.solving.dive.minimise`, but from what is known already."""
        run = _Run(self, compiled, settings, invariant, started, progress)
        self.take(compiled)
        with run.watching():
            found = run.answer(start)
        whole = len(self.columns) > 0 and compiled.sense > 0
        if whole and found.bound is not None and np.isfinite(found.bound):
            self.proofs = [*self.proofs[1 - MOST_PROOFS :], Proof(compiled, found.bound)]
        if found.x is not None:
            self.plan = found.x
        return found

    def remember(self, compiled: Compiled, x: Floats) -> None:
        """Know a plan that was found elsewhere."""
        self.take(compiled)
        self.plan = x

    @property
    def start(self) -> Start | None:
        """Plan, basis and bound of the model at hand; None where they are not all known."""
        if self.compiled is None or self.plan is None or self.basis is None:
            return None
        return start_of(self.plan, self.known_bound(self.compiled), self.basis)

    def begin(self, compiled: Compiled, start: Start | None) -> None:
        """Know a model and what was found for it, and nothing else."""
        self.forget()
        self.take(compiled)
        if start is not None:
            self.plan, self.basis = start.plan, start.basis
            self.proofs = [Proof(compiled, start.bound)]

    def known_bound(self, compiled: Compiled) -> float:
        """The best bound of earlier answers that holds for a model too."""
        held = (proof.bound for proof in self.proofs if still_bounds(proof.compiled, compiled))
        return max(held, default=-np.inf)

    # the model --------------------------------------------------------------------------------

    def take(self, compiled: Compiled) -> None:
        """Make a model the one at hand, its integers continuous; tell HiGHS the difference."""
        old = self.compiled
        if old is compiled:
            return
        if old is None or not alike(old, compiled):
            self._pass(compiled, None if old is None else aligned(old, compiled))
        elif not self._changed(old, compiled):
            self._pass(compiled, None)
        self.compiled = compiled

    def _pass(self, compiled: Compiled, places: Alignment | None) -> None:
        """Hand the whole model over; basis and plan go with it where its parts are known."""
        basis = self.basis
        compiled.pass_to(self.solver)
        self.columns = loosened(self.solver, compiled)
        if places is not None:
            basis = None if basis is None else places.basis(basis)
            self.plan = None if self.plan is None else places.values(self.plan)
        self.basis, self.hot = basis, False

    def _changed(self, old: Compiled, new: Compiled) -> bool:
        """Tell HiGHS what differs in a model of the same form; False where that is too much."""
        numbers, others = old.entries.coefficients, new.entries.coefficients
        if numbers is not others:
            at = np.flatnonzero(numbers != others)
            if len(at) * ENTRIES_PER_CHANGE > len(others):
                return False
            columns = np.searchsorted(new.entries.starts, at, side="right") - 1
            rows = new.entries.rows[at]
            for row, column, by in zip(rows.tolist(), columns.tolist(), others[at], strict=True):
                self.solver.changeCoeff(row, column, float(by))
        at = differing(old.cost, new.cost)
        if len(at):
            self.solver.changeColsCost(len(at), at, new.cost[at])
        if old.offset != new.offset:
            self.solver.changeObjectiveOffset(new.offset)
        at = differing(old.column_lower, new.column_lower, old.column_upper, new.column_upper)
        if len(at):
            self.bound(at, new.column_lower[at], new.column_upper[at])
        at = differing(old.row_lower, new.row_lower, old.row_upper, new.row_upper)
        if len(at):
            self.solver.changeRowsBounds(len(at), at, new.row_lower[at], new.row_upper[at])
        return True

    def bound(self, columns: Numbers, lower: Floats, upper: Floats) -> None:
        """Give some columns other bounds."""
        self.solver.changeColsBounds(
            len(columns), np.asarray(columns, dtype=np.int32), lower, upper
        )

    def free(self) -> None:
        """Give the integers the bounds of the model again."""
        assert self.compiled is not None
        at = self.columns
        if len(at):
            self.bound(at, self.compiled.column_lower[at], self.compiled.column_upper[at])

    def go_back(self) -> None:
        """Make the basis of the last relaxation the one that the next run starts from."""
        if not self.hot and self.basis is not None:
            self.solver.setBasis(self.basis)


class _Run:
    """One answer of a live solver, within one time limit."""

    def __init__(
        self,
        live: Live,
        compiled: Compiled,
        settings: Settings,
        invariant: Invariant,
        started: float,
        progress: Progress | None,
    ) -> None:
        self.live, self.solver = live, live.solver
        self.compiled, self.settings, self.invariant = compiled, settings, invariant
        self.watch = Watch(settings, invariant, started, progress)

    def watching(self) -> Any:
        """Listen to the solver while it runs."""
        stack = ExitStack()
        self.watch.attach(self.solver)
        stack.callback(self.watch.leave, self.solver)
        stack.enter_context(self.watch.listening())
        return stack

    def run(self) -> str:
        """Run the solver as it stands and say how that ended (see `layout.solving.ending`)."""
        limit_time(self.solver, self.watch.left_s)
        word = ended(self.solver, self.watch)
        if word == FAILED:
            highspy.Highs.resetGlobalScheduler(True)  # another solver may have had other threads
            word = ended(self.solver, self.watch)
        return "interrupted" if self.watch.interrupted else word

    def values(self) -> Floats:
        """All columns at the last LP."""
        return np.array(self.solver.getSolution().col_value)

    def objective(self) -> float:
        """The objective of the last LP."""
        return float(self.solver.getInfo().objective_function_value)

    # the steps --------------------------------------------------------------------------------

    def answer(self, start: Floats | None) -> Outcome:
        """Relaxation, the integers at hand, a dive, branching."""
        live = self.live
        live.how = "relaxation"
        status = self.relaxation()
        if status == "infeasible":
            return Outcome("infeasible", "infeasible", None, None, None, None, None)
        if status == MEMORY:
            live.forget()
        if status != "optimal":
            return Outcome("no_solution", status, None, None, None, None, None)
        x, bound = self.values(), self.objective()
        if not len(live.columns):
            return self.of_lp(x, bound)
        self.watch.floor = max(bound, live.known_bound(self.compiled))
        self.watch.report(np.inf, self.watch.floor, None, None)
        best: Outcome | None = None
        for plan in (live.plan, start):
            if plan is not None and not (plan is start and start is live.plan):
                live.how = "kept"
                best = self.better(best, plan[live.columns])
        known, best = best, self.dived(best, x)
        live.how = live.how if best is known and best is not None else "dive"
        if best is not None and _proved(best):
            return best
        if self.watch.left_s <= 0 or self.watch.interrupted:
            reason = "interrupted" if self.watch.interrupted else "time_limit"
            none = Outcome("no_solution", reason, None, None, self.watch.floor, None, None)
            return none if best is None else replace(best, reason=reason)
        return self.branched(best)

    def relaxation(self) -> str:
        """Solve the relaxation from its last basis; without one, from nothing."""
        live = self.live
        live.free()
        live.go_back()
        cold = live.basis is None
        large = len(self.compiled.row_lower) >= LARGE_ROWS
        if cold:
            self.solver.setOptionValue("solver", "ipm" if large else "choose")
        status = self.run()
        if status not in ("optimal", "infeasible", "interrupted", *LIMITS):
            status = self.status()
        self.solver.setOptionValue("solver", "choose")
        live.hot = status == "optimal"
        if live.hot:
            live.basis = self.solver.getBasis()
        return status

    def status(self) -> str:
        """What an LP is that presolve or the last basis could not tell: solved from nothing."""
        self.solver.clearSolver()
        status = decided(self.solver, self.watch)
        if status in ("unbounded", "undecided"):
            raise LayoutError("error.unbounded")
        if status == FAILED:
            raise failure(self.solver)
        return status

    def of_lp(self, x: Floats, objective: float) -> Outcome:
        """The answer where nothing is whole."""
        solution = self.solver.getSolution()
        return Outcome(
            status="optimal",
            reason="gap",
            x=x,
            objective=objective,
            bound=objective,
            gap=0.0,
            gap_location=0.0,
            row_dual=np.array(solution.row_dual),
            column_dual=np.array(solution.col_dual),
        )

    def better(self, best: Outcome | None, whole: Floats) -> Outcome | None:
        """The cheapest plan with these integers, where it beats the best one known."""
        live, at = self.live, self.live.columns
        lower, upper = self.compiled.column_lower[at], self.compiled.column_upper[at]
        values = np.clip(np.round(whole), np.ceil(lower - WHOLE), np.floor(upper + WHOLE))
        live.bound(at, values, values)
        live.go_back()
        live.hot = False
        if self.run() != "optimal":
            return best
        objective = self.objective()
        if best is not None and best.objective is not None and best.objective <= objective:
            return best
        x = self.values()
        x[at] = values
        found = Outcome("feasible", "kept", x, objective, None, None, None)
        floor = min(self.watch.floor, objective)
        return judged(found, floor, self.settings, self.invariant)

    def dived(self, best: Outcome | None, x: Floats) -> Outcome | None:
        """Integers rounded up, the nearest to their next whole number first, a part at a time.

        All stay at or below the next whole number of the relaxation `x`; where that leaves no
        plan, the dive begins again with some to spare.
        """
        for spare in SPARE:
            value = self.rounded(x[self.live.columns], spare)
            if value is not None:
                return self.better(best, value)
        return best

    def rounded(self, value: Floats, spare: int) -> Floats | None:
        """The integers that a dive from `value` ends with; None where it finds no plan."""
        live, at = self.live, self.live.columns
        lower = np.ceil(self.compiled.column_lower[at] - WHOLE)
        upper = np.floor(self.compiled.column_upper[at] + WHOLE)
        upper = np.minimum(upper, np.ceil(value - WHOLE) + spare)
        live.go_back()
        live.hot = False
        for _ in range(MOST_STEPS):
            over = value - np.floor(value + WHOLE)
            partial = np.flatnonzero(over > WHOLE)
            if not len(partial):
                return value
            order = partial[np.argsort(-over[partial], kind="stable")]
            first = order[: max(1, len(order) // PARTS)]
            lower[first] = np.ceil(value[first])
            live.bound(at, lower, upper)
            if self.run() != "optimal":
                return None
            value = self.values()[at]
        return None

    def branched(self, best: Outcome | None) -> Outcome:
        """Branch and bound from the best plan at hand."""
        live, at = self.live, self.live.columns
        live.how = "branching"
        live.free()
        live.hot = False
        whole = np.full(len(at), highspy.HighsVarType.kInteger.value, dtype=np.uint8)
        self.solver.changeColsIntegrality(len(at), at, whole)
        self.solver.setOptionValue("mip_rel_gap", 0.0)
        self.solver.setOptionValue("mip_abs_gap", 1e-9)
        self.solver.clearSolver()
        if best is not None and best.x is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(best.x)
            self.solver.setSolution(solution)
            self.watch.constant = self.invariant.at(best.x)
        word = self.run()
        word = decided(self.solver, self.watch) if word == "undecided" else word
        found = outcome_of(
            self.solver, word, self.compiled, self.settings, self.invariant, self.watch
        )
        if word == MEMORY:
            return self.rescued(found, best)
        loosened(self.solver, self.compiled)
        if found.x is None or found.objective is None:
            return self.unsettled(found, best)
        return self.settled(found, best)

    def unsettled(self, found: Outcome, best: Outcome | None) -> Outcome:
        """What is known where branching found no plan."""
        if best is not None and best.objective is not None:
            bound = -np.inf if found.bound is None else found.bound
            floor = min(max(self.watch.floor, bound), best.objective)
            best = replace(best, reason=found.reason)
            return judged(best, floor, self.settings, self.invariant)
        return found

    def rescued(self, found: Outcome, best: Outcome | None) -> Outcome:
        """The better plan where the memory ran out; the solver that knew it is given up."""
        self.live.forget()
        if found.objective is None or best is None or best.objective is None:
            return found if found.x is not None else self.unsettled(found, best)
        return found if found.objective < best.objective else self.unsettled(found, best)

    def settled(self, found: Outcome, best: Outcome | None) -> Outcome:
        """The branched plan with all but its integers at its least, against what was proved."""
        assert found.x is not None and found.objective is not None
        if found.bound is not None:
            self.watch.floor = max(self.watch.floor, found.bound)
        plan = self.better(best, found.x[self.live.columns])
        cost = np.inf if plan is None or plan.objective is None else plan.objective
        if plan is None or cost > found.objective:
            plan, cost = found, found.objective
        floor = min(self.watch.floor, cost)
        return judged(replace(plan, reason=found.reason), floor, self.settings, self.invariant)


def _proved(best: Outcome | None) -> bool:
    return best is not None and best.status == "optimal"
