"""The published figures of a place, side by side, as a note on its stock."""

from __future__ import annotations

from national_builder.facts import Facts, Row

METRICS = ("racks_in_use", "compute_total", "compute_general", "compute_intelligent")
CITIES = {
    "CHONGQING": "500000",
    "GUIAN": "520000",
    "HELINGER": "city:Helinger",
    "QINGYANG": "city:Qingyang",
    "SHAOGUAN": "city:Shaoguan",
    "TIANFU": "510000",
    "WUHU": "city:Wuhu",
    "YRD-DEMO": "310000",
    "ZHANGJIAKOU": "city:Zhangjiakou",
    "ZHONGWEI": "640000",
}


def _words(row: Row) -> str:
    unit = row["unit"].replace("1000 ", "thousand ")
    precision = f" {row['precision']}" if row["precision"] else ""
    return (
        f"{row['metric'].replace('_', ' ')} {row['bound']}{row['value']} {unit}{precision}"
        f" ({row['date']}, {row['value_type']})"
    )


def side_by_side(facts: Facts, place: str) -> str:
    """Every published figure of the place; conflicts stay visible."""
    entity = CITIES.get(place, place)
    found = [
        _words(row)
        for row in facts.table("compute")
        if row["entity"] == entity and row["metric"] in METRICS
    ]
    return "figures: " + "; ".join(found) if found else "figures: none found"
