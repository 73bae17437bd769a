"""How much of the spread of an output one input explains alone: first-order indices.

From given samples: the variance between bins of an input over all variance, adjusted for the bins
that chance alone would tell apart (correlation ratio; Kelley, PNAS 21 (1935) 554–559), and the
regression on ranks, whose sign says the direction. From the design of Saltelli: his estimator of
2010 (first order) and Jansen's (total). Intervals are bootstrap percentiles, moved so that their
middle is the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 400
CONFIDENCE = 0.90
FEWEST = 16
"""Samples below which nothing is said."""


@dataclass(frozen=True)
class Index:
    """The first-order index of one input with its interval; the total one where it is known.

    `rank` is the coefficient of the regression on ranks (None with too few samples).
    """

    first: float
    low: float
    high: float
    total: float | None = None
    rank: float | None = None


def given_data(quantiles: Floats, values: Floats, seed: int = 0) -> list[Index | None]:
    """An index for every input (column of `quantiles`) from samples of any design.

    Samples without a value (NaN) are left out. None for all inputs with too few samples; zero
    where the output is always the same.
    """
    known = np.isfinite(values)
    x, y = quantiles[known], values[known]
    if len(y) < FEWEST:
        return [None] * quantiles.shape[1]
    if _flat(y):
        return [Index(0.0, 0.0, 0.0, rank=0.0) for _ in range(x.shape[1])]
    bins = _bins(x, len(y))
    draws = np.random.default_rng(seed).integers(0, len(y), (RESAMPLES, len(y)))
    ranks = _rank_coefficients(x, y)
    found: list[Index | None] = []
    for at, column in enumerate(bins.T):
        estimate = correlation_ratio(column, y)
        low, high = _interval(estimate, [correlation_ratio(column[d], y[d]) for d in draws])
        rank = None if ranks is None else float(ranks[at])
        found.append(Index(estimate, low, high, rank=rank))
    return found


def correlation_ratio(bins: NDArray[np.int64], y: Floats) -> float:
    """Share of the variance of y between bins, less what that many bins explain by chance."""
    count = np.bincount(bins)
    filled = count[count > 0]
    free = len(y) - len(filled)
    if free <= 0 or _flat(y):
        return 0.0
    sums, squares = np.bincount(bins, y), float(((y - y.mean()) ** 2).sum())
    means = np.divide(sums, count, out=np.zeros(len(sums)), where=count > 0)
    within = float(((y - means[bins]) ** 2).sum())
    return 1.0 - (within / free) / (squares / (len(y) - 1))


def saltelli(base: int, values: Floats, seed: int = 0) -> list[Index | None]:
    """An index for every input from the values at the points of the design (`sampling`).

    A row of the design counts only where all its points have a value.
    """
    table = values.reshape(-1, base)  # A, B, and one row for each input
    known = np.isfinite(table).all(axis=0)
    a, b, mixed = table[0, known], table[1, known], table[2:, known]
    if len(a) < FEWEST:
        return [None] * len(mixed)
    if _flat(np.concatenate([a, b])):
        return [Index(0.0, 0.0, 0.0, 0.0) for _ in mixed]
    draws = np.random.default_rng(seed).integers(0, len(a), (RESAMPLES, len(a)))
    found: list[Index | None] = []
    for part in mixed:
        estimate = _first(a, b, part)
        spread = [_first(a[d], b[d], part[d]) for d in draws]
        total = float(((a - part) ** 2).mean() / 2 / np.concatenate([a, b]).var())
        found.append(Index(estimate, *_interval(estimate, spread), total=total))
    return found


def _first(a: Floats, b: Floats, mixed: Floats) -> float:
    both = np.concatenate([a, b])
    variance = both.var()
    middle = both.mean()  # the estimator is exact for any shift, and steadier near zero
    return float(((b - middle) * (mixed - a)).mean() / variance) if variance > 0 else 0.0


def _bins(x: Floats, count: int) -> NDArray[np.int64]:
    """The bin of every sample for every input: about √count / 2 bins of as many samples each."""
    number = max(2, min(round(np.sqrt(count) / 2), 32))
    order = np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0, kind="stable")
    found: NDArray[np.int64] = order * number // count
    return found


def _rank_coefficients(x: Floats, y: Floats) -> Floats | None:
    """Coefficients of the regression of the ranks of y on those of every input."""
    if len(y) <= x.shape[1] + 2:
        return None
    ranks = _ranks(np.column_stack([x, y]))
    spread = ranks.std(axis=0)
    ranks = (ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found: Floats = np.linalg.lstsq(ranks[:, :-1], ranks[:, -1], rcond=None)[0]
    return found


def _ranks(table: Floats) -> Floats:
    """Ranks of every column, ties at their mean."""
    found = np.empty_like(table)
    for at in range(table.shape[1]):
        _, of, count = np.unique(table[:, at], return_inverse=True, return_counts=True)
        last = np.cumsum(count)
        found[:, at] = (last - (count - 1) / 2)[of]
    return found


def _interval(estimate: float, spread: list[float]) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(spread, [tail, 1 - tail])
    shift = estimate - float(np.mean(spread))
    return float(low) + shift, min(1.0, float(high) + shift)


def _flat(y: Floats) -> bool:
    return float(np.ptp(y)) <= 1e-9 * max(1.0, float(np.abs(y).max()))
