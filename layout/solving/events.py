"""What a run says while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


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


def relative_gap(objective: float, bound: float) -> float:
    """|objective − bound| / |objective|; 0 where both agree to rounding."""
    difference = abs(objective - bound)
    if difference <= 1e-9 * max(1.0, abs(objective)):
        return 0.0
    return difference / max(abs(objective), 1e-12)


def location_gap(objective: float, bound: float, invariant: float) -> float:
    """(objective − bound) / (objective − invariant): the gap on what siting can change."""
    difference = abs(objective - bound)
    if difference <= 1e-9 * max(1.0, abs(objective)):
        return 0.0
    return difference / max(abs(objective - invariant), 1e-12)
