"""Published lines beside which a national plan is read; they are no targets (R122, R138)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from layout.resources import folder

if TYPE_CHECKING:
    from layout.model import PlanningModel

MAINLAND_PROVINCES = 31
"""A model with demand in fewer provinces is of a part, and no line of the nation fits it."""

_LINES = {
    "facility_gwh": ("T042", 1000.0),  # TWh
    "carbon_without_renewables_kt": ("T043", 1000.0),  # Mt
    "green_share_certificates": ("T087", 0.01),  # %
}
"""Figure → fact in data/facts/targets.csv, and what its value is multiplied by."""


@dataclass(frozen=True)
class Comparison:
    """A key figure of the plan and the line: `line` in the figure's unit, for `year`.

    `bound` is the sign that the source gives (``>`` or none), `place` whose line it is.
    """

    figure: str
    value: float
    unit: str
    bound: str
    line: float
    year: int
    place: str
    source: str


def comparisons(figures: Mapping[str, Mapping[str, Any]], model: PlanningModel) -> list[Comparison]:
    """The lines for a plan of the whole nation; none for a part of it."""
    provinces = set(model["zones"]["province"]) - {""}
    if len(provinces) < MAINLAND_PROVINCES:
        return []
    found, facts = [], _facts()
    for name, (code, factor) in _LINES.items():
        value, fact = (figures.get(name) or {}).get("value"), facts[code]
        if value is None:
            continue
        source = ", ".join(filter(None, (fact["note"], fact["source"])))
        found.append(
            Comparison(
                name,
                float(value),
                str(figures[name]["unit"]),
                fact["bound"],
                float(fact["value"]) * factor,
                int(fact["year"]),
                fact["place"],
                source,
            )
        )
    return found


@cache
def _facts() -> dict[str, dict[str, str]]:
    path = folder("data") / "facts" / "targets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["target"]: row for row in csv.DictReader(file)}
