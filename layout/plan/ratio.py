"""A measure's value as a ratio of two sums."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TINY = 1e-9


@dataclass(frozen=True)
class Ratio:
    """A measure's value as (numerator over base)^power; base 1 for plain amounts."""

    numerator: float
    base: float = 1.0
    power: float = 1.0

    @property
    def value(self) -> float | None:
        """The value, None where the base is zero or a part is unknown."""
        if not np.isfinite(self.numerator) or not abs(self.base) > TINY:
            return None
        return float((self.numerator / self.base) ** self.power)

    def wanted(self, value: float) -> float:
        """The numerator at which the measure has this value."""
        return float(value ** (1 / self.power) * self.base)
