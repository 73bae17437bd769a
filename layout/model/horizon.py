"""The periods of a planning model: how many years each stands for and what a year counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layout.model.schema import Settings


@dataclass(frozen=True)
class Period:
    """A period: the year that stands for it, its length, and its discount factor.

    With one period the plan is about one year: length and factor are 1.
    """

    year: int
    years: float
    discount_factor: float

    @property
    def weight(self) -> float:
        """What a cost of the year counts in the objective (71)."""
        return self.years * self.discount_factor


def horizon(settings: Settings) -> tuple[Period, ...]:
    """The periods in order (71): Δ years each, discounted to the first at `discount_rate`.

    A period lasts until the next one; the last lasts as long as the one before it.
    """
    years = list(settings.periods)
    if len(years) == 1:
        return (Period(years[0], 1.0, 1.0),)
    lengths = [after - year for year, after in pairwise(years)]
    lengths.append(lengths[-1])
    rate = settings.economy.discount_rate
    return tuple(
        Period(year, float(length), (1 + rate) ** -(year - years[0]))
        for year, length in zip(years, lengths, strict=True)
    )
