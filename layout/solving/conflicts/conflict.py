"""The smallest set of targets, limits and demands that cannot hold together.

The relaxation's irreducible subsystem gives the candidates; each is then left out in turn, and
the rest asked for a plan with whole modules. What is left is infeasible, and feasible without any
one of its members. Where only the integers are in the way, all items are candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layout.algebra import irreducible
from layout.solving.conflicts.items import UNITS, Item
from layout.solving.conflicts.system import System
from layout.solving.highs import new_solver

SUBSYSTEM_S = 5.0
"""Time for the irreducible subsystem of the relaxation."""


@dataclass(frozen=True)
class Clash:
    """Items that cannot hold together; `proved` that none of them can be left out."""

    items: tuple[Item, ...]
    proved: bool


def clash(system: System) -> Clash:
    """The conflict of an infeasible model; empty where none could be told.

    One without targets is preferred to one with: targets are then not what stands in the way.
    Of the others those are left out first that come last in `UNITS`, targets last of all.
    """
    pool = system.items
    bare = [item for item in pool if item.family != "target"]
    if len(bare) < len(pool) and system.feasible(bare) is False:
        pool = bare
    candidates = _subsystem(system, pool)
    if candidates is None or system.feasible(candidates) is not False:
        candidates = pool
        if system.feasible(pool) is not False:
            return Clash((), False)
    return _minimal(system, candidates)


def _subsystem(system: System, pool: Sequence[Item]) -> list[Item] | None:
    """The items in an irreducible infeasible subsystem of the relaxation; None if there is none."""
    arrays = system.with_items(pool)
    found = irreducible(arrays, time_limit_s=SUBSYSTEM_S, solver=new_solver(system.settings))
    if found is None:
        return None
    rows = {row.number for row in found.rows}
    return [item for item in pool if rows & set(item.rows.tolist())]


def _minimal(system: System, candidates: Sequence[Item]) -> Clash:
    """Leave items out, many at once while that is possible; what may not be left out stays."""
    order = list(UNITS)
    rest = sorted(candidates, key=lambda item: -order.index(item.family))
    needed: list[Item] = []
    proved, size = True, max(1, len(rest) // 4)
    while rest:
        part, after = rest[:size], rest[size:]
        answer = system.feasible([*needed, *after])
        if answer is False:
            rest, size = after, min(2 * size, max(1, len(after)))
        elif size > 1:
            size = size // 2
        else:
            needed, rest = [*needed, part[0]], after
            proved = proved and answer is True
    return Clash(tuple(reversed(needed)), proved)
