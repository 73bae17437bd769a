"""Payments that leave no province worse off than alone (70), and what every actor receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.model.horizon import horizon
from layout.plan.ledger import Floats
from layout.plan.settlement import SPECK, fees, paid
from layout.plan.vouchers import vouchers

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan.ledger import Tables

ACTORS = {
    "facility_capital": "builders",
    "site_fixed": "builders",
    "it_capital": "makers",
    "storage": "makers",
    "facility_om": "operators",
    "it_om": "operators",
    "grid_energy": "power",
    "capacity_charge": "power",
    "backup_energy": "power",
    "backup_capital": "builders",
    "renewable_energy": "power",
    "battery": "power",
    "cold_storage": "power",
    "certificates": "certificates",
    "network": "network",
    "backbone": "network",
    "moving": "network",
    "water": "water",
    "heat": "heat",
    "subsidy": "state",
    "carbon": "state",
}
"""Component of the cost → who receives it (R172); penalties are nobody's income."""

CHAIN = {
    "makers": "upstream",
    "builders": "upstream",
    "power": "upstream",
    "certificates": "upstream",
    "water": "upstream",
    "operators": "midstream",
    "network": "midstream",
    "platform": "midstream",
    "exchange": "midstream",
    "users": "downstream",
    "heat": "downstream",
    "state": "outside",
}
"""Actor → where it stands in the chain (R173).

Upstream sells what compute is made of, midstream makes and carries the service, downstream uses
it or what comes of it; the state stands outside.
"""


def compensation(net: Floats, alone: Floats) -> Floats | None:
    """The least payments t[r, r'] ≥ 0, mcny, with which every province ends at `alone` or above.

    min Σ t  with  net_r + Σ_r' (t[r', r] − t[r, r']) ≥ alone_r  (70). What one pays another
    receives, so that payments sum to zero. None where all provinces together have less than they
    would have alone: then no payments can do it.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    count = len(net)
    size = max(1.0, float(np.abs(net).max(initial=0.0)), float(np.abs(alone).max(initial=0.0)))
    if float((net - alone).sum()) < -SPECK * size:
        return None
    payer, payee = np.nonzero(~np.eye(count, dtype=bool))
    found = np.zeros((count, count))
    if not len(payer) or (net >= alone).all():
        return found
    each = np.arange(len(payer))
    rows = coo_array(
        (
            np.concatenate([np.ones(len(each)), -np.ones(len(each))]),
            (np.concatenate([payer, payee]), np.concatenate([each, each])),
        ),
        shape=(count, len(each)),
    )
    slack = np.maximum(0.0, (alone - net).sum())
    result = linprog(
        np.ones(len(each)), A_ub=rows.tocsr(), b_ub=net - alone + slack, method="highs"
    )
    if result.x is None:
        return None
    found[payer, payee] = np.where(result.x > SPECK * size, result.x, 0.0)
    return found


def actors(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """actor, chain, component, year, mcny: what each receives (paid: below zero) in the year.

    Users pay price × served, of which platform and exchange keep their fees; what operators have
    left is their surplus, so that all adds up to zero in every year. Penalties are no payments;
    what vouchers pay of the bills goes from the state to the users.
    """
    weight = {period.year: period.weight for period in horizon(model.settings)}
    cost = tables["cost"][tables["cost"]["component"].isin(ACTORS)]
    annual = cost["mcny"] / cost["year"].map(weight).to_numpy(float)
    sums = cost.assign(mcny=annual).groupby(["component", "year"])["mcny"].sum().reset_index()
    sums.insert(0, "actor", sums["component"].map(ACTORS))
    kept = fees(tables, model).groupby(["actor", "year"])["fee_mcny"].sum().rename("mcny")
    taken = kept.reset_index()
    taken["component"] = taken["actor"] + "_fee"
    rows: list[dict[Any, Any]] = sums.to_dict("records") + taken.to_dict("records")
    bills = paid(tables, model).groupby("year")["paid_mcny"].sum()
    for period in horizon(model.settings):
        bill = float(bills.get(period.year, 0.0))
        spent = sum(row["mcny"] for row in rows if row["year"] == period.year)
        rows.append({"actor": "users", "component": "compute", "year": period.year, "mcny": -bill})
        rows.append(
            {
                "actor": "operators",
                "component": "surplus",
                "year": period.year,
                "mcny": bill - spent,
            }
        )
    given = vouchers(tables, model).groupby("year")["voucher_mcny"].sum()
    for year, mcny in given[given > 0].items():
        row = {"component": "voucher", "year": year}
        rows += [
            {"actor": "users", **row, "mcny": float(mcny)},
            {"actor": "state", **row, "mcny": -float(mcny)},
        ]
    table = pd.DataFrame(rows, columns=["actor", "component", "year", "mcny"])
    table.insert(1, "chain", table["actor"].map(CHAIN))
    return table.sort_values(["actor", "component", "year"]).reset_index(drop=True)
