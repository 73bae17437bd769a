"""How far ranks hang on the weights: each weight moved by up to ±20%, the same way every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
SWING = 0.2
"""Each weight is multiplied by a factor within 1 ± this."""
DRAWS = 1000
_TIE = 1e-9


@dataclass(frozen=True)
class Spread:
    """Over the changed weights, for each ranked site (0 and NaN for the others).

    `best` and `worst` rank that occurred, `share` of the draws in which it is among the first
    `top`.
    """

    top: int
    draws: int
    best: Ints
    worst: Ints
    share: Floats


def ranks(score: Floats, ranked: Mask) -> Ints:
    """1 for the highest score among `ranked`, equal scores sharing the better rank; else 0."""
    own = np.sort(score[ranked])
    above = len(own) - np.searchsorted(own, score + _TIE, side="right")
    return np.where(ranked, above + 1, 0).astype(np.int64)


def factors(count: int, draws: int = DRAWS) -> Floats:
    """Draws × weights: factors that fill the cube 1 ± `SWING` evenly, without any dice.

    An additive recurrence on the powers of 1/g, where g^(count + 1) = g + 1.
    """
    g = 2.0
    for _ in range(60):
        g = (1.0 + g) ** (1.0 / (count + 1))
    steps = (1.0 / g) ** np.arange(1, count + 1)
    points = (0.5 + np.arange(1, draws + 1)[:, None] * steps[None, :]) % 1.0
    return 1.0 - SWING + 2 * SWING * points


def spread(normal: Floats, known: Mask, mass: Floats, ranked: Mask, top: int) -> Spread:
    """Ranks under every draw; `mass` are the weights, `normal` the values on their scales."""
    count = len(ranked)
    used = np.flatnonzero(mass > 0)
    best, worst = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    share = np.full(count, np.nan)
    rows = np.flatnonzero(ranked)
    if not len(rows) or not len(used):
        return Spread(top, 0, best, worst, share)
    weights = mass[used] * factors(len(used))
    on, values = known[np.ix_(rows, used)].astype(float), normal[np.ix_(rows, used)]
    score = np.round((weights @ (values * on).T) / (weights @ on.T) * 100, 9)
    every = np.ones(len(rows), dtype=bool)
    found = np.array([ranks(row, every) for row in score])
    best[rows], worst[rows] = found.min(axis=0), found.max(axis=0)
    share[rows] = (found <= top).mean(axis=0)
    return Spread(top, len(weights), best, worst, share)
