"""Published figures of `data/facts`, found by a pointer, and short sums of them.

A pointer is ``table|entity|metric|date`` and, where the place is disputed, ``|words of the
source``: ``compute|nation|pue_mean|2025-06-30``. In `network` the entity of a pair is ``from>to``.
``share|table|metric|date|region`` is the share of a region's provinces, of figures (`economy`) or
of rows (`ai_centres`). An expression joins pointers and numbers with ``+ - * /``, each
between semicolons, from left to right.
"""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "data" / "facts"
USED = ("yes", "2024")
"""Cells of the column `chosen` that say: the data sets are made from this figure."""
OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True)
class Fact:
    """A figure with its bound (``>``, ``<=`` or nothing), date, source, and whether it is used."""

    value: float
    bound: str
    date: str
    source: str
    used: bool


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    with (FACTS / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


def _entity(row: dict[str, str]) -> str:
    if "entity" in row:
        return row["entity"]
    return f"{row['from_place']}>{row['to_place']}" if row["from_place"] else row["scope"]


def fact(pointer: str) -> Fact:
    """The one figure of a pointer. Raises LookupError when there is none, or more than one."""
    table, entity, metric, date, *words = pointer.split("|")
    found = [
        row
        for row in _rows(table)
        if (_entity(row), row["metric"], row["date"]) == (entity, metric, date)
        and all(part in row["source"] for part in words)
    ]
    if len(found) != 1:
        raise LookupError(f"{pointer}: {len(found)} figures")
    row = found[0]
    used = row.get("chosen", "no") in USED
    return Fact(float(row["value"]), row["bound"], row["date"], row["source"], used)


def evaluate(expression: str) -> Fact:
    """The figure of an expression, sources side by side; used when the first of its figures is.

    A bound is kept where only numbers follow: a quotient of two lower bounds bounds nothing.
    """
    tokens = expression.split(" ; ")
    total = _term(tokens[0])
    for sign, token in zip(tokens[1::2], tokens[2::2], strict=True):
        other = _term(token)
        total = Fact(
            OPERATIONS[sign](total.value, other.value),
            "" if "|" in token else total.bound,
            ", ".join(dict.fromkeys(filter(None, (total.date, other.date)))),
            "; ".join(dict.fromkeys(filter(None, (total.source, other.source)))),
            total.used,
        )
    return total


def _share(pointer: str) -> Fact:
    _, table, metric, date, region = pointer.split("|")
    regions = {row["place"]: row["region"] for row in _rows("places")}
    rows = [
        row for row in _rows(table) if not metric or (row["metric"], row["date"]) == (metric, date)
    ]
    weights = [float(row["value"]) if metric else 1.0 for row in rows]
    places = [regions[row["entity" if metric else "province"]] for row in rows]
    inside = sum(weight for weight, at in zip(weights, places, strict=True) if at == region)
    source = "; ".join(sorted({row["source"] for row in rows}))
    used = any(row.get("chosen", "no") in USED for row in rows)
    return Fact(inside / sum(weights), "", date, source, used)


def _term(token: str) -> Fact:
    if token.startswith("share|"):
        return _share(token)
    return fact(token) if "|" in token else Fact(float(token), "", "", "", False)
