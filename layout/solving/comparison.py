"""The same question with nothing moving between regions: what moving saves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.solving.highs import Settings
from layout.solving.optimise import Clock, Solved, optimise

if TYPE_CHECKING:
    from layout.model import PlanningModel


def nothing_moves(model: PlanningModel, settings: Settings, solved: Solved) -> dict[str, Any]:
    """The same question with every zone served inside its own region, for comparison."""
    own = model.settings
    local = type(model)(
        name=model.name,
        settings=own.model_copy(update={"mode": "local"}),
        tables=model.tables,
        inputs=model.inputs,
    )
    quiet = Clock(None)
    looser = Settings(
        gap=max(settings.gap, 0.002),
        gap_location=max(settings.gap_location, 0.02),
        time_limit_s=settings.time_limit_s,
        threads=settings.threads,
        seed=settings.seed,
    )
    other = optimise(local, looser, quiet, watch=False)
    outcome = other.outcome
    found: dict[str, Any] = {"mode": "local", "status": outcome.status, "gap": outcome.gap}
    if outcome.x is None:
        return found
    cost = float(sum(linear.value() for linear in other.formulation.costs.values()))
    invariant = other.formulation.invariant().value()
    mine = float(sum(linear.value() for linear in solved.formulation.costs.values()))
    location = cost - invariant
    found.update(
        {
            "objective_mcny": cost,
            "bound_mcny": outcome.bound,
            "invariant_cost_mcny": invariant,
            "location_cost_mcny": location,
            "carbon_kt": other.formulation.carbon.value(),
            "saving_mcny": cost - mine,
            "saving_share_of_total": (cost - mine) / cost if cost else None,
            "saving_share_of_location": (cost - mine) / location if location else None,
        }
    )
    return found
