"""One case of a study after the other, each answered from the same start.

Every case begins with a new HiGHS that knows the plan, the basis and the bound of the model
without its cases. So an answer depends on the case alone, not on who solved it or what was
solved before (time limits aside).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from layout.errors import InputError
from layout.model.reading import Base, gather
from layout.solving.start import Start
from layout.study.runs.store import DECISION_COLUMNS, Part, parquet

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel
    from layout.plan import Plan
    from layout.study.runs.cases import Case

THREADS = 1
"""Of HiGHS, for every case: cases side by side use the cores better."""
RETRIES = 2
"""How often a case that failed is tried again."""
INTERRUPTED = "interrupted"
FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """What a worker needs to answer any case of a study: plain data, no code.

    `base` is the model as its files say it, `sets` hold for every case, `limits` are options of
    the solver (gap, time_limit_s, seed), `start` is where every case goes on from.
    """

    base: Base
    sets: tuple[str, ...]
    limits: dict[str, Any]
    check: bool = True
    start: Start | None = None

    def started(self) -> Job:
        """The same with the answer to the model itself as its start, where it has one."""
        answers = Answers(self)
        return replace(self, start=answers.first())


def base_of(model: Any, sets: Sequence[str], scenarios: Sequence[str]) -> Base:
    """The files of a model. Raises InputError when it is wrong without any case."""
    base, problems = gather(model, scenarios)
    if base is None:
        raise InputError(problems)
    base.model(sets)
    return base


@dataclass(frozen=True)
class Told:
    """What is said of a case: its answer, or why it has none and whether that is final."""

    part: Part | None
    reason: str = ""
    final: bool = False


@dataclass
class Answers:
    """Answers the cases of one study, in one process."""

    job: Job
    ended: float | None = None
    _solver: Any = field(default=None, repr=False)

    @property
    def solver(self) -> Any:
        """The solver, at the model without its cases."""
        from layout.solving.solver import Solver

        if self._solver is None:
            model = self.job.base.model(self.job.sets)
            self._solver = Solver(model, threads=THREADS, **self.job.limits)
        return self._solver

    def first(self) -> Start | None:
        """Solve the model without its cases; None where it has no plan to start from.

        Raises KeyboardInterrupt after Ctrl-C.
        """
        from layout.solving.generation import generates
        from layout.solving.solver import resolvable

        solver = self.solver
        if generates(solver.origin) or not resolvable(solver.origin):
            return None
        reply = solver.begin(None).solve()
        if reply.reason == INTERRUPTED:
            raise KeyboardInterrupt
        found: Start | None = solver.start if reply.has_plan and reply.how != "fresh" else None
        return found

    def part(self, case: Case, attempt: int = 1) -> Part:
        """The answer to a case as it is stored.

        Raises what reading, solving and checking raise; KeyboardInterrupt after Ctrl-C.
        """
        begun, spent = time.perf_counter(), time.process_time()
        waited = 0.0 if self.ended is None else begun - self.ended
        model = self.job.base.model((*self.job.sets, *case.sets))
        plan, how = self._plan(model)
        row = {**_head(case), **_found(plan, how)}
        row |= {"attempts": attempt, "waited_s": waited}
        decisions = _decisions(case, plan)
        row["cpu_s"] = time.process_time() - spent
        row["seconds"] = time.perf_counter() - begun
        made = Part(case.number, _one_row(row), parquet(decisions))
        self.ended = time.perf_counter()
        return made

    def told(self, case: Case, attempt: int) -> Told:
        """The answer to a case, or in words why there is none; a wrong input stays wrong."""
        try:
            return Told(self.part(case, attempt))
        except InputError as error:
            return Told(None, error.message("en"), final=True)
        except Exception as error:
            return Told(None, f"{type(error).__name__}: {error}")

    def _plan(self, model: PlanningModel) -> tuple[Plan, str]:
        """The plan of a model, or what is known where it has none; and how it was found."""
        from layout.solving.generation import generates
        from layout.solving.solver import resolvable

        solver = self.solver
        same = model.settings.solver == solver.origin.settings.solver
        if not same or generates(model) or not resolvable(model):
            return self._fresh(model), "fresh"
        reply = solver.begin(self.job.start).update(model=model).solve()
        if reply.how == "fresh":
            return self._fresh(model), "fresh"
        if reply.reason == INTERRUPTED:
            raise KeyboardInterrupt
        if reply.outcome.x is None:
            return _no_plan(model, solver.settings, reply.outcome), reply.how
        return reply.plan(check=self.job.check, compared=False), reply.how

    def _fresh(self, model: PlanningModel) -> Plan:
        """The plan of a model that takes several solves, or other settings of the solver."""
        from layout.solving.driver import planned
        from layout.solving.optimise import Clock, optimise, solver_settings

        settings = solver_settings(model, threads=THREADS, **self.job.limits)
        clock = Clock(None)
        clock.seconds["read"] = 0.0
        solved = optimise(model, settings, clock)
        if solved.outcome.reason == INTERRUPTED:
            raise KeyboardInterrupt
        if solved.outcome.x is None:
            return _no_plan(model, settings, solved.outcome)
        return planned(
            model, settings, solved, clock,
            counterfactual=False, check=self.job.check, compared=False,
        )  # fmt: skip


def failed(case: Case, reason: str, attempts: int) -> Part:
    """A case that has no answer, as it is stored."""
    row = {**_head(case), "status": FAILED, "reason": reason[:500], "attempts": attempts}
    return Part(case.number, _one_row(row), parquet(_decisions(case, None)))


def _no_plan(model: PlanningModel, settings: Any, outcome: Any) -> Plan:
    from layout.model.schema import leading
    from layout.plan import new_plan

    names = ("status", "reason", "bound")
    record = {name: getattr(outcome, name) for name in names}
    by_cost = leading(model.settings.objective) == "cost"  # else the bound is no money
    return new_plan({**record, "bound_mcny": outcome.bound if by_cost else None}, model)


def _head(case: Case) -> dict[str, Any]:
    """The number of the case, and what varies."""
    return {"case": case.number, **case.varied}


NUMBERS = ("objective_mcny", "bound_mcny", "gap", "gap_location", "carbon_kt")


def _found(plan: Plan, how: str) -> dict[str, Any]:
    """The answer as cells of one row."""
    record = plan.record
    row: dict[str, Any] = {"status": plan.status, "reason": str(record.get("reason", ""))}
    row["how"] = how
    kpis = record.get("kpis", {})
    row |= {name: _number(record.get(name)) for name in NUMBERS}
    if not plan.has_tables:
        return row
    row["carbon_kt"] = _number(kpis["carbon_kt"]["value"])
    row["verified"] = bool((record.get("verification") or {}).get("passed", False))
    for name, value in record["cost_breakdown_mcny"].items():
        row[f"cost_{name}_mcny"] = _number(value)
    row |= {f"kpi_{name}": _number(figure["value"]) for name, figure in kpis.items()}
    years = {target["year"] for target in record["targets"]}
    for target in record["targets"]:
        year = f"_{target['year']}" if len(years) > 1 else ""
        row[f"target_{target['id']}{year}"] = _number(target.get("achieved"))
        verdict = {"pass": 1.0, "fail": 0.0}.get(str(target["status"]))  # nosec B105 # a verdict
        row[f"met_{target['id']}{year}"] = _number(verdict)
    return row


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _one_row(row: dict[str, Any]) -> bytes:
    import pandas as pd

    return parquet(pd.DataFrame({name: [value] for name, value in row.items()}))


ADDED = ("filled_eflops", "expanded_eflops", "built_eflops")


def _decisions(case: Case, plan: Plan | None) -> pd.DataFrame:
    """Site, kind and year → what stands and what was added, over all facilities."""
    import numpy as np
    import pandas as pd

    if plan is None or not plan.has_tables:
        types = {"case": np.int64, "site": str, "kind": str, "year": np.int64}
        columns = {name: pd.Series(dtype=types.get(name, np.float64)) for name in DECISION_COLUMNS}
        return pd.DataFrame(columns)
    capacity = plan["capacity"]
    rows = capacity.assign(added_eflops=capacity[list(ADDED)].sum(axis=1))
    key = ["site", "kind", "year"]
    sums = rows.groupby(key, as_index=False)[["compute_eflops", "added_eflops", "it_mw"]].sum()
    return sums.assign(case=case.number)[list(DECISION_COLUMNS)]
