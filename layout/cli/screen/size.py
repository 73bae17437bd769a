"""How large a model is, said before the work on it begins."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from layout.cli.screen.width import wrap
from layout.labels import text

if TYPE_CHECKING:
    from layout.model import PlanningModel

MANY_PAIRS = 50_000
"""Pairs of site and zone below which nobody asks; the size is worked out by heavy libraries."""


def size_lines(model: PlanningModel, lang: str) -> list[str]:
    """Variables, rows, nonzeros and memory of a large model; nothing of another one."""
    if len(model["sites"]) * len(model["zones"]) < MANY_PAIRS:
        return []
    from layout.memory import allowed_mb, gb
    from layout.solving.size import is_large, size_of

    if not is_large(model):
        return []
    size = size_of(model)
    key = "cli.size.generated" if size.generated else "cli.size.all"
    lines = wrap(text(key, lang, **size.words()), indent="  ")
    limit = allowed_mb(model.settings.solver.memory_limit_mb)
    if isfinite(limit):  # not every system tells
        lines += wrap(text("cli.size.free", lang, limit=gb(limit)), indent="  ")
    return lines
