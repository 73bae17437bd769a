"""Minimising one sum after the other, each later one with those before kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from layout.algebra import Compiled, compile_model
from layout.formulation.linear import Floats, Linear
from layout.solving import cones, extract
from layout.solving.dive import minimise
from layout.solving.highs import Invariant, Outcome, Settings, loosened, new_solver

if TYPE_CHECKING:
    from layout.formulation import Formulation
    from layout.solving.events import Progress
    from layout.solving.live import Live
    from layout.solving.optimise import Clock

LEAST_TIME_S = 1.0  # what a later step has at least, so that it can look at the solution at hand


@dataclass(frozen=True)
class Aim:
    """A sum to minimise, and the part of it that no siting can change.

    `slack` is what a later step may lose of it besides its gap: the solver's own tolerance where
    the sum is near zero.
    """

    name: str
    linear: Linear
    unit: str
    invariant: Linear = field(default_factory=Linear)
    slack: float = 0.0


@dataclass
class Answer:
    """What a strategy found: the proof that is reported, and what the final plan has to keep.

    `first.bound` bounds `value()`, which is read when the final plan is loaded, as are `fixed()`
    (the part of the value that no siting can change) and `notes()` (more keys of plan.json).
    """

    first: Outcome
    last: Outcome
    kept: tuple[Aim, ...]
    value: Callable[[], float]
    fixed: Callable[[], float] = lambda: 0.0
    notes: Callable[[], dict[str, Any]] = dict
    explanation: dict[str, Any] | None = None


def coefficients(compiled: Compiled, linear: Linear) -> Invariant:
    """A linear expression over the compiled columns."""
    values = np.zeros(len(compiled.cost))
    for part, _, at, by in linear.terms:
        np.add.at(values, part.columns(compiled)[at], by)
    return Invariant(values, float(linear.constants.sum()))


class Work:
    """One formulation that is minimised again and again; every step is recorded.

    The time limit holds for all steps together. `x` is the solution found last, from which the
    next step starts and which the variables hold. A `live` solver goes on from what it found
    before, for another formulation perhaps.
    """

    def __init__(
        self,
        formulation: Formulation,
        settings: Settings,
        clock: Clock,
        progress: Progress | None = None,
        live: Live | None = None,
    ) -> None:
        self.formulation = formulation
        self.settings = settings
        self.cones = cones.Cones(formulation)
        self.clock = clock
        self.progress = progress
        self.live = live
        self.steps: list[dict[str, Any]] = []
        self.compiled: Compiled | None = None
        self.x: Floats | None = None
        self.spent_s = 0.0
        self.named: dict[str, Aim] = {}

    def aim(self, name: str) -> Aim:
        """`cost` with all it holds, or `carbon` with the penalties of soft rows."""
        linear = self.formulation.objective(name)
        if name == "cost":
            return Aim(name, linear, "mcny", self.formulation.invariant())
        return Aim(name, linear, "kt")

    def plain(self, name: str) -> Aim:
        """What is traded off: `cost`, `carbon` without any penalty, or one of those in `named`."""
        if name in self.named:
            return self.named[name]
        return (
            self.aim(name) if name == "cost" else Aim(name, self.formulation.carbon.total(), "kt")
        )

    def compile(self, aim: Aim) -> Compiled:
        """The model with one sum as its objective, as arrays."""

        def made() -> Compiled:
            self.formulation.minimise_linear(aim.linear, aim.name)
            return compile_model(self.formulation.pyomo)

        self.compiled = self.clock.stage("compile", made)
        return self.compiled

    def minimise(
        self, aim: Aim, gap: float | None = None, gap_location: float | None = None
    ) -> Outcome:
        """Minimise and note what was proved; gaps given replace those of the settings."""
        compiled = self.compile(aim)
        form = coefficients(compiled, aim.invariant)
        limit = self.settings.time_limit_s
        if self.steps:
            limit = max(limit - self.spent_s, min(limit, LEAST_TIME_S))
        settings = replace(
            self.settings,
            time_limit_s=limit,
            gap=self.settings.gap if gap is None else gap,
            gap_location=self.settings.gap_location if gap_location is None else gap_location,
        )
        begun = time.perf_counter()

        def solve(model: Compiled, within: Settings, start: Floats | None) -> Outcome:
            way = minimise if self.live is None else self.live.minimise
            return way(model, within, form, self.clock.started, self.progress, start)

        outcome: Outcome = self.clock.stage(
            "solve", lambda: cones.minimise(self, settings, form, solve)
        )
        taken = time.perf_counter() - begun
        self.spent_s += taken
        self.steps.append(
            {
                "step": aim.name,
                "unit": aim.unit,
                "value": outcome.objective,
                "bound": outcome.bound,
                "gap": outcome.gap,
                "status": outcome.status,
                "reason": outcome.reason,
                "kept_at": None,
                "seconds": taken,
            }
        )
        if outcome.x is not None:
            self.hold(outcome.x)
        return outcome

    def hold(self, x: Floats) -> None:
        """Take a solution as the one at hand."""
        assert self.compiled is not None
        self.x = x
        self.compiled.load_values(extract.clean(x, self.compiled.integrality))

    def keep(self, aim: Aim, outcome: Outcome) -> None:
        """Add the row aim ≤ limit: half of what its gaps leave between incumbent and bound."""
        assert outcome.objective is not None
        limit = reach = outcome.objective
        if outcome.bound is not None and outcome.bound > 0:
            reach = outcome.bound / (1 - self.settings.gap)
            fixed = aim.invariant.value()
            if fixed:
                share = self.settings.gap_location
                reach = min(reach, (outcome.bound - share * fixed) / (1 - share))
        limit += max(0.0, (reach - limit) / 2)
        self.keep_at(aim, limit + max(1e-9 * abs(limit), aim.slack))
        self.steps[-1]["kept_at"] = limit

    def keep_at(self, aim: Aim, limit: float) -> None:
        """Add, or replace, the row aim ≤ limit."""
        self.formulation.keep_linear(key_of(aim), aim.linear, limit, f"{aim.name} is kept")

    def release(self, aim: Aim) -> None:
        """Let an aim go again."""
        self.formulation.release(key_of(aim))

    def polish(self, aim: Aim) -> bool:
        """The least of an aim for the integers at hand; whether there is one."""
        assert self.x is not None
        compiled = self.compile(aim)
        _, found = cones.fixed(self, self.x, np.zeros(len(compiled.cost)))
        if found.x is not None:
            self.hold(found.x)
        return found.x is not None

    def relax(self, aim: Aim) -> bool:
        """The least of an aim with every integer made continuous; whether there is one."""
        compiled = self.compile(aim)
        solver = new_solver(self.settings)
        compiled.pass_to(solver)
        loosened(solver, compiled)
        solver.run()
        kinds = highspy.HighsModelStatus
        if solver.getModelStatus() not in (kinds.kOptimal, kinds.kModelEmpty):
            return False
        compiled.load_values(np.array(solver.getSolution().col_value))
        return True


def key_of(aim: Aim) -> str:
    """Name of the row that keeps an aim."""
    return "keep_" + aim.name.replace(" ", "_")


def in_order(work: Work, aims: list[Aim]) -> Answer:
    """Minimise several sums in order, each with those before kept within their gaps (75)."""
    outcomes: list[Outcome] = []
    for number, aim in enumerate(aims):
        if outcomes:
            work.keep(aims[number - 1], outcomes[-1])
        outcome = work.minimise(aim)
        if outcome.x is None and outcomes:  # the later aim was never minimised: say so
            outcomes[-1] = replace(outcomes[-1], status="feasible", reason=outcome.reason)
            break
        outcomes.append(outcome)
        if outcome.x is None or outcome.status != "optimal":
            break
    return Answer(
        first=outcomes[0],
        last=outcomes[-1],
        kept=tuple(aim for aim in aims if aim.name != "cost"),
        value=aims[0].linear.value,
        fixed=aims[0].invariant.value,
    )
