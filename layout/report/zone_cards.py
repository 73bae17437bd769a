"""What a popup says of a demand zone that is no province."""

from __future__ import annotations

from typing import Any

from layout.labels import text
from layout.report.cards import Cards
from layout.report.quantities import number
from layout.report.view import View


def zone_cards(view: View, cards: Cards) -> dict[str, dict[str, Any]]:
    """Zone → its card: demand, who serves it. Zones that are provinces have the province's."""
    found = {}
    demand = view.demand.groupby("zone")["fp32"].sum()
    for zone in map(str, view.zones.index):
        if zone in view.provinces:
            continue
        home = str(view.zones.at[zone, "home"])
        rows = []
        if view.common:
            rows.append((text("map.row.demand", view.lang), number(float(demand.get(zone, 0.0)))))
        title = f"{text('map.section.zone', view.lang)} ({view.compute_unit})"
        sections = [
            {"title": title, "rows": rows},
            cards.partners("from", cards.sums.servers_of_zone.get(zone, []), view.site_names),
        ]
        found[zone] = {
            "title": view.zone_names[zone],
            "subtitle": view.provinces[home].name(view.lang) if home in view.provinces else "",
            "sections": [section for section in sections if section["rows"]],
            "notes": [],
        }
    return found
