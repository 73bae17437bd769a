"""What lies within a delay of a site, and how much is wanted there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model import derive

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.study.weighing.criterion import Floats, Mask

REACH_MS = 20.0
"""Demand within this delay, on the model's latency basis, counts as reached."""


def inside(model: PlanningModel) -> Mask:
    """Site × zone → within `REACH_MS`."""
    factor = 2.0 if model.settings.latency.basis == "rtt" else 1.0
    delay = factor * derive.reach(model).one_way_ms
    return np.asarray(delay <= REACH_MS + derive.LATENCY_TOLERANCE_MS)


def wanted(model: PlanningModel) -> Floats:
    """Zone → demand of the last period.

    Kinds are added by their FP32 equivalent, where one lacks it by the power that they draw.
    """
    table = derive.demand(model)
    table = table[table["year"] == max(model.settings.periods)]
    work = model["workloads"].set_index("workload")["kind"].reindex(table["workload"])
    kinds = model["kinds"].set_index("kind")
    declared = bool(kinds["fp32_per_native"].notna().all())
    by = kinds["fp32_per_native" if declared else "it_mw_per_eflops"].reindex(work)
    amount = table["demand_eflops"].to_numpy(dtype=float) * by.to_numpy(dtype=float)
    zones = pd.Index(model["zones"]["zone"])
    summed = np.bincount(zones.get_indexer(table["zone"]), amount, len(zones))
    return np.asarray(summed, dtype=float)
