"""Tables and records as text, the same bytes for the same content."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout.formulas import guarded
from layout.plan.files import NUMBER, TEXT, Column, PlanFile

_RECORD_ORDER = (
    "format model title objective status objective_mcny bound_mcny gap gap_location "
    "cost_breakdown_mcny kpis targets verification size seconds peak_memory_mb settings manifest"
).split()


def csv_text(file: PlanFile, frame: pd.DataFrame) -> str:
    """A table as CSV: rows by key, shortest exact numbers, empty for no value, LF ends.

    A text that a spreadsheet would take for a formula begins with an apostrophe, which reading
    takes away again. Service rows that serve nothing are left out. Raises ValueError on an
    infinite number.
    """
    ordered = file.frame(frame)
    if file.name == "service":
        ordered = ordered[ordered["served_eflops"] != 0]
    columns = [_cells(column, ordered[column.name]) for column in file.columns]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(file.names)
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _cells(column: Column, values: pd.Series) -> Iterable[Any]:
    if column.type == TEXT:
        return ["" if pd.isna(value) else guarded(_lines(str(value))) for value in values.tolist()]
    if column.type == NUMBER:
        numbers = values.to_numpy(dtype=float)
        if np.isinf(numbers).any():
            raise ValueError(f"an infinite number in {column.name}")
        return ["" if math.isnan(value) else repr(value + 0.0) for value in numbers.tolist()]
    return values.tolist()


def _lines(text: str) -> str:
    """The text with one kind of line end: a bare return would end the row for some readers."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def json_text(record: Mapping[str, Any]) -> str:
    """A record as JSON: known keys in their order, the others and all inner ones sorted."""
    clean = json_ready(record)
    first = [key for key in _RECORD_ORDER if key in clean]
    rest = sorted(key for key in clean if key not in first)
    inner = {key: json.loads(json.dumps(clean[key], sort_keys=True)) for key in first + rest}
    return json.dumps(inner, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def json_ready(value: Any) -> Any:
    """Plain JSON values: numpy scalars as numbers, NaN and infinity as null, −0 as 0."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | np.ndarray):
        return [json_ready(inner) for inner in value]
    if isinstance(value, np.generic):
        return json_ready(value.item())
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def json_record(text: str) -> dict[str, Any]:
    """The record a JSON text holds. Raises ValueError when it holds none (or NaN)."""
    record = json.loads(text, parse_constant=_no_constant)
    if not isinstance(record, dict):
        raise ValueError("not a record")
    return record
