"""What uncertainty adds to a map: where samples build, and in how many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.labels import LANGUAGES, text
from layout.report.extra import Extra, ProvinceValues, Shape, SiteClass, SiteClasses

if TYPE_CHECKING:
    import pandas as pd

    from layout.model import PlanningModel
    from layout.study.folder import Study

CLASSES: tuple[tuple[str, Shape, int, float], ...] = (
    ("always", "square", 3, 1.0),
    ("mostly", "diamond", 0, 0.5),
    ("seldom", "ring", 1, 0.0),
)
"""Class, shape, colour, and the share of the samples from which on a site belongs to it.

The last one holds every site with more than none; those never built on have no mark.
"""


def layers(study: Study, model: PlanningModel) -> list[Extra]:
    """Odds of building by site, by province, and MW expected by province."""
    table = study["building"]
    if not len(table):
        return []
    sites = model["sites"].set_index("site")["province"].astype(str)
    built = table[table["probability"] > 0]
    of = {
        str(s): _class(float(p)) for s, p in zip(built["site"], built["probability"], strict=True)
    }
    notes = {
        str(row["site"]): {lang: _note(row, lang) for lang in LANGUAGES}
        for _, row in built.iterrows()
    }
    classes = [
        SiteClass(id=key, label=_words(f"map.uncertainty.{key}"), shape=shape, colour_index=colour)
        for key, shape, colour, _ in CLASSES
    ]
    marks = SiteClasses("uncertainty", _words("map.uncertainty.odds"), classes, of, notes)
    province = table["site"].map(sites)
    known = (province != "").to_numpy()
    highest = table[known].groupby(province[known])["probability"].max()
    mean = table[known].groupby(province[known])["added_mean_mw"].sum()
    return [
        marks,
        ProvinceValues("odds", _words("map.uncertainty.province_odds"), "share", dict(highest)),
        ProvinceValues("expected_mw", _words("map.uncertainty.province_mw"), "MW", dict(mean)),
    ]


def _class(probability: float) -> str:
    return next(key for key, _, _, least in CLASSES if probability >= least)


def _words(key: str) -> dict[str, str]:
    return {lang: text(key, lang) for lang in LANGUAGES}


def _note(row: pd.Series, lang: str) -> str:
    return text(
        "map.uncertainty.note",
        lang,
        share=f"{100 * row['probability']:.0f}",
        low=f"{100 * row['probability_low']:.0f}",
        high=f"{100 * row['probability_high']:.0f}",
        mean=f"{row['added_mean_mw']:,.1f}",
        p05=f"{row['added_p05_mw']:,.1f}",
        p95=f"{row['added_p95_mw']:,.1f}",
    )
