"""A composite computing index of provinces: the user's weights, before and after a plan.

Never the published index: its 32 indicators and their weights are not public in full. The base year
and the plan share every scale, and an indicator that only one of the two knows has no part in their
comparison; it counts in `whole`, the index of the plan by everything that is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from layout.errors import FileProblem
from layout.resources import folder
from layout.study.index.indicators import indicators_of, provinces_of
from layout.study.weighing.points import Points, Scale, points_of, scaled
from layout.study.weighing.robustness import Spread, ranks, spread
from layout.study.weighing.weights import COLUMNS, LIMITS, Form, Given, weights_of

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.weighing.criterion import Criterion, Floats

Ints = NDArray[np.int64]
Some = TypeVar("Some", bound=np.generic)
FORM = Form(tuple(name for name in COLUMNS if name not in LIMITS), "indicator_unknown")
"""Weights without limits that exclude: every province is a province."""
TOP = 10


@dataclass(frozen=True)
class ComputeIndex:
    """The answer: indicators, scales, points of both moments, ranks.

    Arrays of indicators, of `scale` and of `both` hold all provinces before and then all after the
    plan; `whole` holds the provinces after it. `aside` are indicators that only one of the base
    year and the plan knows, `example` says that the weights are the shipped example.
    """

    plan: Plan
    year: int
    provinces: tuple[str, ...]
    criteria: Mapping[str, Criterion]
    scale: Scale
    aside: tuple[str, ...]
    both: Points
    whole: Points
    spread: Spread
    example: bool

    def _half(self, values: NDArray[Some], moment: int) -> NDArray[Some]:
        count = len(self.provinces)
        return values[moment * count : (moment + 1) * count]

    @cached_property
    def before(self) -> Floats:
        """Province → index in the base year, NaN where nothing that counts is known."""
        return self._half(self.both.score, 0)

    @cached_property
    def after(self) -> Floats:
        """Province → index in the plan by the same indicators on the same scales."""
        return self._half(self.both.score, 1)

    @cached_property
    def rank_before(self) -> Ints:
        """Province → rank in the base year (0: none)."""
        return ranks(self.before, self._half(self.both.ranked, 0))

    @cached_property
    def rank_after(self) -> Ints:
        """Province → rank in the plan (0: none)."""
        return ranks(self.after, self._half(self.both.ranked, 1))

    @cached_property
    def rank_whole(self) -> Ints:
        """Province → rank by everything that is known of the plan (0: none)."""
        return ranks(self.whole.score, self.whole.ranked)

    @cached_property
    def order(self) -> list[int]:
        """Positions of the provinces: by rank after the plan, those without one last."""
        last = len(self.provinces) + 1
        keys = [(rank or last, code) for rank, code in
                zip(self.rank_after.tolist(), self.provinces, strict=True)]  # fmt: skip
        return sorted(range(len(keys)), key=lambda at: keys[at])

    def value(self, criterion: str, at: int, moment: int) -> float:
        """An indicator of a province, moment 0 before and 1 after the plan."""
        return float(self._half(self.criteria[criterion].value, moment)[at])


def shipped() -> Path:
    """The example weights, which nobody has adopted: to be replaced by one's own."""
    return folder("data") / "facts" / "index_weights.csv"


def index(plan: Plan, weights: Given = None, *, year: int | None = None) -> ComputeIndex:
    """The index of every province of a plan before it (base year) and after it.

    `weights` is a file, a mapping indicator → weight, rows of `Weight`, or None for the shipped
    example; `year` a period of the plan, by default the last. Raises InputError with every
    problem of the weights, FileProblem for a plan without tables, ValueError for another year.
    """
    if not plan.has_tables:
        raise FileProblem("cli.error.no_tables", path=str(plan.folder or plan.model.name))
    periods = plan.model.settings.periods
    when = periods[-1] if year is None else year
    if when not in periods:
        raise ValueError(f"no period {when}; there are {', '.join(map(str, periods))}")
    criteria = indicators_of(plan, when)
    rows = weights_of(weights, criteria, shipped(), FORM)
    provinces = tuple(map(str, provinces_of(plan.model)))
    count = len(provinces)
    scale = scaled(criteria, rows, np.ones(2 * count, dtype=bool))
    known = ~np.isnan(scale.normal)
    one_sided = (scale.mass > 0) & ~(known[:count].any(axis=0) & known[count:].any(axis=0))
    shared = np.where(one_sided, 0.0, scale.mass)
    both = points_of(scale.normal, shared)
    after = scale.normal[count:]
    swung = spread(np.nan_to_num(after), known[count:], shared, both.ranked[count:], TOP)
    aside = tuple(one.criterion for one, alone in zip(rows, one_sided, strict=True) if alone)
    found = ComputeIndex(
        plan, when, provinces, criteria, scale, aside, both, points_of(after, scale.mass), swung,
        weights is None,
    )  # fmt: skip
    rank = found.rank_after
    # ties of rounded scores may be none of exact ones: the rank itself is in its span
    held = replace(swung, best=np.minimum(swung.best, rank), worst=np.maximum(swung.worst, rank))
    return replace(found, spread=held)
