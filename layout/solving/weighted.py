"""The least weighted sum of objectives, each divided by its pay-off range (73)."""

from __future__ import annotations

from layout.formulation.linear import Linear
from layout.model.schema import Weighted
from layout.solving.payoff import PayOff, pay_off
from layout.solving.steps import Aim, Answer, Work

STEP = "weighted"


def weighted_sum(work: Work, weights: dict[str, float], table: PayOff) -> Aim:
    """Σ weight·objective / range; what siting cannot change is the weighted part of the cost's."""
    total, fixed = Linear(), Linear()
    for name, weight in weights.items():
        aim = work.plain(name)
        total = total.plus(aim.linear, weight / table.range(name))
        fixed = fixed.plus(aim.invariant, weight / table.range(name))
    return Aim(STEP, total, "pay-off ranges", fixed)


def least_weighted(work: Work, terms: Weighted) -> Answer:
    """Minimise the weighted sum. It finds supported efficient plans only, not all of them."""
    weights = {str(name): weight for name, weight in terms.weighted.items() if weight > 0}
    table = pay_off(work, list(weights))
    if table.failed is not None:
        return Answer(table.failed, table.failed, (), float)
    aim = weighted_sum(work, weights, table)
    outcome = work.minimise(aim)
    if outcome.x is not None:
        work.polish(aim)
    note = {**table.note(), "weights": weights}
    return Answer(
        outcome,
        outcome,
        (aim,),
        aim.linear.value,
        aim.invariant.value,
        notes=lambda: {"trade_off": note},
    )
