"""Steps of price by volume: what a buyer pays for compute, block by block (R148)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan.ledger import Floats, Tables

BUYER = ["zone", "workload", "year"]
PRICE = "price_mcny_per_eflops_year"


def steps(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """What every buyer (zone, workload, year) buys and pays in every block, mcny a year.

    Of q EFLOPS at the price p of its place, block k has q_k = max(0, min(q, from_k+1) − from_k):

        flat_k = p · q_k        paid_k = λ · factor_k · p · q_k
        λ = Σ p · q / Σ p · Σ_k factor_k · q_k,   both over all buyers of the workload and year

    so that together they pay what they would without steps; who has no price above 0 is billed
    without them and is not in these sums. With `settlement.steps_keep_revenue` false λ is 1. Rows
    of ``price_steps`` for the workload beat those for all workloads; who buys what has no steps is
    not in the table.
    """
    rows = _blocks(tables, model)
    price = rows["flat"] * rows["times"]
    return rows.assign(
        flat_mcny=rows["flat"] * rows["eflops"],
        **{PRICE: price},
        paid_mcny=price * rows["eflops"],
    )[[*BUYER, "step", "from_eflops", "factor", "eflops", PRICE, "flat_mcny", "paid_mcny"]]


def over_flat(tables: Tables, model: PlanningModel) -> Floats:
    """What the buyer of each row of `service` pays over what it would without steps.

    The mean of λ·factor over its blocks, whoever serves it; 1 where there are no steps.
    """
    rows = _blocks(tables, model)
    sums = rows.assign(times=rows["times"] * rows["eflops"]).groupby(BUYER)
    mean = sums["times"].sum() / sums["eflops"].sum()
    keys = pd.MultiIndex.from_frame(tables["service"][BUYER])
    return mean.reindex(keys).fillna(1.0).to_numpy(dtype=float)


def _blocks(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """Buyer, step, eflops; `flat`, the price without steps, and `times` that it is paid."""
    table = _tariffs(model["price_steps"])
    bought = tables["service"].groupby(BUYER, sort=True)["served_eflops"].sum()
    flat = tables["prices"].set_index(BUYER)[PRICE].reindex(bought.index)
    buyers = pd.DataFrame({"bought": bought, "flat": flat}).reset_index()
    own = buyers["workload"].isin(set(table["tariff"]))
    rows = buyers.assign(tariff=buyers["workload"].where(own, "")).merge(table, on="tariff")
    eflops = np.minimum(rows["bought"], rows["until"]) - rows["from_eflops"]
    rows = rows.assign(eflops=eflops)[eflops > 0].reset_index(drop=True)
    keep = model.settings.settlement.steps_keep_revenue
    times = rows["factor"] * (_scale(rows) if keep else 1.0)
    return rows.assign(times=np.where(rows["flat"] > 0, times, 1.0))


def _scale(rows: pd.DataFrame) -> Floats:
    """λ of each block, over the buyers at a price above 0; 1 where there are none."""
    flat = (rows["flat"] * rows["eflops"]).clip(lower=0.0)
    both = rows.assign(flat=flat, stepped=flat * rows["factor"])
    sums = both.groupby(["workload", "year"])[["flat", "stepped"]].transform("sum")
    paid = ((sums["flat"] > 0) & (sums["stepped"] > 0)).to_numpy()
    return np.divide(sums["flat"], sums["stepped"], out=np.ones(len(rows)), where=paid)


def _tariffs(table: pd.DataFrame) -> pd.DataFrame:
    """``price_steps`` with the number of each step and where it ends; tariff '' is for all."""
    table = table.rename(columns={"workload": "tariff"})
    starts = table.groupby("tariff")["from_eflops"]  # rows stand in the order of their key
    until = starts.shift(-1).fillna(np.inf)
    table = table.assign(step=starts.cumcount() + 1, until=until)
    return table[["tariff", "step", "from_eflops", "until", "factor"]]
