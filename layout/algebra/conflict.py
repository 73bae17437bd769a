"""Rows and bounds that cannot hold together, by name, none of which can be left out.

The candidate is the support of a proof of infeasibility (a Farkas certificate): rows with a
multiplier, and the bounds of the columns that the multipliers add up to. Each member is then left
out in turn and the rest solved again, so that irreducible is checked and not assumed: HiGHS' own
IIS was measured to be empty by default, or reducible.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from layout.algebra.compiled import Compiled
from layout.algebra.elastic import Elastic, silent
from layout.algebra.sparse import ColumnMatrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FEASIBLE = 1e-6  # by how much a row, and each entry in it, may be off for HiGHS
ZERO = 1e-9  # of the largest multiplier
PROVED = 1e-9  # by how much of its terms a certificate has to add up to more than nothing


@dataclass(frozen=True)
class Limit:
    """One side of a row or of a variable: `number` is that of the row or the column."""

    name: str
    number: int
    side: str
    value: float

    def __str__(self) -> str:
        return f"{self.name} {'>=' if self.side == 'lower' else '<='} {self.value:.10g}"


@dataclass(frozen=True)
class Conflict:
    """Sides of rows and of variables' bounds that no solution of the relaxation keeps together.

    `irreducible` says that each was left out and the rest then found feasible; it is false when
    the time was up before.
    """

    rows: tuple[Limit, ...]
    bounds: tuple[Limit, ...]
    irreducible: bool

    def __str__(self) -> str:
        head = "cannot hold together" + ("" if self.irreducible else " (some may be left out)")
        return "\n".join([head, *(f"  {limit}" for limit in self.rows + self.bounds)])


@dataclass(frozen=True)
class _Members:
    """Rows and columns of a candidate, and whether their lower (1) or upper (-1) side is meant."""

    rows: Ints
    row_sides: Floats
    columns: Ints
    column_sides: Floats

    def of_rows(self, model: Compiled) -> tuple[list[str], list[float]]:
        """The side of each row and its bound."""
        return _sides(self.row_sides, model.row_lower[self.rows], model.row_upper[self.rows])

    def of_columns(self, model: Compiled) -> tuple[list[str], list[float]]:
        """The side of each column and its bound."""
        lower, upper = model.column_lower[self.columns], model.column_upper[self.columns]
        return _sides(self.column_sides, lower, upper)


def _sides(sides: Floats, lower: Floats, upper: Floats) -> tuple[list[str], list[float]]:
    low = sides > 0
    return np.where(low, "lower", "upper").tolist(), np.where(low, lower, upper).tolist()


def irreducible(
    compiled: Compiled, *, time_limit_s: float = np.inf, solver: Any = None
) -> Conflict | None:
    """An irreducible infeasible subsystem; None if the relaxation is feasible or time ran out.

    Whole numbers are relaxed: a model that only they make infeasible gives None. `solver` is a
    `highspy.Highs` with options of one's own.
    """
    until = time.perf_counter() + time_limit_s
    highs = silent() if solver is None else solver
    relaxed = compiled.relaxed().without_cost()
    for candidate in (_from_one_row, _from_ray, _from_slacks):
        members = candidate(relaxed, highs, until)
        if members is not None:
            kept, proved = _filtered(relaxed, members, highs, until)
            if kept is not None:
                return _named(relaxed, members, kept, proved)
    return None


def _named(
    model: Compiled, members: _Members, kept: npt.NDArray[np.bool_], proved: bool
) -> Conflict:
    rows = [
        Limit(model.row_name(row), row, side, value)
        for row, side, value in zip(members.rows.tolist(), *members.of_rows(model), strict=True)
    ]
    bounds = [
        Limit(model.column_name(column), column, side, value)
        for column, side, value in zip(
            members.columns.tolist(), *members.of_columns(model), strict=True
        )
    ]
    split = len(rows)
    return Conflict(
        tuple(one for one, keep in zip(rows, kept[:split], strict=True) if keep),
        tuple(one for one, keep in zip(bounds, kept[split:], strict=True) if keep),
        proved,
    )


# --- candidates -----------------------------------------------------------------------------------


def _from_one_row(model: Compiled, highs: Any, until: float) -> _Members | None:
    """The shortest row that the bounds of its variables alone keep from its own bounds."""
    entries, columns = model.entries, _columns(model.entries)
    low, high = (
        entries.coefficients * bound[columns] for bound in (model.column_lower, model.column_upper)
    )
    count = entries.height
    least = np.bincount(entries.rows, weights=np.minimum(low, high), minlength=count)
    most = np.bincount(entries.rows, weights=np.maximum(low, high), minlength=count)
    margin = FEASIBLE * (1 + np.bincount(entries.rows, minlength=count))
    short, over = model.row_lower > most + margin, model.row_upper < least - margin
    rows = np.flatnonzero(short | over)
    if not len(rows):
        return None
    row = rows[np.argmin(np.bincount(entries.rows, minlength=count)[rows])]
    multipliers = np.zeros(count)
    multipliers[row] = 1.0 if short[row] else -1.0
    return _support(model, multipliers)


def _from_ray(model: Compiled, highs: Any, until: float) -> _Members | None:
    """From the ray by which the dual simplex method proves that there is no solution.

    The ray is a corner of all proofs and its support mostly irreducible already.
    """
    model.pass_to(highs)
    if not _infeasible(highs, until):
        return None
    _, found, ray = highs.getDualRay()
    if not found:
        return None
    multipliers = np.asarray(ray, dtype=np.float64)
    return _support(model, multipliers) or _support(model, -multipliers)


def _from_slacks(model: Compiled, highs: Any, until: float) -> _Members | None:
    """From the prices of the rows where all may give way; None if none has to."""
    every = np.arange(len(model.row_lower))
    Elastic.of(model, every).compiled.pass_to(highs)
    if _infeasible(highs, until) is not False:
        return None
    return _support(model, np.asarray(highs.getSolution().row_dual, dtype=np.float64))


def _support(model: Compiled, multipliers: Floats) -> _Members | None:
    """Members with a part in a proof; None if the multipliers prove nothing.

    Rows times their multipliers add up to ``d x >= limits``: no x within its bounds may do so.
    """
    largest = float(np.abs(multipliers).max(initial=0.0))
    if not np.isfinite(largest) or largest == 0:
        return None
    multipliers = np.where(np.abs(multipliers) > ZERO * largest, multipliers / largest, 0.0)
    entries = model.entries
    parts = entries.coefficients * multipliers[entries.rows]
    columns = _columns(entries)
    d = np.bincount(columns, weights=parts, minlength=len(model.cost))
    size = np.bincount(columns, weights=np.abs(parts), minlength=len(model.cost))
    d[np.abs(d) <= ZERO * np.maximum(size, 1.0)] = 0.0
    rows, used = np.flatnonzero(multipliers), np.flatnonzero(d)
    limits = np.where(multipliers > 0, model.row_lower, model.row_upper)[rows] * multipliers[rows]
    best = np.where(d > 0, model.column_upper, model.column_lower)[used] * d[used]
    if not (np.isfinite(limits).all() and np.isfinite(best).all()):
        return None
    terms = np.abs(limits).sum() + np.abs(best).sum()
    if limits.sum() - best.sum() <= PROVED * max(terms, 1.0):
        return None
    return _Members(rows, np.sign(multipliers[rows]), used, -np.sign(d[used]))


# --- leaving out ----------------------------------------------------------------------------------


def _filtered(
    model: Compiled, members: _Members, highs: Any, until: float
) -> tuple[npt.NDArray[np.bool_] | None, bool]:
    """Which members are needed, each tried, and whether there was time to try all.

    None if they can hold together after all.
    """
    import highspy

    alone = _alone(model, members)
    alone.pass_to(highs)
    rows, free = len(members.rows), highspy.kHighsInf
    touched = np.searchsorted(_touched(model, members.rows), members.columns)
    kept = np.ones(rows + len(touched), dtype=bool)
    if not _infeasible(highs, until):
        return None, False
    for number in range(len(kept)):
        if number < rows:
            change, place = highs.changeRowBounds, number
            bounds = alone.row_lower[place], alone.row_upper[place]
        else:
            change, place = highs.changeColBounds, int(touched[number - rows])
            bounds = alone.column_lower[place], alone.column_upper[place]
        change(place, -free, free)
        answer = _infeasible(highs, until)
        if answer is None:
            return kept, False
        kept[number] = not answer
        if not answer:
            change(place, *(float(bound) for bound in bounds))
    return kept, True


def _alone(model: Compiled, members: _Members) -> Compiled:
    """The model with nothing but the members: their rows, the columns in them, no other bounds."""
    columns = _touched(model, members.rows)
    entries = model.entries
    number = np.full(entries.height, -1, dtype=np.int32)
    number[members.rows] = np.arange(len(members.rows), dtype=np.int32)
    chosen = number[entries.rows] >= 0
    widths = np.bincount(_columns(entries)[chosen], minlength=len(model.cost))[columns]
    row_lower, row_upper = _one_sided(
        members.row_sides, model.row_lower[members.rows], model.row_upper[members.rows]
    )
    column_lower, column_upper = np.full(len(columns), -np.inf), np.full(len(columns), np.inf)
    at = np.searchsorted(columns, members.columns)
    column_lower[at], column_upper[at] = _one_sided(
        members.column_sides,
        model.column_lower[members.columns],
        model.column_upper[members.columns],
    )
    return replace(
        model,
        cost=np.zeros(len(columns)),
        entries=ColumnMatrix(
            np.concatenate([[0], np.cumsum(widths)]).astype(np.int32),
            number[entries.rows[chosen]],
            entries.coefficients[chosen],
            len(members.rows),
        ),
        column_lower=column_lower,
        column_upper=column_upper,
        row_lower=row_lower,
        row_upper=row_upper,
        integrality=np.zeros(len(columns), dtype=bool),
    )


def _touched(model: Compiled, rows: Ints) -> Ints:
    """The columns with an entry in some rows; the first one if there is none.

    HiGHS says of a model without columns that it is empty, not that it is infeasible.
    """
    wanted = np.zeros(model.entries.height, dtype=bool)
    wanted[rows] = True
    columns = np.unique(_columns(model.entries)[wanted[model.entries.rows]])
    return columns if len(columns) else np.zeros(1, dtype=np.int64)


def _columns(entries: ColumnMatrix) -> Ints:
    """The column of every entry."""
    return np.repeat(np.arange(len(entries.starts) - 1), np.diff(entries.starts))


def _one_sided(sides: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    return np.where(sides > 0, lower, -np.inf), np.where(sides > 0, np.inf, upper)


def _infeasible(highs: Any, until: float) -> bool | None:
    """Whether HiGHS finds the model infeasible; None when it cannot say in time."""
    import highspy

    left = until - time.perf_counter()
    if left <= 0:
        return None
    highs.setOptionValue("time_limit", float(highs.getRunTime() + left))
    highs.run()
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return True
    optimal = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
    return False if status in optimal else None
