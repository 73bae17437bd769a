"""What a study adds to a page: marks by class and values of provinces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.report import ProvinceValues, SiteClass, SiteClasses, map_page
from tests.report.conftest import Open
from tests.report.plans import small_plan

HOSTILE = '</script><img src=x onerror="window.hit=1">{{ 7*7 }}'


def _classes(**changes: Any) -> SiteClasses:
    classes = (
        SiteClass("always", {"en": "always built", "zh": "必建"}, "square", 0),
        SiteClass("often", {"en": "often built", "zh": "常建"}, "diamond", 1),
        SiteClass("sometimes", {"en": "sometimes built", "zh": "偶建"}, "dot", 2),
        SiteClass("never", {"en": "never built", "zh": "不建"}, "cross", 3),
        SiteClass("undecided", {"en": "undecided", "zh": "未定"}, "ring", 4),
    )
    of = {
        "110000": "never",
        "310000": "sometimes",
        "440000": "undecided",
        "GUIAN": "always",
        "QINGYANG": "often",
    }
    note = {"GUIAN": {"en": f"at least 3 EFLOPS {HOSTILE}", "zh": "至少 3 EFLOPS"}}
    title = {"en": "Near-optimal plans", "zh": "近优方案"}
    return SiteClasses(
        **{"key": "k", "title": title, "classes": classes, "of": of, "note": note, **changes}
    )


def test_marks_and_values_on_the_page(show: Open, tmp_path: Path) -> None:
    values = {"520000": 12.0, "620000": -3.0, "710000": 9.0}
    shade = ProvinceValues("gain", {"en": "Gain", "zh": "收益"}, "mcny", values, diverging=True)
    for lang, title in (("zh", "近优方案"), ("en", "Near-optimal plans")):
        file = tmp_path / f"{lang}.html"
        file.write_text(map_page(small_plan(tmp_path), lang, extras=[_classes(), shade]), "utf-8")
        page = show(file)
        shapes = page.locator(".site .class-mark").evaluate_all(
            "all => all.map(m => m.getAttribute('class').split('shape-')[1]).sort()"
        )
        assert shapes == ["cross", "diamond", "dot", "ring", "square"]
        legend = page.locator("#ly-legend")
        assert title in legend.inner_text()
        assert legend.locator(".class-mark").count() == 5
        page.get_by_label(title).uncheck()
        assert page.locator(".site .class-mark").count() == 0
        assert title not in legend.inner_text()
        page.get_by_label(title).check()
        assert page.locator(".site .class-mark").count() == 5
    assert page.evaluate("document.getElementById('ly-metric').value") == "extra:gain"
    assert "Provinces (million CNY)" in legend.inner_text()
    assert "710000" not in page.evaluate("LAYOUT.metricOf(LAYOUT.state).values")
    guian = page.locator(".site[data-site='GUIAN']")
    assert guian.get_attribute("aria-label") == "Gui'an cluster · always built"
    guian.focus()
    page.keyboard.press("Enter")
    shown = page.locator(".leaflet-popup-content").inner_text()
    assert "Near-optimal plans: always built" in shown
    assert HOSTILE in shown
    page.keyboard.press("Escape")
    page.locator("path.province[data-adcode='620000']").focus()
    page.keyboard.press("Enter")
    assert "Gain\n\n-3 million CNY" in page.locator(".leaflet-popup-content").inner_text()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"of": {"GUIAN": "perhaps"}}, "no class perhaps"),
        ({"of": {"ATLANTIS": "never"}}, "no site ATLANTIS"),
        ({"classes": [SiteClass("a", {}, "star", 0)], "of": {}}, "no shape star"),  # type: ignore
        (
            {"classes": [SiteClass(i, {}, "dot", 1) for i in "ab"], "of": {}},
            "of one shape and colour",
        ),
    ],
)
def test_a_layer_that_could_not_be_drawn_is_refused(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        map_page(small_plan(tmp_path), "en", extras=[_classes(**changes)])
