"""The model of mean values of some models: what a planner who knows only the mean would solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

if TYPE_CHECKING:
    from layout.model import PlanningModel


class NoMean(Exception):
    """The models differ in something that is no number; the argument names it."""


def mean_model(models: Sequence[PlanningModel], weights: Sequence[float]) -> PlanningModel:
    """The first model with every number at its weighted mean. Raises NoMean."""
    first = models[0]
    settings = _value([one.resolved for one in models], weights, "settings")
    tables = {name: _table([one[name] for one in models], weights, name) for name in first.tables}
    return replace(first, settings=settings, tables=tables)


def _table(frames: Sequence[pd.DataFrame], weights: Sequence[float], name: str) -> pd.DataFrame:
    first = frames[0]
    if any(len(one) != len(first) or list(one) != list(first) for one in frames):
        raise NoMean(name)
    changes: dict[str, Any] = {}
    for column in first:
        if all(one[column].equals(first[column]) for one in frames[1:]):
            continue
        if not pd.api.types.is_float_dtype(first[column].dtype):
            raise NoMean(f"{name}.{column}")
        values = np.array([one[column].to_numpy(dtype=float) for one in frames])
        same = (values == values[0]).all(axis=0) | np.isnan(values).all(axis=0)
        mean = np.where(same, values[0], np.tensordot(np.asarray(weights), values, axes=1))
        if not np.isfinite(mean[~same]).all():
            raise NoMean(f"{name}.{column}")
        changes[str(column)] = mean
    return first.assign(**changes) if changes else first


def _value(values: Sequence[Any], weights: Sequence[float], name: str) -> Any:
    first = values[0]
    if all(one == first for one in values[1:]):
        return first
    if all(isinstance(one, BaseModel) and type(one) is type(first) for one in values):
        fields = type(first).model_fields
        update = {
            field: _value([getattr(one, field) for one in values], weights, f"{name}.{field}")
            for field in fields
        }
        return first.model_copy(update=update)
    if all(isinstance(one, list) and len(one) == len(first) for one in values):
        return [_value(part, weights, name) for part in zip(*values, strict=True)]
    if all(isinstance(one, float | int) and not isinstance(one, bool) for one in values):
        return float(np.dot(values, weights))
    raise NoMean(name.removeprefix("settings."))
