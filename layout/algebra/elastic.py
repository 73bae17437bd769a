"""Rows that may give way at a price: which named rows are short, and by how much at least.

The slacks are columns of the compiled arrays; the Pyomo model does not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from layout.algebra.compiled import Compiled
from layout.algebra.errors import ModelError
from layout.algebra.sparse import ColumnMatrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST = 1e-7  # a slack below is none: what HiGHS takes for feasible


@dataclass(frozen=True)
class Shortfall:
    """A row that has to give way by `amount` > 0 on a side, in the unit of the row."""

    name: str
    row: int
    side: str
    amount: float

    def __str__(self) -> str:
        what = "lower bound is missed" if self.side == "lower" else "upper bound is exceeded"
        return f"{self.name}: its {what} by {self.amount:.6g}"


@dataclass(frozen=True, eq=False)
class Elastic:
    """A compiled model some of whose rows may give way: the price of that is the objective.

    `compiled` has one more column for each finite bound of a row in `rows`, after those of the
    model; `slack_rows` and `slack_signs` say which (1 helps up to a lower bound, -1 down to an
    upper one).
    """

    compiled: Compiled
    rows: Ints
    slack_rows: Ints
    slack_signs: Floats

    @classmethod
    def of(cls, compiled: Compiled, rows: npt.ArrayLike, weights: npt.ArrayLike = 1.0) -> Elastic:
        """Let rows (numbers) give way, each at its price per unit; the old cost is left out."""
        numbers = np.atleast_1d(np.asarray(rows, dtype=np.int64))
        prices = np.broadcast_to(np.asarray(weights, dtype=np.float64), numbers.shape)
        if np.any(~(prices > 0) | ~np.isfinite(prices)):
            raise ValueError("the price of a unit of slack must be positive and finite")
        low = np.isfinite(compiled.row_lower[numbers])
        high = np.isfinite(compiled.row_upper[numbers])
        at = np.stack([numbers, numbers], axis=1)[np.stack([low, high], axis=1)]
        signs = np.broadcast_to([1.0, -1.0], (len(numbers), 2))[np.stack([low, high], axis=1)]
        price = np.stack([prices, prices], axis=1)[np.stack([low, high], axis=1)]
        return cls(_widened(compiled, at, signs, price), numbers, at, signs)

    def shortfalls(self, x: npt.ArrayLike, least: float = LEAST) -> list[Shortfall]:
        """The rows that give way at a solution, by more than `least`; names them."""
        count = len(self.compiled.cost) - len(self.slack_rows)
        slack = np.asarray(x, dtype=np.float64)[count:]
        return [
            Shortfall(
                self.compiled.row_name(int(self.slack_rows[place])),
                int(self.slack_rows[place]),
                "lower" if self.slack_signs[place] > 0 else "upper",
                float(slack[place]),
            )
            for place in np.flatnonzero(slack > least)
        ]


def elastic(
    compiled: Compiled,
    rows: Sequence[Any] | None = None,
    weights: npt.ArrayLike = 1.0,
    *,
    integers: bool = False,
    solver: Any = None,
) -> list[Shortfall]:
    """The rows that are short, and by how much, where the priced sum of that is least.

    `rows` are names of rows or of families, constraint components, or row numbers; all rows when
    not given. `weights` is the price of a unit for each entry of `rows`, or one for all. Whole
    numbers are relaxed unless `integers`. `solver` is a `highspy.Highs` with options of one's
    own. An empty list says that nothing is short.

    Raises ModelError when the rows cannot make the model feasible or the solver stops before it
    knows.
    """
    import highspy

    every = [np.arange(len(compiled.row_lower))]
    given = every if rows is None else [compiled.rows_named(one) for one in rows]
    prices = np.broadcast_to(np.asarray(weights, dtype=np.float64), (len(given),))
    model = Elastic.of(
        compiled,
        np.concatenate([*given, np.zeros(0, dtype=np.int64)]),
        np.repeat(prices, [len(part) for part in given]),
    )
    highs = silent() if solver is None else solver
    widened = model.compiled if integers else model.compiled.relaxed()
    widened.pass_to(highs)
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        raise ModelError("the model is infeasible even when these rows may give way")
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
        raise ModelError(f"no answer: HiGHS says {highs.modelStatusToString(status)}")
    return model.shortfalls(highs.getSolution().col_value)


def silent() -> Any:
    """A HiGHS that prints nothing."""
    import highspy

    highs = highspy.Highs()
    highs.silent()
    return highs


def _widened(compiled: Compiled, rows: Ints, signs: Floats, prices: Floats) -> Compiled:
    """The model with one slack column per row given, and nothing but their prices as its cost."""
    count, entries = len(rows), compiled.entries
    last = int(entries.starts[-1])
    starts = np.arange(last + 1, last + count + 1, dtype=entries.starts.dtype)
    return replace(
        compiled,
        cost=np.concatenate([np.zeros(len(compiled.cost)), prices]),
        offset=0.0,
        sense=1,
        column_lower=np.concatenate([compiled.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([compiled.column_upper, np.full(count, np.inf)]),
        integrality=np.concatenate([compiled.integrality, np.zeros(count, dtype=bool)]),
        entries=ColumnMatrix(
            np.concatenate([entries.starts, starts]),
            np.concatenate([entries.rows, rows.astype(entries.rows.dtype)]),
            np.concatenate([entries.coefficients, signs]),
            entries.height,
        ),
    )
