"""sectors.csv: what each sector is served with, what stays unserved, and what that costs (R24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.model.derive import OTHER, sector_factor
from layout.plan.files import FILES

if TYPE_CHECKING:
    from layout.model import PlanningModel

LEAST_REST = 1e-9  # shares that leave less than this have been rounded: they leave nothing


def sector_shares(model: PlanningModel) -> pd.DataFrame:
    """Sector, workload → its share of the workload's demand after the base year.

    share·factor / (Σ share·factor + rest); `other` is what the sectors of a workload leave.
    """
    table = model["sectors"]
    claimed = table["share"].groupby(table["workload"]).sum()
    rest = (1 - claimed)[claimed < 1 - LEAST_REST]
    other = pd.DataFrame(
        {"sector": OTHER, "workload": rest.index, "share": rest.to_numpy(float), "factor": 1.0}
    )
    rows = pd.concat([table[other.columns], other], ignore_index=True)
    whole = sector_factor(model).reindex(rows["workload"]).to_numpy(dtype=float)
    weight = rows["share"].to_numpy(dtype=float) * rows["factor"].to_numpy(dtype=float)
    share = np.divide(weight, whole, out=np.zeros(len(rows)), where=whole > 0)
    return rows[["sector", "workload"]].assign(share=share)


def sectors_table(tables: Mapping[str, pd.DataFrame], model: PlanningModel) -> pd.DataFrame:
    """Sector, workload, year → EFLOPS served and unserved, and price·served, mcny a year."""
    shares = sector_shares(model)
    if shares.empty:
        return FILES["sectors"].frame()
    prices = tables["prices"].set_index(["zone", "workload", "year"])
    service = tables["service"]
    keys = pd.MultiIndex.from_frame(service[["zone", "workload", "year"]])
    price = prices["price_mcny_per_eflops_year"].reindex(keys).to_numpy(dtype=float)
    paid = service.assign(cost_mcny=price * service["served_eflops"].to_numpy(dtype=float))
    own = ["workload", "year"]
    served = paid.groupby(own)[["served_eflops", "cost_mcny"]].sum()
    unserved = tables["unserved"].groupby(own)["unserved_eflops"].sum()
    sums = pd.concat([served, unserved], axis=1).fillna(0.0).reset_index()
    rows = shares.merge(sums, on="workload")
    for name in ("served_eflops", "unserved_eflops", "cost_mcny"):
        rows[name] = rows[name].to_numpy(dtype=float) * rows["share"].to_numpy(dtype=float)
    return FILES["sectors"].frame(rows)
