"""A province and what lies around it as a drawing on the page's own projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layout.geography.albers import project
from layout.report.boundaries import Boundaries, Line

Floats = NDArray[np.float64]
WIDTH, HEIGHT = 470.0, 340.0
_MARGIN = 0.09
_STEP = 0.5
"""How far an outline may be off, in units of the drawing."""
_ISLET = 1.2
"""Land narrower than this is drawn as a dot, or not at all."""
_BEYOND = 12.0
"""How far outlines go beyond the drawing, so that where they are cut is not seen."""
_AROUND = 250_000.0
_MAIN = 0.03
"""A piece of land smaller than this share of the largest does not widen the drawing."""
_FAR = 300_000.0
_INSET = (104.0, 140.0)


@dataclass(frozen=True)
class Mark:
    """A disc at a place with a word beside it; `strong` marks are what the sheet is about."""

    lat: float
    lon: float
    radius: float
    colour: str
    word: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Drawing:
    """What a template draws, in units of `width` × `height`."""

    width: float
    height: float
    land: str
    others: str
    lines: list[tuple[str, str]]
    names: list[tuple[float, float, str]] = field(default_factory=list)
    marks: list[dict[str, object]] = field(default_factory=list)
    scale_km: int = 0
    scale_length: float = 0.0
    inset: Drawing | None = None


class Ground:
    """The land of a boundary layer on the projection, worked out once for many drawings."""

    def __init__(self, layer: Boundaries) -> None:
        self.layer = layer
        rings = [_projected(area.ring) for area in layer.areas]
        self.codes = np.array([area.adcode for area in layer.areas], dtype=object)
        self.shapes = shapely.make_valid(np.array([shapely.Polygon(ring) for ring in rings]))

    def of(self, code: str) -> Any:
        """The pieces of one province."""
        return self.shapes[self.codes == code]

    def others(self, code: str) -> Any:
        """The pieces of all the others."""
        return self.shapes[self.codes != code]


class Frame:
    """The piece of the projection that a drawing shows: metres → units, y downwards."""

    def __init__(self, box: Sequence[float], width: float, height: float) -> None:
        low, high = np.array(box[:2]), np.array(box[2:])
        span = np.maximum(high - low, 1.0) * (1 + 2 * _MARGIN)
        self.per_unit = float(max(span[0] / width, span[1] / height))
        middle = (low + high) / 2
        self._corner = middle + np.array([-width, height]) / 2 * self.per_unit
        self.width, self.height = width, height

    def units(self, points: Floats) -> Floats:
        """Projected points → places on the drawing."""
        return np.asarray((points - self._corner) / self.per_unit * np.array([1.0, -1.0]))

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """A place on the drawing."""
        x, y = self.units(_projected(np.array([[lon, lat]])))[0]
        return round(float(x), 1), round(float(y), 1)

    def path(self, shapes: Any, islets: bool = False) -> str:
        """Pieces of land or lines as far as the drawing shows them; `islets` stay as dots."""
        far = _BEYOND * self.per_unit
        left, top = self._corner
        box = (
            left - far, top - self.height * self.per_unit - far,
            left + self.width * self.per_unit + far, top + far,
        )  # fmt: skip
        near = shapes[shapely.intersects(shapely.envelope(shapes), shapely.box(*box))]
        cut = shapely.simplify(shapely.clip_by_rect(near, *box), _STEP * self.per_unit)
        return "".join(self._piece(one, islets) for one in shapely.get_parts(cut))

    def _piece(self, shape: Any, islets: bool) -> str:
        """An outline: the outer ring of an area, or a line; a dot or nothing for an islet."""
        if shape.is_empty:
            return ""
        if shape.geom_type == "Polygon" and shape.area < (_ISLET * self.per_unit) ** 2:
            x, y = self.units(np.array([[shape.centroid.x, shape.centroid.y]]))[0]
            return f"M{x - 0.6:.1f} {y - 0.6:.1f}h1.2v1.2h-1.2Z" if islets else ""
        area = shape.geom_type == "Polygon"
        ring = shape.exterior if area else shape
        places = self.units(np.asarray(ring.coords)[:, :2]).tolist()
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) + ("Z" if area else "")


def draw(
    ground: Ground,
    code: str,
    marks: Sequence[Mark],
    lang: str,
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Drawing:
    """The province `code` with its neighbours, boundary lines, names and marks.

    A place outside every province (`code` '') is shown with what lies around its marks.
    """
    own = ground.of(code)
    if len(own):
        main = own[shapely.area(own) > _MAIN * shapely.area(own).max()]
        frame = Frame(shapely.total_bounds(main).tolist(), *size)
    else:
        around = _projected(np.array([[one.lon, one.lat] for one in marks], dtype=float))
        frame = Frame([*around.min(axis=0) - _AROUND, *around.max(axis=0) + _AROUND], *size)
    drawing, inset = _framed(ground, code, frame), _inset(ground, code, frame)
    km, length = _scale(frame)
    drawn, taken = _marks(marks, frame)
    taken.append((0.0, frame.height - 34, length + 30, frame.height))
    if inset is not None:
        taken.append((frame.width - inset.width - 8, frame.height - inset.height - 8,
                      frame.width, frame.height))  # fmt: skip
    return replace(
        drawing,
        names=_names(ground, code, frame, taken, lang),
        marks=drawn,
        scale_km=km,
        scale_length=length,
        inset=inset,
    )


def _framed(ground: Ground, code: str, frame: Frame) -> Drawing:
    """Land and lines of a piece of the projection."""
    return Drawing(
        width=frame.width,
        height=frame.height,
        land=frame.path(ground.of(code), islets=True),
        others=frame.path(ground.others(code)),
        lines=[
            (line.kind, path) for line in ground.layer.lines if (path := frame.path(_line(line)))
        ],
    )


def _inset(ground: Ground, code: str, frame: Frame) -> Drawing | None:
    """The whole province, where islands of it lie far outside the frame."""
    own = ground.of(code)
    if not len(own):
        return None
    box = shapely.total_bounds(own)
    corners = frame.units(np.array([box[:2], box[2:]]))
    beyond = max(-corners.min(), corners[:, 0].max() - frame.width, corners[:, 1].max()
                 - frame.height)  # fmt: skip
    if beyond * frame.per_unit < _FAR:
        return None
    return _framed(ground, code, Frame(box.tolist(), *_INSET))


Box = tuple[float, float, float, float]


def _marks(marks: Sequence[Mark], frame: Frame) -> tuple[list[dict[str, object]], list[Box]]:
    """The largest disc first, each word where it is in nobody's way; and the room they take."""
    order = sorted(marks, key=lambda one: -one.radius)
    places = [frame.at(one.lat, one.lon) for one in order]
    taken: list[Box] = [
        (x - one.radius, y - one.radius, x + one.radius, y + one.radius)
        for one, (x, y) in zip(order, places, strict=True)
    ]
    found = []
    for number, (one, (x, y)) in enumerate(zip(order, places, strict=True)):
        word: dict[str, object] = {"word": one.word}
        if one.word:
            others = [box for at, box in enumerate(taken) if at != number]
            best = min(_spots(one, x, y), key=lambda spot: _overlap(spot[2], others, frame))
            taken.append(best[2])
            word |= {"word_x": best[0][0], "word_y": best[0][1], "anchor": best[1]}
        found.append({"x": x, "y": y, "r": round(one.radius, 1), "colour": one.colour,
                      "strong": one.strong, **word})  # fmt: skip
    return found, taken


def _names(
    ground: Ground, code: str, frame: Frame, taken: list[Box], lang: str
) -> list[tuple[float, float, str]]:
    """Names of the neighbours where there is room for them."""
    found, used = [], list(taken)
    for one in ground.layer.provinces:
        x, y = frame.at(one.lat, one.lon)
        name, half = one.short(lang), _wide(one.short(lang)) / 2
        box = (x - half, y - 12, x + half, y + 3)
        if one.adcode != code and _overlap(box, used, frame) == 0:
            found.append((x, y, name))
            used.append(box)
    return found


def _wide(word: str) -> float:
    """About how wide a word is, in units of the drawing."""
    return sum(13.5 if ord(letter) > 0x2E7F else 7.5 for letter in word)


Spot = tuple[tuple[float, float], str, Box]


def _spots(one: Mark, x: float, y: float) -> list[Spot]:
    """Right, left, above, below of a disc: where the word stands, its anchor, its box."""
    gap, high = one.radius + 4, 14.0
    wide = _wide(one.word)
    return [
        ((round(x + gap, 1), y), "start", (x + gap, y - high / 2, x + gap + wide, y + high / 2)),
        ((round(x - gap, 1), y), "end", (x - gap - wide, y - high / 2, x - gap, y + high / 2)),
        ((x, round(y - gap - 4, 1)), "middle",
         (x - wide / 2, y - gap - high, x + wide / 2, y - gap)),
        ((x, round(y + gap + 5, 1)), "middle",
         (x - wide / 2, y + gap, x + wide / 2, y + gap + high)),
    ]  # fmt: skip


def _overlap(box: Box, others: Sequence[Box], frame: Frame) -> float:
    """How much of a word lies on other words and discs, or outside the drawing."""
    found = 0.0
    for other in others:
        wide = min(box[2], other[2]) - max(box[0], other[0])
        high = min(box[3], other[3]) - max(box[1], other[1])
        found += max(wide, 0.0) * max(high, 0.0)
    outside = max(-box[0], box[2] - frame.width, -box[1], box[3] - frame.height, 0.0)
    return found + 100 * outside


def _projected(ring: Floats) -> Floats:
    """Longitude, latitude → metres."""
    x, y = project(ring[:, 0], ring[:, 1])
    return np.column_stack([x, y])


def _line(line: Line) -> Any:
    """A boundary line on the projection."""
    shape = line.geometry
    many = shape["coordinates"] if shape["type"].startswith("Multi") else [shape["coordinates"]]
    return np.array(
        [
            shapely.LineString(_projected(np.array([p[:2] for p in one], dtype=float)))
            for one in many
        ]
    )


def _scale(frame: Frame) -> tuple[int, float]:
    """A round number of km for the scale bar, and its length."""
    most = 0.22 * frame.width * frame.per_unit / 1000
    step = 10 ** int(np.floor(np.log10(max(most, 1.0))))
    km = max(n * step for n in (1, 2, 5) if n * step <= max(most, 1.0))
    return int(km), round(km * 1000 / frame.per_unit, 1)
