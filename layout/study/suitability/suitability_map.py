"""Scores on the map: a mark for the class of every site, and provinces by their best score."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.labels import LANGUAGES, has, text
from layout.labels.cleaning import clean
from layout.report.quantities import number
from layout.report.sheet.wording import criterion_name

if TYPE_CHECKING:
    from layout.report.extra import Extra
    from layout.study.folder import Study

Row = Mapping[Any, Any]
LOOKS: tuple[tuple[str, Any, int], ...] = (
    ("top", "square", 0),
    ("upper", "diamond", 3),
    ("lower", "dot", 4),
    ("too_little_known", "ring", 5),
    ("excluded", "cross", 1),
)
"""Class, shape, number of its colour."""


def layers(study: Study, homes: Mapping[str, str]) -> list[Extra]:
    """Sites by class, and the best score of a province; `homes` is site → code of its province.

    They follow from the tables of the study, so that one read from its folder looks the same.
    """
    from layout.report.extra import ProvinceValues, SiteClass, SiteClasses

    table, top = study["suitability"], int(study.record["rules"]["top"])
    rows = {str(row["site"]): row for row in table.to_dict("records")}
    ranked = {site: row for site, row in rows.items() if row["suitability_status"] == "ranked"}
    of = {site: _class(row, top, len(ranked)) for site, row in rows.items()}
    classes = [
        SiteClass(name, {lang: text(f"suitability.class.{name}", lang, top=top) for lang in
                         LANGUAGES}, shape, colour)
        for name, shape, colour in LOOKS
        if name in of.values()
    ]  # fmt: skip
    ends = _extremes(study["parts"])
    notes = {
        site: {lang: _note(row, len(ranked), ends.get(site), lang) for lang in LANGUAGES}
        for site, row in rows.items()
    }
    marks = SiteClasses("suitability", _words("layer"), classes, of, notes)
    best: dict[str, float] = {}
    for site, row in ranked.items():
        if home := homes.get(site):
            best[home] = max(best.get(home, 0.0), float(row["score"]))
    shade = ProvinceValues("suitability", _words("layer.best"), "points", best)
    return [marks, shade] if best else [marks]


def _words(key: str) -> dict[str, str]:
    return {lang: text(f"suitability.{key}", lang) for lang in LANGUAGES}


def _class(row: Row, top: int, ranked: int) -> str:
    status, rank = str(row["suitability_status"]), int(row["site_rank"])
    if status != "ranked":
        return "excluded" if status == "excluded" else "too_little_known"
    if rank <= top:
        return "top"
    return "upper" if rank <= math.ceil(ranked / 2) else "lower"


def _extremes(parts: pd.DataFrame) -> dict[str, tuple[Row, Row]]:
    """Site → the part with the most points, and the one that takes the most away."""
    known = parts[parts["weight_share"] > 0]
    lost = (known["weight_share"] * 100 - known["points"]).round(2)
    by_site: dict[str, list[Row]] = {}
    for row in known.assign(lost=lost).to_dict("records"):
        by_site.setdefault(str(row["site"]), []).append(row)
    return {
        site: (max(rows, key=lambda one: one["points"]), max(rows, key=lambda one: one["lost"]))
        for site, rows in by_site.items()
    }


def _note(row: Row, ranked: int, ends: tuple[Row, Row] | None, lang: str) -> str:
    """What a popup says of a site."""
    status = str(row["suitability_status"])
    if status == "excluded":
        said = [_reason(one, lang) for one in str(row["exclusions"]).split(";")]
        colon = text("cli.colon", lang)
        return text("suitability.status.excluded", lang) + colon + "; ".join(said)
    if status != "ranked" or ends is None:
        return text("suitability.status.too_little_known", lang)
    answer = text(
        "suitability.site.answer",
        lang,
        most=criterion_name(str(ends[0]["criterion"]), lang),
        points=number(float(ends[0]["points"])),
        least=criterion_name(str(ends[1]["criterion"]), lang),
        lost=number(float(ends[1]["lost"])),
    )
    span = dict.fromkeys(int(row[name]) for name in ("rank_best", "rank_worst"))
    return text(
        "suitability.note.ranked",
        lang,
        score=number(float(row["score"])),
        rank=int(row["site_rank"]),
        of=ranked,
        span=" – ".join(map(str, span)),
        answer=answer,
    )


def _reason(said: str, lang: str) -> str:
    """A reason as the tables say it, ``grid_headroom 12 < 50``, with the criterion's name."""
    if has(f"suitability.reason.{said}"):
        return text(f"suitability.reason.{said}", lang)
    parts = clean(said).rsplit(" ", 3)
    return " ".join([criterion_name(parts[0], lang), *parts[1:]])
