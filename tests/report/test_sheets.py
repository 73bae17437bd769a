"""Sheets of provinces and sites: numbers, names, languages, paper, and nothing that leaves them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry

from layout.plan import Plan
from layout.report.boundaries import shipped_boundaries
from layout.report.cards import Cards
from layout.report.sheet.place import UnknownProvince
from layout.report.sheet.province import province_sheet
from layout.report.sheet.suitability import pages as suitability_pages
from layout.report.view import View
from layout.resources import folder
from layout.study.suitability.suitability import Suitability, suitability
from tests.report.plans import small_plan

HOSTILE = "<img src=x onerror=alert(1)></script>{{ 7*7 }}`${1}`\"'" + "长" * 900


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return small_plan(tmp_path_factory.mktemp("sheet"))


@pytest.fixture(scope="module")
def scores(plan: Plan) -> Suitability:
    return suitability(plan.model, {"power_price": 0, "reach_20ms": 2, "build_cost": 1})


def _words(page: str) -> str:
    """The text of a page, blanks made one."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])))


@pytest.mark.parametrize("said", ["520000", "province:520000", "贵州", "贵州省", "guizhou"])
def test_a_province_by_code_or_name(plan: Plan, said: str) -> None:
    page = province_sheet(plan, said, "zh")
    assert page == province_sheet(plan, "520000", "zh")
    assert '<html lang="zh-CN">' in page and "贵州省" in _words(page)


def test_an_unknown_province_is_refused_with_the_nearest(plan: Plan) -> None:
    with pytest.raises(UnknownProvince) as error:
        province_sheet(plan, "Guizou", "en")
    assert error.value.exit_code == 3
    assert "Guizhou" in error.value.message("en") and "贵州" in error.value.message("zh")
    with pytest.raises(UnknownProvince):
        province_sheet(plan, "Hainan", "en")  # there, but not in this model


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_says_what_the_map_says(plan: Plan, lang: str) -> None:
    """Every figure of the popup but the one line by kind, which stands as a table."""
    words = _words(province_sheet(plan, "520000", lang))
    view = View(plan, shipped_boundaries(), lang)
    card = Cards(view).province("520000")
    by_kind = card["sections"][1]["title"]
    rows = [row for one in card["sections"] if one["title"] != by_kind for row in one["rows"]]
    assert len(rows) > 8
    for label, value in rows:
        assert f"{label} {value} " in words
    # the actions of Gui'an, in native precision: existing, expanded, in place
    for kind, *amounts in (("FP32", "2", "1.25", "3.25"), ("FP16", "12.34", "20", "32.34")):
        assert re.search(rf"\({kind}\) " + " ".join(map(re.escape, amounts)) + " ", words)


def test_province_without_sites_and_base_year(plan: Plan) -> None:
    base = replace(plan, tables={**plan.tables, "service": plan.tables["service"].iloc[:0]})
    assert "Gansu" in _words(province_sheet(base, "Gansu", "en"))


def _hostile(plan: Plan) -> Plan:
    tables = dict(plan.model.tables)
    sites = tables["sites"].assign(name_zh=HOSTILE, name_en=HOSTILE, source=HOSTILE,
                                   confidence=HOSTILE)  # fmt: skip
    model = replace(plan.model, tables={**tables, "sites": sites})
    return replace(plan, model=model)


def test_hostile_names_stay_text(plan: Plan) -> None:
    bad = _hostile(plan)
    found = suitability(bad.model, {"reach_20ms": 1})
    pages = [province_sheet(bad, "520000", "en"), *suitability_pages(
        found, shipped_boundaries(), "en").values()]  # fmt: skip
    for page in pages:
        assert "<img" not in page and "<script" not in page and "</script" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page and "49" not in HOSTILE
        assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a page and prints it; nothing was complained of and nothing asked for."""
    seen: list[str] = []
    contexts = []

    def show(page: str, name: str, width: int = 900) -> Any:
        file = tmp_path / name
        file.write_text(page, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: seen.append(message.text))
        tab.on("request", lambda one: one.url == file.as_uri() or seen.append(one.url[:99]))
        tab.goto(file.as_uri())
        return tab

    yield show
    for context in contexts:
        context.close()
    assert seen == []


def test_sheets_on_screen_phone_and_paper(opened: Any, plan: Plan, scores: Suitability) -> None:
    """Styled though the policy allows one style only; no scrolling aside; printed on two pages."""
    from pypdf import PdfReader

    site = suitability_pages(scores, shipped_boundaries(), "zh", ["GUIAN"])["sites/GUIAN.html"]
    bad = province_sheet(_hostile(plan), "520000", "zh")
    for name, page in (("p.html", province_sheet(plan, "520000", "zh")), ("s.html", site),
                       ("bad.html", bad)):  # fmt: skip
        tab = opened(page, name, 390)
        assert tab.evaluate("getComputedStyle(document.querySelector('h2')).borderBottomWidth")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        box = tab.locator("path.land").first.bounding_box()
        assert box["width"] > 100 and box["height"] > 60
        printed = tab.pdf(prefer_css_page_size=True)
        file = Path(tab.url.removeprefix("file://")).with_suffix(".pdf")
        file.write_bytes(printed)
        sheets = PdfReader(file).pages
        assert len(sheets) <= 2 + (name == "bad.html")
        assert abs(float(sheets[0].mediabox.width) - 595) < 2


def test_sheets_can_be_read_aloud(browser: Any, tmp_path: Path, plan: Plan, scores: Any) -> None:
    """axe finds nothing on a province's sheet, on a site's, on the ranking."""
    from axe_playwright_python.sync_playwright import Axe

    pages = suitability_pages(scores, shipped_boundaries(), "en", ["GUIAN"])
    pages["province.html"] = province_sheet(plan, "520000", "en")
    context = browser.new_context(bypass_csp=True)
    tab = context.new_page()
    for name, page in pages.items():
        file = tmp_path / Path(name).name
        file.write_text(page, "utf-8")
        tab.goto(file.as_uri())
        assert [one["id"] for one in Axe().run(tab).response["violations"]] == []
    context.close()


def test_the_layer_of_start_areas_is_that_of_its_script() -> None:
    """21 areas, the checksum of the file, every point of the facts inside its own shape."""
    place = folder("maps") / "start_areas"
    body = (place / "start_areas.geojson").read_bytes()
    assert (place / "SHA256SUMS").read_text("utf-8").split()[0] == sha256(body).hexdigest()
    features = json.loads(body)["features"]
    facts = (folder("data") / "facts" / "start_areas.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(facts))
    assert [one["properties"]["name_zh"] for one in features] == [
        row["start_area_zh"] for row in rows
    ]
    for one, row in zip(features, rows, strict=True):
        shape = shapely.geometry.shape(one["geometry"])
        assert shape.is_valid
        assert shape.contains(shapely.Point(float(row["lon"]), float(row["lat"])))


def test_start_areas_are_districts_on_the_map(show: Any, pages: dict[str, Path]) -> None:
    """Off at first; two clusters have one area each; the popup says what the shape stands for."""
    page = show(pages["en"])
    assert page.locator("path.start-area").count() == 0
    page.get_by_text("Start areas of the clusters").first.click()
    assert page.locator("path.start-area").count() == 2
    assert "lies in this county-level unit" in page.locator("#ly-legend").inner_text()
    page.evaluate("void LAYOUT.views[0].map.setView([35.6, 107.8], 8, { animate: false })")
    box = page.locator("path.start-area").first.bounding_box()
    assert box["width"] > 15 and box["height"] > 15
    page.locator("path.start-area").first.dispatch_event("click")
    card = page.locator(".leaflet-popup-content").inner_text()
    assert "Xifeng" in card and "西峰区" in card and "park or zone inside" in card
