"""Time slices and profiles: estimates by a stated method, not measurements.

96 slices: four seasons × a calm and a windy day of equal number × twelve blocks of two hours,
Beijing time. Photovoltaics follow the sun (declination and hour angle of the season's middle day
at the province's place, clear-sky transmittance 0.7^(AM^0.678), G. Meinel and E. Meinel 1976);
wind has a seasonal factor, a night peak and, between days, the halves of a Weibull distribution
of daily energy. Both are scaled to the published capacity factor when they are read. Load has a
daily cosine, tariffs a peak, flat and valley, cooling the seasonal temperature.
"""

from __future__ import annotations

from math import asin, cos, degrees, gamma, log, pi, radians, sin

from national_builder.climate import zone_of
from national_builder.facts import Facts
from national_builder.writing import Record

SLICE_COLUMNS = ("slice", "hours", "day", "start_hour")
COLUMNS = (
    "province",
    "technology",
    "workload",
    "tariff_zone",
    "climate_zone",
    "slice",
    "value",
)
NOTES = ("source", "confidence")
SEASONS = {"spring": (92, 105), "summer": (92, 197), "autumn": (91, 289), "winter": (90, 15)}
"""Season → days, and its middle day of the year."""
DAYS = ("calm", "windy")
BLOCK_HOURS = 2
BLOCKS = tuple(range(0, 24, BLOCK_HOURS))
RIGID = ("edge", "inference", "online", "realtime")
BEIJING_MERIDIAN = 120.0


def _names() -> list[tuple[str, str, int]]:
    """Season, kind of day, first hour of every slice, in order."""
    return [(season, day, hour) for season in SEASONS for day in DAYS for hour in BLOCKS]


def _label(season: str, day: str, hour: int) -> str:
    return f"{season}-{day}-{hour:02d}"


def slices(facts: Facts) -> list[Record]:
    """The table `slices`."""
    return [
        {
            "slice": _label(season, day, hour),
            "hours": SEASONS[season][0] / len(DAYS) * BLOCK_HOURS,
            "day": f"{season}-{day}",
            "start_hour": hour,
            "source": "four seasons of a calm and a windy day, blocks of two hours",
            "confidence": "assumption",
        }
        for season, day, hour in _names()
    ]


def sun(latitude: float, longitude: float, season: str, hour: int) -> float:
    """Clear-sky irradiance on the horizontal, relative to outside the atmosphere, block mean."""
    angle = 2 * pi * (284 + SEASONS[season][1]) / 365
    tilt = radians(23.45) * sin(angle)
    total, steps = 0.0, 8
    for step in range(steps):
        clock = hour + (step + 0.5) * BLOCK_HOURS / steps
        solar = clock + (longitude - BEIJING_MERIDIAN) / 15
        turn = radians(15 * (solar - 12))
        height = sin(radians(latitude)) * sin(tilt)
        height += cos(radians(latitude)) * cos(tilt) * cos(turn)
        if height > 0.01:
            mass = 1 / (height + 0.50572 * (degrees(asin(height)) + 6.07995) ** -1.6364)
            total += height * 0.7 ** (mass**0.678)
    return total / steps


def halves(shape: float) -> dict[str, float]:
    """Mean of the lower and of the upper half of a Weibull distribution of mean 1."""
    scale = 1 / gamma(1 + 1 / shape)
    steps = 2000
    points = [((step + 0.5) / steps) for step in range(steps)]
    values = [scale * (-log(1 - point)) ** (1 / shape) for point in points]
    mean = sum(values) / steps
    calm = sum(values[: steps // 2]) / (steps / 2) / mean
    return {"calm": calm, "windy": 2 - calm}


def _wind(facts: Facts, season: str, day: str, hour: int) -> float:
    night = cos(2 * pi * (hour + BLOCK_HOURS / 2 - facts.number("slices.wind_peak_hour")) / 24)
    daily = 1 + facts.number("slices.wind_daily_swing") * night
    between = halves(facts.number("slices.wind_day_shape"))[day]
    return facts.number(f"slices.wind_season.{season}") * daily * between


def _load(facts: Facts, workload: str, hour: int) -> float:
    swing = facts.number(f"slices.load_swing.{workload}")
    peak = facts.number(f"slices.load_peak_hour.{workload}")
    return 1 + swing * cos(2 * pi * (hour + BLOCK_HOURS / 2 - peak) / 24)


def _tariff(facts: Facts, hour: int) -> float:
    hours = {
        name: [float(part) for part in facts.text(f"slices.tariff_{name}_hours").split(";")]
        for name in ("peak", "valley")
    }
    for name, listed in hours.items():
        if hour in listed:
            return facts.number(f"slices.tariff_{name}")
    return 1.0


def temperatures(facts: Facts) -> dict[str, dict[str, float]]:
    """Climate zone → season → mean temperature less that of the year, °C.

    A cosine through the coldest and the hottest month, the season its middle third.
    """
    swing: dict[str, list[float]] = {}
    for place, zone in sorted(zone_of(facts).items()):
        metrics = ("coldest_month_mean", "hottest_month_mean")
        if all(facts.seen(place, metric) for metric in metrics):
            cold, hot = (facts.observed(place, metric) for metric in metrics)
            swing.setdefault(zone, []).append((hot - cold) / 2)
        else:
            swing.setdefault(zone, [])
    known = [value for values in swing.values() for value in values]
    found = {}
    for zone, values in sorted(swing.items()):
        half = sum(values) / len(values) if values else sum(known) / len(known)
        season = half * sin(pi / 4) / (pi / 4)
        found[zone] = {"spring": 0.0, "summer": season, "autumn": 0.0, "winter": -season}
    return found


def profiles(facts: Facts) -> list[Record]:
    """The table `profiles`."""
    rows: list[Record] = []
    for place in facts.provinces:
        latitude, longitude = float(place["lat"]), float(place["lon"])
        for technology in ("solar", "wind"):
            for season, day, hour in _names():
                value = (
                    sun(latitude, longitude, season, hour)
                    if technology == "solar"
                    else _wind(facts, season, day, hour)
                )
                key = {"province": place["place"], "technology": technology}
                rows.append(_row(key, technology, season, day, hour, value))
    for season, day, hour in _names():
        rows.append(_row({}, "tariff", season, day, hour, _tariff(facts, hour)))
    for workload in RIGID:
        for season, day, hour in _names():
            value = _load(facts, workload, hour)
            rows.append(_row({"workload": workload}, "load", season, day, hour, value))
    for zone, change in temperatures(facts).items():
        for season, day, hour in _names():
            value = 1 + facts.number("slices.cooling_per_degree") * change[season]
            rows.append(_row({"climate_zone": zone}, "cooling", season, day, hour, value))
    return [row for row in rows if row["value"] != 0]  # an hour without a row is one of nothing


SOURCES = {
    "solar": "solar geometry",
    "wind": "season; night; Weibull days",
    "tariff": "typical hours",
    "load": "daily cosine",
    "cooling": "seasonal temperature",
}


def _row(key: Record, of: str, season: str, day: str, hour: int, value: float) -> Record:
    return {
        **key,
        "slice": _label(season, day, hour),
        "value": round(value, 4),
        "source": SOURCES[of],
        "confidence": "estimated",
    }
