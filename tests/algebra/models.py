"""Small models for the tests of the algebra, and a way to read a model by names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo

from layout.algebra import Affine, ArrayConstraint, ArrayObjective, ArrayVar, Compiled, Index

SITES = ["GUIAN", "ZW"]
ZONES = ["110000", "520000"]
YEAR = 2025


def transport() -> Any:
    """Two sites serve two zones; opening a site costs 10.

    Zone 110000 needs 3, zone 520000 needs 4, a site gives at most 5.  One site is not enough, so
    both open (20); serving costs 1 and 2 from GUIAN, 3 and 4 from ZW.  Either way round one unit
    moved from GUIAN to ZW costs 2 more: 5 units from GUIAN and 2 from ZW cost 11 + 4 = 15.
    The best is 35.
    """
    m = pyo.ConcreteModel()
    flows = Index.product(("site", "zone", "year"), SITES, ZONES, [YEAR])
    sites = Index(("site",), (SITES,))
    m.serve = ArrayVar(flows, upper=10.0, doc="Served", unit="EFLOPS")
    m.open = ArrayVar(sites, upper=1.0, integer=True)
    m.demand = ArrayConstraint(
        Index(("zone", "year"), (ZONES, [YEAR, YEAR])),
        [(m.serve, [0, 1, 0, 1], None, 1.0)],
        lower=[3.0, 4.0],
        upper=[3.0, np.inf],
    )
    m.capacity = ArrayConstraint(
        sites, [(m.serve, [0, 0, 1, 1], None, 1.0), (m.open, None, None, -5.0)], upper=0.0
    )
    m.cost = ArrayObjective(
        Affine.of(m.serve, None, [1.0, 2.0, 3.0, 4.0]) + Affine.of(m.open, None, 10.0)
    )
    return m


def own_rule(m: Any, site: str) -> Any:
    """A rule of a user over array and ordinary variables."""
    return m.serve[site, "110000", YEAR] <= m.spare[site] + 1


def mixed() -> Any:
    """The transport model with ordinary components of a user, some in nested blocks."""
    m = transport()
    m.limit = pyo.Param(initialize=2.5, mutable=True)
    m.spare = pyo.Var(SITES, domain=pyo.NonNegativeReals, bounds=(None, 8))
    m.count = pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(0, 9))
    m.extra = pyo.Expression(expr=m.serve["ZW", "520000", YEAR] + 2 * m.spare["ZW"])
    m.rule = pyo.Constraint(SITES, rule=own_rule)
    m.band = pyo.Constraint(expr=(-1, m.extra - m.count, m.limit))
    m.part = pyo.Block()
    m.part.flow = ArrayVar(Index(("site",), (SITES,)), lower=[-3.0, 0.0], upper=[np.inf, 4.0])
    m.part.inner = pyo.Block(["a", "b"])
    m.part.inner["a"].z = pyo.Var(bounds=(None, 6), domain=pyo.Reals)
    m.part.inner["a"].tie = pyo.Constraint(
        expr=m.part.inner["a"].z + m.part.flow["GUIAN"] - 3 * m.part.flow["ZW"] + 4 >= m.count
    )
    m.part.sums = ArrayConstraint(
        Index(("row",), (["first", "second"],)),
        [
            (m.part.flow, [1, 0, 0], [1, 1, 0], [2.0, 1.0, 0.25]),
            (m.serve, [0, 1, 1], [3, 0, 0], [1.0, 1.5, 0.5]),
        ],
        lower=[-7.0, -np.inf],
        upper=[9.0, 11.0],
    )
    m.cost.deactivate()
    m.total = pyo.Objective(
        expr=m.cost.expr + 3 * m.spare["GUIAN"] + m.spare["ZW"] - m.part.inner["a"].z + 5
    )
    return m


@dataclass
class ByName:
    """A model as dictionaries by name; a fixed variable is a constant."""

    cost: dict[str, float] = field(default_factory=dict)
    columns: dict[str, tuple[float, float, bool]] = field(default_factory=dict)
    entries: dict[str, dict[str, float]] = field(default_factory=dict)
    rows: dict[str, tuple[float, float]] = field(default_factory=dict)
    offset: float = 0.0


def by_name(compiled: Compiled, *, fixed: frozenset[str] = frozenset()) -> ByName:
    """The used columns and the rows of a compiled model."""
    columns, rows = compiled.column_names(), compiled.row_names()
    result = ByName(offset=compiled.offset)
    for number, name in enumerate(columns):
        low, high = float(compiled.column_lower[number]), float(compiled.column_upper[number])
        if name in fixed:
            result.offset += float(compiled.cost[number]) * low
            continue
        result.columns[name] = (low, high, bool(compiled.integrality[number]))
        if compiled.cost[number]:
            result.cost[name] = float(compiled.cost[number])
    constants = dict.fromkeys(rows, 0.0)
    result.entries = {name: {} for name in rows}
    matrix = compiled.matrix.tocoo()
    for row, column, number in zip(*matrix.coords, matrix.data, strict=True):
        if columns[column] in fixed:
            constants[rows[row]] += float(number) * float(compiled.column_lower[column])
        else:
            result.entries[rows[row]][columns[column]] = float(number)
    for number, name in enumerate(rows):
        low, high = compiled.row_lower[number], compiled.row_upper[number]
        result.rows[name] = (float(low) - constants[name], float(high) - constants[name])
    used = {name for entries in result.entries.values() for name in entries} | set(result.cost)
    result.columns = {name: value for name, value in result.columns.items() if name in used}
    return result


def highs() -> Any:
    """A silent HiGHS."""
    import highspy

    solver = highspy.Highs()
    solver.silent()
    return solver


def solve(m: Any) -> tuple[Compiled, Any]:
    """Compile, solve, load values and duals."""
    compiled = compile_and_pass(m)
    solution = compiled[1].getSolution()
    compiled[0].load_values(solution.col_value)
    compiled[0].load_duals(solution.row_dual, solution.col_dual)
    return compiled


def compile_and_pass(m: Any) -> tuple[Compiled, Any]:
    """The compiled model and the HiGHS that solved it."""
    from layout.algebra import compile_model

    compiled = compile_model(m)
    solver = highs()
    compiled.pass_to(solver)
    solver.run()
    return compiled, solver


def optimum(m: Any) -> float:
    """The best objective value."""
    import highspy

    _, solver = compile_and_pass(m)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)
