"""How much of the work that may shift does shift, slice by slice (R61, R130)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.model.slices import shiftable, time_slices
from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient

PLACE = ["site", "zone", "workload"]


def figures(ledger: Ledger) -> Iterator[Figure]:
    """``shifted_share_<kind>``: work served elsewhere than by the shares of the year, of all of it.

    Σ max(0, shifted − level·served) / Σ shifted over sites, zones and slices (days, for work that
    may wait within its day), hours counted; level is the load of the zone then over its mean. Of
    the workloads of the kind that may shift; None where nothing of them is served, and no figure
    where none of its workloads may shift or without time slices.
    """
    model = ledger.model
    if ledger.base or not model.settings.features.slices:
        return
    shifts, works = shiftable(model), model["workloads"]
    for kind in model["kinds"]["kind"]:
        chosen = np.flatnonzero(shifts & (works["kind"] == kind).to_numpy(dtype=bool))
        if len(chosen):
            parts = [_shifted(ledger, int(at)) for at in chosen]
            share = quotient(sum(part for part, _ in parts), sum(whole for _, whole in parts))
            yield f"shifted_share_{kind}", share, "share"


def _shifted(ledger: Ledger, at: int) -> tuple[float, float]:
    """EFLOPS·h of a workload (its position) that shifted, and all that was done."""
    model = ledger.model
    work, slices = model["workloads"].iloc[at], time_slices(model)
    done = ledger.of_year("shifted")
    done = done[done["workload"] == work["workload"]]
    wide = done.pivot_table(index=PLACE, columns="slice", values="served_eflops", aggfunc="sum")
    wide = wide.reindex(columns=list(slices.labels)).fillna(0.0)
    level, window = slices.load_shapes[at], np.arange(len(slices.labels))
    if work["flexible"] == "day":
        level, window = np.ones(len(level)), slices.day
    served = ledger.service.groupby(PLACE)["served_eflops"].sum().reindex(wide.index)
    stays = served.fillna(0.0).to_numpy(dtype=float)[:, None] * level
    more = pd.DataFrame((wide.to_numpy(dtype=float) - stays) * slices.hours)
    gained = more.T.groupby(window).sum().clip(lower=0.0).to_numpy()
    return float(gained.sum()), float((wide.to_numpy(dtype=float) * slices.hours).sum())
