"""Sites that could change places: moving what is new to another costs less than the gap."""

from __future__ import annotations

import highspy
import numpy as np

from layout.algebra import Compiled
from layout.formulation import Formulation
from layout.formulation.case import NEW
from layout.formulation.linear import Floats, Ints, Linear, level
from layout.solving.extract import new_space_mw
from layout.solving.highs import Settings, loosened, new_solver
from layout.units import GWH_PER_MW_YEAR, mcny_per_kt

MOST_TRIALS = 200  # moves that are tried at most: a count, so that plans do not depend on speed


def interchangeable(
    formulation: Formulation, compiled: Compiled, settings: Settings, tolerance_mcny: float
) -> list[list[str]]:
    """Groups of sites among which new space can be moved for less than the tolerance.

    For every site with new space and every other one that offers the same facilities, the LP
    with fixed integers is solved again with that space at the other site: every limit and every
    target still holds, flows and energy adapt, and the cost is exact. A group is one site with
    new space, named first, and all that could stand in for it; none at a tolerance of zero or
    with several periods. A
    site that is the sole server of a zone is left out, and so is what MOST_TRIALS does not reach.
    """
    if tolerance_mcny <= 0 or len(formulation.years) > 1:
        return []
    case = formulation.case
    space = new_space_mw(formulation.variables)
    swap = _Swap(formulation, compiled, settings, space)
    if not swap.solved():
        return []
    groups: list[list[str]] = []
    v = formulation.variables
    bound = set(v.whole.site[level(v.assign) > 0].tolist())  # sole servers: their zones are fixed
    for origin in sorted(set(case.units.site[space > 0].tolist()) - bound):
        others = [
            other
            for other in range(len(case.sites))
            if other != origin and swap.costs(origin, other, tolerance_mcny)
        ]
        if others:
            groups.append([case.sites[site] for site in (origin, *others)])
    return groups


class _Swap:
    """The LP with fixed integers, in which new space can be moved for a trial."""

    def __init__(
        self, formulation: Formulation, compiled: Compiled, settings: Settings, space: Floats
    ) -> None:
        self.formulation = formulation
        self.space = space
        self.trials = 0
        v = formulation.variables
        self.modules, self.spaces = v.modules.columns(compiled), v.space.columns(compiled)
        self.open = v.open.columns(compiled)
        self.solver = new_solver(settings)
        compiled.pass_to(self.solver)
        whole = loosened(self.solver, compiled)
        x = np.zeros(len(compiled.cost))
        for block in compiled.column_blocks:
            x[block.start : block.stop] = block.component.values_array
        self.lower, self.upper = compiled.column_lower.copy(), compiled.column_upper.copy()
        self.limit = self.upper.copy()
        self.lower[whole] = self.upper[whole] = x[whole]
        self._bounds(np.arange(len(x)))
        self.solver.run()
        self.cost = float(self.solver.getInfo().objective_function_value)
        self.it_mw = _it_mw(formulation)

    def solved(self) -> bool:
        """Whether the LP at hand has an optimum."""
        return bool(self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _bounds(self, columns: Ints) -> None:
        at = columns.astype(np.int32)
        self.solver.changeColsBounds(len(at), at, self.lower[at], self.upper[at])

    def costs(self, origin: int, other: int, tolerance: float) -> bool:
        """Whether the plan with the new space of `origin` at `other` costs the same."""
        case = self.formulation.case
        new = case.units
        here = np.flatnonzero((new.site == origin) & (self.space > 0))
        offered = np.flatnonzero((new.site == other) & (new.origin == NEW))
        there = {int(new.facility[unit]): int(unit) for unit in offered}
        if any(int(new.facility[unit]) not in there for unit in here):
            return False
        target = np.array([there[int(new.facility[unit])] for unit in here])
        if abs(self._estimate(here, target, origin, other)) > 4 * tolerance:
            return False
        if self.trials >= MOST_TRIALS:
            return False
        self.trials += 1
        columns = self._trial(here, target, origin, other)
        if columns is None:
            return False
        self._bounds(columns)
        self.solver.run()
        optimal = self.solved()
        change = float(self.solver.getInfo().objective_function_value) - self.cost
        self.lower[columns], self.upper[columns] = self.kept
        self._bounds(columns)
        return optimal and abs(change) <= tolerance

    def _trial(self, here: Ints, target: Ints, origin: int, other: int) -> Ints | None:
        """Set the bounds of a move; the columns touched, or None where it does not fit."""
        v = self.formulation.variables
        column = np.full(len(self.space), -1)
        column[v.sized], column[v.unsized] = self.modules, self.spaces
        size = np.ones(len(self.space))
        size[v.sized] = v.module_mw
        opened = {int(site): int(at) for site, at in zip(v.fresh_sites, self.open, strict=True)}
        touched = [*column[here], *column[target]]
        touched += [opened[site] for site in (origin, other) if site in opened]
        columns = np.array(touched, dtype=np.int64)
        self.kept = self.lower[columns].copy(), self.upper[columns].copy()
        moved = self.space[here] / size[here]
        held = self.space[target] / size[target]
        if (held + moved > self.limit[column[target]] + 1e-9).any():
            return None
        self.lower[column[here]] = self.upper[column[here]] = 0.0
        self.lower[column[target]] = self.upper[column[target]] = held + moved
        if origin in opened:
            self.lower[opened[origin]] = self.upper[opened[origin]] = 0.0
        if other in opened:
            self.lower[opened[other]] = self.upper[opened[other]] = 1.0
        return columns

    def _estimate(self, here: Ints, target: Ints, origin: int, other: int) -> float:
        """A first guess of the change, mcny a year: space, its upkeep, grid power, carbon."""
        case = self.formulation.case
        rise = case.facility_annuity + case.generator_annuity + case.facility_upkeep
        change = float((self.space[here] * (rise[target] - rise[here])).sum())
        fixed = case.site_values("fixed_cost_mcny_per_year") * ~case.has_stock
        change += float(fixed[other] - fixed[origin])
        return change + self._power(target, here, other) - self._power(here, here, origin)

    def _power(self, units: Ints, load: Ints, site: int) -> float:
        """Grid power and carbon cost, mcny a year, of `units` at a site under another's load."""
        case = self.formulation.case
        new, tariff = case.units, case.tariffs.iloc[site]
        power = new.slope[units] * self.it_mw[load] + new.overhead[units] * self.space[load]
        carbon = mcny_per_kt(case.economy.carbon_price_cny_per_t)
        own, share = case.settings.backup_power.cost_cny_per_kwh or 0.0, tariff["backup_share"]
        price = float((1 - share) * tariff["price_cny_per_kwh"] + share * own)
        price += carbon * float(tariff["supply_tco2_per_mwh"])
        return float(power.sum()) * GWH_PER_MW_YEAR * price


def _it_mw(formulation: Formulation) -> Floats:
    """Unit → average IT power in the plan, MW."""
    v, units = formulation.variables, formulation.case.units
    return v.add_it_power(Linear(len(units.labels)), units.unit).values()
