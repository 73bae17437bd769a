"""The marks of the map page on a sheet: sites by kind and action, flows, classes (see draw.js)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, hypot, pi, sin, sqrt

import numpy as np
from matplotlib.path import Path as Outline

from layout.report.colours import INK
from layout.report.picture.canvas import Canvas
from layout.report.picture.scene import Part, Place
from layout.report.view import ACTIONS

SIGNS = ("filled", "expanded", "built", "retired")
SIGN_FROM = 6.0
"""A smaller disc has no room for a sign: its site gets one."""
CROWD = 150
"""Among more sites, small ones do without a sign."""
LEAST_RADIUS = 1.4
_STRENGTH = ("built", "expanded", "filled", "retired")
_RIM = {"stroke": "#ffffff", "width": 0.6}
_EDGE = {"stroke": INK, "width": 0.6}

Point = tuple[float, float]


def radius(part: Part, k: float) -> float:
    """Of the disc of a kind, with what was retired."""
    return max(LEAST_RADIUS, k * sqrt(part.total))


def arranged(radii: Sequence[float]) -> tuple[list[Point], float, float]:
    """Where discs stand so that they touch, half the width, half the height."""
    if not radii:
        return [], 2.4, 2.4
    if len(radii) == 1:
        return [(0.0, 0.0)], radii[0], radii[0]
    a, b = radii[0], radii[1]
    at = [(-a, 0.0), (b, 0.0)]
    for number, c in enumerate(radii[2:], start=2):
        x = c * (a - b) / (a + b)
        y = sqrt(max(0.0, (a + c) ** 2 - (x + a) ** 2))
        at.append((x, -y if number % 2 else y))
    return [(x + a - b, y) for x, y in at], a + b, max(radii)


def disc(canvas: Canvas, part: Part, k: float, x: float, y: float, alone: bool = False) -> None:
    """Nested discs whose areas are kept, filled, expanded and built EFLOPS."""
    amounts = part.amounts
    layers = [name for name in ("kept", *ACTIONS) if name in amounts]
    sums = np.cumsum([amounts[name] for name in layers])
    radii = [max(LEAST_RADIUS, k * sqrt(value)) for value in sums]
    for name, size in reversed(list(zip(layers, radii, strict=True))):
        canvas.disc(x, y, size, fill=part.colour, **(_RIM if name == "kept" else _EDGE))
        if name in _PATTERNS:
            _PATTERNS[name](canvas, x, y, size)
    outer = radii[-1] if radii else 0.0
    if "retired" in amounts:
        size = max(k * sqrt(part.total), outer + 1.2)
        canvas.disc(x, y, size, stroke=INK, width=0.9, linestyle=(0, (2.2, 1.6)))
    if part.action in SIGNS and (outer >= SIGN_FROM or alone):
        sign(canvas, part.action, x + outer * 0.71, y - outer * 0.71)


def _dotted(canvas: Canvas, x: float, y: float, size: float) -> None:
    step = 2.5
    grid = np.arange(-int(size / step), int(size / step) + 1) * step
    points = [(x + a, y + b) for a in grid for b in grid if hypot(a, b) < size - 0.9]
    canvas.specks(points, 1.15, "#ffffff")


def _slanted(canvas: Canvas, x: float, y: float, size: float) -> None:
    _chords(canvas, x, y, size, [(0.7071, 0.7071)], 2.8)


def _crossed(canvas: Canvas, x: float, y: float, size: float) -> None:
    _chords(canvas, x, y, size, [(1.0, 0.0), (0.0, 1.0)], 3.8)


def _chords(
    canvas: Canvas, x: float, y: float, size: float, normals: Sequence[Point], step: float
) -> None:
    lines = []
    for a, b in normals:
        for far in np.arange(-step * int(size / step), size, step):
            if abs(far) < size - 0.4:
                half = sqrt(size * size - far * far) - 0.3
                middle = (x + a * far, y + b * far)
                lines.append(
                    [(middle[0] - b * half, middle[1] + a * half),
                     (middle[0] + b * half, middle[1] - a * half)]
                )  # fmt: skip
    canvas.lines(lines, stroke="#ffffff", width=0.9)


_PATTERNS: dict[str, Callable[[Canvas, float, float, float], None]] = {
    "filled": _dotted,
    "expanded": _slanted,
    "built": _crossed,
}


def sign(canvas: Canvas, action: str, x: float, y: float) -> None:
    """The round badge with the sign of an action."""
    canvas.disc(x, y, 3.4, fill="#ffffff", **_EDGE)
    if action == "filled":
        canvas.box((x - 1.4, y - 1.4, x + 1.4, y + 1.4), fill=INK)
    elif action == "built":
        canvas.shape(_star(x, y, 2.8), fill=INK)
    else:
        turn = 0.0 if action == "expanded" else pi / 4
        arms = [(2.2 * cos(turn + a), 2.2 * sin(turn + a)) for a in (0.0, pi / 2)]
        canvas.lines([[(x - a, y - b), (x + a, y + b)] for a, b in arms], width=0.9)


def _star(x: float, y: float, size: float) -> list[Point]:
    """Five points, the first at the top."""
    radii = (size, size * 0.42)
    return [
        (x + radii[i % 2] * sin(i * pi / 5), y - radii[i % 2] * cos(i * pi / 5)) for i in range(10)
    ]


def badge(canvas: Canvas, letter: str, x: float, y: float) -> None:
    """The square with the letter of interchangeable sites."""
    canvas.box((x - 4, y - 4, x + 4, y + 4), fill="#ffffff", **_EDGE)
    canvas.text(x, y + 2.5, letter, 6.8, at="middle")


def anchor(canvas: Canvas, cluster: bool, used: bool, x: float, y: float) -> None:
    """The place itself: a diamond for a hub cluster, a dot for another site."""
    look = {"fill": INK if used else "#ffffff", "stroke": INK, "width": 0.7}
    if cluster:
        canvas.shape([(x, y - 2.7), (x + 2.7, y), (x, y + 2.7), (x - 2.7, y)], **look)
    else:
        canvas.disc(x, y, 1.4, **look)


def symbol(
    canvas: Canvas, place: Place, k: float, at: Point, shift: Point, crowd: bool = False
) -> None:
    """Everything that stands at a site, moved aside by `shift` with a line to the place."""
    radii = [radius(part, k) for part in place.parts]
    order, wide, high = arranged(radii)
    x, y = at[0] + shift[0], at[1] + shift[1]
    if hypot(*shift) > 2.5:
        canvas.lines([[at, (x, y)]], stroke=INK, width=0.6)
    anchor(canvas, place.cluster, bool(place.parts), *at)
    for part, (dx, dy) in zip(place.parts, order, strict=True):
        disc(canvas, part, k, x + dx, y + dy)
    actions = [part.action for part in place.parts]
    main = next((one for one in _STRENGTH if one in actions), None)
    told = any(
        part.action == main and size >= SIGN_FROM
        for part, size in zip(place.parts, radii, strict=True)
    )
    if main and not told and not (crowd and wide < SIGN_FROM):
        sign(canvas, main, x + wide * 0.8, y - min(wide, 6) * 0.8)
    if place.letter:
        badge(canvas, place.letter, x - wide * 0.75, y + high * 0.75)
    for number, (shape, colour) in enumerate(place.marks):
        right = x + max(wide, 4) * 0.75 + 2 + 10.5 * number
        class_mark(canvas, shape, colour, right, y + max(high, 4) * 0.75 + 2)


def class_mark(canvas: Canvas, shape: str, colour: str, x: float, y: float) -> None:
    """The mark of a class of sites with a light rim."""
    for look in (
        {"fill": "#ffffff", "stroke": "#ffffff", "width": 3.6 if shape in _OPEN else 2.2},
        {"fill": None if shape in _OPEN else colour, "stroke": colour,
         "width": 1.9 if shape in _OPEN else 0.6},
    ):  # fmt: skip
        if shape == "cross":
            lines = [[(x - 3, y - 3), (x + 3, y + 3)], [(x - 3, y + 3), (x + 3, y - 3)]]
            canvas.lines(lines, stroke=look["stroke"], width=look["width"])
        elif shape in ("ring", "dot"):
            canvas.disc(x, y, 3.3 if shape == "ring" else 2.4, **look)
        else:
            corners = _CORNERS[shape]
            canvas.shape([(x + a, y + b) for a, b in corners], **look)


_OPEN = ("ring", "cross")
_CORNERS: dict[str, list[Point]] = {
    "square": [(-3.3, -3.3), (3.3, -3.3), (3.3, 3.3), (-3.3, 3.3)],
    "diamond": [(0.0, -4.4), (4.4, 0.0), (0.0, 4.4), (-4.4, 0.0)],
}


def ribbon(start: Point, end: Point, width: float, bend: float, gap: float) -> Outline | None:
    """A flow: thin where the demand is, broad and pointed at the site, bent to its left."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    length = hypot(dx, dy)
    if length < 3:
        return None
    cx, cy = (x0 + x1) / 2 + dy * bend, (y0 + y1) / 2 - dx * bend
    ex, ey = x1 - cx, y1 - cy
    far = hypot(ex, ey)
    tx, ty = ex / far, ey / far
    gap = min(gap, length / 3)
    px, py = x1 - tx * gap, y1 - ty * gap
    head = min(max(3.8, width * 1.5), length / 3)
    hx, hy = px - tx * head, py - ty * head
    sx, sy = cx - x0, cy - y0
    near = hypot(sx, sy)
    nx, ny, mx, my = -sy / near, sx / near, -dy / length, dx / length
    tail, middle, broad, barb = max(0.15, width * 0.1), width * 0.3, width / 2, width / 2 + 1.7
    points = [
        (x0 + nx * tail, y0 + ny * tail),
        (cx + mx * middle, cy + my * middle),
        (hx - ty * broad, hy + tx * broad),
        (hx - ty * barb, hy + tx * barb),
        (px, py),
        (hx + ty * barb, hy - tx * barb),
        (hx + ty * broad, hy - tx * broad),
        (cx - mx * middle, cy - my * middle),
        (x0 - nx * tail, y0 - ny * tail),
        (x0 - nx * tail, y0 - ny * tail),
    ]
    line, curve = Outline.LINETO, Outline.CURVE3
    codes = [Outline.MOVETO, curve, curve, line, line, line, line, curve, curve, Outline.CLOSEPOLY]
    return Outline(points, codes)
