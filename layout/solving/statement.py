"""A planning model as arrays, and the arrays of a model that differs a little from it.

Whatever changes, the arrays are those that `build` and `compile_model` give for the changed model.
Values of targets and prices of power, certificates and carbon stand in few places that are known:
for those the arrays at hand are taken over and these places written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.algebra import ArrayConstraint, Compiled, compile_model
from layout.algebra.sparse import Part as Entries
from layout.algebra.sparse import join, tidy
from layout.formulation import Formulation, build
from layout.formulation.costs import priced
from layout.formulation.linear import Floats, Ints, Linear
from layout.formulation.parts import Rows
from layout.formulation.targets import at_other_values
from layout.model import derive
from layout.solving.changes import differences
from layout.solving.highs import Invariant, Settings
from layout.solving.optimise import Clock
from layout.solving.separation import separated
from layout.solving.steps import coefficients

if TYPE_CHECKING:
    from layout.formulation.build import Year
    from layout.model import PlanningModel

PRICES = frozenset(
    {
        "power.price_cny_per_kwh",
        "economy.carbon_price_cny_per_t",
        "economy.certificate_price_cny_per_mwh",
    }
)
VALUES = frozenset({"targets.value"})
SIZING = ("compute_eflops", "compute_eflops_fp32", "storage_eb")
"""Measures whose targets set the bound of sites without a limit of their own."""


@dataclass(frozen=True)
class Statement:
    """A model, its formulation, its arrays with cost as the objective, and the cost siting leaves.

    `arcs` are the flows stated, by year; None states all. In `relaxed` arrays nothing is whole.
    `formulation` may be that of a model with other values of targets and other prices: where
    those matter, state the model again.
    """

    model: PlanningModel
    formulation: Formulation
    compiled: Compiled
    invariant: Invariant
    settings: Settings
    arcs: Mapping[int, Ints] | None = None
    relaxed: bool = False
    places: dict[str, Any] = field(default_factory=dict, repr=False)


def state(
    model: PlanningModel,
    settings: Settings,
    arcs: Mapping[int, Ints] | None = None,
    *,
    relaxed: bool = False,
) -> Statement:
    """The statement of a model.

    Strong rows that are stated only where the relaxation breaks them are all stated for a relaxed
    answer, which would otherwise depend on the answers before.
    """
    formulation = stated(strong(model) if relaxed else model, arcs)
    formulation.minimise("cost")
    separated(formulation, settings, Clock(None))
    compiled = compile_model(formulation.pyomo)
    if relaxed:
        compiled = replace(compiled, integrality=np.zeros(len(compiled.cost), dtype=bool))
    invariant = coefficients(compiled, formulation.invariant())
    return Statement(model, formulation, compiled, invariant, settings, arcs, relaxed)


def stated(model: PlanningModel, arcs: Mapping[int, Ints] | None) -> Formulation:
    """The formulation of a model on all its flows, or on those that `arcs` names."""
    return build(model) if arcs is None else build(model, arcs=arcs)


def strong(model: PlanningModel) -> PlanningModel:
    """The model with a row for every flow, where the way is left to the program."""
    own = model.settings.solver
    if own.linking not in ("auto", "separated"):
        return model
    solver = own.model_copy(update={"linking": "strong"})
    found = replace(model, settings=model.settings.model_copy(update={"solver": solver}))
    found.kept.update(model.kept)
    return found


def restate(known: Statement, model: PlanningModel) -> Statement:
    """The statement of a model that resembles one at hand: the same as `state` gives."""
    what = differences(known.model, model)
    if not what:
        return replace(known, model=model)
    quick = known if what <= PRICES | VALUES else None
    if quick is not None and what & VALUES:
        quick = _at_values(quick, model)
    if quick is not None and what & PRICES:
        quick = _at_prices(quick, model)
    if quick is None:
        return state(model, known.settings, known.arcs, relaxed=known.relaxed)
    return replace(quick, model=model)


# --- values of targets ----------------------------------------------------------------------------


def _at_values(known: Statement, model: PlanningModel) -> Statement | None:
    """With the rows of the targets written anew; None where their values stand elsewhere too."""
    if _size_bounds(known, model):
        return None
    years, compiled = known.formulation.years, known.compiled
    constraint = known.formulation.constraints["target"]
    rows = compiled.rows_of(constraint)
    anew = [at_other_values(year.targets, model.settings.targets) for year in years]
    at, keys = _places(known, constraint)
    entries = _entries(compiled, anew, int(rows[0]) if len(rows) else 0)
    entries = entries.take(np.argsort(_keys(compiled, entries), kind="stable"))
    if len(entries.rows) != len(keys) or (_keys(compiled, entries) != keys).any():
        return None  # a coefficient became zero, or is zero no longer
    matrix = compiled.entries
    numbers = matrix.coefficients.copy()
    numbers[at] = entries.coefficients
    lower, upper = compiled.row_lower.copy(), compiled.row_upper.copy()
    lower[rows] = np.concatenate([part.lower - part.linear.constants for part in anew])
    upper[rows] = np.concatenate([part.upper - part.linear.constants for part in anew])
    arrays = replace(
        compiled,
        entries=replace(matrix, coefficients=numbers),
        row_lower=lower,
        row_upper=upper,
    )
    return replace(known, compiled=arrays)


def _size_bounds(known: Statement, model: PlanningModel) -> bool:
    """Whether a changed target is one that bounds sites without a limit of their own."""
    case = known.formulation.case
    unlimited = ~np.isfinite(case.site_values("max_it_mw")) & ~case.has_stock
    if not unlimited.any():
        return False
    pairs = zip(known.model.settings.targets, model.settings.targets, strict=True)
    return any(old.value != new.value and new.measure in SIZING for old, new in pairs)


def _places(known: Statement, constraint: ArrayConstraint) -> tuple[Ints, Ints]:
    """Where the entries of the targets' rows stand in the matrix, and their keys, sorted."""
    if "targets" not in known.places:
        rows, matrix = known.compiled.rows_of(constraint), known.compiled.entries
        first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (0, -1)
        at = np.flatnonzero((matrix.rows >= first) & (matrix.rows <= last))
        column = np.searchsorted(matrix.starts, at, side="right") - 1
        keys = column.astype(np.int64) * matrix.height + matrix.rows[at]
        order = np.argsort(keys, kind="stable")
        known.places["targets"] = at[order], keys[order]
    found: tuple[Ints, Ints] = known.places["targets"]
    return found


def _keys(compiled: Compiled, entries: Entries) -> Ints:
    return entries.columns.astype(np.int64) * compiled.entries.height + entries.rows


def _entries(compiled: Compiled, years: list[Rows], first: int) -> Entries:
    """The entries of the targets' rows as compiling gives them, sums of equal places included."""
    by_family: dict[int, list[Entries]] = {}
    for rows in years:
        for part, row, at, by in rows.linear.terms:
            columns = part.columns(compiled)[at].astype(np.int32)
            entries = Entries((row + first).astype(np.int32), columns, by)
            by_family.setdefault(id(part.owner), []).append(entries)
        first += len(rows.index)
    none = Entries(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
    return join([none, *(tidy(join(parts)) for parts in by_family.values())])


# --- prices ---------------------------------------------------------------------------------------


def _at_prices(known: Statement, model: PlanningModel) -> Statement | None:
    """With the costs of energy, its carbon and certificates anew; None where features add some."""
    own = known.model
    if not all(_plain(year, own) for year in known.formulation.years):
        return None
    tariffs, economy = derive.tariffs(model), model.settings.economy
    years = tuple(
        replace(year, costs={**year.costs, **priced(year.variables, tariffs, economy)})
        for year in known.formulation.years
    )
    formulation = replace(known.formulation, years=years)
    cost = known.compiled.cost.copy()
    for name in ("grid", "certificate", "renewable"):
        owner = years[0].variables.parts[name].owner
        cost[known.compiled.columns_of(owner)] = _costs_of(formulation, name, len(owner))
    return replace(known, formulation=formulation, compiled=replace(known.compiled, cost=cost))


def _plain(year: Year, model: PlanningModel) -> bool:
    """Whether the priced components are those of the variables alone."""
    known = priced(year.variables, derive.tariffs(model), model.settings.economy)
    return all(_same(year.costs[name], linear) for name, linear in known.items())


def _same(one: Linear, other: Linear) -> bool:
    if len(one.terms) != len(other.terms) or (one.constants != other.constants).any():
        return False
    return all(
        a is b and np.array_equal(at, others) and np.array_equal(by, numbers)
        for (a, _, at, by), (b, _, others, numbers) in zip(one.terms, other.terms, strict=True)
    )


def _costs_of(formulation: Formulation, name: str, count: int) -> Floats:
    """The costs of one family of variables, added up in the order in which compiling does it."""
    parts = {id(year.variables.parts[name]) for year in formulation.years}

    def own(linear: Linear) -> Linear:
        result = Linear(linear.count)
        result.terms = [term for term in linear.terms if id(term[0]) in parts]
        return result

    years = [
        replace(year, costs={key: own(linear) for key, linear in year.costs.items()})
        for year in formulation.years
    ]
    total = replace(formulation, years=tuple(years)).cost()
    cost = np.zeros(count)
    for part, _, at, by in total.terms:
        cost += np.bincount(at + part.offset, weights=by, minlength=count)
    return cost
