"""plan.json as far as it is known without the tables: status, proof, settings, manifest."""

from __future__ import annotations

import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from layout import formats
from layout.formulation.linking import linking
from layout.model.horizon import horizon
from layout.model.schema import leading
from layout.solving.highs import Settings
from layout.solving.optimise import Solved
from layout.versions import installed

if TYPE_CHECKING:
    from layout.model import PlanningModel


def record_of(model: PlanningModel, settings: Settings, solved: Solved) -> dict[str, Any]:
    """plan.json as far as it is known before the tables."""
    outcome = solved.outcome
    by_cost = leading(model.settings.objective) == "cost"
    return {
        "format": formats.PLAN,
        "model": model.name,
        "title": model.settings.title.model_dump(),
        "status": outcome.status,
        "reason": outcome.reason,
        "interrupted": outcome.reason == "interrupted",
        "objective": model.settings.model_dump(exclude_none=True)["objective"],
        "foresight": model.settings.foresight,
        "objective_mcny": None,
        "bound_mcny": _cost_bound(solved) if by_cost else None,
        "objective_value": outcome.objective,
        "bound_value": outcome.bound,
        "cost_breakdown_mcny": {},
        "kpis": {},
        "targets": [],
        "verification": None,
        "gap": outcome.gap,
        "gap_location": outcome.gap_location,
        "steps": list(solved.steps),
        **solved.notes,
        "size": dict(solved.compiled.size),
        "linking": _linking(solved),
        "periods": [
            {**asdict(period), "weight": period.weight} for period in horizon(model.settings)
        ],
        "settings": _settings(model),
        "manifest": _manifest(model, settings),
    }


def _cost_bound(solved: Solved) -> float | None:
    """What no plan costs less than; within a limit on carbon the strategy knows it."""
    bound: float | None = solved.notes.get("trade_off", {}).get("bound", solved.outcome.bound)
    return bound


def _linking(solved: Solved) -> dict[str, Any]:
    """How closed sites are kept from serving, and how many strong rows that took."""
    formulation = solved.formulation
    rows = [formulation.constraints[name] for name in ("open_serve", "open_assign")]
    return {
        **asdict(linking(formulation.variables)),
        "strong_rows": sum(len(family.index) for family in rows),
    }


def _settings(model: PlanningModel) -> dict[str, Any]:
    """What a reader must know to understand the figures."""
    own = model.settings
    return {
        "latency_basis": own.latency.basis,
        "route_factor": own.latency.route_factor,
        "fixed_ms": own.latency.fixed_ms,
        "km_per_ms": own.latency.km_per_ms,
        "precision_basis": "EFLOPS in native precision; totals in FP32 equivalents",
        "green_accounting": "certificates allowed; carbon location-based",
        "mode": own.mode,
        "periods": list(own.periods),
        "base_year": own.base_year,
        "money_year": own.money_year,
        "discount_rate": own.economy.discount_rate,
    }


def _manifest(model: PlanningModel, settings: Settings) -> dict[str, Any]:
    return {
        "inputs": dict(sorted(model.inputs.items())),
        "versions": installed(),
        "seed": settings.seed,
        "threads": settings.threads,
        "options": {
            "gap": settings.gap,
            "gap_location": settings.gap_location,
            "time_limit_s": settings.time_limit_s,
        },
    }


def peak_memory_mb() -> float:
    """Highest resident memory of this process so far, MB."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if platform.system() != "Darwin" else peak / 1024**2
