"""Questions about a plan that are answered by solving its model again with something forced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from layout.formulation import Formulation, build
from layout.formulation.linear import Linear
from layout.plan.measures import readings
from layout.solving.counterfactuals import CHEAP_VARIABLES
from layout.solving.extract import tables_of
from layout.solving.generation import generates
from layout.solving.highs import Outcome, Settings
from layout.solving.live import Live
from layout.solving.optimise import Clock
from layout.solving.separation import separated
from layout.solving.solver import resolvable
from layout.solving.steps import Aim, Work

if TYPE_CHECKING:
    from layout.plan import Plan

ROUNDING = 1e-9
"""Share of a cost below which a difference of two of them is none."""


@dataclass(frozen=True)
class Forced:
    """The answer to one question: its status, the least cost found and what none falls below.

    Money is mcny, of all periods discounted; None where there is no plan.
    """

    status: str
    cost_mcny: float | None
    bound_mcny: float | None


def why_not(plan: Plan) -> str:
    """Why a model is not solved again for questions, '' where it is: objective, period, size."""
    model = plan.model
    if not resolvable(model):
        return "objective" if list(model.settings.objective) != ["cost"] else "myopic"
    if any(one.measure == "hhi" and one.mode != "report" for one in model.settings.targets):
        return "objective"
    size = (plan.record.get("size") or {}).get("variables", 0)
    return "too_large" if generates(model) or size > CHEAP_VARIABLES else ""


class Questions:
    """One model, stated once; every question adds rows or changes the sum that is minimised.

    `cost_mcny` is the least cost of any plan known, `bound_mcny` what none falls below. An answer
    that is a plan of the model too may lower the one and never the other.
    """

    def __init__(self, plan: Plan, settings: Settings) -> None:
        formulation = build(plan.model, forced=True)
        formulation.minimise("cost")
        settings = separated(formulation, settings, Clock(None))
        self.plan = plan
        self.work = Work(formulation, settings, Clock(None), live=Live(settings))
        self.cost_mcny = float(plan.record["objective_mcny"])
        known = plan.record.get("bound_mcny")
        self.bound_mcny = float("-inf") if known is None else float(known)
        first = self._minimise(self.work.aim("cost"))
        if first.objective is not None:
            self.cost_mcny = min(self.cost_mcny, first.objective)
        if first.bound is not None:
            self.bound_mcny = min(self.cost_mcny, max(self.bound_mcny, first.bound))
        size = self.work.compiled.size if self.work.compiled is not None else {}
        self.whole = size.get("integers", 0) > 0

    @property
    def formulation(self) -> Formulation:
        """The model as Pyomo has it; its variables hold the last answer."""
        return self.work.formulation

    def _minimise(self, aim: Aim) -> Outcome:
        self.work.spent_s = 0.0
        return self.work.minimise(aim)

    def least(self, rows: dict[str, tuple[Linear, float]], less: Linear | None = None) -> Forced:
        """The cheapest plan within further rows (name → expression ≤ limit).

        With `less` its value is taken off the cost that is minimised and reported.
        """
        formulation = self.formulation
        for key, (linear, limit) in rows.items():
            formulation.keep_linear(f"asked_{key}", linear, limit, "what is asked")
        aim = self.work.aim("cost")
        if less is not None:
            aim = replace(aim, linear=aim.linear.plus(less, -1.0))
        found = self._minimise(aim)
        for key in rows:
            formulation.release(f"asked_{key}")
        if less is None and found.objective is not None:
            self.cost_mcny = min(self.cost_mcny, found.objective)
        return Forced(found.status, found.objective, found.bound)

    def without(self, target: str) -> tuple[Forced, float | None]:
        """The cheapest plan that a target does not shape, and what the target reaches in it."""
        model = self.plan.model
        free = [
            one.model_copy(update={"mode": "report"}) if one.id == target else one
            for one in model.settings.targets
        ]
        asked = replace(model, settings=model.settings.model_copy(update={"targets": free}))
        formulation = build(asked, forced=True)
        formulation.minimise("cost")
        settings = separated(formulation, self.work.settings, Clock(None))
        work = Work(formulation, settings, Clock(None), live=self.work.live)
        found = work.minimise(work.aim("cost"))
        forced = Forced(found.status, found.objective, found.bound)
        if found.x is None:
            return forced, None
        read = [one for one in readings(tables_of(formulation), asked) if one.target.id == target]
        return forced, read[-1].achieved if read else None

    def rise(self, forced: Forced) -> dict[str, float | None]:
        """What a forced answer costs more than the plan: found, at least, at most; mcny."""
        if forced.cost_mcny is None:
            return {"rise_mcny": None, "least_mcny": None, "most_mcny": None}
        low = None if forced.bound_mcny is None else forced.bound_mcny - self.cost_mcny
        return {
            "rise_mcny": self._clear(forced.cost_mcny - self.cost_mcny),
            "least_mcny": None if low is None else self._clear(low),
            "most_mcny": self._clear(forced.cost_mcny - self.bound_mcny),
        }

    def _clear(self, difference: float) -> float:
        """A difference of two costs without what is rounding."""
        return 0.0 if abs(difference) <= ROUNDING * abs(self.cost_mcny) else difference
