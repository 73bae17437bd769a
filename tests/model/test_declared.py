"""What is declared of tables and settings: the contract with everybody who has a model of his own.

The snapshots are to be read: a limit, default or unit that changes is a change for every user.
"""

from __future__ import annotations

import json
from math import inf, nextafter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layout.model.cells import out_of_bounds
from layout.model.costs import COMPONENTS, DEFAULT_PENALTY, INVARIANT, NATIONAL
from layout.model.schema import MEASURE_FEATURES, Settings
from layout.model.tables import TABLES, Column
from tests.snapshots import compare

SNAPSHOTS = Path(__file__).parent / "snapshots"
BOUNDED = [
    column
    for table in TABLES.values()
    for column in table
    if {column.minimum, column.maximum, column.plausible} != {None} or column.positive
]


def told(column: Column) -> str:
    """A column on one line."""
    low, high = ("" if end is None else f"{end:g}" for end in (column.minimum, column.maximum))
    parts = [
        f"{column.name}: {column.type}",
        f"[{column.unit}]" if column.unit else "",
        f"default {column.default!r}",
        "required" if column.required else "",
        "positive" if column.positive else "",
        f"{low} to {high}" if low + high else "",
        "plausible {:g} to {:g}".format(*column.plausible) if column.plausible else "",
        f"one of {', '.join(column.choices)}" if column.choices else "",
        f"of {column.refers_to}" if column.refers_to else "",
    ]
    return "  " + "; ".join(part for part in parts if part) + "\n"


def bare(schema: Any) -> Any:
    """A schema without words."""
    if isinstance(schema, dict):
        kept = {key: bare(value) for key, value in schema.items()}
        return {k: v for k, v in kept.items() if k != "description" and v != {"title": k}}
    return [bare(one) for one in schema] if isinstance(schema, list) else schema


def test_tables() -> None:
    lines = []
    for table in TABLES.values():
        needed = "; needed" if table.needed else ""
        lines.append(f"{table.name} by {', '.join(table.key)}{needed}\n")
        lines += [told(column) for column in table]
    compare(SNAPSHOTS / "tables.txt", "".join(lines))


def test_settings() -> None:
    schema = bare(Settings.model_json_schema())
    compare(SNAPSHOTS / "settings.json", json.dumps(schema, indent=1, ensure_ascii=False) + "\n")


def test_costs_and_measures() -> None:
    parts = {
        "components": COMPONENTS,
        "national": NATIONAL,
        "invariant": INVARIANT,
        "penalties": DEFAULT_PENALTY,
        "measures of features": MEASURE_FEATURES,
    }
    compare(SNAPSHOTS / "costs.json", json.dumps(parts, indent=1) + "\n")


@pytest.mark.parametrize("column", BOUNDED, ids=[f"{one.table}.{one.name}" for one in BOUNDED])
def test_a_limit_itself_is_allowed_and_what_lies_beyond_is_told(column: Column) -> None:
    """Impossible values are errors, implausible ones warnings, and one is never both."""

    def seen(value: float) -> list[tuple[str, int, str]]:
        found: list[tuple[str, int, str]] = []

        def report(code: str, row: int, severity: str = "error", **_: Any) -> None:
            found.append((code, row, severity))

        out_of_bounds(column, pd.Series([value], dtype=float), report)  # type: ignore[arg-type]
        return found

    low = -inf if column.minimum is None else column.minimum
    high = inf if column.maximum is None else column.maximum
    wrong = [nextafter(end, side) for end, side in ((low, -inf), (high, inf)) if abs(end) < inf]
    wrong += [0.0] if column.positive and column.type != "year" else []
    for value in wrong:
        if column.type != "year" or value != 0:
            assert seen(value) == [("impossible", 0, "error")], value
    if column.plausible is None:
        for end in (low, high):
            if abs(end) < inf and not (column.positive and end <= 0):
                assert seen(end) == []
        return
    least, most = column.plausible
    assert low <= least < most <= high
    assert seen(least) == seen(most) == []
    for value in (nextafter(least, -inf), nextafter(most, inf)):
        if low <= value <= high and not (column.positive and value <= 0):
            assert seen(value) == [("implausible", 0, "warning")], value
