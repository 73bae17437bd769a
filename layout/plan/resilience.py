"""Key figures of resilience, from the tables of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.resilience import duties, outages

if TYPE_CHECKING:
    from layout.plan.ledger import Ledger

Figure = tuple[str, float | None, str]


def covered(ledger: Ledger) -> pd.DataFrame:
    """Outage → critical, uncovered: what has to go on elsewhere, and what nobody takes over.

    FP32 equivalents, or native figures where a kind lacks its ratio.
    """
    service, model = ledger.service, ledger.model
    work = dict(zip(model["workloads"]["workload"], duties(model).critical, strict=True))
    fp32 = _fp32(ledger, service["workload"])
    need = service["served_eflops"] * service["workload"].map(work) * fp32
    sites = model["sites"]["site"]
    missing = ledger.of_year("uncovered")
    lacking = missing["uncovered_eflops"] * _fp32(ledger, missing["workload"])
    rows = [
        (
            outage.scope,
            float(need[service["site"].isin(set(sites[outage.lost]))].sum()),
            float(lacking[missing["outage"] == outage.scope].sum()),
        )
        for outage in outages(model)
    ]
    return pd.DataFrame(rows, columns=["outage", "critical", "uncovered"]).set_index("outage")


def _fp32(ledger: Ledger, workload: pd.Series) -> pd.Series:
    kind = ledger.words("workloads", "kind", workload)
    values = ledger.looked_up("kinds", "fp32_per_native", kind)
    return pd.Series(1.0 if np.isnan(values).any() else values, workload.index, dtype=float)


def figures(ledger: Ledger) -> Iterator[Figure]:
    """Covered share over all outages and in the worst one, which is named; copies that stand."""
    if not ledger.model.settings.features.resilience:
        return
    table = covered(ledger)
    table = table[table["critical"] > 0]
    if len(table):
        share = 1 - table["uncovered"] / table["critical"]
        whole = 1 - table["uncovered"].sum() / table["critical"].sum()
        worst = str(
            table["uncovered"].idxmax() if (share < 1).any() else table["critical"].idxmax()
        )
        yield "outage_covered_share", float(whole), "share"
        yield "outage_covered_share_worst", float(share.min()), "share"
        yield "outage_uncovered_eflops_fp32_worst", float(table["uncovered"].max()), "EFLOPS FP32"
        yield f"outage_worst_{worst}", float(table["critical"][worst]), "EFLOPS FP32"
    standby = ledger.of_year("standby")
    kept = standby["standby_eflops"] * _fp32(ledger, standby["workload"])
    yield "standby_eflops_fp32", float(kept.sum()), "EFLOPS FP32"
