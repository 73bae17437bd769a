"""Readers of the formats in which location problems of the literature are stored.

Every reader returns the cost of serving the *whole* demand of a customer, whatever the file's own
convention. Line breaks carry no meaning: a file is one stream of words.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.instances.problem import Instance, Numbers


def read_orlib_cap(
    path: Path, *, single_source: bool = False, capacity: float | None = None
) -> Instance:
    """OR-Library warehouse location: cost is for the whole demand.

    `capacity` stands in the place of the word ``capacity``, which some files have for a number.
    """
    values = _numbers(path, word=capacity)
    sites, customers = int(values[0]), int(values[1])
    head, rows = _parts(path, values[2:], 2 * sites, customers * (1 + sites))
    head, rows = head.reshape(sites, 2), rows.reshape(customers, 1 + sites)
    return Instance(
        path.stem, head[:, 0], head[:, 1], rows[:, 0], rows[:, 1:].T, single_source=single_source
    )


def read_single_source(path: Path) -> Instance:
    """Holmberg, Diaz, Yang: capacities, fixed costs, demands, then a row of costs per customer."""
    values = _numbers(path)
    sites, customers = int(values[0]), int(values[1])
    capacity, fixed, demand, cost = _parts(
        path, values[2:], sites, sites, customers, sites * customers
    )
    cost = cost.reshape(customers, sites).T
    return Instance(path.stem, capacity, fixed, demand, cost, single_source=True)


def read_tbed1(path: Path) -> Instance:
    """Avella and Boccia: demands, capacities, fixed costs, then costs *per unit* by site."""
    values = _numbers(path)
    customers, sites = int(values[0]), int(values[1])
    demand, capacity, fixed, cost = _parts(
        path, values[2:], customers, sites, sites, sites * customers
    )
    return Instance(path.stem, capacity, fixed, demand, cost.reshape(sites, customers) * demand)


def read_uflib(path: Path) -> Instance:
    """UflLib: for each site its number, opening cost and costs, or the layout of OR-Library.

    The first line may be a name. Capacity and demand, where they stand, say nothing.
    """
    words = path.read_text("utf-8").split("\n", 1)
    if not _is_number(words[0].split()[0]):
        words = words[1:]
    values = np.array(" ".join(words).split(), dtype=float)
    sites, customers = int(values[0]), int(values[1])
    if len(values) != 3 + sites * (2 + customers):
        return without_capacity(read_orlib_cap(path))
    rows = values[3:].reshape(sites, 2 + customers)
    return without_capacity(
        Instance(path.stem, rows[:, 0], rows[:, 1], np.ones(customers), rows[:, 2:])
    )


def read_pmed(path: Path) -> Instance:
    """p-median on a graph: cost = shortest path, the last of two edges between a pair counts."""
    values = _numbers(path).astype(int)
    nodes, edges, open_at_most = values[:3]
    lengths = {}
    for start, end, length in _parts(path, values[3:], 3 * edges)[0].reshape(edges, 3):
        lengths[min(start, end) - 1, max(start, end) - 1] = length
    ends = np.array(list(lengths))
    graph = csr_array((list(lengths.values()), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    paths = dijkstra(graph, directed=False)
    return Instance(
        path.stem,
        np.full(nodes, np.inf),
        np.zeros(nodes),
        np.ones(nodes),
        paths,
        open_at_most=int(open_at_most),
        distance=paths,
    )


def read_pmedcap(path: Path) -> Instance:
    """Capacitated p-median: distances rounded down, not weighted by demand, single-source."""
    values = _numbers(path)
    nodes, open_at_most, capacity = int(values[2]), int(values[3]), values[4]
    rows = _parts(path, values[5:], 4 * nodes)[0].reshape(nodes, 4)
    steps = rows[:, None, 1:3] - rows[None, :, 1:3]
    return Instance(
        path.stem,
        np.full(nodes, capacity),
        np.zeros(nodes),
        rows[:, 3],
        np.floor(np.sqrt((steps**2).sum(axis=2))),
        single_source=True,
        open_at_most=open_at_most,
    )


def read_predefined(path: Path, open_at_most: int) -> Instance:
    """A CSV file with a row per site: capacity, predefined, and the time to each demand point."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = [name for name in rows[0] if name.startswith("time_")]
    cost = np.array([[float(row[name]) for name in times] for row in rows])
    return Instance(
        path.stem,
        np.array([float(row["capacity"]) for row in rows]),
        np.zeros(len(rows)),
        np.ones(len(times)),
        cost,
        single_source=True,
        open_at_most=open_at_most,
        filled=np.array([row["predefined"] == "1" for row in rows]),
    )


def without_capacity(instance: Instance) -> Instance:
    """The problem in which every site may serve everybody, whatever they demand."""
    sites, customers = instance.shape
    return replace(instance, capacity=np.full(sites, np.inf), demand=np.ones(customers))


def _numbers(path: Path, word: float | None = None) -> Numbers:
    """The words of a file as numbers; the word ``capacity`` stands for `word`."""
    words = path.read_text("utf-8").split()
    if word is not None:
        words = [repr(word) if each == "capacity" else each for each in words]
    return np.array(words, dtype=float)


def _parts(path: Path, values: Numbers, *sizes: int) -> list[Numbers]:
    """The values cut into parts of some sizes. Raises ValueError where they do not add up."""
    if len(values) != sum(sizes):
        raise ValueError(f"{path}: {sum(sizes)} numbers are expected after the sizes, "
                         f"found {len(values)}: a damaged copy?")  # fmt: skip
    return np.split(values, np.cumsum(sizes)[:-1])


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
