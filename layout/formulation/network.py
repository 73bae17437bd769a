"""The backbone: routes, links, waves, new links, ingress, shipped disks (43)–(48), R42, R55–R59.

Traffic is summed over workloads: one variable per site, zone and path in Gbps at peak, that of
its `peak_factor` or, with time slices, of its load shape where that is higher (every workload at
its own peak: links are never too small, and there is one row per link, not one per slice).
`routing` says how workloads share the paths.

What is carried pays `transport_mcny_per_gbps_1000km_year` along the path, on whatever capacity,
times the price factor of each link, and so does what is kept free for protected work; waves and
links that are added pay their own yearly cost besides. The straight line between site and zone and
the prices of ``links`` are not charged, so that no kilometre is paid twice.
"""

from __future__ import annotations

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Floats, Ints, Linear, dense
from layout.formulation.lines import Lines, lines_of, taken
from layout.formulation.parts import Extra, Part, Rows
from layout.formulation.routing import protection, routing
from layout.formulation.variables import Variables
from layout.model.backbone import peak_gbps, ship_cost


def network(v: Variables) -> Extra:
    """Demand served elsewhere travels over the backbone, or as disks.

    Adds route[site,zone,path,y] in Gbps, waves[link,y], new_link[link,y] and, where disks may be
    shipped, ship[site,zone,workload,y] in EFLOPS; where work is protected,
    spare_route[site,zone,path,y] in Gbps.
    """
    lines = lines_of(v)
    v.lines = lines
    extra = Extra()
    _variables(v, lines)
    extra.rows["routing"] = routing(v, lines)
    if len(lines.spared):
        extra.rows["protection"] = protection(v, lines)
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


def _variables(v: Variables, lines: Lines) -> None:
    case, graph = v.case, lines.graph
    routes = graph.routes
    sites, zones = np.array(case.sites, dtype=object), np.array(case.zones, dtype=object)
    path = np.array([f"p{rank + 1}" for rank in routes.rank], dtype=object)
    year = np.full(len(routes), case.year)
    labels = (sites[routes.site], zones[routes.zone], path, year)
    names = ("site", "zone", "path", "year")
    pair = case.flows.site * len(case.zones) + case.flows.zone
    v.new(
        "route",
        Index(names, labels),
        upper=np.where(taken(routes, len(case.zones), pair, lines.by_route), np.inf, 0.0),
        doc="traffic of the path at peak",
        unit="Gbps",
    )
    if len(lines.spared):
        v.new(
            "spare_route",
            Index(names, tuple(label[lines.spared] for label in labels)),
            doc="kept free on the path for when a link is cut",
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


def _link_index(v: Variables, links: Ints) -> Index:
    labels = v.lines.graph.links["label"].to_numpy(dtype=object)[links]
    return Index(("link", "year"), (labels, np.full(len(links), v.case.year)))


def _most_waves(v: Variables, lines: Lines) -> Floats:
    """Link → waves that could ever be of use: all traffic of the nation over that link.

    The most of this and earlier years, since what was lit stays lit. Protected work may besides
    keep all of its traffic free on every path of its pair.
    """
    links, peak = lines.graph.links, peak_gbps(v.case.model)
    guarded = v.case.workload_table["protected"].to_numpy(dtype=bool)
    peak = peak * (1 + guarded * (lines.graph.routes.rank.max(initial=0) + 1))
    total = max(
        float((peak[year.case.demand["workload"].to_numpy(np.int64)] * year.demand_eflops).sum())
        for year in (*v.earlier, v)
    )
    one = links["wave_gbps"].to_numpy(float) * v.case.settings.network.max_utilisation
    useful = np.divide(total, one, out=np.zeros(len(one)), where=one > 0)
    return np.minimum(np.floor(links["max_waves"].to_numpy(float)), np.ceil(useful))


def _on_links(v: Variables, lines: Lines, row_of: Ints) -> Linear:
    """Σ over the routes of each link, by its row: what they carry and what they keep free."""
    routes = lines.graph.routes
    rows = Linear(int(row_of.max(initial=-1)) + 1)
    rows.add(v.parts["route"], row_of[routes.links], routes.owner)
    if len(lines.spared):
        position = dense((len(routes),))
        position[lines.spared] = np.arange(len(lines.spared))
        of = position[routes.owner]
        rows.add(v.parts["spare_route"], np.where(of >= 0, row_of[routes.links], -1), of)
    return rows


def link_capacity(v: Variables, lines: Lines) -> Rows:
    """Traffic keeps a share of what a link holds (44).

    Σ_{routes over a} (route + spare_route) ≤ max_utilisation·(capacity_gbps[a]·new_link[a,y] +
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

    price·Σ_{links of the path} length·price factor of the link·(route + spare_route), mcny a year.
    """
    case, routes = v.case, lines.graph.routes
    price = case.economy.transport_mcny_per_gbps_1000km_year
    linear = Linear(len(case.sites))
    each = np.arange(len(routes))
    by = price * routes.priced_km / 1000
    linear.add(v.parts["route"], routes.site, each, by)
    if len(lines.spared):
        of = lines.spared
        linear.add(v.parts["spare_route"], routes.site[of], np.arange(len(of)), by[of])
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
