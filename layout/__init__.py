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
    "redispatch": ("layout.api", "redispatch"),
    "map": ("layout.api", "map_of"),
    "Plan": ("layout.plan", "Plan"),
    "Solver": ("layout.solving.solver", "Solver"),
}

__all__ = [
    "Plan",
    "Solver",
    "__version__",
    "map",
    "read",
    "redispatch",
    "solve",
    "targets",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used, so that starting stays fast."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'layout' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
