"""A base map from a tile server of the user's own network: off unless it is asked for.

Tiles are pictures in Web Mercator, in the coordinates that their maker uses. In mainland China that
is mostly GCJ-02, some hundred metres off WGS-84: everything that is drawn on them is converted. A
page with tiles asks that one server for pictures, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layout.errors import LayoutError
from layout.geography.coordinates import from_wgs84
from layout.labels import text
from layout.labels.cleaning import clean

SYSTEMS = ("wgs84", "gcj02", "bd09")
MERCATOR = "EPSG3857"
_ORIGIN = re.compile(r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?(?=/)")
_PATH = re.compile(r"(?:[A-Za-z0-9._~/?&=%+:@!*-]|\{(?:x|y|-y|z)\})*")
_LONGEST = 500


class TilesProblem(LayoutError):
    """A tile address or a coordinate system that cannot be used; exit 2."""

    exit_code = 2


@dataclass(frozen=True)
class Tiles:
    """A tile server: address with {x}, {y} and {z}, coordinate system, whose map it is."""

    url: str
    system: str
    credit: str
    origin: str

    def record(self, lang: str) -> dict[str, str]:
        """What the page's script is told."""
        failed = text("map.tiles.failed", lang, origin=self.origin)
        return {"url": self.url, "failed": failed}

    def notes(self, lang: str) -> list[str]:
        """What the page says of its base map: whose it is, its system, the projection."""
        system = text(f"map.tiles.{self.system}", lang)
        return [
            text("map.tiles.note", lang, credit=self.credit, origin=self.origin, system=system),
            text("map.tiles.projection", lang),
        ]

    def placed(self, scene: Any) -> Any:
        """The scene with every place, ring and shape in it converted."""
        return _placed(scene, self.system) if self.system != "wgs84" else scene

    def geometry(self, geometry: dict[str, Any]) -> dict[str, Any]:
        """A GeoJSON geometry, converted."""
        return _geometry(geometry, self.system) if self.system != "wgs84" else geometry


def tiles_of(url: str, system: str = "wgs84", credit: str = "") -> Tiles:
    """A tile server by its address. Raises TilesProblem for one that cannot be used.

    The address is http or https, a host in ASCII without user or password, and a path that holds
    {x}, {z} and {y} (or {-y} where rows count from the south) once each.
    """
    if system not in SYSTEMS:
        raise TilesProblem("map.tiles.error.system", found=clean(system), known=", ".join(SYSTEMS))
    origin = _ORIGIN.match(url)
    shown = clean(url)[:120]
    if origin is None or len(url) > _LONGEST:
        raise TilesProblem("map.tiles.error.origin", url=shown)
    path = url[origin.end() :]
    if _PATH.fullmatch(path) is None:
        raise TilesProblem("map.tiles.error.path", url=shown)
    names = sorted(name.removeprefix("-") for name in re.findall(r"\{(-?\w)\}", path))
    if names != ["x", "y", "z"]:
        raise TilesProblem("map.tiles.error.places", url=shown)
    return Tiles(url, system, clean(credit).strip()[:200] or origin.group(2), origin.group(0))


def _placed(part: Any, system: str) -> Any:
    """Scenes hold places under ``at`` and ``ring`` (latitude first) and GeoJSON as ``geometry``."""
    if isinstance(part, list):
        return [_placed(one, system) for one in part]
    if not isinstance(part, dict):
        return part
    made: dict[str, Any] = {}
    for key, value in part.items():
        if key == "at" and _is_place(value):
            made[key] = _latitude_first([value], system)[0]
        elif key == "ring":
            made[key] = _latitude_first(value, system)
        elif key == "geometry" and isinstance(value, dict):
            made[key] = _geometry(value, system)
        else:
            made[key] = _placed(value, system)
    return made


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(isinstance(one, int | float) for one in value)
    )


def _latitude_first(places: Any, system: str) -> list[list[float]]:
    points = np.asarray(places, dtype=float)
    lat, lon = from_wgs84(points[:, 0], points[:, 1], system)
    return _rounded(lat, lon)


def _geometry(geometry: dict[str, Any], system: str) -> dict[str, Any]:
    return {**geometry, "coordinates": _coordinates(geometry["coordinates"], system)}


def _coordinates(part: Any, system: str) -> Any:
    """Longitude first, nested as deep as the type of the geometry asks."""
    if isinstance(part[0], int | float):
        return _coordinates([part], system)[0]
    if not isinstance(part[0][0], int | float):
        return [_coordinates(one, system) for one in part]
    points = np.asarray([point[:2] for point in part], dtype=float)
    lat, lon = from_wgs84(points[:, 1], points[:, 0], system)
    return _rounded(lon, lat)


def _rounded(first: NDArray[np.float64], second: NDArray[np.float64]) -> list[list[float]]:
    pairs: list[list[float]] = np.round(np.column_stack([first, second]), 6).tolist()
    return pairs
