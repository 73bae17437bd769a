"""Who pays whom for compute that moves: locational prices times what was served (68)(69)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.model import home
from layout.model.costs import NATIONAL
from layout.model.horizon import horizon
from layout.plan.steps import over_flat

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan.ledger import Mask, Tables

KEYS = ["buyer", "seller"]
TAKERS = ("platform", "exchange")
"""Who takes a share of payments between provinces: `<taker>_fee_share` of ``settlement``."""
SPECK = 1e-9
"""Share of an amount below which a difference is rounding."""


def paid(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """service.csv with the provinces buyer and seller and `paid_mcny`: price × served.

    With ``price_steps`` times what its steps make of the buyer's bill (`over_flat`), so that each
    who serves it gets its part of that bill.
    """
    prices = tables["prices"].set_index(["zone", "workload", "year"])["price_mcny_per_eflops_year"]
    frame = tables["service"]
    price = prices.reindex(list(zip(frame["zone"], frame["workload"], frame["year"], strict=True)))
    buyer = model["zones"].set_index("zone")["province"]
    seller = model["sites"].set_index("site")["province"]
    bill = frame["served_eflops"].to_numpy(float) * price.to_numpy(float)
    if not model["price_steps"].empty:
        bill = bill * over_flat(tables, model)
    return frame.assign(
        buyer=frame["zone"].map(buyer),
        seller=frame["site"].map(seller),
        paid_mcny=bill,
    )


def received(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """`paid` with what each of `TAKERS` keeps and what the site gets, mcny.

    <taker>_fee_mcny = <taker>_fee_share · paid where work leaves the zone's province, else 0;
    received_mcny = paid − all fees.
    """
    flows = paid(tables, model)
    bill = flows["paid_mcny"].to_numpy(float)
    away = np.where(_away(flows, model), bill, 0.0)
    rules = model.settings.settlement.model_dump()
    kept = {f"{taker}_fee_mcny": rules[f"{taker}_fee_share"] * away for taker in TAKERS}
    return flows.assign(**kept, received_mcny=bill - np.sum(list(kept.values()), axis=0))


def _away(service: pd.DataFrame, model: PlanningModel) -> Mask:
    """Which of these flows leave the zone's province."""
    site = pd.Index(model["sites"]["site"]).get_indexer(pd.Index(service["site"]))
    zone = pd.Index(model["zones"]["zone"]).get_indexer(pd.Index(service["zone"]))
    return np.asarray(~home.near_home(model)[site, zone], dtype=bool)


def fees(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """actor, buyer, seller, year, fee_mcny: what is kept of payments between provinces.

    Without a fee there are no rows.
    """
    flows = received(tables, model)
    parts = [
        flows[[*KEYS, "year"]].assign(actor=taker, fee_mcny=flows[f"{taker}_fee_mcny"])
        for taker in TAKERS
    ]
    by = ["actor", *KEYS, "year"]
    sums = pd.concat(parts, ignore_index=True).groupby(by, sort=True)["fee_mcny"].sum()
    return sums[sums != 0].reset_index()


def settlement(tables: Tables, model: PlanningModel) -> list[dict[str, Any]]:
    """Σ price·served by province of the buyer and of the seller, mcny a year.

    A zone pays the price of its own place and workload for all it is served with, from its own
    province too; what a province receives less what it pays adds up to zero over the nation.
    """
    sums = paid(tables, model).groupby(KEYS, sort=True)["paid_mcny"].sum().reset_index()
    return [
        {"buyer": str(one), "seller": str(other), "paid_mcny": float(amount)}
        for one, other, amount in zip(*(sums[name] for name in (*KEYS, "paid_mcny")), strict=True)
    ]


def payments(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """buyer, seller, year, paid_mcny: `settlement` by year."""
    sums = paid(tables, model).groupby([*KEYS, "year"], sort=True)["paid_mcny"].sum()
    return sums.reset_index()


def site_surplus(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """Receipts less cost of every site and year (69), mcny in money of the year.

    Columns site, year, province, receipts_mcny (after fees), cost_mcny, surplus_mcny. Costs of the
    nation (backbone, penalties) are no site's.
    """
    weight = {period.year: period.weight for period in horizon(model.settings)}
    cost = tables["cost"]
    cost = cost[~cost["component"].isin(NATIONAL)]
    annual = cost["mcny"] / cost["year"].map(weight).to_numpy(float)
    keys = ["site", "year"]
    spent = cost.assign(cost_mcny=annual).groupby(keys)["cost_mcny"].sum()
    got = received(tables, model).groupby(keys)["received_mcny"].sum().rename("receipts_mcny")
    table = pd.concat([got, spent], axis=1).fillna(0.0).sort_index().reset_index()
    province = model["sites"].set_index("site")["province"]
    surplus = table["receipts_mcny"] - table["cost_mcny"]
    speck = SPECK * table[["receipts_mcny", "cost_mcny"]].max(axis=1)
    return table.assign(
        province=table["site"].map(province),
        surplus_mcny=surplus.where(surplus.abs() > speck, 0.0),
    )


def positions(tables: Tables, model: PlanningModel) -> pd.DataFrame:
    """Every province's receipts, cost of its sites, payments and net, mcny over all periods.

    Index province; receipts are after fees, and what several periods bring is discounted, as in
    the objective. Net is receipts − cost − payments: with its sign turned, what the province bears
    for its own sites and demand.
    """
    weight = {period.year: period.weight for period in horizon(model.settings)}
    sites, flows = site_surplus(tables, model), paid(tables, model)
    of_site = sites["year"].map(weight).to_numpy(float)
    of_flow = flows["year"].map(weight).to_numpy(float)
    provinces = sorted(set(model["sites"]["province"]) | set(model["zones"]["province"]))
    table = pd.DataFrame(index=pd.Index(provinces, name="province"))
    for name in ("receipts_mcny", "cost_mcny"):
        table[name] = (sites[name] * of_site).groupby(sites["province"]).sum()
    table["payments_mcny"] = (flows["paid_mcny"] * of_flow).groupby(flows["buyer"]).sum()
    table = table.fillna(0.0)
    return table.assign(
        net_mcny=table["receipts_mcny"] - table["cost_mcny"] - table["payments_mcny"]
    )
