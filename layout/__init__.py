"""Planning of general, intelligent and supercomputing capacity: `solve`, `verify`, `map`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "read": ("layout.model", "read_model"),
    "solve": ("layout.api", "solve"),
    "verify": ("layout.api", "verify"),
    "targets": ("layout.api", "targets"),
    "target_tests": ("layout.api", "target_tests"),
    "redispatch": ("layout.api", "redispatch"),
    "map": ("layout.api", "map_of"),
    "report_of": ("layout.api", "report_of"),
    "export": ("layout.api", "export"),
    "evaluate": ("layout.api", "evaluate"),
    "compare": ("layout.api", "compare"),
    "growth": ("layout.api", "growth"),
    "uncertainty": ("layout.api", "uncertainty"),
    "two_stage": ("layout.api", "two_stage"),
    "sweep": ("layout.api", "sweep"),
    "explain": ("layout.api", "explain"),
    "settle": ("layout.api", "settle"),
    "alternatives": ("layout.api", "alternatives"),
    "tradeoff": ("layout.api", "tradeoff"),
    "suitability": ("layout.api", "suitability"),
    "index": ("layout.api", "index"),
    "Plan": ("layout.plan", "Plan"),
    "Solver": ("layout.solving.solver", "Solver"),
}

__all__ = [
    "Plan",
    "Solver",
    "__version__",
    "alternatives",
    "compare",
    "evaluate",
    "explain",
    "export",
    "growth",
    "index",
    "map",
    "read",
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


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used, so that starting stays fast."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'layout' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
