"""The same question put otherwise, for comparison: nothing moves, or nothing is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from layout.model.schema import Epsilon
from layout.plan.measures import readings
from layout.solving.extract import tables_of
from layout.solving.highs import Settings
from layout.solving.optimise import Clock, Solved, optimise

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.solving.live import Live


def asked(model: PlanningModel, **changes: Any) -> PlanningModel:
    """The model with other settings, and the first of its objectives only."""
    changes = {"objective": list(model.settings.objective)[:1], **changes}
    return replace(model, settings=model.settings.model_copy(update=changes))


def same_limit(model: PlanningModel, solved: Solved) -> list[Any]:
    """The first objective; a limit in percent as the number that it was for the plan."""
    first = model.settings.objective[0]
    if not isinstance(first, Epsilon):
        return [first]
    limit = solved.notes["trade_off"]["limit"]
    return [Epsilon(epsilon=first.epsilon.model_copy(update=limit))]


def bound_mcny(solved: Solved) -> float | None:
    """What no plan costs less than; None where something else than cost was minimised first."""
    first = solved.formulation.case.settings.objective[0]
    return solved.outcome.bound if first == "cost" else None


def cost_of(solved: Solved) -> float:
    """All cost of an answer, mcny."""
    return float(sum(linear.value() for linear in solved.formulation.costs.values()))


def without_targets(
    model: PlanningModel, settings: Settings, solved: Solved, live: Live | None = None
) -> tuple[dict[str, Any], set[str]] | None:
    """The plan that no target has shaped: what the targets cost, and which it meets anyway.

    None where no target has a row, or that question has no plan. A `live` solver goes on from
    the plan, here and below.
    """
    if not any(year.targets.ids for year in solved.formulation.years):
        return None
    free = [target.model_copy(update={"mode": "report"}) for target in model.settings.targets]
    question = asked(model, targets=free, objective=same_limit(model, solved))
    other = optimise(question, settings, Clock(None), watch=False, live=live)
    if other.outcome.x is None:
        return None
    cost = cost_of(other)
    penalty = solved.formulation.costs["penalty"].value()
    found = {
        "status": other.outcome.status,
        "objective_mcny": cost,
        "bound_mcny": bound_mcny(other),
        "targets_cost_mcny": cost_of(solved) - penalty - cost,
        "carbon_kt": other.formulation.carbon.value(),
    }
    met = {
        reading.target.id
        for reading in readings(tables_of(other.formulation), model)
        if reading.status == "pass"
    }
    return found, met


def looser(settings: Settings) -> Settings:
    """The gaps of a comparison, which need not be proved as closely as a plan."""
    return replace(
        settings,
        gap=max(settings.gap, 0.002),
        gap_location=max(settings.gap_location, 0.02),
        log_file=None,
    )


def nothing_moves(
    model: PlanningModel, settings: Settings, solved: Solved, live: Live | None = None
) -> dict[str, Any]:
    """The same question with every zone served inside its own region, for comparison."""
    local = asked(model, mode="local")
    other = optimise(local, looser(settings), Clock(None), watch=False, live=live)
    outcome = other.outcome
    found: dict[str, Any] = {"mode": "local", "status": outcome.status, "gap": outcome.gap}
    if outcome.x is None:
        return found
    cost = cost_of(other)
    invariant = other.formulation.invariant().value()
    mine = cost_of(solved)
    location = cost - invariant
    saved = location - (mine - solved.formulation.invariant().value())
    found.update(
        {
            "objective_mcny": cost,
            "bound_mcny": bound_mcny(other),
            "invariant_cost_mcny": invariant,
            "location_cost_mcny": location,
            "carbon_kt": other.formulation.carbon.value(),
            "saving_mcny": cost - mine,
            "saving_share_of_total": (cost - mine) / cost if cost else None,
            "saving_location_mcny": saved,
            "saving_share_of_location": saved / location if location else None,
        }
    )
    return found
