"""Scores of sites from weighted criteria: normalised values, contributions, exclusions, ranks.

The rules, which every page and file repeats:

- A value is put on the scale from worst (0) to best (1) and cut off beyond its ends; ends that the
  weights file does not give are those of the sites that are not excluded. "Unlimited" is best
  where more is better and worst where less is.
- A missing value is never a zero: the weights of what is known of a site are spread over the
  whole, the share known is shown, and so is the score if all that is missing were worst or best.
  A site of whose weight less than half is known gets no rank.
- A criterion that nobody has a value for, or that is the same everywhere, is left out and named.
- Contributions are rounded to 0.01 points and the score is their sum, so that it adds up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.study.suitability.criteria import Criterion
from layout.study.suitability.robustness import ranks, spread
from layout.study.suitability.weights import Weight

if TYPE_CHECKING:
    from layout.study.suitability.robustness import Spread

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
LEAST_KNOWN = 0.5
"""Share of the weight that must be known of a site for it to be ranked."""
POINTS = 100.0
_CENTS = 100.0
_SAME = 1e-12


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
    scaled, left_out = [], {}
    for weight in weights:
        with_ends = _scale(criteria[weight.criterion], weight, free)
        reason = _why_left_out(criteria[weight.criterion], with_ends)
        if reason:
            left_out[weight.criterion] = reason
        scaled.append(with_ends if not reason else weight)
    count = len(barred)
    normal = np.full((count, len(weights)), np.nan)
    for at, one in enumerate(scaled):
        if one.criterion not in left_out:
            normal[:, at] = _normal(criteria[one.criterion], one)
    mass = np.array([0.0 if one.criterion in left_out else one.weight for one in scaled])
    known = np.where(np.isnan(normal), 0.0, mass)
    given, total = known.sum(axis=1), float(mass.sum())
    share = np.divide(known, given[:, None], out=np.zeros_like(known), where=given[:, None] > 0)
    exact = np.nan_to_num(normal) * share * POINTS
    points = np.round(exact * _CENTS) / _CENTS
    score = np.round(points.sum(axis=1), 2)
    # what is missing may be worst or best: the score then has a range
    part = np.divide(given, total, out=np.zeros(count), where=np.full(count, total > 0))
    at_worst = score * part
    ranked = free & (part >= LEAST_KNOWN - _SAME)
    rank = ranks(score, ranked)
    swung = spread(np.nan_to_num(normal), ~np.isnan(normal), mass, ranked, top)
    return Scored(
        weights=tuple(scaled),
        left_out=left_out,
        normal=normal,
        share=share,
        points=points,
        place=_places(criteria, scaled, free),
        score=np.where(given > 0, score, np.nan),
        least=np.where(given > 0, np.round(at_worst, 2), np.nan),
        greatest=np.where(given > 0, np.round(at_worst + POINTS * (1 - part), 2), np.nan),
        known=part,
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


def _scale(criterion: Criterion, weight: Weight, free: Mask) -> Weight:
    """The weight with both ends of its scale; NaN where no site has a finite value."""
    values = criterion.value[free & np.isfinite(criterion.value)]
    if not len(values):
        return weight
    least, greatest = float(values.min()), float(values.max())
    ends = (least, greatest) if weight.direction == "higher" else (greatest, least)
    worst = ends[0] if math.isnan(weight.worst) else weight.worst
    best = ends[1] if math.isnan(weight.best) else weight.best
    return replace(weight, worst=worst, best=best)


def _why_left_out(criterion: Criterion, weight: Weight) -> str:
    """Why a criterion has no part in the score: no weight, missing everywhere, or the same."""
    if weight.weight == 0:
        return "weightless"
    if not criterion.known.any():
        return "missing"
    if math.isnan(weight.worst) or math.isnan(weight.best):
        return "same"
    up = weight.best > weight.worst if weight.direction == "higher" else weight.best < weight.worst
    unlimited = bool(np.isinf(criterion.value).any())
    return "" if up or (unlimited and weight.best == weight.worst) else "same"


def _normal(criterion: Criterion, weight: Weight) -> Floats:
    """Site → 0 (worst) to 1 (best), NaN where the value is missing."""
    value, span = criterion.value, weight.best - weight.worst
    finite = np.isfinite(value)
    found = np.where(np.isnan(value), np.nan, 1.0 if weight.direction == "higher" else 0.0)
    if span == 0:  # only "unlimited" stands out: the others share one value
        other = 0.0 if weight.direction == "higher" else 1.0
        return np.where(finite, other, found)
    inner = (np.where(finite, value, 0.0) - weight.worst) / span
    return np.where(finite, np.clip(inner, 0.0, 1.0), found)


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
