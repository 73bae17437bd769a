"""What an indicator of the index is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.labels import text
from layout.names import word
from layout.study.index.indicators import INDICATORS, KIND

if TYPE_CHECKING:
    from layout.names import Names


def indicator_name(code: str, names: Names) -> str:
    """The name of an indicator; one of a kind says which kind."""
    if code not in INDICATORS and code.startswith(KIND):
        kind = names.short_kind(code.removeprefix(KIND))
        return text("index.indicator.compute_kind", names.lang, kind=kind)
    return word(f"index.indicator.{code}", names.lang, code)
