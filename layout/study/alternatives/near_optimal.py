"""All plans that cost little more than the best one, as one model that is asked again and again.

The rows of the model, a row cost ≤ limit, and for every site whether new space is built there.
Two solvers keep what they know from question to question: one for the relaxation, which proves
what no such plan can do, one for whole modules, which finds plans.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from layout.algebra import Compiled, Index
from layout.formulation import build
from layout.formulation.case import NEW
from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.parts import Part, joined_rows, joined_variable
from layout.formulation.space import standing_ceiling_mw
from layout.solving.events import location_gap, relative_gap
from layout.solving.highs import Invariant, Outcome, Settings
from layout.solving.live import Live
from layout.solving.optimise import Clock, Solved, solved_of
from layout.solving.separation import separated
from layout.solving.steps import Answer, Work, coefficients

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

LEAST_MW = 0.1
"""Where space of any size may be built, a site counts as built from so much new space on."""
ROUNDING = 1e-9
NOISE = 1e-9
"""Amounts below this are the solver's noise, and nothing in a plan."""
NODES = 300
"""Nodes that one question may take: a count, so that answers do not depend on speed."""
FEW_NODES = 10
ENOUGH = 1e9
"""Gap at which the end of a range is known well enough: the relaxation bounds it closely."""
CLOSE = 0.01
"""What found and proved may differ by, as a share of the larger, before it is looked for again."""
TINY = 1e-6
LOOSE = 0.25
"""Gap at which a plan unlike the others is unlike enough."""


@dataclass(frozen=True)
class Quantity:
    """Something with a least and a greatest value: `values` over the columns of the model."""

    level: str
    place: str
    kind: str
    form: Invariant


@dataclass
class Range:
    """Capacity in use of a place: of the best plan, found and proved; MW, or EFLOPS of a kind."""

    quantity: Quantity
    best: float
    least_bound: float
    least_found: float
    greatest_found: float
    greatest_bound: float

    def take(self, value: float) -> None:
        """Another plan has this much."""
        self.least_found = min(self.least_found, value)
        self.greatest_found = max(self.greatest_found, value)
        self.least_bound = min(self.least_bound, self.least_found)
        self.greatest_bound = max(self.greatest_bound, self.greatest_found)


@dataclass(frozen=True)
class Extreme:
    """What is proved and what was found of one quantity in one direction.

    `bound` holds for every plan within the limit; `found` is that of the plan `x`, if there is.
    """

    bound: float
    found: float | None
    x: Floats | None


class NearOptimal:
    """The plans of a model within a limit of cost, mcny.

    `sites` are those where new space may be built at all; `built` in answers is over them.
    Raises LayoutError where HiGHS fails.
    """

    def __init__(self, model: PlanningModel, settings: Settings) -> None:
        self.model, self.settings = model, settings
        self.clock = Clock(None)
        self.formulation = build(model, forced=True)
        self.settings = separated(self.formulation, settings, self.clock)
        self.relaxed, self.whole = Live(self.settings), Live(self.settings)
        self.whole.solver.setOptionValue("mip_max_nodes", NODES)
        self.work = Work(self.formulation, self.settings, self.clock, live=self.whole)
        self.cost = self.work.aim("cost")
        self.begun = time.perf_counter()
        self.best = self.work.minimise(self.cost)
        self.limit_mcny = np.inf

    def within(self, limit_mcny: float) -> None:
        """Keep to plans of no more cost, and say of every site whether it is built."""
        self.limit_mcny = limit_mcny
        self.work.keep_at(self.cost, limit_mcny + ROUNDING * max(1.0, abs(limit_mcny)))
        v = self.formulation.years[-1].variables
        units, case = v.case.units, v.case
        room = np.minimum(v.room_mw, standing_ceiling_mw(v))
        size = case.facility_values("module_it_mw")[units.facility]
        new = units.origin == NEW
        usable = new & (room > 0) & ~(size > room + ROUNDING)
        self.sites: tuple[str, ...] = tuple(
            case.sites[site] for site in _unique(units.site[usable])
        )
        place = {site: number for number, site in enumerate(self.sites)}
        row = np.array([place.get(case.sites[site], -1) for site in units.site])
        least = np.where(np.isnan(size), LEAST_MW, size)
        self.step = np.array([least[usable & (row == n)].min() for n in range(len(place))])
        spare = np.where([np.isnan(size[usable & (row == n)]).any() for n in range(len(place))],
                         LEAST_MW, 0.0)  # fmt: skip
        most = np.array([room[usable & (row == n)].sum() for n in range(len(place))])
        self.spare = spare
        self.new_mw = v.add_new_space(Linear(len(place)), np.where(usable, row, -1))
        self._state(most)

    def _state(self, most: Floats) -> None:
        """built[i] = 1 exactly where the site has new space.

        step[i]·built[i] ≤ new space of i ≤ spare[i] + (most[i] − spare[i])·built[i]; MW.
        """
        count = len(self.sites)
        index = Index(("site",), (np.array(self.sites, dtype=object),))
        doc = "1 if new space is built at the site"
        self.built = Part("built", index, upper=1.0, integer=True, doc=doc, unit="1")
        each = np.arange(count)
        pyomo = self.formulation.pyomo
        if count:
            pyomo.add_component("built", joined_variable([self.built]))
            over = self.new_mw.plus(Linear(count).add(self.built, each, each, self.spare - most))
            under = self.new_mw.plus(Linear(count).add(self.built, each, each, -self.step))
            above = joined_rows([over.rows(index, upper=self.spare, doc="space only where built")])
            below = joined_rows([under.rows(index, lower=0.0, doc="space wherever built")])
            pyomo.add_component("built_above", above)
            pyomo.add_component("built_below", below)
        self.cuts = 0
        self._compile()

    def _compile(self) -> None:
        self.compiled: Compiled = self.work.compile(self.cost)
        none = np.empty(0, dtype=np.int64)
        self.columns: Ints = self.built.columns(self.compiled) if self.sites else none

    # what is asked about --------------------------------------------------------------------

    def quantities(self) -> list[Quantity]:
        """Capacity in use in the last period: IT MW by site and province, there EFLOPS by kind too.

        MW are those of the hardware that carries the load at its highest utilisation, EFLOPS
        those in use on average. Neither can stand idle, so that no plan can waste its slack on it.
        """
        from layout.names import province_of_site

        v = self.formulation.years[-1].variables
        case, units = v.case, v.case.units
        rated = case.kind_values("it_mw_per_eflops") / case.kind_values("max_utilisation")
        site = np.array([case.sites[at] for at in units.pair_site], dtype=object)
        homes = province_of_site(self.model)
        province = np.array([homes[one] for one in site], dtype=object)
        kind = np.array([case.kinds[at] for at in units.kind], dtype=object)
        found: list[Quantity] = []
        for level, place in (("site", site), ("province", province)):
            found += self._of(level, place, np.full(len(kind), ""), rated[units.kind])
            if level == "province":
                found += self._of(level, place, kind, np.ones(len(kind)))
        return found

    def _of(self, level: str, place: Any, kind: Any, by: Floats) -> list[Quantity]:
        labels = sorted(set(zip(place.tolist(), kind.tolist(), strict=True)))
        number = {label: row for row, label in enumerate(labels)}
        rows = np.array([number[one] for one in zip(place.tolist(), kind.tolist(), strict=True)])
        v = self.formulation.years[-1].variables
        linear = v.add_load(Linear(len(labels)), rows, by)
        forms = self.forms(linear)
        return [Quantity(level, *label, form) for label, form in zip(labels, forms, strict=True)]

    def forms(self, linear: Linear) -> list[Invariant]:
        """The rows of a vector of expressions over the columns."""
        row, column, value = [], [], []
        for part, rows, at, by in linear.terms:
            row.append(rows)
            column.append(part.columns(self.compiled)[at])
            value.append(by)
        if not row:
            return [
                Invariant(np.zeros(len(self.compiled.cost)), float(c)) for c in linear.constants
            ]
        entries = (np.concatenate(value), (np.concatenate(row), np.concatenate(column)))
        matrix = csr_array(entries, shape=(linear.count, len(self.compiled.cost)))
        return [
            Invariant(matrix[[number]].toarray()[0], float(linear.constants[number]))
            for number in range(linear.count)
        ]

    # questions ------------------------------------------------------------------------------

    def relaxation(self, form: Invariant, sense: int) -> float | None:
        """What no plan within the limit goes beyond; None where there is no plan at all."""
        asked = self._asked(form, sense).relaxed()
        found = self._answer(self.relaxed, asked, self.settings)
        return None if found.bound is None else sense * found.bound

    def extreme(self, form: Invariant, sense: int, most_s: float) -> Extreme:
        """The least (sense 1) or greatest (−1) with whole modules, within `most_s` seconds."""
        settings = replace(self.settings, gap=ENOUGH, gap_location=ENOUGH, time_limit_s=most_s)
        self.whole.solver.setOptionValue("mip_max_nodes", FEW_NODES)
        found = self._answer(self.whole, self._asked(form, sense), settings)
        self.whole.solver.setOptionValue("mip_max_nodes", NODES)
        bound = -np.inf if found.bound is None else found.bound
        value = None if found.x is None else form.at(found.x)
        return Extreme(sense * bound, value, found.x)

    def cheapest(self, most_s: float, fixed: dict[int, float] | None = None) -> Outcome:
        """The cheapest plan with some of the sites built (1) or not (0); none if it is dearer."""
        compiled, at = self.compiled, np.array(sorted(fixed or {}), dtype=np.int64)
        lower, upper = compiled.column_lower.copy(), compiled.column_upper.copy()
        values = np.array([fixed[int(n)] for n in at]) if fixed else np.empty(0)
        lower[self.columns[at]] = upper[self.columns[at]] = values
        asked = replace(compiled, column_lower=lower, column_upper=upper)
        settings = replace(self.settings, time_limit_s=most_s)
        form = coefficients(self.compiled, self.cost.invariant)
        return self._answer(self.whole, asked, settings, form)

    def unlike(self, used: Ints, most_s: float) -> Outcome:
        """A plan built at sites that few plans so far are built at (`used`: how many), and few."""
        weights = np.zeros(len(self.compiled.cost))
        weights[self.columns] = used + 0.25
        settings = replace(self.settings, gap=LOOSE, gap_location=LOOSE, time_limit_s=most_s)
        return self._answer(self.whole, self._asked(Invariant(weights, 0.0), 1), settings)

    def exclude(self, built: Sequence[bool]) -> None:
        """Cut off every plan that is built at exactly these sites."""
        here = np.array(built, dtype=bool)
        by = np.where(here, 1.0, -1.0)
        linear = Linear().add(self.built, np.zeros(len(by), dtype=int), np.arange(len(by)), by)
        self.formulation.keep_linear(
            f"other_{self.cuts}", linear, float(here.sum()) - 1.0, "sites not built together before"
        )
        self.cuts += 1
        self._compile()

    def include_all(self) -> None:
        """Forget what was cut off."""
        for number in range(self.cuts):
            self.formulation.release(f"other_{number}")
        self.cuts = 0
        self._compile()

    def built_in(self, x: Floats) -> tuple[bool, ...]:
        """Site → whether a plan builds there."""
        return tuple((x[self.columns] > 0.5).tolist())

    # plans ----------------------------------------------------------------------------------

    def plan(self, x: Floats, *, tidy: bool, best: bool = False) -> Plan:
        """A verified plan; `tidy` puts all but its integers at its least. The proof is the best's.

        Raises VerificationFailed when the independent check finds it wrong.
        """
        from layout.solving.driver import planned

        clock = Clock(None)
        clock.seconds["read"] = 0.0
        work = Work(self.formulation, self.settings, clock)
        compiled = work.compile(work.aim("cost"))
        x = np.where(np.abs(x) < NOISE, 0.0, x)
        work.hold(x)
        value = float(compiled.cost @ x) + compiled.offset
        status = self.best.status if best else "feasible"
        found = replace(self.best, x=x, objective=value, status=status, basis=None)
        if tidy:
            aim = work.aim("cost")
            answer = Answer(found, found, (), aim.linear.value, fixed=aim.invariant.value)
            solved = solved_of(work, answer)
        else:
            compiled.load_duals(np.zeros(len(compiled.row_lower)), np.zeros(len(compiled.cost)))
            bound = value if found.bound is None else min(found.bound, value)
            same = coefficients(compiled, self.cost.invariant).at(x)
            gaps = relative_gap(value, bound), location_gap(value, bound, same)
            found = replace(found, bound=bound, gap=gaps[0], gap_location=gaps[1])
            solved = Solved(self.formulation, compiled, found)
        return planned(self.model, self.settings, solved, clock, counterfactual=False,
                       compared=False)  # fmt: skip

    # parts ----------------------------------------------------------------------------------

    def _asked(self, form: Invariant, sense: int) -> Compiled:
        return replace(self.compiled, cost=sense * form.coefficients, offset=sense * form.constant)

    def _answer(
        self, live: Live, asked: Compiled, settings: Settings, form: Invariant | None = None
    ) -> Outcome:
        nothing = Invariant(np.zeros(len(asked.cost)), 0.0)
        return live.minimise(asked, settings, nothing if form is None else form, self.begun)


def _unique(values: Ints) -> list[int]:
    return sorted(set(values.tolist()))


def apart(one: Range, sense: int) -> bool:
    """Whether found and proved differ so much that a closer look is worth it."""
    found = one.least_found if sense > 0 else one.greatest_found
    bound = one.least_bound if sense > 0 else one.greatest_bound
    return not abs(found - bound) <= max(CLOSE * max(abs(found), abs(bound)), TINY)


def tighten(one: Range, sense: int, bound: float) -> None:
    """A better bound of the same quantity."""
    if sense > 0:
        one.least_bound = min(max(one.least_bound, bound), one.least_found)
    else:
        one.greatest_bound = max(min(one.greatest_bound, bound), one.greatest_found)
