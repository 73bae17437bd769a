"""What a sweep adds to a map: in how many of its cases something is added at a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.report.extra import Shape, SiteClass, SiteClasses

if TYPE_CHECKING:
    from layout.study.folder import Study

CLASSES: tuple[tuple[str, Shape, int, float], ...] = (
    ("always", "square", 3, 1.0),
    ("mostly", "diamond", 0, 0.5),
    ("seldom", "ring", 1, 0.0),
)
"""Class, shape, colour, and the share of the cases from which on a site belongs to it."""


def layers(study: Study) -> list[SiteClasses]:
    """Sites by the share of the cases with a plan that add to them, in the last year."""
    table: Any = study["sites"]
    table = table[(table["year"] == table["year"].max()) & (table["cases_added"] > 0)]
    if not len(table):
        return []
    most = table.sort_values("share_added").groupby("site").last()
    of = {str(site): _class(float(share)) for site, share in most["share_added"].items()}
    notes = {
        str(site): {lang: _note(row, lang) for lang in LANGUAGES} for site, row in most.iterrows()
    }
    classes = [
        SiteClass(key, _words(f"map.sweep.{key}"), shape, colour)
        for key, shape, colour, _ in CLASSES
    ]
    return [SiteClasses("sweep", _words("map.sweep.title"), classes, of, notes)]


def _class(share: float) -> str:
    return next(key for key, _, _, least in CLASSES if share >= least)


def _note(row: Any, lang: str) -> str:
    added, planned = int(row["cases_added"]), int(row["cases_planned"])
    return text("map.sweep.note", lang, added=added, planned=planned)


def _words(key: str) -> dict[str, str]:
    return {lang: text(key, lang) for lang in LANGUAGES}
