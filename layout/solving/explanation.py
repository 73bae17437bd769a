"""Why a model has no plan: the items that cannot hold together, and changes that let them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from layout.solving.highs import Settings

if TYPE_CHECKING:
    from layout.formulation import Formulation

CONFLICT_S = 60.0
"""No question about the conflict is begun later: who waits wants to know why, not to plan."""


def explain(formulation: Formulation, settings: Settings) -> dict[str, Any]:
    """explanation.json: `conflict`, what cannot hold together, and `ways_out`, cheapest first.

    `proved` says that no member of the conflict can be left out. The target or limit whose change
    is the cheapest way out comes first. Every way is solved; `verified` says that a plan was found.
    """
    from layout.solving.conflicts.conflict import clash
    from layout.solving.conflicts.system import System
    from layout.solving.conflicts.telling import named, record
    from layout.solving.conflicts.ways import ways

    limit = min(settings.time_limit_s, CONFLICT_S)
    settings = replace(settings, time_limit_s=limit, log_file=None)
    system = System(formulation, settings, time.perf_counter() + limit)
    found = clash(system)
    out = ways(system, found.items)
    first = {item: at for at, way in enumerate(out) for item in reversed(_changed(way))}
    conflict = sorted(
        found.items, key=lambda item: (item.sort == "demand", first.get(item, len(out)))
    )
    members = conflict or [item for way in out[:1] for item in _changed(way)]
    return {
        "conflict": [named(item, system.model) for item in members],
        "proved": found.proved,
        "ways_out": [record(way, system.model) for way in out],
    }


def _changed(way: Any) -> list[Any]:
    return [change.item for change in way.changes]
