"""Limits on halls: how much space of some types stands at the sites of a place together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.model import derive

if TYPE_CHECKING:
    from layout.model import PlanningModel

Mask = NDArray[np.bool_]
BOUNDS = ("min", "max")


@dataclass(frozen=True)
class HallLimit:
    """A row of ``hall_limits`` that holds in a year: its sites, facility types and bounds, MW.

    `row` is its position in the table; `facilities` is '' where every type is counted.
    """

    row: int
    scope: str
    facilities: str
    sites: Mask
    halls: Mask
    min_it_mw: float
    max_it_mw: float

    def bound(self, side: str, stock_mw: float) -> float:
        """The ``min`` or ``max`` that holds beside so much stock of the sites and types, MW."""
        return self.min_it_mw if side == "min" else max(self.max_it_mw, stock_mw)

    @property
    def sides(self) -> tuple[str, ...]:
        """The bounds that say something."""
        says = {"min": self.min_it_mw > 0, "max": bool(np.isfinite(self.max_it_mw))}
        return tuple(side for side in BOUNDS if says[side])


HallKey = tuple[str, tuple[str, ...]]


def hall_key(scope: str, facilities: str) -> HallKey:
    """Whose halls a row counts, in whatever order it names the types."""
    return scope, tuple(sorted(derive.listed(facilities)))


def hall_limits(model: PlanningModel, year: int) -> list[HallLimit]:
    """The limits of a year in the order of the table; a row for the year beats one for all."""
    table = model["hall_limits"]
    known = model["facilities"]["facility"]
    holds: dict[HallKey, int] = {}
    for row, record in enumerate(table.to_dict("records")):
        if record["year"] in (0, year):
            key = hall_key(record["scope"], record["facilities"])
            holds[key] = row if record["year"] or key not in holds else holds[key]
    found = []
    for row in sorted(holds.values()):
        scope, facilities = (str(table[name].iloc[row]) for name in ("scope", "facilities"))
        named = derive.listed(facilities) or tuple(known)
        found.append(
            HallLimit(
                row,
                scope,
                facilities,
                derive.scope_sites(model, scope),
                known.isin(named).to_numpy(dtype=bool),
                *(float(table[f"{side}_it_mw"].iloc[row]) for side in BOUNDS),
            )
        )
    return found
