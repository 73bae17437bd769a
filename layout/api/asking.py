"""What the functions take: models and plans, or the names and folders that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan


def model_of(
    model: str | Path | PlanningModel, sets: Sequence[str], scenarios: Sequence[str]
) -> PlanningModel:
    """A model that was read already, or the one that a name or path stands for."""
    from layout.model import PlanningModel, read_model

    if not isinstance(model, PlanningModel):
        return read_model(model, sets=sets, scenarios=scenarios)
    if sets or scenarios:
        raise TypeError("sets and scenarios change a model while it is read: give its name")
    return model


def plan_of(plan: Plan | str | Path) -> Plan:
    """A plan, or the one that stands in a folder."""
    from layout.plan import read_plan

    return read_plan(plan) if isinstance(plan, str | Path) else plan
