"""Limits that a layout breaks: how far each has to give way, and a model in which it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
import pandas as pd

from layout.algebra import Elastic, Index, compile_model
from layout.formulation import Formulation, build
from layout.formulation.linear import Linear
from layout.formulation.parts import Rows, joined_rows
from layout.formulation.variables import Variables
from layout.model.balance import FLOOR_PLACES
from layout.model.supplies import data_of
from layout.solving.highs import Settings, new_solver
from layout.solving.limits import OF_POWER, OF_SITE, hall_limit_of, stated
from layout.study.comparing.layout_file import Holding, OwnLayout, pairs_of

if TYPE_CHECKING:
    from layout.model import PlanningModel

LEAST = 1e-6
"""Slack below this is none: what HiGHS takes for feasible."""
HEAVY = 1e4
"""What a unit of a holding that cannot stand weighs against a unit of a limit."""
MARGIN = 1e-6
"""By which share of itself a limit is raised further than needed, so that rounding fits."""
UNITS = {
    "max_it_mw": "MW",
    "land_ha": "ha",
    "staff_limit_persons": "persons",
    "grid_headroom_mw": "MW",
    "energy_quota_gwh": "GWh",
    "commitment": "EFLOPS",
    "chip_supply": "EFLOPS",
    "floor": "EFLOPS",
    "hall_limit": "MW",
    "storage_demand": "EB",
    "gate": "MW",
}
FAMILIES = (
    "site_limit",
    "land",
    "staff",
    "site_headroom",
    "power_headroom",
    "energy_quota",
    "commitment",
    "chip_supply",
    "floor",
    "hall_limit",
    "storage_demand",
    "gate_build",
)
Slack = tuple[str, tuple[Any, ...], float]
ROOM = ("max_it_mw", "land_ha")
"""Limits of a site that bound its modules too: given up first, then set to what is used."""


@dataclass(frozen=True)
class Broken:
    """A limit that the layout breaks: its name, whose it is, what it says and what is needed.

    `of` is site, province, tariff_zone, kind or place; `year` 0 where it holds for all years.
    """

    limit: str
    of: str
    place: str
    year: int
    stated: float
    needed: float
    unit: str


class CannotStand(Exception):
    """Rows of the layout that nothing in the model can hold, with what is missing (EFLOPS)."""

    def __init__(self, rows: Sequence[tuple[Holding, float]]) -> None:
        self.rows = tuple(rows)
        super().__init__(f"{len(self.rows)} rows of the layout cannot stand")


def hold(formulation: Formulation, layout: OwnLayout) -> None:
    """Add what the layout says: its totals or additions, and no addition anywhere else.

    Σ installed[u,k,y] = compute_eflops or Σ install[u,k,y] = added_eflops over the units of each
    row; Σ install[u,k,y] ≤ 0 over the pairs that no row names, for every site; EFLOPS.
    """
    named = [_holdings(year.variables, layout.of_year(year.year)) for year in formulation.years]
    others = [_no_more(year.variables, layout.of_year(year.year)) for year in formulation.years]
    for key, rows in (("holding", named), ("holding_no_more", others)):
        formulation.constraints[key] = joined_rows(rows)
        formulation.pyomo.add_component(key, formulation.constraints[key])


def _holdings(v: Variables, rows: Sequence[Holding]) -> Rows:
    linear = Linear(len(rows))
    row_of = pairs_of(v.case, rows)
    added = np.array([row.added for row in rows] + [False])
    v.add_additions(linear, np.where(added[row_of], row_of, -1))
    v.add_installed(linear, np.where(added[row_of], -1, row_of))
    names = ("site", "kind", "facility")
    labels = [np.array([getattr(row, name) for row in rows], dtype=object) for name in names]
    index = Index((*names, "year"), (*labels, np.full(len(rows), v.case.year)))
    amounts = [row.eflops for row in rows]
    doc = "compute as the layout says, EFLOPS"
    return linear.rows(index, lower=amounts, upper=amounts, doc=doc)


def _no_more(v: Variables, rows: Sequence[Holding]) -> Rows:
    case = v.case
    linear = Linear(len(case.sites))
    v.add_additions(linear, np.where(pairs_of(case, rows) < 0, case.units.pair_site, -1))
    index = v.site_index(np.arange(len(case.sites)))
    return linear.rows(index, upper=0.0, doc="no addition that the layout does not name, EFLOPS")


def raised(
    model: PlanningModel, question: PlanningModel, layout: OwnLayout, settings: Settings
) -> tuple[PlanningModel, list[Broken]] | None:
    """`model` with the limits raised that the layout cannot keep, and what was broken.

    `question` is the model without targets and with everything that may stay unserved, on which
    the least slack is found: Σ slack / limit. The limits of `ROOM` are given up where they are
    short; `settled` sets them to what the plan uses. None where no slack of a limit helps. Raises
    CannotStand where rows of the layout find no place at all.
    """
    roomy: set[str] = set()
    found: list[Slack] = []
    for _ in range(3):
        asked = _with_room(question, layout, roomy)
        formulation = build(asked, forced=True)
        hold(formulation, layout)
        slacks = _slacks(formulation, settings)
        if slacks is None:
            return None
        found = slacks
        crowded = {str(key[0]) for family, key, _ in found if family in ("holding", *_OF_ROOM)}
        if crowded <= roomy:
            break
        roomy |= crowded
    short = [(key, abs(amount)) for family, key, amount in found if family == "holding"]
    if short:
        raise CannotStand([(_row_of(layout, key), amount) for key, amount in short])
    broken: list[Broken] = []
    result = _with_room(model, layout, roomy)
    for family, key, amount in found:
        if family not in _OF_ROOM:
            row = formulation.constraints[family].index.position(key)
            result, one = _loosened(result, family, key, amount, _said(formulation, family, row))
            broken += [] if one is None else [one]
    return result, broken


_OF_ROOM = ("site_limit", "land")


def _slacks(formulation: Formulation, settings: Settings) -> list[Slack] | None:
    """(family, key, signed amount) of the rows that give way least; None where none helps."""
    formulation.minimise("cost")
    compiled = compile_model(formulation.pyomo)
    place: dict[int, tuple[str, int]] = {}
    for family in ("holding", *FAMILIES):
        if family in formulation.constraints:
            rows = compiled.rows_of(formulation.constraints[family]).tolist()
            place |= {row: (family, number) for number, row in enumerate(rows)}
    numbers = np.array(list(place), dtype=np.int64)
    sides = np.abs(np.stack([compiled.row_lower[numbers], compiled.row_upper[numbers]]))
    size = np.maximum(np.where(np.isfinite(sides), sides, 0.0).max(axis=0), 1.0)
    heavy = np.array([family == "holding" for family, _ in place.values()])
    elastic = Elastic.of(compiled, numbers, np.where(heavy, HEAVY, 1.0) / size)
    solver = new_solver(replace(settings, log_file=None))
    elastic.compiled.pass_to(solver)
    solver.setOptionValue("time_limit", float(settings.time_limit_s))
    solver.setOptionValue("mip_rel_gap", 1e-4)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    x = np.array(solver.getSolution().col_value)
    found = []
    for short in elastic.shortfalls(x, LEAST):
        family, number = place[short.row]
        key = formulation.constraints[family].index.keys()[number]
        signed = short.amount if short.side == "upper" else -short.amount
        found.append((family, key if isinstance(key, tuple) else (key,), signed))
    return sorted(found, key=lambda item: (item[0], tuple(map(str, item[1]))))


def _said(formulation: Formulation, family: str, row: int) -> float:
    """The limit as the model states it."""
    return 0.0 if family == "gate_build" else stated(formulation, family, row)


def _row_of(layout: OwnLayout, key: tuple[Any, ...]) -> Holding:
    site, kind, facility, year = key
    return next(
        row
        for row in layout.rows
        if (row.site, row.kind, row.facility, row.year) == (site, kind, facility, int(year))
    )


# a model with other limits ------------------------------------------------------------------


def _with_room(model: PlanningModel, layout: OwnLayout, sites: set[str]) -> PlanningModel:
    """The model with space for the layout, and land without limit, at some sites."""
    if not sites:
        return model
    table = model["sites"]
    space = pd.Series({site: _ample_mw(model, layout, site) for site in sites})
    widened = table["max_it_mw"].mask(table["site"].isin(sites), table["site"].map(space))
    land = table["land_ha"].mask(table["site"].isin(sites), np.inf)
    return _table(model, "sites", max_it_mw=widened.astype(float), land_ha=land)


def _ample_mw(model: PlanningModel, layout: OwnLayout, site: str) -> float:
    """More MW than any way to house the layout at a site takes."""
    rated = model["kinds"].set_index("kind")["it_mw_per_eflops"]
    asked = sum(row.eflops * float(rated[row.kind]) for row in layout.rows if row.site == site)
    stock = model["stock"][model["stock"]["site"] == site]
    racked = float((stock["compute_eflops"] * stock["kind"].map(rated)).sum())
    space = float(np.nansum(stock["facility_it_mw"].to_numpy(float)))
    own = model["sites"].set_index("site").loc[site, ["max_it_mw", "min_it_mw"]].to_numpy(float)
    modules = float(np.nansum(model["facilities"]["module_it_mw"].to_numpy(float)))
    stated = float(np.nansum(np.where(np.isfinite(own), own, 0.0)))
    return stated + max(racked, space) + 2 * (asked + racked) + modules + 1


def with_limits(model: PlanningModel, limit: str, values: dict[str, float]) -> PlanningModel:
    """The model with a limit of some sites set."""
    table = model["sites"]
    column = table["site"].map(values).fillna(table[limit])
    return _table(model, "sites", **{limit: column.astype(float)})


def _table(model: PlanningModel, name: str, **columns: pd.Series) -> PlanningModel:
    return replace(model, tables={**model.tables, name: model[name].assign(**columns)})


def _loosened(
    model: PlanningModel, family: str, key: tuple[Any, ...], amount: float, said: float
) -> tuple[PlanningModel, Broken | None]:
    """The model with one limit raised (or a least amount lowered) as far as needed."""
    year, needed = int(key[YEAR_AT.get(family, -1)]), said + amount
    if family == "gate_build":
        gate = model.settings.balance.gate.model_copy(update={"scope": "none"})
        balance = model.settings.balance.model_copy(update={"gate": gate})
        changed = replace(model, settings=model.settings.model_copy(update={"balance": balance}))
        return changed, Broken("gate", "place", str(key[0]), year, said, needed, UNITS["gate"])
    if family in OF_SITE:
        limit = OF_SITE[family]
        broken = Broken(limit, "site", str(key[0]), year, said, needed, UNITS[limit])
        return with_limits(model, limit, {str(key[0]): _past(needed, amount)}), broken
    if family in OF_POWER:
        limit, table = OF_POWER[family], model["power"]
        rows = table[str(key[0])] == key[1]
        if key[0] == "province":
            rows &= table["tariff_zone"] == ""
        broken = Broken(limit, str(key[0]), str(key[1]), year, said, needed, UNITS[limit])
        values = table[limit].mask(rows, _past(needed, amount))
        return _table(model, "power", **{limit: values}), broken
    if family == "hall_limit":
        row = hall_limit_of(model, str(key[0]), str(key[1]), year).row
        column = model["hall_limits"][f"{key[2]}_it_mw"].copy()
        further = max if amount > 0 else min  # a row may hold in several years
        column.iloc[row] = further(float(column.iloc[row]), _past(needed, amount))
        place = ", ".join(str(part) for part in key[:2] if part)
        broken = Broken(family, "place", place, year, said, needed, UNITS[family])
        return _table(model, "hall_limits", **{str(column.name): column}), broken
    if family == "storage_demand":
        broken = Broken(family, "place", str(key[0]), year, said, needed, UNITS[family])
        return _fewer_data(model, str(key[0]), year, _past(needed, amount)), broken
    return _bounds_loosened(model, family, key, amount)


def _fewer_data(model: PlanningModel, scope: str, year: int, most_eb: float) -> PlanningModel:
    """The model with no more data of a scope in a year: all its rows give way alike."""
    data = next(one for one in data_of(model, year) if one.scope == scope)
    stored = model["storage_demand"]["stored_eb"].copy()
    stored.iloc[list(data.rows)] *= min(1.0, most_eb / data.stored_eb)
    return _table(model, "storage_demand", stored_eb=stored)


YEAR_AT = {"commitment": 2}
"""Where a row's key does not end with the year."""


def _past(needed: float, amount: float) -> float:
    """The limit with the margin for rounding, never below zero."""
    return max(needed + float(np.sign(amount)) * MARGIN * max(1.0, abs(needed)), 0.0)


def _bounds_loosened(
    model: PlanningModel, family: str, key: tuple[Any, ...], amount: float
) -> tuple[PlanningModel, Broken | None]:
    """The model with other bounds on compute: chips, commitments, floors.

    What was forbidden has a row in EFLOPS and one in MW: the second says nothing any more.
    """
    rows, name, column = _bounded(model, family, key, amount)
    table = model[name]
    forbidden = name == "commitments" and bool((table["status"][rows] == "forbidden").any())
    said = 0.0 if forbidden and amount > 0 else float(table.loc[rows, column].iloc[0])
    if not np.isfinite(said):
        return model, None
    needed = said + amount
    values = {column: table[column].mask(rows, _past(needed, amount))}
    if forbidden and amount > 0:  # else it would allow none, whatever it says beside
        values["status"] = table["status"].mask(rows, "")
    place = {"chip_supply": key[:1], "commitment": key[:2], "floor": key[1:3]}[family]
    unit = "MW" if column.endswith("_mw") else UNITS[family]
    of = "kind" if family == "chip_supply" else "place"
    words, year = ", ".join(map(str, place)), int(key[YEAR_AT.get(family, -1)])
    broken = Broken(family, of, words, year, said, needed, unit)
    return _table(model, name, **values), broken


def _bounded(
    model: PlanningModel, family: str, key: tuple[Any, ...], amount: float
) -> tuple[pd.Series, str, str]:
    """Rows, table and column of a bound on compute."""
    side = "max" if amount > 0 else "min"
    if family == "chip_supply":
        table = model["chips"]
        return (table["kind"] == key[0]) & (table["year"] == int(key[1])), "chips", "max_eflops"
    if family == "commitment":
        table = model["commitments"]
        rows = (table["site"] == key[0]) & (table["kind"] == key[1])
        return rows & (table["year"] == int(key[2])), "commitments", f"{side}_{key[3]}"
    table = model["floors"]
    rows = (table[str(key[0])] == key[1]) & (table["kind"] == key[2])
    for other in FLOOR_PLACES[: FLOOR_PLACES.index(str(key[0]))]:
        rows &= table[other] == ""
    dated = rows & (table["year"] == int(key[3]))
    return (dated if dated.any() else rows), "floors", f"{side}_eflops"
