"""What the next EFLOPS changes in every component of the cost: the parts of a price (68).

The duals of the LP with fixed integers are those of its basis: cost of the basic variables times
the inverse. Any component of the cost has duals of its own in the same basis, and the components'
duals add up to the price, degenerate or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.formulation.linear import Floats, Linear
from layout.formulation.parts import Part
from layout.solving.highs import Settings, loosened, new_solver
from layout.solving.optimise import Solved
from layout.solving.prices import along, rising, weights
from layout.solving.steps import coefficients

if TYPE_CHECKING:
    from layout.algebra import Compiled

PARTS: Mapping[str, tuple[str, ...]] = {
    "capital": ("facility_capital", "site_fixed", "it_capital", "backup_capital"),
    "operation": ("facility_om", "it_om"),
    "power": (
        "grid_energy",
        "capacity_charge",
        "backup_energy",
        "renewable_energy",
        "certificates",
        "battery",
        "cold_storage",
    ),
    "network": ("network", "backbone", "moving"),
    "carbon": ("carbon",),
}
"""Part of a price → the components of the cost that it holds; `other` holds the rest."""
OTHER = "other"
AGREE = 1e-6
"""How far a price may lie from the sum of its parts, of itself or of 1 mcny."""


@dataclass(frozen=True)
class _Duals:
    """Duals of the rows and reduced costs of the columns for one sum of cost components."""

    compiled: Compiled
    rows: Floats
    columns: Floats
    families: Mapping[str, Any]

    def family(self, name: str) -> Floats:
        """Duals of a family of rows."""
        return self.rows[self.compiled.rows_of(self.families[name])]

    def part(self, part: Part) -> Floats:
        """Reduced costs of a part."""
        return self.columns[part.columns(self.compiled)]


def price_parts(solved: Solved, settings: Settings) -> pd.DataFrame | None:
    """Zone, workload, year → the price and its parts, mcny per EFLOPS and year.

    None where the basis of the plan is not known (large models, myopic foresight), or where it
    does not give the plan's own prices.
    """
    formulation, compiled, basis = solved.formulation, solved.compiled, solved.outcome.basis
    served = formulation.constraints["served"]
    if basis is None or served.duals_array is None:
        return None
    solver = _at_basis(solved, settings)
    if solver is None:
        return None
    limits, by = rising(formulation), weights(formulation)
    table = pd.DataFrame({name: served.index[name] for name in served.index.names})
    known = set().union(*PARTS.values())
    rest = tuple(name for name in formulation.costs if name not in known)
    for name, components in {**PARTS, OTHER: rest}.items():
        duals = _duals_of(solver, compiled, formulation, components)
        found = duals.family("served") + along(formulation, limits, duals.family, duals.part)
        table[f"{name}_mcny_per_eflops_year"] = found / by
    return table.sort_values(["zone", "workload", "year"]).reset_index(drop=True)


def agrees(parts: pd.DataFrame, prices: pd.DataFrame) -> bool:
    """Whether the parts add up to the prices of a plan."""
    keys = ["zone", "workload", "year"]
    both = prices.merge(parts, on=keys, how="left")
    price = both["price_mcny_per_eflops_year"].to_numpy(float)
    total = both[[f"{name}_mcny_per_eflops_year" for name in (*PARTS, OTHER)]].sum(
        axis=1, skipna=False
    )
    return bool(np.all(np.abs(total - price) <= AGREE * np.maximum(1.0, np.abs(price))))


def _at_basis(solved: Solved, settings: Settings) -> Any:
    """HiGHS with the LP of the plan's integers at the basis of its prices; None if that fails."""
    import highspy

    compiled, outcome = solved.compiled, solved.outcome
    assert outcome.x is not None
    solver = new_solver(settings)
    compiled.pass_to(solver)
    columns = loosened(solver, compiled)
    values = np.round(outcome.x[columns])
    if len(columns):
        solver.changeColsBounds(len(columns), columns, values, values)
    solver.setBasis(outcome.basis)
    solver.run()
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solver if optimal else None


def _duals_of(solver: Any, compiled: Compiled, formulation: Any, names: tuple[str, ...]) -> _Duals:
    """The duals of a sum of components in the basis at hand."""
    costs = formulation.costs
    linear = Linear()
    for name in names:
        if name in costs:
            linear = linear.plus(costs[name].total())
    cost = coefficients(compiled, linear).coefficients
    basic = np.array(solver.getBasicVariables()[1], dtype=np.int64)
    of_basic = np.where(basic >= 0, cost[np.maximum(basic, 0)], 0.0)
    rows = np.array(solver.getBasisTransposeSolve(of_basic)[1], dtype=float)
    columns = cost - compiled.matrix.T @ rows
    return _Duals(compiled, rows, columns, formulation.constraints)
