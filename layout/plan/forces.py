"""The balance of compute, links and storage (算运存): what stands over what is needed (R142)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.model.hardware import root_of
from layout.plan.ledger import Floats, Ledger
from layout.plan.weighing import Figure, quotient


def figures(ledger: Ledger) -> Iterator[Figure]:
    """The ratio of every force that the model has, and with all three the least of them.

    Each is over the nation's sums; 1 = just enough, below it something is missing. A place may
    lack what the nation has: the hottest links and the limits that bind say where.
    """
    on = ledger.model.settings.features
    ratios = [_compute(ledger)]
    yield "force_ratio_compute", ratios[0], "ratio"
    if on.network:
        ratios.append(_links(ledger))
        yield "force_ratio_network", ratios[-1], "ratio"
    if on.storage:
        ratios.append(_storage(ledger))
        yield "force_ratio_storage", ratios[-1], "ratio"
    if len(ratios) == 3:
        known = [one for one in ratios if one is not None]
        yield "force_ratio_least", min(known) if len(known) == 3 else None, "ratio"


def _compute(ledger: Ledger) -> float | None:
    """What may be in use over what peaks and reserve margins ask for, FP32 of the kind wanted.

    Σ compute · max_utilisation · effectiveness over Σ demand (served and unserved) · peak_factor ·
    (1 + reserve_margin). A sub-kind serves its kind's demand EFLOPS for EFLOPS, so both sides have
    the ratio of the kind. None where one lacks it and there are several precisions.
    """
    units, demand = ledger.units, ledger.demand
    limit, works = (
        ledger.looked_up("kinds", name, units["kind"])
        for name in ("max_utilisation", "effectiveness")
    )
    peak, reserve = (
        ledger.looked_up("workloads", name, demand["workload"])
        for name in ("peak_factor", "reserve_margin")
    )
    native = (
        units["compute_eflops"].to_numpy(dtype=float) * limit * works,
        demand["demand_eflops"].to_numpy(dtype=float) * peak * (1 + reserve),
    )
    by = _common_base(ledger, units["kind"], demand["kind"])
    if by is None:
        return None
    usable, wanted = (float((one * ratio).sum()) for one, ratio in zip(native, by, strict=True))
    return quotient(usable, wanted)


def _common_base(ledger: Ledger, *kinds: pd.Series) -> list[Floats] | None:
    """What natives of these kinds are multiplied by to be added; None where they cannot be."""
    roots = [labels.map(root_of(ledger.model)) for labels in kinds]
    by = [ledger.looked_up("kinds", "fp32_per_native", labels) for labels in roots]
    if not any(np.isnan(one).any() for one in by):
        return by
    precisions = {
        one for labels in roots for one in ledger.words("kinds", "precision", labels.unique())
    }
    return [np.ones(len(one)) for one in by] if len(precisions) == 1 else None


def _links(ledger: Ledger) -> float | None:
    """Σ capacity · max_utilisation over Σ traffic and what protection keeps free; known links."""
    links = ledger.of_year("links").dropna(subset=["capacity_gbps"])
    usable = ledger.model.settings.network.max_utilisation * links["capacity_gbps"].sum()
    taken = links["flow_gbps"] + links["spare_gbps"].fillna(0.0)
    return quotient(float(usable), float(taken.sum()))


def _storage(ledger: Ledger) -> float | None:
    """Storage on all media over what compute needs, the data of zones and copies of core data."""
    table = ledger.of_year("storage")
    stands = float((table["disk_eb"] + table["ssd_eb"]).sum())
    wanted = table[["needed_eb", "kept_eb", "backup_eb"]].sum().sum()
    return quotient(stands, float(wanted))
