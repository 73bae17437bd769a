"""Who serves a zone, at what price and delay, and why not the next best site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layout.formulation.case import Case, case_of
from layout.model import derive
from layout.study.explaining.explaining_site import GROWTH
from layout.study.explaining.unit_costs import NEAR, UnitCosts, unit_costs

if TYPE_CHECKING:
    from layout.plan import Plan

FULL = 1e-6
"""Share of a site's limit by which it may be short of full."""
ADDED = ["filled_eflops", "expanded_eflops", "built_eflops"]


def explain_zone(plan: Plan, zone: str) -> dict[str, Any]:
    """Zone, year (the last), workloads: price, servers with delays, limit, next best site."""
    model = plan.model
    year = model.settings.periods[-1]
    case = case_of(model, year)
    demand = derive.demand(model)
    rows = demand[(demand["zone"] == zone) & (demand["year"] == year)]
    rows = rows[rows["demand_eflops"] > 0].sort_values("workload")
    works = [
        _work(plan, case, zone, str(work), float(amount))
        for work, amount in zip(rows["workload"], rows["demand_eflops"], strict=True)
    ]
    return {"zone": zone, "year": year, "workloads": works}


def _work(plan: Plan, case: Case, zone: str, workload: str, demand: float) -> dict[str, Any]:
    """One workload of the zone."""
    year = case.year
    key = {"zone": zone, "workload": workload, "year": year}
    served, prices = (_rows(plan, name, key) for name in ("service", "prices"))
    served = served.sort_values(["served_eflops", "site"], ascending=[False, True])
    limits = case.workload_table["latency_ms"].to_numpy(float)
    limit = float(limits[case.workloads.index(workload)])
    price = prices["price_mcny_per_eflops_year"]
    found: dict[str, Any] = {
        "workload": workload,
        "demand_eflops": demand,
        "price_mcny_per_eflops_year": float(price.iloc[0]) if len(price) else None,
        "limit_ms": limit if np.isfinite(limit) else None,
        "edge": bool(limit < _factor(plan) * plan.model.settings.latency.fixed_ms),
        "latency_basis": plan.model.settings.latency.basis,
        "served": [
            {
                "site": str(one["site"]),
                "served_eflops": float(one["served_eflops"]),
                "latency_one_way_ms": float(one["latency_one_way_ms"]),
                "latency_rtt_ms": float(one["latency_rtt_ms"]),
            }
            for one in served.to_dict("records")
        ],
        "next": None,
        "out_of_reach": None,
    }
    if found["served"]:
        _compare(plan, case, zone, workload, found)
    return found


def _factor(plan: Plan) -> float:
    """One-way delays in a delay of the model's basis."""
    return 2.0 if plan.model.settings.latency.basis == "rtt" else 1.0


def _rows(plan: Plan, table: str, key: dict[str, Any]) -> Any:
    frame = plan.tables[table]
    for name, value in key.items():
        frame = frame[frame[name] == value]
    return frame


def _compare(plan: Plan, case: Case, zone: str, workload: str, found: dict[str, Any]) -> None:
    """The next best admissible site, and a cheaper one that is out of reach."""
    costs = unit_costs(case, workload)
    at = case.zones.index(zone)
    total = costs.total[:, at]
    allowed = derive.admissible(plan.model)[workload][:, at]
    serving = [case.sites.index(one["site"]) for one in found["served"]]
    others = np.setdiff1d(np.flatnonzero(allowed & np.isfinite(total)), serving)
    every = np.arange(len(case.sites))
    number = case.workloads.index(workload)
    delays = case.one_way_ms(every, np.full(len(every), at), np.full(len(every), number))
    best = None
    if len(others):
        best = int(others[np.argmin(total[others])])
        found["next"] = {
            "site": case.sites[best],
            "latency_one_way_ms": float(delays[best]),
            "latency_rtt_ms": float(2 * delays[best]),
            "against": found["served"][0]["site"],
            **_difference(costs, best, serving[0], at),
            "why": _why(plan, case, costs, best, serving[0], at, workload),
        }
    reference = min((total[one] for one in (*serving, best) if one is not None), default=np.nan)
    kinds = derive.site_kinds(plan.model)
    runs = {case.kinds[kind] for kind in case.hosting.of(case.workloads.index(workload))[0]}
    able = np.array([not runs.isdisjoint(kinds[site]) for site in case.sites])
    late = able & ~allowed & np.isfinite(total)
    if found["limit_ms"] is not None:
        late &= _factor(plan) * delays > found["limit_ms"]
        if late.any():
            far = int(np.flatnonzero(late)[np.argmin(total[late])])
            if total[far] < reference:
                found["out_of_reach"] = {
                    "site": case.sites[far],
                    "latency_one_way_ms": float(delays[far]),
                    "latency_rtt_ms": float(2 * delays[far]),
                    "cheaper_mcny": float(reference - total[far]),
                }


def _difference(costs: UnitCosts, one: int, other: int, zone: int) -> dict[str, Any]:
    """New halls at one site less new halls at another, mcny per EFLOPS and year, by part."""
    parts = {
        name: float(costs.parts[name][one, zone] - costs.parts[name][other, zone]) for name in NEAR
    }
    if not all(np.isfinite(value) for value in parts.values()):
        return {"difference_mcny": None, "parts": None}
    return {"difference_mcny": float(sum(parts.values())), "parts": parts}


def _why(
    plan: Plan, case: Case, costs: UnitCosts, site: int, serving: int, zone: int, workload: str
) -> str:
    """Why the next best site is not the one: stands, fills, dearer, full, limit or whole."""
    capacity = plan.tables["capacity"]
    kinds = {case.kinds[kind] for kind in case.hosting.of(case.workloads.index(workload))[0]}
    here = capacity[
        (capacity["site"] == case.sites[serving])
        & (capacity["year"] == case.year)
        & capacity["kind"].isin(kinds)
    ]
    if here[ADDED].to_numpy(float).sum() <= 0:
        return "stands"
    if here[["expanded_eflops", "built_eflops"]].to_numpy(float).sum() <= 0:
        return "fills"
    difference = costs.total[site, zone] - costs.total[serving, zone]
    if not np.isfinite(difference) or difference > 0:
        return "dearer"
    own = capacity[(capacity["site"] == case.sites[site]) & (capacity["year"] == case.year)]
    limit = float(case.site_values("max_it_mw")[site])
    if own["facility_it_mw"].sum() >= limit * (1 - FULL):
        return "full"
    limits = plan.record.get("binding") or []
    binding = {one["place"] for one in limits if one["limit"] in GROWTH}
    row = case.site_table.iloc[site]
    if binding & ({case.sites[site], str(row["province"]), str(row["tariff_zone"])} - {""}):
        return "limit"
    return "whole"
