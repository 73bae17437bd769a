"""The targets of a plan: measured, judged, priced, and how each of them is met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.formulation import Formulation
from layout.plan.files import FILES
from layout.plan.measures import Reading, readings

if TYPE_CHECKING:
    from layout.model import PlanningModel, Target

SHARE_STEP = 0.01  # shadow costs of ratios are per percentage point (PUE: per 0.01)
FREE_MCNY = 1e-7  # a dual smaller than this does not bind


def shadow_costs(formulation: Formulation) -> dict[tuple[str, int], float]:
    """(Target, year) → annual cost of tightening it by one unit (ratios: by 0.01), mcny.

    Dual of the target's row in the LP with fixed integers, times the denominator, in money of
    the year (the discounted sum of the objective is undone).
    """
    constraint = formulation.constraints["target"]
    duals = constraint.duals_array
    if duals is None:
        return {}
    costs = {}
    values = {target.id: float(target.value) for target in formulation.case.settings.targets}
    for year in formulation.years:
        for name, ratio in year.targets.ratios.items():
            by = 1.0
            if ratio.denominator is not None:
                by = SHARE_STEP * ratio.slope(values[name]) * ratio.denominator.value()
            dual = float(duals[constraint.index.position((name, year.year))])
            if np.isfinite(dual):
                costs[name, year.year] = abs(dual * by) / year.weight
    return costs


def met_by(reading: Reading, shadow: float | None, met_anyway: bool | None) -> str:
    """How a target is met: by the stock, by demand alone, forced by the targets, or not.

    `met_anyway` says whether the plan without any target meets it; None where that is unknown,
    and the shadow cost has to tell.
    """
    if reading.status == "not_applicable":
        return ""
    if reading.status == "fail":
        return "not_met"
    forced = not met_anyway if met_anyway is not None else shadow is not None and shadow > FREE_MCNY
    if forced:
        return "target"
    before = reading.base_year_value
    if before is None:
        return "demand"
    margin = before - reading.target.value
    return "stock" if (margin if reading.target.sense == "at_least" else -margin) >= 0 else "demand"


def target_records(
    model: PlanningModel,
    tables: dict[str, pd.DataFrame],
    formulation: Formulation | None,
    met_anyway: set[str] | None = None,
) -> list[dict[str, Any]]:
    """The entries of ``plan.json`` for all targets, in the model's order.

    `met_anyway` are the targets that the plan without any target meets.
    """
    shadow = shadow_costs(formulation) if formulation is not None else {}
    records = []
    for reading in readings(tables, model):
        target = reading.target
        ratio = reading.ratio
        cost = shadow.get((target.id, reading.year))
        anyway = None if met_anyway is None else target.id in met_anyway
        records.append(
            {
                "id": target.id,
                "title": None if target.title is None else target.title.model_dump(),
                "measure": target.measure,
                "scope": target.scope,
                "kind": target.kind,
                "basis": target.basis,
                "sense": target.sense,
                "value": target.value,
                "unit": target.unit,
                "year": target.year or reading.year,
                "mode": target.mode,
                "achieved": reading.achieved,
                "base": None if ratio is None else ratio.base,
                "base_year_value": reading.base_year_value,
                "outturn": reading.outturn,
                "slack": None if reading.slack is None else reading.slack + 0.0,
                "shortfall": reading.shortfall,
                "shadow_cost_mcny": cost,
                "met_by": met_by(reading, cost, anyway),
                "status": reading.status,
                "reason": reading.reason,
                "binds_at_demand_factor": binds_at(target, reading.year, formulation),
                "source": target.source,
                "confidence": target.confidence,
            }
        )
    return records


def targets_table(records: list[dict[str, Any]]) -> pd.DataFrame:
    """targets.csv."""
    rows = [
        {
            "target": record["id"],
            "year": record["year"],
            "scope": record["scope"],
            "base_year_value": record["base_year_value"],
            "achieved": record["achieved"],
            "outturn": record["outturn"],
            "required": record["value"],
            "slack": record["slack"],
            "shadow_cost_mcny": record["shadow_cost_mcny"],
            "met_by": record["met_by"],
            "status": record["status"],
        }
        for record in records
    ]
    table = pd.DataFrame(rows, columns=FILES["targets"].names)
    return table.sort_values(["target", "year"]).reset_index(drop=True)


def binds_at(target: Target, year: int, formulation: Formulation | None) -> float | None:
    """Multiple of all demand at which a national compute or kind-share target starts to bind.

    Below it (compute, share) the target forces compute that nobody asked for. From the capacity
    rows: installed ≥ max(stock that stays, multiple × need) per kind; None for other targets,
    where several kinds run a workload, and where work takes more compute away from home.
    """
    known = ("compute_eflops_fp32", "kind_share")
    if formulation is None or target.measure not in known or target.scope != "nation":
        return None
    if target.sense != "at_least" or target.value is None:
        return None
    stated = {one.year: one for one in formulation.years}
    if year not in stated:
        return None
    case, variables = stated[year].case, stated[year].variables
    if case.shared.any() or (case.most_work > 1).any():  # what a kind has to carry is a decision
        return None
    workload = case.demand["workload"].to_numpy(np.int64)
    kind = case.workload_kind[workload]
    need = np.bincount(
        kind,
        variables.demand_eflops * (case.capacity_factor * case.own_need)[workload],
        len(case.kinds),
    ) / case.kind_values("max_utilisation")
    stock = np.bincount(
        case.block_kind,
        case.blocks["compute_eflops"].to_numpy(float) - case.expired_eflops,
        len(case.kinds),
    )
    weight = np.nan_to_num(case.kind_values("fp32_per_native"))
    chosen = case.family(target.kind)
    return _first_multiple(stock, need, weight, chosen, target)


def _first_multiple(
    stock: np.ndarray, need: np.ndarray, weight: np.ndarray, chosen: np.ndarray, target: Target
) -> float | None:
    """Smallest multiple of need at which the measure reaches the target, by bisection."""

    def reached(multiple: float) -> bool:
        level = weight * np.maximum(stock, multiple * need)
        if target.measure == "compute_eflops_fp32":
            return bool(level[chosen].sum() >= target.value)
        return bool(level[chosen].sum() >= target.value * level.sum())

    low, high = 0.0, 64.0
    if reached(low) or not reached(high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return round(high, 6)
