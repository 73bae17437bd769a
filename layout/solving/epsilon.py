"""One objective at its least within a limit on another, in AUGMECON form; the frontier (74)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation import build
from layout.model.schema import Epsilon
from layout.solving.highs import Outcome, Settings
from layout.solving.live import Live
from layout.solving.payoff import PayOff, pay_off
from layout.solving.steps import Aim, Answer, Work

if TYPE_CHECKING:
    from layout.model import PlanningModel

EPSILON = 1e-4
"""What the whole range of the limited objective counts, as a share of the minimised one (74)."""

ROUNDING = 1e-9


def augmented(work: Work, name: str, limited: str, table: PayOff) -> tuple[Aim, float]:
    """f1 + ε·f̄1/r2·f2 and the factor of f2.

    With the slack s2 = e2 − f2 of the row f2 ≤ e2 put in, this is f1 − ε·f̄1·s2/r2 but for a
    constant: among plans of equal f1 the one with the least f2 is taken, so that the answer is
    efficient and not only weakly so.
    """
    first, second = work.plain(name), work.plain(limited)
    factor = EPSILON * max(abs(table.least(name)), ROUNDING) / table.range(limited)
    linear = first.linear.plus(second.linear, factor)
    return Aim(f"augmented {name}", linear, first.unit, first.invariant), factor


def limit_aim(work: Work, name: str) -> Aim:
    """The objective that a limit holds, as the row `keep_limit_<name>`."""
    return replace(work.plain(name), name=f"limit {name}")


def least_within(work: Work, name: str, limited: str, limit: float, table: PayOff) -> Outcome:
    """The efficient plan of least `name` with `limited` ≤ limit; value and bound are augmented."""
    aim, _ = augmented(work, name, limited, table)
    work.keep_at(limit_aim(work, limited), limit + ROUNDING * max(1.0, abs(limit)))
    outcome = work.minimise(aim)
    work.steps[-1]["limit"] = {limited: limit}
    if outcome.x is None:
        return outcome
    work.polish(aim)
    return replace(outcome, x=work.x)


def own_bound(outcome: Outcome, factor: float, limit: float, table: PayOff, name: str) -> float:
    """What no plan within the limit falls below: f1 ≥ bound − factor·limit, and its own least."""
    own = table.outcomes[name].bound
    known = [] if own is None else [own]
    if outcome.bound is not None:
        known.append(outcome.bound - factor * limit)
    return max(known, default=-np.inf)


def within_limit(work: Work, terms: Epsilon) -> Answer:
    """Minimise one objective within the limit on the other."""
    name = terms.epsilon.minimise
    limited = "carbon" if name == "cost" else "cost"
    given = getattr(terms.epsilon, limited)
    table = pay_off(work, [name, limited])
    if table.failed is not None:
        return Answer(table.failed, table.failed, (), float)
    limit = _limit(given, table.values["cost"][limited])
    outcome = least_within(work, name, limited, limit, table)
    if outcome.x is None:
        reasons = _too_tight(limited, limit, table) if outcome.status == "infeasible" else None
        return Answer(outcome, outcome, (), float, explanation=reasons)
    aim, factor = augmented(work, name, limited, table)
    least = own_bound(outcome, factor, limit, table, name)

    def notes() -> dict[str, Any]:
        value = work.plain(name).linear.value()
        own = {"value": value, "bound": min(least, value), "factor": factor}
        return {"trade_off": {**table.note(), "limit": {limited: limit}, **own}}

    kept = (aim, limit_aim(work, limited))
    return Answer(outcome, outcome, kept, aim.linear.value, aim.invariant.value, notes=notes)


def _limit(given: float | str, of: float) -> float:
    """A limit as a number: a percentage is of the cheapest plan's value."""
    return float(given.rstrip("%")) / 100 * of if isinstance(given, str) else float(given)


def _too_tight(limited: str, limit: float, table: PayOff) -> dict[str, Any]:
    """Why there is no plan, as explanation.json says it: the least that the objective can be."""
    least, unit = table.values[limited], "kt" if limited == "carbon" else "mcny"
    key = f"objective.epsilon.{limited}"
    change = f"{key}: {limit:.6g} → {least[limited]:.6g} {unit}"
    conflict = {"type": "objective", "id": key, "place": "", "value": limit, "unit": unit}
    way = {"change": change, "change_zh": change, "cost_mcny": least["cost"], "verified": True}
    return {"conflict": [conflict], "ways_out": [way]}


@dataclass(frozen=True)
class FrontierPoint:
    """One efficient plan: the value of every objective, the limit that gave it, and its proof.

    No plan within the limit has less of the first objective than `bound`; `gap` is that of the
    augmented sum. `objective` is what `objective:` of a model has to say to get this plan with
    all its tables.
    """

    objective: dict[str, Any]
    limit: float
    values: dict[str, float]
    status: str
    bound: float
    gap: float | None


def frontier(
    model: PlanningModel,
    objectives: tuple[str, str] = ("cost", "carbon"),
    points: int = 8,
    settings: Settings | None = None,
) -> list[FrontierPoint]:
    """Efficient plans from the least of the first objective to the least of the second (74).

    The range of the second objective is divided evenly; a limit that the plan before keeps
    already gives no new plan and is left out. Empty where the model has no plan. Raises
    ValueError unless two different objectives of cost and carbon are named and points ≥ 2.
    """
    from layout.solving.optimise import Clock, solver_settings

    if sorted(objectives) != ["carbon", "cost"] or points < 2:
        raise ValueError("two objectives, cost and carbon, and at least two points")
    name, limited = objectives
    settings = settings or solver_settings(model)
    work = Work(build(model, forced=True), settings, Clock(None), live=Live(settings))
    table = pay_off(work, [name, limited])
    if table.failed is not None:
        return []
    step = (table.most(limited) - table.least(limited)) / (points - 1)
    found: list[FrontierPoint] = []
    for number in range(points):
        limit = table.most(limited) - number * step
        if found and found[-1].values[limited] <= limit + ROUNDING * max(1.0, abs(limit)):
            continue
        outcome = least_within(work, name, limited, limit, table)
        if outcome.x is None:
            break
        values = {one: work.plain(one).linear.value() for one in (name, limited)}
        terms = {"epsilon": {"minimise": name, limited: limit}}
        factor = augmented(work, name, limited, table)[1]
        bound = min(own_bound(outcome, factor, limit, table, name), values[name])
        found.append(FrontierPoint(terms, limit, values, outcome.status, bound, outcome.gap))
    return found
