"""The smallest subsidy to capital with which the cheapest plan reaches a target by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.formulation import Formulation, build
from layout.formulation.linear import Linear
from layout.model import derive
from layout.plan.measures import PASS, readings
from layout.solving.extract import tables_of
from layout.solving.highs import Settings
from layout.solving.live import Live
from layout.solving.optimise import Clock
from layout.solving.separation import separated
from layout.solving.steps import Aim, Work

if TYPE_CHECKING:
    from layout.model import PlanningModel, Target

STEP = 1e-3
"""How closely the rate is found: a tenth of a percentage point."""


@dataclass(frozen=True)
class Rate:
    """The cheapest plan at one rate: what the target reaches, the subsidy paid, the cost before it.

    Money is mcny, of all periods discounted.
    """

    rate: float
    achieved: float | None
    met: bool
    subsidy_mcny: float
    cost_mcny: float


@dataclass(frozen=True)
class Subsidy:
    """Every rate that was tried, and the smallest that reaches the target; None if none does."""

    target: str
    scope: str
    rates: tuple[Rate, ...]
    least: Rate | None


def smallest_subsidy(model: PlanningModel, name: str, settings: Settings) -> Subsidy:
    """Bisection on the share of capital that the state pays in the scope of a target.

    Capital is the annuity of new halls there and, where the target names a kind of compute, of
    the new IT of that kind. The target is left out, the others hold. What is subsidised grows
    with the rate; a measure that does not grow with it may be reached at a lower rate too.
    """
    target = next(one for one in model.settings.targets if one.id == name)
    work, paid = _stated(model, target, settings)
    tried: dict[float, Rate] = {}

    def at(rate: float) -> Rate:
        if rate not in tried:
            tried[rate] = _answer(work, paid, target, rate)
        return tried[rate]

    low, high = 0.0, 1.0
    if at(low).met:
        high = low
    elif at(high).met:
        while high - low > STEP:
            middle = (low + high) / 2
            low, high = (low, middle) if at(middle).met else (middle, high)
    ordered = tuple(tried[rate] for rate in sorted(tried))
    return Subsidy(name, target.scope, ordered, at(high) if at(high).met else None)


def _stated(model: PlanningModel, target: Target, settings: Settings) -> tuple[Work, Linear]:
    """The model without the target, and the capital that is subsidised."""
    free = [
        one.model_copy(update={"mode": "report"}) if one.id == target.id else one
        for one in model.settings.targets
    ]
    asked = model.settings.model_copy(update={"targets": free, "objective": ["cost"]})
    formulation = build(replace(model, settings=asked), forced=True)
    formulation.minimise("cost")
    settings = separated(formulation, settings, Clock(None))
    work = Work(formulation, settings, Clock(None), live=Live(settings))
    return work, _capital(formulation, target)


def _capital(formulation: Formulation, target: Target) -> Linear:
    """Annuities of new halls in the scope and of the target's kind of new IT there, mcny."""
    total = Linear()
    for year in formulation.years:
        case, v, units = year.case, year.variables, year.case.units
        inside = derive.scope_sites(case.model, target.scope)
        linear = year.costs["facility_capital"].select(inside)
        if target.kind:
            of = inside[units.pair_site] & case.family(target.kind)[units.kind]
            rows = np.where(of, 0, -1)
            v.add_planned(linear, rows, case.it_annuity[units.kind])
        total = total.plus(linear, year.weight)
    return total


def _answer(work: Work, paid: Linear, target: Target, rate: float) -> Rate:
    formulation = work.formulation
    cost = formulation.cost()
    aim = Aim("subsidised", cost.plus(paid, -rate), "mcny", formulation.invariant())
    work.spent_s = 0.0
    outcome = work.minimise(aim)
    if outcome.x is None or not work.polish(aim):
        return Rate(rate, None, False, 0.0, float("nan"))
    model = formulation.case.model
    found = [one for one in readings(tables_of(formulation), model) if one.target.id == target.id]
    achieved = [one.achieved for one in found if one.achieved is not None]
    met = bool(found) and all(one.status == PASS for one in found)
    last = achieved[-1] if achieved else None
    return Rate(rate, last, met, rate * paid.value(), cost.value())
