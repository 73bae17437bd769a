"""The formats of what is written and read again, each with a number that only grows.

A change that an older program would misread raises the number. What has a lower one is read as it
is; `tests/compatibility/formats` keeps a sample of each.
"""

from __future__ import annotations

from typing import Any

MODEL = 1
"""``layout:`` of model.yaml and of the sheet ``model``."""

PLAN = 1
"""``format`` of plan.json."""

STUDY = 1
"""``format`` of study.json; the first studies carry none."""


def number(value: Any) -> int | None:
    """The number of a format as it was written, a text among them; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    words = str(value).strip()
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None


def newer(value: Any, newest: int) -> bool:
    """Whether something is of a format that this version does not know yet."""
    found = number(value)
    return found is not None and found > newest
