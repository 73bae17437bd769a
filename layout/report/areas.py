"""Start areas of the ten clusters on a map page: the county-level units that stand for them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from layout.labels import text
from layout.report.view import View
from layout.resources import folder


@cache
def _shipped() -> tuple[dict[str, Any], ...]:
    """The layer of ``maps/start_areas/`` (see its PROVENANCE.md)."""
    file = folder("maps") / "start_areas" / "start_areas.geojson"
    return tuple(json.loads(file.read_text("utf-8"))["features"])


def area_records(view: View) -> list[dict[str, Any]]:
    """Every start area of the model's clusters: shape, whether it is the whole unit, card.

    A model without clusters of these codes has none.
    """
    clusters = set(map(str, view.sites["cluster"])) - {""}
    return [_record(view, one) for one in _shipped() if one["properties"]["cluster"] in clusters]


def _record(view: View, feature: dict[str, Any]) -> dict[str, Any]:
    about, lang = feature["properties"], view.lang
    units = "、".join(
        f"{name} {code}" for name, code in zip(about["units_zh"], about["adcodes"], strict=True)
    )
    cluster = view.sites.index[view.sites["cluster"] == about["cluster"]]
    name = view.site_names[cluster[0]] if len(cluster) else about["cluster"]
    rows = [
        (text("map.area.cluster", lang), name),
        (text("map.area.unit", lang), units),
    ]
    return {
        "geometry": feature["geometry"],
        "whole": about["extent"] == "whole",
        "card": {
            "title": about[f"name_{lang}"],
            "subtitle": text("map.area.title", lang),
            "sections": [{"title": "", "rows": rows}],
            "notes": [text(f"map.area.{about['extent']}", lang)],
        },
    }
