"""The map page in a real browser without a network. Every page is watched (see `show`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from layout.model import read_model
from layout.report import map_page
from layout.solving import solve
from tests.builders import tiny_model
from tests.report.conftest import Open
from tests.report.plans import base_plan, renamed, small_plan
from tests.report.years import HOSTILE as PLAIN_HOSTILE

VIEWPORTS = [
    (1920, 1080),
    (1400, 900),
    (1280, 720),
    (1085, 750),
    (1000, 700),
    (820, 1180),
    (390, 844),
]
WORDS = {
    "zh": ("图例", "图层", "目标", "达标", "未达标", "不适用", "不在模型范围内", "存量为推算值"),
    "en": ("Legend", "Layers", "Targets", "met", "not met", "not applicable", "not in the model"),
}


def _open_site(page: Any, site: str) -> str:
    page.evaluate("site => LAYOUT.openSite(site)", site)
    return page.locator(".leaflet-popup-content").inner_text()


def test_every_province_is_drawn_once_and_where_it_belongs(
    show: Open, pages: dict[str, Path]
) -> None:
    page = show(pages["zh"])
    assert page.locator("path.province").count() == 34
    codes = page.eval_on_selector_all("path.province", "all => all.map(p => p.dataset.adcode)")
    assert len(set(codes)) == 34
    boxes = {
        code: page.locator(f"path.province[data-adcode='{code}']").bounding_box() for code in codes
    }
    assert all(box["width"] > 1 and box["height"] > 1 for box in boxes.values())
    middle = {
        code: (b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for code, b in boxes.items()
    }
    assert middle["650000"][0] < middle["620000"][0] < middle["370000"][0]  # west to east
    assert middle["230000"][1] < middle["110000"][1] < middle["440000"][1]  # north to south
    assert boxes["650000"]["width"] > 4 * boxes["330000"]["width"]
    shades = page.eval_on_selector_all(
        "path.province", "all => all.map(p => p.getAttribute('fill'))"
    )
    assert len(set(shades)) >= 4
    assert shades.count("url(#ly-outside)") == 29  # the small model has five provinces
    assert page.locator("path.proxy").count() == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_of_the_language(show: Open, pages: dict[str, Path], lang: str) -> None:
    page = show(pages[lang])
    assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    seen = page.locator("body").inner_text()
    for word in WORDS[lang]:
        assert word in seen
    assert ("审图号" in seen) is False
    assert "仅供内部分析，边界经化简" in seen
    assert "for internal analysis, boundaries simplified" in seen


def test_a_popup_shows_the_plans_numbers(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["zh"])
    shown = _open_site(page, "GUIAN")
    for line in (
        "贵安数据中心集群",
        "通用算力 (FP32)",
        "基准年存量\t2 EFLOPS",
        "扩建\t1.25 EFLOPS",
        "算力合计\t3.25 EFLOPS",
        "智能算力 (FP16)",
        "基准年存量\t12.34 EFLOPS",
        "算力合计\t32.34 EFLOPS",
        "折合 FP32\t8.086 EFLOPS",
        "设计 PUE\t1.25",
        "设施用电\t1.25 亿千瓦时",
        "碳排放（基于位置）\t5.55 万吨 CO₂",
        "电价\t0.4 元/千瓦时",
        "上海\t4 · 80.0%",
        "广东\t1 · 20.0%",
        "可互换",
        "推算值",
    ):
        assert line in shown, line


def test_a_province_opens_by_keyboard(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    page.locator("path.province[data-adcode='310000']").focus()
    page.keyboard.press("Enter")
    shown = page.locator(".leaflet-popup-content").inner_text()
    assert "上海市" in shown
    assert "served in the province\t3" in shown
    assert "served elsewhere\t4" in shown
    assert "Gui'an cluster\t4" in shown
    card = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert card == "Shanghai"  # focus is in the popup, and back at the province after it
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.adcode") == "310000"
    page.locator("path.province[data-adcode='710000']").focus()
    page.keyboard.press("Enter")
    assert "Not in the model" in page.locator(".leaflet-popup-content").inner_text()


def test_actions_differ_in_more_than_colour(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    symbols = {
        code: page.locator(f".site[data-site='{code}']")
        for code in ("110000", "310000", "440000", "GUIAN", "QINGYANG")
    }
    signs = {code: mark.locator(".sign text").all_text_contents() for code, mark in symbols.items()}
    assert signs["310000"] == ["▪"]
    assert "+" in signs["GUIAN"]
    assert signs["QINGYANG"] == ["★"]
    assert signs["110000"] == ["×"]
    assert signs["440000"] == []
    for code, part in (
        ("310000", "filled"),
        ("GUIAN", "expanded"),
        ("QINGYANG", "built"),
        ("110000", "retired"),
    ):
        assert symbols[code].locator(f".part-{part}").count() >= 1
    built = symbols["QINGYANG"].locator(".part-built").get_attribute("fill")
    assert built == "url(#ly-D55E00-built)"
    assert symbols["110000"].locator(".part-retired").get_attribute("stroke-dasharray")
    assert symbols["GUIAN"].locator(".badge text").text_content() == "A"
    legend = page.locator("#ly-legend").inner_text()
    for word in (
        "existing",
        "filled",
        "expanded",
        "built new",
        "retired",
        "EFLOPS, FP32 equivalent",
    ):
        assert word in legend


def test_area_of_a_circle_follows_eflops(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    radius = "node => Number(node.getAttribute('r'))"
    general = page.locator(".site[data-site='440000'] .part-kept").evaluate(radius)
    built = page.locator(".site[data-site='QINGYANG'] .part-built").evaluate(radius)
    assert (built / general) ** 2 == pytest.approx(24 * 0.25 / 5, rel=0.02)
    page.evaluate("() => { LAYOUT.state.map.setZoom(LAYOUT.state.zoom0 + 2, {animate: false}); }")
    grown = page.locator(".site[data-site='440000'] .part-kept").evaluate(radius)
    assert grown > 1.5 * general
    sizes = page.locator("#ly-legend svg[height='44']")
    sample = sizes.locator("circle").last.evaluate(radius)
    eflops = float(sizes.locator("text").last.text_content())
    assert (sample / grown) ** 2 == pytest.approx(eflops / 5, rel=0.02)  # the legend grew too


def test_layers_switch(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    assert page.locator("path.flow").count() == 3
    page.get_by_label("Service: Training").uncheck()
    assert page.locator("path.flow").count() == 0
    page.get_by_label("Service: Training").check()
    assert page.locator("path.flow").count() == 3
    discs = page.locator(".site .part-expanded")
    assert discs.count() == 2
    page.get_by_label("Sites: Intelligent (FP16)").uncheck()
    assert discs.count() == 1
    page.get_by_label("Names").uncheck()
    assert page.locator(".name").count() == 0


@pytest.mark.parametrize(
    ("name", "km"),
    [("Reach 20 ms, round trip", "1,224"), ("Reach 20 ms, one way", "2,584"),
     ("Reach 5 ms, round trip", "204"), ("Reach 5 ms, one way", "544")],
)  # fmt: skip
def test_reach_is_labelled(show: Open, pages: dict[str, Path], name: str, km: str) -> None:
    page = show(pages["en"])
    assert page.locator("path.reach").count() == 0
    page.get_by_label(name).check()
    assert page.locator("path.reach").count() == 2
    labels = page.locator(".reach-label").all_inner_texts()
    basis = name.partition(", ")[2]
    assert sorted(labels) == [
        f"{hub} · {name.split()[1]} ms {basis} · {km} km" for hub in ("Gui'an", "Qingyang")
    ]


def test_a_cluster_shows_its_reach_on_every_limit_and_basis(
    show: Open, pages: dict[str, Path]
) -> None:
    page = show(pages["en"])
    _open_site(page, "GUIAN")
    assert page.locator("path.reach").count() == 4
    assert len(page.locator(".reach-label").all_inner_texts()) == 4


def test_a_chosen_site_lifts_its_flows(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    _open_site(page, "QINGYANG")
    assert page.locator("path.flow:not(.dim)").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("path.flow.dim").count() == 0


def test_shading_changes_with_the_quantity(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    shade = (
        "() => document.querySelector(\"path.province[data-adcode='520000']\").getAttribute('fill')"
    )
    before, legend = page.evaluate(shade), page.locator("#ly-legend").inner_text()
    page.select_option("#ly-metric", "self_sufficiency")
    assert page.evaluate(shade) != before
    assert page.locator("#ly-legend").inner_text() != legend
    assert "Provinces (%)" in page.locator("#ly-legend").inner_text()


def test_list_of_sites_filters_sorts_and_zooms(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    rows = page.locator("#ly-sites tbody tr")
    assert rows.count() == 5
    assert page.locator("#ly-count").inner_text() == "5 / 5"
    assert rows.first.get_attribute("data-site") == "GUIAN"  # most compute first
    page.locator("#ly-sites thead button").nth(2).click()
    assert rows.last.get_attribute("data-site") == "GUIAN"
    page.fill("#ly-filter", "gansu")
    assert rows.all_inner_texts()[0].split() == [
        "Qingyang",
        "cluster",
        "Gansu",
        "★",
        "built",
        "6",
        "6",
        "960",
    ]
    page.fill("#ly-filter", "")
    page.select_option("#ly-filter-action", "filled")
    assert rows.count() == 1
    zoom = page.evaluate("LAYOUT.state.map.getZoom()")
    rows.first.locator("button").click()
    assert page.evaluate("LAYOUT.state.map.getZoom()") > zoom
    assert "Shanghai" in page.locator(".leaflet-popup-content").inner_text()
    page.locator(".ly-home").click()
    assert page.evaluate("LAYOUT.state.map.getZoom()") == zoom


def test_a_plan_of_one_province_is_shown_close_by(show: Open, tmp_path: Path) -> None:
    places = {"S1": (23.1, 113.3), "S2": (24.8, 113.6)}
    sites = [
        {"site": site, "province": "440000", "region": "east", "lat": lat, "lon": lon}
        for site, (lat, lon) in places.items()
    ]
    zones = [{"zone": "Z", "province": "440000", "region": "east", "lat": 22.6, "lon": 114.1}]
    demand = [{"zone": "Z", "workload": "task", "demand_eflops": 1}]
    model = read_model(tiny_model(tmp_path / "m", zones=zones, sites=sites, demand=demand))
    file = tmp_path / "map.html"
    file.write_text(map_page(solve(model, counterfactual=False), "zh"), "utf-8")
    page = show(file)
    inside = """place => {
        const map = LAYOUT.state.map, size = map.getSize();
        const point = map.latLngToContainerPoint(place);
        return point.x > 0 && point.y > 0 && point.x < size.x && point.y < size.y;
    }"""
    zoom = page.evaluate("LAYOUT.state.map.getZoom()")
    assert all(page.evaluate(inside, list(place)) for place in places.values())
    assert not page.evaluate(inside, [43.8, 87.6])
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_function("() => LAYOUT.state.map.getSize().y < 700")
    assert all(page.evaluate(inside, list(place)) for place in places.values())
    page.locator(".ly-home").click()
    assert page.evaluate("LAYOUT.state.map.getZoom()") < zoom - 1
    assert page.evaluate(inside, [43.8, 87.6])


def test_targets_have_words_and_marks(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["zh"])
    lines = page.locator("#ly-targets li").all_inner_texts()
    assert [re.sub(r"\s+", " ", line) for line in lines] == [
        "✓ 达标 总量超过 20 34.8 EFLOPS FP32 (≥ 20) 由需求带动",
        "✗ 未达标 该类算力占比 40.5% (≥ 50.0%) 软约束",
        "— 不适用 存储总量 – (≥ 1,800) 仅列示",
    ]


COVERED = """() => {
  const map = LAYOUT.state.map, home = map.getContainer().getBoundingClientRect();
  const found = new Set(), inset = document.querySelector('.ly-inset-holder');
  const shown = inset.style.display !== 'none';
  const own = '.ly-map .leaflet-control, .ly-inset-holder, header, aside, footer';
  const covers = [...document.querySelectorAll(own)]
    .map(node => [node.className, node.getBoundingClientRect()])
    .filter(([, r]) => r.width && r.height);
  const look = (place, name) => {
    if (shown && place.lat < 18.1) return;
    const p = map.latLngToContainerPoint(place), x = p.x + home.left, y = p.y + home.top;
    const inside = r => x > r.left && x < r.right && y > r.top && y < r.bottom;
    if (!inside(home)) found.add(name + ' out of view');
    for (const [cover, r] of covers) if (inside(r)) found.add(name + ' under ' + cover);
  };
  LAYOUT.state.provinces.eachLayer(layer => (function walk(part) {
    if (part.lat === undefined) part.forEach(walk);
    else look(part, layer.feature.properties.adcode);
  })(layer.getLatLngs()));
  const dashes = LAYOUT.data().lines.find(line => line.kind === 'ten_dash');
  dashes.geometry.coordinates.flat().forEach(([lng, lat]) => look({ lat, lng }, 'dash'));
  return [...found];
}"""


@pytest.mark.parametrize(("width", "height"), VIEWPORTS)
def test_nothing_covers_china(show: Open, pages: dict[str, Path], width: int, height: int) -> None:
    """Land and dashes in view and clear of everything; the islands too, or in the inset."""
    page = show(pages["zh"], width, height)
    assert page.evaluate(COVERED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if page.locator(".ly-inset-holder").is_visible():
        inset = page.locator("path.inset-province")
        assert inset.count() == 34
        hainan = page.locator("path.line.ten_dash").last.bounding_box()
        frame = page.locator(".ly-inset-holder").bounding_box()
        assert hainan["height"] > 60 and hainan["y"] >= frame["y"] - 60


def test_a_base_year_page(show: Open, tmp_path: Path) -> None:
    file = tmp_path / "base.html"
    file.write_text(map_page(base_plan(tmp_path), "en"), "utf-8")
    page = show(file)
    assert page.locator("path.province").count() == 34
    assert page.locator("path.flow").count() == 0
    assert page.locator(".site .part-kept").count() == 5
    assert "nothing is planned" in page.locator("header").inner_text()


HOSTILE = f"{PLAIN_HOSTILE}\u2028"


def test_hostile_names_stay_text(show: Open, tmp_path: Path) -> None:
    plan = renamed(small_plan(tmp_path), lambda code: f"{HOSTILE}{code}")
    file = tmp_path / "hostile.html"
    file.write_text(map_page(plan, "en", credit=HOSTILE), "utf-8")
    page = show(file)
    for layer in page.locator(".leaflet-control-layers input").all():
        layer.check()
    page.evaluate("""() => {
      LAYOUT.state.map.eachLayer(layer => {
        if (layer.getTooltip && layer.getTooltip()) layer.openTooltip();
      });
      for (const one of LAYOUT.state.sites) LAYOUT.openSite(one.site.site);
      LAYOUT.state.provinces.eachLayer(layer => layer.openPopup());
    }""")
    page.fill("#ly-filter", "<img")
    assert page.evaluate("window.hit") is None
    assert page.locator("img").count() == 0
    assert HOSTILE[:40] in page.locator("#ly-sites tbody").inner_text()
    assert page.title().startswith("<img src=x")
    assert page.locator("path.province").count() == 34


def test_the_national_page(show: Open, tmp_path: Path) -> None:
    """The real 31 zones and 41 sites with their stock: whole, clear, below 3 MB, quick."""
    from layout.model import read_model
    from layout.plan import new_plan

    model = read_model("national-2025")
    stock = model["stock"]
    space = stock["facility_it_mw"].fillna(0.0)
    capacity = stock[["site", "kind", "facility"]].assign(
        year=model.settings.base_year,
        existing_eflops=stock["compute_eflops"],
        compute_eflops=stock["compute_eflops"],
        facility_it_mw=space,
        it_mw=space,
        racks=400 * space,
        pue=stock["pue"],
        **{
            f"{name}_eflops": 0.0
            for name in ("filled", "expanded", "built", "retrofitted", "retired")
        },
    )
    plan = new_plan({"status": ""}, model, {"capacity": capacity})
    file = tmp_path / "national.html"
    file.write_text(map_page(plan, "zh"), "utf-8")
    assert file.stat().st_size < 3_000_000
    page = show(file)
    assert page.locator("path.province").count() == 34
    assert page.locator(".site-symbol").count() == len(model["sites"]) == 41
    assert page.evaluate(COVERED) == []
    fills = page.eval_on_selector_all(
        "path.province", "all => all.map(p => [p.dataset.adcode, p.getAttribute('fill')])"
    )
    outside = {code for code, fill in fills if fill == "url(#ly-outside)"}
    assert outside == {"710000", "810000", "820000"}
