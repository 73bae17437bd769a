"""What else costs about the same: least and greatest capacity, plans unlike each other, classes.

The plans meant are those whose cost is within a slack of the best plan that is known. Ranges are
bounded by the relaxation of the model (no plan goes beyond) and shown by verified plans; plans
unlike each other are made by the Hop, Skip and Jump method, in turn with the cheapest plan of a
set of sites not seen yet, every set that was seen being cut off (modelling to generate
alternatives: Brill, Chang and Hopkins 1982; DeCarolis 2011).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.errors import EXIT_INFEASIBLE, EXIT_LIMIT, InputError, LayoutError, Problem
from layout.formulation.linear import Floats
from layout.solving.highs import Invariant, Settings
from layout.solving.optimise import solver_settings
from layout.solving.solver import resolvable
from layout.study.alternatives.near_optimal import TINY, NearOptimal, Range, apart, tighten

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

Counted = Callable[[str, int, int], None]
"""Told of every question: stage (best, bounds, plans, sites, witnesses), done, of."""

CLASSES = ("always", "often", "sometimes", "never", "undecided")
Span = tuple[float, float]
OFTEN = 0.5


@dataclass(frozen=True)
class Found:
    """One near-optimal plan, verified: how it was found, where it builds (over the sites)."""

    how: str
    about: str
    plan: Plan
    built: tuple[bool, ...]

    @property
    def cost_mcny(self) -> float:
        """Its cost."""
        return float(self.plan.record["objective_mcny"])


@dataclass
class Site:
    """What is known of building at a site; costs are of the cheapest plans with and without it."""

    site: str
    label: str = "undecided"
    proof: str = ""
    plans_built: int = 0
    with_mcny: float | None = None
    without_mcny: float | None = None
    instead: tuple[str, ...] = ()


@dataclass
class Alternatives:
    """The answer. `within` is a share of all cost, `within_location` of what siting can change.

    `settings` are those of the solver for every question. `sites` are those where new space may be
    built, `plans` the structurally different ones (the
    best first), `complete` whether every set of sites that can be built together within the
    slack is among them. `witnesses` counts further verified plans that show an end of a range.
    """

    model: PlanningModel
    within: float
    within_location: float
    limit_mcny: float
    settings: Settings
    ranges: list[Range] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    plans: list[Found] = field(default_factory=list)
    shown: list[Found] = field(default_factory=list)
    complete: bool = False
    ended: bool = False
    witnesses: int = 0

    @property
    def best(self) -> Plan:
        """The best plan, with its proof."""
        return self.plans[0].plan

    def of(self, label: str) -> list[str]:
        """Sites of a class, in their order."""
        return [site.site for site in self.sites if site.label == label]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """A site of the best plan, and those that other plans build instead of it alone."""
        return [(site.site, *site.instead) for site in self.sites if site.instead]


class NoPlan(LayoutError):
    """There is no best plan to compare with."""

    def __init__(self, status: str) -> None:
        key = "infeasible" if status == "infeasible" else "limit"
        super().__init__(f"alternatives.error.{key}")
        self.exit_code = EXIT_INFEASIBLE if status == "infeasible" else EXIT_LIMIT


def alternatives(
    model: PlanningModel,
    within: float | None = None,
    *,
    within_location: float | None = None,
    count: int = 12,
    time_limit_s: float | None = None,
    counted: Counted | None = None,
    **options: Any,
) -> Alternatives:
    """Near-optimal plans of a model within a slack of cost, 0.02 of the total unless given.

    `within` is a share of the best plan's cost, `within_location` of the part that siting can
    change; one of them. `count` is how many structurally different plans are looked for, the
    best among them. After `time_limit_s` nothing more is asked and what is open says so. `options`
    are gap, gap_location, threads, seed. Raises InputError for a model that does not minimise
    cost alone over all periods at once, or that has a target on concentration, and NoPlan
    (exit 4 or 5) where there is no best plan, VerificationFailed when the independent check finds
    a plan wrong.
    """
    _refuse(model)
    run = _Run(model, count, time_limit_s, counted, options)
    run.begin(within, within_location)
    run.bounds()
    run.unlike()
    run.decide()
    run.witness()
    return run.result()


def _refuse(model: PlanningModel) -> None:
    problems = []
    if not resolvable(model):
        problems.append(Problem("alternatives_objective", "error", model.name))
    if any(target.measure == "hhi" for target in model.settings.targets):
        problems.append(Problem("alternatives_hhi", "error", model.name))
    if problems:
        raise InputError(problems)


class _Run:
    def __init__(
        self,
        model: PlanningModel,
        count: int,
        time_limit_s: float | None,
        counted: Counted | None,
        options: dict[str, Any],
    ) -> None:
        self.model, self.count, self.options = model, count, options
        limit = np.inf if time_limit_s is None else time_limit_s
        self.until = time.perf_counter() + limit
        self.counted = counted
        self.pool: dict[tuple[bool, ...], Floats] = {}

    def left_s(self) -> float:
        """Seconds that the next question may take; 0 when time is out, which is remembered."""
        left = min(self.until - time.perf_counter(), self.near.settings.time_limit_s)
        if left <= 0:
            self.found.ended = True
        return max(left, 0.0)

    def told(self, stage: str, done: int, of: int) -> None:
        """Tell how far a stage is."""
        if self.counted is not None:
            self.counted(stage, done, of)

    # the best plan --------------------------------------------------------------------------

    def begin(self, within: float | None, within_location: float | None) -> None:
        """Find the best plan and the limit of cost."""
        self.told("best", 0, 1)
        near = self.near = NearOptimal(self.model, solver_settings(self.model, **self.options))
        if near.best.x is None:
            raise NoPlan(near.best.status)
        cost = float(near.best.objective or 0.0)
        changed = cost - near.cost.invariant.value()
        if within_location is not None:
            slack = within_location * changed
        else:
            slack = (0.02 if within is None else within) * cost
        share = slack / cost if cost else 0.0
        of_location = slack / changed if changed > 0 else np.nan
        self.found = Alternatives(self.model, share, of_location, cost + slack, near.settings)
        near.within(cost + slack)
        first = near.cheapest(near.settings.time_limit_s)
        if first.x is None:
            raise NoPlan(first.status)
        self._keep("best", "", first.x)

    def _keep(self, how: str, about: str, x: Floats) -> None:
        """Verify a plan and remember it."""
        near = self.near
        built = near.built_in(x)
        plan = near.plan(x, tidy=True, best=how == "best")
        found = Found(how, about, plan, built)
        listed = self.found.plans if how in ("best", "next", "unlike") else self.found.shown
        listed.append(found)
        self.pool.setdefault(built, x)
        for one in self.found.ranges:
            one.take(one.quantity.form.at(x))

    # bounds ---------------------------------------------------------------------------------

    def bounds(self) -> None:
        """Least and greatest by the relaxation, of capacity in use and of new space."""
        near = self.near
        self.quantities = near.quantities()
        self.new = near.forms(near.new_mw)
        x = next(iter(self.pool.values()))
        total = len(self.quantities) + len(self.new)
        known: dict[bytes, Span] = {}
        for done, quantity in enumerate(self.quantities):
            self.told("bounds", done, total)
            low, high = self._both(quantity.form, known)
            value = quantity.form.at(x)
            one = Range(quantity, value, low, value, value, high)
            one.take(value)
            self.found.ranges.append(one)
        self.space = []
        for done, form in enumerate(self.new):
            self.told("bounds", len(self.quantities) + done, total)
            self.space.append(self._both(form, known))

    def _both(
        self, form: Invariant, known: dict[bytes, tuple[float, float]]
    ) -> tuple[float, float]:
        key = form.coefficients.tobytes() + repr(form.constant).encode()
        if key not in known:
            if not form.coefficients.any():
                known[key] = (form.constant, form.constant)
            elif self.left_s() <= 0:
                known[key] = (-np.inf, np.inf)
            else:
                low, high = (self.near.relaxation(form, sense) for sense in (1, -1))
                known[key] = (-np.inf if low is None else low, np.inf if high is None else high)
        return known[key]

    # plans ----------------------------------------------------------------------------------

    def unlike(self) -> None:
        """Plans that build elsewhere, in turn with the cheapest of a set not seen yet."""
        near, plans = self.near, self.found.plans
        while len(plans) <= self.count and near.sites:
            near.exclude(plans[-1].built)
            if (left := self.left_s()) <= 0:
                break
            self.told("plans", len(plans), self.count)
            if len(plans) % 2:
                used = np.sum([plan.built for plan in plans], axis=0)
                how, answer = "unlike", near.unlike(used, left)
                if answer.x is not None:
                    built = near.built_in(answer.x)
                    polished = near.cheapest(left, dict(enumerate(map(float, built))))
                    answer = polished if polished.x is not None else answer
            else:
                how, answer = "next", near.cheapest(left)
            if answer.x is None:
                self.found.complete = answer.status == "infeasible"
                break
            if len(plans) == self.count:
                break
            self._keep(how, "", answer.x)
        self.found.complete = self.found.complete or not near.sites
        near.include_all()

    # sites ----------------------------------------------------------------------------------

    def decide(self) -> None:
        """Class every site: by proof where there is one, else by the plans found."""
        near, plans = self.near, self.found.plans
        for number, name in enumerate(near.sites):
            self.told("sites", number, len(near.sites))
            site = Site(name, plans_built=sum(plan.built[number] for plan in plans))
            self.found.sites.append(site)
            low, high = self.space[number]
            if low > near.spare[number] + TINY:
                site.label, site.proof = "always", "relaxation"
            elif high < near.step[number] - TINY * max(1.0, near.step[number]):
                site.label, site.proof = "never", "relaxation"
            else:
                self._by_plans(site, number)
        self._instead()

    def _by_plans(self, site: Site, number: int) -> None:
        """Look for a plan with the site and one without it, or prove that there is none."""
        plans_best = self.found.plans[0].built
        seen: dict[bool, bool | None] = {True: True, False: True}
        for wanted in (True, False):
            answer = None
            if plans_best[number] is wanted:
                cost = self.found.plans[0].cost_mcny
                site.with_mcny, site.without_mcny = _costs(site, wanted, cost)
                continue
            if (left := self.left_s()) > 0:
                answer = self.near.cheapest(left, {number: float(wanted)})
                if answer.x is not None and self.near.built_in(answer.x) not in self.pool:
                    self._keep("with" if wanted else "without", site.site, answer.x)
            known = None if answer is None else answer.objective
            site.with_mcny, site.without_mcny = _costs(site, wanted, known)
            if known is None and not any(built[number] is wanted for built in self.pool):
                proved = answer is not None and answer.status == "infeasible"
                seen[wanted] = False if proved else None
        if seen[False] is False:
            site.label, site.proof = "always", "search"
        elif seen[True] is False:
            site.label, site.proof = "never", "search"
        elif None in seen.values():
            site.label = "undecided"
        else:
            site.proof = "plans"
            share = site.plans_built / len(self.found.plans)
            site.label = "often" if share >= OFTEN else "sometimes"

    def _instead(self) -> None:
        """Sites that stand in for one of the best plan: sets that differ by that one swap."""
        first = self.found.plans[0].built
        swaps: dict[int, set[int]] = {}
        for built in self.pool:
            out = [n for n, on in enumerate(first) if on and not built[n]]
            new = [n for n, on in enumerate(built) if on and not first[n]]
            if len(out) == len(new) == 1:
                swaps.setdefault(out[0], set()).add(new[0])
        for number, others in swaps.items():
            self.found.sites[number].instead = tuple(self.near.sites[n] for n in sorted(others))

    # ends of ranges -------------------------------------------------------------------------

    def witness(self) -> None:
        """Plans at the ends of the ranges of sites, where none is near yet."""
        near = self.near
        open_ends = [
            (one, sense)
            for one in self.found.ranges
            if one.quantity.level == "site"
            for sense in (1, -1)
            if apart(one, sense)
        ]
        known: set[tuple[bytes, int]] = set()
        for done, (one, sense) in enumerate(open_ends):
            self.told("witnesses", done, len(open_ends))
            key = (one.quantity.form.coefficients.tobytes(), sense)
            if key in known or not apart(one, sense):
                continue
            known.add(key)
            if (left := self.left_s()) <= 0:
                return
            found = near.extreme(one.quantity.form, sense, left)
            for other in self.found.ranges:
                if (other.quantity.form.coefficients.tobytes(), sense) == key:
                    tighten(other, sense, found.bound)
            if found.x is None or found.found is None:
                continue
            gain = one.least_found - found.found
            better = (gain if sense > 0 else found.found - one.greatest_found) > TINY
            if better:
                self.near.plan(found.x, tidy=False)
                self.found.witnesses += 1
                for other in self.found.ranges:
                    other.take(other.quantity.form.at(found.x))

    def result(self) -> Alternatives:
        """The answer, its plans in the order in which they were found."""
        return replace(self.found)


def _costs(site: Site, wanted: bool, cost: float | None) -> tuple[float | None, float | None]:
    """Costs with and without a site, one of them new."""
    return (cost, site.without_mcny) if wanted else (site.with_mcny, cost)
