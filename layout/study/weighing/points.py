"""Values on their scales, and the points that they make of the weights.

The rules, which every page and file repeats:

- A value is put on the scale from worst (0) to best (1) and cut off beyond its ends; ends that the
  weights file does not give are those of the places that count. "Unlimited" is best where more is
  better and worst where less is.
- A missing value is never a zero: the weights of what is known of a place are spread over the
  whole, the share known is shown, and so is the score if all that is missing were worst or best.
  A place of whose weight less than half is known gets no rank.
- A criterion that nobody has a value for, or that is the same everywhere, is left out and named.
- Contributions are rounded to 0.01 points and the score is their sum, so that it adds up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from layout.study.weighing.criterion import Criterion, Floats, Mask
from layout.study.weighing.weights import Weight

LEAST_KNOWN = 0.5
"""Share of the weight that must be known of a place for it to be ranked."""
POINTS = 100.0
_CENTS = 100.0
_SAME = 1e-12


@dataclass(frozen=True)
class Scale:
    """Weights with both ends of every scale, criteria left out and why, place × criterion 0 to 1.

    `normal` is NaN where the value is missing or the criterion left out.
    """

    weights: tuple[Weight, ...]
    left_out: Mapping[str, str]
    normal: Floats

    @property
    def mass(self) -> Floats:
        """Weight of each criterion, 0 where it is left out."""
        return np.array(
            [0.0 if one.criterion in self.left_out else one.weight for one in self.weights]
        )


@dataclass(frozen=True)
class Points:
    """Place × criterion: `share` of the weight and `points`; place: `score`, its range, `known`.

    Scores are NaN where nothing that counts is known of a place; `ranked` are those of whose
    weight enough is known.
    """

    share: Floats
    points: Floats
    score: Floats
    least: Floats
    greatest: Floats
    known: Floats

    @property
    def ranked(self) -> Mask:
        """Place → whether at least `LEAST_KNOWN` of the weight is known."""
        return np.asarray(self.known >= LEAST_KNOWN - _SAME)


def scaled(criteria: Mapping[str, Criterion], weights: Sequence[Weight], free: Mask) -> Scale:
    """Every criterion on its scale; `free` are the places that may stretch one."""
    found, left_out = [], {}
    for weight in weights:
        with_ends = _ends(criteria[weight.criterion], weight, free)
        reason = _why_left_out(criteria[weight.criterion], with_ends)
        if reason:
            left_out[weight.criterion] = reason
        found.append(with_ends if not reason else weight)
    normal = np.full((len(free), len(weights)), np.nan)
    for at, one in enumerate(found):
        if one.criterion not in left_out:
            normal[:, at] = _normal(criteria[one.criterion], one)
    return Scale(tuple(found), left_out, normal)


def points_of(normal: Floats, mass: Floats) -> Points:
    """Points of every place from its normalised values and the `mass` (weight) of criteria."""
    count, known = len(normal), np.where(np.isnan(normal), 0.0, mass)
    given, total = known.sum(axis=1), float(mass.sum())
    share = np.divide(known, given[:, None], out=np.zeros_like(known), where=given[:, None] > 0)
    exact = np.nan_to_num(normal) * share * POINTS
    points = np.round(exact * _CENTS) / _CENTS
    score = np.round(points.sum(axis=1), 2)
    # what is missing may be worst or best: the score then has a range
    part = np.divide(given, total, out=np.zeros(count), where=np.full(count, total > 0))
    at_worst = score * part
    return Points(
        share=share,
        points=points,
        score=np.where(given > 0, score, np.nan),
        least=np.where(given > 0, np.round(at_worst, 2), np.nan),
        greatest=np.where(given > 0, np.round(at_worst + POINTS * (1 - part), 2), np.nan),
        known=part,
    )


def _ends(criterion: Criterion, weight: Weight, free: Mask) -> Weight:
    """The weight with both ends of its scale; NaN where no place has a finite value."""
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
    """Place → 0 (worst) to 1 (best), NaN where the value is missing."""
    value, span = criterion.value, weight.best - weight.worst
    finite = np.isfinite(value)
    found = np.where(np.isnan(value), np.nan, 1.0 if weight.direction == "higher" else 0.0)
    if span == 0:  # only "unlimited" stands out: the others share one value
        other = 0.0 if weight.direction == "higher" else 1.0
        return np.where(finite, other, found)
    inner = (np.where(finite, value, 0.0) - weight.worst) / span
    return np.where(finite, np.clip(inner, 0.0, 1.0), found)
