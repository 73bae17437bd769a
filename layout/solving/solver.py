"""A planning model that is solved again and again: targets, prices, demand and rates change."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

from layout.errors import LayoutError
from layout.formulation.linear import Ints
from layout.memory import guarded
from layout.model import PlanningModel, read_model
from layout.model.schema import leading
from layout.solving.changes import Amount, Amounts, changed
from layout.solving.comparison import cost_of
from layout.solving.highs import Outcome
from layout.solving.live import Live
from layout.solving.optimise import Clock, optimise, solver_settings
from layout.solving.reply import Reply
from layout.solving.size import refuse_too_large
from layout.solving.start import Start
from layout.solving.statement import Statement, restate, state

if TYPE_CHECKING:
    from layout.solving.events import Progress


class Solver:
    """One model and one HiGHS behind it that keeps basis, plan and bounds from answer to answer.

    >>> solver = layout.Solver("national-2025")
    >>> solver.solve()
    >>> solver.update(targets={"total-300": 320}, carbon_price_cny_per_t=120).solve()

    `model` is a name, a path or a model that was read; `sets` and `scenarios` are those of the
    command line; `options` are gap, gap_location, time_limit_s, threads, seed. With `relaxed`
    nothing has to be whole (an LP). `arcs` states the model on some of its flows (year → codes,
    as `layout.formulation.build`); bounds then hold for plans on these flows. Every answer is the
    one that a new solver would give the changed model, within the gaps.
    """

    def __init__(
        self,
        model: str | Path | PlanningModel = "national-2025",
        *,
        sets: Sequence[str] = (),
        scenarios: Sequence[str] = (),
        relaxed: bool = False,
        arcs: Mapping[int, Ints] | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> None:
        if isinstance(model, PlanningModel):
            if sets or scenarios:
                raise TypeError("sets and scenarios change a model while it is read: give its name")
            self.origin = model
        else:
            self.origin = read_model(model, sets=sets, scenarios=scenarios)
        self._base = self.model = self.origin
        self.relaxed = relaxed
        self.arcs = arcs
        self.settings = solver_settings(self.origin, **options)
        self._progress = progress
        self._live = Live(self.settings)
        self._known: Statement | None = None
        self._first: Statement | None = None

    def __repr__(self) -> str:
        return f"<Solver of {self.model!r}>"

    def update(
        self,
        *,
        targets: Mapping[str, Amount | Mapping[str, Any]] | None = None,
        prices: Amounts | None = None,
        demand: Amounts | None = None,
        model: PlanningModel | None = None,
        **economy: Amount | None,
    ) -> Solver:
        """Change the question; what is not named stays as it stands. The solver itself.

        A number is the new value, a text like ``"*1.2"`` a factor of what the first model said.
        `targets`: id → value, or some of the target's keys ({"mode": "report"}). `prices`:
        province or tariff zone → CNY/kWh, or one factor for all. `demand`: (zone, workload, year)
        → EFLOPS, where (zone,) or (zone, workload) mean all the rest, or one factor for all.
        Keywords are keys of ``economy:``, such as carbon_price_cny_per_t. `model` puts any other
        model in the place of the first one, before the rest is changed. Raises InputError with
        every problem; then nothing is changed.
        """
        origin = self.origin if model is None else model
        base = self.model if model is None else model
        self.model = changed(base, origin, targets=targets, prices=prices, demand=demand, **economy)
        self.origin = origin
        return self

    def reset(self) -> Solver:
        """Ask again what the first model asks. The solver itself."""
        self.model = self.origin
        return self

    @property
    def start(self) -> Start | None:
        """Plan, basis and bound of the last answer, for `begin` of a solver of that model."""
        return self._live.start

    def begin(self, start: Start | None) -> Solver:
        """Forget every answer and go on from `start`, one of the first model. The solver itself.

        The next answer depends on `start` and the question alone, whatever was asked before.
        """
        self.origin = self.model = self._base
        self._live.forget()
        self._known = None
        if not resolvable(self.origin):
            return self
        if self._first is None or self._first.model is not self.origin:
            self._first = state(self.origin, self.settings, self.arcs, relaxed=self.relaxed)
        self._known = self._first
        self._live.begin(self._first.compiled, start)
        return self

    def solve(self) -> Reply:
        """The answer to the question as it stands.

        Infeasible and a limit are no errors: ask the answer for its `status`. Raises LayoutError
        when HiGHS fails or nothing limits a gain, MemoryLimit where there is too little memory.
        """
        refuse_too_large(self.model)
        with guarded(self.model.settings.solver.memory_limit_mb):
            return self._solved(time.perf_counter())

    def _solved(self, begun: float) -> Reply:
        """The answer; `begun` is when it was asked for."""
        if not resolvable(self.model):
            return self._fresh(begun)
        if self._known is None:
            known = state(self.model, self.settings, self.arcs, relaxed=self.relaxed)
        else:
            known = restate(self._known, self.model)
        if known.formulation.years[0].targets.cones:
            return self._fresh(begun)
        self._known = known
        stated = time.perf_counter()
        outcome = self._live.minimise(
            known.compiled, self.settings, known.invariant, stated, self._progress
        )
        seconds = {"build": stated - begun, "solve": time.perf_counter() - stated}
        own = known if known.formulation.case.model is self.model else None
        return self._reply(outcome, seconds, self._live.how, own)

    def _fresh(self, begun: float) -> Reply:
        """The answer of a new solver: for objectives and targets that take several solves."""
        if self.relaxed:
            raise LayoutError("error.relaxed_form")
        solved = optimise(self.model, self.settings, Clock(self._progress))
        seconds = {"build": 0.0, "solve": time.perf_counter() - begun}
        reply = self._reply(solved.outcome, seconds, "fresh")
        if solved.outcome.x is None or leading(self.model.settings.objective) == "cost":
            return reply
        return replace(reply, objective_mcny=cost_of(solved), bound_mcny=None)

    def _reply(
        self, outcome: Outcome, seconds: dict[str, float], how: str, own: Statement | None = None
    ) -> Reply:
        return Reply(
            model=self.model,
            origin=self.origin,
            status=outcome.status,
            reason=outcome.reason,
            objective_mcny=outcome.objective,
            bound_mcny=outcome.bound,
            gap=outcome.gap,
            gap_location=outcome.gap_location,
            seconds=seconds,
            how=how,
            relaxed=self.relaxed,
            outcome=outcome,
            settings=self.settings,
            arcs=self.arcs,
            own=None if own is None else ref(own),
        )


def resolvable(model: PlanningModel) -> bool:
    """Whether a model is one sum to minimise, cost, over all its periods at once."""
    own = model.settings
    return list(own.objective) == ["cost"] and (own.foresight != "myopic" or len(own.periods) == 1)
