"""An objective held in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyomo.common.enums import minimize
from pyomo.core.base.objective import ScalarObjective
from pyomo.core.expr.numeric_expr import LinearExpression

from layout.algebra.affine import Affine, AffineTerm
from layout.algebra.component import stored_in_arrays
from layout.algebra.errors import ModelError
from layout.algebra.parameters import expression_at, numbers


@stored_in_arrays("_args_")
class ArrayObjective(ScalarObjective):
    """A linear objective; its Pyomo expression is made when somebody asks for it.

    What follows a mutable Param in the arrays follows it in that expression too.  Setting an
    expression by hand (`m.cost.expr = ...`) replaces the arrays.
    """

    def __init__(self, affine: Affine, sense: Any = minimize, doc: str | None = None) -> None:
        self._affine: Affine | None = None
        self._made: tuple[Any, ...] = (None,)
        super().__init__(doc=doc)
        self._affine = affine
        self._declared_sense = sense

    @property
    def affine(self) -> Affine | None:
        """The expression in arrays, or None once an expression was set by hand."""
        return self._affine

    def construct(self, data: Any = None) -> None:
        """Check the coefficients; Pyomo calls this when the component is put on a block."""
        if self.is_constructed():
            return
        self._constructed = True
        self._data = {None: self}
        self.set_sense(self._declared_sense)
        if self._affine is not None:
            for term in self._affine.stored[1]:
                self._refuse_nonfinite([term._replace(coefficients=numbers(term.coefficients))])

    def now(self, affine: Affine) -> tuple[float, list[AffineTerm]]:
        """The constant and the terms as they are now; ModelError for one that is not finite."""
        constant, terms = affine.constant, affine.terms
        self._refuse_nonfinite(terms)
        if not np.isfinite(constant):
            raise ModelError(f"the constant of {self.name} is {constant}")
        return constant, terms

    def _refuse_nonfinite(self, terms: Sequence[Any]) -> None:
        for var, positions, coefficients in terms:
            wrong = ~np.isfinite(coefficients)
            if wrong.any():
                first = int(np.flatnonzero(wrong)[0])
                raise ModelError(
                    f"the coefficient of {var.name}{var.index.suffix(int(positions[first]))} in "
                    f"{self.name} is {coefficients[first]}"
                )

    @property
    def _args_(self) -> tuple[Any, ...]:
        if self._affine is not None and self._made[0] is None:
            self._made = (_expression(self._affine),)
        return self._made

    @_args_.setter
    def _args_(self, args: tuple[Any, ...]) -> None:
        self._affine = None
        self._made = args


def _expression(affine: Affine) -> Any:
    constant, terms = affine.stored
    coefficients: list[Any] = []
    variables: list[Any] = []
    for var, positions, values in terms:
        coefficients += expression_at(values, slice(None))
        variables += [var[var.index.key(position)] for position in positions.tolist()]
    return (
        LinearExpression(constant=constant, linear_coefs=coefficients, linear_vars=variables)
        if variables
        else constant
    )
