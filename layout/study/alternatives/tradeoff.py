"""What less of one thing costs in another: exact Pareto points by AUGMECON (74).

One objective is made least with a limit on the other that is drawn tighter step by step; a small
reward for the slack keeps every answer efficient (Mavrotas 2009).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layout.errors import InputError, Problem
from layout.formulation import build
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.solving.epsilon import ROUNDING, augmented, least_within, limit_aim, own_bound
from layout.solving.highs import Outcome, Settings
from layout.solving.live import Live
from layout.solving.optimise import Clock, solved_of, solver_settings
from layout.solving.payoff import PayOff, pay_off
from layout.solving.separation import separated
from layout.solving.steps import Aim, Answer, Work
from layout.study.alternatives.alternatives import NoPlan
from layout.study.alternatives.objectives import OBJECTIVES, UNITS, balance, latency
from layout.study.folder import Study

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

Counted = Callable[[str, int, int], None]
"""Told of every step: stage (``ranges``, ``points``), done, of."""

POINTS = PlanFile(
    "points",
    ("point",),
    (
        Column("point", INTEGER),
        *(Column(f"{name}_{UNITS[name]}", NUMBER, UNITS[name], True) for name in OBJECTIVES),
        Column("limited_to", NUMBER, "", True),
        *(Column(name, NUMBER, "", True) for name in ("first_bound", "first_gap")),
        *(Column(name, NUMBER, "", True) for name in ("marginal", "marginal_least")),
        Column("marginal_most", NUMBER, "", True),
        Column("point_status", TEXT),
    ),
)


@dataclass(frozen=True)
class Point:
    """One efficient plan, verified: all objectives by name, and what is proved of the first.

    No plan within `limit` on the second objective has less of the first than `bound`.
    """

    values: dict[str, float]
    limit: float
    bound: float
    status: str
    plan: Plan

    def gap(self, name: str) -> float:
        """How far the first objective may be from its least within the limit, as a share of it."""
        return max(0.0, self.values[name] - self.bound) / max(abs(self.values[name]), 1e-12)


@dataclass(frozen=True)
class Step:
    """What one unit less of the second objective costs of the first between two points.

    `least` and `most` are what the bounds of both points leave open.
    """

    marginal: float
    least: float
    most: float


@dataclass
class TradeOff:
    """The points from the least of the first objective to the least of the second."""

    model: PlanningModel
    objectives: tuple[str, str]
    points: list[Point] = field(default_factory=list)
    dominated: int = 0
    settings: Settings | None = None

    @property
    def steps(self) -> list[Step]:
        """Between each point and the next."""
        first, second = self.objectives
        found = []
        for here, there in zip(self.points, self.points[1:], strict=False):
            less = here.values[second] - there.values[second]
            change = there.values[first] - here.values[first]
            low, high = there.bound - here.values[first], there.values[first] - here.bound
            found.append(Step(change / less, min(low, change) / less, max(high, change) / less))
        return found

    def study(self) -> Study:
        """``study.json`` and ``points.csv``; what a step costs stands at the point it leads to."""
        import pandas as pd

        first, _ = self.objectives
        steps = [None, *self.steps]
        rows = []
        for number, (point, step) in enumerate(zip(self.points, steps, strict=True), start=1):
            row: dict[str, Any] = {
                f"{name}_{UNITS[name]}": point.values.get(name) for name in OBJECTIVES
            }
            row |= {"point": number, "limited_to": point.limit, "first_bound": point.bound}
            row |= {"first_gap": point.gap(first), "point_status": point.status}
            row["marginal"] = None if step is None else step.marginal
            row["marginal_least"] = None if step is None else step.least
            row["marginal_most"] = None if step is None else step.most
            rows.append(row)
        table = POINTS.frame(pd.DataFrame(rows, columns=POINTS.names))
        record = {
            "format": 1,
            "study": "tradeoff",
            "model": self.model.name,
            "status": "optimal"
            if all(point.status == "optimal" for point in self.points)
            else "feasible",
            "objectives": [{"name": name, "unit": UNITS[name]} for name in self.objectives],
            "points": len(self.points),
            "dominated": self.dominated,
            "verified": True,
            "manifest": self.points[0].plan.record["manifest"],
        }
        return Study(record, (POINTS,), {"points": table})


def check_objectives(objectives: Sequence[str]) -> tuple[str, str]:
    """Two different ones of `OBJECTIVES`. Raises ValueError."""
    names = tuple(objectives)
    if len(names) != 2 or len(set(names)) != 2 or set(names) - set(OBJECTIVES):
        raise ValueError(f"two different ones of {', '.join(OBJECTIVES)}")
    return names[0], names[1]


def tradeoff(
    model: PlanningModel,
    objectives: Sequence[str] = ("cost", "carbon"),
    points: int = 8,
    *,
    counted: Counted | None = None,
    **options: Any,
) -> TradeOff:
    """Efficient plans between the least of one objective and the least of another (74).

    `objectives` are two of cost (mcny), carbon (kt), latency (mean round trip of all demand, ms)
    and balance (largest part of all demand served by one province). The range of the second is
    divided evenly into `points` limits, of which those that give no new plan are left out.
    `options` are gap, gap_location, time_limit_s, threads, seed. Raises ValueError for other
    objectives or points below 2, InputError for a model that they do not fit, NoPlan (exit 4 or
    5) where the model has no plan, VerificationFailed when the independent check finds one wrong.
    """
    names = check_objectives(objectives)
    if points < 2:
        raise ValueError("at least two points")
    _refuse(model, names)
    return _Run(model, names, solver_settings(model, **options), counted).answer(points)


def _refuse(model: PlanningModel, names: tuple[str, str]) -> None:
    own, problems = model.settings, []
    if own.foresight == "myopic" and len(own.periods) > 1:
        problems.append(Problem("tradeoff_myopic", "error", model.name))
    if {"latency", "balance"} & set(names) and model["kinds"]["fp32_per_native"].isna().any():
        column = "fp32_per_native"
        problems.append(Problem("tradeoff_fp32", "error", "kinds.csv", column=column))
    if problems:
        raise InputError(problems)


class _Run:
    def __init__(
        self,
        model: PlanningModel,
        names: tuple[str, str],
        settings: Settings,
        counted: Counted | None,
    ) -> None:
        self.model, self.names, self.counted = model, names, counted
        clock = Clock(None)
        formulation = build(model, forced=True)
        self.settings = separated(formulation, settings, clock)
        self.work = Work(formulation, self.settings, clock, live=Live(self.settings))
        known = not model["kinds"]["fp32_per_native"].isna().any()
        if known:
            self.work.named["latency"] = latency(formulation)
        if "balance" in names:
            self.work.named["balance"] = balance(formulation)
        self.told = ["cost", "carbon", *self.work.named]

    def answer(self, points: int) -> TradeOff:
        """The points, those that another one beats left out."""
        _, second = self.names
        self._say("ranges", 0, 2)
        table = pay_off(self.work, list(self.names))
        if table.failed is not None:
            raise NoPlan(table.failed.status)
        found = TradeOff(self.model, self.names, settings=self.settings)
        step = (table.most(second) - table.least(second)) / (points - 1)
        for number in range(points):
            self._say("points", number, points)
            limit = table.most(second) - number * step
            if found.points and _keeps(found.points[-1], second, limit):
                continue
            point = self._point(table, limit)
            if point is None:
                break
            found.points.append(point)
        if not found.points:
            raise NoPlan("no_solution")
        efficient = [one for one in found.points if not _beaten(one, found.points, self.names)]
        return replace(found, points=efficient, dominated=len(found.points) - len(efficient))

    def _say(self, stage: str, done: int, of: int) -> None:
        if self.counted is not None:
            self.counted(stage, done, of)

    def _point(self, table: PayOff, limit: float) -> Point | None:
        first, second = self.names
        self.work.spent_s = 0.0
        outcome = least_within(self.work, first, second, limit, table)
        if outcome.x is None:
            return None
        values = {name: self.work.plain(name).linear.value() for name in self.told}
        factor = augmented(self.work, first, second, table)[1]
        bound = min(own_bound(outcome, factor, limit, table, first), values[first])
        return Point(values, limit, bound, outcome.status, self._plan(outcome, table, values))

    def _plan(self, outcome: Outcome, table: PayOff, values: dict[str, float]) -> Plan:
        """The verified plan with these values, and the prices of its least cost."""
        from layout.solving.driver import planned

        first, second = self.names
        aims: list[Aim] = [
            replace(self.work.plain(first), name="reached"), limit_aim(self.work, second)
        ]  # fmt: skip
        cost = table.outcomes["cost"].bound if "cost" in table.outcomes else None
        proof = replace(outcome, status="feasible", objective=values["cost"], bound=cost)
        proof = replace(proof, basis=None, row_dual=None, column_dual=None)
        mine = self.work.plain("cost")
        answer = Answer(proof, proof, tuple(aims), mine.linear.value, fixed=mine.invariant.value)
        clock = Clock(None)
        clock.seconds["read"] = 0.0
        solved = solved_of(self.work, answer)
        plan = planned(
            self.model, self.settings, solved, clock, counterfactual=False, compared=False
        )
        self.work.release(aims[0])
        return plan


def _keeps(point: Point, name: str, limit: float) -> bool:
    """Whether a plan keeps a tighter limit already."""
    return point.values[name] <= limit + ROUNDING * max(1.0, abs(limit))


def _beaten(point: Point, points: list[Point], names: tuple[str, str]) -> bool:
    """Whether another plan is no worse in both objectives and better in one, beyond rounding."""
    for other in points:
        worse = [
            other.values[name] > point.values[name] + ROUNDING * max(1.0, abs(point.values[name]))
            for name in names
        ]
        better = [
            other.values[name] < point.values[name] - ROUNDING * max(1.0, abs(point.values[name]))
            for name in names
        ]
        if other is not point and not any(worse) and any(better):
            return True
    return False
