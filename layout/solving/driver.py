"""From a planning model to a verified plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.errors import LayoutError, VerificationFailed
from layout.formulation.space import standing_ceiling_mw
from layout.memory import guarded
from layout.plan import Plan, new_plan
from layout.plan.kpis import kpis, kpis_by_year
from layout.plan.settlement import settlement
from layout.solving import extract
from layout.solving.alike import interchangeable
from layout.solving.comparison import nothing_moves, without_targets
from layout.solving.counterfactuals import (
    counterfactuals,
    is_cheap,
    value_of_moving,
    value_of_pooling,
)
from layout.solving.events import Progress
from layout.solving.extract import tables_of
from layout.solving.highs import Settings
from layout.solving.limits import binding_limits
from layout.solving.live import Live
from layout.solving.optimise import Clock, Solved, optimise, solver_settings
from layout.solving.record import peak_memory_mb, record_of
from layout.solving.size import refuse_too_large
from layout.solving.targets import target_records, targets_table

if TYPE_CHECKING:
    import pandas as pd

    from layout.checking import Verification
    from layout.model import PlanningModel


def solve(
    model: PlanningModel,
    *,
    progress: Progress | None = None,
    log_file: str | None = None,
    counterfactual: bool = True,
    check: bool = True,
    compared: bool = True,
    read_s: float = 0.0,
    **options: Any,
) -> Plan:
    """Solve a planning model and verify the plan.

    Options `gap`, `gap_location`, `time_limit_s`, `threads`, `seed` override the model's solver
    settings. With `counterfactual` the same question is solved with nothing moving between
    regions, so that the plan can say what moving saves; with `compared` without its targets, and
    for sites that could stand for one another. Raises VerificationFailed when the
    independent check finds a plan wrong, LayoutError when the solver fails, MemoryLimit where the
    model needs, or the run takes, more memory than there is.
    """
    refuse_too_large(model)
    with guarded(model.settings.solver.memory_limit_mb):
        clock = Clock(progress)
        clock.seconds["read"] = read_s
        settings = solver_settings(model, log_file, **options)
        solved = optimise(model, settings, clock)
        asked = {"counterfactual": counterfactual, "check": check, "compared": compared}
        return planned(model, settings, solved, clock, **asked)


def planned(
    model: PlanningModel,
    settings: Settings,
    solved: Solved,
    clock: Clock,
    *,
    counterfactual: bool = True,
    check: bool = True,
    compared: bool = True,
) -> Plan:
    """The verified plan of a model that was solved; raises VerificationFailed as `solve` does.

    Without `compared` the model is not asked again without its targets: what was solved was
    more than the model says.
    """
    read_s = clock.seconds.get("read", 0.0)
    outcome = solved.outcome
    record = record_of(model, settings, solved)
    if outcome.x is None:
        record["seconds"] = {**clock.seconds, "total": clock.total() + read_s}
        record["peak_memory_mb"] = peak_memory_mb()
        return _without_tables(record, model, solved, settings, clock)
    tables = clock.stage("extract", lambda: tables_of(solved.formulation))
    _refuse_ceiling(solved)
    proved = outcome.status == "optimal"  # after a limit or Ctrl-C nobody wants to wait for more
    cheap = compared and proved and is_cheap(solved)
    record["compared"] = "yes" if cheap else "too_large" if proved else "not_proved"
    if not compared:
        record["compared"] = "not_asked"
    free, live = None, None
    if cheap:
        live = Live(replace(settings, log_file=None))
        live.remember(solved.compiled, outcome.x)
        free = clock.stage("targets", lambda: without_targets(model, settings, solved, live))
    targets = target_records(model, tables, solved.formulation, None if free is None else free[1])
    tables["targets"] = targets_table(targets)
    record.update(_answer(solved, tables, targets, model))
    record["alike"] = []
    if cheap:
        record["alike"] = clock.stage("alike", lambda: _alike(solved, settings))
    record["without_targets"] = None if free is None else free[0]
    if model.settings.mode == "trade":
        record["settlement"] = settlement(tables, model)
    if counterfactual and cheap and model.settings.objective[0] == "cost":
        clock.stage("counterfactual", lambda: _compare(model, settings, solved, record, live))
    plan = new_plan(record, model, tables)
    return _verified(plan, clock, check, read_s)


def _compare(
    model: PlanningModel,
    settings: Settings,
    solved: Solved,
    record: dict[str, Any],
    live: Live | None,
) -> None:
    """Ask the questions beside the plan's own, and note what moving work is worth."""
    local = None
    if model.settings.mode == "cross" and model["sites"]["region"].nunique() > 1:
        local = nothing_moves(model, settings, solved, live)
        record["counterfactual"] = local
    others = counterfactuals(model, settings, solved, local, record["without_targets"], live)
    record["counterfactuals"] = others
    record["value_of_moving"] = value_of_moving(model.settings.mode, record, others)
    if "siloed" in others:
        record["value_of_pooling"] = value_of_pooling(record, others)


def _without_tables(
    record: dict[str, Any],
    model: PlanningModel,
    solved: Solved,
    settings: Settings,
    clock: Clock,
) -> Plan:
    """A plan that holds no layout: infeasible with its explanation, or a limit without one."""
    plan = new_plan(record, model)
    if solved.outcome.status != "infeasible":
        return plan
    from layout.solving.explanation import explain

    reasons = solved.explanation
    if reasons is None:
        reasons = clock.stage("explain", lambda: explain(solved.formulation, settings))
    period = solved.notes.get("period_without_plan")
    if period is not None:
        reasons = {"period": period, **reasons}
    return replace(plan, explanation=reasons).with_record(
        seconds={**clock.seconds, "total": clock.total() + clock.seconds["read"]}
    )


def _verified(plan: Plan, clock: Clock, check: bool, read_s: float) -> Plan:
    verification = clock.stage("verify", lambda: _check(plan)) if check else None
    seconds = {**clock.seconds, "total": clock.total() + read_s}
    found: dict[str, Any] = {"seconds": seconds, "peak_memory_mb": peak_memory_mb()}
    if verification is not None:
        found["verification"] = {
            "passed": verification.passed,
            "checks": verification.checks,
            "worst_violation": verification.worst_violation,
        }
        if not verification.passed:
            raise VerificationFailed(verification.failures)
    return plan.with_record(**found)


def _check(plan: Plan) -> Verification:
    from layout.checking import verify

    return verify(plan)


def _alike(solved: Solved, settings: Settings) -> list[list[str]]:
    """Interchangeable sites, judged by the absolute gap of the cost; none if another came first.

    None either with a target on concentration: a swap may break it, and no LP can tell.
    """
    outcome, formulation = solved.outcome, solved.formulation
    curved = any(year.targets.cones for year in formulation.years)
    if curved or formulation.case.settings.objective[0] != "cost":
        return []
    cost = float(sum(linear.value() for linear in solved.formulation.costs.values()))
    tolerance = cost * (outcome.gap or 0.0)
    return interchangeable(solved.formulation, solved.compiled, settings, tolerance)


def _answer(
    solved: Solved,
    tables: dict[str, pd.DataFrame],
    targets: list[dict[str, Any]],
    model: PlanningModel,
) -> dict[str, Any]:
    """The part of plan.json that is read off the solution."""
    formulation = solved.formulation
    breakdown = {name: linear.value() for name, linear in formulation.costs.items()}
    cost = float(sum(breakdown.values()))
    return {
        "objective_mcny": cost,
        "cost_breakdown_mcny": breakdown,
        "invariant_cost_mcny": formulation.invariant().value(),
        "kpis": kpis(tables, model),
        "kpis_by_year": kpis_by_year(tables, model),
        "targets": targets,
        "binding": binding_limits(formulation),
    }


def _refuse_ceiling(solved: Solved) -> None:
    """A site without a limit that grew to the bound set in its place would be a wrong answer."""
    for year in solved.formulation.years:
        case = year.case
        ceiling = standing_ceiling_mw(year.variables)
        fresh = ~case.has_stock & ~np.isfinite(case.site_values("max_it_mw"))
        space = extract.new_space_mw(year.variables)
        built = np.bincount(case.units.site, space, len(case.sites))
        for site in np.flatnonzero(fresh & (built >= ceiling * (1 - 1e-6))):
            raise LayoutError("error.ceiling", site=case.sites[site], ceiling=f"{ceiling:,.0f}")
