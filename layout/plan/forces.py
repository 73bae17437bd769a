"""The balance of compute, links and storage (算运存): what stands over what is needed (R142)."""

from __future__ import annotations

from collections.abc import Iterator

from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient, weight_of


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
    """Σ compute · max_utilisation over Σ demand for compute (served and unserved), FP32."""
    units, demand = ledger.units, ledger.demand
    limit = ledger.looked_up("kinds", "max_utilisation", units["kind"])
    usable = weight_of(limit * units["compute_eflops"], limit * units["compute_fp32"])
    wanted = weight_of(demand["demand_eflops"], demand["demand_fp32"])
    return quotient(float(usable.sum()), float(wanted.sum()))


def _links(ledger: Ledger) -> float | None:
    """Σ capacity · max_utilisation over Σ traffic, on links of known capacity."""
    links = ledger.of_year("links").dropna(subset=["capacity_gbps"])
    usable = ledger.model.settings.network.max_utilisation * links["capacity_gbps"].sum()
    return quotient(float(usable), float(links["flow_gbps"].sum()))


def _storage(ledger: Ledger) -> float | None:
    """Storage on all media over what compute needs and the copies of core data."""
    table = ledger.of_year("storage")
    stands = float((table["disk_eb"] + table["ssd_eb"]).sum())
    return quotient(stands, float((table["needed_eb"] + table["backup_eb"]).sum()))
