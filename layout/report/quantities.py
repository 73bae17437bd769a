"""Numbers with their units as a reader of each language expects them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from layout.labels import has, text

NOTHING = "–"
_TINY = 5e-10


@dataclass(frozen=True)
class _Scale:
    """From `limit` on a value is shown divided by `divisor` with the unit `map.unit.<name>`."""

    limit: float
    divisor: float
    name: str


_SCALES: dict[str, dict[str, tuple[_Scale, ...]]] = {
    "mcny": {
        "en": (_Scale(1000, 1000, "bncny"), _Scale(0, 1, "mcny")),
        "zh": (_Scale(100, 100, "bncny"), _Scale(0, 0.01, "mcny")),
    },
    "gwh": {
        "en": (_Scale(1000, 1000, "twh"), _Scale(0, 1, "gwh")),
        "zh": (_Scale(100, 100, "twh"), _Scale(0, 0.01, "gwh")),
    },
    "kt": {
        "en": (_Scale(1000, 1000, "mt"), _Scale(0, 1, "kt")),
        "zh": (_Scale(10, 10, "mt"), _Scale(0, 0.001, "kt")),
    },
    "racks": {
        "en": (_Scale(1e6, 1e6, "mracks"), _Scale(0, 1, "racks")),
        "zh": (_Scale(1e4, 1e4, "mracks"), _Scale(0, 1, "racks")),
    },
    "mcny/eflops/year": {
        "en": (_Scale(0, 1000, "bncny_per_eflops_year"),),
        "zh": (_Scale(0, 100, "bncny_per_eflops_year"),),
    },
}


def known(value: object) -> bool:
    """Whether the value is a number at all."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def number(value: float | None) -> str:
    """Four significant digits, every digit before the point, no trailing zeros."""
    if value is None or not known(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size < _TINY:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(size)))
    if digits > 6:
        return f"{value:.1e}"
    shown = f"{value:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def share(value: float | None) -> str:
    """A fraction as a percentage with one decimal, and near 1 with what is missing: 99.995%."""
    if value is None or not known(value):
        return NOTHING
    missing = 100 * (1 - value)
    if 5e-5 < missing < 0.95:
        shown = f"{100 * value:.{1 - math.floor(math.log10(missing))}f}"
        return f"{shown.rstrip('0').rstrip('.')}%"
    return f"{100 * value:.1f}%"


def scale(most: float, unit: str, lang: str) -> tuple[float, str]:
    """What values up to `most` are divided by, and the word of the unit that they then are in."""
    for one in _SCALES.get(unit.lower(), {}).get(lang, ()):
        if abs(most) >= one.limit:
            return one.divisor, text(f"map.unit.{one.name}", lang, value="").strip()
    return 1.0, _word(unit, lang)


def quantity(value: float | None, unit: str, lang: str) -> str:
    """A value in the unit of the tables (mcny, GWh, kt, racks, MW, EFLOPS …), shown readably."""
    if value is None or not known(value):
        return NOTHING
    key = unit.lower()
    if key == "share":
        return share(value)
    for one in _SCALES.get(key, {}).get(lang, ()):
        if abs(value) >= one.limit:
            return text(f"map.unit.{one.name}", lang, value=number(value / one.divisor))
    return f"{number(value)} {'' if key == '1' else _word(unit, lang)}".strip()


def _word(unit: str, lang: str) -> str:
    """The unit in words where there are any."""
    word = f"map.unit_word.{unit.lower()}"
    return text(word, lang) if has(word) else unit
