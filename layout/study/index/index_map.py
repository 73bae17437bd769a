"""The index on a map: provinces by it after the plan, and by how the plan changes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.names import Names
from layout.report.quantities import known

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.report.extra import Extra, Words
    from layout.study.folder import Study

SHADES = (("index_after", False), ("index_change", True), ("index_whole", False))
"""Column of ``index.csv``, and whether it has two sides."""
FIRST = 3
"""Provinces that the panel names."""


def layers(study: Study, codes: Mapping[str, str]) -> list[Extra]:
    """Provinces by index; `codes` is province of the study → adcode.

    They follow from the tables of the study, so that one read from its folder looks the same. A
    province of the map that holds several of the study has no one index and stays blank.
    """
    from layout.report.extra import ProvinceValues

    found: list[Extra] = []
    held = Counter(codes.get(str(code)) for code in study["index"]["province"])
    for column, sides in SHADES:
        rows = zip(study["index"]["province"], study["index"][column], strict=True)
        values = {
            codes[str(code)]: float(value)
            for code, value in rows
            if known(value) and str(code) in codes and held[codes[str(code)]] == 1
        }
        if values:
            title = _words(f"index.layer.{column}")
            found.append(ProvinceValues(column, title, "points", values, sides))
    return found


def panel(study: Study, model: PlanningModel) -> list[tuple[Words, Words]]:
    """What the panel of a map says: not the published index, whose weights, who is first."""
    weights = "example" if study.record.get("example_weights") else "own"
    table: Any = study["index"]
    first = table[table["rank_after"].between(1, FIRST)].sort_values(["rank_after", "province"])
    named = {
        lang: text("cli.comma", lang).join(
            Names(model, lang).province(str(one)) for one in first["province"]
        )
        for lang in LANGUAGES
    }
    return [
        (_words("map.study.index_kind"), _words("map.study.index_note")),
        (_words("suitability.column.weight"), _words(f"suitability.weights.short.{weights}")),
        (_words("map.study.index_first"), named),
    ]


def _words(key: str) -> dict[str, str]:
    return {lang: text(key, lang) for lang in LANGUAGES}
