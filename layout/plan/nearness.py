"""Key figures of delay and of work that moves, beyond the first ones: P99, 1 ms, classes."""

from __future__ import annotations

from collections.abc import Iterator

from layout.plan.ledger import Ledger
from layout.plan.weighing import Figure, quotient, weight_of, weighted_quantile

NEAR_MS = 1


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Delay at P99 and share within 1 ms, weighted by served FP32; the classes that move west."""
    if ledger.base:
        return
    service = ledger.service
    weight = weight_of(service["served_eflops"], service["served_fp32"])
    for basis in ("one_way", "rtt"):
        delay = service[f"latency_{basis}_ms"].to_numpy(dtype=float)
        most = weighted_quantile(delay, weight, 0.99)
        yield f"latency_{basis}_p99_ms", most, "ms"
        near = weight[delay <= NEAR_MS + 1e-9].sum()
        yield f"latency_{basis}_within_{NEAR_MS}ms", quotient(near, weight.sum()), "share"
    yield from _moved(ledger)


def _moved(ledger: Ledger) -> Iterator[Figure]:
    """Work of the east that is served in the west, by class (kpis.md, East→west shift).

    EFLOPS in the native precision of the class, and over the demand of the class in the east.
    """
    service, demand, model = ledger.service, ledger.demand, ledger.model
    east = ledger.words("zones", "region", service["zone"]) == "east"
    west = ledger.words("sites", "region", service["site"]) == "west"
    wanted = demand[ledger.words("zones", "region", demand["zone"]) == "east"]
    wanted_of = wanted.groupby("workload")["demand_eflops"].sum()
    moved_of = service[east & west].groupby("workload")["served_eflops"].sum()
    precision = model["kinds"].set_index("kind")["precision"]
    for workload, kind in zip(
        model["workloads"]["workload"], model["workloads"]["kind"], strict=True
    ):
        moved = float(moved_of.get(workload, 0.0))
        unit = f"EFLOPS {precision[kind]}"
        yield f"east_to_west_eflops_of_{workload}", moved, unit
        share = quotient(moved, float(wanted_of.get(workload, 0.0)))
        yield f"east_to_west_share_of_{workload}", share, "share"
