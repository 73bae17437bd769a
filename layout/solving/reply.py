"""What a live solver answers: the proof at once, everything else when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import ref

from layout.algebra import compile_model
from layout.errors import LayoutError
from layout.formulation.linear import Floats, Ints
from layout.solving import extract
from layout.solving.changes import differences
from layout.solving.highs import Outcome, Settings
from layout.solving.optimise import Clock, Solved, solved_of
from layout.solving.statement import state, stated
from layout.solving.steps import Answer, Work

if TYPE_CHECKING:
    import pandas as pd

    from layout.formulation import Formulation
    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.solving.statement import Statement


@dataclass(frozen=True, eq=False, repr=False)
class Reply:
    """One answer of `layout.Solver`, for `model` as it stood; `origin` is the solver's first.

    `status` is optimal (both gaps proved), feasible, infeasible or no_solution, `reason` which
    limit ended the run. `objective_mcny`, `bound_mcny`, `gap` and `gap_location` are None where
    there is none. `seconds` are wall-clock, of build and solve. `how` says what gave it:
    relaxation, dive, kept, branching or fresh. With `relaxed` nothing has to be whole, so that
    there is no plan; costs, carbon and targets can still be read.
    """

    model: PlanningModel
    origin: PlanningModel
    status: str
    reason: str
    objective_mcny: float | None
    bound_mcny: float | None
    gap: float | None
    gap_location: float | None
    seconds: dict[str, float]
    how: str
    relaxed: bool
    outcome: Outcome = field(repr=False)
    settings: Settings = field(repr=False)
    arcs: Mapping[int, Ints] | None = field(default=None, repr=False)
    own: ref[Statement] | None = field(default=None, repr=False)
    """The statement that was solved, where it is that of `model`; the solver alone keeps it."""

    def __repr__(self) -> str:
        cost = "–" if self.objective_mcny is None else f"{self.objective_mcny:,.1f} mcny"
        gap = "" if self.gap is None else f", gap {self.gap:.5f}"
        kind = " (relaxed)" if self.relaxed else ""
        return f"<Reply {self.model.name}{kind}: {self.status}, {cost}{gap}, by {self.how}>"

    @property
    def has_plan(self) -> bool:
        """Whether there is a layout: whole modules, opened sites."""
        return self.outcome.x is not None and not self.relaxed

    @cached_property
    def formulation(self) -> Formulation:
        """The model stated again, its variables at this answer.

        Raises LayoutError where there is no solution.
        """
        x = self._x()
        formulation = stated(self.model, self.arcs)
        compiled = compile_model(formulation.pyomo)
        compiled.load_values(x if self.relaxed else extract.clean(x, compiled.integrality))
        return formulation

    def _x(self) -> Floats:
        if self.outcome.x is None:
            raise LayoutError("error.reply_empty", status=self.status)
        return self.outcome.x

    @cached_property
    def costs_mcny(self) -> dict[str, float]:
        """Component → cost, mcny; discounted over the periods where there are several."""
        return {name: linear.value() for name, linear in self.formulation.costs.items()}

    @cached_property
    def carbon_kt(self) -> float:
        """Carbon of all sites, kt; years of a period counted."""
        return float(self.formulation.carbon.value())

    @cached_property
    def targets(self) -> dict[tuple[str, int], float | None]:
        """(Target, year) → what it reaches, for targets that have a row."""
        return {
            (name, year.year): ratio.reached()
            for year in self.formulation.years
            for name, ratio in year.targets.ratios.items()
        }

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the plan, before it is trimmed and verified. Raises LayoutError if none."""
        self._refuse_relaxed()
        return extract.tables_of(self.formulation)

    @cached_property
    def kpis(self) -> dict[str, Any]:
        """The key figures of the plan. Raises LayoutError where there is none."""
        from layout.plan.kpis import kpis

        return kpis(self.tables, self.model)

    def plan(
        self, *, counterfactual: bool = False, check: bool = True, compared: bool = True
    ) -> Plan:
        """The answer as a verified plan: its integers, all else at its least and tidied.

        Without `compared` nothing is solved beside it (see `layout.solving.driver.planned`).

        ``changed`` in its record names what differs from the files that the manifest lists.
        Without a layout the plan says so, as that of `layout.solve`. Raises LayoutError for a
        relaxed answer, VerificationFailed when the check finds a plan wrong.
        """
        from layout.solving.driver import planned, solve

        self._refuse_relaxed()
        if self.how == "fresh":
            return solve(self.model, counterfactual=counterfactual, check=check, **self._options())
        clock = Clock(None)
        clock.seconds.update({"read": 0.0, **self.seconds})
        solved = self._solved(clock)
        return planned(
            self.model,
            self.settings,
            solved,
            clock,
            counterfactual=counterfactual,
            check=check,
            compared=compared,
        )

    def _options(self) -> dict[str, Any]:
        names = ("gap", "gap_location", "time_limit_s", "threads", "seed")
        return {name: getattr(self.settings, name) for name in names}

    def _solved(self, clock: Clock) -> Solved:
        known = None if self.own is None else self.own()
        if known is None or known.relaxed:
            known = state(self.model, self.settings, self.arcs)
        work = Work(known.formulation, self.settings, clock)
        aim, found = work.aim("cost"), self.outcome
        work.compile(aim)
        work.steps.append(self._step())
        if found.x is not None:
            work.hold(found.x)
        fixed = aim.invariant.value
        answer = Answer(found, found, (), aim.linear.value, fixed=fixed)
        return solved_of(work, answer, {"changed": sorted(differences(self.origin, self.model))})

    def _step(self) -> dict[str, Any]:
        return {
            "step": "cost",
            "unit": "mcny",
            "value": self.objective_mcny,
            "bound": self.bound_mcny,
            "gap": self.gap,
            "status": self.status,
            "reason": self.reason,
            "kept_at": None,
            "seconds": self.seconds["solve"],
        }

    def _refuse_relaxed(self) -> None:
        if self.relaxed:
            raise LayoutError("error.reply_relaxed")
