"""Which figures are weak: the confidence column says so in known words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel

WORDS = ("proxy", "general knowledge", "assum", "suspect", "missing", "inferred")
"""What a weak figure's confidence says; anything else was measured, published or calculated."""


def is_weak(confidence: str) -> bool:
    """Whether a confidence says that the figure is a proxy or a guess."""
    said = confidence.lower()
    return any(word in said for word in WORDS)


def weak(table: pd.DataFrame) -> pd.Series:
    """Which rows say in their ``confidence`` that they are weak."""
    words = table["confidence"] if "confidence" in table else table.iloc[:, 0].map(lambda _: "")
    return words.astype(str).map(is_weak).astype(bool)


def proxy_sites(model: PlanningModel) -> frozenset[str]:
    """Sites with existing capacity whose figure is a proxy, not a published one."""
    stock = model["stock"]
    return frozenset(stock.loc[weak(stock), "site"])
