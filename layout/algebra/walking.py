"""Ordinary Pyomo expressions as coefficients of columns."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, NamedTuple

from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import InvalidNumber

from layout.algebra.columns import Columns
from layout.algebra.errors import ModelError


class LinearRow(NamedTuple):
    """Coefficients by column number, and bounds."""

    entries: dict[int, float]
    lower: float
    upper: float


class _Recorder:
    """Remembers the variables that occur.

    Pyomo's own recorder asks for all variables of a family when it meets the first, which would
    give birth to every data object of an array variable.
    """

    sorter = None

    def __init__(self) -> None:
        self.var_map: dict[int, Any] = {}

    def add(self, var: Any) -> None:
        self.var_map[id(var)] = var


class LinearWalker:
    """Turns expressions into coefficients, refusing what is not linear."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._recorder = _Recorder()
        self._visitor = LinearRepnVisitor({}, var_recorder=self._recorder)

    def expression(self, expression: Any, name: str) -> tuple[dict[int, float], float]:
        """Coefficients by column and the constant of a linear expression of component `name`."""
        linear = self._visitor.walk_expression(expression)
        if linear.nonlinear is not None:
            raise ModelError(f"{name} is not linear: {linear.nonlinear}")
        constant = _number(linear.constant, f"the constant of {name}")
        entries: dict[int, float] = {}
        for identity, coefficient in linear.linear.items():
            data = self._recorder.var_map[identity]
            column = self._columns.column_of(data, name)
            number = _number(coefficient, f"the coefficient of {data.name} in {name}")
            entries[column] = entries.get(column, 0.0) + number
        return entries, constant

    def constraint(self, data: Any) -> LinearRow:
        """Coefficients and bounds of one constraint; its constant is moved to the bounds."""
        lower, body, upper = data.to_bounded_expression(True)
        if body is None:
            raise ModelError(f"{data.name} has no expression")
        entries, constant = self.expression(body, data.name)
        return LinearRow(
            entries,
            -math.inf if lower is None else lower - constant,
            math.inf if upper is None else upper - constant,
        )


def _number(found: Any, what: str) -> float:
    """A finite number; where an expression has none, Pyomo leaves an InvalidNumber."""
    plain = found.value if isinstance(found, InvalidNumber) else found
    number = float(plain) if isinstance(plain, Real) else math.nan
    if not math.isfinite(number):
        raise ModelError(f"{what} is {number}")
    return number
