"""PUE by climate zone and facility type.

PUE = base + k_temperature · max(0, T − 5) + k_wet_bulb · max(0, Twb − 16) + uplift, with T the
annual mean and Twb the summer design wet bulb, both the mean over the sites of the zone.
"""

from __future__ import annotations

from collections import defaultdict

from national_builder.facts import Facts
from national_builder.writing import Record

FACILITIES = (
    "dense-air",
    "large-coldplate",
    "large-evaporative",
    "large-water",
    "legacy-air",
    "medium-air",
)
COLUMNS = ("site", "climate_zone", "facility", "pue", "fixed_overhead")
NOTES = ("source", "confidence", "note")


def zone_of(facts: Facts) -> dict[str, str]:
    """Province or cluster → climate zone."""
    return {row["place"]: row["climate_zone"] for row in facts.table("climate_zones")}


def drivers(facts: Facts) -> dict[str, tuple[float, float]]:
    """Climate zone → mean annual temperature and mean summer wet bulb of its sites, °C."""
    metrics = ("annual_mean_temperature", "design_summer_wet_bulb")
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for place, zone in sorted(zone_of(facts).items()):
        for metric in metrics:
            if facts.seen(place, metric):
                found[zone][metric].append(facts.observed(place, metric))
    _borrow_wet_bulb(found)
    return {
        zone: (_mean(values[metrics[0]]), _mean(values[metrics[1]]))
        for zone, values in sorted(found.items())
    }


def _borrow_wet_bulb(found: dict[str, dict[str, list[float]]]) -> None:
    """5A holds Qingyang alone, which has no design values: it takes those of zone 5B."""
    if not found["5A"]["design_summer_wet_bulb"]:
        found["5A"]["design_summer_wet_bulb"] = found["5B"]["design_summer_wet_bulb"]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def design_pue(facts: Facts, zone: str, facility: str, *, uplift: bool = True) -> float:
    """Design PUE at full load of a new facility in a climate zone."""
    temperature, wet_bulb = drivers(facts)[zone]
    warm = max(0.0, temperature - facts.number("pue.temperature_offset"))
    humid = max(0.0, wet_bulb - facts.number("pue.wet_bulb_offset"))
    value = (
        facts.number(f"pue.base.{facility}")
        + facts.number(f"pue.k_temperature.{facility}") * warm
        + facts.number(f"pue.k_wet_bulb.{facility}") * humid
    )
    return round(value + (facts.number(f"pue.uplift.{facility}") if uplift else 0.0), 3)


def pue(
    facts: Facts, *, uplift: bool = True, facilities: tuple[str, ...] = FACILITIES
) -> list[Record]:
    """The table `pue`, one row per climate zone and facility."""
    named = "with" if uplift else "without"
    return [
        {
            "site": "",
            "climate_zone": zone,
            "facility": facility,
            "pue": design_pue(facts, zone, facility, uplift=uplift),
            "fixed_overhead": facts.number(f"pue.fixed_overhead.{facility}"),
            "source": "formula of data/README.md on the climate of the zone's sites",
            "confidence": "estimated (coefficients: general knowledge)",
            "note": f"{named} calibration uplift",
        }
        for zone in drivers(facts)
        for facility in facilities
    ]
