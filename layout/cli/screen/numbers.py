"""Numbers as a reader of each language expects them, and the units of the screen."""

from __future__ import annotations

import math
from numbers import Real
from typing import TypeGuard

NOTHING = "–"
"""Stands for zero in a table and for a value that is not known."""

_ZERO = 5e-10


def known(value: object) -> TypeGuard[float]:
    """Whether the value is a number at all (neither absent, nor a truth value, nor NaN)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return not math.isnan(value)


def number(value: object, *, zero: str = "0") -> str:
    """Three to four significant digits, thousands separated; `zero` for nothing at all."""
    if not known(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size < _ZERO:
        return zero
    if size < 1e-4:
        return f"{value:.1e}"
    for limit, digits in ((99.95, 0), (9.995, 1), (0.9995, 2), (0.0995, 3)):
        if size >= limit:
            return f"{value:,.{digits}f}"
    return f"{value:#.3g}"


def cell(value: object) -> str:
    """A number in a table, where nothing is a dash."""
    return number(value, zero=NOTHING)


def share(value: object, digits: int = 1) -> str:
    """A fraction as a percentage."""
    if not known(value):
        return NOTHING
    return f"{100 * value:.{digits}f}%"


def gap(value: object) -> str:
    """A gap as a percentage with enough digits to be compared with its limit."""
    if not known(value) or math.isinf(value):
        return NOTHING
    percent = 100 * max(value, 0.0)
    return "0%" if percent < 1e-6 else f"{percent:.2g}%" if percent < 0.1 else f"{percent:.2f}%"


def precise(value: object) -> str:
    """A number that is compared with a limit: six significant digits."""
    if not known(value):
        return NOTHING
    text = f"{value:,.6g}" if abs(value) < 1e15 else f"{value:.6g}"
    return "0" if abs(value) < 1e-9 else text


_SCALE = {
    "mcny": {"en": 1000.0, "zh": 100.0},
    "gwh": {"en": 1000.0, "zh": 100.0},
    "kt": {"en": 1.0, "zh": 10.0},
    "racks": {"en": 1e4, "zh": 1e4},
    "mw": {"en": 1.0, "zh": 1.0},
}


SMALL_MCNY = {"en": 1.0, "zh": 0.01}
"""Million CNY per unit of a small amount of money: million CNY, or 万元."""


def scaled(value: float, unit: str, lang: str) -> float:
    """A value of the tables in the unit of the screen: bn CNY, TWh, kt or 亿元, 亿千瓦时, 万吨."""
    return value / _SCALE[unit][lang]
