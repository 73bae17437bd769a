"""Fastest loopless paths between two nodes of an undirected graph, and how fast they are.

Yen's algorithm in the form of `scipy.sparse.csgraph.yen`, which the project depends on anyway.
Every link is cut in two by a node of its own, so that parallel links (a direct line beside the
public network) are different paths. Only a model with a backbone loads scipy, which takes a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Link = tuple[int, int, float]
Path = tuple[int, ...]
NEAR = 1e-9
"""How near to the availability asked is enough."""


def fastest_paths(
    nodes: int, links: Sequence[Link], pairs: Iterable[tuple[int, int]], count: int
) -> dict[tuple[int, int], list[Path]]:
    """(from, to) → up to `count` loopless paths, fastest first, each the positions of its links.

    `links` are (node, node, delay > 0) and can be used both ways. A pair without any path has an
    empty list.
    """
    graph = _graph(nodes, links)
    found: dict[tuple[int, int], list[Path]] = {}
    for start, end in pairs:
        if (end, start) in found:
            found[start, end] = [path[::-1] for path in found[end, start]]
        elif (start, end) not in found:
            found[start, end] = _between(graph, nodes, start, end, count)
    return found


def fastest_delays(
    nodes: int,
    links: Iterable[tuple[int, int, float, float]],
    starts: Iterable[int],
    least: float = 0.0,
) -> dict[int, NDArray[np.float64]]:
    """Start → delay of the fastest path to every node that is as available as asked; inf = none.

    `links` are (node, node, delay > 0, availability). That of a path is the product over its links,
    and `least` what it must reach (up to 1e-9). Labels are settled by delay (Martins 1984): a node
    is settled again only by a slower path that is more available.
    """
    beside: list[list[tuple[int, float, float]]] = [[] for _ in range(nodes)]
    for one, other, delay, stands in links:
        if stands > 0 or least == 0:
            lost = -log(stands) if least > 0 else 0.0
            beside[one].append((other, delay, lost))
            beside[other].append((one, delay, lost))
    room = -log(least) + NEAR if least > 0 else 0.0
    found = {}
    for start in starts:
        delays, best = np.full(nodes, np.inf), np.full(nodes, np.inf)
        queue = [(0.0, 0.0, start)]
        while queue:
            delay, lost, node = heappop(queue)
            if lost >= best[node]:
                continue
            best[node], delays[node] = lost, min(delay, delays[node])
            for other, more, gone in beside[node]:
                if lost + gone <= room and lost + gone < best[other]:
                    heappush(queue, (delay + more, lost + gone, other))
        found[start] = delays
    return found


def _graph(nodes: int, links: Sequence[Link]) -> csr_array:
    """Both directions of both halves of every link; link number l is node `nodes` + l."""
    from scipy.sparse import csr_array

    one = np.array([link[0] for link in links], dtype=np.int32)
    other = np.array([link[1] for link in links], dtype=np.int32)
    half = np.array([link[2] / 2 for link in links], dtype=float)
    middle = np.arange(nodes, nodes + len(links), dtype=np.int32)
    row = np.concatenate([one, middle, other, middle])
    column = np.concatenate([middle, one, middle, other])
    size = nodes + len(links)
    return csr_array((np.tile(half, 4), (row, column)), shape=(size, size))


def _between(graph: csr_array, nodes: int, start: int, end: int, count: int) -> list[Path]:
    from scipy.sparse.csgraph import yen

    if graph.nnz == 0:
        return []
    delay, before = yen(graph, start, end, count, return_predecessors=True)
    return [_walk(before[row], nodes, start, end) for row in np.argsort(delay, kind="stable")]


def _walk(before: NDArray[np.int32], nodes: int, start: int, end: int) -> Path:
    """The links of a path from its predecessor list."""
    at, links = end, []
    while at != start:
        at = int(before[at])
        if at >= nodes:
            links.append(at - nodes)
    return tuple(links[::-1])
