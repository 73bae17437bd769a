"""Changing one thing of a plan in memory, or of the model it is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from layout.model import PlanningModel
from layout.plan import Plan
from layout.plan.files import FILES
from tests.builders import merged

Change = Callable[[Plan], Plan]


def _matching(frame: pd.DataFrame, where: dict[str, Any]) -> pd.Series:
    mask = pd.Series(True, frame.index)
    for name, value in where.items():
        mask &= frame[name] == value
    return mask


def _set(frame: pd.DataFrame, where: dict[str, Any], values: dict[str, Any]) -> pd.DataFrame:
    mask = _matching(frame, where)
    assert mask.any(), where
    found = frame.copy()
    for name, value in values.items():
        column = found[name].astype(object if isinstance(value, str) else float)
        column[mask] = value(column[mask]) if callable(value) else value
        found[name] = column
    return found


def _with_table(plan: Plan, name: str, frame: pd.DataFrame) -> Plan:
    return replace(plan, tables={**plan.tables, name: FILES[name].frame(frame)})


def cell(table: str, where: dict[str, Any], **values: Any) -> Change:
    """Set cells of the rows of the plan that match; a callable gets the old numbers."""
    return lambda plan: _with_table(plan, table, _set(plan[table], where, values))


def times(table: str, column: str, by: float, **where: Any) -> Change:
    """Multiply a column of the rows that match."""
    return cell(table, where, **{column: lambda old: old * by})


def drop(table: str, **where: Any) -> Change:
    """Take the matching rows out."""

    def change(plan: Plan) -> Plan:
        mask = _matching(plan[table], where)
        assert mask.any(), where
        return _with_table(plan, table, plan[table][~mask])

    return change


def only(table: str, **where: Any) -> Change:
    """Take all other rows out."""

    def change(plan: Plan) -> Plan:
        mask = _matching(plan[table], where)
        assert mask.any(), where
        return _with_table(plan, table, plan[table][mask])

    return change


def added(table: str, **values: Any) -> Change:
    """Add a row; what is not named is 0."""

    def change(plan: Plan) -> Plan:
        row = {name: values.get(name, 0) for name in plan[table].columns}
        frame = pd.concat([plan[table], pd.DataFrame([row])], ignore_index=True)
        return _with_table(plan, table, frame)

    return change


def _with_model(plan: Plan, model: PlanningModel) -> Plan:
    return replace(plan, model=model)


def model_cell(table: str, where: dict[str, Any], **values: Any) -> Change:
    """Set cells of the model."""

    def change(plan: Plan) -> Plan:
        frame = _set(plan.model[table], where, values)
        tables = {**plan.model.tables, table: frame}
        return _with_model(plan, replace(plan.model, tables=tables))

    return change


def model_row(table: str, **values: Any) -> Change:
    """Add a row to the model; what is not named is empty."""

    def change(plan: Plan) -> Plan:
        frame = plan.model[table]
        empty: dict[str, Any] = {}
        for name, kind in frame.dtypes.items():
            words = pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind)
            empty[str(name)] = "" if words else float("nan")
        row = pd.DataFrame([{**empty, **values}])
        frame = row if frame.empty else pd.concat([frame, row], ignore_index=True)
        tables = {**plan.model.tables, table: frame}
        return _with_model(plan, replace(plan.model, tables=tables))

    return change


def settings(**values: Any) -> Change:
    """Set settings of the model, nested ones as mappings."""

    def change(plan: Plan) -> Plan:
        old = plan.model.settings
        given = merged(old.model_dump(by_alias=True, exclude={"scenarios"}), values)
        found = type(old).model_validate(given)
        return _with_model(plan, replace(plan.model, settings=found))

    return change


def record(**values: Any) -> Change:
    """Set entries of plan.json; a callable gets the old one."""

    def change(plan: Plan) -> Plan:
        found = dict(plan.record)
        for name, value in values.items():
            found[name] = value(found.get(name)) if callable(value) else value
        return replace(plan, record=found)

    return change


def both(*changes: Change) -> Change:
    """Several changes in turn."""

    def change(plan: Plan) -> Plan:
        for one in changes:
            plan = one(plan)
        return plan

    return change
