"""The map as a picture: on the right projection, with every character, and the same each time."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pypdf import PdfReader
from pyproj import Transformer

from layout.geography.albers import project, unproject
from layout.labels import table
from layout.plan.overview import overview
from layout.report.boundaries import shipped_boundaries
from layout.report.extra import SiteClass, SiteClasses
from layout.report.picture.canvas import folded
from layout.report.picture.drawing import Drawing
from layout.report.picture.fonts import fonts, missing
from layout.report.picture.ground import country, ground, islands
from layout.report.picture.picture import INSET, map_canvas, map_picture, map_svg
from layout.report.view import View
from layout.resources import folder
from tests.report.plans import renamed, small_plan

ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +x_0=0 +y_0=0 +ellps=GRS80"
HOSTILE = "<script>alert(1)</script>$x^2$ {{7}} ${y} \u202eabc\U00020bb7"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return small_plan(tmp_path_factory.mktemp("picture"))


@pytest.fixture(scope="module")
def view(plan: Any) -> View:
    return View(overview(plan), shipped_boundaries(), "zh")


def words(svg: str) -> list[str]:
    """What is written in a picture whose letters are text."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_projection_is_that_of_proj_and_of_the_page() -> None:
    lon, lat = np.meshgrid(np.linspace(73, 136, 22), np.linspace(3, 54, 18))
    x, y = project(lon, lat)
    there = Transformer.from_crs("EPSG:4490", ALBERS, always_xy=True).transform(lon, lat)
    assert np.abs(x - there[0]).max() < 1e-6
    assert np.abs(y - there[1]).max() < 1e-6
    assert np.abs(np.array(unproject(x, y)) - (lon, lat)).max() < 1e-11


def test_our_font_has_every_character_that_we_ship_and_is_the_file_we_made() -> None:
    texts = [text for label in table().values() for text in label.values()]
    for place in ("data", "models", "maps"):
        files = (one for one in folder(place).rglob("*") if one.suffix in (".csv", ".yaml"))
        texts += [one.read_text("utf-8") for one in files]
    texts += [one.name_zh for one in shipped_boundaries().provinces]
    assert missing([*texts, "埇埗沚浉瀍猇硚鄠"]) == set()
    home = folder("maps") / "vendor" / "fonts"
    for line in (home / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((home / name).read_bytes()).hexdigest() == digest
    assert "SIL OPEN FONT LICENSE Version 1.1" in (home / "LICENSE").read_text("utf-8")


def test_lines_never_begin_with_a_stop_nor_end_with_an_opening_bracket() -> None:
    text = "金额按（2025 年）价格；各项输入，见方案附表。" * 3
    lines = folded(fonts(), text, 7, 60)
    assert len(lines) > 3
    assert "".join(line.replace(" ", "") for line in lines) == text.replace(" ", "")
    assert not any(line[0] in "，。；）" or line[-1] in "（" for line in lines)
    assert all(fonts().width(line, 7) <= 60 for line in lines)


def test_the_same_plan_gives_the_same_picture(plan: Any) -> None:
    views = [View(overview(plan), shipped_boundaries(), "zh") for _ in range(2)]
    once, again = (map_canvas(view) for view in views)
    for form, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        found = once.saved(form, dpi=60)
        assert found.startswith(start)
        assert form == "png" or found == again.saved(form, dpi=60)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_what_it_shows_and_how_it_may_be_used(plan: Any, lang: str) -> None:
    page = PdfReader(io.BytesIO(map_picture(plan, "pdf", lang=lang))).pages[0]
    assert [round(float(side)) for side in page.mediabox[2:]] == [842, 595]
    told = page.extract_text().replace("\n", " ")
    expected = {
        "zh": ("小型方案", "34.84 EFLOPS FP32", "123.5 亿元", "算力规模", "南海诸岛", "贵安",
               "仅供内部分析，边界经化简", "1 达标", "最优", "500 km", "存量为推算值"),
        "en": ("Small plan", "34.84 EFLOPS FP32", "12.35 bn CNY", "Compute in place", "Gui'an",
               "South China Sea Islands", "for internal analysis", "1 met", "Optimal"),
    }[lang]  # fmt: skip
    for words in expected:
        assert words in told


def test_hostile_names_are_text_and_what_no_font_has_is_told(plan: Any) -> None:
    odd = renamed(plan, lambda code: f"{HOSTILE}{code}")
    shown = View(overview(odd), shipped_boundaries(), "zh")
    canvas = map_canvas(shown)
    svg = canvas.saved("svg", outlines=False).decode("utf-8")
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt;$x^2$ {{7}} ${y} abc" in svg
    known = canvas.fonts.unknown == set()  # a computer may have a font with the rare character
    assert known or (canvas.fonts.unknown == {"\U00020bb7"} and "[U+20BB7]" in svg)
    assert canvas.saved("pdf", title=HOSTILE).startswith(b"%PDF")


def test_what_the_map_does_not_show_is_told(plan: Any) -> None:
    assert "图幅之外" not in map_svg(View(overview(plan), shipped_boundaries(), "zh"))
    sites = plan.model["sites"].copy()
    sites.loc[3, ["lat", "province", "zone"]] = [1.3, "", ""]
    far = replace(plan, model=replace(plan.model, tables={**plan.model.tables, "sites": sites}))
    told = words(map_svg(View(overview(far), shipped_boundaries(), "zh")))
    assert "图幅之外的站点：1 个" in told
    assert "无数值" in told


def test_every_province_is_drawn_and_nothing_lies_over_land(view: View) -> None:
    land = ground(view.boundaries)
    assert len(land.areas) == 34
    assert all(area.is_valid and area.area > 0 for area in land.areas.values())
    for box in ((182, 79, 820, 560), (0, 0, 842, 470), (0, 0, 500, 500), (10, 10, 900, 400)):
        frame = country(box, land.land, INSET)
        corner = (box[2] - INSET[0], box[3] - INSET[1], box[2], box[3])
        inset, small = shapely.box(*corner), islands(corner)
        for part in (part for area in land.areas.values() for part in shapely.get_parts(area)):
            on_sheet = shapely.transform(part, frame.points)
            if part.bounds[1] > land.land[1] - 1:
                assert shapely.box(*box).contains(on_sheet)
                assert not inset.intersects(on_sheet)
            else:  # an island of the south: in the inset, all of it
                assert inset.contains(shapely.transform(part, small.points))
        for dash in (line for kind, lines in land.lines if kind == "ten_dash" for line in lines):
            places = [shapely.LineString(one.points(dash)) for one in (frame, small)]
            assert shapely.box(*box).contains(places[0]) or inset.contains(places[1])


def test_names_and_symbols_do_not_overlap(view: View) -> None:
    """A world of the national size: every name keeps clear of every other."""
    boxes: list[Any] = []
    original = Drawing._names

    def watched(self: Drawing, stands: Any, taken: Any) -> None:
        original(self, stands, taken)
        for text in self.canvas.axes.texts:
            if text.get_path_effects() and "km" not in text.get_text():
                left, wide = text.get_position()[0], self.canvas.fonts.width(text.get_text(), 7)
                boxes.append((left - wide / 2, text.get_position()[1], left + wide / 2))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Drawing, "_names", watched)
        map_canvas(view)
    assert len(boxes) > 25
    for number, (left, y, right) in enumerate(boxes):
        for other, below, end in boxes[number + 1 :]:
            assert abs(y - below) > 6 or right <= other + 1 or end <= left + 1


def test_marks_of_a_study_and_a_close_look_at_a_province(view: View) -> None:
    classes = [SiteClass("always", {"zh": "总在", "en": "always"}, "square", 3)]
    layer = SiteClasses("robust", {"zh": "稳健性", "en": "Robust"}, classes, {"GUIAN": "always"})
    told = words(map_svg(view, metric="net_service", extras=[layer]))
    assert {"贵州 +", "广东 −", "青海"} <= set(told)  # told apart without colour too
    assert "稳健性" in told
    assert "总在 (1)" in told
    near = map_svg(view, focus="520000", metric="")
    assert "南海诸岛" not in near
    assert "贵州" in words(near)
    with pytest.raises(ValueError, match="no quantity nosuch; there are compute"):
        map_svg(view, metric="nosuch")


def test_a_users_boundaries_are_drawn_as_they_are(plan: Any, tmp_path: Path) -> None:
    """No simplifying, and with their own review number no word of ours about use."""
    source = json.loads((folder("maps") / "boundaries" / "provinces.geojson").read_text("utf-8"))
    file = tmp_path / "official.geojson"
    file.write_text(json.dumps(source), "utf-8")
    from layout.report.boundaries import read_boundaries

    own = ground(read_boundaries(file))
    count = sum(shapely.get_num_coordinates(area) for area in own.areas.values())
    ours = sum(shapely.get_num_coordinates(a) for a in ground(shipped_boundaries()).areas.values())
    features = shapely.get_num_coordinates(
        [shapely.geometry.shape(one["geometry"]) for one in source["features"]]
    )
    assert count == features.sum() > ours
    page = PdfReader(io.BytesIO(map_picture(plan, "pdf", boundaries=file, credit="审图号 GS(1)号")))
    told = page.pages[0].extract_text()
    assert "审图号 GS(1)号" in told
    assert "仅供内部分析" not in told
