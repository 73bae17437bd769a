"""Goal programming on targets (78): shortfalls by priority, then the objectives that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation.linear import Linear
from layout.solving.steps import Aim, Answer, Work, in_order

if TYPE_CHECKING:
    from layout.formulation import Formulation
    from layout.formulation.build import Year
    from layout.model import Target

NOTHING = 1e-9
SLACK = 1e-7  # of a normalised shortfall: what rounding may take from a target that was reached


@dataclass(frozen=True)
class Goal:
    """The shortfall of one soft target in one year, and what it is divided by.

    `scale` is |value| (its root, for a concentration), times the measure's base in the cheapest
    plan for a ratio; a target of 0 counts in the unit of its numerator.
    """

    target: Target
    year: int
    shortfall: Linear
    scale: float

    @property
    def priority(self) -> float:
        """1 comes before 2; what has none comes last."""
        return np.inf if self.target.priority is None else float(self.target.priority)


def goals_of(formulation: Formulation) -> list[Goal]:
    """Every soft target that has a row, measured on the solution at hand."""
    targets = {target.id: target for target in formulation.case.settings.targets}
    return [
        Goal(targets[name], year.year, shortfall, _scale(year, targets[name]))
        for year in formulation.years
        for name, shortfall in _shortfalls(year)
    ]


def _shortfalls(year: Year) -> Iterator[tuple[str, Linear]]:
    rows = year.targets
    for position, number in enumerate(rows.soft):
        assert rows.shortfall is not None
        yield rows.ids[number], Linear().add(rows.shortfall, 0, position)


def _scale(year: Year, target: Target) -> float:
    ratio = year.targets.ratios[target.id]
    size = 1.0 if ratio.denominator is None else abs(ratio.denominator.value())
    scale = abs(ratio.required(float(target.value))) * size
    if scale > NOTHING:
        return scale
    return size if size > NOTHING else 1.0


def by_priority(goals: list[Goal]) -> list[tuple[Aim, list[Goal]]]:
    """One sum Σ ξ/T for every priority, the first to be reached first."""
    found = []
    for number, priority in enumerate(sorted({goal.priority for goal in goals}), start=1):
        own = [goal for goal in goals if goal.priority == priority]
        total = Linear()
        for goal in own:
            total = total.plus(goal.shortfall, 1 / goal.scale)
        found.append((Aim(f"goals {number}", total, "share of the targets", slack=SLACK), own))
    return found


def reach_goals(work: Work, names: list[str]) -> Answer:
    """Objectives in order, one of them `goals`: the least shortfalls of the soft targets (78).

    Hard targets stay conditions. The bases of ratios are those of the cheapest plan with
    continuous modules.
    """
    work.relax(work.aim("cost"))
    ranked = by_priority(goals_of(work.formulation)) if _has_values(work) else []
    aims: list[Aim] = []
    for name in names:
        aims += [aim for aim, _ in ranked] if name == "goals" else [work.aim(name)]
    answer = in_order(work, aims)
    answer.notes = lambda: {"goals": [_note(aim, own) for aim, own in ranked]}
    return answer


def _has_values(work: Work) -> bool:
    return work.formulation.variables.grid.values_array is not None


def _note(aim: Aim, own: list[Goal]) -> dict[str, Any]:
    """What plan.json says of one priority."""
    priority = own[0].priority
    return {
        "step": aim.name,
        "priority": priority if np.isfinite(priority) else None,
        "shortfall": max(0.0, aim.linear.value()),
        "targets": [
            {
                "id": goal.target.id,
                "year": goal.year,
                "shortfall": max(0.0, goal.shortfall.value()),
                "scale": goal.scale,
            }
            for goal in own
        ],
    }
