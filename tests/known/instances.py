"""Location problems of the literature, and the readers of the formats they are stored in.

The files are read from the folder that LAYOUT_BENCHMARKS names (default: `shared/benchmarks`
beside the repository) and are never copied here. Every reader returns the cost of serving the
*whole* demand of a customer, whatever the file's own convention.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Numbers = NDArray[np.float64]

FOLDER = Path(
    os.environ.get("LAYOUT_BENCHMARKS", Path(__file__).parents[3].joinpath("shared", "benchmarks"))
).resolve()
"""Where the public instances are."""


@dataclass(frozen=True)
class Instance:
    """A location problem: which sites to open, which site serves which customer.

    `cost[i, j]` is paid for serving all of customer j from site i. `single_source` forbids
    dividing a customer; `open_at_most` bounds the number of sites; `reach` is the largest distance
    allowed between a customer and its site; `penalty` is paid for each unit of demand that nobody
    serves (None: all must be served).
    """

    name: str
    capacity: Numbers
    fixed_cost: Numbers
    demand: Numbers
    cost: Numbers
    single_source: bool = False
    open_at_most: int | None = None
    distance: Numbers | None = None
    reach: float | None = None
    penalty: float | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Sites, customers."""
        return len(self.capacity), len(self.demand)


def published(name: str, variant: str, parameters: str = "") -> tuple[Path, float]:
    """The file and the published value of one question of the manifest."""
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["name"], row["variant"], row["parameters"]) == (name, variant, parameters):
                return FOLDER / row["file"], float(row["published_value"])
    raise KeyError(f"the manifest has no {name}, {variant}, {parameters!r}")


def read_orlib_cap(path: Path, *, single_source: bool = False) -> Instance:
    """OR-Library warehouse location: cost is for the whole demand."""
    values = _tokens(path)
    sites, customers = int(values[0]), int(values[1])
    head = values[2 : 2 + 2 * sites].reshape(sites, 2)
    rows = values[2 + 2 * sites :].reshape(customers, 1 + sites)
    return Instance(
        path.stem, head[:, 0], head[:, 1], rows[:, 0], rows[:, 1:].T, single_source=single_source
    )


def read_uncapacitated_orlib(path: Path) -> Instance:
    """The same layout, where capacity and demand say nothing."""
    return _without_capacity(read_orlib_cap(path))


def read_single_source(path: Path) -> Instance:
    """Holmberg, Diaz: capacities, fixed costs, demands, then a row of costs per customer."""
    values = _tokens(path)
    sites, customers = int(values[0]), int(values[1])
    ends = np.cumsum([2, sites, sites, customers, sites * customers])
    capacity, fixed, demand, cost = np.split(values, ends)[1:5]
    assert len(values) == ends[-1]
    return Instance(
        path.stem,
        capacity,
        fixed,
        demand,
        cost.reshape(customers, sites).T,
        single_source=True,
    )


def read_uflib(path: Path) -> Instance:
    """UflLib: a line with the name, then `m n 0`, then for each site its number, cost, costs."""
    text = path.read_text("utf-8").split("\n", 1)[1]
    values = np.array(text.split(), dtype=float)
    sites, customers = int(values[0]), int(values[1])
    rows = values[3:].reshape(sites, 2 + customers)
    return _without_capacity(
        Instance(path.stem, rows[:, 0], rows[:, 1], np.ones(customers), rows[:, 2:])
    )


def read_pmed(path: Path) -> Instance:
    """p-median on a graph: cost = shortest path, the last of two edges between a pair counts."""
    values = _tokens(path).astype(int)
    nodes, edges, open_at_most = values[:3]
    lengths = {}
    for start, end, length in values[3:].reshape(edges, 3):
        lengths[min(start, end) - 1, max(start, end) - 1] = length
    ends = np.array(list(lengths))
    graph = csr_array((list(lengths.values()), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    paths = dijkstra(graph, directed=False)
    free = np.zeros(nodes)
    return Instance(
        path.stem,
        np.full(nodes, np.inf),
        free,
        np.ones(nodes),
        paths,
        open_at_most=int(open_at_most),
        distance=paths,
    )


def read_pmedcap(path: Path) -> Instance:
    """Capacitated p-median: distances rounded down, not weighted by demand, single-source."""
    values = _tokens(path)
    nodes, open_at_most, capacity = int(values[2]), int(values[3]), values[4]
    rows = values[5:].reshape(nodes, 4)
    steps = rows[:, None, 1:3] - rows[None, :, 1:3]
    distance = np.floor(np.sqrt((steps**2).sum(axis=2)))
    return Instance(
        path.stem,
        np.full(nodes, capacity),
        np.zeros(nodes),
        rows[:, 3],
        distance,
        single_source=True,
        open_at_most=open_at_most,
    )


def _without_capacity(instance: Instance) -> Instance:
    sites, customers = instance.shape
    return replace(instance, capacity=np.full(sites, np.inf), demand=np.ones(customers))


def _tokens(path: Path) -> Numbers:
    return np.array(path.read_text("utf-8").split(), dtype=float)
