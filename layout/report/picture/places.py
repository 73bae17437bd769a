"""Room on the sheet: symbols that move aside for each other, names where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, sin
from typing import Any

import shapely

from layout.report.picture.canvas import Canvas
from layout.report.picture.ground import Box
from layout.report.picture.marks import CROWD, Point

FARTHEST = 26.0
"""Points that a symbol may stand from its place."""


@dataclass
class Stand:
    """Where a symbol stands: its place, how it was moved, half its width and height."""

    at: Point
    radius: float
    height: float
    shift: Point = (0.0, 0.0)

    @property
    def box(self) -> Box:
        """What it covers."""
        x, y = self.at[0] + self.shift[0], self.at[1] + self.shift[1]
        return (x - self.radius, y - self.height, x + self.radius, y + self.height)


def spread(stands: Sequence[Stand]) -> None:
    """Push symbols that overlap apart, each at most so far from its place."""
    at = [list(one.at) for one in stands]
    crowd = len(stands) > CROWD
    pairs = _near(stands, 8.0 if crowd else 54.0)
    for _ in range(10 if crowd else 60):
        for i, j in pairs:
            _push(stands, at, i, j)
        for place, one in zip(at, stands, strict=True):
            dx, dy = (place[0] - one.at[0]) * 0.985, (place[1] - one.at[1]) * 0.985
            far = hypot(dx, dy)
            shrink = FARTHEST / far if far > FARTHEST else 1.0
            place[:] = [one.at[0] + dx * shrink, one.at[1] + dy * shrink]
    for place, one in zip(at, stands, strict=True):
        one.shift = (place[0] - one.at[0], place[1] - one.at[1])


def _near(stands: Sequence[Stand], margin: float) -> list[tuple[int, int]]:
    """Pairs that may come to touch."""
    order = sorted(range(len(stands)), key=lambda i: stands[i].at[0])
    most = max((one.radius for one in stands), default=0.0)
    found = []
    for position, i in enumerate(order):
        one = stands[i]
        for j in order[position + 1 :]:
            other = stands[j]
            across = other.at[0] - one.at[0]
            if across > one.radius + most + margin:
                break
            if hypot(across, other.at[1] - one.at[1]) <= one.radius + other.radius + margin:
                found.append((min(i, j), max(i, j)))
    return sorted(found)


def _push(stands: Sequence[Stand], at: list[list[float]], i: int, j: int) -> None:
    need = stands[i].radius + stands[j].radius + 0.8
    dx, dy = at[j][0] - at[i][0], at[j][1] - at[i][1]
    distance = hypot(dx, dy)
    if distance >= need:
        return
    if distance < 0.01:
        dx, dy, distance = cos(i * 2.4), sin(i * 2.4), 1.0
    move = (need - min(distance, need)) / 2 / distance
    part = 2 * stands[i].radius / (stands[i].radius + stands[j].radius)
    at[i][0] -= dx * move * (2 - part)
    at[i][1] -= dy * move * (2 - part)
    at[j][0] += dx * move * part
    at[j][1] += dy * move * part


class Names:
    """Names that find a free place; one that finds none is left out."""

    def __init__(self, canvas: Canvas, view: Box, taken: Sequence[Box]) -> None:
        self.canvas, self.view = canvas, view
        self.taken = list(taken)

    def beside(self, words: str, stand: Stand, size: float, **look: Any) -> bool:
        """A name under, over, right or left of a symbol."""
        width = self.canvas.fonts.width(words, size)
        x, y = stand.at[0] + stand.shift[0], stand.at[1] + stand.shift[1]
        down, side = stand.height + size * 0.75, stand.radius + 2.5 + width / 2
        places = [(0.0, down), (0.0, -down), (side, 0.0), (-side, 0.0)]
        places += [(a, b) for b in (size * 0.9, -size) for a in (side, -side)]
        return self._first(words, (x, y), places, width, size, None, look)

    def inside(self, words: str, at: Point, area: Any, size: float, **look: Any) -> bool:
        """A name in an area (in points), or close to its usual place."""
        width = self.canvas.fonts.width(words, size)
        step, wide = size * 1.15, width * 0.7
        places = [(0.0, 0.0), (0.0, step), (0.0, -step), (wide, 0.0), (-wide, 0.0),
                  (0.0, 2 * step), (0.0, -2 * step), (wide, step), (-wide, step), (wide, -step),
                  (-wide, -step), (2 * wide, 0.0), (-2 * wide, 0.0)]  # fmt: skip
        return self._first(words, at, places, width, size, area, look)

    def _first(
        self,
        words: str,
        at: Point,
        places: Sequence[Point],
        width: float,
        size: float,
        area: Any,
        look: dict[str, Any],
    ) -> bool:
        for dx, dy in places:
            x, y = at[0] + dx, at[1] + dy
            box = (x - width / 2, y - size * 0.55, x + width / 2, y + size * 0.55)
            if not _within(box, self.view) or any(_crossing(box, one) for one in self.taken):
                continue
            if area is not None and not _belongs(area, x, y, hypot(dx, dy)):
                continue
            self.taken.append(box)
            self.canvas.text(x, y + size * 0.36, words, size, at="middle", halo="#ffffff", **look)
            return True
        return False


def _belongs(area: Any, x: float, y: float, far: float) -> bool:
    """A province's name stays in it, or at most a line of text beside its usual place."""
    left, top, right, bottom = area.bounds
    if far < 11:
        return True
    tiny = right - left < 24 and bottom - top < 24
    return far < 26 if tiny else bool(shapely.contains_xy(area, x, y))


def _within(box: Box, view: Box) -> bool:
    return box[0] > view[0] and box[1] > view[1] and box[2] < view[2] and box[3] < view[3]


def _crossing(a: Box, b: Box) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]
