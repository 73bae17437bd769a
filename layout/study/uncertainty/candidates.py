"""Plans that stand for the many that samples gave: distinct decisions, a few of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALIKE_MW = 0.05
"""MW of IT at a site up to which two plans decide the same there."""


@dataclass(frozen=True)
class Candidates:
    """`chosen` are row numbers, the base plan's first; `of[row]` is which candidate stands for it.

    `distinct` says how many different decisions there were.
    """

    chosen: tuple[int, ...]
    of: tuple[int, ...]
    distinct: int


def candidates(decisions: Floats, most: int, base: int = 0) -> Candidates:
    """At most `most` rows of `decisions` (plans × sites, MW added) that differ, `base` among them.

    Beyond that many, plans are grouped: centres are taken one after the other, each the plan
    farthest from those taken (Gonzalez, Theoretical Computer Science 38 (1985) 293–306), every
    plan goes to its nearest, and the plan nearest to all of its group stands for it. Distances are
    sums of MW over sites; ties go to the lower number. Raises ValueError for `most` < 1.
    """
    if most < 1:
        raise ValueError("at least one candidate")
    rounded = np.round(decisions / (2 * ALIKE_MW)).astype(np.int64)
    _, first, of = np.unique(rounded, axis=0, return_index=True, return_inverse=True)
    of = of.reshape(-1)
    first[of[base]] = base
    order = np.argsort(first, kind="stable")
    rows = first[order]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    mine = place[of]  # plan → position among the distinct
    start = int(mine[base])
    distance = _distances(decisions[rows])
    centres = _spread(distance, most, start)
    nearest = np.argmin(distance[:, centres], axis=1)
    weight = np.bincount(mine, minlength=len(rows)).astype(float)
    for number in range(1, len(centres)):
        group = np.flatnonzero(nearest == number)
        within = distance[np.ix_(group, group)] @ weight[group]
        centres[number] = int(group[np.argmin(within)])
    centres = [start, *sorted(centres[1:], key=lambda at: int(rows[at]))]
    nearest = np.argmin(distance[:, centres], axis=1)
    chosen = tuple(int(rows[at]) for at in centres)
    return Candidates(chosen, tuple(int(nearest[at]) for at in mine), len(rows))


def _distances(points: Floats) -> Floats:
    found = np.empty((len(points), len(points)))
    for at, point in enumerate(points):
        found[at] = np.abs(points - point).sum(axis=1)
    return found


def _spread(distance: Floats, most: int, start: int) -> list[int]:
    centres = [start]
    away = distance[start].copy()
    while len(centres) < most and away.max() > 0:
        centres.append(int(np.argmax(away)))
        away = np.minimum(away, distance[centres[-1]])
    return centres


def names_of(chosen: Sequence[int]) -> list[str]:
    """What candidates are called: the base plan ``base``, those of samples ``s<number>``."""
    return ["base" if number == 0 else f"s{number}" for number in chosen]
