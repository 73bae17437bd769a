"""The time slices of one year and the index sets over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layout.algebra import Index
from layout.formulation.linear import Floats
from layout.model.slices import Slices, time_slices

if TYPE_CHECKING:
    from layout.formulation.variables import Variables


class Time:
    """The slices of one year and the index sets over them."""

    def __init__(self, v: Variables) -> None:
        self.v, self.case = v, v.case
        self.slices: Slices = time_slices(v.case.model)
        self.count = len(self.slices.labels)

    def over(self, index: Index) -> Index:
        """Every key of an index that ends in the year, in every slice; slices run fastest."""
        names = (*index.names, "slice")
        size, each = len(index), np.arange(self.count)
        codes = [np.repeat(index.codes(name), self.count) for name in index.names]
        levels = [index.levels(name) for name in index.names]
        return Index.coded(names, (*levels, self.slices.labels), (*codes, np.tile(each, size)))

    @property
    def gwh(self) -> Floats:
        """Slice → GWh of one MW."""
        return self.slices.hours / 1000
