"""How sure the figures of a site are: what its rows of ``stock`` say in ``confidence``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layout.labels import LANGUAGES, text
from layout.model.weakness import is_weak
from layout.report.extra import Shape, SiteClass, SiteClasses
from layout.report.quantities import share
from layout.report.view import View

KEY = "confidence"
LEVELS: tuple[tuple[str, Shape, int], ...] = (
    ("published", "dot", 3),
    ("estimated", "diamond", 0),
    ("proxy", "ring", 1),
    ("unstated", "cross", 4),
)
"""Level, shape, colour; the surest first."""

_RANK = {level: rank for rank, (level, _, _) in enumerate(LEVELS)}


def level(confidence: str) -> str:
    """What a ``confidence`` comes to: published, estimated, proxy (a rule or guess) or unstated."""
    said = str(confidence or "").strip().lower()
    if not said or said == "nan":
        return "unstated"
    if is_weak(said):
        return "proxy"
    return "estimated" if "estimat" in said else "published"


def stock_confidence(view: View) -> dict[str, dict[str, float]]:
    """Site → level → share of its stock; by compute where kinds can be added, else by rows."""
    stock = view.plan.model["stock"]
    if stock.empty:
        return {}
    words: Iterable[Any] = stock["confidence"] if "confidence" in stock else [""] * len(stock)
    weight = stock["compute_eflops"].to_numpy(dtype=float) * view.factors(stock["kind"])
    if not view.common or not weight.sum() > 0:
        weight = weight * 0 + 1.0
    sums: dict[str, dict[str, float]] = {}
    for site, said, size in zip(map(str, stock["site"]), words, weight, strict=True):
        if size > 0:
            of = sums.setdefault(site, {})
            of[level(said)] = of.get(level(said), 0.0) + float(size)
    return {site: _shares(of) for site, of in sums.items()}


def _shares(of: dict[str, float]) -> dict[str, float]:
    total = sum(of.values())
    return {name: of[name] / total for name, _, _ in LEVELS if name in of}


def own_layers(view: View) -> list[SiteClasses]:
    """The layers of marks at sites that every plan has."""
    layer = confidence_layer(view)
    return [] if layer is None else [layer]


def confidence_layer(view: View) -> SiteClasses | None:
    """Marks of how sure the stock of every site is, by its weakest figure; off at first.

    None where no row of the stock says anything.
    """
    known = stock_confidence(view)
    if not any(name != "unstated" for of in known.values() for name in of):
        return None
    return SiteClasses(
        KEY,
        _words("map.layer.confidence"),
        [
            SiteClass(name, _words(f"map.confidence.{name}"), shape, colour)
            for name, shape, colour in LEVELS
            if any(_weakest(of) == name for of in known.values())
        ],
        {site: _weakest(of) for site, of in known.items()},
        {site: {lang: _note(of, lang) for lang in LANGUAGES} for site, of in known.items()},
        shown=False,
    )


def _weakest(of: dict[str, float]) -> str:
    return max(of, key=_RANK.__getitem__)


def _note(of: dict[str, float], lang: str) -> str:
    parts = [f"{text(f'map.confidence.{name}', lang)} {share(part)}" for name, part in of.items()]
    separator = "，" if lang == "zh" else ", "
    return text("map.confidence.note", lang, parts=separator.join(parts))


def _words(key: str) -> dict[str, str]:
    return {lang: text(key, lang) for lang in LANGUAGES}
