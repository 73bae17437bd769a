"""The answer behind a plan folder, found again with its gaps, seed and threads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from layout.errors import FileProblem
from layout.solving.highs import Settings
from layout.solving.optimise import Clock, Solved, optimise, solver_settings

if TYPE_CHECKING:
    from layout.plan import Plan

SAME = 1e-9
"""How far the cost may differ, of itself, for it to be the plan that stands in the folder."""


def check_tables(plan: Plan) -> None:
    """Refuse a plan that holds no layout. Raises FileProblem (exit 3)."""
    if not plan.has_tables:
        raise FileProblem("explain.error.no_tables", path=str(plan.folder or plan.model.name))


def options_of(plan: Plan, **given: Any) -> dict[str, Any]:
    """Gaps, seed and threads that a plan was found with; those given (not None) in their place.

    Without its time limit, which was that of one question.
    """
    manifest = plan.record.get("manifest") or {}
    options = manifest.get("options") or {}
    known = {name: options.get(name) for name in ("gap", "gap_location")}
    known |= {name: manifest.get(name) for name in ("seed", "threads")}
    return {**known, **{name: value for name, value in given.items() if value is not None}}


def settings_of(plan: Plan, **given: Any) -> Settings:
    """The solver settings that a plan was found with; those given (not None) in their place."""
    own = (plan.record.get("manifest") or {}).get("options") or {}
    options = options_of(plan, **given)
    return solver_settings(plan.model, **{"time_limit_s": own.get("time_limit_s"), **options})


def solved_again(plan: Plan) -> tuple[Solved, Settings] | None:
    """The solution of the plan's model, with its prices; None where another plan comes of it.

    A run that a time limit or Ctrl-C ended, or a plan that was changed since, is not found again.
    """
    settings = settings_of(plan)
    solved = optimise(plan.model, replace(settings, log_file=None), Clock(None), watch=False)
    cost, mine = solved.formulation.cost(), plan.record.get("objective_mcny")
    if solved.outcome.x is None or mine is None:
        return None
    if abs(cost.value() - mine) > SAME * max(1.0, abs(mine)):
        return None
    return solved, settings
