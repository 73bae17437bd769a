"""What changes between two records of the same shape, so that a page holds the rest once.

A patch is ``[value]`` for another value, ``0`` for a part that is gone, or an object of patches by
key; in a list the keys are positions and ``length`` is how many there are. ``maps/page/record.js``
applies them.
"""

from __future__ import annotations

from typing import Any

Patch = dict[str, Any] | list[Any] | int | None


def patch(old: Any, new: Any) -> Patch:
    """What makes `new` of `old`; None where they are the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        return _parts(old, new)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return _places(old, new)
    return None if old == new and type(old) is type(new) else [new]  # False is not 0


def _parts(old: dict[Any, Any], new: dict[Any, Any]) -> Patch:
    found: dict[str, Any] = {str(key): 0 for key in old if key not in new}
    for key, value in new.items():
        change = patch(old[key], value) if key in old else [value]
        if change is not None:
            found[str(key)] = change
    return found or None


def _places(old: Any, new: Any) -> Patch:
    found: dict[str, Any] = {} if len(old) == len(new) else {"length": [len(new)]}
    for place, value in enumerate(new):
        change = patch(old[place], value) if place < len(old) else [value]
        if change is not None:
            found[str(place)] = change
    return found or None


def applied(old: Any, change: Patch) -> Any:
    """The record with its patch; nothing of `old` is changed."""
    if change is None:
        return old
    if isinstance(change, list):
        return change[0]
    assert isinstance(change, dict)
    if isinstance(old, dict):
        made = dict(old)
        for key, part in change.items():
            if part == 0:
                del made[key]
            else:
                made[key] = applied(made.get(key), part)
        return made
    size = change.get("length", [len(old)])[0]
    rows = [*old[:size], *([None] * (size - len(old)))]
    for key, part in change.items():
        if key != "length":
            rows[int(key)] = applied(rows[int(key)], part)
    return rows
