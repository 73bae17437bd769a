"""The functions that `layout` offers to Python: the command line without the screen."""

from __future__ import annotations

from layout.api.plans import (
    export,
    map_of,
    redispatch,
    report_of,
    solve,
    target_tests,
    targets,
    verify,
)
from layout.api.studies import (
    alternatives,
    compare,
    evaluate,
    explain,
    growth,
    index,
    settle,
    suitability,
    sweep,
    tradeoff,
    two_stage,
    uncertainty,
)

__all__ = [
    "alternatives",
    "compare",
    "evaluate",
    "explain",
    "export",
    "growth",
    "index",
    "map_of",
    "redispatch",
    "report_of",
    "settle",
    "solve",
    "suitability",
    "sweep",
    "target_tests",
    "targets",
    "tradeoff",
    "two_stage",
    "uncertainty",
    "verify",
]
