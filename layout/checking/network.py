"""The backbone of a plan: paths, links, waves, ingress, shipped disks, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.findings import ROW, part
from layout.checking.graph import Graph, graph_of, labels_of
from layout.checking.lanes import lanes
from layout.checking.shifting import load_peaks
from layout.checking.structure import NATION

TB_PER_GBPS_YEAR = 3942.0
SLACK_MS = 1e-9


def check_network(case: Case) -> None:
    """Every condition on ``routes``, ``links`` and ``shipments`` of the year."""
    graph = graph_of(case.plan.model)
    routes = _routes(case, graph)
    _links(case, graph, routes)
    _ingress(case, routes)
    _shipments(case)
    _routing(case, graph, routes)
    _without_traffic(case, graph)


def built_links(case: Case) -> frozenset[str]:
    """Labels of new links that the plan has in service."""
    frame = case.table("links")
    return frozenset(labels_of(frame[frame["built"] > 0]))


def _routes(case: Case, graph: Graph) -> pd.DataFrame:
    """Each route leads from site to zone over known links; its length and delay are theirs."""
    frame = case.table("routes")
    place = keys("routes", frame)
    rows = []
    for site, zone, cell in zip(frame["site"], frame["zone"], frame["links"], strict=True):
        links = graph.path(cell.split(";"))
        if links is None or not graph.joins(links, site, zone):
            rows.append((False, np.nan, np.nan, 0.0, 0.0))
            continue
        km, line = sum(link.km for link in links), min(link.line_gbps for link in links)
        stands = float(np.prod([link.availability for link in links]))
        rows.append((True, km, graph.delay(links, site, zone), line, stands))
    columns = ["good", "km", "ms", "line", "stands"]
    found = pd.DataFrame(rows, columns=columns, index=frame.index)
    good = found["good"].to_numpy(dtype=bool)
    case.findings.true("route_path", place, good, frame["links"].to_numpy(object))
    kept = part(place, good)
    for column, own in (("length_km", "km"), ("latency_one_way_ms", "ms")):
        case.findings.equal("route_figure", kept, frame[column][good], found[own][good])
    spare = frame["spare_gbps"].fillna(0.0)
    return frame.assign(spare_gbps=spare, **found[["ms", "line", "stands"]])


def _links(case: Case, graph: Graph, routes: pd.DataFrame) -> None:
    """What a link carries and keeps free is that of its routes; capacity and waves hold."""
    frame = case.table("links")
    place = keys("links", frame)
    names = labels_of(frame)
    known = np.array([name in graph.links for name in names], dtype=bool)
    case.findings.true("unknown_key", place, known, np.array(names, dtype=object))
    carried, free = (_over_links(routes, column) for column in ("flow_gbps", "spare_gbps"))
    absent = sorted(set(carried) - set(names))
    at = keyed("links.csv", pd.Index(absent, name="link"))
    case.findings.true("link_absent", at, np.zeros(len(absent), dtype=bool))
    if not known.all():
        return
    link = [graph.links[name] for name in names]
    flow, spare = (np.array([sums.get(name, 0.0) for name in names]) for sums in (carried, free))
    case.findings.equal("link_flow", place, frame["flow_gbps"], flow, least=ROW)
    kept_free = frame["spare_gbps"].fillna(0.0)
    case.findings.equal("link_flow", place, kept_free, spare, least=ROW)
    case.findings.equal("link_figure", place, frame["length_km"], [one.km for one in link])
    waves, built = frame["waves"].to_numpy(float), frame["built"].to_numpy(float)
    new = np.array([one.new for one in link], dtype=bool)
    case.findings.true("link_built", place, (built == 1.0) == new)
    good = (waves == np.round(waves)) & (waves <= np.array([one.max_waves for one in link]))
    wave = np.array([one.wave_gbps for one in link])
    case.findings.true("link_waves", place, good & ((waves == 0) | (wave > 0)), waves)
    holds = np.array([one.capacity_gbps for one in link]) + waves * wave
    limited = np.isfinite(holds)
    kept = part(place, limited)
    case.findings.equal("link_figure", kept, frame["capacity_gbps"][limited], holds[limited])
    share = case.plan.model.settings.network.max_utilisation
    case.findings.at_most("link_capacity", kept, (flow + spare)[limited], share * holds[limited])
    used = np.divide(flow, holds, out=np.zeros(len(holds)), where=limited & (holds > 0))
    case.findings.equal("link_figure", kept, frame["utilisation"][limited], used[limited], size=1.0)
    _stay(case, names, waves)


def _over_links(routes: pd.DataFrame, column: str) -> dict[str, float]:
    """Label of a link → Σ of a column over the routes on it."""
    sums: dict[str, float] = defaultdict(float)
    for cell, gbps in zip(routes["links"], routes[column], strict=True):
        for label in cell.split(";"):
            sums[label] += float(gbps)
    return sums


def _stay(case: Case, names: list[str], waves: np.ndarray) -> None:
    """Waves and new links of the period before are still there (45)."""
    if not case.earlier:
        return
    frame = case.earlier[-1].table("links")
    before = labels_of(frame)
    had = pd.Series(frame["waves"].to_numpy(float), index=before)
    now = pd.Series(waves, index=names).reindex(before).fillna(-1.0)
    place = keyed("links.csv", pd.Index(before, name="link"))
    case.findings.true("link_stays", place, (now >= had).to_numpy(bool), now.to_numpy(object))


def _ingress(case: Case, routes: pd.DataFrame) -> None:
    """Σ flow into a site ≤ its limit, or the common one (48)."""
    flow = routes.groupby("site")["flow_gbps"].sum()
    limit = case.facts.numbers("sites", "ingress_gbps", flow.index)
    common = case.plan.model.settings.network.ingress_gbps
    if common is not None:
        limit = np.where(np.isfinite(limit), limit, common)
    case.findings.at_most("ingress", keyed("routes.csv", flow.index), flow, limit)


def _shipments(case: Case) -> None:
    """Disks are offered for bulk work without a latency limit, in time; volume and hours."""
    frame, facts = case.table("shipments"), case.facts
    place = keys("shipments", frame)
    settings = case.plan.model.settings.network
    columns = ("bulk_gb", "latency_ms", "max_transfer_h", "traffic_gbps_per_eflops")
    bulk, limit, most, traffic = (
        facts.numbers("workloads", column, frame["workload"]) for column in columns
    )
    hours = settings.shipping.handling_h + _km(case, frame) / settings.shipping.km_per_h
    good = (bulk > 0) & ~np.isfinite(limit) & (hours <= most * (1 + 1e-9))
    case.findings.true("shipment_allowed", place, good & settings.shipping.offered, hours)
    case.findings.equal("shipment_figure", place, frame["transfer_h"], hours)
    volume = TB_PER_GBPS_YEAR * traffic * frame["shipped_eflops"]
    case.findings.equal("shipment_figure", place, frame["volume_tb"], volume, least=ROW)
    key = ["zone", "site", "workload"]
    amount = case.service.set_index(key)["served_eflops"]
    served = amount.reindex(pd.MultiIndex.from_frame(frame[key])).fillna(0.0).to_numpy(dtype=float)
    case.findings.at_most("shipment_amount", place, frame["shipped_eflops"], served)


def _km(case: Case, frame: pd.DataFrame) -> np.ndarray:
    """Distance of site and zone of each row."""
    return lanes(case.facts, frame)["km"].to_numpy(dtype=float)


def _traffic(case: Case, graph: Graph) -> pd.DataFrame:
    """Traffic between different nodes: zone, site, workload, gbps at peak, without shipments."""
    key = ["zone", "site", "workload"]
    frame = case.service[key + ["served_eflops", "own"]]
    shipped = case.table("shipments").set_index(key)["shipped_eflops"]
    rows = pd.MultiIndex.from_frame(frame[key])
    sent = shipped.reindex(rows).fillna(0.0).to_numpy(dtype=float)
    wire = frame["served_eflops"].to_numpy(dtype=float) - sent
    by = case.facts.numbers("workloads", "traffic_gbps_per_eflops", frame["workload"])
    by = by * _peaks(case).reindex(frame["workload"]).to_numpy(dtype=float)
    ends = zip(frame["site"], frame["zone"], strict=True)
    apart = np.array([graph.node["site", i] != graph.node["zone", z] for i, z in ends], dtype=bool)
    return frame.assign(gbps=wire * by)[apart & (by > 0)]


def _peaks(case: Case) -> pd.Series:
    """Workload → peak over mean: its factor, or the top of its load shape where that is higher.

    Work that may wait rises to its ceiling.
    """
    table = case.plan.model["workloads"].set_index("workload")
    peak = table["peak_factor"].astype(float)
    if not case.plan.model.settings.features.slices:
        return peak
    top = load_peaks(case)
    return peak.where(peak >= top, top)


def _routing(case: Case, graph: Graph, routes: pd.DataFrame) -> None:
    """What every workload sends fits on paths that are in time for it (43), P23.

    For all sets of paths: traffic of workloads that may use no other path ≤ flow on the set, and
    all traffic = all flow of the pair. And for every link or shared risk group, with the paths over
    it gone: the same for protected workloads, with what is kept free.
    """
    guarded = case.plan.model["workloads"].set_index("workload")["protected"].astype(bool)
    traffic = _traffic(case, graph)
    both = pd.concat([traffic[["site", "zone"]], routes[["site", "zone"]]]).drop_duplicates()
    pairs = sorted(both.itertuples(index=False, name=None))
    sent = dict(list(traffic.groupby(["site", "zone"])))
    paths = dict(list(routes.groupby(["site", "zone"])))
    found, late, stranded = [], [], []
    for pair in pairs:
        mine, ways = sent.get(pair, traffic.iloc[:0]), paths.get(pair, routes.iloc[:0])
        flow = ways["flow_gbps"].to_numpy(dtype=float)
        masks = [
            frozenset(np.flatnonzero(_in_time(case, row, ways)).tolist())
            for row in mine.to_dict("records")
        ]
        gbps = mine["gbps"].to_numpy(dtype=float)
        found.append((gbps.sum(), flow.sum()))
        late.append(_beyond(masks, gbps, flow))
        of = guarded.reindex(mine["workload"]).to_numpy(dtype=bool)
        own = [mask for mask, kept in zip(masks, of, strict=True) if kept]
        after = flow + ways["spare_gbps"].to_numpy(dtype=float)
        cuts = _cuts(graph, ways) if own else []
        lost = [_after_cut(own, gbps[of], after, gone) for gone in cuts]
        stranded.append(max(lost, default=0.0))
    place = keyed("routes.csv", pd.MultiIndex.from_tuples(pairs, names=["site", "zone"]))
    if pairs:
        sums = np.array(found)
        case.findings.equal("route_traffic", place, sums[:, 1], sums[:, 0], least=1.0)
        case.findings.at_most("route_late", place, late, 0.0, size=sums[:, 0], least=1.0)
        case.findings.at_most("unprotected", place, stranded, 0.0, size=sums[:, 0], least=1.0)


def _without_traffic(case: Case, graph: Graph) -> None:
    """Work that sends nothing has a path in time over what stands; protected, after any one cut.

    For bulk data over links that move them within their hours.
    """
    frame, facts = case.service, case.facts
    latency = case.plan.model.settings.latency
    factor = 2.0 if latency.basis == "rtt" else 1.0
    columns = (
        "traffic_gbps_per_eflops",
        "protected",
        "bulk_gb",
        "latency_ms",
        "path_availability",
    )
    traffic, kept, bulk, limit, least = (
        facts.numbers("workloads", column, frame["workload"]) for column in columns
    )
    limit = np.where(np.isnan(limit) | (limit < factor * latency.fixed_ms), np.inf, limit)
    too_slow = {work: _too_slow(case, graph, work) for work in set(frame["workload"][traffic == 0])}
    rows, delays = [], []
    for row in np.flatnonzero((traffic == 0) & ((kept > 0) | (bulk > 0))).tolist():
        site, zone = frame["site"].iloc[row], frame["zone"].iloc[row]
        if graph.node["site", site] != graph.node["zone", zone]:
            over = site, zone, frozenset[str](), float(least[row])
            slow = too_slow[frame["workload"].iloc[row]]
            rows.append(row)
            cuts = graph.cuts if kept[row] > 0 else (frozenset[str](),)
            ways = (graph.fastest(*over, gone | slow) for gone in cuts)
            delays.append(factor * max(ways, default=np.inf))
    after = np.array(delays, dtype=float)
    good = np.isfinite(after) & (after <= limit[rows] + SLACK_MS)
    for code, of in (("unprotected", kept[rows] > 0), ("route_late", kept[rows] == 0)):
        place = keys("service", frame.iloc[rows].iloc[np.flatnonzero(of)])
        case.findings.true(code, place, good[of], after[of])


def _too_slow(case: Case, graph: Graph, workload: str) -> frozenset[str]:
    """Links over which the bulk data of a workload take longer than their hours."""
    bulk, most = (
        float(case.facts.numbers("workloads", column, [workload])[0])
        for column in ("bulk_gb", "max_transfer_h")
    )
    own = case.plan.model.settings.network.bulk
    rates = {
        label: own.efficiency * min(link.line_gbps, own.line_gbps)
        for label, link in graph.links.items()
    }
    hours = {label: bulk * 8 / 3600 / max(rate, 1e-12) for label, rate in rates.items()}
    return frozenset(label for label, needed in hours.items() if needed > most * (1 + 1e-9))


def _beyond(masks: list[frozenset[int]], gbps: np.ndarray, holds: np.ndarray) -> float:
    """The most that is sent beyond what the paths hold that it may use, Gbps."""
    worst = 0.0
    for union in _unions(set(masks)):
        kept = [mask <= union for mask in masks]
        worst = max(worst, float(gbps[kept].sum() - holds[sorted(union)].sum()))
    return worst


def _cuts(graph: Graph, ways: pd.DataFrame) -> list[frozenset[int]]:
    """For every link or shared risk group those of these paths that go over it (positions)."""
    over = [set(cell.split(";")) for cell in ways["links"]]
    riders = (
        frozenset(position for position, labels in enumerate(over) if labels & cut)
        for cut in graph.cuts
    )
    return [one for one in riders if one]


def _after_cut(
    masks: list[frozenset[int]], gbps: np.ndarray, holds: np.ndarray, gone: frozenset[int]
) -> float:
    """What protected work cannot send when these paths are gone, Gbps."""
    return _beyond([mask - gone for mask in masks], gbps, holds)


def _unions(masks: set[frozenset[int]]) -> set[frozenset[int]]:
    found: set[frozenset[int]] = set()
    for mask in masks:
        found |= {mask} | {mask | other for other in found}
    return found


def _in_time(case: Case, row: dict[Hashable, Any], ways: pd.DataFrame) -> np.ndarray:
    """Which paths of the pair the workload of a row may use."""
    settings = case.plan.model.settings
    limit, bulk, most, asked = (
        float(case.facts.numbers("workloads", column, [row["workload"]])[0])
        for column in ("latency_ms", "bulk_gb", "max_transfer_h", "path_availability")
    )
    factor = 2.0 if settings.latency.basis == "rtt" else 1.0
    delay = factor * ways["ms"].to_numpy(dtype=float)
    good = delay <= (np.inf if np.isnan(limit) else limit) + SLACK_MS
    if limit < factor * settings.latency.fixed_ms:
        good = np.full(len(delay), bool(row["own"]))
    rate = np.minimum(ways["line"].to_numpy(dtype=float), settings.network.bulk.line_gbps)
    rate = np.maximum(rate * settings.network.bulk.efficiency, 1e-12)
    hours = bulk * 8 / 3600 / rate
    good &= ways["stands"].to_numpy(dtype=float) >= asked * (1 - 1e-9)
    return np.asarray(good & (hours <= most * (1 + 1e-9)))


def _priced_km(graph: Graph, links: str) -> float:
    """Length of a path, each link of it times its price factor; NaN if unknown."""
    found = graph.path(links.split(";"))
    return np.nan if found is None else sum(link.km * link.price_factor for link in found)


def network_cost(case: Case) -> pd.DataFrame:
    """Carrying and keeping free along the paths, shipping, at the site; waves, new links."""
    settings = case.plan.model.settings
    price = settings.economy.transport_mcny_per_gbps_1000km_year
    routes, shipments = case.table("routes"), case.table("shipments")
    graph = graph_of(case.plan.model)
    priced = [_priced_km(graph, cell) for cell in routes["links"]]
    paid = routes["flow_gbps"] + routes["spare_gbps"].fillna(0.0)
    carried = price * np.array(priced, dtype=float) / 1000 * paid
    shipping = settings.network.shipping
    per_tb = shipping.cny_per_tb + shipping.cny_per_tb_1000km * _km(case, shipments) / 1000
    sent = shipments["volume_tb"].to_numpy(dtype=float) * per_tb / 1e6
    frame = case.table("links")
    names = labels_of(frame)
    link = [graph.links.get(name) for name in names]  # None: `unknown_key` says so
    added = sum(
        one.wave_cost * waves + (one.new_cost if one.new else 0.0) if one else np.nan
        for one, waves in zip(link, frame["waves"], strict=True)
    )
    parts = [
        pd.DataFrame({"site": routes["site"], "component": "network", "mcny": carried}),
        pd.DataFrame({"site": shipments["site"], "component": "network", "mcny": sent}),
        pd.DataFrame({"site": [NATION], "component": ["backbone"], "mcny": [float(added)]}),
    ]
    return pd.concat(parts, ignore_index=True)
