"""The price of greatest profit (84) beside the prices of a plan, which are marginal costs.

A sole seller asks marginal cost over `marginal_revenue`. That ratio has no unit and is held against
every price of a plan. p_X itself is held against those of one workload, where η and A are stated in
its units.
"""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd

from layout.errors import InputError
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.plan import Plan
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.growth.growth_model import steady
from layout.study.growth.production import Parameters

UNIT = "mcny/EFLOPS/year"
KEY = ["workload", "year"]
PRICE = "price_mcny_per_eflops_year"

SERVICE_PRICES = PlanFile(
    "service_prices",
    tuple(KEY),
    (
        Column("workload", TEXT),
        Column("year", INTEGER),
        Column("served_eflops", NUMBER, "EFLOPS"),
        Column(PRICE, NUMBER, UNIT),
        Column("markup", NUMBER),
        Column("profit_price_mcny_per_eflops_year", NUMBER, UNIT),
        Column("model_cost_mcny_per_eflops_year", NUMBER, UNIT, empty=True),
        Column("model_price_mcny_per_eflops_year", NUMBER, UNIT, empty=True),
        Column("plan_over_model", NUMBER, "", empty=True),
    ),
    optional=True,
)


def check_priced(plan: Plan, priced: str | None) -> None:
    """Raise InputError for a workload that the plan's model has not."""
    known = sorted(plan.model["workloads"]["workload"])
    if priced is not None and priced not in known:
        values = {"found": shown(priced), "hint": nearest(priced, known), "table": "workloads"}
        raise InputError([Place("--priced").problem("layout_unknown", **values)])


def service_prices(p: Parameters, plan: Plan, priced: str | None = None) -> pd.DataFrame:
    """Mean price of a plan by workload and year, weighted by what is served, and (84) on it.

    For the workload `priced` η is mcny of compute capital per EFLOPS, A goes with output and
    capital in mcny and services in EFLOPS, and ηw and p_X are then mcny per EFLOPS and year.
    A workload without a price above 0 has no row.
    """
    at = steady(p)
    cost = p.eta * at.w
    table = _means(plan)
    table["markup"] = at.price / cost
    table["profit_price_mcny_per_eflops_year"] = table[PRICE] * at.price / cost
    own = table["workload"] == priced
    table["model_cost_mcny_per_eflops_year"] = np.where(own, cost, nan)
    table["model_price_mcny_per_eflops_year"] = np.where(own, at.price, nan)
    table["plan_over_model"] = np.where(own, table[PRICE] / at.price, nan)
    return table[SERVICE_PRICES.names]


def _means(plan: Plan) -> pd.DataFrame:
    """workload, year, served_eflops and the mean price over the zones that are served."""
    served = plan["service"].groupby(["zone", *KEY], as_index=False)["served_eflops"].sum()
    rows = served.merge(plan["prices"].dropna(subset=[PRICE]), on=["zone", *KEY])
    rows["paid"] = rows["served_eflops"] * rows[PRICE]
    table = rows.groupby(KEY, as_index=False)[["served_eflops", "paid"]].sum()
    table = table[(table["served_eflops"] > 0) & (table["paid"] > 0)].copy()
    table[PRICE] = table["paid"] / table["served_eflops"]
    return table.drop(columns="paid").sort_values(KEY, ignore_index=True)
