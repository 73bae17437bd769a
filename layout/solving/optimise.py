"""Build, compile, minimise, and refine: the steps between a model and its proved solution."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import Compiled, compile_model
from layout.formulation import Formulation, build
from layout.formulation.linear import Floats, Linear
from layout.formulation.variables import Variables
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
    for part, _, at, by in linear.terms:
        np.add.at(values, part.columns(compiled)[at], by)
    return Invariant(values, float(linear.constants.sum()))


def optimise(
    model: PlanningModel, settings: Settings, clock: Clock, *, watch: bool = True
) -> Solved:
    """Build, compile and minimise; then refine the answer for the integers that were chosen.

    Several objectives are minimised in order, each later one with those before kept within
    their gaps (75). Cost comes last where it was not named, so that a plan of least carbon is
    the cheapest of its kind. Status, bound and gaps are those of the first objective at the
    final answer; values and duals those of the LP of least cost with fixed integers.
    """
    formulation = clock.stage("build", lambda: build(model))
    progress = clock.progress if watch else None
    outcomes: list[Outcome] = []
    names: list[str] = list(model.settings.objective)
    names += [] if "cost" in names else ["cost"]
    for name in names:
        if outcomes:
            _keep(formulation, names[len(outcomes) - 1], outcomes[-1], settings)
        compiled = clock.stage("compile", partial(_compiled, formulation, name))
        form = coefficients(compiled, _invariant(formulation, name))
        start = outcomes[-1].x if outcomes else None
        outcome = clock.stage(
            "solve", partial(run, compiled, settings, form, clock.started, progress, start)
        )
        if outcome.x is None and outcomes:  # the later objective was never minimised: say so
            outcomes[-1] = replace(outcomes[-1], status="feasible", reason=outcome.reason)
            break
        outcomes.append(outcome)
        if outcome.x is None or outcome.status != "optimal":
            break
        compiled.load_values(extract.clean(outcome.x, compiled.integrality))
    if outcomes[-1].x is None:
        return Solved(formulation, compiled, outcomes[-1])
    return clock.stage("refine", lambda: _refined(formulation, settings, names, outcomes))


def _invariant(formulation: Formulation, name: str) -> Linear:
    return formulation.invariant() if name == "cost" else Linear()


def _compiled(formulation: Formulation, name: str) -> Compiled:
    """The model with one of its objectives, as arrays."""
    formulation.minimise(name)
    return compile_model(formulation.pyomo)


def _keep(formulation: Formulation, name: str, outcome: Outcome, settings: Settings) -> None:
    """Add the row objective ≤ limit: half of what its gaps leave between incumbent and bound."""
    assert outcome.objective is not None
    limit = reach = outcome.objective
    if outcome.bound is not None and outcome.bound > 0:
        reach = outcome.bound / (1 - settings.gap)
        if name == "cost":
            share, fixed = settings.gap_location, formulation.invariant().value()
            reach = min(reach, (outcome.bound - share * fixed) / (1 - share))
    limit += max(0.0, (reach - limit) / 2)
    formulation.keep(name, limit + 1e-9 * abs(limit))


def _refined(
    formulation: Formulation, settings: Settings, names: list[str], outcomes: list[Outcome]
) -> Solved:
    """The cheapest plan for the chosen integers, with prices in mcny; the proof stays."""
    first, last = outcomes[0], outcomes[-1]
    assert last.x is not None
    for name in names:
        if name != "cost":
            reached = formulation.objective(name).value()
            formulation.keep(name, reached + 1e-9 * max(1.0, abs(reached)))
    compiled = _compiled(formulation, "cost")
    tidy = coefficients(compiled, tidiness(formulation)).coefficients
    whole = fixed_lp(compiled, settings, last.x, tidy)
    if whole.x is not None:
        fewer = trimmed(formulation, compiled, whole.x)
        if (fewer < np.round(whole.x) - 0.5)[compiled.integrality].any():
            again = fixed_lp(compiled, settings, fewer, tidy)
            whole = whole if _worse(again, whole) else again
    if whole.x is not None:
        compiled.load_values(extract.clean(whole.x, compiled.integrality))
        if whole.row_dual is not None:
            compiled.load_duals(whole.row_dual, whole.column_dual)
    else:
        compiled.load_values(extract.clean(last.x, compiled.integrality))
    objective = formulation.objective(names[0]).value()
    outcome = _proved(formulation, settings, names[0], objective, first)
    if outcome.status == "optimal" and last.status != "optimal":
        outcome = replace(outcome, status="feasible", reason=last.reason)
    x = last.x if whole.x is None else whole.x
    return Solved(formulation, compiled, replace(outcome, x=x))


def _worse(again: Outcome, known: Outcome) -> bool:
    """Whether trimming left no solution, or a dearer one."""
    if again.objective is None or known.objective is None:
        return True
    return again.objective > known.objective + 1e-9 * abs(known.objective)


def _proved(
    formulation: Formulation, settings: Settings, name: str, objective: float, first: Outcome
) -> Outcome:
    """The first objective at the final answer against its bound."""
    if first.bound is None:
        return replace(first, objective=objective, gap=None, gap_location=None)
    bound = min(first.bound, objective)
    fixed = _invariant(formulation, name).value()
    gap = relative_gap(objective, bound)
    gap_location = location_gap(objective, bound, fixed)
    proved = gap <= settings.gap and gap_location <= settings.gap_location
    return replace(
        first,
        status="optimal" if proved else "feasible",
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
    )


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
    With several periods only sites without anything in any of them are closed.
    """
    x = extract.clean(x, compiled.integrality)
    held = np.zeros(len(formulation.case.sites))
    for year in formulation.years:
        _trim_modules(year.variables, compiled, x, alone=len(formulation.years) == 1)
        held += _held(year.variables, compiled, x)
    for year in formulation.years:
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
