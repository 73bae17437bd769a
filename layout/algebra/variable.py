"""A family of variables held in arrays."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pyomo.common.modeling import NOTSET
from pyomo.core.base.set import Integers, Reals, SetInitializer
from pyomo.core.base.var import IndexedVar, VarData
from pyomo.core.expr.numvalue import NumericValue
from pyomo.core.staleflag import StaleFlagManager

from layout.algebra.bounds import Bounds
from layout.algebra.component import ArrayComponent, ArrayData, IndexSet, stored_in_arrays
from layout.algebra.errors import ModelError
from layout.algebra.index import Index, Key
from layout.algebra.parameters import number_of
from layout.algebra.suffixes import import_suffix, write_suffix

Floats = npt.NDArray[np.float64]
_INFINITY = float("inf")


@stored_in_arrays("_value", "_lb", "_ub", "_domain", "_fixed")
class ArrayVarData(ArrayData, VarData):
    """One variable of a family: a view of the arrays of its `ArrayVar`."""

    __slots__ = ("_position",)

    def __init__(self, component: ArrayVar, position: int) -> None:
        self._attach(component, position)
        self._stale = component._stale_flag  # type: ignore[misc]

    @property
    def _value(self) -> float | None:
        return self.family._value_at(self._position)

    @_value.setter
    def _value(self, number: float | None) -> None:
        self.family._set_value_at(self._position, number)

    @property
    def _lb(self) -> Any:
        return self.family._bound_at(self.family._lower, "lower", self._position)

    @_lb.setter
    def _lb(self, bound: Any) -> None:
        self.family._lower.set(self._position, bound)

    @property
    def _ub(self) -> Any:
        return self.family._bound_at(self.family._upper, "upper", self._position)

    @_ub.setter
    def _ub(self, bound: Any) -> None:
        self.family._upper.set(self._position, bound)

    @property
    def _domain(self) -> Any:
        return self.family._domain_at(self._position)

    @_domain.setter
    def _domain(self, domain: Any) -> None:
        self.family._domains[self._position] = domain

    @property
    def _fixed(self) -> bool:
        return self.family._is_fixed_at(self._position)

    @_fixed.setter
    def _fixed(self, fixed: bool) -> None:
        self.family._set_fixed_at(self._position, fixed)


class ArrayVar(ArrayComponent, IndexedVar):
    """Variables over an index, with bounds, values and reduced costs in arrays.

    `lower` and `upper` may be written in place; `m.serve["ZW", "520000"]` is a Pyomo variable
    that reads and writes the same numbers.  A bound may be an expression of mutable Params: one
    for all, a list of them and numbers, a Param over the same keys, or one set by name.  It
    stands as nan in the array and is evaluated when the model is compiled; a number written into
    the array later replaces it.  `unit` is text for people.
    """

    _ComponentDataClass = ArrayVarData
    __autoslot_mappers__: ClassVar[dict[str, Any]] = {"_stale_flag": StaleFlagManager.stale_mapper}

    def __init__(
        self,
        index: Index,
        lower: Any = 0.0,
        upper: Any = np.inf,
        integer: npt.ArrayLike = False,
        doc: str | None = None,
        unit: str = "",
    ) -> None:
        self.index = index
        self.unit = unit
        self._lower = Bounds(index, lower, -_INFINITY, "lower")
        self._upper = Bounds(index, upper, _INFINITY, "upper")
        self._integer = np.broadcast_to(np.asarray(integer, dtype=bool), (len(index),))
        self._values: Floats | None = None
        self._reduced_costs: Floats | None = None
        self._fixed_mask: npt.NDArray[np.bool_] | None = None
        self._domains: dict[int, Any] = {}
        self._common_domain: Any = None
        self._stale_flag = 0
        super().__init__(IndexSet(index), dense=False, doc=doc)

    def _birth(self, position: int) -> ArrayVarData:
        data = ArrayVarData(self, position)
        if self._reduced_costs is not None:
            suffix = import_suffix(self, "rc")
            if suffix is not None:
                write_suffix(suffix, data, float(self._reduced_costs[position]))
        return data

    # --- arrays -------------------------------------------------------------------------------

    @property
    def lower(self) -> Floats:
        """Lower bounds; may be written in place or assigned."""
        return self._lower.numbers

    @lower.setter
    def lower(self, bound: Any) -> None:
        self._lower = Bounds(self.index, bound, -_INFINITY, f"lower of {self.name}")

    @property
    def upper(self) -> Floats:
        """Upper bounds; may be written in place or assigned."""
        return self._upper.numbers

    @upper.setter
    def upper(self, bound: Any) -> None:
        self._upper = Bounds(self.index, bound, _INFINITY, f"upper of {self.name}")

    @property
    def integer(self) -> npt.NDArray[np.bool_]:
        """Which variables were declared whole numbers; change `domain` to alter that."""
        return self._integer

    @property
    def values_array(self) -> Floats | None:
        """Values, nan where a variable has none; None before the first value."""
        return self._values

    @property
    def reduced_costs_array(self) -> Floats | None:
        """Reduced costs of the last solution, or None."""
        return self._reduced_costs

    @property
    def fixed_array(self) -> npt.NDArray[np.bool_]:
        """Which variables are fixed (a copy)."""
        if self._fixed_mask is None:
            return np.zeros(len(self.index), dtype=bool)
        return self._fixed_mask.copy()

    def load(self, values: Floats) -> None:
        """Take the values of a solution."""
        self._values = np.array(values, dtype=np.float64)
        self._refresh()

    def load_reduced_costs(self, reduced_costs: Floats) -> None:
        """Take the reduced costs of a solution, also into the suffix `rc` for those looked at."""
        self._reduced_costs = np.array(reduced_costs, dtype=np.float64)
        suffix = import_suffix(self, "rc")
        if suffix is not None:
            for data in self._born():
                write_suffix(suffix, data, float(self._reduced_costs[data.position]))

    def _refresh(self) -> None:
        self._stale_flag = StaleFlagManager.get_flag(0)
        for data in self._born():
            data._stale = self._stale_flag

    # --- what data objects read and write -------------------------------------------------------

    def _value_at(self, position: int) -> float | None:
        if self._values is None:
            return None
        number = float(self._values[position])
        return None if number != number else number

    def _set_value_at(self, position: int, number: float | None) -> None:
        if self._values is None:
            if number is None:
                return
            self._values = np.full(len(self.index), np.nan)
        self._values[position] = np.nan if number is None else number

    def _bound_at(self, bounds: Bounds, side: str, position: int) -> Any:
        bound = bounds.at(position)
        if isinstance(bound, NumericValue):
            return bound
        if bound != bound:
            raise ModelError(f"{side} of {self._at(position)} is nan")
        return None if bound == bounds.infinite else bound

    def _domain_at(self, position: int) -> Any:
        domain = self._domains.get(position, self._common_domain)
        if domain is not None:
            return domain
        return Integers if self._integer[position] else Reals

    def _is_fixed_at(self, position: int) -> bool:
        return self._fixed_mask is not None and bool(self._fixed_mask[position])

    def _set_fixed_at(self, position: int, fixed: bool) -> None:
        if self._fixed_mask is None:
            if not fixed:
                return
            self._fixed_mask = np.zeros(len(self.index), dtype=bool)
        self._fixed_mask[position] = fixed

    def _at(self, position: int) -> str:
        return f"{self.name}{self.index.suffix(position)}"

    # --- the whole family at once ---------------------------------------------------------------

    def fix(self, value: Any = NOTSET, skip_validation: bool = False) -> None:
        """Fix every variable, at the number that `value` is now or an array of them, if given."""
        self._fixed_mask = np.ones(len(self.index), dtype=bool)
        if value is not NOTSET:
            at = number_of(value) if isinstance(value, NumericValue) else np.asarray(value, float)
            self.load(np.broadcast_to(at, (len(self.index),)))

    def unfix(self) -> None:
        """Free every variable."""
        self._fixed_mask = None

    def setlb(self, val: Any) -> None:
        """Set the lower bound of every variable."""
        self.lower = -_INFINITY if val is None else val

    def setub(self, val: Any) -> None:
        """Set the upper bound of every variable."""
        self.upper = _INFINITY if val is None else val

    @property
    def domain(self) -> Any:
        """To be set for all variables; to be read by key."""
        raise AttributeError(f"{self.name} has a domain per variable: read it by key")

    @domain.setter
    def domain(self, domain: Any) -> None:
        rule = SetInitializer(domain)
        self._domains = {}
        if rule.constant():
            self._common_domain = rule(self.parent_block(), None, self)
        else:
            self._domains = {
                position: rule(self.parent_block(), key, self)
                for position, key in enumerate(self.index.keys())
            }

    def flag_as_stale(self) -> None:
        """Mark every value as not of the latest solution."""
        self._stale_flag = 0
        for data in self._born():
            data.stale = True

    def get_values(self, include_fixed_values: bool = True) -> dict[Key, float | None]:
        """The values by key."""
        return {
            key: self._value_at(position)
            for position, key in enumerate(self.index.keys())
            if include_fixed_values or not self._is_fixed_at(position)
        }

    extract_values = get_values

    # --- columns ----------------------------------------------------------------------------

    def columns(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Bounds and integrality as a solver takes them: domains met, fixed values as bounds."""
        lower, upper, integer = self._lower.now(), self._upper.now(), self._integer.copy()
        if self._common_domain is not None:
            self._meet(slice(None), self._common_domain, lower, upper, integer)
        for position, domain in self._domains.items():
            self._meet(position, domain, lower, upper, integer)
        if self._fixed_mask is not None:
            self._hold_fixed(np.flatnonzero(self._fixed_mask), lower, upper, integer)
        return lower, upper, integer

    def _meet(
        self, where: Any, domain: Any, lower: Floats, upper: Floats, integer: npt.NDArray[np.bool_]
    ) -> None:
        low, high, whole = domain_limits(domain, self.name)
        integer[where] = whole
        lower[where] = np.maximum(lower[where], low)
        upper[where] = np.minimum(upper[where], high)

    def _hold_fixed(
        self, fixed: npt.NDArray[np.int64], lower: Floats, upper: Floats, integer: Any
    ) -> None:
        values = np.full(len(fixed), np.nan) if self._values is None else self._values[fixed]
        if np.isnan(values).any():
            first = int(fixed[np.isnan(values)][0])
            raise ModelError(f"{self._at(first)} is fixed but has no value: give fix() a number")
        lower[fixed] = upper[fixed] = values
        integer[fixed] = False


def domain_limits(domain: Any, name: str) -> tuple[float, float, bool]:
    """Lower limit, upper limit and wholeness of a Pyomo domain; ModelError if it has gaps."""
    interval = domain.get_interval()
    if interval is None or interval[2] not in (0, 1):
        raise ModelError(f"{name}: domain {domain} is neither an interval nor whole numbers")
    low, high, step = interval
    return -_INFINITY if low is None else low, _INFINITY if high is None else high, step == 1
