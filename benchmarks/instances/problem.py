"""One location problem: sites to open, customers to serve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Instance:
    """A location problem: which sites to open, which site serves which customer.

    `cost[i, j]` is paid for serving all of customer j from site i. `single_source` forbids
    dividing a customer; `open_at_most` bounds the number of sites; `reach` is the largest distance
    allowed between a customer and its site; `penalty` is paid for each unit of demand that nobody
    serves (None: all must be served); a site in `filled` must be open and used up.
    """

    name: str
    capacity: Numbers
    fixed_cost: Numbers
    demand: Numbers
    cost: Numbers
    single_source: bool = False
    open_at_most: int | None = None
    distance: Numbers | None = None
    reach: float | None = None
    penalty: float | None = None
    filled: Flags | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Sites, customers."""
        return len(self.capacity), len(self.demand)

    @property
    def reachable(self) -> Flags:
        """Site × customer: whether the site is within reach of the customer."""
        if self.reach is None or self.distance is None:
            return np.ones(self.shape, dtype=bool)
        return self.distance <= self.reach
