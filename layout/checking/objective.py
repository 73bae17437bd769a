"""What the plan says it reached: objectives, limits and steps of plan.json; mode `trade`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from layout.checking.case import Case, keys
from layout.checking.findings import ROW
from layout.model.horizon import horizon
from layout.model.schema import Epsilon, Weighted, leading
from layout.plan.measures import readings

FILE = "plan.json"
NEAR_ZERO = 1e-6  # of a normalised shortfall: what the solver may leave of it
KEPT_SLACK = 1e-6
REACHED = {"cost": "cost", "carbon": "carbon with penalties"}
"""Name of a step → what of `values` it minimised."""


def check_objective(years: Sequence[Case]) -> None:
    """The objective's value, the limit it was minimised within, and every step's proof."""
    record = years[-1].plan.record
    _foresight(years)
    if record.get("objective_value") is not None:
        _value(years)
    _limits(years)
    _steps(years)


def _at(keys: Sequence[str]) -> tuple[str, pd.DataFrame]:
    return FILE, pd.DataFrame({"key": list(keys)})


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def values(years: Sequence[Case]) -> dict[str, float]:
    """Cost (weighted, mcny), carbon (kt) and its sum with penalties, over all periods."""
    cost = pd.concat([case.table("cost") for case in years])
    length = {period.year: period.years for period in horizon(years[-1].plan.model.settings)}
    carbon = sum(
        length[case.year] * float(case.table("energy")["carbon_kt"].sum()) for case in years
    )
    penalty = float(cost["mcny"][cost["component"] == "penalty"].sum())
    return {
        "cost": float(cost["mcny"].sum()),
        "carbon": carbon,
        "carbon with penalties": carbon + penalty,
    }


def delivered(years: Sequence[Case]) -> float:
    """Compute in use, EFLOPS FP32 (native where a kind lacks its ratio), years counted."""
    kinds = years[-1].plan.model["kinds"].set_index("kind")["fp32_per_native"]
    weight = kinds if kinds.notna().all() else pd.Series(1.0, kinds.index)
    length = {period.year: period.years for period in horizon(years[-1].plan.model.settings)}
    return sum(
        length[case.year]
        * float((case.service["served_eflops"] * case.service["kind"].map(weight)).sum())
        for case in years
    )


def _value(years: Sequence[Case]) -> None:
    """`objective_value` is what the tables give."""
    case = years[-1]
    record, objective = case.plan.record, case.plan.model.settings.objective
    found, known = _number(record["objective_value"]), values(years)
    first, size = objective[0], None
    name = leading(objective)
    if isinstance(first, Weighted):
        wanted, size = _weighted(record, known)
    elif isinstance(first, Epsilon):
        other = "carbon" if name == "cost" else "cost"
        factor = _number((record.get("trade_off") or {}).get("factor"))
        wanted = known[name] + factor * known[other]
    elif name == "carbon":
        wanted = known["carbon with penalties"]
    elif name == "compute_per_carbon":
        used = delivered(years)
        wanted = known["carbon"] / used if used > 0 else np.nan
    elif name == "goals":
        wanted, size = _goals(years), 1.0
        if not record.get("goals"):
            wanted = found  # no soft target: the next objective came first
    else:
        wanted = known["cost"]
    case.findings.equal("objective_value", _at(["objective_value"]), found, wanted, size=size)


def _weighted(record: dict[str, Any], known: dict[str, float]) -> tuple[float, float]:
    """Σ weight·objective / range by the ranges of the record, and its size."""
    traded = record.get("trade_off") or {}
    ranges = traded.get("range") or {}
    parts = [
        _number(weight) * known[name] / _number(ranges.get(name))
        for name, weight in (traded.get("weights") or {}).items()
    ]
    return sum(parts), sum(abs(part) for part in parts)


def _goals(years: Sequence[Case]) -> float:
    """Shortfalls of the tables over the scales of the record; each as stated, the first's sum."""
    case = years[-1]
    stated = case.plan.record.get("goals") or []
    real = {
        (reading.target.id, reading.year): reading.shortfall
        for reading in readings(case.plan.tables, case.plan.model)
    }
    total = 0.0
    for number, group in enumerate(stated):
        rows = group["targets"]
        scale = np.array([_number(row["scale"]) for row in rows])
        measured = np.array([real.get((row["id"], row["year"]), np.nan) for row in rows])
        found = np.array([_number(row["shortfall"]) for row in rows]) / scale
        place = _at([f"goals.{row['id']}" for row in rows])
        least = np.maximum(1.0, np.abs(measured / scale))
        case.findings.equal("goal_shortfall", place, found, measured / scale, size=least)
        positive = scale > 0
        case.findings.true("goal_shortfall", place, positive, scale, "> 0")
        if number == 0:
            total = float((measured / scale).sum())
    return 0.0 if total < NEAR_ZERO else total


def _limits(years: Sequence[Case]) -> None:
    """The limited objective stays within its limit, and a given limit is the one that was used."""
    case = years[-1]
    first = case.plan.model.settings.objective[0]
    if not isinstance(first, Epsilon):
        return
    traded = case.plan.record.get("trade_off") or {}
    limits = traded.get("limit") or {}
    known = values(years)
    own = known[first.epsilon.minimise]
    place = _at(["trade_off.value"])
    case.findings.equal("objective_value", place, _number(traded.get("value")), own)
    case.findings.at_most("bound", _at(["trade_off.bound"]), _number(traded.get("bound")), own)
    for name in ("cost", "carbon"):
        given = getattr(first.epsilon, name)
        if given is None:
            continue
        limit = _number(limits.get(name))
        place = _at([f"trade_off.limit.{name}"])
        case.findings.at_most("objective_limit", place, known[name], limit)
        if not isinstance(given, str):
            case.findings.equal("objective_limit", place, limit, float(given))


def _steps(years: Sequence[Case]) -> None:
    """No step's bound is above its value; what a step kept, the plan keeps."""
    case = years[-1]
    steps = case.plan.record.get("steps") or []
    proved = [step for step in steps if _known(step, "value") and _known(step, "bound")]
    place = _at([f"steps.{step['step']}" for step in proved])
    found = np.array([_number(step["value"]) for step in proved])
    bound = np.array([_number(step["bound"]) for step in proved])
    case.findings.at_most("bound", place, bound, found, size=np.maximum(1.0, np.abs(found)))
    if case.plan.status == "optimal":
        good = [step["status"] == "optimal" for step in steps]
        shown = [str(step["status"]) for step in steps]
        place = _at([f"steps.{step['step']}" for step in steps])
        case.findings.true("step_status", place, good, shown, "optimal")
    kept = [step for step in steps if _known(step, "kept_at") and step["step"] in REACHED]
    place = _at([f"steps.{step['step']}" for step in kept])
    limit = np.array([_number(step["kept_at"]) for step in kept])
    now = np.array([_reached(years, step["step"], step.get("period")) for step in kept])
    case.findings.at_most("step_kept", place, now, limit, least=ROW)


def _reached(years: Sequence[Case], name: str, period: int | None = None) -> float:
    """Cost, or carbon with penalties: of a period, or of all of them."""
    of = [case for case in years if period is None or case.year == period]
    return values(of)[REACHED[name]] if of else np.nan


def _foresight(years: Sequence[Case]) -> None:
    """The plan looked as far ahead as was asked.

    With myopic foresight every period has its own steps, costs (or emits) no less than the bound
    of its first one, and the bound of the whole is no more than the sum of these.
    """
    case = years[-1]
    record, asked = case.plan.record, case.plan.model.settings.foresight
    stated = record.get("foresight", "perfect")
    case.findings.true("foresight", _at(["foresight"]), [stated == asked], [str(stated)], asked)
    if asked == "perfect" or len(years) == 1:
        return
    first: dict[Any, dict[str, Any]] = {}
    for step in record.get("steps") or []:
        first.setdefault(step.get("period"), step)
    good = [case.year in first for case in years]
    place = _at([f"steps.{case.year}" for case in years])
    case.findings.true("foresight", place, good, "–", [str(case.year) for case in years])
    if not all(good) or record.get("bound_value") is None:
        return
    bounds = np.array([_number(first[case.year].get("bound")) for case in years])
    name = leading(case.plan.model.settings.objective)
    reached = np.array([_reached(years, name, case.year) for case in years])
    size = np.maximum(1.0, np.abs(reached))
    case.findings.at_most("bound", place, bounds, reached, size=size)
    bound = _number(record["bound_value"])
    case.findings.at_most("bound", _at(["bound_value"]), bound, bounds.sum(), size=size.sum())


def _known(step: dict[str, Any], key: str) -> bool:
    return isinstance(step.get(key), int | float)


def check_trade(case: Case) -> None:
    """In mode `trade` nothing is added, retired or built; payments are price × service (69)."""
    if case.plan.model.settings.mode != "trade":
        return
    units = case.units
    place = keys("units", units)
    still = np.zeros(len(units))
    case.findings.equal("trade_fixed", place, units["added"], still, size=1.0)
    gone = units["retired_eflops"] + units["retrofitted_eflops"].abs()
    case.findings.equal("trade_fixed", place, gone, still, size=1.0)
    stock = units["origin"].to_numpy(object)
    case.findings.true("trade_fixed", place, stock == "stock", stock, "stock")


def _billed(case: Case, priced: pd.DataFrame) -> pd.Series:
    """What is paid for every flow: its part of the buyer's bill, which goes up step by step."""
    flat = priced["served_eflops"] * priced["price_mcny_per_eflops_year"]
    tariffs: dict[str, list[tuple[float, float]]] = {}
    for row in case.plan.model["price_steps"].to_dict("records"):
        tariffs.setdefault(row["workload"], []).append((row["from_eflops"], row["factor"]))
    if not tariffs:
        return flat
    bought = priced.groupby(["zone", "workload", "year"])["served_eflops"].transform("sum")
    stepped = flat * [
        _mean_factor(sorted(tariffs.get(work, tariffs.get("", []))), float(amount))
        for work, amount in zip(priced["workload"], bought, strict=True)
    ]
    charged = priced["price_mcny_per_eflops_year"] > 0  # all others are billed without steps
    if case.plan.model.settings.settlement.steps_keep_revenue:
        of_class = [priced["workload"], priced["year"]]
        sums = [
            one.where(charged, 0.0).groupby(of_class).transform("sum") for one in (flat, stepped)
        ]
        stepped = stepped * (sums[0] / sums[1]).where(sums[1] > 0, 1.0)
    return stepped.where(charged, flat)


def _mean_factor(steps: list[tuple[float, float]], bought: float) -> float:
    """The mean over `bought` EFLOPS of the factors of the steps in which they are bought."""
    if not steps or bought <= 0:
        return 1.0
    spent, below = 0.0, bought
    for start, factor in reversed(steps):  # from the last EFLOPS down
        spent += factor * max(0.0, below - start)
        below = min(below, start)
    return spent / bought


def check_settlement(years: Sequence[Case]) -> None:
    """What every province pays every other is Σ price·served, by steps of price if any."""
    case = years[-1]
    if case.plan.model.settings.mode != "trade":
        return
    stated = case.plan.record.get("settlement") or []
    buyer = case.facts.words("zones", "province", case.plan.tables["service"]["zone"])
    seller = case.facts.words("sites", "province", case.plan.tables["service"]["site"])
    priced = case.plan.tables["service"].merge(
        case.plan.tables["prices"], on=["zone", "workload", "year"], how="left"
    )
    paid = _billed(case, priced)
    rows = pd.DataFrame({"buyer": buyer, "seller": seller, "paid": paid.to_numpy(dtype=float)})
    sums = rows.groupby(["buyer", "seller"])["paid"].sum().reset_index()
    columns = (sums[name].tolist() for name in ("buyer", "seller", "paid"))
    total = {(str(one), str(other)): amount for one, other, amount in zip(*columns, strict=True)}
    found = {(row["buyer"], row["seller"]): _number(row["paid_mcny"]) for row in stated}
    pairs = sorted(set(total) | set(found))
    place = _at([f"settlement.{one}.{other}" for one, other in pairs])
    left = [found.get(pair, np.nan) for pair in pairs]
    right = [total.get(pair, 0.0) for pair in pairs]
    case.findings.equal("settlement", place, left, right, least=ROW)
