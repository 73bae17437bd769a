"""Samples of uncertain inputs: Latin hypercube, Sobol, and the designs of Saltelli.

Latin hypercube: McKay, Beckman and Conover (1979). Scrambled Sobol points: Owen (1998). The design
for indices from Sobol points: Saltelli et al., Computer Physics Communications 181 (2010) 259–270.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layout.study.uncertainty.ranges import Range, inputs_of

Floats = NDArray[np.float64]
METHODS = ("lhs", "sobol")


@dataclass(frozen=True)
class Design:
    """Points in the unit cube, and what each sample sets.

    `quantiles[sample, input]`; `inputs` names its columns. With `base` the points are those of
    Saltelli: `base` rows of A, then of B, then for every input those of A with its column of B.
    """

    inputs: tuple[str, ...]
    quantiles: Floats
    sets: tuple[tuple[str, ...], ...]
    texts: tuple[dict[str, str], ...]
    base: int | None = None

    def __len__(self) -> int:
        return len(self.sets)


def points(count: int, dimensions: int, method: str, seed: int) -> Floats:
    """`count` points of a unit cube. Raises ValueError for an unknown method."""
    from scipy.stats import qmc

    if method == "lhs":
        found: Floats = qmc.LatinHypercube(dimensions, rng=seed).random(count)
        return found
    if method != "sobol":
        raise ValueError(f"no method {method!r}; there are {', '.join(METHODS)}")
    whole = qmc.Sobol(dimensions, rng=seed).random_base2(math.ceil(math.log2(max(count, 1))))
    return np.asarray(whole[:count], dtype=float)


def sampled(
    ranges: Sequence[Range],
    count: int,
    *,
    method: str = "lhs",
    seed: int = 0,
    saltelli: bool = False,
) -> Design:
    """`count` samples of the ranges; with `saltelli` count·(inputs + 2), Sobol points.

    The same arguments give the same samples on every machine.
    """
    inputs = inputs_of(ranges)
    if saltelli:
        quantiles = _saltelli(points(count, 2 * len(inputs), "sobol", seed))
    else:
        quantiles = points(count, len(inputs), method, seed)
    columns = [one.at(quantiles[:, inputs.index(one.input)]) for one in ranges]
    texts = tuple(
        dict(zip([one.path for one in ranges], row, strict=True))
        for row in zip(*columns, strict=True)
    )
    sets = tuple(tuple(one.setting(row[one.path]) for one in ranges) for row in texts)
    return Design(tuple(inputs), quantiles, sets, texts, count if saltelli else None)


def _saltelli(both: Floats) -> Floats:
    """A, B, and A with one column of B at a time, below each other."""
    width = both.shape[1] // 2
    a, b = both[:, :width], both[:, width:]
    mixed = []
    for column in range(width):
        part = a.copy()
        part[:, column] = b[:, column]
        mixed.append(part)
    return np.vstack([a, b, *mixed])
