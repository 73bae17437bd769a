"""Ways out of a conflict: the least changes that let a plan be, each tried by solving.

A single change that helps has to break every conflict, so that those of one conflict are all
there can be. The least of a ratio is found by Dinkelbach's iterations (76), that of a limit by
one priced slack. Where no single target or limit is enough, the cheapest sum of slacks of a
whole sort of items says what has to change together.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np

from layout.formulation.linear import Floats
from layout.solving.cones import NEAR, Cones, run_within
from layout.solving.conflicts.items import Item, edited
from layout.solving.conflicts.system import System
from layout.solving.highs import new_solver
from layout.solving.solver import Solver
from layout.solving.steps import coefficients

if TYPE_CHECKING:
    pass

DIGITS = 6  # significant ones of a change that is told
ROUNDING = 1e-7  # of a change: what the solver's tolerance may have added
LEAST = 1e-6  # a slack below is none
START = 0.05  # the gap of the first of several iterations
STEP_S = 5.0  # for the least amount of one change
TRIAL_S = 30.0  # for the plan with a change
TRIALS = 12  # of Dinkelbach's iterations
MOST_TRIED = 8  # changes of one way that are left out in turn
SORTS = ("target", "limit", "demand", "combination")
UNVERIFIED = len(SORTS)


@dataclass(frozen=True)
class Change:
    """One item at another value; `amount` is what a target's numerator then lacks, or the step."""

    item: Item
    value: float
    amount: float


@dataclass(frozen=True)
class Way:
    """Changes that together let a plan be, and that plan's cost.

    `least` says that no smaller change of the same number is enough, as far as was proved;
    `verified` that a plan was found.
    """

    changes: tuple[Change, ...]
    sort: str
    least: bool
    verified: bool
    cost_mcny: float | None
    bound_mcny: float | None

    @property
    def rank(self) -> tuple[int, float, int, str]:
        """Tried ways first: single targets and limits by the plan's cost, demand, combinations."""
        known = self.verified and self.cost_mcny is not None
        order = (0, 0, 1, 2)[SORTS.index(self.sort)] if known else UNVERIFIED
        cost = round(self.cost_mcny, 6) if self.cost_mcny is not None else math.inf
        return order, cost, SORTS.index(self.sort), self.changes[0].item.id


def ways(system: System, conflict: Iterable[Item]) -> list[Way]:
    """Every single way out, and combinations where no single target or limit is enough."""
    trial = Trial(system)
    found = []
    for item in conflict:
        others = [one for one in system.items if one is not item]
        if system.feasible(others):
            change, least = smallest(system, item)
            if change is not None:
                found.append(trial.of((change,), item.sort, least))
    if not any(way.verified and way.sort != "demand" for way in found):
        found += _together(system, trial)
    return sorted((way for way in found if way.verified or way.changes), key=lambda way: way.rank)


# --- one item -------------------------------------------------------------------------------------


def smallest(system: System, item: Item) -> tuple[Change | None, bool]:
    """The least change of one item that lets a plan be, and whether that is proved."""
    if item.family == "target" and not system.cones:
        return _smallest_target(system, item)
    found = system.least({item: 1.0}, _time(system))
    if found is None:
        return None, False
    amounts, x, proved = found
    if item.family == "target":
        value = _outward(item, _reached(system, item, x))
        return Change(item, value, _lacking(system, item, x)), False
    amount = _up(float(amounts[0]))
    return Change(item, item.value + item.outward * amount, amount), proved


def _smallest_target(system: System, item: Item) -> tuple[Change | None, bool]:
    """The value of a target that is nearest to what is asked for, over its years."""
    parts = _parts(system, item)
    level = parts[0].ratio.required(item.value)
    reached, best, proved = None, None, False
    for _ in range(TRIALS):
        rows = [part.row(item, level) for part in parts]
        gaps = _gaps(system, item, parts, best)
        found = system.farthest(item, rows, _time(system), gaps)
        if found is None:
            proved = False
            break
        short, x, proved = float(found[0][0]), found[1], found[2]
        levels = [part.level(x) for part in parts if part.base(x) > LEAST]
        now = None if not levels else (min if item.side == "lower" else max)(levels)
        if now is None or (reached is not None and short >= -LEAST):
            break
        if reached is not None and (now - reached) * item.outward >= -1e-9 * abs(now):
            break
        reached, best, level = now, x, now
        if all(part.ratio.denominator is None for part in parts):
            break
    if reached is None or best is None:
        return None, False
    value = _outward(item, float(reached ** parts[0].ratio.power))
    return Change(item, value, _lacking(system, item, best)), proved


def _gaps(system: System, item: Item, parts: list[_Part], x: Floats | None) -> dict[str, float]:
    """What an iteration may leave open: the first of several only has to find a start."""
    if parts[0].denominator is None:
        return {"mip_rel_gap": system.precision}
    if x is None:
        return {"mip_rel_gap": START}
    bases = [abs(part.base(x)) for part in parts]
    return {"mip_abs_gap": system.precision * abs(parts[0].ratio.required(item.value)) * max(bases)}


@dataclass(frozen=True)
class _Part:
    """A target's measure in one year, as coefficients of the system's columns."""

    ratio: Any
    numerator: Any
    denominator: Any

    def base(self, x: Floats) -> float:
        """What the numerator is divided by."""
        return 1.0 if self.denominator is None else float(self.denominator.at(x))

    def level(self, x: Floats) -> float:
        """Numerator over base."""
        return float(self.numerator.at(x)) / self.base(x)

    def row(self, item: Item, level: float) -> tuple[Any, Floats, float]:
        """Columns, coefficients, bound: sign·(numerator − level·base) ≥ bound."""
        sign = -item.outward
        numbers, constant = self.numerator.coefficients, self.numerator.constant
        if self.denominator is None:
            constant -= level
        else:
            numbers = numbers - level * self.denominator.coefficients
            constant -= level * self.denominator.constant
        at = np.flatnonzero(numbers)
        return at, sign * numbers[at], -sign * constant


def _parts(system: System, item: Item) -> list[_Part]:
    found = []
    for year in system.base.years:
        ratio = year.targets.ratios.get(item.id)
        if ratio is None:
            continue
        down = ratio.denominator
        below = None if down is None else coefficients(system.compiled, down)
        found.append(_Part(ratio, coefficients(system.compiled, ratio.numerator), below))
    return found


def _reached(system: System, item: Item, x: Floats) -> float:
    """The measure of a target at a solution: that of its worst year."""
    parts = [part for part in _parts(system, item) if part.base(x) > LEAST]
    if not parts:
        return item.value
    values = [float(part.level(x) ** part.ratio.power) for part in parts]
    return min(values) if item.side == "lower" else max(values)


def _lacking(system: System, item: Item, x: Floats) -> float:
    """What the numerator lacks, or has too much of, at a solution; the worst year's."""
    found = 0.0
    for part in _parts(system, item):
        base = part.base(x)
        wanted = part.ratio.required(item.value) * base
        found = max(found, item.outward * (part.level(x) * base - wanted) if base else 0.0)
    return found


def _time(system: System) -> float:
    left = system.until - time.perf_counter()
    return max(min(STEP_S, left), 0.5)


def _up(amount: float) -> float:
    """The amount with few digits, no less than it was but for the solver's tolerance."""
    return _rounded(amount, 1.0)


def _outward(item: Item, value: float) -> float:
    return _rounded(value, item.outward)


def _rounded(value: float, direction: float) -> float:
    """The value with few digits, moved in a direction where rounding would move it back."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
    near = round(value / unit) * unit
    if (value - near) * direction > ROUNDING * max(abs(value), LEAST):
        near = (math.ceil if direction > 0 else math.floor)(value / unit) * unit
    return float(f"{near:.{DIGITS}g}") + 0.0


# --- several together -----------------------------------------------------------------------------


def _together(system: System, trial: Trial) -> list[Way]:
    """The cheapest slacks of all targets, of all limits, of both, of demand, of everything."""
    sorts = [("target",), ("limit",), ("target", "limit"), ("demand",), SORTS]
    found: list[Way] = []
    for chosen in sorts:
        pool = [item for item in system.items if item.sort in chosen]
        if len(chosen) > 1 and any(way.verified for way in found):
            break
        changes = _slacks(system, pool)
        if changes:
            changes = _needed(trial, changes)
            sort = changes[0].item.sort if len(changes) == 1 else "combination"
            found.append(trial.of(changes, sort, False))
    return found


def _needed(trial: Trial, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes without those that the others make needless; many are left as they are."""
    if len(changes) > MOST_TRIED:
        return changes
    for change in changes:
        fewer = tuple(one for one in changes if one is not change)
        if fewer and trial.cost(fewer) is not None:
            changes = fewer
    return changes


def _slacks(system: System, pool: list[Item]) -> tuple[Change, ...]:
    """The least sum of changes, each measured by the size of what it changes."""
    if not pool:
        return ()
    found = system.least({item: system.prices[item] for item in pool}, _time(system))
    if found is None:
        return ()
    amounts, x, _ = found
    changes = []
    for item, amount in zip(pool, amounts.tolist(), strict=True):
        if amount <= LEAST:
            continue
        if item.family == "target":
            value = _outward(item, _reached(system, item, x))
            changes.append(Change(item, value, _lacking(system, item, x)))
        else:
            step = _up(amount)
            changes.append(Change(item, item.value + item.outward * step, step))
    return tuple(changes)


# --- trying ---------------------------------------------------------------------------------------


class Trial:
    """Changed models solved one after the other by one live solver."""

    def __init__(self, system: System) -> None:
        self.system = system
        settings = system.settings
        self._limits: dict[str, Any] = {"time_limit_s": min(settings.time_limit_s, TRIAL_S)}
        for name in ("gap", "gap_location", "threads", "seed"):
            self._limits[name] = getattr(settings, name)
        self.solver: Solver | None = None

    def of(self, changes: tuple[Change, ...], sort: str, least: bool) -> Way:
        """The way with these changes, solved; moved on by its last digit where rounding failed."""
        answer = self.cost(changes)
        if answer is None and len(changes) == 1:
            wider = tuple(_wider(change) for change in changes)
            again = self.cost(wider)
            changes, answer = (changes, None) if again is None else (wider, again)
        cost, bound = (None, None) if answer is None else answer
        return Way(changes, sort, least, answer is not None, cost, bound)

    def cost(self, changes: tuple[Change, ...]) -> tuple[float | None, float | None] | None:
        """Cost and bound of the plan with some changes, mcny; None where none was found."""
        if not self.system.whole or any(change.item.edit is None for change in changes):
            return self._by_rows(changes)
        model = edited(self.system.model, {one.item: one.value for one in changes})
        own = model.settings.model_copy(update={"objective": ["cost"]})
        asked = replace(model, settings=own)
        asked.kept.update(model.kept)
        if self.solver is None:
            self.solver = Solver(asked, **self._limits)
        reply = self.solver.update(model=asked).solve()
        if reply.outcome.x is None:
            return None
        return reply.objective_mcny, reply.bound_mcny

    def _by_rows(self, changes: tuple[Change, ...]) -> tuple[float, float] | None:
        """The same where only rows can be changed: a decided past, or a limit without a cell."""
        system = self.system
        arrays = system.with_items(system.items)
        lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
        for change in changes:
            item = change.item
            step = change.amount if item.family == "target" else abs(change.value - item.value)
            bounds = lower if item.side == "lower" else upper
            bounds[item.rows] += item.outward * item.slopes * (step + 1e-6 * max(1.0, step))
        solver = new_solver(system.settings)
        replace(arrays, row_lower=lower, row_upper=upper).pass_to(solver)
        solver.setOptionValue("time_limit", float(self._limits["time_limit_s"]))
        solver.setOptionValue("mip_rel_gap", max(system.settings.gap, 1e-9))
        within, _ = run_within(Cones(system.base), system.compiled, solver, NEAR)
        if not within or solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        cost = float(solver.getInfo().objective_function_value)
        return cost, cost - system.settings.gap * abs(cost)


def _wider(change: Change) -> Change:
    """A change by one more of its last digit."""
    item = change.item
    told = change.value if item.family == "target" else change.amount
    unit = 10.0 ** (math.floor(math.log10(max(abs(told), LEAST))) - DIGITS + 1)
    if item.family == "target":
        return replace(change, value=float(f"{told + item.outward * unit:.{DIGITS}g}"))
    step = float(f"{told + unit:.{DIGITS}g}")
    return Change(item, item.value + item.outward * step, step)
