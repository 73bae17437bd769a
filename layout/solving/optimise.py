"""Build, compile, minimise, and refine: the steps between a model and its proved solution."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, compile_model
from layout.formulation import Formulation, build
from layout.formulation.linear import Linear
from layout.solving import extract
from layout.solving.events import Event, Progress, location_gap, relative_gap
from layout.solving.highs import Invariant, Outcome, Settings, fixed_lp, run

if TYPE_CHECKING:
    from layout.model import PlanningModel


@dataclass
class Clock:
    """Seconds of every stage; tells `progress` when one begins."""

    progress: Progress | None
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def stage(self, name: str, work: Callable[[], Any]) -> Any:
        """Run `work` as the stage `name`."""
        begun = time.perf_counter()
        if self.progress is not None:
            self.progress(Event(name, begun - self.started))
        result = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun
        return result

    def total(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.started


@dataclass(frozen=True)
class Solved:
    """A formulation with its compiled matrix, what HiGHS proved, and the sum it minimised."""

    formulation: Formulation
    compiled: Compiled
    outcome: Outcome


def solver_settings(model: PlanningModel, log_file: str | None = None, **given: Any) -> Settings:
    """The model's solver settings with those given (not None) in their place."""
    own = model.settings.solver
    chosen: dict[str, Any] = {
        name: getattr(own, name) if given.get(name) is None else given[name]
        for name in ("gap", "gap_location", "time_limit_s", "threads", "seed")
    }
    return Settings(**chosen, log_file=log_file)


def coefficients(compiled: Compiled, linear: Linear) -> Invariant:
    """A linear expression over the compiled columns."""
    values = np.zeros(len(compiled.cost))
    for var, _, at, by in linear.terms:
        np.add.at(values, compiled.columns_of(var)[at], by)
    return Invariant(values, float(linear.constants.sum()))


def optimise(
    model: PlanningModel, settings: Settings, clock: Clock, *, watch: bool = True
) -> Solved:
    """Build, compile and minimise; then read values and duals of the LP with fixed integers."""
    formulation = clock.stage("build", lambda: build(model))
    compiled = clock.stage("compile", lambda: compile_model(formulation.pyomo))
    first = model.settings.objective[0]
    invariant = formulation.invariant() if first == "cost" else Linear()
    progress = clock.progress if watch else None

    def minimise() -> Outcome:
        form = coefficients(compiled, invariant)
        return run(compiled, settings, form, clock.started, progress)

    outcome = clock.stage("solve", minimise)
    if outcome.x is not None:
        tidy = coefficients(compiled, tidiness(formulation)).coefficients
        outcome = clock.stage(
            "polish", lambda: polish(compiled, settings, outcome, invariant, tidy)
        )
        assert outcome.x is not None
        x = extract.clean(outcome.x, compiled.integrality)
        compiled.load_values(x)
        if outcome.row_dual is not None:
            compiled.load_duals(outcome.row_dual, outcome.column_dual)
    return Solved(formulation, compiled, outcome)


def tidiness(formulation: Formulation) -> Linear:
    """What a plan should have no more of than it needs: new compute, space, certificates."""
    v = formulation.variables
    tidy = Linear()
    for var in (v.fill, v.install, v.space, v.certificate, v.renewable, v.retire):
        every = np.arange(len(var.index))
        tidy.add(var, np.zeros(len(every), dtype=int), every)
    return tidy


def polish(
    compiled: Compiled,
    settings: Settings,
    outcome: Outcome,
    invariant: Linear,
    tidy: NDArray[np.float64],
) -> Outcome:
    """The best flows and energy for the chosen integers, with prices; the proof stays."""
    assert outcome.x is not None
    fixed = fixed_lp(compiled, settings, outcome.x, tidy)
    if fixed.x is None or fixed.objective is None:
        return outcome
    objective, bound = fixed.objective, outcome.bound
    if bound is None:
        gap = gap_location = None
    else:
        bound = min(bound, objective)
        constant = coefficients(compiled, invariant).at(fixed.x)
        gap = relative_gap(objective, bound)
        gap_location = location_gap(objective, bound, constant)
    proved = (
        gap is not None
        and gap_location is not None
        and gap <= settings.gap
        and gap_location <= settings.gap_location
    )
    return Outcome(
        status="optimal" if proved else "feasible",
        reason=outcome.reason,
        x=fixed.x,
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
        row_dual=fixed.row_dual,
        column_dual=fixed.column_dual,
    )
