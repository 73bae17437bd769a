"""The variables of a model as numbered columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.core.base.var import Var

from layout.algebra.errors import ModelError
from layout.algebra.variable import ArrayVar, domain_limits

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ColumnBlock:
    """The columns start to stop - 1 belong to one component.

    `data` are the variables of an ordinary component in order, None for an array component.
    """

    component: Any
    start: int
    stop: int
    data: tuple[Any, ...] | None = None

    def names(self) -> list[str]:
        """The names of the columns."""
        if self.data is None:
            prefix = self.component.name
            return [prefix + suffix for suffix in self.component.index.suffixes()]
        return [data.name for data in self.data]

    def name(self, column: int) -> str:
        """The name of one column of the model."""
        place = column - self.start
        if self.data is None:
            return f"{self.component.name}{self.component.index.suffix(place)}"
        return str(self.data[place].name)


@dataclass
class Columns:
    """Blocks of columns with their bounds and integrality.

    Variables of the same `model` outside of the block that is compiled become columns when a row
    or the objective uses them, as in Pyomo's own writers.
    """

    model: Any = None
    blocks: list[ColumnBlock] = field(default_factory=list)
    count: int = 0
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _integer: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    _starts: dict[int, int] = field(default_factory=dict)
    _ordinary: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Any) -> Columns:
        """The columns of all variables of a block and the blocks in it, in declaration order."""
        self = cls(block.model())
        for component in block.component_objects(Var, descend_into=True):
            if not component.is_reference():
                self._take(component)
        return self

    def _take(self, component: Any) -> None:
        if isinstance(component, ArrayVar):
            self._add_array(component)
        else:
            self._add_ordinary(component)

    def _add(self, block: ColumnBlock, lower: Floats, upper: Floats, integer: Any) -> None:
        self.blocks.append(block)
        self._starts[id(block.component)] = block.start
        self.count = block.stop
        self._lower.append(lower)
        self._upper.append(upper)
        self._integer.append(integer)

    def _add_array(self, var: ArrayVar) -> None:
        block = ColumnBlock(var, self.count, self.count + len(var))
        self._add(block, *var.columns())

    def _add_ordinary(self, component: Any) -> None:
        data = tuple(component.values())
        block = ColumnBlock(component, self.count, self.count + len(data), data)
        rows = [_limits(one) for one in data]
        self._ordinary.update({id(one): block.start + place for place, one in enumerate(data)})
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
        self._add(block, table[:, 0], table[:, 1], table[:, 2].astype(bool))

    def start_of(self, var: ArrayVar, user: str) -> int:
        """The first column of an array variable; `user` names who asks."""
        self._need(var, user)
        return self._starts[id(var)]

    def column_of(self, data: Any, user: str) -> int:
        """The column of one variable; `user` names who asks."""
        component = data.parent_component()
        self._need(component, user, data)
        if isinstance(component, ArrayVar):
            return self._starts[id(component)] + int(data.position)
        return self._ordinary[id(data)]

    def _need(self, component: Any, user: str, data: Any = None) -> None:
        """Take in a component of the model that is not among the columns; ModelError for others."""
        if id(component) in self._starts:
            return
        known = component is not None and component.parent_block() is not None
        if not known or component.model() is not self.model:
            raise ModelError(_foreign((component if data is None else data).name, user))
        self._take(component)

    def name(self, column: int) -> str:
        """The name of one column."""
        return next(block for block in self.blocks if column < block.stop).name(column)

    def arrays(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Lower bounds, upper bounds, integrality of all columns, checked."""
        lower = np.concatenate([*self._lower, np.zeros(0)])
        upper = np.concatenate([*self._upper, np.zeros(0)])
        integer = np.concatenate([*self._integer, np.zeros(0, dtype=bool)])
        check_bounds(lower, upper, self.name)
        return lower, upper, integer


def check_bounds(lower: Floats, upper: Floats, name: Any) -> None:
    """Refuse nan, crossed and impossible bounds, naming the first."""
    good = (lower <= upper) & (lower < np.inf) & (upper > -np.inf)
    if good.all():
        return
    place = int(np.flatnonzero(~good)[0])
    low, high = lower[place], upper[place]
    if np.isnan(low) or np.isnan(high):
        raise ModelError(f"a bound of {name(place)} is nan (lower {low}, upper {high})")
    if low > high:
        raise ModelError(f"the lower bound of {name(place)} is above its upper: {low} > {high}")
    raise ModelError(f"the bounds of {name(place)} leave no number: lower {low}, upper {high}")


def _limits(data: Any) -> tuple[float, float, bool]:
    """Lower and upper bound and integrality of an ordinary Pyomo variable."""
    if data.fixed:
        if data.value is None:
            raise ModelError(f"{data.name} is fixed but has no value: give fix() a number")
        return data.value, data.value, False
    _, _, whole = domain_limits(data.domain, data.name)
    low, high = data.bounds
    return -np.inf if low is None else low, np.inf if high is None else high, whole


def _foreign(name: str, user: str) -> str:
    return f"{user} uses {name}, which is not part of the model being compiled"
