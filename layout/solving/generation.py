"""Models with too many flows to state: those that matter are found, and all are in the bound.

The LP is solved on some flows; all others are priced at its duals (layout.solving.pool), the
cheapest are stated too, and so on until what the rest could still save is small. That sum is
subtracted from the LP's value, so the bound holds for the model with every admissible flow. A
dive from the last basis makes the plan, for whose integers flows are generated once more. With
very many zones all of that is done on neighbourhoods of them (layout.solving.coarse), and what
they build is given to the fine model, whose plan is compared with their bound.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.formulation import build
from layout.formulation.case import case_of
from layout.model.slices import shiftable
from layout.solving.coarse import Coarse, coarse, nearest, refined, relaxes
from layout.solving.dive import Dive, Relaxation, judged, without_plan
from layout.solving.ending import LIMITS
from layout.solving.highs import Invariant, Outcome, Settings, Watch, run
from layout.solving.master import DUAL, PRIMAL, Master
from layout.solving.pool import Pool, Priced, admissible_flows
from layout.solving.steps import Answer, Work, coefficients

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.model import PlanningModel
    from layout.solving.events import Progress
    from layout.solving.optimise import Clock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANY_FLOWS = 200_000  # from here on `auto` generates flows; below, stating all is as quick
WHOLE_FEATURES = ("network", "resilience")  # with rows and variables for every flow
NEAREST = 5  # flows of each demand that are stated at first
MANY_ZONES = 1_000  # from here on neighbouring zones are put together
COARSE_ZONES = 300  # about so many zones has a coarse model
USED = 1e-6  # share of its demand from which a flow counts as used
SPREAD = 8  # and so many more, all over the sites that may serve it
MOST = 3  # flows of each demand that one round states, or as many as make up
A_ROUND = 8_000  # flows in all
LARGE_TIMES = 4  # more of them where every round costs an interior point
MOST_ROUNDS = 200
SHARE_OF_GAP = 0.02  # how much of the allowed gap the flows that are not stated may leave open
SHARE_OF_TIME = 0.7  # of the time limit that finding flows may take
POLISHING_ROUNDS = 10
MOST_STATED = 2_000_000  # flows that are stated at once to tell why there is no plan
LEFT_EFLOPS = 1e-6  # unserved demand that counts as none
DEARER = 100.0  # by how much the price of unserved demand rises where it was not enough


def generates(model: PlanningModel) -> bool:
    """Whether flows are generated: asked for, or `auto` and there are many, and it is possible.

    Possible where cost is the one objective, no feature has variables for every flow, and no
    target is a curve.
    """
    asked = model.settings.solver.flows
    on = model.settings.features
    if asked == "all" or list(model.settings.objective) != ["cost"]:
        return False
    if any(getattr(on, name) for name in WHOLE_FEATURES):
        return False
    if on.slices and shiftable(model).any():  # the same, for every flow of work that shifts
        return False
    if any(target.measure == "hhi" for target in model.settings.targets):
        return False
    return asked == "generated" or admissible_flows(model) >= MANY_FLOWS


class Generation:
    """One search: a pool of all flows, the LP on those stated, the best bound so far."""

    def __init__(
        self, pool: Pool, settings: Settings, started: float, progress: Progress | None
    ) -> None:
        self.settings = settings
        self.begun = time.perf_counter()
        self.watch = Watch(settings, Invariant(np.zeros(0), 0.0), started, progress)
        self.pool = pool
        self.master = Master(pool, settings, self.watch)
        self.bound = -np.inf
        self.rounds, self.short = 0, np.inf
        self.course: list[dict[str, Any]] = []
        a_round = A_ROUND * (LARGE_TIMES if self.master.large else 1)
        self.most = max(MOST, a_round // max(1, pool.demands))

    def _late(self, share: float = 1.0) -> bool:
        spent = time.perf_counter() - self.begun
        self.master.limit(max(1.0, self.settings.time_limit_s - spent))
        return spent > share * self.settings.time_limit_s

    def search(self) -> str:
        """Find the flows that matter, and the bound: optimal, or why there is none."""
        self.master.add(np.union1d(self.pool.nearest(NEAREST), self.pool.spread(SPREAD)))
        status = self.relax()
        if status != "optimal" or not self.master.relieved:
            return status
        self.master.only_unserved()
        status = self.relax(costs=False)
        if status != "optimal":
            return status
        if self.master.objective - self.short > LEFT_EFLOPS:
            return "infeasible"
        self.master.all_costs(DEARER)
        status = self.relax()
        return "dead_end" if status == "optimal" and self.master.relieved else status

    def relax(self, costs: bool = True) -> str:
        """Solve the LP of all flows to within a share of the gap; optimal, or why not.

        When its share of the time is over, what was found is enough, and the bound is what it is.
        Without `costs` the LP minimises what is left unserved, and flows are priced at nothing.
        """
        status = self.master.run(DUAL)
        for _ in range(MOST_ROUNDS):
            if status == "infeasible":
                status = self._saved()
            if status == "optimal":
                status = self.master.link()
            if status != "optimal":
                return status
            priced = self._priced(costs)
            if not len(priced.missing) or self._near(costs):
                return self._settled(costs)
            if self._late(SHARE_OF_TIME):
                over = costs and not self.master.relieved
                return self._settled(costs) if over else "time_limit"
            self.master.add(priced.missing)
            status = self.master.run(PRIMAL)
        return "time_limit"

    def _settled(self, costs: bool) -> str:
        """The end of the search; a large model gets a basis, whose duals are priced once more."""
        if not self.master.large or not costs:
            return "optimal"
        status = self.master.settle()
        if status == "optimal":
            status = self.master.link()
        if status == "optimal":
            self._priced(costs)
        return status

    def _priced(self, costs: bool) -> Priced:
        """All flows at the duals of the last LP; the bound that follows."""
        priced = self.pool.price(self.master.duals(), self.most, costs)
        self.rounds += 1
        self.short = priced.short
        if costs:
            self.bound = max(self.bound, self.master.objective - priced.short)
            self.watch.report(np.inf, self.bound, None, None)
            self.note(None)
        return priced

    def note(self, plan: float | None) -> None:
        """Remember where the search stands: seconds since the run began, flows, bound, plan."""
        self.course.append(
            {
                "seconds": time.perf_counter() - self.watch.started,
                "stated": len(self.master.flows),
                "relaxation_mcny": self.master.objective if plan is None else None,
                "bound_mcny": self.bound,
                "plan_mcny": plan,
            }
        )

    def _near(self, costs: bool) -> bool:
        """Whether flows that are not stated have nothing left to save that matters."""
        value = self.master.objective
        if not costs:
            return value <= LEFT_EFLOPS
        return bool(value - self.bound <= SHARE_OF_GAP * self.settings.gap * abs(value))

    def dive(self) -> str:
        """Make all integers whole, then state the flows that the plan still lacks."""
        master = self.master
        dive = Dive(master.solver, master.whole, *master.integers(), self._without_relief)
        status = dive.run()
        if status != "optimal":
            return status
        for _ in range(POLISHING_ROUNDS):
            priced = self.pool.price(master.duals(), self.most)
            missing = self.pool.divisible(priced.missing)
            near = SHARE_OF_GAP * self.settings.gap * abs(master.objective)
            if not len(missing) or priced.short <= near or self._late():
                break
            master.add(missing)
            status = self._without_relief(PRIMAL)
            if status != "optimal":
                break
        self.note(master.objective)
        return status

    def _without_relief(self, strategy: int = DUAL) -> str:
        """Solve; a solution that leaves demand unserved that must be served is none."""
        self._late()
        status = self.master.run(strategy)
        return "infeasible" if status == "optimal" and self.master.relieved else status

    def used(self) -> dict[int, Ints]:
        """The flows that the last LP makes use of: codes by year."""
        served = self.master.values()[self.master.columns :]
        return self.pool.codes(np.sort(self.master.flows[served > USED * self.master.upper]))

    def _saved(self) -> str:
        """State what may save an infeasible LP; infeasible where no flow does."""
        for _ in range(MOST_ROUNDS):
            ray = self.master.ray()
            if ray is None:
                return "infeasible_on_stated"
            missing = self.pool.price(ray, self.most, costs=False).missing
            if not len(missing):
                return "infeasible"
            if self._late(SHARE_OF_TIME):
                return "time_limit"
            self.master.add(missing)
            status = self.master.run(DUAL)
            if status != "infeasible":
                return status
        return "time_limit"


def generated(
    model: PlanningModel, settings: Settings, clock: Clock, progress: Progress | None
) -> tuple[Work, Answer, dict[str, Any]]:
    """A large model solved on the flows that matter: the work on them, its answer, and notes.

    The bound of the answer holds with every admissible flow. What branch and bound finds where
    the dive is not near enough is compared with that bound too: its own holds for the flows
    stated only.
    """
    rough = None
    if len(model["zones"]) >= MANY_ZONES and relaxes(model):
        rough = coarse(model, max(2, len(model["zones"]) // COARSE_ZONES))
    pool = clock.stage("build", lambda: Pool(model if rough is None else rough.model))
    search = Generation(pool, settings, clock.started, progress)

    def searched() -> str:
        status = search.search()
        return search.dive() if status == "optimal" else status

    status = clock.stage("solve", searched)
    codes = clock.stage("build", lambda: _stated(model, search, rough, status))
    formulation = clock.stage("build", lambda: build(model, arcs=codes))
    work = Work(formulation, settings, clock, progress)
    outcome = clock.stage("solve", lambda: _outcome(search, work, rough, status))
    notes = {
        "admissible": admissible_flows(model),
        "stated": None if codes is None else sum(len(stated) for stated in codes.values()),
        "rounds": search.rounds,
        "neighbourhoods": None if rough is None else len(np.unique(rough.stands)),
        "bound_holds_for": "all admissible flows",
        "course": search.course,
    }
    aim = work.aim("cost")
    if outcome.x is not None:
        work.hold(outcome.x)
    work.steps.append(
        {
            "step": aim.name,
            "unit": aim.unit,
            "value": outcome.objective,
            "bound": outcome.bound,
            "gap": outcome.gap,
            "status": outcome.status,
            "reason": outcome.reason,
            "kept_at": None,
            "seconds": clock.seconds["solve"],
        }
    )
    answer = Answer(outcome, outcome, (), aim.linear.value, aim.invariant.value)
    return work, answer, {"flows": notes}


def _stated(
    model: PlanningModel, search: Generation, rough: Coarse | None, status: str
) -> dict[int, Ints] | None:
    """The flows that the model is stated on: codes by year, None for all."""
    if status == "infeasible" and admissible_flows(model) <= MOST_STATED:
        return None  # the reasons are looked for among all flows
    if rough is None:
        return search.pool.codes(np.flatnonzero(search.pool.stated))
    found = {}
    for year, codes in search.used().items():
        case = case_of(model, year)
        fine = refined(rough, case, case_of(rough.model, year), codes)
        found[year] = np.union1d(fine, nearest(case, NEAREST))
    return found


def _outcome(search: Generation, work: Work, rough: Coarse | None, status: str) -> Outcome:
    """What was found, over the columns of the model on the stated flows."""
    settings, started = search.settings, search.watch.started
    compiled = work.compile(work.aim("cost"))
    if status == "infeasible":
        return without_plan(status)
    bound = search.bound if np.isfinite(search.bound) else None
    invariant = coefficients(compiled, work.aim("cost").invariant)
    plan = replace(without_plan(status), bound=bound)
    if status == "optimal" and bound is not None:
        if rough is None:
            x = np.zeros(len(compiled.cost))
            x[search.master.places(work.formulation, compiled)] = search.master.values()
            value = search.master.objective
            found = Outcome("feasible", "stated_flows", x, value, bound, None, None)
        else:
            found = _fine(search, compiled, invariant)
        if found.objective is not None:
            plan = judged(found, min(bound, found.objective), settings, invariant)
            search.note(found.objective)
    left = settings.time_limit_s - (time.perf_counter() - search.begun)
    if plan.status == "optimal" or status in ("interrupted", *LIMITS):
        return plan
    if left <= 0 or bound is None:
        return replace(plan, reason="time_limit" if left <= 0 else "stated_flows")
    rest = replace(settings, time_limit_s=left)
    found = run(compiled, rest, invariant, started, search.watch.progress, plan.x, bound)
    if found.status != "optimal" and found.reason in ("optimal", "infeasible"):
        kind = "no_solution" if found.x is None else "feasible"
        found = replace(found, status=kind, reason="stated_flows")  # among them there is no more
    better = found.objective is not None and found.objective <= (plan.objective or np.inf)
    return found if better else replace(plan, reason=found.reason)


def _fine(search: Generation, compiled: Compiled, invariant: Invariant) -> Outcome:
    """The plan of a coarse model in the fine one: what it built there, or more where that lacks."""
    mine, other = search.master.counterparts(compiled)
    values = np.full(len(compiled.cost), np.nan)
    values[other] = search.master.values()[mine]
    for free in (False, True):
        lp = Relaxation(
            compiled, search.settings, invariant, search.watch.started, search.watch.progress
        )
        lower, upper = compiled.column_lower[lp.columns], compiled.column_upper[lp.columns]
        given = np.round(values[lp.columns])
        known = np.isfinite(given)
        lower = np.where(known, given, lower)
        upper = upper if free else np.where(known, given, upper)
        dive = Dive(lp.solver, lp.columns, lower, upper, lp.solve)
        status = dive.solve()
        if status == "optimal":
            status = dive.run()
        if status not in ("infeasible", "dead_end"):
            break
    if status != "optimal":
        return without_plan(status)
    basis = lp.solver.getBasis()
    return Outcome(
        "feasible", "stated_flows", dive.values(), lp.objective, None, None, None, basis=basis
    )
