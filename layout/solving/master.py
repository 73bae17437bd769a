"""The LP of a large model on the flows stated so far, in one HiGHS that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import compile_model
from layout.formulation import build
from layout.solving.ending import LIMITS, ended, failure, limit_time
from layout.solving.highs import Settings, Watch, loosened, new_solver
from layout.solving.pool import Columns, Pool, flow_columns
from layout.units import GWH_PER_MW_YEAR

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.formulation import Formulation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DUAL, PRIMAL = 1, 4  # HiGHS' simplex strategies: after new rows, after new columns
LARGE_COLUMNS = 50_000  # without any flow: from here on an interior point is found sooner
BROKEN = 1e-4  # share of its demand by which a flow into a closed site must be over to be linked
LINKING_ROUNDS = 6
DEAR = 3.0  # times what hardware and power for a demand cost: so dear is leaving it unserved
POWER_CNY_PER_KWH = 1.0  # for that sum: above what power costs anywhere


class Master:
    """The relaxation on the stated flows: `base` without any flow, then flows as they come.

    A flow into a site that must be opened gets its strong row, flow ≤ upper·open, once the
    relaxation breaks it. Where all demand must be served it may be left unserved here at a price,
    so that there is a solution whatever is stated; `relieved` tells whether one does. A `large`
    one is solved by interior point, from nothing every time, until `settle` finds a basis.
    """

    def __init__(self, pool: Pool, settings: Settings, watch: Watch) -> None:
        self.pool, self.settings, self.watch = pool, settings, watch
        none = np.empty(0, dtype=np.int64)
        self.base = build(pool.model, arcs=dict.fromkeys(pool.years, none))
        self.base.minimise("cost")
        self.compiled = compile_model(self.base.pyomo)
        self.columns, self.rows = len(self.compiled.cost), len(self.compiled.row_lower)
        self.solver: Any = new_solver(settings)
        self.compiled.pass_to(self.solver)
        self.large = self.columns >= LARGE_COLUMNS
        self._solution: tuple[float, Floats, Floats] = (np.inf, np.empty(0), np.empty(0))
        self.whole = loosened(self.solver, self.compiled)
        self.watch.attach(self.solver)
        self.flows, self.linked = none, none  # in the order of their columns and rows
        self.upper, self.costs = np.empty(0), np.empty(0)
        self.opening = none
        self._opens = self._openings()
        self.free = False  # whether flows cost nothing for now
        self.unserved, self.demand, self.price = self._unserved()
        if len(self.unserved):
            self._relieve()

    def _openings(self) -> dict[int, Ints]:
        """Year → site → the column that opens it, −1 where capacity stands already."""
        found = {}
        for year in self.base.years:
            v = year.variables
            column = np.full(len(v.case.sites), -1, dtype=np.int64)
            column[v.fresh_sites] = v.open.columns(self.compiled)
            found[year.year] = column
        return found

    def _unserved(self) -> tuple[Ints, Floats, Floats]:
        """Of demand that must be served: columns of what is left of it, its amount, its price.

        Over all years; the price keeps it served (mcny per EFLOPS).
        """
        of = [year.variables for year in self.base.years]
        must = np.concatenate([np.isnan(v.case.unserved_price) for v in of])
        columns = np.concatenate([v.unserved.columns(self.compiled) for v in of])
        demand = np.concatenate([v.demand_eflops for v in of])
        return columns.astype(np.int32)[must], demand[must], self._price()[must]

    def _price(self) -> Floats:
        """Demand → a price of leaving it unserved that its service does not reach, mcny per EFLOPS.

        Of the hardware of its kind, bought and powered for a year; too high a price would make
        the first bounds worthless.
        """
        found = []
        for year in self.base.years:
            case = year.variables.case
            rated = case.kind_values("it_mw_per_eflops")
            each = case.it_annuity + case.it_upkeep + rated * GWH_PER_MW_YEAR * POWER_CNY_PER_KWH
            each = (each / case.kind_values("max_utilisation"))[case.workload_kind] * case.own_need
            each = each * case.capacity_factor * case.most_work * year.weight
            found.append(DEAR * each[case.demand["workload"].to_numpy(np.int64)])
        return np.maximum(np.concatenate(found), 1.0)

    def _relieve(self) -> None:
        """Let demand be left unserved, at its price."""
        count = len(self.unserved)
        self.solver.changeColsBounds(count, self.unserved, np.zeros(count), self.demand)
        self.solver.changeColsCost(count, self.unserved, self.price)

    def only_unserved(self) -> None:
        """Minimise what is left unserved and nothing else."""
        self.free = True
        cost = np.zeros(self.columns + len(self.flows))
        cost[self.unserved] = 1.0
        self._change_costs(cost)

    def all_costs(self, times: float) -> None:
        """Minimise all costs again, with a price so many times higher on what is left unserved."""
        self.price = times * self.price
        self.free = False
        cost = np.concatenate([self.compiled.cost, self.costs])
        cost[self.unserved] = self.price
        self._change_costs(cost)

    def _change_costs(self, cost: Floats) -> None:
        self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    @property
    def relieved(self) -> bool:
        """Whether demand that must be served is left unserved at the last solution."""
        left = self.values()[self.unserved] > 1e-6 * np.maximum(self.demand, 1e-3)
        return bool(left.any())

    def add(self, flows: Ints) -> None:
        """State flows (sorted numbers of the pool)."""
        found: Columns = self.pool.state(flows)
        entries, count = found.entries, len(found)
        self.solver.addCols(
            count,
            np.zeros(count) if self.free else found.cost,
            np.zeros(count),
            found.upper,
            len(entries.rows),
            entries.starts[:-1].astype(np.int32),
            entries.rows,
            entries.coefficients,
        )
        first = self.columns + len(self.flows)
        at = np.flatnonzero(found.whole) + first
        self.whole = np.concatenate([self.whole, at.astype(np.int32)])
        opening = np.full(count, -1, dtype=np.int64)
        for year, column in self._opens.items():
            of = found.year == year
            opening[of] = column[found.site[of]]
        self.flows = np.concatenate([self.flows, flows])
        self.upper = np.concatenate([self.upper, found.upper])
        self.costs = np.concatenate([self.costs, found.cost])
        self.opening = np.concatenate([self.opening, opening])

    def limit(self, seconds: float) -> None:
        """The time that the next runs have."""
        self.watch.give(seconds)
        limit_time(self.solver, seconds)

    def run(self, strategy: int) -> str:
        """Solve again: optimal, infeasible, interrupted or a limit.

        From the last basis by the simplex given, or, where the model is large, without one.
        """
        if self.large:
            self.solver.clearSolver()
            self.solver.setOptionValue("run_crossover", "off")
        self.solver.setOptionValue("solver", "ipm" if self.large else "simplex")
        self.solver.setOptionValue("simplex_strategy", strategy)
        with self.watch.listening():
            word = ended(self.solver, self.watch)
        if word == "optimal":
            solution = self.solver.getSolution()
            value = float(self.solver.getInfo().objective_function_value)
            self._solution = value, np.array(solution.col_value), np.array(solution.row_dual)
            return word
        if self.watch.interrupted:
            return "interrupted"
        if word not in ("infeasible", *LIMITS):
            raise failure(self.solver)
        return word

    def settle(self) -> str:
        """Give a large model a basis; from now on it is solved by simplex."""
        self.large = False
        self.solver.clearSolver()
        self.solver.setOptionValue("run_crossover", "on")
        self.solver.setOptionValue("solver", "ipm")
        ended(self.solver, self.watch)
        return self.run(DUAL)

    def link(self) -> str:
        """Give flows that the relaxation lets into sites it does not open their strong rows.

        Until none is broken; in a large model the rows wait for the next solve.
        """
        status = "optimal"
        for _ in range(LINKING_ROUNDS):
            values = self.values()
            into = np.flatnonzero(self.opening >= 0)
            into = np.setdiff1d(into, self.linked)
            over = values[self.columns + into] / self.upper[into] - values[self.opening[into]]
            broken = into[over > BROKEN]
            if not len(broken):
                break
            self._link(broken)
            if self.large:
                break
            status = self.run(DUAL)
            if status != "optimal":
                break
        return status

    def _link(self, flows: Ints) -> None:
        count = len(flows)
        columns = np.stack([self.columns + flows, self.opening[flows]], axis=1).reshape(-1)
        by = np.stack([np.ones(count), -self.upper[flows]], axis=1).reshape(-1)
        starts = np.arange(0, 2 * count, 2, dtype=np.int32)
        none = np.full(count, -np.inf)
        self.solver.addRows(
            count, none, np.zeros(count), 2 * count, starts, columns.astype(np.int32), by
        )
        self.linked = np.concatenate([self.linked, flows])

    def integers(self) -> tuple[Floats, Floats]:
        """Bounds of the integer columns, in the order of `whole`."""
        flows = np.ones(len(self.whole) - np.count_nonzero(self.whole < self.columns))
        of = self.whole[self.whole < self.columns]
        lower, upper = self.compiled.column_lower[of], self.compiled.column_upper[of]
        return np.append(lower, 0 * flows), np.append(upper, flows)

    @property
    def objective(self) -> float:
        """The objective of the last LP."""
        return self._solution[0]

    def values(self) -> Floats:
        """All columns at the last LP."""
        return self._solution[1]

    def duals(self) -> Floats:
        """The duals of the common rows at the last LP."""
        return self._solution[2][: self.rows]

    def ray(self) -> Floats | None:
        """A ray of the common rows that proves the last LP infeasible, if HiGHS has one."""
        _, known, ray = self.solver.getDualRay()
        return np.array(ray)[: self.rows] if known else None

    def counterparts(self, compiled: Compiled) -> tuple[Ints, Ints]:
        """Columns that no flow is, and the same ones in a model with other flows or zones."""
        names = {block.component.local_name: block for block in compiled.column_blocks}
        mine, other = [], []
        for block in self.compiled.column_blocks:
            there = names[block.component.local_name]
            if block.stop - block.start == there.stop - there.start:
                mine.append(np.arange(block.start, block.stop))
                other.append(np.arange(there.start, there.stop))
        return np.concatenate(mine), np.concatenate(other)

    def places(self, formulation: Formulation, compiled: Compiled) -> Ints:
        """Column of the master → column of the model stated on the same flows."""
        found = np.full(self.columns + len(self.flows), -1, dtype=np.int64)
        mine, other = self.counterparts(compiled)
        found[mine] = other
        order = np.argsort(self.flows)
        codes, start = self.pool.codes(self.flows[order]), 0
        for year in formulation.years:
            columns, stated = flow_columns(year.variables, compiled)
            wanted = codes[year.year]
            at = np.argsort(stated)
            found[self.columns + order[start : start + len(wanted)]] = columns[
                at[np.searchsorted(stated, wanted, sorter=at)]
            ]
            start += len(wanted)
        return found
