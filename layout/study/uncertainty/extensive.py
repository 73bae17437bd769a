"""The extensive form of a two-stage plan: the scenarios' arrays side by side, decisions shared.

minimise Σ_s p_s·(c_s·(x, y_s)) over A_s·(x, y_s) within the limits of every scenario s, where x are
the columns of the first stage and y_s the others of s (Birge and Louveaux, Introduction to
Stochastic Programming, §2.4). A column of the first stage that a scenario has not is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled
from layout.algebra.sparse import ColumnMatrix
from layout.solving.highs import Invariant
from layout.solving.statement import Statement
from layout.study.uncertainty.decisions import first_stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Extensive:
    """The arrays of the whole, and `columns[s]`: the column of each column of scenario s."""

    compiled: Compiled
    invariant: Invariant
    columns: tuple[Ints, ...]
    shared: int

    def of(self, scenario: int, x: Floats) -> Floats:
        """The part of a solution that is one scenario's, in its own columns."""
        found: Floats = x[self.columns[scenario]]
        return found

    def parts(self, x: Floats) -> list[Floats]:
        """`of` for every scenario."""
        return [self.of(scenario, x) for scenario in range(len(self.columns))]


def extensive(
    statements: Sequence[Statement], probabilities: Sequence[float], stage: str
) -> Extensive:
    """The extensive form of some statements. Raises KeyError for an unknown stage."""
    names = [first_stage(one.compiled, stage) for one in statements]
    number = {name: at for at, name in enumerate(dict.fromkeys(n for one in names for n in one))}
    columns = _columns(statements, names, number)
    width = 1 + max((int(at.max()) for at in columns if len(at)), default=-1)
    lower, upper, cost, whole = _columns_data(
        statements, probabilities, names, number, columns, width
    )
    first = statements[0].compiled
    heights = [len(one.compiled.row_lower) for one in statements]
    compiled = replace(
        first,
        cost=cost,
        entries=_matrix(statements, columns, heights, width),
        column_lower=lower,
        column_upper=upper,
        row_lower=np.concatenate([one.compiled.row_lower for one in statements]),
        row_upper=np.concatenate([one.compiled.row_upper for one in statements]),
        integrality=whole,
        offset=_mean([one.compiled.offset for one in statements], probabilities),
        column_blocks=(),
        row_blocks=(),
    )
    invariant = Invariant(
        _spread([one.invariant.coefficients for one in statements], probabilities, columns, width),
        _mean([one.invariant.constant for one in statements], probabilities),
    )
    return Extensive(compiled, invariant, columns, len(number))


def _columns(
    statements: Sequence[Statement], names: Sequence[dict[str, int]], number: dict[str, int]
) -> tuple[Ints, ...]:
    """Shared columns first, then those of every scenario in its own order."""
    found, free = [], len(number)
    for statement, own in zip(statements, names, strict=True):
        at = np.full(len(statement.compiled.cost), -1, dtype=np.int64)
        at[list(own.values())] = [number[name] for name in own]
        rest = at < 0
        at[rest] = free + np.arange(int(rest.sum()))
        free += int(rest.sum())
        found.append(at)
    return tuple(found)


def _columns_data(
    statements: Sequence[Statement],
    probabilities: Sequence[float],
    names: Sequence[dict[str, int]],
    number: dict[str, int],
    columns: Sequence[Ints],
    width: int,
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Bounds (the tightest of any scenario), expected cost, and which columns are whole."""
    lower, upper = np.full(width, -np.inf), np.full(width, np.inf)
    whole = np.zeros(width, dtype=bool)
    for statement, at in zip(statements, columns, strict=True):
        compiled = statement.compiled
        lower[at] = np.maximum(lower[at], compiled.column_lower)
        upper[at] = np.minimum(upper[at], compiled.column_upper)
        whole[at] |= compiled.integrality
    for own in names:
        absent = [at for name, at in number.items() if name not in own]
        upper[absent] = np.minimum(upper[absent], 0.0)
    costs = [one.compiled.cost for one in statements]
    return lower, upper, _spread(costs, probabilities, columns, width), whole


def _spread(
    parts: Sequence[Floats], weights: Sequence[float], columns: Sequence[Ints], width: int
) -> Floats:
    found = np.zeros(width)
    for part, weight, at in zip(parts, weights, columns, strict=True):
        found[at] += weight * part
    return found


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(sum(value * weight for value, weight in zip(values, weights, strict=True)))


def _matrix(
    statements: Sequence[Statement], columns: Sequence[Ints], heights: Sequence[int], width: int
) -> ColumnMatrix:
    """The scenarios' matrices below each other, their columns where they belong."""
    rows, at, by, first = [], [], [], 0
    for statement, column, height in zip(statements, columns, heights, strict=True):
        entries = statement.compiled.entries
        rows.append(entries.rows.astype(np.int64) + first)
        at.append(np.repeat(column, np.diff(entries.starts)))
        by.append(entries.coefficients)
        first += height
    row, col = np.concatenate(rows), np.concatenate(at)
    order = np.lexsort((row, col))
    starts = np.concatenate([[0], np.cumsum(np.bincount(col, minlength=width))])
    return ColumnMatrix(
        starts.astype(np.int32),
        row[order].astype(np.int32),
        np.concatenate(by)[order],
        first,
    )
