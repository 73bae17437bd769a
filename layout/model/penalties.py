"""What a soft target's shortfall costs where the target names no penalty."""

from __future__ import annotations

DEFAULT_PENALTY = {
    "EFLOPS FP32": 20_000.0,
    "EFLOPS": 20_000.0,
    "MW": 100.0,
    "GWh": 10.0,
    "kt": 10.0,
    "mcny": 10.0,
    "sites": 10_000.0,
    "ms": 1.0,
}
"""mcny per unit of the measure's numerator: far above what any unit costs in the shipped data,
so that a soft target is missed only when it must be."""
