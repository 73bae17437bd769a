"""Floors of compute, subsidies and the utilisation gate: which sites each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layout.model import derive

if TYPE_CHECKING:
    from layout.model import PlanningModel

Mask = NDArray[np.bool_]
Positions = NDArray[np.int64]
FLOOR_PLACES = ("province", "region", "group")
SUBSIDY_PLACES = ("site", "province", "group")
"""Where a row of ``subsidies`` holds, the most specific first."""


@dataclass(frozen=True)
class Floor:
    """What ``floors`` says of a place and kind in a year: its sites, least and most EFLOPS."""

    of: str
    name: str
    sites: Mask
    kind: str
    min_eflops: float
    max_eflops: float


def floors(model: PlanningModel, year: int) -> list[Floor]:
    """The floors of a year; a row for the year beats one for every year."""
    table = model["floors"]
    rows = table[table["year"].isin([0, year])].sort_values("year", kind="stable")
    found = {}
    for row in rows.to_dict("records"):
        of = next(name for name in FLOOR_PLACES if row[name])
        sites = derive.scope_sites(model, f"{of}:{row[of]}")
        low, high = float(row["min_eflops"]), float(row["max_eflops"])
        key = of, str(row[of]), str(row["kind"])
        found[key] = Floor(of, key[1], sites, key[2], low, high)
    return [found[key] for key in sorted(found)]


def subsidy_names(model: PlanningModel) -> list[str]:
    """Rows of ``subsidies`` by what they name: ``province:520000`` or ``site:GUIAN+hall``."""
    rows = model["subsidies"].to_dict("records")
    places = [next(f"{of}:{row[of]}" for of in SUBSIDY_PLACES if row[of]) for row in rows]
    return [
        f"{place}+{row['facility']}" if row["facility"] else place
        for place, row in zip(places, rows, strict=True)
    ]


def subsidy_rows(model: PlanningModel) -> Positions:
    """Site × facility → row of ``subsidies`` that applies, −1 for none.

    A row for a site beats one for its province, and that one for a group; in one place a row
    for a facility type beats one for all of them.
    """
    facilities = model["facilities"]["facility"].to_numpy(dtype=object)
    found = np.full((len(model["sites"]), len(facilities)), -1, dtype=np.int64)
    for place in reversed(SUBSIDY_PLACES):
        for single in (False, True):
            for row, (name, facility) in enumerate(
                zip(model["subsidies"][place], model["subsidies"]["facility"], strict=True)
            ):
                if name and bool(facility) == single:
                    sites = derive.scope_sites(model, f"{place}:{name}")
                    halls = facilities == facility if single else np.full(len(facilities), True)
                    found[np.ix_(sites, halls)] = row
    return found


def gated_places(model: PlanningModel) -> tuple[tuple[str, ...], Positions]:
    """The places of the gate in sorted order, and the place of every site; none without a gate."""
    scope = model.settings.balance.gate.scope
    if scope == "none":
        return (), np.full(len(model["sites"]), -1, dtype=np.int64)
    names, at = np.unique(model["sites"][scope].to_numpy(dtype=str), return_inverse=True)
    return tuple(str(name) for name in names), at.astype(np.int64)
