"""The whole Pyomo model of a planning model: variables, constraints, objective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import ArrayConstraint, ArrayObjective, Index
from layout.formulation import capacity, power, service, space
from layout.formulation.case import Case
from layout.formulation.costs import carbon_kt, costs
from layout.formulation.linear import Linear
from layout.formulation.targets import TargetRows, target_rows
from layout.formulation.variables import Variables
from layout.model.costs import INVARIANT

if TYPE_CHECKING:
    from layout.model import PlanningModel

FAMILIES = {
    "served": service.served,
    "single_source": service.single_source,
    "open_serve": service.open_serve,
    "open_assign": service.open_assign,
    "remote": service.remote,
    "block_space": space.block_space,
    "new_space": space.new_space,
    "site_limit": space.site_limit,
    "modules_open": space.modules_open,
    "site_minimum": space.site_minimum,
    "land": space.land,
    "capacity": capacity.capacity,
    "load_balance": capacity.load_balance,
    "load_limit_stock": capacity.load_limit_stock,
    "load_limit_new": capacity.load_limit_new,
    "commitment": capacity.commitment,
    "energy": power.energy,
    "renewable_potential": power.renewable_potential,
    "certificate_limit": power.certificate_limit,
    "certificate_cap": power.certificate_cap,
    "site_headroom": power.site_headroom,
    "power_headroom": power.power_headroom,
}


@dataclass
class Formulation:
    """The Pyomo model `pyomo` with what is needed to read its answer.

    `costs` by component and site (mcny), `carbon` by site (kt), `targets` with their measures.
    """

    pyomo: Any
    case: Case
    variables: Variables
    constraints: dict[str, ArrayConstraint]
    targets: TargetRows
    costs: dict[str, Linear]
    carbon: Linear

    def cost(self) -> Linear:
        """All cost, mcny a year."""
        return _sum(list(self.costs.values()))

    def invariant(self) -> Linear:
        """Cost that no siting can change: IT and penalties, mcny a year."""
        return _sum([self.costs[name] for name in INVARIANT])

    def objective(self, name: str) -> Linear:
        """`cost` in mcny; `carbon` in kt with the penalties of soft rows at one kt per mcny."""
        if name == "cost":
            return self.cost()
        return _sum([self.carbon, self.costs["penalty"]])

    def minimise(self, name: str) -> None:
        """Make `cost` or `carbon` the objective of the Pyomo model."""
        self.pyomo.del_component("objective")
        goal = ArrayObjective(self.objective(name).affine(), doc=f"annual {name}")
        self.pyomo.add_component("objective", goal)

    def keep(self, name: str, limit: float) -> None:
        """Add, or tighten, the row that keeps an objective: objective ≤ limit (75)."""
        key = f"keep_{name}"
        if key in self.constraints:
            self.pyomo.del_component(key)
        index = Index(("objective",), (np.array([name], dtype=object),))
        row = self.objective(name).rows(index, upper=limit, doc=f"{name} is kept")
        self.constraints[key] = row
        self.pyomo.add_component(key, row)


def _sum(parts: list[Linear]) -> Linear:
    total = Linear()
    for part in parts:
        total = total.plus(part.total())
    return total


def build(model: PlanningModel, year: int | None = None) -> Formulation:
    """State `model` for one year (its first period) as a Pyomo model.

    Components are array-backed (layout.algebra): ``pprint``, look-up by name and LP export work,
    and nothing is materialised until somebody looks.
    """
    from pyomo.core.base.PyomoModel import ConcreteModel

    case = Case(model, model.settings.periods[0] if year is None else year)
    variables = Variables(case)
    pyomo = ConcreteModel(name=model.name)
    for name, component in variables.components().items():
        pyomo.add_component(name, component)
    constraints = {name: family(variables) for name, family in FAMILIES.items()}
    targets = target_rows(variables)
    assert targets.shortfall is not None
    pyomo.add_component("shortfall", targets.shortfall)
    for name, variable in targets.variables.items():
        pyomo.add_component(name, variable)
    constraints.update(targets.constraints)
    for name, constraint in constraints.items():
        pyomo.add_component(name, constraint)
    parts = costs(variables)
    parts["penalty"] = parts["penalty"].plus(targets.penalty())
    carbon = carbon_kt(variables)
    result = Formulation(pyomo, case, variables, constraints, targets, parts, carbon)
    result.minimise(model.settings.objective[0])
    return result
