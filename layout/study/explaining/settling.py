"""Prices and settlement of a plan: what compute costs where, who pays whom, who is paid for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import InputError
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.plan.compensation import actors, compensation
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.plan.merit import PARTS as RUNNING
from layout.plan.merit import clearing, merit_order
from layout.plan.settlement import fees, payments, positions, site_surplus
from layout.plan.steps import steps
from layout.plan.vouchers import vouchers
from layout.solving.comparison import asked
from layout.solving.counterfactuals import SERVED_ALIKE, figures, is_cheap
from layout.solving.extract import tables_of
from layout.solving.hours import hourly_prices
from layout.solving.marginal import OTHER, PARTS, agrees, price_parts
from layout.solving.optimise import Clock, Solved, optimise
from layout.study.explaining.again import check_tables, settings_of, solved_again
from layout.study.explaining.subsidy import smallest_subsidy
from layout.study.folder import Study

if TYPE_CHECKING:
    from layout.plan import Plan

PRICE = "mcny/(EFLOPS·a)"
HOUR = "CNY/(EFLOPS·h)"
_YEAR = Column("year", INTEGER)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT) for name in names)


def _number(unit: str, *names: str, empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, empty) for name in names)


PRICE_PARTS = PlanFile(
    "price_parts",
    ("zone", "workload", "year"),
    (
        *_text("zone", "workload"),
        _YEAR,
        *_number(PRICE, "price_mcny_per_eflops_year"),
        *_number(PRICE, *(f"{name}_mcny_per_eflops_year" for name in (*PARTS, OTHER)), empty=True),
    ),
)
PAYMENTS = PlanFile(
    "payments",
    ("buyer", "seller", "year"),
    (*_text("buyer", "seller"), _YEAR, *_number("mcny", "paid_mcny")),
)
FEES = PlanFile(
    "fees",
    ("actor", "buyer", "seller", "year"),
    (*_text("actor", "buyer", "seller"), _YEAR, *_number("mcny", "fee_mcny")),
    optional=True,
)
VOUCHERS = PlanFile(
    "vouchers",
    ("province", "workload", "year"),
    (*_text("province", "workload"), _YEAR, *_number("mcny", "bill_mcny", "voucher_mcny")),
    optional=True,
)
STEPS = PlanFile(
    "steps",
    ("zone", "workload", "year", "step"),
    (
        *_text("zone", "workload"),
        _YEAR,
        Column("step", INTEGER),
        *_number("EFLOPS", "from_eflops"),
        *_number("1", "factor"),
        *_number("EFLOPS", "eflops"),
        *_number(PRICE, "price_mcny_per_eflops_year"),
        *_number("mcny", "flat_mcny", "paid_mcny"),
    ),
    optional=True,
)
SURPLUS = PlanFile(
    "site_surplus",
    ("site", "year"),
    (
        *_text("site", "province"),
        _YEAR,
        *_number("mcny", "receipts_mcny", "cost_mcny", "surplus_mcny"),
    ),
)
PROVINCES = PlanFile(
    "province_balance",
    ("province",),
    (
        *_text("province"),
        *_number("mcny", "receipts_mcny", "cost_mcny", "payments_mcny", "net_mcny"),
        *_number("mcny", "alone_mcny", "compensation_mcny", "after_mcny", empty=True),
    ),
)
COMPENSATION = PlanFile(
    "compensation",
    ("payer", "payee"),
    (*_text("payer", "payee"), *_number("mcny", "compensation_mcny")),
)
ACTORS = PlanFile(
    "actors",
    ("actor", "component", "year"),
    (
        *_text("actor"),
        Column("chain", TEXT, later=True),
        *_text("component"),
        _YEAR,
        *_number("mcny", "mcny"),
    ),
)
HOURLY = PlanFile(
    "hourly_prices",
    ("site", "kind", "year", "slice"),
    (
        *_text("site", "kind"),
        _YEAR,
        *_text("slice"),
        *_number("h", "hours"),
        *_number(HOUR, "price_cny_per_eflops_hour"),
    ),
    optional=True,
)
MERIT_ORDER = PlanFile(
    "merit_order",
    ("year", "kind", "rank"),
    (
        _YEAR,
        *_text("kind"),
        Column("rank", INTEGER),
        *_text("unit", "site", "facility"),
        *_number("EFLOPS", "compute_eflops", "usable_eflops", "cumulative_eflops"),
        *_number("EFLOPS", "load_eflops", "merit_eflops"),
        *_number(HOUR, *(f"{name}_cny_per_eflops_hour" for name in (*RUNNING, "running"))),
        *_number("mcny", "running_mcny", "standing_mcny"),
    ),
    optional=True,
)
MERIT_CLEARING = PlanFile(
    "merit_clearing",
    ("kind", "year"),
    (
        *_text("kind"),
        _YEAR,
        *_number("EFLOPS", "compute_eflops", "usable_eflops", "load_eflops"),
        *_text("marginal_unit"),
        *_number(HOUR, "marginal_cny_per_eflops_hour", empty=True),
        *_text("dearest_unit"),
        *_number(HOUR, "dearest_cny_per_eflops_hour", empty=True),
        *_number("mcny", "running_mcny", "merit_mcny"),
    ),
    optional=True,
)
SUBSIDY = PlanFile(
    "subsidy_rates",
    ("rate",),
    (
        *_number("1", "rate"),
        *_number("", "achieved", empty=True),
        *_number("1", "met"),
        *_number("mcny", "subsidy_mcny", "cost_mcny", empty=True),
    ),
    optional=True,
)
SETTLEMENT = (
    PRICE_PARTS,
    PAYMENTS,
    STEPS,
    FEES,
    VOUCHERS,
    SURPLUS,
    PROVINCES,
    COMPENSATION,
    ACTORS,
    MERIT_ORDER,
    MERIT_CLEARING,
    HOURLY,
    SUBSIDY,
)
"""The tables of the study; those that an older study may lack are optional."""


def settle(plan: Plan, *, subsidy: str | None = None) -> Study:
    """Prices and their parts, payments, surplus, compensation, actors, and the merit order.

    Works from the plan and its model alone: the model is solved again for the parts of prices and
    hourly prices, and once more with nothing moving between regions for what every province would
    have alone. `subsidy` names a target for which the smallest subsidy is found. Raises
    FileProblem for a plan without tables or prices, InputError for an unknown target.
    """
    check_tables(plan)
    if plan.tables["prices"]["price_mcny_per_eflops_year"].isna().any():
        from layout.errors import FileProblem

        raise FileProblem("settle.error.no_prices", path=str(plan.folder or plan.model.name))
    if subsidy is not None:
        check_target(plan, subsidy, "--subsidy")
    found = solved_again(plan)
    solved = None if found is None else found[0]
    tables = {
        "payments": payments(plan.tables, plan.model),
        "steps": steps(plan.tables, plan.model),
        "fees": fees(plan.tables, plan.model),
        "vouchers": vouchers(plan.tables, plan.model),
        "site_surplus": site_surplus(plan.tables, plan.model),
        "actors": actors(plan.tables, plan.model),
        "merit_order": merit_order(plan.tables, plan.model),
    }
    tables["merit_clearing"] = clearing(tables["merit_order"])
    tables["price_parts"], told = _parts(plan, found)
    hourly = None if solved is None else hourly_prices(solved.formulation)
    if hourly is not None:
        tables["hourly_prices"] = hourly
    tables["province_balance"], tables["compensation"], shared = _shared(plan, solved)
    record = {
        "study": "settle",
        "model": plan.record.get("model", plan.model.name),
        "title": plan.model.settings.title.model_dump(),
        "status": plan.status,
        "objective_mcny": plan.record["objective_mcny"],
        "bound_mcny": plan.record["bound_mcny"],
        "found_again": solved is not None,
        "prices_in_parts": told,
        "compensation": shared,
        "manifest": plan.record.get("manifest"),
    }
    if subsidy is not None:
        answer = smallest_subsidy(plan.model, subsidy, settings_of(plan))
        tables["subsidy_rates"] = pd.DataFrame([asdict(rate) for rate in answer.rates])
        least = None if answer.least is None else asdict(answer.least)
        record["subsidy"] = {"target": answer.target, "scope": answer.scope, "least": least}
    typed = {file.name: file.frame(tables[file.name]) for file in SETTLEMENT if file.name in tables}
    return Study(record, SETTLEMENT, typed)


def check_target(plan: Plan, name: str, place: str) -> None:
    """Refuse a target that the model has not. Raises InputError with the nearest one."""
    known = [target.id for target in plan.model.settings.targets]
    if name not in known:
        values = {"name": shown(name), "hint": nearest(name, known)}
        raise InputError([Place(place).problem("explain_target", None, **values)])


def _parts(plan: Plan, found: Any) -> tuple[pd.DataFrame, bool]:
    """The prices with their parts; without parts where those of the plan cannot be told."""
    prices = plan.tables["prices"]
    parts = None if found is None else price_parts(*found)
    if parts is not None and agrees(parts, prices):
        return prices.merge(parts, on=["zone", "workload", "year"]), True
    empty = {f"{name}_mcny_per_eflops_year": np.nan for name in (*PARTS, OTHER)}
    return prices.assign(**empty), False


def _shared(plan: Plan, solved: Solved | None) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Balance of every province, the payments of (70), and what came of asking for them."""
    balance = positions(plan.tables, plan.model)
    unknown = {"alone_mcny": np.nan, "compensation_mcny": np.nan, "after_mcny": np.nan}
    none = COMPENSATION.frame()
    alone, said = _alone(plan, solved)
    if alone is None:
        return balance.assign(**unknown).reset_index(), none, said
    net = balance["net_mcny"].to_numpy(float)
    apart = alone["net_mcny"].reindex(balance.index, fill_value=0.0).to_numpy(float)
    said["gain_mcny"] = float((net - apart).sum())
    flows = compensation(net, apart)
    balance = balance.assign(alone_mcny=apart)
    if flows is None:
        unknown.pop("alone_mcny")
        return balance.assign(**unknown).reset_index(), none, {**said, "status": "impossible"}
    received = flows.sum(axis=0) - flows.sum(axis=1)
    balance = balance.assign(compensation_mcny=received, after_mcny=net + received)
    names = balance.index.to_numpy(dtype=object)
    payer, payee = np.nonzero(flows)
    pairs = pd.DataFrame(
        {
            "payer": names[payer],
            "payee": names[payee],
            "compensation_mcny": flows[payer, payee],
        }
    )
    total = float(flows.sum())
    status = "paid" if total > 0 else "not_needed"
    return balance.reset_index(), pairs, {**said, "status": status, "total_mcny": total}


def _alone(plan: Plan, solved: Solved | None) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Every province's position when nothing moves between regions; why not where there is none."""
    model = plan.model
    if model.settings.mode != "cross" or model["sites"]["region"].nunique() < 2:
        return None, {"status": "not_asked", "reason": "one_region"}
    if solved is None or not is_cheap(solved):
        return None, {"status": "not_asked", "reason": "not_found_again"}
    other = optimise(asked(model, mode="local"), settings_of(plan), Clock(None), watch=False)
    if other.outcome.x is None:
        return None, {"status": "not_asked", "reason": other.outcome.status}
    ours, theirs = figures(solved), figures(other)
    left = theirs["unserved_eflops_fp32"] - ours["unserved_eflops_fp32"]
    if abs(left) > SERVED_ALIKE:
        return None, {"status": "not_asked", "reason": "unserved"}
    tables = tables_of(other.formulation)
    if tables["prices"]["price_mcny_per_eflops_year"].isna().any():
        return None, {"status": "not_asked", "reason": "no_prices"}
    said = {"alone_mcny": theirs["objective_mcny"], "alone_bound_mcny": theirs["bound_mcny"]}
    return positions(tables, model), said
