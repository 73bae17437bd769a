"""The shipped boundary layer, a user's own, and what a delay reaches."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from layout.errors import InputError
from layout.geography.distance import great_circle_km, one_way_ms
from layout.model.schema import Latency
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.page import boundary_note
from layout.report.reach import province_at, reach
from layout.resources import folder

PLACES = {
    "Tawang": (27.59, 91.87, "540000"),
    "Aksai Chin": (35.2, 79.2, "650000"),
    "Taipei": (25.05, 121.51, "710000"),
    "Diaoyu Dao": (25.7436, 123.4747, "710000"),
    "Zengmu Ansha": (3.97, 112.28, "460000"),
    "Heixiazi": (48.35, 134.7, "230000"),
    "Hong Kong": (22.28, 114.17, "810000"),
    "Macao": (22.19, 113.54, "820000"),
}


def test_the_shipped_layer_is_whole_and_valid() -> None:
    layer = shipped_boundaries()
    assert len(layer.provinces) == len({one.adcode for one in layer.provinces}) == 34
    assert all(shapely.geometry.shape(one.geometry).is_valid for one in layer.provinces)
    kinds = {line.kind: line.geometry for line in layer.lines}
    assert len(kinds["ten_dash"]["coordinates"]) == 10
    assert {"undetermined", "special_region", "province_at_sea"} < set(kinds)


@pytest.mark.parametrize("place", PLACES)
def test_places_lie_where_they_should(place: str) -> None:
    lat, lon, adcode = PLACES[place]
    assert province_at((lat, lon), shipped_boundaries()) == adcode


@pytest.mark.parametrize("part", ["boundaries", "vendor/leaflet"])
def test_checksums_of_what_is_shipped(part: str) -> None:
    place = folder("maps") / part
    for line in (place / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest


def _official(path: Path, change: Any = None) -> Path:
    """The shipped layer as somebody else might save it: by name only, codes of nine digits."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": one.name_zh} if number % 2 else {"gb": f"156{one.adcode}"},
            "geometry": one.geometry,
        }
        for number, one in enumerate(shipped_boundaries().provinces)
    ]
    content = {"type": "FeatureCollection", "features": features}
    if change is not None:
        change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def test_an_own_layer_by_name_or_code(tmp_path: Path) -> None:
    layer = read_boundaries(_official(tmp_path / "official.geojson"))
    assert len(layer.provinces) == 34
    assert layer.lines == shipped_boundaries().lines
    assert boundary_note(layer, "审图号：GS(2024)0000号", "zh") == "审图号：GS(2024)0000号"
    assert "仅供内部分析" in boundary_note(layer, None, "zh")


def test_the_shipped_layer_stays_internal_whatever_the_credit() -> None:
    for lang in ("zh", "en"):
        note = boundary_note(shipped_boundaries(), "GS(2024)0000", lang)
        assert "GS(2024)0000" in note
        assert "仅供内部分析，边界经化简" in note
        assert "for internal analysis, boundaries simplified" in note


def _crs(content: dict[str, Any]) -> None:
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4479"}}


def _projected(content: dict[str, Any]) -> None:
    content["features"][0]["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[4e5, 4e6], [5e5, 4e6], [5e5, 5e6], [4e5, 4e6]]],
    }


def _unknown(content: dict[str, Any]) -> None:
    content["features"][0]["properties"] = {"name": "Atlantis"}


def _incomplete(content: dict[str, Any]) -> None:
    del content["features"][31:]


def _format(content: dict[str, Any]) -> None:
    content["type"] = "Topology"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (_crs, "boundaries_crs", "EPSG::4479"),
        (_projected, "boundaries_place", "400000"),
        (_unknown, "boundaries_unknown", "Atlantis"),
        (_incomplete, "boundaries_missing", "台湾省、香港特别行政区、澳门特别行政区"),
        (_format, "boundaries_format", "Topology"),
    ],
)
def test_a_layer_that_cannot_be_used(tmp_path: Path, change: Any, code: str, words: str) -> None:
    file = _official(tmp_path / "own.geojson", change)
    with pytest.raises(InputError) as caught:
        read_boundaries(file)
    problem = next(one for one in caught.value.problems if one.code == code)
    for lang in ("zh", "en"):
        sentence = problem.sentence(lang)
        assert str(file) in sentence
        assert words in sentence


def test_a_known_crs_is_accepted_and_a_broken_file_refused(tmp_path: Path) -> None:
    def known(content: dict[str, Any]) -> None:
        content["crs"] = {"properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}

    assert read_boundaries(_official(tmp_path / "known.geojson", known)).file == "known.geojson"
    (tmp_path / "broken.geojson").write_text("{", "utf-8")
    for name in ("broken.geojson", "absent.geojson"):
        with pytest.raises(InputError) as caught:
            read_boundaries(tmp_path / name)
        assert caught.value.problems[0].code == "boundaries_unreadable"


@pytest.mark.parametrize("basis", ["rtt", "one_way"])
@pytest.mark.parametrize("limit", [20.0, 5.0])
def test_a_ring_lies_at_the_limit_of_the_models_own_latency(basis: str, limit: float) -> None:
    latency = Latency()
    ring = reach((26.41, 106.46), latency, limit, basis)
    points = np.array(ring.ring)
    km = great_circle_km(np.array([26.41]), np.array([106.46]), points[:, 0], points[:, 1])[0]
    delay = one_way_ms(
        km,
        route_factor=latency.route_factor,
        km_per_ms=latency.km_per_ms,
        fixed_ms=latency.fixed_ms,
    )
    assert delay * (2 if basis == "rtt" else 1) == pytest.approx(limit, abs=0.002)


def test_round_trips_reach_half_as_far_less_the_fixed_delay() -> None:
    # (20 − 1) × 204 / 1.5 = 2584 km one way; (10 − 1) × 136 = 1224 km for a round trip
    assert reach((30, 110), Latency(), 20, "one_way").km == pytest.approx(2584)
    assert reach((30, 110), Latency(), 20, "rtt").km == pytest.approx(1224)
    assert reach((30, 110), Latency(), 1.5, "rtt").km == 0
