"""Scores of sites: points from weighted criteria, exclusions, ranks.

How values become points is said in `layout.study.weighing.points`; here excluded sites do not
stretch a scale, and have no rank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.study.weighing.criterion import Criterion, Floats, Mask
from layout.study.weighing.points import points_of, scaled
from layout.study.weighing.robustness import ranks, spread
from layout.study.weighing.weights import Weight

if TYPE_CHECKING:
    from layout.study.weighing.robustness import Spread


@dataclass(frozen=True)
class Reason:
    """Why a site is ruled out: below or above a limit, forbidden, or nothing may be built."""

    code: str
    criterion: str = ""
    value: float = math.nan
    limit: float = math.nan


@dataclass(frozen=True)
class Scored:
    """Arrays over sites (and criteria, in the order of `weights`).

    `share` is the weight of a criterion in the site's score (0 where its value is missing),
    `points` its contribution, `place` the site's rank by that criterion alone (0 = none). `rank` is
    0 where the site is excluded or too little is known.
    """

    weights: tuple[Weight, ...]
    left_out: Mapping[str, str]
    normal: Floats
    share: Floats
    points: Floats
    place: NDArray[np.int64]
    score: Floats
    least: Floats
    greatest: Floats
    known: Floats
    rank: NDArray[np.int64]
    reasons: tuple[tuple[Reason, ...], ...]
    untested: tuple[tuple[str, ...], ...]
    spread: Spread

    @property
    def excluded(self) -> Mask:
        """Site → whether it is ruled out."""
        return np.array([bool(one) for one in self.reasons], dtype=bool)


def scored(
    criteria: Mapping[str, Criterion],
    weights: Sequence[Weight],
    barred: Sequence[tuple[Reason, ...]],
    top: int,
) -> Scored:
    """Every site's score and rank; `barred` are the reasons that the model itself gives."""
    reasons, untested = _exclusions(criteria, weights, barred)
    free = np.array([not one for one in reasons], dtype=bool)
    scale = scaled(criteria, weights, free)
    normal, mass = scale.normal, scale.mass
    points = points_of(normal, mass)
    ranked = free & points.ranked
    rank = ranks(points.score, ranked)
    swung = spread(np.nan_to_num(normal), ~np.isnan(normal), mass, ranked, top)
    return Scored(
        weights=scale.weights,
        left_out=scale.left_out,
        normal=normal,
        share=points.share,
        points=points.points,
        place=_places(criteria, scale.weights, free),
        score=points.score,
        least=points.least,
        greatest=points.greatest,
        known=points.known,
        rank=rank,
        reasons=tuple(reasons),
        untested=tuple(untested),
        # ties of rounded scores may be none of exact ones: the rank itself is in its span
        spread=replace(
            swung, best=np.minimum(swung.best, rank), worst=np.maximum(swung.worst, rank)
        ),
    )


def _exclusions(
    criteria: Mapping[str, Criterion],
    weights: Sequence[Weight],
    barred: Sequence[tuple[Reason, ...]],
) -> tuple[list[tuple[Reason, ...]], list[tuple[str, ...]]]:
    """Why each site is ruled out, and by which limits it could not be tested."""
    reasons = [list(one) for one in barred]
    untested: list[list[str]] = [[] for _ in barred]
    for one in weights:
        low, high = one.exclude_below, one.exclude_above
        if math.isnan(low) and math.isnan(high):
            continue
        for site, value in enumerate(criteria[one.criterion].value.tolist()):
            if math.isnan(value):
                untested[site].append(one.criterion)
            elif value < low:
                reasons[site].append(Reason("below", one.criterion, value, low))
            elif value > high:
                reasons[site].append(Reason("above", one.criterion, value, high))
    return [tuple(one) for one in reasons], [tuple(one) for one in untested]


def _places(
    criteria: Mapping[str, Criterion], weights: Sequence[Weight], free: Mask
) -> NDArray[np.int64]:
    """Site × criterion → rank by the raw value among the sites that are not excluded."""
    columns = []
    for one in weights:
        value = criteria[one.criterion].value
        better = value if one.direction == "higher" else -value
        columns.append(ranks(np.nan_to_num(better, nan=-np.inf), free & ~np.isnan(value)))
    return np.array(columns, dtype=np.int64).reshape(len(weights), len(free)).T
