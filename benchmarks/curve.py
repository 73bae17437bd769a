"""Lines on two logarithmic axes, as SVG text; no library is needed for so little."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, TOP, RIGHT, BOTTOM = 64, 18, 170, 46
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#8C6D00", "#6B3FA0", "#444444",
    "#B22222",
)  # fmt: skip
HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
    'font-family="sans-serif" font-size="12">'
)


@dataclass(frozen=True)
class Line:
    """One line: its label, its points (both above 0), and whether it is dashed."""

    label: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True)
class _Axis:
    """Values from low to high laid logarithmically on pixels."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.first + share * (self.last - self.first)


def drawn(lines: Sequence[Line], *, x: str, y: str) -> str:
    """The picture; raises ValueError without a point."""
    points = [point for line in lines for point in line.points]
    if not points:
        raise ValueError("nothing to draw")
    values = sorted({a for a, _ in points})
    across = _Axis(values[0] / 1.15, values[-1] * 1.15, LEFT, WIDTH - RIGHT)
    powers = range(
        math.floor(math.log10(min(b for _, b in points))),
        math.ceil(math.log10(max(b for _, b in points)) + 1e-9) + 1,
    )
    up = _Axis(10.0 ** powers[0], 10.0 ** powers[-1], HEIGHT - BOTTOM, TOP)
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f'x="14" y="{middle:.0f}" transform="rotate(-90 14 {middle:.0f})"'
    parts = [
        HEAD,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *(_grid_y(10.0**power, up) for power in powers),
        *(_grid_x(value, across) for value in values),
        *(_line(line, number, across, up) for number, line in enumerate(lines)),
        *_labels(lines, up),
        _text(x, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle"),
        f'<text {turned} text-anchor="middle">{escape(y)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(words: str, x: float, y: float, anchor: str, colour: str = "#333333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _grid_y(value: float, up: _Axis) -> str:
    y = up.at(value)
    rule = f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
    return rule + _text(f"{value:g}", LEFT - 6, y + 4, "end")


def _grid_x(value: float, across: _Axis) -> str:
    x = across.at(value)
    rule = f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#eeeeee"/>'
    return rule + _text(f"{value:,.0f}", x, HEIGHT - BOTTOM + 16, "middle")


def _line(line: Line, number: int, across: _Axis, up: _Axis) -> str:
    colour = COLOURS[number % len(COLOURS)]
    places = [(across.at(a), up.at(b)) for a, b in sorted(line.points)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>{marks}'


def _labels(lines: Sequence[Line], up: _Axis) -> list[str]:
    """Labels at the ends of the lines, from the top down, pushed apart where they would touch."""
    ends = [(up.at(max(line.points)[1]), number) for number, line in enumerate(lines)]
    found, lowest = [], -math.inf
    for y, number in sorted(ends):
        lowest = max(y + 4, lowest + 15)
        colour = COLOURS[number % len(COLOURS)]
        found.append(_text(lines[number].label, WIDTH - RIGHT + 8, lowest, "start", colour))
    return found
