"""Build, compile, minimise, and refine: the steps between a model and its proved solution."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import Compiled
from layout.formulation import Formulation, build
from layout.formulation.linear import Floats, Linear
from layout.formulation.variables import Variables
from layout.model.schema import Epsilon, Weighted
from layout.solving import extract
from layout.solving.cones import fixed
from layout.solving.epsilon import within_limit
from layout.solving.events import Event, Progress, location_gap, relative_gap
from layout.solving.fractional import most_per_carbon
from layout.solving.generation import generated, generates
from layout.solving.goals import reach_goals
from layout.solving.highs import Outcome, Settings
from layout.solving.separation import separated
from layout.solving.steps import Answer, Work, coefficients, in_order
from layout.solving.weighted import least_weighted

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.solving.live import Live


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
    """A formulation with its compiled matrix, what HiGHS proved, and the steps that led there.

    `notes` are further keys of plan.json; `explanation` says why there is no plan where the
    strategy knows it.
    """

    formulation: Formulation
    compiled: Compiled
    outcome: Outcome
    steps: tuple[dict[str, Any], ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)
    explanation: dict[str, Any] | None = None


def solver_settings(model: PlanningModel, log_file: str | None = None, **given: Any) -> Settings:
    """The model's solver settings with those given (not None) in their place."""
    own = model.settings.solver
    chosen: dict[str, Any] = {
        name: getattr(own, name) if given.get(name) is None else given[name]
        for name in ("gap", "gap_location", "time_limit_s", "threads", "seed")
    }
    return Settings(**chosen, log_file=log_file)


def optimise(
    model: PlanningModel,
    settings: Settings,
    clock: Clock,
    *,
    watch: bool = True,
    live: Live | None = None,
) -> Solved:
    """Build, compile and minimise; then refine the answer for the integers that were chosen.

    Several objectives are minimised in order, each later one with those before kept within
    their gaps (75). Cost comes last where it was not named, so that a plan of least carbon is
    the cheapest of its kind. Status, bound and gaps are those of the first objective at the
    final answer; values and duals those of the LP of least cost with fixed integers. With
    myopic foresight all of that is done period by period (layout.solving.myopic).
    """
    if model.settings.foresight == "myopic" and len(model.settings.periods) > 1:
        from layout.solving.myopic import period_by_period

        return period_by_period(model, settings, clock, watch=watch)
    if generates(model):
        work, answer, notes = generated(model, settings, clock, clock.progress if watch else None)
        return solved_of(work, answer, notes)
    formulation = clock.stage("build", lambda: build(model))
    names = list(model.settings.objective)
    return answered(formulation, names, settings, clock, watch=watch, live=live)


def answered(
    formulation: Formulation,
    objective: list[Any],
    settings: Settings,
    clock: Clock,
    *,
    watch: bool = True,
    live: Live | None = None,
) -> Solved:
    """Minimise what a formulation is about, and refine the answer (see `optimise`)."""
    settings = separated(formulation, settings, clock)
    work = Work(formulation, settings, clock, clock.progress if watch else None, live)
    return solved_of(work, _strategy(work, objective))


def solved_of(work: Work, answer: Answer, notes: dict[str, Any] | None = None) -> Solved:
    """The refined answer, or what is known where there is none; `notes` go to plan.json."""
    assert work.compiled is not None
    if answer.last.x is None:
        steps = tuple(work.steps)
        solved = Solved(
            work.formulation, work.compiled, answer.last, steps, explanation=answer.explanation
        )
    else:
        solved = work.clock.stage("refine", lambda: _refined(work, answer))
    return replace(solved, notes={**(notes or {}), **solved.notes})


def _strategy(work: Work, objective: list[Any]) -> Answer:
    """How the objective of the model is reached."""
    first = objective[0]
    if isinstance(first, Weighted):
        return least_weighted(work, first)
    if isinstance(first, Epsilon):
        return within_limit(work, first)
    if first == "compute_per_carbon":
        return most_per_carbon(work)
    names = objective + ([] if "cost" in objective else ["cost"])
    if "goals" in names:
        return reach_goals(work, names)
    return in_order(work, [work.aim(name) for name in names])


def _refined(work: Work, answer: Answer) -> Solved:
    """The cheapest plan for the chosen integers, with prices in mcny; the proof stays."""
    formulation, settings, last = work.formulation, work.settings, answer.last
    assert last.x is not None
    for aim in answer.kept:
        reached = aim.linear.value()
        work.keep_at(aim, reached + max(1e-9 * max(1.0, abs(reached)), aim.slack))
    compiled = work.compile(work.aim("cost"))
    tidy = coefficients(compiled, tidiness(formulation)).coefficients
    compiled, whole = fixed(work, last.x, tidy, last.basis)
    if whole.x is not None:
        fewer = trimmed(formulation, compiled, whole.x)
        if (fewer < np.round(whole.x) - 0.5)[compiled.integrality].any():
            known = None if last.basis is None else whole.basis
            model, again = fixed(work, fewer, tidy, known)
            compiled, whole = (compiled, whole) if _worse(again, whole) else (model, again)
    if whole.x is not None:
        compiled.load_values(extract.clean(whole.x, compiled.integrality))
        if whole.row_dual is not None:
            compiled.load_duals(whole.row_dual, whole.column_dual)
    else:
        compiled.load_values(extract.clean(last.x, compiled.integrality))
    outcome = _proved(settings, answer)
    if outcome.status == "optimal" and last.status != "optimal":
        outcome = replace(outcome, status="feasible", reason=last.reason)
    if whole.x is None:
        outcome = replace(outcome, x=last.x)
    else:
        outcome = replace(outcome, x=whole.x, basis=whole.basis)
    return Solved(formulation, compiled, outcome, tuple(work.steps), answer.notes())


def _proved(settings: Settings, answer: Answer) -> Outcome:
    """The first objective at the final answer against its bound."""
    first, objective = answer.first, answer.value()
    if first.bound is None:
        return replace(first, objective=objective, gap=None, gap_location=None)
    bound = min(first.bound, objective)
    gap = relative_gap(objective, bound)
    gap_location = location_gap(objective, bound, answer.fixed())
    if gap == 0.0:  # both agree as far as the solver can tell
        bound = objective
    proved = gap <= settings.gap and gap_location <= settings.gap_location
    return replace(
        first,
        status="optimal" if proved else "feasible",
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
    )


def _worse(again: Outcome, known: Outcome) -> bool:
    """Whether trimming left no solution, or a dearer one."""
    if again.objective is None or known.objective is None:
        return True
    return again.objective > known.objective + 1e-9 * abs(known.objective)


TIDY = ("install", "space", "certificate", "renewable", "retire")


def tidiness(formulation: Formulation) -> Linear:
    """What a plan should have no more of than it needs: new compute, space, certificates."""
    tidy = Linear()
    for year in formulation.years:
        for name in TIDY:
            part = year.variables.parts[name]
            every = np.arange(len(part))
            tidy.add(part, np.zeros(len(every), dtype=int), every)
    return tidy


def trimmed(formulation: Formulation, compiled: Compiled, x: Floats) -> Floats:
    """The integers without what a gap lets stand: empty modules, open sites without anything.

    A target may need them after all; whoever fixes these integers has to see whether they do.
    With several periods a site is closed until it holds something.
    """
    x = extract.clean(x, compiled.integrality)
    held = np.zeros(len(formulation.case.sites))
    decided = formulation.variables.earlier  # with myopic foresight: the periods before
    for before in decided:
        held += _held(before, compiled, x)
    alone = len(formulation.years) == 1 and not decided
    for year in formulation.years:
        _trim_modules(year.variables, compiled, x, alone=alone)
        held += _held(year.variables, compiled, x)
        columns = year.variables.open.columns(compiled)
        x[columns] = np.where(held[year.variables.fresh_sites] > 0, x[columns], 0.0)
    return x


def _trim_modules(v: Variables, compiled: Compiled, x: Floats, *, alone: bool) -> None:
    """Modules down to what their compute needs; space of one period may serve a later one."""
    if not alone:
        return
    units, pairs = v.case.units, v.installable
    rated = v.case.kind_values("it_mw_per_eflops")[units.kind[pairs]]
    installed = x[v.install.columns(compiled)]
    racked = np.bincount(units.unit[pairs], rated * installed, len(units.labels))
    needed = np.ceil(racked[v.sized] / v.module_mw - 1e-6)
    columns = v.modules.columns(compiled)
    x[columns] = np.minimum(x[columns], needed)


def _held(v: Variables, compiled: Compiled, x: Floats) -> Floats:
    """Site → something above zero where space, compute or service stands."""
    units = v.case.units
    held = np.zeros(len(v.case.sites))
    for part, site in (
        (v.modules, units.site[v.sized]),
        (v.space, units.site[v.unsized]),
        (v.install, units.pair_site[v.installable]),
        (v.serve, v.split.site),
        (v.assign, v.whole.site),
    ):
        np.add.at(held, site, x[part.columns(compiled)])
    return held
