"""A criterion by which places are judged: values with their unit, source and confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Told:
    """Figures of one criterion, place by place: value (NaN missing, inf unlimited), where from."""

    value: Floats
    source: tuple[str, ...]
    confidence: tuple[str, ...]


@dataclass(frozen=True)
class Criterion:
    """One criterion: code, unit, whether more of it is better (None: only the user can say).

    `own` criteria are those of the model's table ``criteria``.
    """

    id: str
    unit: str
    higher: bool | None
    told: Told
    own: bool = False

    @property
    def value(self) -> Floats:
        """Place → value, in the order of the study's places."""
        return self.told.value

    @property
    def known(self) -> Mask:
        """Place → whether there is a value, a limit or "unlimited"."""
        return ~np.isnan(self.value)
