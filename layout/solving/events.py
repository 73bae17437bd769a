"""What a run says while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SOLVER_TOLERANCE = 2e-6  # HiGHS prunes at 1e-6 absolute; closer than this nothing is known


@dataclass(frozen=True)
class Event:
    """Progress: `stage` and, while solving, incumbent and bound (mcny) with both gaps."""

    stage: str
    elapsed_s: float
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    gap_location: float | None = None


Progress = Callable[[Event], None]


def closed(objective: float, bound: float) -> bool:
    """Whether bound and objective agree as far as the solver's own tolerance can tell."""
    return abs(objective - bound) <= max(SOLVER_TOLERANCE, 1e-9 * abs(objective))


def relative_gap(objective: float, bound: float) -> float:
    """|objective − bound| / |objective|; 0 where both agree to rounding."""
    if closed(objective, bound):
        return 0.0
    return abs(objective - bound) / max(abs(objective), 1e-12)


def location_gap(objective: float, bound: float, invariant: float) -> float:
    """(objective − bound) / (objective − invariant): the gap on what siting can change."""
    if closed(objective, bound):
        return 0.0
    return abs(objective - bound) / max(abs(objective - invariant), 1e-12)
