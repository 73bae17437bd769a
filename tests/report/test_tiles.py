"""A base map of one's own network: strict addresses, converted places, one server asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layout.geography.coordinates import from_wgs84, to_wgs84, wgs84_to_gcj02
from layout.report import map_page
from layout.report.tiles import TilesProblem, tiles_of
from tests.report.plans import small_plan

URL = "https://tiles.example.cn:8443/base/{z}/{x}/{y}.png?tk=a1"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63f8cf"
    "c0f01f0005050102cfa02ecd0000000049454e44ae426082"
)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/{z}/{x}/{y}.png",
        "//h/{z}/{x}/{y}.png",
        "https://user:word@h/{z}/{x}/{y}.png",
        "https://h; script-src *//{z}/{x}/{y}.png",
        "https://h/{z}/{x}/{y}.png'",
        "https://h/{z}/{x}/{y}.png; connect-src *",
        "https://{s}.h/{z}/{x}/{y}.png",
        "https://h/{s}/{z}/{x}/{y}.png",
        "https://h/{z}/{x}.png",
        "https://h/{z}/{z}/{x}/{y}.png",
        "https://h/{z}/{x}/{y}\n.png",
        "javascript:alert(1)//{z}/{x}/{y}",
        "https://地图.cn/{z}/{x}/{y}.png",
        "https://h" + "/a" * 300 + "/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_could_ask_for_more_is_refused(url: str) -> None:
    with pytest.raises(TilesProblem) as told:
        tiles_of(url)
    assert told.value.exit_code == 2
    assert told.value.message("zh") != told.value.message("en")


def test_addresses_that_are_used() -> None:
    assert tiles_of(URL).origin == "https://tiles.example.cn:8443"
    assert tiles_of("http://10.0.0.7/{z}/{y}/{x}", "gcj02").credit == "10.0.0.7"
    assert tiles_of("http://h/{z}/{x}/{-y}.png").origin == "http://h"
    with pytest.raises(TilesProblem, match="wgs84, gcj02, bd09"):
        tiles_of(URL, "mercator")


@pytest.mark.parametrize("system", ["wgs84", "gcj02", "bd09"])
def test_coordinates_come_back(system: str) -> None:
    lat, lon = np.array([39.9, 23.1, 43.8]), np.array([116.4, 113.3, 87.6])
    back = to_wgs84(*from_wgs84(lat, lon, system), system)
    assert np.abs(np.array(back) - (lat, lon)).max() < 2e-6


def test_places_rings_and_shapes_are_converted_alike() -> None:
    line = {"type": "LineString", "coordinates": [[116.4, 39.9], [113.3, 23.1]]}
    scene = {
        "sites": [{"at": [39.9, 116.4], "name": "at"}],
        "reach": [{"ring": [[39.9, 116.4], [23.1, 113.3]]}],
        "lines": [{"geometry": line}],
        "charts": [{"parts": [[1.0, "#fff"]]}],
    }  # fmt: skip
    tiles = tiles_of(URL, "gcj02")
    placed = tiles.placed(scene)
    lat, lon = (float(one[0]) for one in wgs84_to_gcj02(np.array([39.9]), np.array([116.4])))
    assert placed["sites"][0]["at"] == pytest.approx([lat, lon], abs=1e-6)
    assert placed["reach"][0]["ring"][0] == placed["sites"][0]["at"]
    assert placed["lines"][0]["geometry"]["coordinates"][0] == placed["sites"][0]["at"][::-1]
    assert placed["charts"] == scene["charts"]
    assert 300 < 111_000 * np.hypot(lat - 39.9, (lon - 116.4) * 0.77) < 800  # metres
    square = [[[[100.0, 30.0], [101.0, 30.0], [101.0, 31.0], [100.0, 30.0]]]]
    moved = tiles.geometry({"type": "MultiPolygon", "coordinates": square})["coordinates"]
    assert np.shape(moved) == np.shape(square)
    assert tiles_of(URL).placed(scene) is scene


def test_the_page_asks_one_server_for_pictures_and_nothing_else(
    browser: Any, tmp_path: Path
) -> None:
    tiles = tiles_of(URL, "gcj02", '内网底图 <img src="https://evil.example/">')
    page_text = map_page(small_plan(tmp_path), "zh", tiles=tiles)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page_text)
    assert policy is not None
    assert "img-src data: blob: https://tiles.example.cn:8443;" in policy[1]
    file = tmp_path / "tiles.html"
    file.write_text(page_text, "utf-8")
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page, asked, told = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.route(
        "https://tiles.example.cn:8443/**",
        lambda route: route.fulfill(body=PIXEL, content_type="image/png"),
    )
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready='1']", state="attached")
    page.wait_for_selector("img.leaflet-tile-loaded", state="attached")
    pictures = [url for url in asked if not url.startswith("file:")]
    shape = r"https://tiles\.example\.cn:8443/base/\d+/\d+/\d+\.png\?tk=a1"
    assert len(pictures) > 4
    assert all(re.fullmatch(shape, url) for url in pictures)
    assert told == []
    notes = page.locator("#ly-notes").inner_text()
    assert "GCJ-02" in notes
    assert "墨卡托" in notes
    assert "等积圆锥" not in notes
    # the site stands on the tile on which GCJ-02 has it
    lat, lon = wgs84_to_gcj02(np.array([26.41]), np.array([106.46]))
    at = page.evaluate("LAYOUT.data().sites.find(one => one.site === 'GUIAN').at")
    assert at == pytest.approx([float(lat[0]), float(lon[0])], abs=1e-6)
    assert page.evaluate("LAYOUT.state.map.options.crs.code") == "EPSG:3857"
    page.get_by_label("底图").uncheck()
    assert page.locator("img.leaflet-tile").count() == 0
    context.close()
