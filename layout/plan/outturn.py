"""What really happened, set beside a target for comparison only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from layout.model import PlanningModel

_DATE = re.compile(r"^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$")


def end_of(date: str) -> float | None:
    """A date (``2025``, ``2025-06``, ``2025-06-30``) as a year count: the end of what it names."""
    match = _DATE.match(str(date).strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or month is None:
        return float(year or 0) + 1.0
    return year + (month if day is None else month - 1 + min(day, 31) / 31) / 12


def outturn_of(model: PlanningModel, target: Any, year: int) -> float | None:
    """The figure nearest to the end of `year` for the target's measure, scope, kind and basis.

    The target's own ``outturn`` comes first. Figures in FP32 are never mixed with others: a
    measure on the FP32 base takes rows without precision or in FP32 only. Of two equally near
    the later one counts. None where there is none.
    """
    if target.outturn is not None:
        return float(target.outturn)
    rows = model["outturn"]
    rows = rows[(rows["measure"] == target.measure).to_numpy(dtype=bool)]
    if rows.empty:
        return None
    same = rows["scope"] == target.scope
    for column in ("kind", "basis"):
        if column in rows:
            same &= rows[column] == (getattr(target, column) or "")
    if target.measure == "compute_eflops_fp32":
        same &= rows["precision"].isin(["", "FP32"])
    return _nearest(rows[same], year + 1.0)


def _nearest(rows: pd.DataFrame, moment: float) -> float | None:
    dated = [
        (abs(when - moment), -when, float(value))
        for when, value in zip(map(end_of, rows["date"]), rows["value"], strict=True)
        if when is not None and value == value
    ]
    return min(dated)[2] if dated else None
