"""Strong rows only where the LP relaxation breaks them, before the first branch and bound.

A model whose flows are linked by `separated` has one row for each site and workload. The LP
relaxation of it is solved; rows of single flows that its solution breaks are added; and so on
until none is broken. The bound is then that of all strong rows, with a few percent of them.
Where that takes too much work, all are stated.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled, compile_model
from layout.formulation.linking import assign_rows, linked, linking, serve_rows
from layout.formulation.parts import Rows, joined_rows
from layout.solving.ending import ended, limit_time
from layout.solving.highs import Settings, loosened, new_solver

if TYPE_CHECKING:
    from layout.formulation import Formulation
    from layout.formulation.variables import Variables
    from layout.solving.optimise import Clock

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BROKEN = 1e-6  # how far a flow may exceed the share of its site that is open
MOST_ROUNDS = 50
MOST_WORK = 3  # simplex iterations for each row of the relaxation, before all rows are stated
SHARE_OF_TIME = 0.25  # of the time limit: what is left belongs to branch and bound


@dataclass
class _Links:
    """The linked flows of one year and family: columns of flow and opening, demand, rows stated.

    flow ≤ factor·open; `stated` says which have their row.
    """

    v: Variables
    family: str
    flow: Ints
    opening: Ints
    factor: Floats
    stated: NDArray[np.bool_]

    def broken(self, x: Floats) -> Ints:
        """Positions of the rows that a solution breaks and that are not stated."""
        share = x[self.flow] / self.factor
        return np.flatnonzero((share > x[self.opening] + BROKEN) & ~self.stated)

    def rows(self) -> Rows:
        """The rows that are stated."""
        state = serve_rows if self.family == "open_serve" else assign_rows
        return state(self.v, np.flatnonzero(self.stated))


def separated(formulation: Formulation, settings: Settings, clock: Clock) -> Settings:
    """Separate the strong rows where the linking asks for it; the settings with the time left."""
    if linking(formulation.variables).way != "separated":
        return settings
    begun = time.perf_counter()
    clock.stage("separate", lambda: separate(formulation, settings))
    left = settings.time_limit_s - (time.perf_counter() - begun)
    return replace(settings, time_limit_s=max(left, 0.0))


def separate(formulation: Formulation, settings: Settings) -> None:
    """State the strong rows that the relaxation of the formulation's objective breaks.

    Stops early, with the rows found so far, at a share of the time limit: every set of these
    rows is exact. States all of them where the rounds are more work than they are worth.
    """
    until = time.perf_counter() + SHARE_OF_TIME * settings.time_limit_s
    compiled = compile_model(formulation.pyomo)
    groups = [links for year in formulation.years for links in _links(year.variables, compiled)]
    solver = new_solver(settings)
    compiled.pass_to(solver)
    loosened(solver, compiled)
    iterations, most = 0, MOST_WORK * len(compiled.row_lower)
    for _ in range(MOST_ROUNDS):
        x = _relaxed(solver, until)
        iterations += solver.getInfo().simplex_iteration_count
        if x is None or not _added(solver, groups, x):
            break
        if iterations > most:
            for links in groups:
                links.stated[:] = True
            break
    for family in ("open_serve", "open_assign"):
        _state(formulation, family, [links.rows() for links in groups if links.family == family])


def _links(v: Variables, compiled: Compiled) -> list[_Links]:
    opened = v.open.columns(compiled)
    serve, opening = linked(v, v.split)
    assign, at = linked(v, v.whole)
    return [
        _Links(
            v,
            "open_serve",
            v.serve.columns(compiled)[serve],
            opened[opening],
            v.demand_eflops[v.split.row[serve]],
            np.zeros(len(serve), dtype=bool),
        ),
        _Links(
            v,
            "open_assign",
            v.assign.columns(compiled)[assign],
            opened[at],
            np.ones(len(assign)),
            np.zeros(len(assign), dtype=bool),
        ),
    ]


def _relaxed(solver: Any, until: float) -> Floats | None:
    """The solution of the LP; None without one, or when the time is up."""
    left = until - time.perf_counter()
    if left <= 0:
        return None
    limit_time(solver, left)
    if ended(solver) != "optimal":
        return None
    return np.array(solver.getSolution().col_value)


def _added(solver: Any, groups: list[_Links], x: Floats) -> bool:
    """Add the broken rows to the LP; whether there were any."""
    count = 0
    for links in groups:
        broken = links.broken(x)
        if not len(broken):
            continue
        links.stated[broken] = True
        count += len(broken)
        columns = np.column_stack([links.flow[broken], links.opening[broken]]).astype(np.int32)
        values = np.column_stack([np.ones(len(broken)), -links.factor[broken]])
        solver.addRows(
            len(broken),
            np.full(len(broken), -np.inf),
            np.zeros(len(broken)),
            2 * len(broken),
            np.arange(0, 2 * len(broken), 2, dtype=np.int32),
            columns.ravel(),
            values.ravel(),
        )
    return count > 0


def _state(formulation: Formulation, family: str, years: list[Rows]) -> None:
    """Put rows in the place of those of a family."""
    rows = joined_rows(years)
    formulation.pyomo.del_component(family)
    formulation.constraints[family] = rows
    formulation.pyomo.add_component(family, rows)
