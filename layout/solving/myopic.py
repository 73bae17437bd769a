"""Myopic (rolling) foresight: every period is decided without knowing the later ones.

Step n states the first n periods, fixes what the periods before have decided and minimises the
n-th alone. What is proved is proved of each step: the least that its period can cost (or emit)
with what was decided before. The bound of the whole is the sum of these; a plan with foresight
may well be below it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation import Formulation, build
from layout.formulation.linear import Floats
from layout.model.schema import leading
from layout.solving.events import location_gap, relative_gap
from layout.solving.optimise import Clock, Solved, answered
from layout.solving.steps import LEAST_TIME_S

if TYPE_CHECKING:
    from layout.formulation.build import Year
    from layout.model import PlanningModel
    from layout.solving.highs import Outcome, Settings


@dataclass
class _Rolled:
    """What the periods so far have decided, proved and cost."""

    values: list[dict[str, Floats]] = field(default_factory=list)
    duals: list[dict[str, Floats | None]] = field(default_factory=list)
    reduced: list[dict[str, Floats | None]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    spent_s: float = 0.0

    def time_left_s(self, settings: Settings, periods: int) -> float:
        """The share of the time limit that the next of so many periods to come may take."""
        least = min(settings.time_limit_s, LEAST_TIME_S)
        if any(outcome.reason == "interrupted" for outcome in self.outcomes):
            return least
        return max((settings.time_limit_s - self.spent_s) / periods, least)


def period_by_period(
    model: PlanningModel, settings: Settings, clock: Clock, *, watch: bool = True
) -> Solved:
    """Decide the periods one after the other; the answer holds all of them.

    Status is optimal only where every step was proved. Where a period has no plan the answer is
    that step, with the year under `period_without_plan`. The time limit is divided over the
    periods that are still to come.
    """
    rolled, years = _Rolled(), model.settings.periods
    for number in range(1, len(years) + 1):
        formulation, solved = _step(model, years[:number], rolled, settings, clock, watch)
        if solved.outcome.x is None:
            notes = {"period_without_plan": years[number - 1]}
            return replace(solved, steps=tuple(rolled.steps), notes=notes)
    _load_prices(formulation, rolled)
    by_cost = leading(model.settings.objective) == "cost"
    fixed = formulation.invariant().value() if by_cost else 0.0
    outcome = replace(_together(rolled.outcomes, settings, fixed), x=solved.outcome.x)
    return Solved(formulation, solved.compiled, outcome, tuple(rolled.steps))


def _step(
    model: PlanningModel,
    years: list[int],
    rolled: _Rolled,
    settings: Settings,
    clock: Clock,
    watch: bool,
) -> tuple[Formulation, Solved]:
    """Minimise the last of some periods with those before it fixed; note what it decided."""
    formulation: Formulation = clock.stage("build", lambda: build(model, years))
    stated = _fix(formulation, rolled.values)
    open_period = Formulation(formulation.pyomo, formulation.years[-1:], formulation.constraints)
    begun = time.perf_counter()
    share = rolled.time_left_s(settings, len(model.settings.periods) - len(years) + 1)
    limited = replace(settings, time_limit_s=share)
    solved = answered(open_period, list(model.settings.objective), limited, clock, watch=watch)
    rolled.spent_s += time.perf_counter() - begun
    rolled.steps += [{"period": years[-1], **step} for step in solved.steps]
    if solved.outcome.x is not None:
        stated.put_back()
        _note(formulation.years[-1], formulation, rolled)
        rolled.outcomes.append(solved.outcome)
    return formulation, solved


@dataclass(frozen=True)
class _Stated:
    """Bounds of variables and rows as they were stated, to be put back."""

    bounds: list[tuple[Any, Floats, Floats]]

    def put_back(self) -> None:
        """Undo what was written over them."""
        for component, lower, upper in self.bounds:
            component.lower, component.upper = lower, upper


def _fix(formulation: Formulation, decided: list[dict[str, Floats]]) -> _Stated:
    """Fix the variables of earlier periods at what was decided, and free the rows among them.

    Those rows hold by what was decided; left in, rounding of the solver could break them.
    """
    families = _families(formulation)
    components = [*families.values(), *formulation.constraints.values()]
    stated = _Stated([(part, part.lower.copy(), part.upper.copy()) for part in components])
    earlier = formulation.years[: len(decided)]
    for year, values in zip(earlier, decided, strict=True):
        for name, part in year.variables.parts.items():
            at = slice(part.offset, part.offset + len(part))
            part.owner.lower[at] = part.owner.upper[at] = values[name]
    for name, constraint in formulation.constraints.items():
        count = _rows_before(name, earlier)
        constraint.lower[:count], constraint.upper[:count] = -np.inf, np.inf
    return stated


def _families(formulation: Formulation) -> dict[str, Any]:
    """Name → the variables of all periods."""
    return {
        name: part.owner
        for year in formulation.years
        for name, part in year.variables.parts.items()
    }


def _rows_before(name: str, years: tuple[Year, ...]) -> int:
    """How many rows of a family belong to these years; they stand first."""
    return sum(len(year.rows[name].index) for year in years if name in year.rows)


def _note(year: Year, formulation: Formulation, rolled: _Rolled) -> None:
    """Keep the values, duals and reduced costs of the period that was decided."""
    values, reduced = {}, {}
    for name, part in year.variables.parts.items():
        assert part.values_array is not None
        values[name] = part.values_array.copy()
        costs = part.owner.reduced_costs_array
        at = slice(part.offset, part.offset + len(part))
        reduced[name] = None if costs is None else costs[at].copy()
    duals = {}
    for name in year.rows:
        prices = formulation.constraints[name].duals_array
        start = _rows_before(name, formulation.years[:-1])
        duals[name] = None if prices is None else prices[start:].copy()
    rolled.values.append(values)
    rolled.reduced.append(reduced)
    rolled.duals.append(duals)


def _load_prices(formulation: Formulation, rolled: _Rolled) -> None:
    """Give every row and variable the price of the step that decided its period.

    NaN where a step has none.
    """
    for name, constraint in formulation.constraints.items():
        parts = [
            _priced(duals.get(name), len(year.rows[name].index))
            for year, duals in zip(formulation.years, rolled.duals, strict=True)
            if name in year.rows
        ]
        if parts:
            constraint.load_duals(np.concatenate(parts))
    for name, family in _families(formulation).items():
        costs = [
            _priced(reduced.get(name), len(year.variables.parts[name]))
            for year, reduced in zip(formulation.years, rolled.reduced, strict=True)
            if name in year.variables.parts
        ]
        family.load_reduced_costs(np.concatenate(costs))


def _priced(prices: Floats | None, count: int) -> Floats:
    return np.full(count, np.nan) if prices is None else prices


def _together(outcomes: list[Outcome], settings: Settings, fixed: float) -> Outcome:
    """Σ value against Σ bound of the steps; proved where every step is."""
    objective = sum(outcome.objective or 0.0 for outcome in outcomes)
    open_ends = [outcome for outcome in outcomes if outcome.status != "optimal"]
    last = (open_ends or outcomes)[-1 if not open_ends else 0]
    if any(outcome.bound is None for outcome in outcomes):
        return replace(
            last, status="feasible", objective=objective, bound=None, gap=None, gap_location=None
        )
    bound = sum(outcome.bound or 0.0 for outcome in outcomes)
    gap, gap_location = relative_gap(objective, bound), location_gap(objective, bound, fixed)
    if gap == 0.0:  # both agree as far as the solver can tell
        bound = objective
    within = gap <= settings.gap and gap_location <= settings.gap_location
    return replace(
        last,
        status="optimal" if within and not open_ends else "feasible",
        objective=objective,
        bound=bound,
        gap=gap,
        gap_location=gap_location,
    )
