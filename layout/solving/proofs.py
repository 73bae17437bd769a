"""Bounds that outlive the question they were proved for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layout.solving.alignment import alike

if TYPE_CHECKING:
    from layout.algebra import Compiled


@dataclass(frozen=True)
class Proof:
    """What no plan of a model falls below."""

    compiled: Compiled
    bound: float


def still_bounds(old: Compiled, new: Compiled) -> bool:
    """Whether a bound of the old model holds for the new: no more plans, and none is cheaper."""
    if old is new:
        return True
    if not alike(old, new):
        return False
    same = old.entries.coefficients is new.entries.coefficients
    if not same and (old.entries.coefficients != new.entries.coefficients).any():
        return False
    if (old.integrality & ~new.integrality).any() or new.offset < old.offset:
        return False
    within = (
        (new.column_lower >= old.column_lower).all()
        and (new.column_upper <= old.column_upper).all()
        and (new.row_lower >= old.row_lower).all()
        and (new.row_upper <= old.row_upper).all()
    )
    rise = new.cost - old.cost
    dearer = ((rise >= 0) | (new.column_upper <= 0)) & ((rise <= 0) | (new.column_lower >= 0))
    return bool(within and dearer.all())
