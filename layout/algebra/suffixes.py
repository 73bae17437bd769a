"""The Pyomo suffixes that take duals and reduced costs."""

from __future__ import annotations

from typing import Any

from pyomo.core.base.suffix import Suffix


def import_suffix(component: Any, name: str) -> Any:
    """The suffix of that name which takes solver results, on the component's block or above."""
    block = component.parent_block()
    while block is not None:
        found = block.component(name)
        if found is not None and found.ctype is Suffix and found.import_enabled():
            return found
        block = block.parent_block()
    return None


def write_suffix(suffix: Any, data: Any, number: float) -> None:
    """Write one result; nan takes the entry away."""
    if number != number:
        suffix.pop(data, None)
    else:
        suffix[data] = number
