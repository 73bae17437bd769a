"""What a plan decides before it knows the future, taken from one answer and held in another.

The first stage, by how much of it is decided: ``sites`` are the sites opened; ``space`` also the
halls built, refitted and closed; ``compute`` also the IT put into them, moved or retired. All else
is operation: who serves whom, load, energy, contracts, and the investments of features (batteries,
lines, storage). With several periods the first stage holds the decisions of all of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.model.costs import DEFAULT_PENALTY, unserved_prices
from layout.solving.dive import minimise
from layout.solving.highs import Settings
from layout.study.runs.solving import INTERRUPTED

if TYPE_CHECKING:
    from layout.algebra import Compiled
    from layout.formulation import Formulation
    from layout.model import PlanningModel
    from layout.solving.live import Live
    from layout.solving.statement import Statement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SITES = ("open",)
_SPACE = (*_SITES, "modules", "space", "convert", "close")
STAGES: dict[str, tuple[str, ...]] = {
    "sites": _SITES,
    "space": _SPACE,
    "compute": (*_SPACE, "install", "retire", "move"),
}
"""How much is decided first → the families of variables that are."""

ROOM = 1e-6
"""How far a continuous decision may stand from where it was taken: the rounding of a solver."""
NOISE = 1e-9


@dataclass(frozen=True)
class Decisions:
    """Name of a variable → its value, for those that are not zero; `stage` says of which kind."""

    stage: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Price:
    """What operating given decisions costs: least found, what nothing falls below, and status.

    `cost_mcny` is None where the decisions cannot stand (status infeasible) or a limit ended the
    run before there was a plan. `unserved_eflops` is the demand that they leave unserved.
    """

    status: str
    cost_mcny: float | None
    bound_mcny: float | None
    x: Floats | None = None
    unserved_eflops: float = 0.0


def first_stage(compiled: Compiled, stage: str) -> dict[str, int]:
    """Name → column of every variable that the stage decides. Raises KeyError."""
    families = STAGES[stage]
    return {
        name: block.start + at
        for block in compiled.column_blocks
        if block.component.local_name in families
        for at, name in enumerate(block.names())
    }


def decided(compiled: Compiled, x: Floats, stage: str) -> Decisions:
    """The decisions of a solution, whole numbers whole."""
    columns = first_stage(compiled, stage)
    at = np.array(list(columns.values()), dtype=np.int64)
    values = np.where(compiled.integrality[at], np.round(x[at]), x[at])
    values = np.where(np.abs(values) < NOISE, 0.0, values)
    pairs = zip(columns, values.tolist(), strict=True)
    return Decisions(stage, {name: value for name, value in pairs if value})


def held(statement: Statement, decisions: Decisions, room: float = 0.0) -> Compiled | None:
    """The arrays with the decisions held; None where a bound or a missing variable forbids them.

    `room` is how far continuous decisions may move, as a share of themselves (or of one unit).
    """
    compiled = statement.compiled
    columns = first_stage(compiled, decisions.stage)
    if not set(decisions.values) <= set(columns):
        return None
    at = np.array(list(columns.values()), dtype=np.int64)
    values = np.array([decisions.values.get(name, 0.0) for name in columns])
    around = np.where(compiled.integrality[at], 0.0, room * np.maximum(1.0, np.abs(values)))
    lower, upper = compiled.column_lower.copy(), compiled.column_upper.copy()
    if (values > upper[at] + ROOM).any() or (values < lower[at] - ROOM).any():
        return None
    lower[at] = np.clip(values - around, lower[at], upper[at])
    upper[at] = np.clip(values + around, lower[at], upper[at])
    free = _without_ceiling(statement.formulation, compiled)
    return replace(compiled, column_lower=lower, column_upper=upper, row_upper=free)


def _without_ceiling(formulation: Formulation, compiled: Compiled) -> Floats:
    """Row limits but for those of sites without a limit, which stand for none and hang on demand.

    Opened sites are decided, so that no row is needed to keep closed ones empty.
    """
    upper = compiled.row_upper.copy()
    constraint = formulation.constraints["site_limit"]
    case = formulation.case
    endless = ~case.has_stock & ~np.isfinite(case.site_values("max_it_mw"))
    names = np.array(case.sites, dtype=object)[endless]
    free = np.isin(constraint.index["site"].astype(str), names.astype(str))
    upper[compiled.rows_of(constraint)[free]] = np.inf
    return upper


def price(
    statement: Statement, decisions: Decisions, settings: Settings, live: Live | None = None
) -> Price:
    """The least cost of operating decisions in a model, which may be another than theirs.

    Held exactly; where the rounding of the solver that took them leaves no operation, within it.
    A `live` solver goes on from what it found before. Raises KeyboardInterrupt after Ctrl-C.
    """
    for room in (0.0, ROOM):
        compiled = held(statement, decisions, room)
        if compiled is None:
            break
        way = minimise if live is None else live.minimise
        found = way(compiled, settings, statement.invariant, time.perf_counter())
        if found.reason == INTERRUPTED:
            raise KeyboardInterrupt
        if found.status != "infeasible":
            unserved = 0.0 if found.x is None else _unserved(statement, found.x)
            return Price(found.status, found.objective, found.bound, found.x, unserved)
    return Price("infeasible", None, None)


def _unserved(statement: Statement, x: Floats) -> float:
    years = statement.formulation.years
    return float(sum(x[y.variables.unserved.columns(statement.compiled)].sum() for y in years))


def with_recourse(model: PlanningModel) -> tuple[PlanningModel, float | None]:
    """The model with a price of unserved demand, and that price where a workload had none.

    Without one, capacity that was decided too small would have no operation at all.
    """
    if not np.isnan(unserved_prices(model)).any():
        return model, None
    economy = model.settings.economy
    amount = DEFAULT_PENALTY["EFLOPS"]
    changed = economy.model_copy(update={"unserved_penalty_mcny_per_eflops": amount})
    settings = model.settings.model_copy(update={"economy": changed})
    found = replace(model, settings=settings)
    return found, amount
