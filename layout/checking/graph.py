"""The backbone worked out again for the check: nodes, links, fastest delays (Dijkstra)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.checking.lanes import arc_km
from layout.once import once

if TYPE_CHECKING:
    from layout.model import PlanningModel


@dataclass(frozen=True)
class Link:
    """One row of ``arcs``: its ends, great circle, delay and what it holds."""

    ends: tuple[str, str]
    km: float
    price_factor: float
    ms: float
    capacity_gbps: float
    wave_gbps: float
    wave_cost: float
    max_waves: float
    new: bool
    new_cost: float
    availability: float
    risk_group: str

    @property
    def line_gbps(self) -> float:
        """The fastest line that runs over it."""
        return max(self.capacity_gbps, self.wave_gbps)


Asked = tuple[str, frozenset[str], float, frozenset[str]]
"""From which node, over which new links, how available, and without which links."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Links by label, nodes of sites and zones, and what it takes to reach the node (ms)."""

    links: dict[str, Link]
    node: dict[tuple[str, str], str]
    leg_ms: dict[tuple[str, str], float]
    fixed_ms: float
    _known: dict[Asked, dict[str, float]] = field(default_factory=dict)

    def path(self, labels: list[str]) -> list[Link] | None:
        """The links of those labels, None where one is unknown."""
        found = [self.links.get(label) for label in labels]
        return [link for link in found if link] if all(found) else None

    def joins(self, links: list[Link], site: str, zone: str) -> bool:
        """Whether the links lead, one after the other, from the site's node to the zone's."""
        at = self.node["site", site]
        for link in links:
            if at not in link.ends:
                return False
            at = link.ends[1] if at == link.ends[0] else link.ends[0]
        return at == self.node["zone", zone]

    def delay(self, links: list[Link], site: str, zone: str) -> float:
        """One-way delay of a path, ms."""
        legs = self.leg_ms["site", site] + self.leg_ms["zone", zone]
        return self.fixed_ms + legs + sum(link.ms for link in links)

    @cached_property
    def cuts(self) -> tuple[frozenset[str], ...]:
        """The links that are cut together: of one risk group, else each by itself."""
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for label, link in self.links.items():
            groups[(link.risk_group, "") if link.risk_group else ("", label)].add(label)
        return tuple(map(frozenset, groups.values()))

    def fastest(
        self,
        site: str,
        zone: str,
        built: frozenset[str],
        least: float,
        gone: frozenset[str] = frozenset(),
    ) -> float:
        """One way over links that stand or were built, ms: the fastest path so available.

        Without those links that are `gone`.
        """
        start, end = self.node["site", site], self.node["zone", zone]
        asked = start, built, least, gone
        if asked not in self._known:
            self._known[asked] = self._search(*asked)
        far = self._known[asked].get(end, np.inf)
        return self.fixed_ms + far + self.leg_ms["site", site] + self.leg_ms["zone", zone]

    def _search(
        self, start: str, built: frozenset[str], least: float, gone: frozenset[str]
    ) -> dict[str, float]:
        """Node → delay of the fastest path to it whose availability is `least` or more.

        Dijkstra, with a node met again as long as it is by a path more available than before.
        """
        beside = defaultdict(list)
        for label, link in self.links.items():
            if (not link.new or label in built) and label not in gone:
                beside[link.ends[0]].append((link.ends[1], link))
                beside[link.ends[1]].append((link.ends[0], link))
        settled: dict[str, float] = {}
        stands: dict[str, float] = {}
        queue = [(0.0, -1.0, start)]
        while queue:
            far, negative, node = heappop(queue)
            share = -negative
            if node in settled and (least == 0 or share <= stands[node]):
                continue
            settled.setdefault(node, far)
            stands[node] = share
            for other, link in beside[node]:
                left = share * link.availability
                if left >= least * (1 - 1e-9) and (least > 0 or other not in settled):
                    heappush(queue, (far + link.ms, -left, other))
        return settled


def label_of(start: str, end: str, medium: str, technology: str) -> str:
    """The label of a link in ``routes.csv``: the medium is left out of a plain direct line."""
    if technology:
        return "~".join((start, end, medium, technology))
    return f"{start}~{end}" if medium == "direct" else f"{start}~{end}~{medium}"


def labels_of(frame: pd.DataFrame) -> list[str]:
    """The labels of rows of ``links.csv``."""
    named = zip(frame["from"], frame["to"], frame["medium"], frame["technology"], strict=True)
    return [label_of(*each) for each in named]


@once
def graph_of(model: PlanningModel) -> Graph:
    """The backbone that the tables of a model state."""
    latency, network = model.settings.latency, model.settings.network
    places = _places(model)
    links = {}
    for row in model["arcs"].to_dict("records"):
        km = float(row["length_km"])
        if np.isnan(km):
            km = _apart(places.get(row["from"]), places.get(row["to"]))
        factor = getattr(network.route_factor, row["medium"])
        price = float(row["price_factor"])
        if np.isnan(price):
            price = getattr(network.price_factor, row["medium"])
        links[label_of(row["from"], row["to"], row["medium"], row["technology"])] = Link(
            (row["from"], row["to"]),
            km,
            price,
            float(row["equipment_ms"]) + km * factor / latency.km_per_ms,
            float(row["capacity_gbps"]),
            float(np.nan_to_num(row["wave_gbps"])),
            float(row["wave_cost_mcny_per_year"]),
            float(row["max_waves"]),
            bool(row["new"]),
            float(row["new_cost_mcny_per_year"]),
            float(row["link_availability"]),
            str(row["risk_group"]),
        )
    node = _nodes(model)
    leg = {}
    for (of, code), name in node.items():
        frame = model[f"{of}s"].set_index(of)
        own = float(frame["lat"][code]), float(frame["lon"][code])
        away = _apart(own, places.get(name)) if name in places else 0.0
        leg[of, code] = away * latency.route_factor / latency.km_per_ms
    return Graph(links, node, leg, latency.fixed_ms)


def _places(model: PlanningModel) -> dict[str, tuple[float, float]]:
    """Code → place; a zone goes before a site of the same code."""
    found = {}
    for table in ("sites", "zones"):
        frame = model[table]
        codes = zip(frame[table[:-1]], frame["lat"], frame["lon"], strict=True)
        found.update({code: (float(lat), float(lon)) for code, lat, lon in codes})
    return found


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    if one is None or other is None:
        return float("nan")
    values = [np.array([value]) for value in (*one, *other)]
    return float(arc_km(*values)[0])


def _nodes(model: PlanningModel) -> dict[tuple[str, str], str]:
    """(site or zone, code) → node: given, or the first of own code, zone, province on a link."""
    linked = set(model["arcs"]["from"]) | set(model["arcs"]["to"])
    found = {}
    for table in ("sites", "zones"):
        of = table[:-1]
        for row in model[table].to_dict("records"):
            ways = [row[of], row["zone"], row["province"]]
            on = [name for name in ways if name in linked and name]
            off = [name for name in ways[::-1] if name]
            found[of, row[of]] = row["node"] or [*on, *off][0]
    return found


def over_backbone(
    graph: Graph,
    built: frozenset[str],
    service: pd.DataFrame,
    ways: pd.DataFrame,
    least: NDArray[np.float64],
    disks: NDArray[np.bool_],
) -> pd.DataFrame:
    """`lanes` of service rows whose delay is that of the fastest path; no price by distance.

    `least` is what the availability of the path of each row must reach. A row that may travel on
    `disks` has the delay of a less available path where no other is, else that of one not built.
    """
    new = frozenset(label for label, link in graph.links.items() if link.new)
    rows = zip(service["site"], service["zone"], ways["distance_ms"], least, disks, strict=True)
    delay = []
    for site, zone, near, asked, by_disk in rows:
        if graph.node["site", site] == graph.node["zone", zone]:
            delay.append(near)
            continue
        chosen = [(built, float(asked)), *([(built, 0.0), (new, 0.0)] if by_disk else [])]
        found = (graph.fastest(site, zone, *one) for one in chosen)
        delay.append(next(filter(np.isfinite, found), np.inf))
    return ways.assign(one_way_ms=np.array(delay, dtype=float), measured=False, mcny_per_eflops=0.0)
