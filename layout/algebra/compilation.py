"""From a Pyomo model to arrays, without giving birth to data objects."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyomo.common.enums import minimize
from pyomo.core.base.block import Block
from pyomo.core.base.boolean_var import BooleanVar
from pyomo.core.base.constraint import Constraint
from pyomo.core.base.expression import Expression
from pyomo.core.base.external import ExternalFunction
from pyomo.core.base.objective import Objective
from pyomo.core.base.param import Param
from pyomo.core.base.set import RangeSet, Set, SetOf
from pyomo.core.base.suffix import Suffix
from pyomo.core.base.var import Var
from pyomo.repn.util import categorize_valid_components

from layout.algebra.columns import Columns
from layout.algebra.compiled import Compiled
from layout.algebra.errors import ModelError
from layout.algebra.objective import ArrayObjective
from layout.algebra.rows import Rows
from layout.algebra.sparse import increases
from layout.algebra.walking import LinearWalker

_UNDERSTOOD = {
    Block,
    BooleanVar,
    Constraint,
    Expression,
    ExternalFunction,
    Objective,
    Param,
    RangeSet,
    Set,
    SetOf,
    Suffix,
    Var,
}


def compile_model(model: Any) -> Compiled:
    """The arrays of all variables, active constraints and the one active objective of a block.

    Columns and rows stand in declaration order, those of an array component in the order of its
    index.  Ordinary Pyomo components are walked; array components are taken as they are.  What a
    block uses of the variables outside of it are columns too, the last ones.

    Raises ModelError, naming the component and the key, for anything nonlinear, for nan, for
    bounds that cross, for kinds of components that have no meaning here, and for none or several
    active objectives.
    """
    _refuse_unknown(model)
    columns = Columns.of(model)
    walker = LinearWalker(columns)
    rows = Rows.of(model, columns, walker)
    objective = _objective(model)
    cost, offset = _cost(objective, columns, walker)
    column_lower, column_upper, integrality = columns.arrays()
    row_lower, row_upper = rows.bounds()
    return Compiled(
        cost=cost,
        entries=rows.entries(),
        column_lower=column_lower,
        column_upper=column_upper,
        row_lower=row_lower,
        row_upper=row_upper,
        integrality=integrality,
        offset=offset,
        sense=1 if objective.sense == minimize else -1,
        model=model,
        column_blocks=tuple(columns.blocks),
        row_blocks=tuple(rows.blocks),
    )


def _refuse_unknown(model: Any) -> None:
    _, unknown = categorize_valid_components(model, active=True, valid=_UNDERSTOOD)
    if unknown:
        names = [f"{ctype.__name__} {data[0].name}" for ctype, data in unknown.items()]
        raise ModelError(f"the model has components that cannot be compiled: {', '.join(names)}")


def _objective(model: Any) -> Any:
    found = [
        data
        for component in model.component_objects(Objective, active=True, descend_into=True)
        for data in component.values()
        if data.active
    ]
    if len(found) != 1:
        names = ", ".join(data.name for data in found) or "none"
        raise ModelError(f"the model needs exactly one active objective; found {names}")
    return found[0]


def _cost(
    objective: Any, columns: Columns, walker: LinearWalker
) -> tuple[npt.NDArray[np.float64], float]:
    """The objective coefficient of every column, and the constant."""
    if isinstance(objective, ArrayObjective) and objective.affine is not None:
        constant, terms = objective.now(objective.affine)
        starts = [columns.start_of(term.var, objective.name) for term in terms]
        cost = np.zeros(columns.count)
        for start, (var, positions, coefficients) in zip(starts, terms, strict=True):
            if increases(positions):
                cost[start + positions] += coefficients
            else:
                part = np.bincount(positions, weights=coefficients, minlength=len(var))
                cost[start : start + len(var)] += part
        return cost, constant
    entries, offset = walker.expression(objective.expr, objective.name)
    cost = np.zeros(columns.count)
    for column, coefficient in entries.items():
        cost[column] = coefficient
    return cost, offset
