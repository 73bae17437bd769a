"""The rows of a model with every target, limit and demand as bounds that can be lifted.

Space and land of a site stand in the bounds of modules and in coefficients too. The system is
therefore stated with all sites large, and the limits of the model are put on rows: the plans are
the same, and each limit can be lifted by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import highspy
import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, compile_model
from layout.algebra.sparse import ColumnMatrix
from layout.formulation import Formulation, build
from layout.formulation.linear import Floats, Ints
from layout.formulation.space import ceiling_mw
from layout.solving.cones import NEAR, Cones, run_within
from layout.solving.conflicts.items import Item, items_of, with_kept
from layout.solving.generation import generates
from layout.solving.highs import Invariant, Outcome, Settings, new_solver
from layout.solving.live import Live

if TYPE_CHECKING:
    from layout.model import PlanningModel

ANY = 1.0
"""The gap of a question that is about nothing but whether there is a plan."""
CLEAR = 1e-6
"""A priced sum of slacks above it is no rounding: there is no plan."""
FEW_INTEGERS, EXACT, PRECISION = 60, 1e-7, 1e-4
"""How closely the least change is proved: with few integers, and with more."""
WHOLE = 1e-6
"""How near a whole number is one."""


class System:
    """The items of a formulation, and whether some of them can hold together.

    `whole` says that the formulation is that of the model, all periods and flows in it: changes
    can then be made in the model and solved again. Otherwise limits on the modules of a site stay
    as they are. `until` is when questions that take long are no longer asked.
    """

    def __init__(self, formulation: Formulation, settings: Settings, until: float) -> None:
        self.formulation, self.settings, self.until = formulation, settings, until
        self.model = formulation.case.model
        self.whole = _whole(formulation)
        formulation.minimise("cost")
        own = compile_model(formulation.pyomo)
        self.base = build(large(self.model)) if self.whole else formulation
        self.base.minimise("cost")
        self.cones = Cones(self.base)
        compiled = self._outlined(compile_model(self.base.pyomo)) if self.cones else None
        self.compiled = compile_model(self.base.pyomo) if compiled is None else compiled
        self.items = [_moved(item, own, formulation, self) for item in items_of(formulation, own)]
        self.bounds = _bounds_of(own, formulation, self)
        self._opened = self._opening(own)
        self.prices = {item: 1 / max(1.0, self.size(item)) for item in self.items}
        few = np.count_nonzero(self.compiled.integrality) <= FEW_INTEGERS
        self.precision = EXACT if few else PRECISION
        self.lp, self.exact, self.mip = (Live(settings) for _ in range(3))
        self.known: dict[frozenset[Item], bool | None] = {}

    def size(self, item: Item) -> float:
        """How large the bounds of an item are: what its changes are measured by."""
        bounds = np.abs(self.bounds[item])
        return float(bounds[np.isfinite(bounds)].max(initial=0.0))

    def late(self) -> bool:
        """Whether the time is over."""
        return time.perf_counter() >= self.until

    # arrays -----------------------------------------------------------------------------------

    def with_items(self, kept: Iterable[Item]) -> Compiled:
        """The rows with the bounds of some items; those of all others are lifted."""
        lower, upper = self.compiled.row_lower.copy(), self.compiled.row_upper.copy()
        for item in self.items:
            (lower if item.side == "lower" else upper)[item.rows] = np.inf * item.outward
        numbers = self.compiled.entries.coefficients
        if self._opened:
            numbers = numbers.copy()
        for item in kept:
            bounds = self.bounds[item]
            (lower if item.side == "lower" else upper)[item.rows] = bounds
            for at, by in self._opened.get(item, ()):
                numbers[at] = by
        for item in self.items:
            if item in self._opened and not np.isfinite(upper[item.rows]).all():
                upper[item.rows] = 0.0
        entries = replace(self.compiled.entries, coefficients=numbers)
        return replace(self.compiled, row_lower=lower, row_upper=upper, entries=entries)

    def _opening(self, own: Compiled) -> dict[Item, list[tuple[int, float]]]:
        """Limits of sites not yet open → where in the matrix their number stands, and it.

        Σ space − limit·open ≤ 0: the coefficient of `open` is the limit.
        """
        if not self.whole:
            return {}
        found: dict[Item, list[tuple[int, float]]] = {}
        columns = np.repeat(
            np.arange(len(self.compiled.cost)), np.diff(self.compiled.entries.starts)
        )
        opens = set(self.compiled.columns_of(self.base.variables.open.owner).tolist())
        for item in self.items:
            if item.family != "site_limit":
                continue
            for row in item.rows:
                at = np.flatnonzero(self.compiled.entries.rows == row)
                spots = [int(one) for one in at if int(columns[one]) in opens]
                found.setdefault(item, []).extend((spot, -item.value) for spot in spots)
        return {item: spots for item, spots in found.items() if spots}

    def _outlined(self, compiled: Compiled) -> Compiled | None:
        """The rows with tangents where nothing but the cones is asked for; None if none needed."""
        solver = new_solver(self.settings)
        compiled.relaxed().without_cost().pass_to(solver)
        _, tangents = run_within(self.cones, compiled, solver, NEAR)
        return self.cones.state(tangents) if tangents else None

    # questions --------------------------------------------------------------------------------

    def feasible(self, kept: Iterable[Item]) -> bool | None:
        """Whether some items can hold together; None where there was no time to tell."""
        kept = frozenset(kept)
        if kept not in self.known:
            if self.late():
                return None
            self.known[kept] = self._asked(self.with_items(kept).without_cost(), kept)
        return self.known[kept]

    def _asked(self, arrays: Compiled, kept: frozenset[Item]) -> bool | None:
        if self.cones:
            return self._within_cones(arrays)
        found = self._answer(self.lp, _priced(arrays, self.prices).relaxed())
        if found.objective is not None and found.objective > CLEAR:
            return False
        if found.x is not None and arrays.integrality.any():
            x = found.x[: len(self.compiled.cost)]
            if self._completed(arrays, x, self._open_sites(kept)):
                return True
        answer = self._answer(self.mip, arrays)
        return {"infeasible": False, "no_solution": None}.get(answer.status, True)

    def _completed(self, arrays: Compiled, x: Floats, sites: NDArray[np.bool_]) -> bool:
        """Whether modules rounded down outside some sites, and up in them, make a plan."""
        whole = np.flatnonzero(arrays.integrality)
        lower, upper = arrays.column_lower.copy(), arrays.column_upper.copy()
        fixed = np.clip(np.ceil(x[whole] - WHOLE), lower[whole], upper[whole])
        inside = np.zeros(len(x), dtype=bool)
        for year in self.base.years:
            v = year.variables
            inside[v.modules.columns(self.compiled)[sites[v.case.units.site[v.sized]]]] = True
            outside = np.zeros(len(x), dtype=bool)
            outside[v.modules.columns(self.compiled)] = True
            down = (outside & ~inside)[whole]
            fixed = np.where(down, np.floor(x[whole] + WHOLE), fixed)
        free = inside[whole]
        lower[whole[~free]] = upper[whole[~free]] = fixed[~free]
        first = self._answer(self.lp, _priced(_bounded(arrays, lower, upper), self.prices))
        if first.x is None or (first.objective or 0.0) > CLEAR:
            return False
        up = np.ceil(first.x[whole] - WHOLE)
        lower[whole] = upper[whole] = np.where(free, up, fixed)
        last = self._answer(self.exact, _bounded(arrays, lower, upper))
        return last.x is not None

    def _open_sites(self, kept: frozenset[Item]) -> NDArray[np.bool_]:
        """The sites that no limit of their own holds back; all where each has one."""
        sites = self.formulation.case.sites
        chosen = np.ones(len(sites), dtype=bool)
        for item in kept:
            if item.family in ("site_limit", "land", "staff", "site_headroom"):
                chosen[sites.index(item.place)] = False
        return chosen if chosen.any() else ~chosen

    def _answer(self, live: Live, arrays: Compiled) -> Outcome:
        left = max(self.until - time.perf_counter(), 0.1)
        settings = replace(self.settings, gap=ANY, gap_location=ANY, time_limit_s=left)
        nothing = Invariant(np.zeros(len(arrays.cost)), 0.0)
        return live.minimise(arrays, settings, nothing, time.perf_counter())

    def _within_cones(self, arrays: Compiled) -> bool | None:
        solver = new_solver(self.settings)
        arrays.pass_to(solver)
        solver.setOptionValue("time_limit", max(self.until - time.perf_counter(), 0.1))
        within, _ = run_within(self.cones, self.compiled, solver, NEAR)
        kinds = highspy.HighsModelStatus
        status = solver.getModelStatus()
        if status == kinds.kInfeasible:
            return False
        return True if within and status in (kinds.kOptimal, kinds.kModelEmpty) else None

    # the least change -------------------------------------------------------------------------

    def least(
        self, given: Mapping[Item, float], limit_s: float
    ) -> tuple[Floats, Floats, bool] | None:
        """The least priced amounts by which items (→ price) give way, with all others kept.

        Amounts, the solution, and whether that least is proved; None where nothing was found.
        """
        arrays = _priced(self.with_items(self.items), given)
        return self._run(arrays, (), limit_s, {"mip_rel_gap": self.precision})

    def farthest(
        self,
        item: Item,
        rows: list[tuple[Ints, Floats, float]],
        limit_s: float,
        gaps: Mapping[str, float],
    ) -> tuple[Floats, Floats, bool] | None:
        """The least t with row·x + t ≥ bound for some rows in the place of a target's own.

        t < 0 says by how much all rows are surpassed; `gaps` are those that HiGHS may leave.
        Answers as `least` does.
        """
        arrays = self.with_items(one for one in self.items if one is not item).without_cost()
        return self._run(arrays, rows, limit_s, gaps)

    def _run(
        self,
        arrays: Compiled,
        rows: Iterable[tuple[Ints, Floats, float]],
        limit_s: float,
        gaps: Mapping[str, float],
    ) -> tuple[Floats, Floats, bool] | None:
        solver = new_solver(self.settings)
        arrays.pass_to(solver)
        free, count = highspy.kHighsInf, len(self.compiled.cost)
        rows = list(rows)
        if rows:
            solver.addCol(1.0, -free, free, 0, np.zeros(0, np.int32), np.zeros(0))
        for columns, numbers, bound in rows:
            at = np.append(columns, count).astype(np.int32)
            solver.addRow(bound, free, len(at), at, np.append(numbers, 1.0))
        solver.setOptionValue("time_limit", limit_s)
        for name in ("mip_rel_gap", "mip_abs_gap"):
            solver.setOptionValue(name, gaps.get(name, 0.0))
        within, _ = run_within(self.cones, self.compiled, solver, NEAR)
        info = solver.getInfo()
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if not within or info.primal_solution_status != feasible:
            return None
        x = np.array(solver.getSolution().col_value)
        proved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return x[count:], x[:count], proved


def large(model: PlanningModel) -> PlanningModel:
    """The model with sites that hold whatever is built, and land for it."""
    from layout.formulation.case import case_of

    sites = model["sites"]
    most = max(ceiling_mw(case_of(model, year)) for year in model.settings.periods)
    limit, area = sites["max_it_mw"].to_numpy(float), sites["land_ha"].to_numpy(float)
    most = max([most, *limit[np.isfinite(limit)]])
    need = model["facilities"]["land_ha_per_mw"].to_numpy(float)
    most_ha = most * max(1.0, float(np.nanmax(need, initial=0.0))) + float(
        np.max(area[np.isfinite(area)], initial=0.0)
    )
    larger = sites.assign(
        max_it_mw=np.where(np.isfinite(limit), most, limit),
        land_ha=np.where(np.isfinite(area), most_ha, area),
    )
    return with_kept(model, replace(model, tables={**model.tables, "sites": larger}))


def _whole(formulation: Formulation) -> bool:
    """Whether a formulation states its model: all periods, none of them decided, all flows."""
    model = formulation.case.model
    years = [year.year for year in formulation.years]
    whole = years == list(model.settings.periods) and not formulation.variables.earlier
    return whole and not generates(model)


def _moved(item: Item, own: Compiled, formulation: Formulation, system: System) -> Item:
    """The item with its rows counted as in the system."""
    return replace(item, rows=_places(item.rows, own, formulation, system))


def _places(rows: Ints, own: Compiled, formulation: Formulation, system: System) -> Ints:
    found = np.full(len(rows), -1, dtype=np.int64)
    for name, constraint in formulation.constraints.items():
        if not len(constraint) or name not in system.base.constraints:
            continue
        mine = own.rows_of(constraint)
        inside = (rows >= mine[0]) & (rows <= mine[-1]) if len(mine) else np.zeros(0, bool)
        if len(mine) and inside.any():
            there = system.compiled.rows_of(system.base.constraints[name])
            found[inside] = there[rows[inside] - mine[0]]
    return found


def _bounds_of(own: Compiled, formulation: Formulation, system: System) -> dict[Item, Floats]:
    """Item → the bounds that it gives its rows."""
    found = {}
    for item, plain in zip(system.items, items_of(formulation, own), strict=True):
        bounds = own.row_lower if item.side == "lower" else own.row_upper
        found[item] = bounds[plain.rows]
    return found


def _bounded(arrays: Compiled, lower: Floats, upper: Floats) -> Compiled:
    """The arrays with other bounds of the columns, and nothing whole."""
    return replace(arrays.relaxed(), column_lower=lower, column_upper=upper)


def _priced(arrays: Compiled, given: Mapping[Item, float]) -> Compiled:
    """The arrays with a column for each item that gives way, whose priced sum is minimised."""
    count, matrix = len(given), arrays.entries
    last = int(matrix.starts[-1])
    lengths = np.cumsum([len(item.rows) for item in given])
    rows = np.concatenate([item.rows for item in given])
    signs = np.concatenate([-item.outward * item.slopes for item in given])
    entries = ColumnMatrix(
        np.concatenate([matrix.starts, last + lengths]).astype(np.int32),
        np.concatenate([matrix.rows, rows]).astype(np.int32),
        np.concatenate([matrix.coefficients, signs]),
        matrix.height,
    )
    return replace(
        arrays,
        cost=np.concatenate([np.zeros(len(arrays.cost)), list(given.values())]),
        offset=0.0,
        sense=1,
        entries=entries,
        column_lower=np.concatenate([arrays.column_lower, np.zeros(count)]),
        column_upper=np.concatenate([arrays.column_upper, np.full(count, np.inf)]),
        integrality=np.concatenate([arrays.integrality, np.zeros(count, dtype=bool)]),
    )
