"""Several objectives in order: each later one is minimised within the gap of those before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from layout.algebra import ArrayObjective, Index, compile_model
from layout.formulation.linear import Linear
from layout.solving import extract
from layout.solving.highs import Settings, run
from layout.solving.optimise import Clock, Solved, coefficients, polish, tidiness

if TYPE_CHECKING:
    from layout.model import PlanningModel


def second_objective(
    model: PlanningModel, settings: Settings, clock: Clock, solved: Solved
) -> Solved:
    """Minimise the second objective with the first kept within (1 + gap) of what was found.

    first(x) ≤ (1 + gap)·first*, then min second(x) (75). The status is that of the last solve;
    objective and bound of the first stay in the record.
    """
    formulation, outcome = solved.formulation, solved.outcome
    first, second = model.settings.objective[:2]
    assert outcome.objective is not None and outcome.x is not None
    limit = outcome.objective + settings.gap * abs(outcome.objective)
    kept = formulation.objective(first)
    index = Index(("objective",), (np.array([first], dtype=object),))
    row = kept.rows(index, upper=limit, doc=f"{first} stays within its gap")
    formulation.pyomo.add_component("objective_kept", row)
    formulation.constraints["objective_kept"] = row
    formulation.pyomo.del_component("objective")
    goal = formulation.objective(second)
    formulation.pyomo.add_component("objective", ArrayObjective(goal.affine(), doc=second))
    compiled = compile_model(formulation.pyomo)
    form = coefficients(compiled, Linear())
    found = run(compiled, settings, form, clock.started, clock.progress, start=outcome.x)
    if found.x is None:
        return solved
    tidy = coefficients(compiled, tidiness(formulation)).coefficients
    found = polish(compiled, settings, found, Linear(), tidy)
    assert found.x is not None
    compiled.load_values(extract.clean(found.x, compiled.integrality))
    if found.row_dual is not None:
        compiled.load_duals(found.row_dual, found.column_dual)
    merged = replace(
        found,
        objective=outcome.objective,
        bound=outcome.bound,
        gap=outcome.gap,
        gap_location=outcome.gap_location,
    )
    return replace(solved, compiled=compiled, outcome=merged)
