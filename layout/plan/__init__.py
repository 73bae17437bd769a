"""The result of a planning model: a plan, its folder, its figures and targets."""

from layout.plan.files import FILES
from layout.plan.folder import read_plan, write_plan
from layout.plan.plan import Plan, new_plan

__all__ = ["FILES", "Plan", "new_plan", "read_plan", "write_plan"]
