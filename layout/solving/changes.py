"""A planning model with other targets, prices, demand or rates: what a study changes.

A number is the new value, a text like ``*1.2`` a factor of what the study's first model said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layout.errors import InputError, Problem
from layout.model.document import Node, Place
from layout.model.naming import nearest, shown
from layout.model.planning import PlanningModel
from layout.model.settings import build_settings

if TYPE_CHECKING:
    import pandas as pd

    from layout.model.schema import Economy, Target

Amount = float | str
Key = str | int | tuple[str | int, ...]
Amounts = Mapping[Any, Amount] | str

FACTOR = "*"
DEMAND_KEY = ("zone", "workload", "year")
LASTING = frozenset(
    {
        "site_kinds",
        "facility_kinds",
        "_efficiency",
        "offers",
        "blocks",
        "power_rows",
        "reach",
        "admissible",
        "backbone",
        "children",
        "hosts",
        "hosting",
    }
)
"""What is worked out from a model once and read neither from targets, prices, demand nor rates."""


def changed(
    model: PlanningModel,
    origin: PlanningModel,
    *,
    targets: Mapping[str, Amount | Mapping[str, Any]] | None = None,
    prices: Amounts | None = None,
    demand: Amounts | None = None,
    **economy: Amount | None,
) -> PlanningModel:
    """`model` with some of its inputs changed; factors multiply what `origin` says.

    `targets`: id → value, or some of its keys (value, mode, penalty). `prices`: province or tariff
    zone → CNY/kWh. `demand`: (zone, workload, year), or its first parts for all of the rest →
    EFLOPS. Keyword arguments are keys of ``economy:``. Raises InputError with every problem.
    """
    problems: list[Problem] = []
    settings, tables = model.settings, dict(model.tables)
    if targets:
        settings = settings.model_copy(
            update={"targets": _targets(model, origin, targets, problems)}
        )
    if economy:
        rates = _economy(model, origin, economy, problems)
        settings = settings.model_copy(update={"economy": rates})
    if prices is not None:
        tables["power"] = _prices(model["power"], origin["power"], prices, problems)
    if demand is not None:
        tables["demand"] = _demand(model["demand"], origin["demand"], demand, problems)
    if problems:
        raise InputError(problems)
    result = replace(model, settings=settings, tables=tables)
    result.kept.update({key: known for key, known in model.kept.items() if _lasts(key)})
    return result


def _lasts(key: Any) -> bool:
    return getattr(key[0], "__name__", "") in LASTING


def differences(old: PlanningModel, new: PlanningModel) -> set[str]:
    """What two models differ in: ``table.column``, ``economy.key``, ``targets.value`` or a setting.

    A table of other rows, or targets that differ in more than their values, go by their name.
    """
    found: set[str] = set()
    for name in {*old.tables, *new.tables}:
        if name not in old.tables or name not in new.tables:
            found.add(name)
        elif old[name] is not new[name]:
            found |= _columns(name, old[name], new[name])
    for name in type(new.settings).model_fields:
        before, after = getattr(old.settings, name), getattr(new.settings, name)
        if name in ("solver", "scenarios", "title", "description") or before == after:
            continue
        if name == "economy":
            keys = type(after).model_fields
            found |= {f"economy.{k}" for k in keys if getattr(before, k) != getattr(after, k)}
        elif name == "targets" and _but_for_values(before, after):
            found.add("targets.value")
        else:
            found.add(name)
    return found


def _columns(name: str, old: pd.DataFrame, new: pd.DataFrame) -> set[str]:
    if len(old) != len(new) or list(old.columns) != list(new.columns):
        return {name}
    return {f"{name}.{column}" for column in old if not old[column].equals(new[column])}


def _but_for_values(old: list[Target], new: list[Target]) -> bool:
    if len(old) != len(new):
        return False
    return all(
        one.model_copy(update={"value": other.value}) == other
        for one, other in zip(old, new, strict=True)
    )


def _unknown(argument: str, name: object, known: list[str]) -> Problem:
    values = {"name": shown(name), "hint": nearest(str(name), known), "known": ", ".join(known)}
    return Place(f"Solver.update({argument}=…)").problem("unknown_key", None, **values)


def _amount(
    argument: str, given: Any, of: NDArray[np.float64], problems: list[Problem]
) -> NDArray[np.float64]:
    """New values in the place of `of`: a number, or a factor of each of them; never below zero."""
    place = Place(f"Solver.update({argument}=…)")
    factor = isinstance(given, str)
    words = str(given).strip()
    try:
        number = float(words.removeprefix(FACTOR)) if not isinstance(given, bool) else np.nan
    except ValueError:
        number = np.nan
    if (factor and not words.startswith(FACTOR)) or not np.isfinite(number):
        code = "set_factor" if factor else "key_type"
        problems.append(place.problem(code, found=shown(given), name=argument, type="number"))
        return of
    if number < 0:
        problems.append(place.problem("key_range", name=argument, found=shown(given), range="≥ 0"))
        return of
    return of * number if factor else np.full(len(of), number)


def _targets(
    model: PlanningModel,
    origin: PlanningModel,
    given: Mapping[str, Any],
    problems: list[Problem],
) -> list[Target]:
    targets = {target.id: target for target in model.settings.targets}
    first = {target.id: target for target in origin.settings.targets}
    for name, change in given.items():
        if name not in targets:
            problems.append(_unknown("targets", name, list(targets)))
            continue
        keys = dict(change) if isinstance(change, Mapping) else {"value": change}
        if isinstance(keys.get("value"), str):
            value = np.array([first[name].value])
            keys["value"] = float(_amount("targets", keys["value"], value, problems)[0])
        whole = {**targets[name].model_dump(exclude_none=True), **keys}
        checked = _checked(model, {"targets": [whole]}, "targets", problems)
        if checked is not None and checked.targets:
            targets[name] = checked.targets[0]
    return list(targets.values())


def _economy(
    model: PlanningModel,
    origin: PlanningModel,
    given: Mapping[str, Any],
    problems: list[Problem],
) -> Economy:
    own, known = model.settings.economy, type(model.settings.economy).model_fields
    keys: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            problems.append(_unknown(name, name, [*known, "targets", "prices", "demand"]))
        elif isinstance(value, str) and getattr(origin.settings.economy, name) is not None:
            before = np.array([getattr(origin.settings.economy, name)], dtype=float)
            keys[name] = float(_amount(name, value, before, problems)[0])
        else:
            keys[name] = value
    checked = _checked(model, {"economy": keys}, "economy", problems) if keys else None
    if checked is None:
        return own
    return own.model_copy(update={name: getattr(checked.economy, name) for name in keys})


def _checked(
    model: PlanningModel, part: dict[str, Any], argument: str, problems: list[Problem]
) -> Any:
    """The settings that hold a part of the tree alone, checked as those of a file are."""
    own = model.settings
    years = {"layout": 1, "base_year": own.base_year, "periods": list(own.periods)}
    place = Place(f"Solver.update({argument}=…)")
    found: list[Problem] = []
    checked = build_settings(_tree({**years, **part}, place), found)
    problems += found
    return None if found else checked


def _tree(value: Any, place: Place) -> Node:
    if isinstance(value, Mapping):
        tree = {str(key): _tree(part, place) for key, part in value.items()}
        return Node(tree, place, dict.fromkeys(tree, place))
    if isinstance(value, list | tuple):
        return Node([_tree(part, place) for part in value], place)
    return Node(value, place)


def _prices(
    table: pd.DataFrame, first: pd.DataFrame, given: Amounts, problems: list[Problem]
) -> pd.DataFrame:
    zoned = (table["tariff_zone"] != "").to_numpy()
    names = np.where(zoned, table["tariff_zone"], table["province"]).astype(object)
    column = "price_cny_per_kwh"
    base = first[column].to_numpy(dtype=float)
    values = table[column].to_numpy(dtype=float).copy()
    changes = {None: given} if isinstance(given, str) else given
    for name, amount in changes.items():
        rows = np.ones(len(names), dtype=bool) if name is None else names == str(name)
        if not rows.any():
            problems.append(_unknown("prices", name, sorted({str(name) for name in names})))
            continue
        values[rows] = _amount("prices", amount, base[rows], problems)
    return table.assign(**{column: values})


def _demand(
    table: pd.DataFrame, first: pd.DataFrame, given: Amounts, problems: list[Problem]
) -> pd.DataFrame:
    base = first["demand_eflops"].to_numpy(dtype=float)
    values = table["demand_eflops"].to_numpy(dtype=float).copy()
    labels = [table[name].astype(str).to_numpy(dtype=object) for name in DEMAND_KEY]
    changes = {(): given} if isinstance(given, str) else given
    for key, amount in changes.items():
        parts = key if isinstance(key, tuple) else (key,)
        rows = np.ones(len(values), dtype=bool)
        for part, column in zip(parts, labels, strict=False):
            met = rows & (column == str(part))
            if not met.any():
                known = sorted({str(label) for label in column[rows]})
                problems.append(_unknown("demand", part, known))
            rows = met
        if rows.any():
            values[rows] = _amount("demand", amount, base[rows], problems)
    return table.assign(demand_eflops=values)
