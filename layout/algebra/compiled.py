"""A model as arrays: what a solver takes, and the way back to the components."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.core.staleflag import StaleFlagManager

from layout.algebra.columns import ColumnBlock
from layout.algebra.errors import ModelError
from layout.algebra.rows import RowBlock
from layout.algebra.sparse import ColumnMatrix
from layout.algebra.suffixes import import_suffix, write_suffix

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Compiled:
    """``cost x + offset`` over ``row_lower <= entries x <= row_upper`` and the columns' bounds.

    `entries` holds the coefficients by column, `integrality` is true for whole-number columns,
    `sense` is 1 to minimise and -1 to maximise.  Fixed variables are columns with equal bounds.
    `model` is what was compiled.
    """

    cost: Floats
    entries: ColumnMatrix
    column_lower: Floats
    column_upper: Floats
    row_lower: Floats
    row_upper: Floats
    integrality: npt.NDArray[np.bool_]
    offset: float
    sense: int
    model: Any = field(repr=False)
    column_blocks: tuple[ColumnBlock, ...] = field(repr=False)
    row_blocks: tuple[RowBlock, ...] = field(repr=False)

    @property
    def size(self) -> dict[str, int]:
        """Numbers of variables, integers among them, constraints and nonzeros."""
        return {
            "variables": len(self.cost),
            "integers": int(np.count_nonzero(self.integrality)),
            "constraints": len(self.row_lower),
            "nonzeros": len(self.entries.coefficients),
        }

    @property
    def matrix(self) -> Any:
        """The coefficients as a scipy array stored by column (imports scipy)."""
        return self.entries.csc()

    @property
    def range(self) -> dict[str, Range | None]:
        """Smallest and largest size of what is neither zero nor infinite; None if nothing is."""
        bounds = np.concatenate([self.column_lower, self.column_upper])
        sides = np.concatenate([self.row_lower, self.row_upper])
        return {
            "matrix": _range(self.entries.coefficients),
            "cost": _range(self.cost),
            "bounds": _range(bounds),
            "rows": _range(sides),
        }

    def column_names(self) -> list[str]:
        """Names of the columns, as `m.find_component` takes them."""
        return [name for block in self.column_blocks for name in block.names()]

    def row_names(self) -> list[str]:
        """Names of the rows, as `m.find_component` takes them."""
        return [name for block in self.row_blocks for name in block.names()]

    def column_name(self, column: int) -> str:
        """The name of one column."""
        return next(one for one in self.column_blocks if column < one.stop).name(column)

    def row_name(self, row: int) -> str:
        """The name of one row."""
        return next(one for one in self.row_blocks if row < one.stop).name(row)

    def columns_of(self, component: Any) -> npt.NDArray[np.int64]:
        """The column of every position of a variable component."""
        for block in self.column_blocks:
            if block.component is component:
                return np.arange(block.start, block.stop)
        raise KeyError(f"{component.name} has no columns in the compiled model")

    def rows_of(self, component: Any) -> npt.NDArray[np.int64]:
        """The row of every active position of a constraint component."""
        for block in self.row_blocks:
            if block.component is component:
                return np.arange(block.start, block.stop)
        raise KeyError(f"{component.name} has no rows in the compiled model")

    def rows_named(self, which: Any) -> npt.NDArray[np.int64]:
        """The rows of a component or of its name, or the one row of a name or a number.

        Raises KeyError when there is none.
        """
        if isinstance(which, int | np.integer):
            return np.array([range(len(self.row_lower))[which]])
        if not isinstance(which, str):
            return self.rows_of(which)
        for block in self.row_blocks:
            if block.component.name == which:
                return np.arange(block.start, block.stop)
            if which.startswith(f"{block.component.name}[") and which in (names := block.names()):
                return np.array([block.start + names.index(which)])
        raise KeyError(f"the compiled model has no row called {which}")

    def relaxed(self) -> Compiled:
        """The same without whole numbers."""
        return replace(self, integrality=np.zeros(len(self.cost), dtype=bool))

    def without_cost(self) -> Compiled:
        """The same with nothing to minimise."""
        return replace(self, cost=np.zeros(len(self.cost)), offset=0.0, sense=1)

    def pass_to(self, highs: Any) -> None:
        """Hand the model over to a `highspy.Highs` in one call."""
        import highspy

        status = highs.passModel(
            len(self.cost),
            len(self.row_lower),
            len(self.entries.coefficients),
            int(highspy.MatrixFormat.kColwise),
            self.sense,
            self.offset,
            self.cost,
            self.column_lower,
            self.column_upper,
            self.row_lower,
            self.row_upper,
            self.entries.starts,
            self.entries.rows,
            self.entries.coefficients,
            self.integrality.astype(np.int32),
        )
        if status == highspy.HighsStatus.kError:
            raise ModelError("HiGHS refused the compiled model")

    def load_values(self, values: npt.ArrayLike) -> None:
        """Write the values of the columns into the variables."""
        array = _of_length(values, len(self.cost), "values")
        StaleFlagManager.mark_all_as_stale()
        for block in self.column_blocks:
            part = array[block.start : block.stop]
            if block.data is None:
                block.component.load(part)
                continue
            for data, number in zip(block.data, part.tolist(), strict=True):
                data.set_value(number, skip_validation=True)
        StaleFlagManager.mark_all_as_stale(delayed=True)

    def load_duals(self, row_dual: npt.ArrayLike, column_dual: npt.ArrayLike | None = None) -> None:
        """Write duals and reduced costs into the components.

        They also go into the suffixes `dual` and `rc` that the model declares (direction import):
        at once for ordinary data and for array data already looked at, at birth for the others.
        """
        duals = _of_length(row_dual, len(self.row_lower), "duals")
        for block in self.row_blocks:
            part = duals[block.start : block.stop]
            if block.data is None:
                block.component.load_duals(_spread(part, block))
            else:
                _into_suffix("dual", block, part)
        if column_dual is None:
            return
        reduced = _of_length(column_dual, len(self.cost), "reduced costs")
        for column_block in self.column_blocks:
            part = reduced[column_block.start : column_block.stop]
            if column_block.data is None:
                column_block.component.load_reduced_costs(part)
            else:
                _into_suffix("rc", column_block, part)


def _range(array: Floats) -> Range | None:
    sizes = np.abs(array)
    sizes = sizes[(sizes > 0) & np.isfinite(sizes)]
    return (float(sizes.min()), float(sizes.max())) if len(sizes) else None


def _of_length(numbers: npt.ArrayLike, length: int, what: str) -> Floats:
    array = np.asarray(numbers, dtype=np.float64)
    if array.shape != (length,):
        raise ValueError(f"expected {length} {what}; found shape {array.shape}")
    return array


def _spread(part: Floats, block: RowBlock) -> Floats:
    if block.positions is None:
        return part
    spread = np.full(len(block.component), np.nan)
    spread[block.positions] = part
    return spread


def _into_suffix(name: str, block: ColumnBlock | RowBlock, numbers: Floats) -> None:
    suffix = import_suffix(block.component, name)
    if suffix is not None:
        for data, number in zip(block.data or (), numbers.tolist(), strict=True):
            write_suffix(suffix, data, number)
