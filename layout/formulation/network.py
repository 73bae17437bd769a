"""The backbone: routes, links, waves, new links, ingress, shipped disks (43)–(48), R42, R55–R59.

Traffic is summed over workloads: one variable per site, zone and path in Gbps at peak, that of
its `peak_factor` or, with time slices, of its load shape where that is higher (every workload at
its own peak: links are never too small, and there is one row per link, not one per slice). Which
workload takes which path is left open as far as delays allow it, and the rows `routing` make sure
that a division exists in which no workload uses a path that is late for it (P23).

What is carried pays `transport_mcny_per_gbps_1000km_year` along the path, on whatever capacity,
times the factor of each link's medium; waves and links that are added pay their own yearly cost
besides. The straight line between site and zone and the prices of ``links`` are not charged, so
that no kilometre is paid twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.variables import Variables
from layout.model import derive
from layout.model.backbone import Backbone, Routes, Ways, peak_gbps, ship_cost


@dataclass(frozen=True)
class Lines:
    """The backbone of one year as the formulation uses it, kept for later years and the plan.

    `shipped` are the flows that may go by disk, `by_route` what routes the flows may use: a bit
    per rank, 0 where only disks are in time or site and zone share a node.
    """

    graph: Backbone
    gbps: Floats
    by_route: Ints
    shipped: Ints
    lit: Ints
    candidates: Ints


def network(v: Variables) -> Extra:
    """Demand served elsewhere travels over the backbone, or as disks.

    Adds route[site,zone,path,y] in Gbps, waves[link,y], new_link[link,y] and, where disks may be
    shipped, ship[site,zone,workload,y] in EFLOPS.
    """
    lines = _lines(v)
    v.lines = lines
    extra = Extra()
    _variables(v, lines)
    extra.rows["routing"] = routing(v, lines)
    extra.rows["link_capacity"] = link_capacity(v, lines)
    extra.rows["link_waves"] = link_waves(v, lines)
    if v.earlier:
        extra.rows["waves_stay"] = _stay(v, "waves", "waves that were lit stay lit")
        extra.rows["new_link_stays"] = _stay(v, "new_link", "a link that was built stays")
    extra.rows["ingress"] = ingress(v, lines)
    if len(lines.shipped):
        extra.rows["shipping"] = shipping(v, lines)
    extra.costs["network"] = _carrying(v, lines)
    extra.costs["backbone"] = _expansion(v, lines)
    return extra


def _lines(v: Variables) -> Lines:
    case, flows = v.case, v.case.flows
    graph, found = derive.network(case.model)
    gbps = peak_gbps(case.model)[flows.workload]
    mask = _masks(graph.routes, found, len(case.sites) * len(case.zones), len(case.zones))
    by_route = mask[flows.workload, flows.site * len(case.zones) + flows.zone]
    ship = found.ship[flows.workload, flows.site, flows.zone]
    links = graph.links
    return Lines(
        graph,
        gbps,
        by_route,
        np.flatnonzero(ship),
        np.flatnonzero(links["wave_gbps"].to_numpy(float) > 0),
        np.flatnonzero(links["new"].to_numpy(bool)),
    )


def _masks(routes: Routes, found: Ways, pairs: int, zones: int) -> Ints:
    """Workload × pair of site and zone: the routes that may be used, a bit per rank."""
    pair = routes.site * zones + routes.zone
    mask = np.zeros((len(found.allowed), pairs), dtype=np.int64)
    bits = np.left_shift(np.int64(1), routes.rank)
    for workload, allowed in enumerate(found.allowed):
        np.add.at(mask[workload], pair[allowed], bits[allowed])
    return mask


def _variables(v: Variables, lines: Lines) -> None:
    case, graph = v.case, lines.graph
    routes = graph.routes
    sites, zones = np.array(case.sites, dtype=object), np.array(case.zones, dtype=object)
    path = np.array([f"p{rank + 1}" for rank in routes.rank], dtype=object)
    year = np.full(len(routes), case.year)
    index = Index(
        ("site", "zone", "path", "year"), (sites[routes.site], zones[routes.zone], path, year)
    )
    used = _used(v, lines)
    v.new(
        "route",
        index,
        upper=np.where(used, np.inf, 0.0),
        doc="traffic of the path at peak",
        unit="Gbps",
    )
    v.new(
        "waves",
        _link_index(v, lines.lit),
        upper=_most_waves(v, lines)[lines.lit],
        integer=True,
        doc="waves added to the link and lit in the year",
        unit="1",
    )
    v.new(
        "new_link",
        _link_index(v, lines.candidates),
        upper=1.0,
        integer=True,
        doc="1 if the new link is in service",
        unit="1",
    )
    if len(lines.shipped):
        flows = case.flows.take(lines.shipped)
        v.new(
            "ship",
            v.flow_index(flows),
            upper=v.demand_eflops[flows.row],
            doc="served demand whose data travel on disks",
            unit="EFLOPS",
        )


def _used(v: Variables, lines: Lines) -> np.ndarray:
    """Route → whether some workload may take it."""
    case, routes = v.case, lines.graph.routes
    pairs = len(case.sites) * len(case.zones)
    mask = np.zeros(pairs, dtype=np.int64)
    flows = case.flows
    np.bitwise_or.at(mask, flows.site * len(case.zones) + flows.zone, lines.by_route)
    bit = np.left_shift(np.int64(1), routes.rank)
    return np.asarray((mask[routes.site * len(case.zones) + routes.zone] & bit) > 0)


def _link_index(v: Variables, links: Ints) -> Index:
    labels = v.lines.graph.links["label"].to_numpy(dtype=object)[links]
    return Index(("link", "year"), (labels, np.full(len(links), v.case.year)))


def _most_waves(v: Variables, lines: Lines) -> Floats:
    """Link → waves that could ever be of use: all traffic of the nation over that link.

    The most of this and earlier years, since what was lit stays lit.
    """
    links, peak = lines.graph.links, peak_gbps(v.case.model)
    total = max(
        float((peak[year.case.demand["workload"].to_numpy(np.int64)] * year.demand_eflops).sum())
        for year in (*v.earlier, v)
    )
    one = links["wave_gbps"].to_numpy(float) * v.case.settings.network.max_utilisation
    useful = np.divide(total, one, out=np.zeros(len(one)), where=one > 0)
    return np.minimum(np.floor(links["max_waves"].to_numpy(float)), np.ceil(useful))


def _add_traffic(v: Variables, lines: Lines, linear: Linear, rows: Ints, by: float = 1.0) -> Linear:
    """Traffic of every flow at peak, Gbps: what it serves less what travels on disks."""
    v.add_served(linear, rows, by * lines.gbps)
    if len(lines.shipped):
        each = np.arange(len(lines.shipped))
        of = lines.shipped
        linear.add(v.parts["ship"], rows[of], each, -by * lines.gbps[of])
    return linear


def routing(v: Variables, lines: Lines) -> Rows:
    """Paths carry the traffic of site and zone, each workload on paths that are in time (43).

    Σ_{p in S} route[i,z,p,y] ≥ Σ_{w whose paths all lie in S} gbps[w]·(served − ship)[i,z,w,y]
    for every union S of the paths that workloads may use, = for the largest; Gbps. By the theorem
    of Gale that holds exactly if the traffic can be divided over the paths, workload by workload.
    """
    case, routes, flows = v.case, lines.graph.routes, v.case.flows
    zones = len(case.zones)
    of_flow = flows.site * zones + flows.zone
    busy = np.flatnonzero((lines.by_route > 0) & (lines.gbps > 0))
    masks: dict[int, set[int]] = {}
    for at, mask in zip(of_flow[busy].tolist(), lines.by_route[busy].tolist(), strict=True):
        masks.setdefault(at, set()).add(mask)
    sets: list[tuple[int, int, bool]] = []
    for at in sorted(masks):
        unions = _unions(sorted(masks[at]))
        sets += [(at, union, union == unions[-1]) for union in unions]
    pair = np.array([one for one, *_ in sets], dtype=np.int64)
    chosen = np.array([union for _, union, _ in sets], dtype=np.int64)
    whole = np.array([last for *_, last in sets], dtype=bool)
    rows = Linear(len(sets))
    start = np.searchsorted(pair, np.arange(len(case.sites) * zones + 1))
    most = int(np.diff(start).max()) if len(sets) else 0
    of_route = routes.site * zones + routes.zone
    bit = np.left_shift(np.int64(1), routes.rank)
    for step in range(most):
        row = _nth(start, of_route, step)
        inside = (row >= 0) & ((chosen[np.maximum(row, 0)] & bit) > 0)
        rows.add(v.parts["route"], np.where(inside, row, -1), np.arange(len(routes)))
        row = _nth(start, of_flow, step)
        mask = lines.by_route
        inside = (row >= 0) & (mask > 0) & ((mask & ~chosen[np.maximum(row, 0)]) == 0)
        _add_traffic(v, lines, rows, np.where(inside, row, -1), -1.0)
    names = np.array([_ranks(union) for _, union, _ in sets], dtype=object)
    sites, names_of = np.array(case.sites, dtype=object), np.array(case.zones, dtype=object)
    labels = (sites[pair // zones], names_of[pair % zones], names, np.full(len(sets), case.year))
    index = Index(("site", "zone", "paths", "year"), labels)
    upper = np.where(whole, 0.0, np.inf)
    return rows.rows(index, lower=0.0, upper=upper, doc="paths carry what is in time on them, Gbps")


def _nth(start: Ints, of: Ints, step: int) -> Ints:
    """Row number `step` of each pair, −1 where it has fewer."""
    row = start[of] + step
    return np.where(row < start[of + 1], row, -1)


def _unions(masks: list[int]) -> list[int]:
    """All unions of the sets, the largest last."""
    found: set[int] = set()
    for mask in masks:
        found |= {mask} | {mask | other for other in found}
    return sorted(found, key=lambda union: (union.bit_count(), union))


def _ranks(union: int) -> str:
    return "+".join(f"p{rank + 1}" for rank in range(union.bit_length()) if union >> rank & 1)


def _on_links(v: Variables, lines: Lines, row_of: Ints) -> Linear:
    """Σ of the routes over each link, by its row."""
    routes = lines.graph.routes
    rows = Linear(int(row_of.max(initial=-1)) + 1)
    return rows.add(v.parts["route"], row_of[routes.links], routes.owner)


def link_capacity(v: Variables, lines: Lines) -> Rows:
    """Traffic keeps a share of what a link holds (44).

    Σ_{routes over a} route ≤ max_utilisation·(capacity_gbps[a]·new_link[a,y] +
    wave_gbps[a]·waves[a,y]); Gbps, with new_link = 1 for links that stand.
    """
    links, share = lines.graph.links, v.case.settings.network.max_utilisation
    capacity = links["capacity_gbps"].to_numpy(float)
    limited = np.flatnonzero(np.isfinite(capacity))
    row_of = dense((len(links),))
    row_of[limited] = np.arange(len(limited))
    rows = _on_links(v, lines, row_of)
    lit, candidates = lines.lit, lines.candidates
    wave = links["wave_gbps"].to_numpy(float)
    rows.add(v.parts["waves"], row_of[lit], np.arange(len(lit)), -share * wave[lit])
    built = -share * capacity[candidates]
    rows.add(v.parts["new_link"], row_of[candidates], np.arange(len(candidates)), built)
    standing = np.where(links["new"].to_numpy(bool), 0.0, capacity)
    index = _link_index(v, limited)
    doc = "traffic within what the link may carry, Gbps"
    return rows.rows(index, upper=share * standing[limited], doc=doc)


def link_waves(v: Variables, lines: Lines) -> Rows:
    """A link that is not built has no waves (45): waves[a,y] ≤ max_waves[a]·new_link[a,y]."""
    both = np.intersect1d(lines.lit, lines.candidates)
    rows, each = Linear(len(both)), np.arange(len(both))
    rows.add(v.parts["waves"], each, np.searchsorted(lines.lit, both))
    most = _most_waves(v, lines)[both]
    rows.add(v.parts["new_link"], each, np.searchsorted(lines.candidates, both), -most)
    return rows.rows(_link_index(v, both), upper=0.0, doc="waves only on a link that is built")


def _stay(v: Variables, name: str, doc: str) -> Rows:
    """name[a,y] ≥ name[a, the period before] (45)."""
    part: Part = v.parts[name]
    each = np.arange(len(part))
    rows = Linear(len(part)).add(part, each, each)
    rows.add(v.earlier[-1].parts[name], each, each, -1.0)
    return rows.rows(part.index, lower=0.0, doc=doc)


def ingress(v: Variables, lines: Lines) -> Rows:
    """A site lets in no more than its lines take (48): Σ_{z,p} route[i,z,p,y] ≤ ingress_gbps[i]."""
    case, routes = v.case, lines.graph.routes
    limit = ingress_limits(v)
    linked = np.isin(np.arange(len(limit)), routes.site)
    limited = np.flatnonzero(np.isfinite(limit) & linked)
    row_of = dense((len(case.sites),))
    row_of[limited] = np.arange(len(limited))
    rows = Linear(len(limited))
    rows.add(v.parts["route"], row_of[routes.site], np.arange(len(routes)))
    doc = "traffic into the site from other nodes, Gbps"
    return rows.rows(v.site_index(limited), upper=limit[limited], doc=doc)


def ingress_limits(v: Variables) -> Floats:
    """Site → what it lets in, Gbps; the setting where the column is empty."""
    own, common = v.case.site_values("ingress_gbps"), v.case.settings.network.ingress_gbps
    return own if common is None else np.where(np.isfinite(own), own, common)


def shipping(v: Variables, lines: Lines) -> Rows:
    """Disks carry data of what is served, and all of it where no path is in time (47).

    ship[i,z,w,y] ≤ served[i,z,w,y], = where no path moves ``bulk_gb`` in ``max_transfer_h``.
    """
    of = lines.shipped
    rows, each = Linear(len(of)), np.arange(len(of))
    rows.add(v.parts["ship"], each, each)
    row_of = dense((len(v.case.flows),))
    row_of[of] = each
    v.add_served(rows, row_of, -1.0)
    lower = np.where(lines.by_route[of] == 0, 0.0, -np.inf)
    index = v.parts["ship"].index
    return rows.rows(index, lower=lower, upper=0.0, doc="disks carry what is served, EFLOPS")


def _carrying(v: Variables, lines: Lines) -> Linear:
    """Carrying along the paths and the price of shipping, at the serving site.

    price·Σ_{links of the path} length·factor of the medium·route, mcny a year.
    """
    case, routes = v.case, lines.graph.routes
    price = case.economy.transport_mcny_per_gbps_1000km_year
    linear = Linear(len(case.sites))
    each = np.arange(len(routes))
    linear.add(v.parts["route"], routes.site, each, price * routes.priced_km / 1000)
    if len(lines.shipped):
        flows = case.flows.take(lines.shipped)
        traffic = case.workload_table["traffic_gbps_per_eflops"].to_numpy(float)[flows.workload]
        away = case.reach.distance_km[flows.site, flows.zone]
        by = traffic * ship_cost(case.model, away)
        linear.add(v.parts["ship"], flows.site, np.arange(len(flows)), by)
    return linear


def _expansion(v: Variables, lines: Lines) -> Linear:
    """Yearly cost of waves and new links, the nation's."""
    links = lines.graph.links
    linear = Linear(1)
    for name, of, column in (
        ("waves", lines.lit, "wave_cost"),
        ("new_link", lines.candidates, "new_cost"),
    ):
        by = links[column].to_numpy(float)[of]
        linear.add(v.parts[name], np.zeros(len(of), dtype=np.int64), np.arange(len(of)), by)
    return linear
