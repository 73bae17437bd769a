"""Criteria, values and reasons of a suitability study in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from layout.labels import has, text
from layout.labels.cleaning import clean
from layout.names import word
from layout.report.quantities import number, quantity

if TYPE_CHECKING:
    from layout.study.suitability.scoring import Reason
    from layout.study.suitability.suitability import Suitability


def shown(value: float, unit: str, lang: str) -> str:
    """A value of a criterion with its unit; "unlimited" and "missing" in words."""
    if math.isnan(value):
        return text("suitability.value.missing", lang)
    if math.isinf(value):
        return text("suitability.value.unlimited", lang)
    word = f"suitability.unit.{unit.lower()}"
    return (
        f"{number(value)} {text(word, lang)}" if has(word) else quantity(value, clean(unit), lang)
    )


def criterion_name(code: str, lang: str) -> str:
    """What a criterion is called; one of the model's own stands for itself."""
    return word(f"suitability.criterion.{code}", lang, code)


def reason_said(found: Suitability, reason: Reason, lang: str) -> str:
    """Why a site is ruled out, in a sentence."""
    if not reason.criterion:
        return text(f"suitability.reason.{reason.code}", lang)
    unit = found.criteria[reason.criterion].unit
    return text(
        f"suitability.reason.{reason.code}",
        lang,
        name=criterion_name(reason.criterion, lang),
        value=shown(reason.value, unit, lang),
        limit=shown(reason.limit, unit, lang),
    )


def extremes(found: Suitability, at: int) -> tuple[tuple[str, float], tuple[str, float]] | None:
    """The criterion that gives a site the most points, and the one that takes the most away."""
    used, points = found.used, found.scored.points[at]
    if not used or math.isnan(found.scored.score[at]):
        return None
    lost = found.scored.share[at] * 100 - points
    most = max(used, key=lambda one: (points[one], -one))
    least = max(used, key=lambda one: (lost[one], -one))
    names = [found.scored.weights[one].criterion for one in (most, least)]
    return (names[0], float(points[most])), (names[1], round(float(lost[least]), 2))


def answer(found: Suitability, at: int, lang: str) -> str:
    """What speaks most for a site and most against it, in a sentence."""
    ends = extremes(found, at)
    if ends is None:
        return text("suitability.site.nothing", lang)
    (most, points), (least, lost) = ends
    return text(
        "suitability.site.answer",
        lang,
        most=criterion_name(most, lang),
        points=number(points),
        least=criterion_name(least, lang),
        lost=number(lost),
    )


def confidence_words(said: str, lang: str) -> str:
    """What a ``confidence`` says, its usual words in the reader's language; '' for nothing."""
    stop = "；" if lang == "zh" else "; "
    return stop.join(_confidence(one, lang) for one in said.split("; ") if one.strip())


def _confidence(said: str, lang: str) -> str:
    """One statement of a confidence: words, and in brackets what they are about."""
    first, _, rest = said.partition(" (")
    known = [
        word(f"report.confidence.{one.strip()}", lang, clean(one))
        for one in first.split(", ")
        if one.strip()
    ]
    named, inside = text("cli.comma", lang).join(known), clean(rest.removesuffix(")"))
    if not inside:
        return named
    return f"{named}（{inside}）" if lang == "zh" else f"{named} ({inside})"
