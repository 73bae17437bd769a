"""The backbone as a graph: nodes, links, and the fastest paths of every site and zone (43)–(48)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.geography.distance import great_circle_km
from layout.geography.paths import Link, Path, fastest_delays, fastest_paths
from layout.model.slices import load_peaks
from layout.once import once

if TYPE_CHECKING:
    from layout.model import PlanningModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
TOLERANCE = 1e-9
LINK_KEY = ("from", "to", "medium", "technology")
"""What tells a link of ``arcs`` and ``links.csv`` from the others, and makes its label."""
MOST_PATHS = 63
"""Paths of a pair that can be told apart: one bit each of a signed number of 64."""
GBPS_YEAR_TB = 31_536_000 / 8 / 1000
"""Terabytes that a line of 1 Gbps carries in a year."""


@dataclass(frozen=True, eq=False)
class Routes:
    """Paths between the node of a site and that of a zone, fastest first within a pair.

    Arrays over routes: site, zone (positions), rank (0 = fastest), km (great circles of its
    links), priced_km (the same, each times its price factor), ms (one way: links with their
    equipment, fixed delay, and the ways to the nodes at both ends), line_gbps (its narrowest
    link), availability (product over its links), standing (no link of it has to be built). Links
    of route r are ``links[first[r]:first[r + 1]]``.
    """

    site: Ints
    zone: Ints
    rank: Ints
    km: Floats
    priced_km: Floats
    ms: Floats
    line_gbps: Floats
    availability: Floats
    standing: Mask
    first: Ints
    links: Ints

    def __len__(self) -> int:
        return len(self.site)

    @property
    def owner(self) -> Ints:
        """Entry of `links` → its route."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))


@dataclass(frozen=True, eq=False)
class Backbone:
    """Nodes, where sites and zones attach, links and routes.

    `leg_ms` are the ways of sites and of zones to their nodes, one way, `fixed_ms` what every path
    has besides. `links` has a row per row of ``arcs``: label, from, to, medium, technology,
    length_km (great circle), priced_km, ms, capacity_gbps, wave_gbps, wave_cost, max_waves, new,
    new_cost, availability, and risk: a number that links share which are cut together.
    """

    nodes: tuple[str, ...]
    site_node: Ints
    zone_node: Ints
    leg_ms: tuple[Floats, Floats]
    fixed_ms: float
    links: pd.DataFrame
    routes: Routes

    @property
    def same_node(self) -> Mask:
        """Site × zone: both attach to one node, so that nothing between them uses a link."""
        return self.site_node[:, None] == self.zone_node[None, :]

    def delays(self, usable: Mask, least: float) -> Floats:
        """Site × zone: one way over the fastest path of usable links as available as `least`, ms.

        inf where there is none; within a node it says nothing.
        """
        columns = ("from", "to", "ms", "availability")
        at = {node: position for position, node in enumerate(self.nodes)}
        links = self.links.loc[usable, list(columns)].itertuples(index=False, name=None)
        ends = [(at[start], at[end], ms, stands) for start, end, ms, stands in links]
        starts = sorted({int(node) for node in self.site_node})
        found = fastest_delays(len(self.nodes), ends, starts, least)
        far = np.array([found[int(node)][self.zone_node] for node in self.site_node])
        of_site, of_zone = self.leg_ms
        return np.asarray(self.fixed_ms + far + of_site[:, None] + of_zone[None, :])


def attached(model: PlanningModel, table: str) -> NDArray[np.object_]:
    """Node of every row of ``sites`` or ``zones``.

    Its column `node`; else its own code, else the code of the zone in which a site lies, each
    where a link names it; else its province, else its zone or own code.
    """
    frame, arcs = model[table], model["arcs"]
    named = {*arcs["from"], *arcs["to"]}
    own = frame["site" if table == "sites" else "zone"]
    zone = frame["zone"]
    found = []
    columns = (frame["node"], own, zone, frame["province"])
    for node, code, around, province in zip(*columns, strict=True):
        choices = [code, around, province]
        linked = [choice for choice in choices if choice and choice in named]
        rest = [choice for choice in (province, around, code) if choice]
        found.append(node or (linked or rest)[0])
    return np.array(found, dtype=object)


def link_label(start: str, end: str, medium: str, technology: str) -> str:
    """``A~B`` of a direct line, ``A~B~internet`` of one over the public network.

    With a technology ``A~B~direct~otn``: always four parts, and no code holds the sign.
    """
    if technology:
        return f"{start}~{end}~{medium}~{technology}"
    return f"{start}~{end}" + ("" if medium == "direct" else f"~{medium}")


def node_places(model: PlanningModel) -> dict[str, tuple[float, float]]:
    """Node → latitude and longitude: those of the zone of that code, else of the site."""
    places: dict[str, tuple[float, float]] = {}
    for table, key in (("zones", "zone"), ("sites", "site")):
        frame = model[table]
        for code, lat, lon in zip(frame[key], frame["lat"], frame["lon"], strict=True):
            places.setdefault(str(code), (float(lat), float(lon)))
    return places


@once
def backbone(model: PlanningModel) -> Backbone:
    """The graph of ``arcs`` and the `network.paths` fastest paths of every site and zone.

    Links that stand and links that may be built are searched together and apart, so that every
    pair keeps its paths over what stands; likewise the links of each technology, so that over
    several links in a row a slow and cheap one is left to choose.
    """
    of_site, of_zone = attached(model, "sites"), attached(model, "zones")
    links = _links(model)
    nodes = tuple(sorted({*of_site, *of_zone, *links["from"], *links["to"]}))
    at = {node: position for position, node in enumerate(nodes)}
    site_node = np.array([at[node] for node in of_site], dtype=np.int64)
    zone_node = np.array([at[node] for node in of_zone], dtype=np.int64)
    leg = model.settings.latency.route_factor / model.settings.latency.km_per_ms
    legs = leg * _legs(model, "sites", of_site), leg * _legs(model, "zones", of_zone)
    routes = _routes(model, links, at, site_node, zone_node, legs)
    return Backbone(
        nodes, site_node, zone_node, legs, model.settings.latency.fixed_ms, links, routes
    )


@once
def delays_as_available(model: PlanningModel, least: float) -> Floats:
    """Site × zone: one way over the fastest path as available as `least`, ms; inf where none.

    A path that stands goes before a faster one that would have to be built.
    """
    graph = backbone(model)
    new = graph.links["new"].to_numpy(dtype=bool)
    stands = graph.delays(~new, least)
    return np.where(np.isfinite(stands), stands, graph.delays(np.ones(len(new), bool), least))


def _links(model: PlanningModel) -> pd.DataFrame:
    """The links with length, delay and what carrying over them costs.

    ms = length · route factor of the medium / km_per_ms + equipment_ms; the price factor is the
    link's own, else that of its medium.
    """
    arcs, latency = model["arcs"], model.settings.latency
    places = node_places(model)
    length = arcs["length_km"].to_numpy(dtype=float).copy()
    ends = zip(arcs["from"], arcs["to"], strict=True)
    for row, (start, end) in enumerate(ends):
        if np.isnan(length[row]):
            length[row] = _apart(places.get(start), places.get(end))
    network = model.settings.network
    route, price = (
        arcs["medium"].map(factors.model_dump()).to_numpy(dtype=float)
        for factors in (network.route_factor, network.price_factor)
    )
    own = arcs["price_factor"].to_numpy(dtype=float)
    price = np.where(np.isnan(own), price, own)
    names = zip(*(arcs[column] for column in LINK_KEY), strict=True)
    return pd.DataFrame(
        {
            "label": np.array([link_label(*name) for name in names], dtype=object),
            "from": arcs["from"].to_numpy(dtype=object),
            "to": arcs["to"].to_numpy(dtype=object),
            "medium": arcs["medium"].to_numpy(dtype=object),
            "technology": arcs["technology"].to_numpy(dtype=object),
            "length_km": length,
            "priced_km": length * price,
            "ms": length * route / latency.km_per_ms + arcs["equipment_ms"].to_numpy(dtype=float),
            "capacity_gbps": arcs["capacity_gbps"].to_numpy(dtype=float),
            "wave_gbps": arcs["wave_gbps"].fillna(0.0).to_numpy(dtype=float),
            "wave_cost": arcs["wave_cost_mcny_per_year"].to_numpy(dtype=float),
            "max_waves": arcs["max_waves"].to_numpy(dtype=float),
            "new": arcs["new"].to_numpy(dtype=bool),
            "new_cost": arcs["new_cost_mcny_per_year"].to_numpy(dtype=float),
            "availability": arcs["link_availability"].to_numpy(dtype=float),
            "risk": _risks(arcs["risk_group"]),
        }
    )


def _risks(groups: pd.Series) -> Ints:
    """Link → number of its shared risk group; a link without one has a number of its own."""
    alone = [f"~{row}" for row in range(len(groups))]  # no code holds the sign
    return pd.factorize(np.where(groups == "", alone, groups))[0].astype(np.int64)


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    """Great circle between two places, km; NaN where one of them is not known."""
    if one is None or other is None:
        return float("nan")
    lat_a, lon_a, lat_b, lon_b = (np.array([value]) for value in (*one, *other))
    return float(great_circle_km(lat_a, lon_a, lat_b, lon_b)[0, 0])


def _legs(model: PlanningModel, table: str, nodes: NDArray[np.object_]) -> Floats:
    """Row of ``sites`` or ``zones`` → great circle to its node, 0 where that has no place."""
    places, frame = node_places(model), model[table]
    own = zip(frame["lat"], frame["lon"], strict=True)
    far = [_apart(place, places.get(str(node))) for place, node in zip(own, nodes, strict=True)]
    return np.nan_to_num(np.array(far, dtype=float))


def _routes(
    model: PlanningModel,
    links: pd.DataFrame,
    at: dict[str, int],
    sites: Ints,
    zones: Ints,
    legs: tuple[Floats, Floats],
) -> Routes:
    columns = (links[name] for name in ("from", "to", "ms", "new", "technology"))
    graph = tuple(
        (at[start], at[end], ms, bool(new), technology)
        for start, end, ms, new, technology in zip(*columns, strict=True)
    )
    pairs = tuple(sorted({(a, b) for a in set(sites) for b in set(zones) if a != b}))
    paths = _paths(len(at), graph, pairs, model.settings.network.paths)
    ms_site, ms_zone = legs
    site, zone, rank, size = [], [], [], []
    flat: list[int] = []
    for s, node in enumerate(sites):
        for z, other in enumerate(zones):
            for number, path in enumerate(paths.get((int(node), int(other)), ())):
                site.append(s)
                zone.append(z)
                rank.append(number)
                flat += path
                size.append(len(path))
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    every = np.array(flat, dtype=np.int64)
    owner = np.repeat(np.arange(len(size)), size)
    of_site, of_zone = np.array(site, dtype=np.int64), np.array(zone, dtype=np.int64)

    def summed(column: str) -> Floats:
        values = links[column].to_numpy(dtype=float)[every]
        return np.bincount(owner, values, len(size)).astype(float)

    rate = np.maximum(links["capacity_gbps"].to_numpy(float), links["wave_gbps"].to_numpy(float))
    narrow = np.full(len(size), np.inf)
    np.minimum.at(narrow, owner, rate[every])
    stands = np.ones(len(size))
    np.multiply.at(stands, owner, links["availability"].to_numpy(dtype=float)[every])
    fixed = model.settings.latency.fixed_ms
    return Routes(
        site=of_site,
        zone=of_zone,
        rank=np.array(rank, dtype=np.int64),
        km=summed("length_km"),
        priced_km=summed("priced_km"),
        ms=fixed + summed("ms") + ms_site[of_site] + ms_zone[of_zone],
        line_gbps=narrow,
        availability=stands,
        standing=summed("new") == 0,
        first=first,
        links=every,
    )


@lru_cache(maxsize=8)
def _paths(
    nodes: int,
    graph: tuple[tuple[int, int, float, bool, str], ...],
    pairs: tuple[tuple[int, int], ...],
    count: int,
) -> dict[tuple[int, int], list[Path]]:
    """Fastest paths over everything and over each part of it, without repetition, by delay."""
    every: list[Link] = [link[:3] for link in graph]
    found = fastest_paths(nodes, every, pairs, count)
    for kept in _parts(graph):
        for pair, paths in fastest_paths(nodes, [every[row] for row in kept], pairs, count).items():
            whole = {*found[pair], *(tuple(kept[row] for row in path) for path in paths)}
            found[pair] = sorted(whole, key=lambda path: (sum(every[row][2] for row in path), path))
    return found


def _parts(graph: tuple[tuple[int, int, float, bool, str], ...]) -> list[list[int]]:
    """What stands; links of each technology with those that state none. Without the whole."""
    parts = [[row for row, (*_, new, _) in enumerate(graph) if not new]]
    for own in sorted({technology for *_, technology in graph}):
        parts.append([row for row, (*_, one) in enumerate(graph) if one in ("", own)])
    return [part for part in parts if len(part) < len(graph)]


@dataclass(frozen=True, eq=False)
class Ways:
    """Which routes a workload may use, and where its data may be shipped instead.

    `allowed[workload, route]`; `ship[workload, site, zone]`; `ship_h[site, zone]`.
    """

    allowed: Mask
    ship: Mask
    ship_h: Floats


def ways(model: PlanningModel, found: Backbone, distance_km: Floats, own: Mask) -> Ways:
    """Routes in time by delay (P23) and by the hours that bulk data take (47), and shipping.

    A workload without traffic uses no capacity, so only what stands counts for its delay. A
    limit below the fixed delay (an edge class) means the own zone, on any route. A route is as
    available as the workload asks; of a protected one some route is left whatever link is cut.
    """
    settings, table, routes = model.settings, model["workloads"], found.routes
    network = settings.network
    factor = 2.0 if settings.latency.basis == "rtt" else 1.0
    limit = table["latency_ms"].fillna(np.inf).to_numpy(dtype=float)
    traffic = table["traffic_gbps_per_eflops"].to_numpy(dtype=float)
    allowed = factor * routes.ms[None, :] <= limit[:, None] + TOLERANCE
    edge = limit < factor * settings.latency.fixed_ms
    near = own[routes.site, routes.zone]
    allowed = np.where(edge[:, None], near[None, :], allowed)
    allowed &= (traffic > 0)[:, None] | routes.standing[None, :]
    bulk = table["bulk_gb"].to_numpy(dtype=float)
    most = table["max_transfer_h"].to_numpy(dtype=float)
    rate = network.bulk.efficiency * np.minimum(routes.line_gbps, network.bulk.line_gbps)
    rate = np.maximum(rate, 1e-12)
    allowed &= bulk[:, None] * 8 / 3600 / rate[None, :] <= most[:, None] * (1 + TOLERANCE)
    asked = table["path_availability"].to_numpy(dtype=float)
    allowed &= routes.availability[None, :] >= asked[:, None] * (1 - TOLERANCE)
    for workload in np.flatnonzero(table["protected"].to_numpy(dtype=bool)):
        allowed[workload] &= ~_cut_off(found, allowed[workload])
    shipping = network.shipping
    hours = shipping.handling_h + distance_km / shipping.km_per_h
    ship = hours[None, :, :] <= most[:, None, None] * (1 + TOLERANCE)
    offered = (bulk > 0) & np.isinf(limit) & (traffic > 0) & shipping.offered
    joined = np.zeros(distance_km.shape, dtype=bool)
    joined[routes.site, routes.zone] = True
    ship &= offered[:, None, None] & joined[None, :, :]
    return Ways(allowed, ship, hours)


def _cut_off(found: Backbone, allowed: Mask) -> Mask:
    """Route → whether one cut stops every allowed route of its pair."""
    routes, risk = found.routes, found.links["risk"].to_numpy(dtype=np.int64)
    _, pair = np.unique(np.stack([routes.site, routes.zone]), axis=1, return_inverse=True)
    pair = pair.reshape(-1)
    cuts = int(risk.max(initial=0)) + 1
    met = np.unique(routes.owner * cuts + risk[routes.links])
    route, cut = np.divmod(met, cuts)
    used = allowed[route]
    stopped, riders = np.unique((pair[route] * cuts + cut)[used], return_counts=True)
    every = np.bincount(pair, allowed)
    hopeless = np.zeros(len(every), dtype=bool)
    hopeless[stopped[riders == every[stopped // cuts]] // cuts] = True
    return np.asarray(hopeless[pair])


def peak_gbps(model: PlanningModel) -> Floats:
    """Workload → Gbps at peak per EFLOPS served: traffic · peak_factor.

    With time slices the peak of its load shape, where that is higher (44).
    """
    table = model["workloads"]
    peak = table["peak_factor"].to_numpy(dtype=float)
    if model.settings.features.slices:
        peak = np.maximum(peak, load_peaks(model))
    return np.asarray(table["traffic_gbps_per_eflops"].to_numpy(dtype=float) * peak)


def ship_cost(model: PlanningModel, distance_km: Floats) -> Floats:
    """mcny a year for shipping what a line of 1 Gbps would carry, over so many km."""
    shipping = model.settings.network.shipping
    per_tb = shipping.cny_per_tb + shipping.cny_per_tb_1000km * distance_km / 1000
    return np.asarray(GBPS_YEAR_TB * per_tb / 1e6)
