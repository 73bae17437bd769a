"""The boundary layer of a map: the shipped one, or a GeoJSON file of the user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.errors import InputError, Problem
from layout.files import read_text
from layout.resources import folder

CODE_COLUMNS = ("adcode", "gb", "code", "id", "pac")
NAME_COLUMNS = ("name_zh", "name", "name_en", "fullname", "NAME", "名称", "省", "省份")
TRUSTED_CRS = ("crs84", "epsg::4326", "epsg:4326", "epsg::4490", "epsg:4490", "wgs84", "cgcs2000")
_DEPTHS = {
    "LineString": (1, 2),
    "MultiLineString": (2, 2),
    "Polygon": (2, 4),
    "MultiPolygon": (3, 4),
}
"""Geometry → how deep its points stand in lists, and how few of them make a line or a ring."""
CHINA = (72.0, 3.0, 137.0, 55.0)
"""West, south, east, north: no province of China lies outside."""


@dataclass(frozen=True)
class Province:
    """One province: six-digit code, names, where its label stands, its GeoJSON geometry."""

    adcode: str
    name_en: str
    name_zh: str
    short_zh: str
    lat: float
    lon: float
    geometry: dict[str, Any]

    def name(self, lang: str) -> str:
        """The name in that language."""
        return self.name_zh if lang == "zh" else self.name_en

    def short(self, lang: str) -> str:
        """The name that fits on a map."""
        return self.short_zh if lang == "zh" else self.name_en


@dataclass(frozen=True)
class Line:
    """A boundary line by kind: province_at_sea, special_region, ten_dash, undetermined, other."""

    kind: str
    geometry: dict[str, Any]


class Area:
    """The outer ring of a piece of a province (longitude, latitude), and its bounds."""

    def __init__(self, adcode: str, ring: NDArray[np.float64]) -> None:
        self.adcode = adcode
        self.ring = ring
        self.box = (*ring.min(axis=0), *ring.max(axis=0))


@dataclass(frozen=True)
class Boundaries:
    """34 provinces and the lines; `file` is the user's file name, '' for the shipped layer."""

    provinces: tuple[Province, ...]
    lines: tuple[Line, ...]
    file: str = ""

    @cached_property
    def areas(self) -> list[Area]:
        """Every connected piece of land of every province."""
        return [
            Area(one.adcode, np.array([point[:2] for point in ring], dtype=float))
            for one in self.provinces
            for ring in _rings(one.geometry)
        ]


@cache
def shipped_boundaries() -> Boundaries:
    """The simplified layer of ``maps/boundaries/`` (see its PROVENANCE.md)."""
    place = folder("maps") / "boundaries"
    provinces = []
    for feature in json.loads((place / "provinces.geojson").read_text("utf-8"))["features"]:
        about = feature["properties"]
        provinces.append(
            Province(
                adcode=about["adcode"],
                name_en=about["name_en"],
                name_zh=about["name_zh"],
                short_zh=about["short_zh"],
                lat=about["label_lat"],
                lon=about["label_lon"],
                geometry=feature["geometry"],
            )
        )
    features = json.loads((place / "lines.geojson").read_text("utf-8"))["features"]
    lines = (Line(feature["properties"]["kind"], feature["geometry"]) for feature in features)
    return Boundaries(tuple(provinces), tuple(lines))


def read_boundaries(path: str | Path) -> Boundaries:
    """The layer of a GeoJSON file with all 34 provinces, known by code or by name.

    Its lines, if it has any, replace the shipped lines. Geometries are taken as they are. Raises
    InputError when the file cannot be read, is of another coordinate system or is not complete.
    """
    file = Path(path)
    features = _features(file)
    shapes: dict[str, list[Any]] = {}
    lines, unknown = [], []
    for number, feature in enumerate(features, start=1):
        about = feature.get("properties") or {}
        geometry = feature.get("geometry") or {}
        shape = geometry.get("type")
        if shape in ("LineString", "MultiLineString"):
            lines.append(Line(_line_kind(about), geometry))
            continue
        adcode = _adcode(feature, about)
        if adcode is None or shape not in ("Polygon", "MultiPolygon"):
            unknown.append((number, _shown(about)))
            continue
        parts = geometry["coordinates"] if shape == "MultiPolygon" else [geometry["coordinates"]]
        shapes.setdefault(adcode, []).extend(parts)
    known = shipped_boundaries()
    _check_complete(file, unknown, [p for p in known.provinces if p.adcode not in shapes])
    provinces = tuple(
        replace(one, geometry={"type": "MultiPolygon", "coordinates": shapes[one.adcode]})
        for one in known.provinces
    )
    return Boundaries(provinces, tuple(lines) or known.lines, file.name)


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    """The outer rings of a polygon or of several."""
    many = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if many else [geometry["coordinates"]]:
        yield polygon[0]


def _features(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(read_text(file))
    except (OSError, ValueError, RecursionError) as reason:
        raise _problem(file, "boundaries_unreadable", reason=str(reason)) from reason
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        found = content.get("type") if isinstance(content, dict) else type(content).__name__
        raise _problem(file, "boundaries_format", type=str(found))
    crs = content.get("crs")
    if crs is not None and not any(name in json.dumps(crs).lower() for name in TRUSTED_CRS):
        raise _problem(file, "boundaries_crs", crs=json.dumps(crs, ensure_ascii=False)[:120])
    listed = content.get("features")
    features = listed if isinstance(listed, list) else []
    for number, feature in enumerate(features, start=1):
        if not _well_formed(feature):
            raise _problem(file, "boundaries_shape", number=number)
    _check_places(file, features)
    return features


def _well_formed(feature: Any) -> bool:
    """Whether a feature has properties, and lines or areas (or nothing) that are whole."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        return False
    geometry = feature.get("geometry") or {}
    if not isinstance(geometry, dict):
        return False
    depth, least = _DEPTHS.get(str(geometry.get("type")), (0, 0))
    return not depth or _is_line(geometry.get("coordinates"), depth, least)


def _is_line(part: Any, depth: int, least: int) -> bool:
    """Whether lists stand in one another so deep, the innermost of at least so many points."""
    if not isinstance(part, list):
        return False
    if depth > 1:
        return bool(part) and all(_is_line(inner, depth - 1, least) for inner in part)
    return len(part) >= least and all(_is_point(point) for point in part)


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) >= 2
        and all(type(value) in (int, float) for value in point)
    )


def _check_places(file: Path, features: list[dict[str, Any]]) -> None:
    """Coordinates are degrees inside China's bounds, longitude first."""
    west, south, east, north = CHINA
    for feature in features:
        for lon, lat in _points((feature.get("geometry") or {}).get("coordinates") or ()):
            if not (west <= lon <= east and south <= lat <= north):
                raise _problem(file, "boundaries_place", x=lon, y=lat)


def _points(part: Any) -> Iterator[tuple[float, float]]:
    if not isinstance(part, list | tuple):
        return
    if len(part) >= 2 and all(isinstance(value, int | float) for value in part[:2]):
        yield float(part[0]), float(part[1])
        return
    for inner in part:
        if isinstance(inner, list | tuple):
            yield from _points(inner)


def _adcode(feature: dict[str, Any], about: dict[str, Any]) -> str | None:
    """The code of the province that a feature is, by its code or by its name."""
    known = shipped_boundaries().provinces
    codes = {one.adcode for one in known}
    for value in (*(about.get(column) for column in CODE_COLUMNS), feature.get("id")):
        digits = str(value).strip().removeprefix("156").ljust(6, "0")
        if value not in (None, "") and digits in codes:
            return digits
    for value in (about.get(column) for column in NAME_COLUMNS):
        for one in known:
            names = (one.name_zh, one.short_zh, one.name_en.lower())
            if isinstance(value, str) and value.strip().lower() in names:
                return one.adcode
    return None


def _line_kind(about: dict[str, Any]) -> str:
    kinds = ("province_at_sea", "special_region", "ten_dash", "undetermined")
    return str(about["kind"]) if about.get("kind") in kinds else "other"


def _shown(about: dict[str, Any]) -> str:
    return json.dumps(about, ensure_ascii=False)[:80]


def _check_complete(file: Path, unknown: list[tuple[int, str]], missing: list[Province]) -> None:
    """Every area is a province, every province is there; Taiwan and the islands too."""
    problems = [
        Problem("boundaries_unknown", "error", str(file), values={"number": number, "about": about})
        for number, about in unknown[:5]
    ]
    if missing:
        names = "、".join(one.name_zh for one in missing)
        problems.append(Problem("boundaries_missing", "error", str(file), values={"names": names}))
    if problems:
        raise InputError(problems)


def _problem(file: Path, code: str, **values: Any) -> InputError:
    return InputError([Problem(code, "error", str(file), values=values)])
