"""Sites now, operation later: one first stage for several scenarios at the least expected cost.

The recourse problem RP is solved in its extensive form. Beside it stand what knowing the scenario
would save (EVPI = RP − WS, WS the expected cost of waiting and seeing) and what planning for the
mean would lose (VSS = EEV − RP, EEV the expected cost of the mean model's first stage); Birge and
Louveaux, Introduction to Stochastic Programming, ch. 4.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.errors import InputError
from layout.formulation.space import ceiling_mw
from layout.model.document import Place
from layout.solving import extract
from layout.solving.dive import judged, minimise
from layout.solving.driver import planned
from layout.solving.highs import Outcome, Settings, fixed_lp
from layout.solving.optimise import Clock, Solved, tidiness
from layout.solving.solver import resolvable
from layout.solving.statement import Statement, state
from layout.solving.steps import coefficients
from layout.study.runs.solving import INTERRUPTED
from layout.study.uncertainty.decisions import (
    ROOM,
    Decisions,
    Floats,
    Price,
    decided,
    first_stage,
    held,
    price,
    with_recourse,
)
from layout.study.uncertainty.extensive import Extensive, extensive
from layout.study.uncertainty.mean_model import NoMean, mean_model
from layout.study.uncertainty.scenarios import Scenario

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.formulation import Formulation
    from layout.model import PlanningModel
    from layout.plan import Plan


@dataclass(frozen=True)
class Future:
    """A scenario's answers: waiting for it, with the shared first stage, with that of the mean.

    Costs are those of the whole scenario, mcny; `decided_mcny` is the part of `cost_mcny` that
    the first stage makes. `plan` is verified by the scenario's own model.
    """

    scenario: Scenario
    wait: Price
    cost_mcny: float
    decided_mcny: float
    mean: Price | None
    plan: Plan


@dataclass(frozen=True)
class Between:
    """A difference of two answers, and what the bounds of both leave open."""

    value: float
    least: float
    most: float

    @property
    def proved(self) -> bool:
        """Whether the bounds tell it from nothing."""
        return self.least > 0 or self.most < 0


@dataclass(frozen=True)
class TwoStage:
    """The plan of least expected cost and what stands beside it.

    `penalty_mcny` is the price of unserved demand that was set, None where the model has its own.
    `vss` is None where the scenarios have no mean (`no_mean` names what differs) or where its
    first stage has no operation in a scenario. Without a plan there are no futures.
    """

    stage: str
    outcome: Outcome
    decisions: Decisions
    futures: tuple[Future, ...]
    evpi: Between | None
    vss: Between | None
    mean_cost: Price | None
    penalty_mcny: float | None
    no_mean: str | None
    size: dict[str, int]
    unsolved: tuple[str, ...] = ()
    statements: tuple[tuple[Formulation, Compiled], ...] = field(default=(), repr=False)


def solve_two_stage(
    models: Sequence[PlanningModel],
    scenarios: Sequence[Scenario],
    settings: Settings,
    stage: str = "compute",
) -> TwoStage:
    """Decide the first stage for all scenarios; `models[s]` is the model of scenario s.

    Raises InputError where a model is not one sum of cost, or the periods differ.
    """
    models, penalty = _prepared(models)
    chances = [one.probability for one in scenarios]
    statements = [state(model, settings) for model in models]
    _refuse_cones(statements)
    waits = [_solved(one, settings) for one in statements]
    without = [s.name for s, wait in zip(scenarios, waits, strict=True) if wait.x is None]
    whole = extensive(statements, chances, stage)
    nothing = Outcome("infeasible", "infeasible", None, None, None, None, None)
    if without:
        limit = next(wait.status for wait in waits if wait.x is None)
        found = replace(nothing, status=limit, reason=limit)
        return _empty(stage, found, whole, penalty, tuple(without))
    means, no_mean = _for_the_mean(models, statements, chances, settings, stage)
    start = _start(whole, means)
    found = minimise(whole.compiled, settings, whole.invariant, time.perf_counter(), None, start)
    found = _better(found, whole, start, means, chances, settings)
    if found.x is None or found.objective is None:
        return _empty(stage, found, whole, penalty, ())
    return _told(
        TwoStage(
            stage=stage,
            outcome=found,
            decisions=_shared(statements, whole, found.x, stage),
            futures=tuple(
                _future(one, scenario, wait, None if means is None else means[number], x, stage)
                for number, (one, scenario, wait, x) in enumerate(
                    zip(statements, scenarios, waits, whole.parts(found.x), strict=True)
                )
            ),
            evpi=None,
            vss=None,
            mean_cost=None if means is None else _expected(means, chances),
            penalty_mcny=penalty,
            no_mean=no_mean,
            size=whole.compiled.size,
            statements=tuple((one.formulation, one.compiled) for one in statements),
        ),
        chances,
        settings,
        whole,
    )


def _told(
    found: TwoStage, chances: Sequence[float], settings: Settings, whole: Extensive
) -> TwoStage:
    """The same with its expected cost read off the verified plans, EVPI and VSS."""
    outcome = found.outcome
    expected = float(np.dot(chances, [future.cost_mcny for future in found.futures]))
    told = replace(outcome, objective=expected)
    if outcome.bound is not None and np.isfinite(outcome.bound):
        told = judged(told, min(outcome.bound, expected), settings, whole.invariant)
    waiting = _expected([future.wait for future in found.futures], chances)
    loss = None if found.mean_cost is None else _difference(told, found.mean_cost)
    return replace(
        found,
        outcome=told,
        evpi=_difference(told, waiting),
        vss=None if loss is None else Between(-loss.value, -loss.most, -loss.least),
    )


# --- before ---------------------------------------------------------------------------------------


def _prepared(models: Sequence[PlanningModel]) -> tuple[list[PlanningModel], float | None]:
    """The models with recourse and with the same ceiling of sites without a limit."""
    first = models[0]
    for model in models:
        if not resolvable(model) or model.settings.periods != first.settings.periods:
            raise InputError([Place(model.name).problem("two_stage_form")])
    pairs = [with_recourse(model) for model in models]
    penalty = next((amount for _, amount in pairs if amount is not None), None)
    return _same_ceiling([model for model, _ in pairs]), penalty


def _same_ceiling(models: list[PlanningModel]) -> list[PlanningModel]:
    """Sites without a limit may hold in every scenario what they may hold in the largest.

    The bound that stands for none grows with demand (layout.formulation.space).
    """
    from layout.formulation.case import case_of

    fresh = np.zeros(len(models[0]["sites"]), dtype=bool)
    most = 0.0
    for model in models:
        for year in model.settings.periods:
            case = case_of(model, year)
            order = list(model["sites"]["site"]) == list(case.sites)
            assert order, "the sites of a case stand as those of its model"
            fresh |= ~case.has_stock & ~np.isfinite(case.site_values("max_it_mw"))
            most = max(most, ceiling_mw(case))
    if not fresh.any():
        return models
    found = []
    for model in models:
        sites = model["sites"]
        limit = sites["max_it_mw"].to_numpy(dtype=float)
        sites = sites.assign(max_it_mw=np.where(fresh & ~np.isfinite(limit), most, limit))
        found.append(replace(model, tables={**model.tables, "sites": sites}))
    return found


def _refuse_cones(statements: Sequence[Statement]) -> None:
    for one in statements:
        if any(year.targets.cones for year in one.formulation.years):
            raise InputError([Place(one.model.name).problem("two_stage_form")])


# --- answers --------------------------------------------------------------------------------------


def _solved(statement: Statement, settings: Settings) -> Price:
    found = minimise(statement.compiled, settings, statement.invariant, time.perf_counter())
    if found.reason == INTERRUPTED:
        raise KeyboardInterrupt
    return Price(found.status, found.objective, found.bound, found.x)


def _for_the_mean(
    models: Sequence[PlanningModel],
    statements: Sequence[Statement],
    chances: Sequence[float],
    settings: Settings,
    stage: str,
) -> tuple[list[Price] | None, str | None]:
    """The first stage of the mean model operated in every scenario; or what has no mean."""
    try:
        mean = state(mean_model(models, chances), settings)
    except NoMean as error:
        return None, str(error)
    found = _solved(mean, settings)
    if found.x is None:
        return None, ""
    decisions = decided(mean.compiled, found.x, stage)
    return [price(one, decisions, settings) for one in statements], None


def _start(whole: Extensive, means: Sequence[Price] | None) -> Floats | None:
    """The mean model's first stage as a solution of the whole."""
    if means is None or any(one.x is None for one in means):
        return None
    x = np.zeros(len(whole.compiled.cost))
    for at, one in zip(whole.columns, means, strict=True):
        x[at] = one.x
    return x


def _better(
    found: Outcome,
    whole: Extensive,
    start: Floats | None,
    means: Sequence[Price] | None,
    chances: Sequence[float],
    settings: Settings,
) -> Outcome:
    """The plan found, or that of the mean where a limit or a gap left a dearer one."""
    if start is None or means is None or found.status == "infeasible":
        return found
    cost = _expected(means, chances).cost_mcny
    if cost is None or (found.objective is not None and found.objective <= cost):
        return found
    bound = min(_number(found.bound), cost)
    return judged(replace(found, x=start, objective=cost), bound, settings, whole.invariant)


def _future(
    statement: Statement,
    scenario: Scenario,
    wait: Price,
    mean: Price | None,
    x: Floats,
    stage: str,
) -> Future:
    """The scenario's own verified plan with the shared first stage."""
    solved = _operated(statement, x, stage)
    plan = planned(statement.model, statement.settings, solved, Clock(None), counterfactual=False)
    cost = float(plan.record["objective_mcny"])
    if wait.cost_mcny is not None and cost < wait.cost_mcny:
        wait = replace(wait, cost_mcny=cost)
    columns = list(first_stage(statement.compiled, stage).values())
    assert solved.outcome.x is not None
    first = float(statement.compiled.cost[columns] @ solved.outcome.x[columns])
    return Future(scenario, wait, cost, first, mean, plan)


def _operated(statement: Statement, x: Floats, stage: str) -> Solved:
    """The cheapest operation of a first stage, the integers as they are, with its prices.

    It is the plan of the shared decisions, not the scenario's own best, and says ``feasible``.
    """
    formulation = statement.formulation
    compiled = statement.compiled
    decisions = decided(compiled, x, stage)
    tidy = coefficients(compiled, tidiness(formulation)).coefficients
    found = x
    for room in (0.0, ROOM):
        pinned = held(statement, decisions, room)
        if pinned is None:
            break
        outcome = fixed_lp(pinned, statement.settings, x, tidy)
        if outcome.x is not None:
            compiled, found = pinned, outcome.x
            break
    found = extract.clean(found, compiled.integrality)
    compiled.load_values(found)
    if compiled is pinned and outcome.row_dual is not None:
        compiled.load_duals(outcome.row_dual, outcome.column_dual)
    cost = formulation.cost().value()
    answer = Outcome("feasible", "two_stage", found, cost, None, None, None)
    return Solved(formulation, compiled, answer)


def _shared(statements: Sequence[Statement], whole: Extensive, x: Floats, stage: str) -> Decisions:
    """The first stage, from whichever scenario knows its variables."""
    values: dict[str, float] = {}
    for number, one in enumerate(statements):
        values.update(decided(one.compiled, whole.of(number, x), stage).values)
    return Decisions(stage, values)


# --- figures --------------------------------------------------------------------------------------


def _number(bound: float | None) -> float:
    return -np.inf if bound is None else bound


def _expected(prices: Sequence[Price], chances: Sequence[float]) -> Price:
    """Expected cost and bound; without a cost where one of them has none."""
    costs = [one.cost_mcny for one in prices]
    bounds = [_number(one.bound_mcny) for one in prices]
    if any(cost is None for cost in costs):
        return Price("infeasible", None, None)
    bound = float(np.dot(chances, bounds))
    cost = float(sum(c * float(v or 0.0) for c, v in zip(chances, costs, strict=True)))
    return Price("feasible", cost, bound)


def _difference(found: Outcome, other: Price) -> Between | None:
    """Ours less theirs."""
    if found.objective is None or other.cost_mcny is None:
        return None
    low, high = _number(found.bound), _number(other.bound_mcny)
    return Between(found.objective - other.cost_mcny, low - other.cost_mcny, found.objective - high)


def _empty(
    stage: str, found: Outcome, whole: Extensive, penalty: float | None, without: tuple[str, ...]
) -> TwoStage:
    none: Any = None
    return TwoStage(
        stage, replace(found, x=none), Decisions(stage, {}), (), none, none, none, penalty, none,
        whole.compiled.size, without,
    )  # fmt: skip
