"""Language, years, two plans, paper, phone and accessibility of the page, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from layout.plan import Plan
from layout.report import map_page
from tests.report.conftest import Open
from tests.report.test_browser import COVERED
from tests.report.years import BASE, HOSTILE, YEARS

SPOKEN = """() => [...document.querySelectorAll('body *')]
  .flatMap(node => ['aria-label', 'placeholder', 'title'].map(name => node.getAttribute(name)))
  .concat(document.title, document.body.innerText).join('\\n')"""


@pytest.fixture(scope="session")
def years(pathways: tuple[Plan, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the first, which starts in Chinese."""
    file = tmp_path_factory.mktemp("pages") / "years.html"
    file.write_text(map_page(pathways[0], "zh", date="2026-11-21"), "utf-8")
    return file


@pytest.fixture(scope="session")
def compared(pathways: tuple[Plan, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of both, in English."""
    file = tmp_path_factory.mktemp("pages") / "compared.html"
    file.write_text(map_page(pathways[0], "en", compare=pathways[1]), "utf-8")
    return file


def test_the_language_switches_everything(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["zh"])
    page.get_by_label("20 ms 可达范围（往返）").check()
    page.evaluate("LAYOUT.openSite('GUIAN')")
    assert "服务对象" in page.locator(".leaflet-popup-content").inner_text()
    page.get_by_role("button", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Small plan"
    said = page.evaluate(SPOKEN)
    own = "中文|仅供内部分析，边界经化简"  # the button back, and the note that is in both
    assert re.findall(f"(?!{own})[一-鿿，。（）：]+", re.sub(own, "", said)) == []
    assert "Serves" in page.locator(".leaflet-popup-content").inner_text()
    assert page.get_by_label("Reach 20 ms, round trip").is_checked()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="中文").click()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.evaluate(SPOKEN).count("EFLOPS, FP32 equivalent") == 0


def test_the_slider_of_years_by_keyboard(show: Open, years: Path) -> None:
    page = show(years)
    slider = page.locator("#ly-year")
    assert slider.get_attribute("aria-valuetext") == "2027"
    assert "2027 年规划方案" in page.locator("header").inner_text()
    assert "日期：2026-11-21" in page.locator("footer").inner_text()
    built = ".site[data-site='520000'] .part-built"
    radius = "node => Number(node.getAttribute('r'))"
    last = page.locator(built).evaluate(radius)
    assert page.locator("path.flow").count() == 1
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == str(YEARS[0])
    assert (last / page.locator(built).evaluate(radius)) ** 2 == pytest.approx(6, rel=0.03)
    rows = page.locator("#ly-sites tbody tr[data-site='520000']")
    assert rows.inner_text().split() == ["贵州", "贵州", "★", "新建", "1", "1", "1"]  # fmt: skip
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == f"{BASE} 基准年"
    assert page.locator(built).count() == 0
    assert page.locator("path.flow").count() == 0
    step = page.evaluate("""() => { const t = performance.now(); LAYOUT.show({ year: 2027 });
      return performance.now() - t; }""")
    assert step < 200  # 50 ms on a machine that does nothing else
    play = page.get_by_role("button", name="逐年播放")
    play.click()
    assert slider.get_attribute("aria-valuetext") == f"{BASE} 基准年"
    page.get_by_role("button", name="暂停").click()


def test_two_plans(show: Open, compared: Path) -> None:
    page = show(compared)
    assert page.locator("path.province").count() == 68
    assert "Small pathway" in page.locator(".ly-name-a").inner_text()
    assert HOSTILE[:40] in page.locator(".ly-name-b").inner_text()
    clip = "document.getElementById('ly-second').style.clipPath"
    before = page.evaluate(clip)
    page.get_by_label("Position of the swipe").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(clip) != before
    page.evaluate(
        "() => { LAYOUT.views[1].sites[1].marker.openPopup(); }"
    )  # on the left of the line
    left = page.locator("#ly-second .leaflet-popup").bounding_box()["x"]
    assert page.locator(".ly-swipe-line").bounding_box()["x"] <= left
    page.evaluate("() => { LAYOUT.views[0].map.setZoom(6, { animate: false }); }")
    assert page.evaluate("LAYOUT.views[1].map.getZoom()") == 6
    page.get_by_text("Side by side").click()
    boxes = [page.locator(".folium-map").nth(i).bounding_box() for i in range(2)]
    assert boxes[0]["x"] + boxes[0]["width"] == pytest.approx(boxes[1]["x"], abs=1)
    assert page.evaluate(COVERED) == []
    page.get_by_text("Difference", exact=True).click()
    assert page.locator("path.province:visible").count() == 34
    assert page.locator(".site[data-site='310000'] .part-more").count() == 1
    assert page.locator(".site[data-site='520000'] .part-less").get_attribute("stroke-dasharray")
    rows = page.locator("#ly-sites tbody tr")
    assert " ".join(rows.nth(0).inner_text().split()) == "Guizhou Guizhou − less in B 6 0 −6"
    page.get_by_role("button", name="中文").click()
    assert "B 较少" in page.locator("#ly-sites").inner_text()
    assert "算力规模：B − A" in page.locator("#ly-metric").inner_text()
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0


PAPER = """() => {
  window.dispatchEvent(new Event('beforeprint'));
  const shown = node => node.getClientRects().length > 0;
  const controls = [...document.querySelectorAll('button, select, input')].filter(shown)
    .filter(node => !node.closest('#ly-sites')).map(node => node.id || node.className);
  const rail = document.getElementById('ly-rail'), box = document.body.getBoundingClientRect();
  return { controls, rail: rail.scrollHeight - rail.clientHeight, width: box.width,
    notes: document.getElementById('ly-notes').getBoundingClientRect().bottom };
}"""


def test_paper(show: Open, pages: dict[str, Path]) -> None:
    """One A4 page across, 1062 × 733 px: header, map, legend, notes; no controls; then tables."""
    page = show(pages["en"])
    seen = page.evaluate(PAPER)
    assert seen["controls"] == []
    assert seen["rail"] <= 0
    assert seen["width"] <= 1062 and seen["notes"] <= 733
    assert page.evaluate(COVERED) == []
    assert "Compute in place" in page.locator("#ly-legend").inner_text()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#ly-metric").is_visible()


SMALL = """() => [...document.querySelectorAll(
    'button, select, summary, input[type=range], input[type=search], label, .leaflet-bar a')]
  .filter(node => node.tagName !== 'LABEL' || node.querySelector('input'))
  .map(node => [node.id || node.className || node.textContent, node.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 24 || box.width < 24)).map(([name]) => name)"""


def test_on_a_phone(show: Open, years: Path, compared: Path) -> None:
    for file, name in ((years, "指标与站点"), (compared, "Key figures and sites")):
        page = show(file, 390, 844, has_touch=True)
        assert page.locator("#ly-legend").is_visible()
        assert page.evaluate(SMALL) == []
        page.get_by_role("button", name=name).click()
        assert (
            page.locator("#ly-sites").is_visible() and not page.locator("#ly-legend").is_visible()
        )
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(COVERED) == []


@pytest.mark.parametrize(("size", "name"), [((1400, 900), "pages"), ((390, 844), "compared")])
def test_accessible(
    show: Open, pages: dict[str, Path], compared: Path, size: tuple[int, int], name: str
) -> None:
    """axe finds nothing serious: the page, an open popup, the other language."""
    from axe_playwright_python.sync_playwright import Axe

    page = show(pages["zh"] if name == "pages" else compared, *size)
    found: dict[str, Any] = {}
    for step in ("0", "LAYOUT.openSite(LAYOUT.state.sites[0].site.site)",
                 "document.getElementById('ly-language').click()"):  # fmt: skip
        page.evaluate(f"() => {{ {step} }}")
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                found[one["id"]] = [node["html"][:120] for node in one["nodes"]]
    assert found == {}


def test_everything_is_reached_by_keyboard(show: Open, pages: dict[str, Path]) -> None:
    """The skip link comes first; provinces and sites are stops; Escape closes a popup."""
    page = show(pages["en"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ly-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "ly-panel"
    focusable = (
        "all => all.filter(node => node.tabIndex === 0 && node.getAttribute('aria-label')).length"
    )
    assert page.eval_on_selector_all("path.province", focusable) == 34
    assert page.eval_on_selector_all(".site", focusable) == 5
    page.locator(".site[data-site='GUIAN']").focus()
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".leaflet-popup").count() == 0
