"""Checks that compute: stock within its limits, demand within reach and within what fits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.model import derive, hardware
from layout.model.known import Known
from layout.model.naming import shown

if TYPE_CHECKING:
    from layout.model import PlanningModel

TOLERANCE = 1e-6
Reached = NDArray[np.bool_]


def priced_sites(known: Known) -> None:
    """Warn of sites without a row in ``power``: their power would be free and clean."""
    if known.frame("power").empty:
        return
    rows = known.power_rows
    for row in np.flatnonzero(rows < 0):
        site = known.frame("sites")["site"].iloc[row]
        known.at_row(
            "sites", int(row), "tariff_zone", "no_power_row", severity="warning", site=site
        )


def offered_sites(known: Known) -> None:
    """Warn of sites at which no facility can be built, unless their stock fills them."""
    if not known.settings.features.expand:
        return
    offered = set(known.offers["site"])
    space = known.blocks.groupby("site")["space_mw"].sum()
    stocked, sites = set(space.index), known.frame("sites")
    room = sites["max_it_mw"] - space.reindex(sites["site"]).fillna(0.0).to_numpy()
    for row, (site, left) in enumerate(zip(sites["site"], room, strict=True)):
        if site not in offered and (site not in stocked or left > TOLERANCE):
            code = "nothing_offered" if site in stocked else "site_unusable"
            known.at_row("sites", row, "facilities", code, severity="warning", site=site)


def _blocks(known: Known) -> pd.DataFrame:
    """Blocks in the first period; racked_mw without what may be retired."""
    table = known.blocks
    share = table["expired_eflops"] / table["compute_eflops"].where(table["compute_eflops"] > 0)
    return table.assign(racked_mw=table["racked_mw"] * (1 - share.fillna(0.0)))


def stock_within_limit(known: Known) -> None:
    """Existing facility space does not exceed ``max_it_mw``."""
    space = _blocks(known).groupby("site")["space_mw"].sum()
    sites = known.frame("sites")
    have = space.reindex(sites["site"]).fillna(0.0).to_numpy()
    limit = sites["max_it_mw"].to_numpy(float)
    for row in np.flatnonzero(have > limit * (1 + TOLERANCE) + 1e-9):
        known.at_row(
            "sites",
            int(row),
            "max_it_mw",
            "stock_above_limit",
            site=sites["site"].iloc[row],
            stock=f"{have[row]:.6g}",
            limit=f"{limit[row]:.6g}",
        )


def stock_within_headroom(known: Known) -> None:
    """The rated power of what stands (cooling included) keeps the grid headroom."""
    table = _blocks(known)
    slope = table["pue"] - table["fixed_overhead"]
    rated = slope * table["racked_mw"] + table["fixed_overhead"] * table["space_mw"]
    sites = known.frame("sites")
    drawn = rated.groupby(table["site"]).sum().reindex(sites["site"]).fillna(0.0).to_numpy()
    _above(known, "sites", drawn, sites["site"].tolist())
    power = known.frame("power")
    total = np.zeros(len(power))
    for rows in derive.power_rows(known.model):
        total += np.bincount(rows[rows >= 0], drawn[rows >= 0], len(power))
    names = (power["tariff_zone"].where(power["tariff_zone"] != "", power["province"])).tolist()
    _above(known, "power", total, names)


def _above(known: Known, table: str, drawn: np.ndarray, names: list[str]) -> None:
    limit = known.frame(table)["grid_headroom_mw"].to_numpy(float)
    for row in np.flatnonzero(drawn > limit * (1 + TOLERANCE) + 1e-9):
        known.at_row(
            table,
            int(row),
            "grid_headroom_mw",
            "stock_above_headroom",
            name=names[row],
            drawn=f"{drawn[row]:.6g}",
            limit=f"{limit[row]:.6g}",
        )


def commitments_within_limit(known: Known) -> None:
    """What is committed fits into ``max_it_mw`` beside what stands."""
    frame = known.frame("commitments")
    if frame.empty:
        return
    kinds = known.frame("kinds").set_index("kind")["it_mw_per_eflops"]
    sites = known.frame("sites").set_index("site")["max_it_mw"]
    racked = _blocks(known).groupby("site")["racked_mw"].sum()
    power = np.array([kinds[[*hardware.family(known.model, kind)]].min() for kind in frame["kind"]])
    least = np.maximum(frame["min_eflops"].to_numpy(float) * power, frame["min_it_mw"])
    room = sites.reindex(frame["site"]).to_numpy(float)
    room = room - racked.reindex(frame["site"]).fillna(0.0).to_numpy()
    inside = frame["year"].isin(known.settings.periods).to_numpy()
    for row in np.flatnonzero(inside & (least > room * (1 + TOLERANCE) + 1e-9)):
        known.at_row(
            "commitments",
            int(row),
            "min_it_mw",
            "commitment_above_limit",
            site=frame["site"].iloc[row],
            least=f"{least[row]:.6g}",
            room=f"{room[row]:.6g}",
        )


def _hosts(known: Known) -> dict[str, set[str]]:
    """Kind → sites that have or may have compute of that kind."""
    table = known.blocks
    hosts: dict[str, set[str]] = defaultdict(set)
    for site, kind, kinds, vacant, compute in zip(
        table["site"],
        table["kind"],
        table["kinds"],
        table["vacant_mw"],
        table["compute_eflops"],
        strict=True,
    ):
        for one in [kind] * (compute > 0) + list(kinds) * (vacant > 0):
            hosts[one].add(site)
    if known.settings.features.expand:
        offers = known.offers
        for site, kinds in zip(offers["site"], offers["kinds"], strict=True):
            for one in kinds:
                hosts[one].add(site)
    return hosts


def reachable_demand(known: Known) -> None:
    """Every demand has a site that may serve it in time and can host a kind that runs it."""
    demand = derive.demand(known.model)
    workloads = known.frame("workloads").set_index("workload")
    kinds = dict(zip(workloads.index, workloads["kind"], strict=True))
    limits = dict(zip(workloads.index, workloads["latency_ms"], strict=True))
    served = _reached(known, known.model)
    wanted = demand["year"].isin(known.settings.periods) & (demand["demand_eflops"] > 0)
    zone = pd.Index(known.frame("zones")["zone"]).get_indexer(demand["zone"])
    reached = np.zeros(len(demand), dtype=bool)
    for workload, zones in served.items():
        of = np.flatnonzero((demand["workload"] == workload).to_numpy())
        reached[of] = zones[zone[of]]
    bound: dict[str, np.ndarray] = {}
    rows = np.flatnonzero(wanted.to_numpy() & ~reached)
    asked = workloads["protected"].any() or (workloads["path_availability"] > 0).any()
    picky = len(rows) > 0 and asked and known.settings.features.network
    anyway = _reached(known, _any_path(known.model)) if picky else served
    for row in rows:
        workload, at = demand["workload"].iloc[row], zone[row]
        if workload not in bound:
            bound[workload] = np.asarray(~derive.in_role(known.model, workload).all(axis=0))
        code = "unreachable_by_path" if anyway[workload][at] else "unreachable"
        known.at_row(
            "demand",
            int(row),
            "zone",
            "unreachable_in_role" if bound[workload][at] else code,
            severity=known.demand_severity(workload),
            zone=shown(demand["zone"].iloc[row]),
            workload=shown(workload),
            limit=f"{limits[workload]:g}",
            kind=kinds[workload],
        )


def _reached(known: Known, model: PlanningModel) -> dict[str, Reached]:
    """Workload → zones that a site may serve in time which can host a kind that runs it."""
    hosts, sites = _hosts(known), known.frame("sites")["site"]
    runs = hardware.hosting(known.model)
    served = {}
    for workload, matrix in derive.admissible(model).items():
        able = sites.isin(set().union(*(hosts[kind] for kind in runs[workload]))).to_numpy()
        served[workload] = np.asarray(matrix[able].any(axis=0))
    return served


def _any_path(model: PlanningModel) -> PlanningModel:
    """The model with no path over the backbone protected or as available as asked."""
    table = model["workloads"].assign(protected=False, path_availability=0.0)
    return replace(model, tables={**model.tables, "workloads": table})


def _least_mw(known: Known, kinds: pd.DataFrame) -> pd.Series:
    """Workload → least rated MW for an EFLOPS of its peak, over the kinds that run it."""
    runs = hardware.hosts(known.model)
    of = kinds.loc[runs["kind"]]
    rated = (of["it_mw_per_eflops"] / of["max_utilisation"]).to_numpy(float)
    return (runs["need"] * rated).groupby(runs["workload"]).min()


def room_mw(known: Known) -> NDArray[np.float64]:
    """Site → the IT power that it may ever have: its stock, or its limit where it may grow."""
    sites, blocks = known.frame("sites"), known.blocks
    room = blocks.groupby("site")["space_mw"].sum().reindex(sites["site"]).fillna(0.0).to_numpy()
    if known.settings.features.expand:
        offered = sites["site"].isin(set(known.offers["site"])).to_numpy()
        room = np.where(offered, np.maximum(sites["max_it_mw"].to_numpy(float), room), room)
    return np.asarray(room, dtype=float)


def enough_room(known: Known) -> None:
    """Warn when the demand of a year cannot fit into the IT power that all sites may ever have.

    Not an error: whether a model is feasible is for the solver to say, with its explanation.
    """
    kinds, room = known.frame("kinds").set_index("kind"), room_mw(known)
    workloads = known.frame("workloads").set_index("workload")
    demand = derive.demand(known.model)
    demand = demand[demand["year"].isin(known.settings.periods)]
    of = workloads.loc[demand["workload"]]
    wanted = demand["demand_eflops"].to_numpy(float) * of["peak_factor"].to_numpy(float)
    wanted = wanted * (1 + of["reserve_margin"].to_numpy(float))
    wanted = wanted * _least_mw(known, kinds).loc[demand["workload"]].to_numpy(float)
    yearly = np.bincount(demand["year"].to_numpy(int), wanted) if len(demand) else np.zeros(1)
    wanted = np.where(demand["year"].to_numpy(int) == yearly.argmax(), wanted, 0.0)
    needed = float(yearly.max())
    if needed > room.sum() * (1 + TOLERANCE) + 1e-9 and len(demand):
        row = int(demand.index[int(np.argmax(wanted))])  # the largest of them
        known.at_row(
            "demand",
            row,
            "demand_eflops",
            "demand_above_room",
            severity="warning",
            needed=f"{needed:.6g}",
            room=f"{room.sum():.6g}",
        )
