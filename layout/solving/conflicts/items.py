"""Targets, limits and demands as the planner states them, with the rows that say them.

An item is one number of the input (a target's value, the space of a site, a demand …). It may
stand in several rows, one for each year or zone; changing it moves the bounds of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.algebra import Compiled
from layout.formulation import Formulation
from layout.formulation.linear import Floats, Ints
from layout.model import derive
from layout.model.supplies import Data, data_of
from layout.solving.changes import LASTING
from layout.solving.limits import CORRIDORS, NAMED, OF_SITE, hall_limit_of, stated

if TYPE_CHECKING:
    from layout.model import PlanningModel

UNITS = {
    "target": "",
    "remote": "share",
    "commitment": "",
    "chip_supply": "EFLOPS",
    "certificate_cap": "GWh",
    "floor": "EFLOPS",
    "hall_limit": "MW",
    "gate_build": "MW",
    "renewable_potential": "GWh",
    "corridor": "MW",
    "corridor_slice": "MW",
    "site_limit": "MW",
    "land": "ha",
    "staff": "persons",
    "site_headroom": "MW",
    "power_headroom": "MW",
    "energy_quota": "GWh",
    "water_limit": "ML",
    "link_capacity": "Gbps",
    "storage_demand": "EB",
    "served": "EFLOPS",
}
"""Family of rows → unit of what it limits; targets first, demand last."""
DEMANDS = ("storage_demand", "served")
COMMITTED = {"eflops": "EFLOPS", "it_mw": "MW"}
SITE_COLUMNS = {
    "site_limit": "max_it_mw",
    "land": "land_ha",
    "staff": "staff_limit_persons",
    "site_headroom": "grid_headroom_mw",
}
CELLS = {
    **dict.fromkeys(CORRIDORS, ("corridors", "capacity_mw", ("from", "to"))),
    **{family: ("sites", column, ("site",)) for family, column in SITE_COLUMNS.items()},
    "remote": ("workloads", "max_remote_share", ("workload",)),
    "chip_supply": ("chips", "max_eflops", ("kind", "year")),
    "served": ("demand", "demand_eflops", ("zone", "workload", "year")),
}
"""Family → table, column, and what the first parts of a row's key are called there."""
POWER_COLUMNS = {"power_headroom": "grid_headroom_mw", "energy_quota": "energy_quota_gwh"}


@dataclass(frozen=True)
class Edit:
    """Where an item's number is given: a setting's key, or a column in rows of a table.

    `per_unit` is by how much the number grows when the item grows by one of its own units.
    """

    path: str
    table: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    per_unit: float = 1.0


@dataclass(frozen=True, eq=False)
class Item:
    """One number that may stand in the way of every plan.

    `side` is the bound that it gives its `rows`; one unit more (upper) or less (lower) moves that
    bound by `slopes`. `edit` is None where no single number of the input says it. `key` is
    what its rows are called by, without years; for a target the unit of its numerator.
    """

    family: str
    id: str
    place: str
    value: float
    unit: str
    side: str
    rows: Ints
    slopes: Floats
    edit: Edit | None = None
    source: str | None = None
    key: tuple[str, ...] = ()

    @property
    def sort(self) -> str:
        """target, limit or demand."""
        if self.family in DEMANDS:
            return "demand"
        return "target" if self.family == "target" else "limit"

    @property
    def outward(self) -> float:
        """1 where a larger number lets more plans in, -1 where a smaller one does."""
        return 1.0 if self.side == "upper" else -1.0

    def record(self) -> dict[str, Any]:
        """The item as ``explanation.json`` names it."""
        return {
            "type": self.family,
            "id": self.id,
            "place": self.place,
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
        }


def items_of(formulation: Formulation, compiled: Compiled) -> list[Item]:
    """Every item that bounds a row of the compiled formulation, targets first."""
    found = _targets(formulation, compiled)
    for family in UNITS:
        if family == "target" or family not in formulation.constraints:
            continue
        rows = compiled.rows_of(formulation.constraints[family])
        lower, upper = compiled.row_lower[rows], compiled.row_upper[rows]
        groups: dict[tuple[Any, str], list[int]] = {}
        for position in range(len(rows)):
            for side in _sides(family, lower[position], upper[position]):
                groups.setdefault((_number(formulation, family, position), side), []).append(
                    position
                )
        for (_, side), positions in groups.items():
            found.append(_limit(formulation, compiled, family, side, positions))
    return [item for item in found if np.isfinite(item.value)]


def _sides(family: str, lower: float, upper: float) -> list[str]:
    """The bounds of a row that are there; of a demand, that it is met."""
    if family in DEMANDS:
        return ["lower"] if lower > 0 else []
    sides = [("lower", lower), ("upper", upper)]
    return [side for side, bound in sides if np.isfinite(bound)]


def _key(formulation: Formulation, family: str, position: int) -> tuple[str, ...]:
    index = formulation.constraints[family].index
    return tuple(str(index[name][position]) for name in index.names)


def _number(formulation: Formulation, family: str, position: int) -> tuple[Any, ...]:
    """What rows of one number have in common."""
    index = formulation.constraints[family].index
    if family == "remote":
        return (index["workload"][position],)
    named = {name: str(index[name][position]) for name in index.names}
    if family == "hall_limit":
        scope, facilities, side, year = named.values()
        return hall_limit_of(formulation.case.model, scope, facilities, int(year)).row, side
    if family == "storage_demand":
        scope, year = named.values()
        return scope, _data(formulation.case.model, scope, year).rows
    if family in SITE_COLUMNS or family in POWER_COLUMNS or family == "renewable_potential":
        named.pop("year", None)
    if family in CORRIDORS:
        return named["from"], named["to"]
    return tuple(named.values())


def _targets(formulation: Formulation, compiled: Compiled) -> list[Item]:
    """Hard targets; one that holds in every year is one number."""
    constraint = formulation.constraints.get("target")
    if constraint is None:
        return []
    rows, index = compiled.rows_of(constraint), constraint.index
    units = {
        name: ratio.unit
        for year in formulation.years
        for name, ratio in year.targets.ratios.items()
    }
    found = []
    for target in formulation.case.settings.targets:
        at = np.flatnonzero(index["target"] == target.id)
        sides = np.isfinite(compiled.row_lower[rows[at]]) | np.isfinite(
            compiled.row_upper[rows[at]]
        )
        if target.mode != "hard" or not sides.any():
            continue
        found.append(
            Item(
                "target",
                target.id,
                target.scope,
                float(target.value),
                target.unit or units[target.id],
                "lower" if target.sense == "at_least" else "upper",
                rows[at[sides]],
                np.ones(int(sides.sum())),
                Edit(f"targets.{target.id}.value"),
                target.source,
                (units[target.id],),
            )
        )
    return found


def _limit(
    formulation: Formulation, compiled: Compiled, family: str, side: str, positions: list[int]
) -> Item:
    first = positions[0]
    key = _key(formulation, family, first)
    rows = compiled.rows_of(formulation.constraints[family])[positions]
    bound = (compiled.row_lower if side == "lower" else compiled.row_upper)[rows]
    value, edit = float(bound[0]), _edit(formulation.case.model, family, key, side)
    slopes = bound / bound[0] if family == "storage_demand" else np.ones(len(rows))
    if family in OF_SITE or family in POWER_COLUMNS or family == "hall_limit":
        value = float(stated(formulation, family, first))
    if family == "remote":
        value = _share(formulation.case.model, key[1])
        slopes = np.array([_demand(formulation, family, position) for position in positions])
    if family == "renewable_potential" and "contract_potential" in formulation.constraints:
        assert edit is not None
        extra = compiled.rows_of(formulation.constraints["contract_potential"])[positions]
        rows, slopes = np.append(rows, extra), np.append(slopes, np.full(len(extra), edit.per_unit))
    return Item(
        family,
        f"{family}[{key[1] if family == 'remote' else ','.join(key)}]",
        key[1] if family in (*NAMED, "water_limit", "remote") else key[0],
        value,
        COMMITTED.get(key[-1]) or UNITS[family],
        side,
        rows,
        slopes,
        edit,
        key=_without_year(formulation, family, key),
    )


def _without_year(formulation: Formulation, family: str, key: tuple[str, ...]) -> tuple[str, ...]:
    if family == "remote":
        return (key[1],)
    years = {str(year.year) for year in formulation.years}
    return tuple(part for part in key if part not in years)


def _demand(formulation: Formulation, family: str, position: int) -> float:
    """The demand behind a row of the same zone, workload and year."""
    index = formulation.constraints[family].index
    served = formulation.constraints["served"]
    key = tuple(index[name][position] for name in ("zone", "workload", "year"))
    return float(served.lower[served.index.position(key)])


def _share(model: PlanningModel, workload: str) -> float:
    table = model["workloads"]
    return float(table["max_remote_share"].to_numpy(float)[table["workload"] == workload][0])


def _edit(model: PlanningModel, family: str, key: tuple[str, ...], side: str) -> Edit | None:
    """Where the input says a number; None where it is not one cell."""
    bound = "min" if side == "lower" else "max"
    if family == "certificate_cap":
        return Edit("economy.certificate_cap_gwh")
    if family == "renewable_potential":
        return _renewable(model, key)
    if family == "commitment":
        where = {"site": key[0], "kind": key[1], "year": key[2]}
        edit = _cell(model, "commitments", f"{bound}_{key[3]}", **where)
        forbidden = edit and model["commitments"]["status"].iloc[edit.rows[0]] == "forbidden"
        return None if forbidden else edit
    if family == "floor":
        where = {key[0]: key[1], "kind": key[2]}
        cells = [_cell(model, "floors", f"{bound}_eflops", **where, year=y) for y in (key[3], "0")]
        return cells[0] or cells[1]
    if family == "hall_limit":
        where = {"scope": key[0], "facilities": key[1]}
        cells = [_cell(model, "hall_limits", f"{key[2]}_it_mw", **where, year=y) for y in key[3:]]
        return cells[0] or _cell(model, "hall_limits", f"{key[2]}_it_mw", **where, year="0")
    if family == "storage_demand":
        return _of_data(model, _data(model, *key))
    if family in POWER_COLUMNS:
        where = {key[0]: key[1]} | ({"tariff_zone": ""} if key[0] == "province" else {})
        return _cell(model, "power", POWER_COLUMNS[family], **where)
    if family not in CELLS:
        return None
    table, column, names = CELLS[family]
    where = {name: key[1] if family == "remote" else key[at] for at, name in enumerate(names)}
    edit = _cell(model, table, column, **where)
    return _of_demand(model, edit) if family == "served" and edit is not None else edit


def _of_demand(model: PlanningModel, edit: Edit) -> Edit:
    """A cell of ``demand``; what is planned for has efficiency, rebound and sectors in it."""
    given, planned = (
        float(table["demand_eflops"].to_numpy(float)[edit.rows[0]])
        for table in (model["demand"], derive.demand(model))
    )
    return replace(edit, per_unit=given / planned)


def _data(model: PlanningModel, scope: str, year: str) -> Data:
    """The data behind a row of the formulation."""
    return next(one for one in data_of(model, int(year)) if one.scope == scope)


def _of_data(model: PlanningModel, data: Data) -> Edit | None:
    """The cell of ``storage_demand`` that says all data of a scope; what they grow to follows."""
    if len(data.rows) != 1:
        return None
    row = model["storage_demand"].iloc[data.rows[0]]
    where = {name: str(row[name]) for name in ("zone", "residency", "year")}
    edit = _cell(model, "storage_demand", "stored_eb", **where)
    return edit and replace(edit, per_unit=float(row["stored_eb"]) / data.stored_eb)


def _cell(model: PlanningModel, table: str, column: str, **where: str) -> Edit | None:
    """The cell of the one row that meets all conditions; None where there is not just one."""
    frame = model[table]
    chosen: NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
    for name, value in where.items():
        chosen &= (frame[name].astype(str) == value).to_numpy()
    rows = tuple(int(row) for row in np.flatnonzero(chosen))
    if len(rows) != 1:
        return None
    conditions = ",".join(f"{name}={value}" for name, value in where.items())
    return Edit(f"{table}[{conditions}].{column}", table, column, rows)


def _renewable(model: PlanningModel, key: tuple[str, ...]) -> Edit | None:
    from layout.units import GWH_PER_MW_YEAR

    table = model["renewables"]
    own = ((table["site"] == key[0]) & (table["technology"] == key[1])).any()
    where = {"site" if own else "province": key[0], "technology": key[1]}
    edit = _cell(model, "renewables", "potential_mw", **where, **({} if own else {"site": ""}))
    if edit is None:
        return None
    yields = GWH_PER_MW_YEAR * float(table["capacity_factor"].iloc[edit.rows[0]])
    return replace(edit, per_unit=1 / yields) if yields > 0 else None


def number_of(model: PlanningModel, item: Item, value: float) -> float:
    """The number in the input at which the item has this value, in its own unit there."""
    assert item.edit is not None
    return value * item.edit.per_unit


def edited(model: PlanningModel, values: Mapping[Item, float]) -> PlanningModel:
    """The model with other numbers in the place of some items'.

    Raises ValueError for an item that no single number of the input says.
    """
    settings, tables = model.settings, dict(model.tables)
    for item, value in values.items():
        edit = item.edit
        if edit is None:
            raise ValueError(f"{item.id} is not one number of the input")
        number = number_of(model, item, value)
        if item.family == "target":
            targets = [
                one.model_copy(update={"value": number}) if one.id == item.id else one
                for one in settings.targets
            ]
            settings = settings.model_copy(update={"targets": targets})
        elif not edit.table:
            economy = settings.economy.model_copy(update={edit.path.partition(".")[2]: number})
            settings = settings.model_copy(update={"economy": economy})
        else:
            column = tables[edit.table][edit.column].to_numpy(float).copy()
            column[list(edit.rows)] = number
            tables[edit.table] = tables[edit.table].assign(**{edit.column: column})
    return with_kept(model, replace(model, settings=settings, tables=tables))


def with_kept(old: PlanningModel, new: PlanningModel) -> PlanningModel:
    """A model that differs in numbers alone, with what follows from none of them."""
    lasting = {
        key: known for key, known in old.kept.items() if getattr(key[0], "__name__", "") in LASTING
    }
    new.kept.update(lasting)
    return new


def as_set(model: PlanningModel, item: Item, value: float) -> str:
    """The change as ``--set`` takes it."""
    assert item.edit is not None
    return f"{item.edit.path}={number_of(model, item, value):.12g}"
