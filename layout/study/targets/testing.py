"""Targets put to the test: each alone, each left out, all together, and none.

Every question is the model with some targets measured only. What a target costs is a difference
of two answers; `least` and `most` are what both proofs leave open. Where no plan meets all hard
targets, they become soft: at their price, and by priority (78).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.plan.files import TEXT, PlanFile
from layout.plan.measures import FAIL, TOLERANCE, readings
from layout.solving.comparison import asked, cost_of
from layout.solving.events import Event
from layout.solving.extract import tables_of
from layout.solving.live import Live
from layout.solving.optimise import Clock, Solved, optimise, solver_settings
from layout.solving.targets import FREE_MCNY, shadow_costs
from layout.study.folder import Study
from layout.study.targets.target_files import CONFLICT, DISTANCES, FILES, FORCED, TESTS, WAYS

if TYPE_CHECKING:
    from layout.model import PlanningModel, Target
    from layout.plan import Plan
    from layout.solving.events import Progress
    from layout.solving.highs import Settings

ALONE, WITHOUT, TOGETHER, PRICED, GOALS = "alone", "without", "together", "priced", "goals"
FORCED_EFLOPS = 1e-3
"""Compute by which two plans differ without one forcing anything on the other."""


@dataclass(frozen=True)
class _Answer:
    """One question with its answer."""

    question: str
    model: PlanningModel
    solved: Solved
    tables: dict[str, pd.DataFrame] | None

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.tables is not None

    @property
    def cost_mcny(self) -> float | None:
        """Everything in the objective, penalties included."""
        return cost_of(self.solved) if self.found else None

    @property
    def bound_mcny(self) -> float | None:
        """What no plan costs less than; None where cost is not what was minimised."""
        own = list(self.model.settings.objective)
        return self.solved.outcome.bound if self.found and own == ["cost"] else None

    @property
    def penalty_mcny(self) -> float | None:
        """What of the cost is the price of shortfalls."""
        return self.solved.formulation.costs["penalty"].value() if self.found else None


def tested(
    model: PlanningModel, plan: Plan, progress: Progress | None = None, **options: Any
) -> Study:
    """Every hard and soft target of a model tested; `plan` is the answer of the whole model.

    Options are those of `layout.solve`. The tables are tests, forced and, where the hard targets
    cannot all hold, distances, conflict and ways.
    """
    test = _Test(model, solver_settings(model, **options), progress)
    targets = [target for target in model.settings.targets if target.mode != "report"]
    together = test.ask(TOGETHER, [target.id for target in targets])
    none = test.ask("none", [])
    tests: list[dict[str, Any]] = []
    forced: list[dict[str, Any]] = []
    for target in targets:
        alone = test.ask(ALONE, [target.id])
        rest = test.ask(WITHOUT, [one.id for one in targets if one is not target])
        left_out = _rows(rest, together, [target], left_out=True)
        tests += left_out
        tests += _bound_by(_rows(alone, none, [target]), _rows(none, None, [target]))
        tests += _bound_by(_rows(together, None, [target]), left_out)
        forced += _forced(target, ALONE, alone, none) + _forced(target, TOGETHER, together, rest)
    distances: list[dict[str, Any]] = []
    if not together.found and targets:
        tests += _rows(test.ask(PRICED, [one.id for one in targets], _softer), None, targets)
        goals = test.ask(GOALS, [one.id for one in targets], _ranked, ["goals", "cost"])
        tests += _rows(goals, None, targets)
        distances = _distances(goals)
    told = plan.explanation or {}
    tables = {
        "tests": _frame(TESTS, tests),
        "forced": _frame(FORCED, forced),
        "distances": _frame(DISTANCES, distances),
        "conflict": _frame(CONFLICT, _numbered(told.get("conflict") or [])),
        "ways": _frame(WAYS, [_way(way) for way in _numbered(told.get("ways_out") or [])]),
    }
    return Study(_record(model, plan, together, none, told), FILES, tables)


class _Test:
    """Questions asked of one solver that goes on from answer to answer."""

    def __init__(self, model: PlanningModel, settings: Settings, progress: Progress | None) -> None:
        self.model, self.settings, self.progress = model, settings, progress
        self.live, self.begun = Live(settings), time.perf_counter()

    def ask(
        self,
        question: str,
        kept: Collection[str],
        change: Callable[[PlanningModel, Target], Target] | None = None,
        objective: list[Any] | None = None,
    ) -> _Answer:
        """The model with these targets alone, the others measured only."""
        if self.progress is not None:
            self.progress(Event("tests", time.perf_counter() - self.begun))
        own = self.model.settings.targets
        free = [one if one.id in kept else _reported(one) for one in own]
        if change is not None:
            free = [change(self.model, one) if one.id in kept else one for one in free]
        model = asked(self.model, targets=free, **({"objective": objective} if objective else {}))
        solved = optimise(model, self.settings, Clock(None), watch=False, live=self.live)
        found = solved.outcome.x is not None
        return _Answer(question, model, solved, tables_of(solved.formulation) if found else None)


def _reported(target: Target) -> Target:
    return target.model_copy(update={"mode": "report"})


def _softer(model: PlanningModel, target: Target) -> Target:
    """The target with a shortfall, at its own price or the default one."""
    return target.model_copy(update={"mode": "soft"})


def _ranked(model: PlanningModel, target: Target) -> Target:
    """The target with a shortfall; hard ones without a priority come before all others."""
    given = [one.priority for one in model.settings.targets if one.priority is not None]
    first = min([0.0, *(float(priority) - 1 for priority in given)])
    hard = target.mode == "hard" and target.priority is None
    return target.model_copy(
        update={"mode": "soft", "priority": first if hard else target.priority}
    )


def _rows(
    answer: _Answer, other: _Answer | None, targets: list[Target], left_out: bool = False
) -> list[dict[str, Any]]:
    """What some targets reach in an answer, and its cost beside that of another one.

    `other` is the answer without the target, or, where this one leaves it out, the one with it.
    """
    wanted = {target.id: target for target in targets}
    shared = {
        "question": answer.question,
        "plan_status": answer.solved.outcome.status,
        "objective_mcny": answer.cost_mcny,
        "bound_mcny": answer.bound_mcny,
        "penalty_mcny": answer.penalty_mcny,
        **(_difference(other, answer) if left_out else _difference(answer, other)),
    }
    if answer.tables is None:
        years = answer.model.settings.periods
        return [
            {
                "target": target.id,
                "year": target.year or years[-1],
                "mode": target.mode,
                "status": "",
                "required": target.value,
                "binding": "",
                **shared,
            }
            for target in targets
        ]
    shadow = shadow_costs(answer.solved.formulation)
    rows = []
    for reading in readings(answer.tables, answer.model):
        if reading.target.id not in wanted:
            continue
        price = None if left_out else shadow.get((reading.target.id, reading.year))
        rows.append(
            {
                "target": reading.target.id,
                "year": reading.year,
                "mode": wanted[reading.target.id].mode,
                "status": reading.status,
                "required": reading.target.value,
                "achieved": reading.achieved,
                "slack": reading.slack,
                "binding": "",
                "shadow_cost_mcny": price,
                "shortfall": reading.shortfall,
                **shared,
            }
        )
    return rows


def _bound_by(rows: list[dict[str, Any]], without: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with what is known of binding: at its limit, and priced or missed without it."""
    missed = {(row["target"], row["year"]) for row in without if row["status"] == FAIL}
    found = []
    for row in rows:
        slack, price = row.get("slack"), row.get("shadow_cost_mcny")
        said = ""
        if slack is not None:
            near = abs(slack) <= TOLERANCE * max(1.0, abs(row["required"]))
            needed = (row["target"], row["year"]) in missed or (price or 0.0) > FREE_MCNY
            said = "yes" if near and needed else "no"
        found.append({**row, "binding": said})
    return found


def _difference(more: _Answer | None, less: _Answer | None) -> dict[str, float | None]:
    """Cost of one answer − cost of another; and what both proofs leave open."""
    if more is None or less is None or more.cost_mcny is None or less.cost_mcny is None:
        return {}
    least = None if more.bound_mcny is None else more.bound_mcny - less.cost_mcny
    most = None if less.bound_mcny is None else more.cost_mcny - less.bound_mcny
    return {
        "difference_mcny": more.cost_mcny - less.cost_mcny,
        "least_mcny": least,
        "most_mcny": most,
    }


def _forced(target: Target, question: str, more: _Answer, less: _Answer) -> list[dict[str, Any]]:
    """Compute by kind that stands with a target and not without it."""
    if more.tables is None or less.tables is None:
        return []
    mine, theirs = _by_kind(more), _by_kind(less)
    kinds = more.model["kinds"].set_index("kind")
    rows = []
    for year, kind in sorted(set(mine.index) | set(theirs.index)):
        extra = [
            float(table[column].get((year, kind), 0.0)) * sign
            for table, sign in ((mine, 1.0), (theirs, -1.0))
            for column in ("compute_eflops", "it_mw")
        ]
        eflops, it_mw = extra[0] + extra[2], extra[1] + extra[3]
        if abs(eflops) <= FORCED_EFLOPS:
            continue
        rows.append(
            {
                "target": target.id,
                "question": question,
                "year": year,
                "kind": kind,
                "extra_eflops": eflops,
                "extra_eflops_fp32": eflops * float(kinds["fp32_per_native"][kind]),
                "extra_it_mw": it_mw,
                "extra_it_capex_mcny": eflops * float(kinds["it_capex_mcny_per_eflops"][kind]),
            }
        )
    return rows


def _by_kind(answer: _Answer) -> pd.DataFrame:
    assert answer.tables is not None
    table = answer.tables["capacity"]
    return table.groupby(["year", "kind"], observed=True)[["compute_eflops", "it_mw"]].sum()


def _distances(answer: _Answer) -> list[dict[str, Any]]:
    """The shortfall of every target in the order of priorities, and as a share of itself (78)."""
    if answer.tables is None:
        return []
    priority = {target.id: target.priority for target in answer.model.settings.targets}
    reached = {(one.target.id, one.year): one for one in readings(answer.tables, answer.model)}
    rows = []
    for note in answer.solved.notes.get("goals", []):
        for goal in note["targets"]:
            reading = reached.get((goal["id"], goal["year"]))
            rows.append(
                {
                    "target": goal["id"],
                    "year": goal["year"],
                    "priority": priority[goal["id"]],
                    "required": None if reading is None else reading.target.value,
                    "achieved": None if reading is None else reading.achieved,
                    "shortfall": goal["shortfall"],
                    "distance": goal["shortfall"] / goal["scale"],
                }
            )
    return rows


def _numbered(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"rank": rank, **record} for rank, record in enumerate(records, start=1)]


def _way(way: dict[str, Any]) -> dict[str, Any]:
    yes = {name: "yes" if way.get(name) else "no" for name in ("verified", "least")}
    return {**way, **yes, "sort": way.get("kind", ""), "sets": "; ".join(way.get("sets", []))}


def _frame(file: PlanFile, rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return file.frame()
    frame = pd.DataFrame(rows).reindex(columns=file.names)
    for column in file.columns:
        if column.type == TEXT:
            frame[column.name] = frame[column.name].fillna("")
    return file.frame(frame)


def _record(
    model: PlanningModel, plan: Plan, together: _Answer, none: _Answer, told: dict[str, Any]
) -> dict[str, Any]:
    """targets.json: both ends of the range, and what the whole answer says."""
    record = {
        "study": "targets",
        "model": model.name,
        "status": plan.status,
        "objective": list(model.settings.objective),
        "manifest": plan.record.get("manifest"),
        "together": _end(together),
        "none": _end(none),
        "all_targets": _difference(together, none),
    }
    return {**record, "explanation": told} if told else record


def _end(answer: _Answer) -> dict[str, Any]:
    return {
        "status": answer.solved.outcome.status,
        "objective_mcny": answer.cost_mcny,
        "bound_mcny": answer.bound_mcny,
        "penalty_mcny": answer.penalty_mcny,
    }
