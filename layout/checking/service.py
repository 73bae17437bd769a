"""Who serves whom: demand, delay, residency, roles, kinds, single sources, remote share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.facts import members
from layout.checking.findings import ROW, numbers
from layout.checking.hardware import hosted_at
from layout.once import once

LIMIT_SLACK_MS = 1e-9


def check_service(case: Case) -> None:
    """Every condition on ``service`` and ``unserved``."""
    _balance(case)
    _unserved(case)
    _delays(case)
    _permitted(case)
    _single_source(case)
    _remote(case)


@once
def _wanted(case: Case) -> pd.Series:
    """Demand by (zone, workload)."""
    return case.facts.demand.set_index(["zone", "workload"])["eflops"]


def _balance(case: Case) -> None:
    """Σ served + unserved = demand; nothing for a zone and workload without demand."""
    wanted = _wanted(case)
    served = case.service.groupby(["zone", "workload"])["served_eflops"].sum()
    unserved = case.table("unserved").groupby(["zone", "workload"])["unserved_eflops"].sum()
    both = served.add(unserved, fill_value=0.0)
    index = wanted.index.union(both.index)
    found = both.reindex(index, fill_value=0.0)
    expected = wanted.reindex(index, fill_value=0.0)
    place = keyed("service.csv", index)
    case.findings.equal("demand_balance", place, found, expected, least=ROW)


def _unserved(case: Case) -> None:
    """Demand may stay unserved only where the model puts a price on it."""
    frame = case.table("unserved")
    frame = frame[np.isnan(case.unserved_price(frame["workload"]))].reset_index(drop=True)
    place = keys("unserved", frame)
    case.findings.at_most("unserved_forbidden", place, frame["unserved_eflops"], 0.0)


def _delays(case: Case) -> None:
    """Both delays are what coordinates or the measured link give."""
    frame = case.service
    place = keys("service", frame)
    expected = frame["one_way_ms"]
    case.findings.equal("latency_figure", place, frame["latency_one_way_ms"], expected)
    case.findings.equal("latency_figure", place, frame["latency_rtt_ms"], 2 * expected)


def _permitted(case: Case) -> None:
    """Every row keeps the limits of its workload, its site and the mode."""
    frame, facts = case.service, case.facts
    settings = case.plan.model.settings
    place = keys("service", frame)
    limit = facts.numbers("workloads", "latency_ms", frame["workload"])
    factor = 2.0 if settings.latency.basis == "rtt" else 1.0
    delay = factor * frame["one_way_ms"].to_numpy(dtype=float)
    in_time = delay <= limit + LIMIT_SLACK_MS
    edge = limit < factor * settings.latency.fixed_ms
    own = frame["own"].to_numpy(dtype=bool)
    in_time = np.where(edge, own | (in_time & frame["measured"].to_numpy(dtype=bool)), in_time)
    in_time |= np.isnan(limit)
    shown, most = numbers("", delay), numbers("≤ ", limit)
    case.findings.true("latency_limit", place, in_time, shown, most)

    hosted = hosted_at(facts, frame)
    case.findings.true("kind_at_site", place, hosted, frame["kind"].to_numpy(dtype=object))
    residency = facts.words("workloads", "residency", frame["workload"])
    near = frame["near"].to_numpy(dtype=bool)
    region = frame["same_region"].to_numpy(dtype=bool)
    stays = ((residency != "province") | near) & ((residency != "region") | region)
    case.findings.true("residency", place, stays, frame["site"].to_numpy(object), residency)
    hosts = ["; ".join(members(cell)) for cell in facts.model["roles"]["hosts"]]
    allowed = np.array([*hosts, ""], dtype=object)[facts.roles(frame)]
    places = facts.words("sites", "region", frame["site"])
    case.findings.true("role", place, facts.in_role(frame), places, allowed)
    if settings.mode == "local":
        case.findings.true("mode_local", place, region, frame["site"].to_numpy(object))


def _single_source(case: Case) -> None:
    """Where demand must not be split, one site serves all of it (or nobody any of it)."""
    table = case.plan.model["workloads"]
    whole = set(table["workload"][~table["split"].astype(bool)])
    frame = case.service[case.service["workload"].isin(whole)]
    pairs = frame.groupby(["zone", "workload"])["site"].nunique()
    place = keyed("service.csv", pairs.index)
    case.findings.true("single_source", place, pairs == 1, pairs.to_numpy(), "1")
    wanted = _wanted(case).reindex(pd.MultiIndex.from_frame(frame[["zone", "workload"]]))
    case.findings.equal(
        "single_source", keys("service", frame), frame["served_eflops"],
        wanted.fillna(0.0), least=ROW,
    )  # fmt: skip


def _remote(case: Case) -> None:
    """Σ served outside the zone's province ≤ max_remote_share × demand."""
    wanted = _wanted(case)
    share = case.facts.numbers(
        "workloads", "max_remote_share", wanted.index.get_level_values("workload")
    )
    far = case.service[~case.service["near"]]
    found = far.groupby(["zone", "workload"])["served_eflops"].sum()
    limited = share < 1
    index = wanted.index[limited]
    limit = share[limited] * wanted.to_numpy(dtype=float)[limited]
    case.findings.at_most(
        "remote_share", keyed("service.csv", index), found.reindex(index, fill_value=0.0), limit,
        size=wanted.to_numpy(dtype=float)[limited],
    )  # fmt: skip
