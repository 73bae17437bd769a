"""Compute vouchers: what the state pays of the bills of those who buy compute (R152)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout.plan.settlement import paid

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan.ledger import Tables

KEYS = ["province", "workload", "year"]
SPECIFIC = (("province", "workload"), ("province",), ("workload",), ())
"""Columns that a row of ``vouchers`` fills, the most specific first: it beats all that follow."""


def vouchers(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """province (of the buyer), workload, year, bill_mcny and what of it vouchers pay, mcny a year.

    Σ price·served · share of the row that is for them, and no more than `cap_mcny` of all bills of
    that row together, in proportion. Bills without a row are not in the table.
    """
    table = model["vouchers"]
    if table.empty:
        return pd.DataFrame(columns=[*KEYS, "bill_mcny", "voucher_mcny"])
    bills = paid(tables, model).groupby(["buyer", "workload", "year"], sort=True)["paid_mcny"].sum()
    frame = bills.rename("bill_mcny").rename_axis(index={"buyer": "province"}).reset_index()
    frame["row"] = _row(table, frame)
    frame = frame[(frame["row"] >= 0) & (frame["bill_mcny"] > 0)].reset_index(drop=True)
    row = frame["row"].to_numpy(dtype=np.int64)
    asked = frame["bill_mcny"] * table["share"].to_numpy(dtype=float)[row]
    whole = asked.groupby([row, frame["year"]]).transform("sum").to_numpy(dtype=float)
    cap = table["cap_mcny"].to_numpy(dtype=float)[row]
    part = np.minimum(1.0, np.divide(cap, whole, out=np.ones(len(whole)), where=whole > 0))
    return frame.drop(columns="row").assign(voucher_mcny=asked * part)


def _row(table: pd.DataFrame, bills: pd.DataFrame) -> np.ndarray:
    """Bill → the position of its row of ``vouchers``, −1 where there is none."""
    found = np.full(len(bills), -1, dtype=np.int64)
    for names in reversed(SPECIFIC):
        filled = [(table[name] != "").to_numpy() == (name in names) for name in KEYS[:2]]
        rows = np.flatnonzero(np.all(filled, axis=0))
        keys = {tuple(table[name].iloc[at] for name in names): int(at) for at in rows}
        own = zip(*(bills[name] for name in names), strict=True) if names else [()] * len(bills)
        at = np.array([keys.get(tuple(key), -1) for key in own], dtype=np.int64)
        found = np.where(at >= 0, at, found)
    return found
