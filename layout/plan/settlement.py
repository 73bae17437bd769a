"""Who pays whom for compute that moves: locational prices times what was served (68)(69)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan.ledger import Tables

KEYS = ["buyer", "seller"]


def settlement(tables: Tables, model: PlanningModel) -> list[dict[str, Any]]:
    """Σ price·served by province of the buyer and of the seller, mcny a year.

    A zone pays the price of its own place and workload for all it is served with, from its own
    province too; what a province receives less what it pays adds up to zero over the nation.
    """
    prices = tables["prices"].set_index(["zone", "workload", "year"])["price_mcny_per_eflops_year"]
    frame = tables["service"]
    price = prices.reindex(list(zip(frame["zone"], frame["workload"], frame["year"], strict=True)))
    buyer = model["zones"].set_index("zone")["province"]
    seller = model["sites"].set_index("site")["province"]
    paid = frame["served_eflops"].to_numpy(float) * price.to_numpy(float)
    rows = frame.assign(
        buyer=frame["zone"].map(buyer), seller=frame["site"].map(seller), paid_mcny=paid
    )
    sums = rows.groupby(KEYS, sort=True)["paid_mcny"].sum().reset_index()
    return [
        {"buyer": str(one), "seller": str(other), "paid_mcny": float(paid)}
        for one, other, paid in zip(*(sums[name] for name in (*KEYS, "paid_mcny")), strict=True)
    ]
