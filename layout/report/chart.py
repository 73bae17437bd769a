"""Points on two linear axes, joined in their order, as SVG text; all words are escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 760, 460
LEFT, TOP, RIGHT, BOTTOM = 96, 44, 40, 58
COLOUR = "#0072B2"
_TICKS = 6
_MARGIN = 0.06


def scatter(
    points: Sequence[tuple[float, float]],
    labels: Sequence[str],
    *,
    title: str,
    x: str,
    y: str,
    lang: str,
) -> str:
    """The picture: a mark with its label at every point. Raises ValueError without a point."""
    if not points or len(points) != len(labels):
        raise ValueError("points, and a label for each")
    across = _Axis([a for a, _ in points], LEFT, WIDTH - RIGHT)
    up = _Axis([b for _, b in points], HEIGHT - BOTTOM, TOP)
    middle = (TOP + HEIGHT - BOTTOM) / 2
    places = [(across.at(a), up.at(b)) for a, b in points]
    path = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'lang="{escape(lang)}" role="img" font-family="sans-serif" font-size="12">'
    )
    name_y = (
        f'<text x="16" y="{middle:.0f}" transform="rotate(-90 16 {middle:.0f})" '
        f'text-anchor="middle">{escape(y)}</text>'
    )
    parts = [
        head,
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="700">{escape(title)}</text>',
        *(_across(value, across) for value in across.ticks),
        *(_up(value, up) for value in up.ticks),
        f'<path d="M{path}" fill="none" stroke="{COLOUR}" stroke-width="2"/>',
        *(_mark(place, label) for place, label in zip(places, labels, strict=True)),
        _text(x, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "middle"),
        name_y,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axis:
    """Values laid evenly on pixels, with round numbers to mark."""

    def __init__(self, values: list[float], first: float, last: float) -> None:
        low, high = min(values), max(values)
        span = (high - low) or max(abs(high), 1.0)
        self.low, self.high = low - _MARGIN * span, high + _MARGIN * span
        self.first, self.last = first, last
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        self.step = next(power * by for by in (1, 2, 2.5, 5, 10) if power * by >= rough)
        begin, end = math.ceil(self.low / self.step), math.floor(self.high / self.step)
        self.ticks = [number * self.step for number in range(begin, end + 1)]

    def at(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def shown(self, value: float) -> str:
        """A round number with the digits that its step needs."""
        digits = max(0, 1 - math.floor(math.log10(self.step))) if self.step < 10 else 0
        shown = f"{value:,.{digits}f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _text(words: str, x: float, y: float, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333333">'
        f"{escape(words)}</text>"
    )


def _across(value: float, axis: _Axis) -> str:
    x = axis.at(value)
    rule = f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e4e7ea"/>'
    return rule + _text(axis.shown(value), x, HEIGHT - BOTTOM + 18, "middle")


def _up(value: float, axis: _Axis) -> str:
    y = axis.at(value)
    rule = f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e4e7ea"/>'
    return rule + _text(axis.shown(value), LEFT - 8, y + 4, "end")


def _mark(place: tuple[float, float], label: str) -> str:
    x, y = place
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{COLOUR}" stroke="#ffffff"/>' + _text(
        label, x + 8, y - 8, "start"
    )
