"""The land of a picture: provinces and boundary lines on Albers' projection, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import shapely
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from layout.geography.albers import project
from layout.report.boundaries import Boundaries, Line, shipped_boundaries

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

FINE_M = 2000.0
"""Detail of the shipped layer in a picture: a tenth of a millimetre on a sheet of A4."""
MAINLAND_LAT = 18.1
TAIWAN_EAST = (122.9, 23.5)
"""A place east of Taiwan and of the dash beside it: an inset stays to its right."""
INSET_MIDDLE, INSET_WIDTH_M, INSET_HEIGHT_M = (113.4, 13.6), 1.72e6, 2.5e6


@dataclass(frozen=True)
class Ground:
    """Province → its area, and the lines, in metres of the projection."""

    areas: dict[str, Any]
    lines: tuple[tuple[str, tuple[Floats, ...]], ...]

    @cached_property
    def land(self) -> Box:
        """West, south, east, north of the land north of the islands of the south."""
        points = np.concatenate([shapely.get_coordinates(area) for area in self.areas.values()])
        southern = float(project(105.0, MAINLAND_LAT)[1])
        points = points[points[:, 1] > southern]
        return (*map(float, points.min(axis=0)), *map(float, points.max(axis=0)))  # type: ignore[return-value]


def ground(layer: Boundaries, fine: bool = False) -> Ground:
    """The boundary layer projected. A user's own is drawn as it is, ours simpler unless `fine`."""
    if layer is shipped_boundaries() and not fine:
        return _shipped()
    return _projected(layer, 0.0)


@cache
def _shipped() -> Ground:
    return _projected(shipped_boundaries(), FINE_M)


def _projected(layer: Boundaries, tolerance_m: float) -> Ground:
    shapes = [_flat(shapely.geometry.shape(one.geometry)) for one in layer.provinces]
    if tolerance_m and hasattr(shapely, "coverage_simplify"):
        shapes = list(shapely.coverage_simplify(shapes, tolerance_m))
    areas = {one.adcode: shape for one, shape in zip(layer.provinces, shapes, strict=True)}
    return Ground(areas, tuple((line.kind, tuple(_parts(line))) for line in layer.lines))


def _flat(shape: Any) -> Any:
    return shapely.transform(
        shapely.force_2d(shape), lambda at: np.column_stack(project(at[:, 0], at[:, 1]))
    )


def _parts(line: Line) -> Iterator[Floats]:
    for part in shapely.get_parts(_flat(shapely.geometry.shape(line.geometry))):
        yield shapely.get_coordinates(part)


@dataclass(frozen=True)
class Frame:
    """Where the projection lies on the sheet: its middle at (x, y) points, points per metre."""

    box: Box
    middle_m: tuple[float, float]
    scale: float

    def at(self, east: Any, north: Any) -> tuple[Any, Any]:
        """Metres → points on the sheet."""
        left, top, right, bottom = self.box
        x = (left + right) / 2 + (east - self.middle_m[0]) * self.scale
        y = (top + bottom) / 2 - (north - self.middle_m[1]) * self.scale
        return x, y

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Degrees → points on the sheet."""
        x, y = self.at(*project(lon, lat))
        return float(x), float(y)

    def points(self, metres: Floats) -> Floats:
        """A line of metres as a line of points."""
        return np.column_stack(self.at(metres[:, 0], metres[:, 1]))

    def seen(self, area: Any) -> Any:
        """What of an area lies inside the box, in metres."""
        left, top, right, bottom = self.box
        wide, high = (right - left) / 2 / self.scale, (bottom - top) / 2 / self.scale
        east, north = self.middle_m
        valid = shapely.make_valid(area)
        return shapely.clip_by_rect(valid, east - wide, north - high, east + wide, north + high)

    def outline(self, area: Any) -> Outline:
        """An area with its holes as one path; what lies far outside the box is left out."""
        vertices, codes = [], []
        for ring in _rings(area):
            points = self.points(ring)
            if self._far(points):
                continue
            vertices.append(points)
            code = np.full(len(points), Outline.LINETO, dtype=np.uint8)
            code[0], code[-1] = Outline.MOVETO, Outline.CLOSEPOLY
            codes.append(code)
        if not vertices:
            return Outline(np.zeros((1, 2)))
        return Outline(np.concatenate(vertices), np.concatenate(codes))

    def _far(self, points: Floats) -> bool:
        left, top, right, bottom = self.box
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return bool(x1 < left or x0 > right or y1 < top or y0 > bottom)


def _rings(area: Any) -> Iterator[Floats]:
    for part in shapely.get_parts(area):
        yield shapely.get_coordinates(part.exterior)
        for hole in part.interiors:
            yield shapely.get_coordinates(hole)


def country(box: Box, land: Box, inset: tuple[float, float]) -> Frame:
    """The land as large as it fits, so far left that the inset stays clear of Taiwan."""
    left, top, right, bottom = box
    west, south, east, north = land
    taiwan = float(project(*TAIWAN_EAST)[0])
    margin = 6.0
    high = (bottom - top - 2 * margin) / (north - south)
    wide = (right - left - 2 * margin) / (east - west)
    beside = (right - inset[0] - 2 * margin - left) / (taiwan - west)
    scale = min(high, wide, beside)
    spare = min((right - left) / 2 - (east - west) / 2 * scale,
                right - inset[0] - 2 * margin - (left + (taiwan - west) * scale))  # fmt: skip
    start = left + min(margin + max(0.0, spare) / 2, (right - left - (east - west) * scale) / 2)
    middle_east = west + ((left + right) / 2 - start) / scale
    return Frame(box, (middle_east, (south + north) / 2), scale)


def closeup(box: Box, area: Any, share: float = 0.86) -> Frame:
    """One province in the middle of the box."""
    west, south, east, north = _main_part(area).bounds
    left, top, right, bottom = box
    scale = share * min((right - left) / (east - west), (bottom - top) / (north - south))
    return Frame(box, ((west + east) / 2, (south + north) / 2), scale)


def _main_part(area: Any) -> Any:
    """The area without small far islands (Hainan's reach to 4° N)."""
    parts = list(shapely.get_parts(area))
    most = max(part.area for part in parts)
    return shapely.union_all([part for part in parts if part.area > most / 50])


def islands(box: Box) -> Frame:
    """The South China Sea in its inset."""
    left, top, right, bottom = box
    scale = min((right - left) / INSET_WIDTH_M, (bottom - top) / INSET_HEIGHT_M)
    east, north = project(*INSET_MIDDLE)
    return Frame(box, (float(east), float(north)), scale)


def strokes(area: Any, step_m: float, frame: Frame) -> list[Floats]:
    """Slanting lines over what is seen of an area, so far apart: the hatch of a proxy."""
    area = frame.seen(area)
    if area.is_empty:
        return []
    west, south, east, north = area.bounds
    height = north - south
    first = np.floor((west - height - south) / step_m) * step_m + south
    starts = np.arange(first, east + step_m, step_m)
    slants = [shapely.LineString([(at, south), (at + height, north)]) for at in starts]
    cut = shapely.intersection(slants, area)
    parts = [part for one in cut for part in shapely.get_parts(one)]
    return [frame.points(shapely.get_coordinates(part)) for part in parts if part.length > 0]


def dots(area: Any, step_m: float, frame: Frame) -> Floats:
    """A lattice of points in what is seen of an area: what is outside the model."""
    area = frame.seen(area)
    if area.is_empty:
        return np.empty((0, 2))
    west, south, east, north = area.bounds
    x, y = np.meshgrid(
        np.arange(np.floor(west / step_m), np.ceil(east / step_m) + 1) * step_m,
        np.arange(np.floor(south / step_m), np.ceil(north / step_m) + 1) * step_m,
    )
    x[::2] += step_m / 2
    inside = shapely.contains_xy(area, x.ravel(), y.ravel())
    return np.column_stack(frame.at(x.ravel()[inside], y.ravel()[inside]))
