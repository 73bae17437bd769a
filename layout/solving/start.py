"""What a solver goes on from, as plain arrays: for a file, or for another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.formulation.linear import Floats


@dataclass(frozen=True)
class Start:
    """What a solver goes on from: a plan, the basis of the relaxation, a bound of all plans.

    All belong to one compiled model: `columns` and `rows` are the numbers of HighsBasisStatus.
    Plain arrays, so that a file or another process can hold them.
    """

    plan: Floats
    bound: float
    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @property
    def basis(self) -> Any:
        """The basis as HiGHS takes it."""
        found = highspy.HighsBasis()
        found.col_status = [highspy.HighsBasisStatus(one) for one in self.columns.tolist()]
        found.row_status = [highspy.HighsBasisStatus(one) for one in self.rows.tolist()]
        found.valid = True
        return found


def start_of(plan: Floats, bound: float, basis: Any) -> Start:
    """The start with a basis as HiGHS gives it."""
    sides = (basis.col_status, basis.row_status)
    columns, rows = (np.array([int(one) for one in side], dtype=np.int8) for side in sides)
    return Start(plan, bound, columns, rows)
