"""The independent checker: imports `layout.model` and `layout.plan`, never the formulation."""

from layout.checking.checker import verify
from layout.checking.cost import recompute_cost
from layout.checking.findings import Failure, Verification

__all__ = ["Failure", "Verification", "recompute_cost", "verify"]
