"""The backbone of a year as its rows use it: which flow may take which path, and its traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.variables import Variables
from layout.model import derive
from layout.model.backbone import Backbone, Routes, Ways, peak_gbps


@dataclass(frozen=True)
class Lines:
    """The backbone of one year as the formulation uses it, kept for later years and the plan.

    `shipped` are the flows that may go by disk, `by_route` what routes the flows may use: a bit
    per rank, 0 where only disks are in time or site and zone share a node. `protected` are the
    flows that a cut link may not stop, `spared` the routes on which they may keep capacity free.
    """

    graph: Backbone
    gbps: Floats
    by_route: Ints
    shipped: Ints
    lit: Ints
    candidates: Ints
    protected: Ints
    spared: Ints


def lines_of(v: Variables) -> Lines:
    """The backbone as the flows of a year use it."""
    case, flows = v.case, v.case.flows
    graph, found = derive.network(case.model)
    gbps = peak_gbps(case.model)[flows.workload]
    zones = len(case.zones)
    mask = _masks(graph.routes, found, len(case.sites) * zones, zones)
    pair = flows.site * zones + flows.zone
    by_route = mask[flows.workload, pair]
    ship = found.ship[flows.workload, flows.site, flows.zone]
    links = graph.links
    guarded = case.workload_table["protected"].to_numpy(dtype=bool)[flows.workload]
    protected = np.flatnonzero(guarded & (by_route > 0) & (gbps > 0))
    return Lines(
        graph,
        gbps,
        by_route,
        np.flatnonzero(ship),
        np.flatnonzero(links["wave_gbps"].to_numpy(float) > 0),
        np.flatnonzero(links["new"].to_numpy(bool)),
        protected,
        np.flatnonzero(taken(graph.routes, zones, pair[protected], by_route[protected])),
    )


def _masks(routes: Routes, found: Ways, pairs: int, zones: int) -> Ints:
    """Workload × pair of site and zone: the routes that may be used, a bit per rank."""
    pair = routes.site * zones + routes.zone
    mask = np.zeros((len(found.allowed), pairs), dtype=np.int64)
    bits = np.left_shift(np.int64(1), routes.rank)
    for workload, allowed in enumerate(found.allowed):
        np.add.at(mask[workload], pair[allowed], bits[allowed])
    return mask


def taken(routes: Routes, zones: int, pair: Ints, mask: Ints) -> np.ndarray:
    """Route → whether it is in one of these masks of its pair of site and zone."""
    of_route = routes.site * zones + routes.zone
    both = np.zeros(int(max(of_route.max(initial=-1), pair.max(initial=-1))) + 1, dtype=np.int64)
    np.bitwise_or.at(both, pair, mask)
    return np.asarray((both[of_route] & np.left_shift(np.int64(1), routes.rank)) > 0)


def add_traffic(v: Variables, lines: Lines, linear: Linear, rows: Ints, by: float = 1.0) -> Linear:
    """Traffic of every flow at peak, Gbps: what it serves less what travels on disks."""
    v.add_served(linear, rows, by * lines.gbps)
    if len(lines.shipped):
        each = np.arange(len(lines.shipped))
        of = lines.shipped
        linear.add(v.parts["ship"], rows[of], each, -by * lines.gbps[of])
    return linear
