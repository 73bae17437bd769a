"""The whole Pyomo model of a planning model: variables, constraints, objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import ArrayConstraint, ArrayObjective, Index
from layout.formulation import (
    balance,
    capacity,
    hardware,
    heat,
    linking,
    network,
    power,
    resilience,
    retrofit,
    service,
    slices,
    space,
    storage,
    water,
)
from layout.formulation.case import Case, Ints, case_of
from layout.formulation.costs import carbon_kt, costs
from layout.formulation.linear import Linear
from layout.formulation.parts import Extra, Part, Rows, joined_rows, joined_variable
from layout.formulation.targets import TargetRows, target_rows
from layout.formulation.variables import Variables
from layout.model.costs import COMPONENTS, INVARIANT
from layout.model.horizon import Period, horizon

if TYPE_CHECKING:
    from layout.model import PlanningModel

Family = Callable[[Variables], Rows]
Feature = Callable[[Variables], Extra]

FAMILIES: dict[str, Family] = {
    "served": service.served,
    "single_source": service.single_source,
    "open_serve": linking.open_serve,
    "open_assign": linking.open_assign,
    "remote": service.remote,
    "unit_space": space.unit_space,
    "site_limit": space.site_limit,
    "modules_open": space.modules_open,
    "site_minimum": space.site_minimum,
    "land": space.land,
    "staff": space.staff,
    "hall_limit": space.hall_limit,
    "capacity": capacity.capacity,
    "load_balance": capacity.load_balance,
    "load_limit": capacity.load_limit,
    "commitment": capacity.commitment,
    "energy": power.energy,
    "renewable_potential": power.renewable_potential,
    "corridor": power.corridor,
    "certificate_limit": power.certificate_limit,
    "certificate_cap": power.certificate_cap,
    "site_headroom": power.site_headroom,
    "power_headroom": power.power_headroom,
    "energy_quota": power.energy_quota,
}
"""Rows that every year has."""

BY_SLICE = frozenset({"load_balance", "load_limit", "energy", "corridor"})
"""Rows of the year that those of its slices add up to: redundant, so left out with them."""

LATER: dict[str, Family] = {"stay_open": space.stay_open, "retire_limit": capacity.retire_limit}
"""Rows that tie a year to those before; there are none with one period."""

FEATURES: dict[str, Feature] = {
    "retrofit": retrofit.retrofit,
    "storage": storage.storage,
    "water": water.water,
    "heat": heat.heat,
    "slices": slices.slices,
    "network": network.network,
    "resilience": resilience.resilience,
    "balance": balance.balance,
}
"""Switch of `features` → what it adds in one year, in this order."""


@dataclass(frozen=True)
class Year:
    """One period: its case and variables, costs by component and site (mcny a year), carbon (kt).

    `weight` is what a year's cost counts in the objective: years of the period, discounted.
    """

    period: Period
    case: Case
    variables: Variables
    targets: TargetRows
    rows: dict[str, Rows]
    costs: dict[str, Linear]
    carbon: Linear

    @property
    def weight(self) -> float:
        """Years of the period times its discount factor; 1 with one period."""
        return self.period.weight

    @property
    def year(self) -> int:
        """The year that stands for the period."""
        return self.period.year


@dataclass
class Formulation:
    """The Pyomo model `pyomo` with what is needed to read its answer, year by year."""

    pyomo: Any
    years: tuple[Year, ...]
    constraints: dict[str, ArrayConstraint]

    @property
    def case(self) -> Case:
        """The case of the first period; its sets and units are those of all."""
        return self.years[0].case

    @property
    def variables(self) -> Variables:
        """The variables of the first period."""
        return self.years[0].variables

    @property
    def costs(self) -> dict[str, Linear]:
        """Component → cost by site over all periods, weighted and discounted, mcny (71)."""
        total: dict[str, Linear] = {}
        for year in self.years:
            for name, linear in year.costs.items():
                part = linear.times(year.weight)
                total[name] = total[name].plus(part) if name in total else part
        return {name: total[name] for name in COMPONENTS if name in total}

    @property
    def carbon(self) -> Linear:
        """Carbon by site over all periods, years of a period counted, not discounted; kt."""
        total = Linear(self.years[0].carbon.count)
        for year in self.years:
            total = total.plus(year.carbon, year.period.years)
        return total

    def cost(self) -> Linear:
        """All cost: of the year, or with several periods discounted over all of them; mcny."""
        return _sum(list(self.costs.values()))

    def invariant(self) -> Linear:
        """Cost that no siting can change: IT and penalties, mcny."""
        costs = self.costs
        return _sum([costs[name] for name in INVARIANT])

    def objective(self, name: str) -> Linear:
        """`cost` in mcny; `carbon` in kt with the penalties of soft rows at one kt per mcny."""
        if name == "cost":
            return self.cost()
        return _sum([self.carbon, self.costs["penalty"]])

    def minimise(self, name: str) -> None:
        """Make `cost` or `carbon` the objective of the Pyomo model."""
        self.minimise_linear(self.objective(name), name)

    def minimise_linear(self, linear: Linear, doc: str) -> None:
        """Make a linear expression the objective of the Pyomo model."""
        self.pyomo.del_component("objective")
        self.pyomo.add_component("objective", ArrayObjective(linear.affine(), doc=doc))

    def keep(self, name: str, limit: float) -> None:
        """Add, or tighten, the row that keeps an objective: objective ≤ limit (75)."""
        self.keep_linear(f"keep_{name}", self.objective(name), limit, f"{name} is kept")

    def keep_linear(self, key: str, linear: Linear, limit: float, doc: str) -> None:
        """Add, or replace, the row `key`: linear expression ≤ limit."""
        if key in self.constraints:
            self.pyomo.del_component(key)
        index = Index(("objective",), (np.array([key], dtype=object),))
        row = joined_rows([linear.rows(index, upper=limit, doc=doc)])
        self.constraints[key] = row
        self.pyomo.add_component(key, row)

    def release(self, key: str) -> None:
        """Take the row `key` away again, where it stands."""
        if self.constraints.pop(key, None) is not None:
            self.pyomo.del_component(key)


def _sum(parts: list[Linear]) -> Linear:
    total = Linear()
    for part in parts:
        total = total.plus(part.total())
    return total


def build(
    model: PlanningModel,
    years: Sequence[int] | None = None,
    arcs: Mapping[int, Ints] | None = None,
    forced: bool = False,
) -> Formulation:
    """State `model` for its periods, or the first of them that `years` names, as a Pyomo model.

    `arcs` names the flows of each year that are stated (codes, see `Case`); without it all are.
    The other variables, and the rows that are not one for each flow, do not depend on `arcs`.
    `forced` states the rows too that the least cost alone makes needless: for studies that force
    capacity, take something off the cost or minimise another sum.

    Components are array-backed (layout.algebra): ``pprint``, look-up by name and LP export work,
    and nothing is materialised until somebody looks. Every family has one component with all
    years in it.
    """
    from pyomo.core.base.PyomoModel import ConcreteModel

    periods = [p for p in horizon(model.settings) if years is None or p.year in years]
    stated: list[Year] = []
    for period in periods:
        case = case_of(model, period.year)
        if arcs is not None:
            case = case.on(arcs[period.year])
        stated.append(_year(case, period, tuple(year.variables for year in stated), forced))
    pyomo = ConcreteModel(name=model.name)
    for name, variable in _by_name([year.variables.parts for year in stated]).items():
        pyomo.add_component(name, joined_variable(variable))
    constraints = {
        name: joined_rows(rows) for name, rows in _by_name([year.rows for year in stated]).items()
    }
    for name, constraint in constraints.items():
        pyomo.add_component(name, constraint)
    result = Formulation(pyomo, tuple(stated), constraints)
    result.minimise(_first(model.settings.objective))
    return result


def _first(objective: Any) -> str:
    """The objective that the model opens with; strategies of solving set theirs later."""
    name = objective[0] if isinstance(objective, list) else "cost"
    return name if name in ("cost", "carbon") else "cost"


def _by_name(years: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Family → what its years hold, in the order of first appearance."""
    found: dict[str, list[Any]] = {}
    for year in years:
        for name, part in year.items():
            found.setdefault(name, []).append(part)
    return found


def _year(case: Case, period: Period, earlier: tuple[Variables, ...], forced: bool) -> Year:
    """Variables, rows and costs of one period."""
    v = Variables(case, earlier, forced)
    on = case.settings.features
    extras = [feature(v) for name, feature in FEATURES.items() if getattr(on, name)]
    replaced = BY_SLICE if on.slices else frozenset()
    rows = {name: family(v) for name, family in FAMILIES.items() if name not in replaced}
    rows.update(linking.open_total(v))
    rows.update(hardware.hardware(v))
    if earlier:
        rows.update({name: family(v) for name, family in LATER.items()})
    for extra in extras:
        rows.update(extra.rows)
    targets = target_rows(v)
    rows.update(targets.rows)
    parts = costs(v, extras)
    parts["penalty"] = parts["penalty"].plus(targets.penalty())
    return Year(period, v.case, v, targets, rows, parts, carbon_kt(v))


__all__ = ["FAMILIES", "FEATURES", "LATER", "Formulation", "Part", "Year", "build"]
