"""A family of linear constraints held in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pyomo.common.autoslots import AutoSlots
from pyomo.core.base.component import ActiveComponent
from pyomo.core.base.constraint import ConstraintData, IndexedConstraint
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.core.expr.numvalue import NumericValue
from pyomo.core.expr.relational_expr import (
    EqualityExpression,
    InequalityExpression,
    RangedExpression,
)

from layout.algebra.affine import Affine
from layout.algebra.bounds import Bounds
from layout.algebra.component import ArrayComponent, ArrayData, IndexSet, stored_in_arrays
from layout.algebra.errors import ModelError
from layout.algebra.index import Index
from layout.algebra.parameters import Following, expression_at, numbers
from layout.algebra.sparse import stable_order
from layout.algebra.suffixes import import_suffix, write_suffix
from layout.algebra.terms import FollowingTerm, Term, make_term
from layout.algebra.variable import ArrayVar

Floats = npt.NDArray[np.float64]
RawTerm = tuple[ArrayVar, npt.ArrayLike | None, npt.ArrayLike | None, Any]
_INFINITY = float("inf")


@stored_in_arrays("_expr", "_active")
class ArrayConstraintData(ArrayData, ConstraintData):
    """One constraint of a family: its expression is made from the arrays when asked for."""

    __slots__ = ("_body", "_made", "_position")
    __autoslot_mappers__: ClassVar[dict[str, Any]] = {
        "_body": AutoSlots.encode_as_none,
        "_made": AutoSlots.encode_as_none,
    }

    def __init__(self, component: ArrayConstraint, position: int) -> None:
        self._attach(component, position)
        self._body: Any = None
        self._made: tuple[Any, Any, Any] | None = None

    @property
    def _active(self) -> bool:
        return self.family._is_active_at(self._position)

    @_active.setter
    def _active(self, active: bool) -> None:
        self.family._set_active_at(self._position, active)

    @property
    def _expr(self) -> Any:
        family = self.family
        own = family._replaced.get(self._position)
        if own is not None:
            return own
        lower, upper = family._bounds_at(self._position)
        if self._made is None or not (_same(self._made[0], lower) and _same(self._made[1], upper)):
            if self._body is None:
                self._body = family._body_at(self._position)
            self._made = (lower, upper, _relation(lower, self._body, upper))
        return self._made[2]

    @_expr.setter
    def _expr(self, expression: Any) -> None:
        self.family._replace_at(self._position, expression)


class ArrayConstraint(ArrayComponent, IndexedConstraint):
    """Constraints ``lower <= sum of coefficients x variables <= upper`` over an index.

    `terms` are tuples (var, rows, positions, coefficients) of arrays with one entry per nonzero;
    rows are positions in this index, None stands for all in order.  Entries of the same row and
    variable add up.  `lower` and `upper` may be written in place.  Coefficients and bounds may be
    expressions of mutable Params, one for all or a list of them and numbers; they are evaluated
    when the model is compiled.  A row whose expression is set by name has its bounds in that
    expression; its array entries are nan from then on, and a number written over them makes
    compiling fail.
    """

    _ComponentDataClass = ArrayConstraintData

    def __init__(
        self,
        index: Index,
        terms: Sequence[RawTerm],
        lower: Any = -np.inf,
        upper: Any = np.inf,
        doc: str | None = None,
    ) -> None:
        self.index = index
        self._raw_terms: tuple[RawTerm, ...] = tuple(terms)
        self._terms: tuple[FollowingTerm, ...] = ()
        self._lower = Bounds(index, lower, -_INFINITY, "lower")
        self._upper = Bounds(index, upper, _INFINITY, "upper")
        self._duals: Floats | None = None
        self._inactive: npt.NDArray[np.bool_] | None = None
        self._replaced: dict[int, Any] = {}
        self._slices: list[tuple[FollowingTerm, npt.NDArray[np.int64], Any]] | None = None
        super().__init__(IndexSet(index), doc=doc)

    @classmethod
    def of(
        cls,
        index: Index,
        affines: Sequence[Affine],
        lower: Any = -np.inf,
        upper: Any = np.inf,
        doc: str | None = None,
    ) -> ArrayConstraint:
        """One row per expression; their constants are moved to the bounds."""
        if len(affines) != len(index):
            raise ValueError(f"{len(affines)} expressions for an index of {len(index)} keys")
        parts = [affine.stored for affine in affines]
        terms = [
            (term.var, np.full(len(term.positions), row, dtype=np.int32), *term[1:])
            for row, (_, own) in enumerate(parts)
            for term in own
        ]
        constants = [constant for constant, _ in parts]
        low = _less(Bounds(index, lower, -_INFINITY, "lower"), constants)
        high = _less(Bounds(index, upper, _INFINITY, "upper"), constants)
        return cls(index, _joined(terms), low, high, doc)

    def construct(self, data: Any = None) -> None:
        """Check the terms; Pyomo calls this when the component is put on a block."""
        if self._constructed:
            return
        super().construct(data)
        self._terms = tuple(
            make_term(len(self.index), var, rows, positions, coefficients, self.name)
            for var, rows, positions, coefficients in self._raw_terms
        )
        self._raw_terms = ()
        for term in self._terms:
            self._finite(term, numbers(term.coefficients))

    def _finite(self, term: FollowingTerm, coefficients: Floats) -> Term:
        """The term with these coefficients; ModelError if one of them is not finite."""
        wrong = ~np.isfinite(coefficients)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            row, position = int(term.rows[first]), int(term.positions[first])
            raise ModelError(
                f"the coefficient of {term.var.name}{term.var.index.suffix(position)} in "
                f"{self._at(row)} is {coefficients[first]}"
            )
        return Term(term.var, term.rows, term.positions, coefficients)

    def _now(self, term: FollowingTerm) -> Term:
        if isinstance(term.coefficients, Following):
            return self._finite(term, term.coefficients.now())
        return Term(term.var, term.rows, term.positions, term.coefficients)

    def _birth(self, position: int) -> ArrayConstraintData:
        data = ArrayConstraintData(self, position)
        if self._duals is not None:
            suffix = import_suffix(self, "dual")
            if suffix is not None:
                write_suffix(suffix, data, float(self._duals[position]))
        return data

    # --- arrays -------------------------------------------------------------------------------

    @property
    def terms(self) -> tuple[Term, ...]:
        """The checked terms (var, rows, positions, coefficients); not to be written.

        Coefficients that follow Params are as those are now.
        """
        return tuple(self._now(term) for term in self._terms)

    @property
    def lower(self) -> Floats:
        """Lower bounds of the rows; may be written in place or assigned."""
        return self._lower.numbers

    @lower.setter
    def lower(self, bound: Any) -> None:
        self._lower = Bounds(self.index, bound, -_INFINITY, f"lower of {self.name}")

    @property
    def upper(self) -> Floats:
        """Upper bounds of the rows; may be written in place or assigned."""
        return self._upper.numbers

    @upper.setter
    def upper(self, bound: Any) -> None:
        self._upper = Bounds(self.index, bound, _INFINITY, f"upper of {self.name}")

    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds as they are now, arrays of their own."""
        return self._lower.now(), self._upper.now()

    @property
    def duals_array(self) -> Floats | None:
        """Duals of the last solution, nan for rows that were not in it; None before."""
        return self._duals

    def load_duals(self, duals: Floats) -> None:
        """Take the duals of a solution, also into the suffix `dual` for rows looked at."""
        self._duals = np.array(duals, dtype=np.float64)
        suffix = import_suffix(self, "dual")
        if suffix is not None:
            for data in self._born():
                write_suffix(suffix, data, float(self._duals[data.position]))

    def body_values(self) -> Floats:
        """The left-hand side of every row at the variables' values (nan where one has none)."""
        total = np.zeros(len(self.index))
        for var, rows, positions, coefficients in self.terms:
            values = np.full(len(var), np.nan) if var.values_array is None else var.values_array
            total += np.bincount(
                rows, weights=coefficients * values[positions], minlength=len(self.index)
            )
        for position in self._replaced:
            total[position] = self[self.index.key(position)](exception=False)
        return total

    # --- what data objects read and write -------------------------------------------------------

    def _is_active_at(self, position: int) -> bool:
        return self._inactive is None or not self._inactive[position]

    def _set_active_at(self, position: int, active: bool) -> None:
        if self._inactive is None:
            if active:
                return
            self._inactive = np.zeros(len(self.index), dtype=bool)
        self._inactive[position] = not active

    def _bounds_at(self, position: int) -> tuple[Any, Any]:
        lower, upper = self._lower.at(position), self._upper.at(position)
        if any(isinstance(bound, float) and bound != bound for bound in (lower, upper)):
            raise ModelError(f"a bound of {self._at(position)} is nan")
        return lower, upper

    def _replace_at(self, position: int, expression: Any) -> None:
        self._replaced[position] = expression
        self.lower[position] = self.upper[position] = np.nan

    def _body_at(self, position: int) -> Any:
        coefficients: list[Any] = []
        variables: list[Any] = []
        for term, starts, order in self._by_row():
            span = slice(starts[position], starts[position + 1])
            entries = span if order is None else order[span]
            key, var = term.var.index.key, term.var
            coefficients += expression_at(term.coefficients, entries)
            variables += [var[key(place)] for place in term.positions[entries].tolist()]
        return (
            LinearExpression(constant=0.0, linear_coefs=coefficients, linear_vars=variables)
            if variables
            else 0.0
        )

    def _by_row(self) -> list[tuple[FollowingTerm, npt.NDArray[np.int64], Any]]:
        """Each term with the start of every row in it and, unless in order, its entries sorted."""
        if self._slices is None:
            self._slices = []
            for term in self._terms:
                order = stable_order(term.rows)
                rows = term.rows if order is None else term.rows[order]
                starts = np.searchsorted(rows, np.arange(len(self.index) + 1))
                self._slices.append((term, starts, order))
        return self._slices

    def _at(self, position: int) -> str:
        return f"{self.name}{self.index.suffix(position)}"

    # --- the whole family at once ---------------------------------------------------------------

    def activate(self) -> None:
        """Take every row into account."""
        ActiveComponent.activate(self)
        self._inactive = None

    def deactivate(self) -> None:
        """Leave every row out."""
        ActiveComponent.deactivate(self)
        self._inactive = np.ones(len(self.index), dtype=bool)

    # --- rows -------------------------------------------------------------------------------

    def active_rows(self) -> npt.NDArray[np.bool_] | None:
        """Which rows are active, or None for all."""
        return None if self._inactive is None else ~self._inactive

    def replaced_rows(self) -> list[int]:
        """Positions of the rows that have an expression of their own."""
        for position in self._replaced:
            if not (np.isnan(self.lower[position]) and np.isnan(self.upper[position])):
                raise ModelError(
                    f"{self._at(position)} has an expression of its own with its bounds in it, "
                    "and a bound was written into the array: set the expression again instead"
                )
        return sorted(self._replaced)


def _joined(terms: Sequence[RawTerm]) -> list[RawTerm]:
    """The terms with those of one variable put end to end, but for those that follow Params."""
    following = [term for term in terms if isinstance(term[3], Following)]
    by_var: dict[int, list[Any]] = {}
    for term in terms:
        if not isinstance(term[3], Following):
            by_var.setdefault(id(term[0]), []).append(term)
    joined: list[RawTerm] = [
        (group[0][0], *(np.concatenate(arrays) for arrays in list(zip(*group, strict=True))[1:]))
        for group in by_var.values()
    ]
    return joined + following


def _less(bounds: Bounds, constants: Sequence[Any]) -> Any:
    """Bounds less the constants that stood on the other side; a list if some are expressions."""
    if not (bounds.follows or any(isinstance(one, NumericValue) for one in constants)):
        return bounds.numbers - np.array(constants, dtype=np.float64)
    given = [(bounds.at(position), constant) for position, constant in enumerate(constants)]
    return [bound if _is(bound, bounds.infinite) else bound - constant for bound, constant in given]


def _is(bound: Any, number: float) -> bool:
    return isinstance(bound, float) and bound == number


def _same(first: Any, second: Any) -> bool:
    """Whether two bounds are one expression or equal numbers."""
    return first is second or (isinstance(second, float) and _is(first, second))


def _relation(lower: Any, body: Any, upper: Any) -> Any:
    if _same(lower, upper):
        return EqualityExpression((body, upper))
    if _is(lower, -_INFINITY):
        return InequalityExpression((body, upper), False)
    if _is(upper, _INFINITY):
        return InequalityExpression((lower, body), False)
    return RangedExpression((lower, body, upper), RangedExpression.STRICT[False])
