"""What it costs to have decided otherwise: regret of every candidate in every sample (77)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """A figure of each candidate, and what gaps leave open; infinite where it cannot operate."""

    value: Floats
    least: Floats
    most: Floats

    def best(self) -> int | None:
        """The candidate with the least value, the first of equal ones; None if none can operate."""
        if not len(self.value) or not np.isfinite(self.value).any():
            return None
        return int(np.argmin(self.value))

    def proved(self, one: int) -> bool:
        """Whether no other candidate can have less, whatever the gaps hide."""
        others = np.delete(self.least, one)
        return bool(not len(others) or self.most[one] <= others.min())


@dataclass(frozen=True)
class Regrets:
    """Regret[candidate, sample] ≥ −(gap of the sample's own plan), with least and most.

    Columns are the samples with a plan of their own. `worst` is each candidate's greatest regret,
    `mean` its expected one (every sample as likely).
    """

    value: Floats
    least: Floats
    most: Floats
    worst: Spread
    mean: Spread


def regrets(cost: Floats, bound: Floats, own: Floats, own_bound: Floats) -> Regrets:
    """Regrets of costs[candidate, sample] against each sample's own optimum, mcny.

    NaN in `cost` is a candidate without a plan: its regret is infinite. With a bound (−∞: none)
    a limit ended it, so that its least is finite; NaN in both is proved infeasible. `own` has no
    NaN.

    regret[c,ω] = f(x_c, ω) − f*_ω,   least = bound(f) − f*,   most = f − bound(f*).
    """
    lost = np.isnan(cost)
    value = np.where(lost, np.inf, cost - own)
    unbounded = np.where(lost, np.inf, -np.inf)  # without a cost no bound is proof: infeasible
    least = np.where(np.isnan(bound), unbounded, bound) - own
    most = np.where(lost, np.inf, cost - own_bound)
    parts = (value, least, most)
    if not value.shape[1]:
        nothing = np.full(len(value), np.inf)
        none = Spread(nothing, nothing, nothing)
        return Regrets(*parts, none, none)
    worst = Spread(*(part.max(axis=1) for part in parts))
    with np.errstate(invalid="ignore"):
        mean = Spread(*(part.mean(axis=1) for part in parts))
    return Regrets(*parts, worst, mean)
