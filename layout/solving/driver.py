"""From a planning model to a verified plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.errors import LayoutError, VerificationFailed
from layout.formulation.space import ceiling_mw
from layout.plan import Plan, new_plan
from layout.plan.kpis import kpis
from layout.solving import extract
from layout.solving.alike import interchangeable
from layout.solving.comparison import nothing_moves
from layout.solving.events import Progress
from layout.solving.highs import Settings
from layout.solving.limits import binding_limits
from layout.solving.optimise import Clock, Solved, optimise, solver_settings
from layout.solving.record import peak_memory_mb, record_of
from layout.solving.targets import target_records, targets_table

if TYPE_CHECKING:
    import pandas as pd

    from layout.checking import Verification
    from layout.model import PlanningModel


def tables_of(solved: Solved) -> dict[str, pd.DataFrame]:
    """All tables of the plan but the targets."""
    formulation = solved.formulation
    variables = formulation.variables
    units = extract.units_table(variables)
    return {
        "units": units,
        "capacity": extract.capacity_table(units),
        "service": extract.service_table(variables),
        "energy": extract.energy_table(variables, units),
        "cost": extract.cost_table(formulation),
        "prices": extract.price_table(formulation),
        "unserved": extract.unserved_table(variables),
    }


def solve(
    model: PlanningModel,
    *,
    progress: Progress | None = None,
    log_file: str | None = None,
    counterfactual: bool = True,
    check: bool = True,
    read_s: float = 0.0,
    **options: Any,
) -> Plan:
    """Solve a planning model and verify the plan.

    Options `gap`, `gap_location`, `time_limit_s`, `threads`, `seed` override the model's solver
    settings. With `counterfactual` the same question is solved with nothing moving between
    regions, so that the plan can say what moving saves. Raises VerificationFailed when the
    independent check finds a plan wrong, LayoutError when the solver fails.
    """
    clock = Clock(progress)
    clock.seconds["read"] = read_s
    settings = solver_settings(model, log_file, **options)
    solved = optimise(model, settings, clock)
    outcome = solved.outcome
    record = record_of(model, settings, solved)
    if outcome.x is None:
        record["seconds"] = {**clock.seconds, "total": clock.total() + read_s}
        record["peak_memory_mb"] = peak_memory_mb()
        return _without_tables(record, model, solved, settings)
    tables = clock.stage("extract", lambda: tables_of(solved))
    _refuse_ceiling(solved)
    targets = target_records(model, tables, solved.formulation)
    tables["targets"] = targets_table(targets)
    record.update(_answer(solved, tables, targets, model))
    record["alike"] = clock.stage("extract", lambda: _alike(solved, settings))
    if (
        counterfactual
        and model.settings.mode == "cross"
        and len(model["sites"]["region"].unique()) > 1
    ):
        record["counterfactual"] = clock.stage(
            "counterfactual", lambda: nothing_moves(model, settings, solved)
        )
    plan = new_plan(record, model, tables)
    return _verified(plan, clock, check, read_s)


def _without_tables(
    record: dict[str, Any], model: PlanningModel, solved: Solved, settings: Settings
) -> Plan:
    """A plan that holds no layout: infeasible with its explanation, or a limit without one."""
    plan = new_plan(record, model)
    if solved.outcome.status != "infeasible":
        return plan
    from layout.solving.explanation import explain

    return replace(plan, explanation=explain(solved.formulation, solved.compiled, settings))


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
    """Interchangeable sites, judged by the absolute gap of the cost."""
    outcome = solved.outcome
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
        "targets": targets,
        "binding": binding_limits(formulation),
    }


def _refuse_ceiling(solved: Solved) -> None:
    """A site without a limit that grew to the bound set in its place would be a wrong answer."""
    variables, case = solved.formulation.variables, solved.formulation.case
    ceiling = ceiling_mw(case)
    fresh = ~case.has_stock & ~np.isfinite(case.site_values("max_it_mw"))
    built = np.bincount(case.new.site, extract.new_space_mw(variables), len(case.sites))
    for site in np.flatnonzero(fresh & (built >= ceiling * (1 - 1e-6))):
        raise LayoutError("error.ceiling", site=case.sites[site], ceiling=f"{ceiling:,.0f}")
