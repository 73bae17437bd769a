"""The constraints of a model as numbered rows of a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.common.gc_manager import PauseGC
from pyomo.core.base.constraint import Constraint

from layout.algebra.arrays import every
from layout.algebra.columns import Columns, check_bounds
from layout.algebra.constraint import ArrayConstraint
from layout.algebra.sparse import ColumnMatrix, Ints, Part, assemble, join, tidy
from layout.algebra.walking import LinearWalker

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RowBlock:
    """The rows start to stop - 1 belong to one component.

    `data` are the active constraints of an ordinary component in order, None for an array
    component, whose active positions are `positions` (None: all).
    """

    component: Any
    start: int
    stop: int
    data: tuple[Any, ...] | None = None
    positions: npt.NDArray[np.int64] | None = None

    def names(self) -> list[str]:
        """The names of the rows."""
        if self.data is not None:
            return [data.name for data in self.data]
        prefix = self.component.name
        suffixes = self.component.index.suffixes()
        if self.positions is not None:
            suffixes = [suffixes[position] for position in self.positions.tolist()]
        return [prefix + suffix for suffix in suffixes]

    def name(self, row: int) -> str:
        """The name of one row of the model."""
        place = row - self.start
        if self.data is not None:
            return str(self.data[place].name)
        position = place if self.positions is None else int(self.positions[place])
        return f"{self.component.name}{self.component.index.suffix(position)}"


@dataclass
class Rows:
    """Blocks of rows with their bounds and entries."""

    columns: Columns
    walker: LinearWalker
    blocks: list[RowBlock] = field(default_factory=list)
    count: int = 0
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _parts: list[Part] = field(default_factory=list)
    _walked_rows: list[int] = field(default_factory=list)
    _walked_columns: list[int] = field(default_factory=list)
    _walked_coefficients: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, block: Any, columns: Columns, walker: LinearWalker) -> Rows:
        """The rows of all active constraints of a block and the blocks in it."""
        self = cls(columns, walker)
        with PauseGC():
            for component in block.component_objects(Constraint, active=True, descend_into=True):
                if component.is_reference():
                    continue
                if isinstance(component, ArrayConstraint):
                    self._add_array(component)
                else:
                    self._add_ordinary(component)
        return self

    def _add(self, block: RowBlock, lower: Floats, upper: Floats) -> None:
        self.blocks.append(block)
        self.count = block.stop
        self._lower.append(lower)
        self._upper.append(upper)

    def _add_array(self, constraint: ArrayConstraint) -> None:
        active, replaced = constraint.active_rows(), constraint.replaced_rows()
        numbers = _numbers(len(constraint), active)
        self._add_terms(constraint, numbers, _dropped(active, replaced, len(constraint)))
        lower, upper = constraint.bounds()
        for position in replaced:
            if active is None or active[position]:
                data = constraint[constraint.index.key(position)]
                lower[position], upper[position] = self._walk(
                    data, self.count + int(numbers[position])
                )
        positions = None
        if active is not None:
            positions = np.flatnonzero(active)
            lower, upper = lower[positions], upper[positions]
        stop = self.count + len(lower)
        self._add(RowBlock(constraint, self.count, stop, positions=positions), lower, upper)

    def _add_terms(
        self, constraint: ArrayConstraint, numbers: Ints, drop: npt.NDArray[np.bool_] | None
    ) -> None:
        """Take the entries of a family, but for the rows to drop."""
        by_var: dict[int, list[Part]] = {}
        for var, rows, positions, coefficients in constraint.terms:
            start = self.columns.start_of(var, constraint.name)
            part = Part(rows, positions, coefficients, self.count, start)
            by_var.setdefault(id(var), []).append(part)
        for parts in by_var.values():
            part = parts[0] if len(parts) == 1 else join(parts)
            if drop is not None:
                part = part.take(~drop[part.rows])
            if constraint.active_rows() is not None:
                part = part._replace(rows=numbers[part.rows])
            self._parts.append(tidy(part))

    def _add_ordinary(self, component: Any) -> None:
        data = tuple(one for one in component.values() if one.active)
        block = RowBlock(component, self.count, self.count + len(data), data)
        bounds = [self._walk(one, block.start + place) for place, one in enumerate(data)]
        table = np.array(bounds, dtype=np.float64).reshape(len(bounds), 2)
        self._add(block, table[:, 0], table[:, 1])

    def _walk(self, data: Any, row: int) -> tuple[float, float]:
        """Take the entries of one ordinary constraint; its bounds less the constant."""
        linear = self.walker.constraint(data)
        self._walked_rows += [row] * len(linear.entries)
        self._walked_columns += linear.entries.keys()
        self._walked_coefficients += linear.entries.values()
        return linear.lower, linear.upper

    def name(self, row: int) -> str:
        """The name of one row."""
        return next(block for block in self.blocks if row < block.stop).name(row)

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds of all rows, checked."""
        lower = np.concatenate([*self._lower, np.zeros(0)])
        upper = np.concatenate([*self._upper, np.zeros(0)])
        check_bounds(lower, upper, self.name)
        return lower, upper

    def entries(self) -> ColumnMatrix:
        """The coefficients of all rows; can be asked for once."""
        walked = Part(
            np.array(self._walked_rows, dtype=np.int32),
            np.array(self._walked_columns, dtype=np.int32),
            np.array(self._walked_coefficients, dtype=np.float64),
        )
        self._parts.append(tidy(walked))
        return assemble(self._parts, self.count, self.columns.count)


def _numbers(size: int, active: npt.NDArray[np.bool_] | None) -> Ints:
    """The row of the family for every position; meaningless for inactive ones."""
    if active is None:
        return every(size)
    return (np.cumsum(active) - 1).astype(np.int32)


def _dropped(
    active: npt.NDArray[np.bool_] | None, replaced: list[int], size: int
) -> npt.NDArray[np.bool_] | None:
    """Which rows do not take their entries from the arrays, or None when all do."""
    if active is None and not replaced:
        return None
    drop = np.zeros(size, dtype=bool) if active is None else ~active
    drop[replaced] = True
    return drop
