"""How the traffic of a site and a zone is divided over their paths, every day and after a cut (43).

Traffic is a sum over workloads, and which of them takes which path is left open as far as delays
allow it. By the theorem of Gale (1957) a division exists in which no workload is on a path that it
may not use, exactly if for every union of the sets of paths that workloads may use, the union
carries all that may go nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Ints, Linear
from layout.formulation.lines import Lines, add_traffic
from layout.formulation.parts import Part, Rows
from layout.formulation.variables import Variables


@dataclass(frozen=True)
class _Sets:
    """Rows of sets of paths: the pair of site and zone, the paths, and those that a cut stops.

    Sorted by pair; paths are bits by rank. `whole` is the largest set of its pair and cut.
    """

    pair: Ints
    paths: Ints
    cut: Ints
    whole: np.ndarray

    @classmethod
    def of(cls, masks: dict[int, set[int]], cuts: dict[int, list[int]] | None = None) -> _Sets:
        """All unions of the masks of each pair, without the paths of each of its cuts."""
        found = []
        for pair in sorted(masks):
            for cut in [0] if cuts is None else cuts[pair]:
                unions = _unions(sorted({mask & ~cut for mask in masks[pair]}))
                found += [(pair, union, cut, union == unions[-1]) for union in unions]
        table = np.array(found, dtype=np.int64).reshape(-1, 4)
        return cls(table[:, 0], table[:, 1], table[:, 2], table[:, 3] > 0)


def routing(v: Variables, lines: Lines) -> Rows:
    """Paths carry the traffic of site and zone, each workload on paths that are in time (43).

    Σ_{p in S} route[i,z,p,y] ≥ Σ_{w whose paths all lie in S} gbps[w]·(served − ship)[i,z,w,y]
    for every union S of the paths that workloads may use, = for the largest; Gbps.
    """
    busy = np.flatnonzero((lines.by_route > 0) & (lines.gbps > 0))
    sets = _Sets.of(_masks_of(v, lines, busy))
    each = np.arange(len(lines.graph.routes))
    rows = _carried(v, lines, sets, busy, [(v.parts["route"], each)])
    labels = (*_ends(v, sets), _ranks(sets.paths), np.full(len(sets.pair), v.case.year))
    index = Index(("site", "zone", "paths", "year"), labels)
    upper = np.where(sets.whole, 0.0, np.inf)
    return rows.rows(index, lower=0.0, upper=upper, doc="paths carry what is in time on them, Gbps")


def protection(v: Variables, lines: Lines) -> Rows:
    """What is left when a link is cut carries all protected work of site and zone, in time (R41).

    Σ_{p in S ∖ C} (route + spare_route)[i,z,p,y] ≥ Σ_{protected w whose paths all lie in S or C}
    gbps[w]·(served − ship)[i,z,w,y] for every set C of paths that one cut stops (of a link, or of
    all links of a shared risk group) and every union S of the paths that are left to workloads;
    Gbps. Other work gives way. A cut that stops fewer paths than another has no row of its own.
    """
    masks = _masks_of(v, lines, lines.protected)
    sets = _Sets.of(masks, _cuts(v, lines, masks))
    each = np.arange(len(lines.graph.routes))
    carriers = [(v.parts["route"], each), (v.parts["spare_route"], lines.spared)]
    rows = _carried(v, lines, sets, lines.protected, carriers)
    year = np.full(len(sets.pair), v.case.year)
    labels = (*_ends(v, sets), _ranks(sets.cut), _ranks(sets.paths), year)
    index = Index(("site", "zone", "cut", "paths", "year"), labels)
    return rows.rows(index, lower=0.0, doc="what is left after a cut carries protected work, Gbps")


def _carried(
    v: Variables, lines: Lines, sets: _Sets, flows: Ints, carriers: Iterable[tuple[Part, Ints]]
) -> Linear:
    """What the paths of each set hold less the traffic of those flows that have no other.

    `carriers` are variables with the routes that they stand for.
    """
    case, routes = v.case, lines.graph.routes
    zones = len(case.zones)
    rows = Linear(len(sets.pair))
    start = np.searchsorted(sets.pair, np.arange(len(case.sites) * zones + 1))
    of_route = routes.site * zones + routes.zone
    bit = np.left_shift(np.int64(1), routes.rank)
    of_flow = (case.flows.site * zones + case.flows.zone)[flows]
    mask = lines.by_route[flows]
    row_of = np.full(len(case.flows), -1, dtype=np.int64)
    for step in range(int(np.diff(start).max(initial=0))):
        for part, of in carriers:
            row = _nth(start, of_route[of], step)
            inside = (row >= 0) & ((sets.paths[np.maximum(row, 0)] & bit[of]) > 0)
            rows.add(part, np.where(inside, row, -1), np.arange(len(of)))
        row = _nth(start, of_flow, step)
        other = ~(sets.paths | sets.cut)[np.maximum(row, 0)]
        row_of[flows] = np.where((row >= 0) & ((mask & other) == 0), row, -1)
        add_traffic(v, lines, rows, row_of, -1.0)
    return rows


def _masks_of(v: Variables, lines: Lines, flows: Ints) -> dict[int, set[int]]:
    """Pair of site and zone → the different sets of paths that these flows may use."""
    pair = (v.case.flows.site * len(v.case.zones) + v.case.flows.zone)[flows]
    masks: dict[int, set[int]] = {}
    for at, mask in zip(pair.tolist(), lines.by_route[flows].tolist(), strict=True):
        masks.setdefault(at, set()).add(mask)
    return masks


def _cuts(v: Variables, lines: Lines, masks: dict[int, set[int]]) -> dict[int, list[int]]:
    """Pair of site and zone → the largest sets of its paths that one cut stops."""
    routes, risk = lines.graph.routes, lines.graph.links["risk"].to_numpy(dtype=np.int64)
    pair = (routes.site * len(v.case.zones) + routes.zone)[lines.spared]
    riding: dict[int, dict[int, int]] = {at: {} for at in masks}
    for at, route in zip(pair.tolist(), lines.spared.tolist(), strict=True):
        for cut in risk[routes.links[routes.first[route] : routes.first[route + 1]]].tolist():
            riding[at][cut] = riding[at].get(cut, 0) | 1 << int(routes.rank[route])
    return {at: list(_largest(set(cuts.values()))) for at, cuts in riding.items()}


def _largest(sets: set[int]) -> Iterator[int]:
    for one in sorted(sets):
        if not any(one != other and one & other == one for other in sets):
            yield one


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


def _ends(v: Variables, sets: _Sets) -> tuple[np.ndarray, np.ndarray]:
    """Labels of site and zone of every row."""
    zones = len(v.case.zones)
    sites, names = np.array(v.case.sites, dtype=object), np.array(v.case.zones, dtype=object)
    return sites[sets.pair // zones], names[sets.pair % zones]


def _ranks(sets: Ints) -> np.ndarray:
    """``p1+p3`` for the bits of rank 0 and 2."""
    names = [
        "+".join(f"p{rank + 1}" for rank in range(one.bit_length()) if one >> rank & 1)
        for one in sets.tolist()
    ]
    return np.array(names, dtype=object)
