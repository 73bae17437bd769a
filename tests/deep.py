"""How much a test tries: a little in every run, much more with `pytest --deep`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")

VARIABLE = "LAYOUT_DEEP"
"""Set by `pytest --deep`, so that the processes that share the work know of it too."""


def deep() -> bool:
    """Whether this is a deep run."""
    return os.environ.get(VARIABLE) == "1"


def examples(few: int, many: int) -> int:
    """The number of random examples to try: `few` in an ordinary run, `many` in a deep one."""
    return many if deep() else few


def some(values: Iterable[Value], few: int) -> list[Value]:
    """All of the values in a deep run, the first `few` of them in an ordinary one."""
    kept = list(values)
    return kept if deep() else kept[:few]
