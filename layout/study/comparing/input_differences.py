"""What two models say differently, cell by cell: settings by path, tables by the key of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from math import isinf, isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.model.schema import Target
from layout.model.tables import TABLES, Table
from layout.model.writing import number_text

if TYPE_CHECKING:
    from layout.model import PlanningModel, Settings

SETTINGS = "settings"
CHANGED, ADDED, REMOVED = "changed", "added", "removed"
UNSAID = ("scenarios",)
"""Settings that say nothing of the question."""
COLUMNS = ("part", "key", "column", "change", "first_text", "compared_text")


def input_differences(old: PlanningModel, new: PlanningModel) -> pd.DataFrame:
    """One row for each setting and cell that differs, each row and each target of only one model.

    Columns: part (``settings`` or a table), key (dotted path, or ``column=value`` of the row's
    key; ``targets.ID`` for a target that only one has), column, change (changed, added, removed),
    first_text, compared_text. Notes and sources of rows do not count.
    """
    rows = list(_settings(old.settings, new.settings))
    for name, table in TABLES.items():
        if old[name] is not new[name]:
            rows += _table(table, old[name], new[name])
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype("str")


def _settings(old: Settings, new: Settings) -> Iterator[tuple[str, ...]]:
    shared = {one.id for one in old.targets} & {one.id for one in new.targets}
    before, after = (_flat_settings(one, shared) for one in (old, new))
    for key in sorted({*before, *after}):
        first, second = before.get(key), after.get(key)
        if first == second:
            continue
        change = ADDED if key not in before else REMOVED if key not in after else CHANGED
        yield SETTINGS, key, "", change, _said(first), _said(second)


def _flat_settings(settings: Settings, shared: Set[str]) -> dict[str, Any]:
    """Dotted path → value. Targets go by their id: `shared` ones by field, another one whole."""
    plain = settings.model_dump(mode="json", exclude={"targets", *UNSAID})
    found = dict(_flat(plain))
    for target in settings.targets:
        fields = dict(_flat(target.model_dump(mode="json", exclude={"id"})))
        path = f"targets.{target.id}"
        if target.id in shared:
            found |= {f"{path}.{name}": value for name, value in fields.items()}
        else:
            found[path] = _whole(fields)
    return found


def _whole(fields: Mapping[str, Any]) -> str:
    """What a target says besides its id: the fields that are not as by default."""
    usual = {name: field.default for name, field in Target.model_fields.items()}
    return "; ".join(
        f"{name}={_said(value)}" for name, value in fields.items() if value != usual.get(name)
    )


def _flat(plain: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted paths and values."""
    for key, value in plain.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _said(value: Any) -> str:
    """A setting as text; nothing for what is not set."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(_said(part) for part in value)
    return number_text(value) if isinstance(value, float) else str(value)


def _table(table: Table, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Rows that only one has, then the cells that differ in rows of both."""
    keys = [_keys(table, frame) for frame in (old, new)]
    before, after = (pd.Series(np.arange(len(key)), index=key) for key in keys)
    lost, gained = _row_of(table, old), _row_of(table, new)
    for name in before.index.difference(after.index, sort=None):
        yield table.name, str(name), "", REMOVED, lost(int(before[name])), ""
    for name in after.index.difference(before.index, sort=None):
        yield table.name, str(name), "", ADDED, "", gained(int(after[name]))
    shared = [name for name in keys[0] if name in after.index]
    first, second = old.iloc[before[shared]], new.iloc[after[shared]]
    for column in table.names:
        if column in table.key:
            continue
        one, other = first[column].to_numpy(), second[column].to_numpy()
        for at in np.flatnonzero(_differs(one, other)):
            texts = _cell(one[at]), _cell(other[at])
            yield table.name, shared[int(at)], column, CHANGED, *texts


def _keys(table: Table, frame: pd.DataFrame) -> list[str]:
    """Every row by its key, as ``--set`` addresses it: ``province=520000,tariff_zone=GZ``."""
    columns = [frame[name].tolist() for name in table.key]
    return [
        ",".join(
            f"{name}={_cell(value)}"
            for name, value in zip(table.key, values, strict=True)
            if _cell(value)
        )
        for values in zip(*columns, strict=True)
    ]


def _row_of(table: Table, frame: pd.DataFrame) -> Callable[[int], str]:
    """Position → what a row says besides its key: the cells that are not as by default."""
    columns = [column for column in table if column.name not in table.key]
    cells = {column.name: frame[column.name].tolist() for column in columns}
    usual = {column.name: ("", _cell(column.default)) for column in columns}

    def said(at: int) -> str:
        found = {name: _cell(values[at]) for name, values in cells.items()}
        return "; ".join(
            f"{name}={cell}" for name, cell in found.items() if cell not in usual[name]
        )

    return said


def _differs(one: Any, other: Any) -> Any:
    """Where two columns differ; two empty numbers do not."""
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        return (one != other) & ~(np.isnan(one) & np.isnan(other))
    return one != other


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating):
        if isnan(value):
            return ""
        return "unlimited" if isinf(value) else number_text(float(value))
    return "" if value is None else str(value)
