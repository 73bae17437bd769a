"""The map page without a browser: one file, nothing from elsewhere, the same bytes each time."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import folium
import pytest
from branca.element import JavascriptLink

from layout.labels import table
from layout.report import map_page
from layout.report.offline import ExternalResource, OfflineFigure, OfflineMap, json_for_script
from layout.report.quantities import share
from tests.report.plans import base_plan, small_plan

ROOT = Path(__file__).parents[2]


def _content(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="layout-content">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def test_a_page_names_nothing_outside_itself(pages: dict[str, Path]) -> None:
    page = pages["zh"].read_text("utf-8")
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)=["\']?(?!data:)', page)
    assert "sourceMappingURL" not in page
    assert "connect-src 'none'" in page
    assert "user-scalable" not in page
    assert len(page.encode()) < 3_000_000


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    assert map_page(plan, "en") == map_page(plan, "en")


def test_language_of_the_page(pages: dict[str, Path]) -> None:
    chinese, english = (pages[lang].read_text("utf-8") for lang in ("zh", "en"))
    assert '<html lang="zh-CN">' in chinese
    assert "<title>小型方案</title>" in chinese
    assert '<html lang="en">' in english
    assert "<title>Small plan</title>" in english
    assert "最优 · 已证明间隙 0.04%" in chinese
    assert "Optimal · proved gap 0.04%" in english


def test_an_english_page_has_no_chinese_but_the_boundary_note(tmp_path: Path) -> None:
    content = _content(map_page(small_plan(tmp_path), "en"))
    for code, province in content["provinces"].items():
        province["card"]["subtitle"] = ""  # the name in the other language
        assert not re.search("[一-鿿]", json.dumps(province, ensure_ascii=False)), code
    for part in ("words", "metrics", "sites", "rows", "flows", "reach", "figures", "targets"):
        assert not re.search("[一-鿿]", json.dumps(content[part], ensure_ascii=False)), part


def test_a_place_outside_the_model_is_not_zero(tmp_path: Path) -> None:
    content = _content(map_page(small_plan(tmp_path), "en"))
    for code in ("710000", "810000", "820000"):
        assert code in content["outside"]
        assert all(code not in metric["values"] for metric in content["metrics"])
        assert "Not in the model" in content["provinces"][code]["card"]["notes"][0]


def test_province_quantities_by_hand(tmp_path: Path) -> None:
    content = _content(map_page(small_plan(tmp_path), "en"))
    values = {metric["key"]: metric["values"] for metric in content["metrics"]}
    # Guizhou: general 2 + 1.25, intelligent (12.344 + 20) at 0.25 of FP32
    assert values["compute"]["520000"] == pytest.approx(3.25 + 32.344 * 0.25)
    assert values["compute:intelligent"]["520000"] == pytest.approx(32.344)
    assert values["additions"]["520000"] == pytest.approx(1.25 + 20 * 0.25)
    # gives (16 + 4) × 0.25 to others, takes nothing
    assert values["net_service"]["520000"] == pytest.approx(5.0)
    # Beijing: 8 − 3 stay; green = (25 + 10) / 125
    assert values["compute"]["110000"] == pytest.approx(5.0)
    assert values["green"]["110000"] == pytest.approx(0.28)
    # demand of Beijing: 1 online + 1 training × 0.25
    assert values["demand"]["110000"] == pytest.approx(1.25)


def test_hatching_and_letters(tmp_path: Path) -> None:
    content = _content(map_page(small_plan(tmp_path), "en"))
    assert content["proxies"] == ["520000"]
    letters = {site["site"]: site["letter"] for site in content["sites"]}
    assert letters["GUIAN"] == letters["QINGYANG"] == "A"
    assert letters["110000"] == ""


def test_actions_of_sites(tmp_path: Path) -> None:
    content = _content(map_page(small_plan(tmp_path), "en"))
    actions = {row["site"]: row["action"] for row in content["rows"]}
    assert actions == {
        "110000": "retired",
        "310000": "filled",
        "440000": "existing",
        "GUIAN": "expanded",
        "QINGYANG": "built",
    }


def test_a_zone_served_by_its_own_site_is_no_flow(tmp_path: Path) -> None:
    flows = _content(map_page(small_plan(tmp_path), "en"))["flows"]
    assert [(flow["zone"], flow["site"]) for flow in flows] == [
        ("310000", "GUIAN"),
        ("110000", "QINGYANG"),
        ("440000", "GUIAN"),
    ]


def test_of_many_flows_the_largest_are_drawn_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Popups and provinces count what is not drawn."""
    plan = small_plan(tmp_path / "m")
    whole = _content(map_page(plan, lang="en"))
    assert whole["flows_left"] == ""
    most = Counter(flow["workload"] for flow in whole["flows"])
    assert max(most.values()) > 1
    monkeypatch.setattr("layout.report.flows.MOST_FLOWS", len(most))
    few = _content(map_page(plan, lang="en"))
    drawn = {flow["workload"]: flow for flow in few["flows"]}
    assert len(few["flows"]) == len(drawn) == len(most)
    for flow in whole["flows"]:
        assert drawn[flow["workload"]]["amount"] >= flow["amount"]
    left = len(whole["flows"]) - len(few["flows"])
    carried = 1 - sum(one["amount"] for one in few["flows"]) / sum(
        one["amount"] for one in whole["flows"]
    )
    assert f"the {left} smallest flows" in few["flows_left"]
    assert share(carried) in few["flows_left"]
    for part in ("provinces", "sites", "rows", "metrics"):
        assert few[part] == whole[part]


def test_a_base_year_without_a_plan(tmp_path: Path) -> None:
    page = map_page(base_plan(tmp_path), "zh")
    content = _content(page)
    assert "2023 基准年存量与需求（未作规划）" in page
    assert "最优" not in page.split("<script")[-1]
    assert content["flows"] == []
    assert content["targets"][0]["value"] == "24.1 EFLOPS FP32 (≥ 30)"
    assert {metric["key"] for metric in content["metrics"]} >= {"compute", "demand"}
    assert "additions" not in {metric["key"] for metric in content["metrics"]}


def test_kinds_without_an_equivalent_are_never_added(tmp_path: Path) -> None:
    plan = small_plan(tmp_path)
    kinds = plan.model.tables["kinds"].assign(fp32_per_native=float("nan"))
    plan.model.tables["kinds"] = kinds  # type: ignore[index]
    keys = {metric["key"] for metric in _content(map_page(plan, "en"))["metrics"]}
    assert "compute:general" in keys
    assert not keys & {"compute", "additions", "demand", "self_sufficiency", "net_service"}


def test_a_link_to_elsewhere_is_refused() -> None:
    figure = OfflineFigure("en", {"title": "t"}, {})
    page = OfflineMap(figure, "map", location=[35, 104])
    figure.header.add_child(JavascriptLink("https://example.org/a.js"))
    with pytest.raises(ExternalResource, match="outside the page"):
        figure.render()
    with pytest.raises(ExternalResource, match="tiles"):
        folium.TileLayer("https://example.org/{z}/{x}/{y}.png", attr="a").add_to(page)


def test_a_script_that_would_end_early_is_refused() -> None:
    figure = OfflineFigure("en", {"title": "t"}, {})
    OfflineMap(figure, "map", location=[35, 104])
    figure.script.add_child(folium.Element("var a = '</script>'"))
    with pytest.raises(ExternalResource, match="</script"):
        figure.render()


def test_json_in_a_script_cannot_end_it() -> None:
    body = json_for_script({"a": "</script><!--&\u2028"})
    assert not re.search(r"[<>&\u2028]", body)
    assert json.loads(body) == {"a": "</script><!--&\u2028"}
    with pytest.raises(ValueError, match="Out of range"):
        json_for_script(float("nan"))


def test_nothing_writes_text_into_a_script() -> None:
    """folium's own popups and tooltips put text into a script or take it as HTML."""
    banned = re.compile(
        r"\b(Popup|Tooltip|GeoJsonTooltip|GeoJsonPopup|Icon|Choropleth|TileLayer|Html)\("
    )
    for file in (ROOT / "layout" / "report").glob("*.py"):
        assert not banned.search(file.read_text("utf-8")), file.name
    for file in (ROOT / "maps" / "page").glob("*.js"):
        script = file.read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script
        )


def test_every_word_of_the_scripts_is_a_label() -> None:
    scripts = "".join(file.read_text("utf-8") for file in (ROOT / "maps" / "page").glob("*.js"))
    words = set(re.findall(r"\bwords\.([a-z_]+)", scripts)) | {"inset"}
    assert {f"map.ui.{word}" for word in words} <= set(table())
