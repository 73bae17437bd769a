"""Small charts, search, confidence, targets of places: records, and how the page shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layout.plan import Plan
from layout.report import map_page
from layout.report.bars import chart_records
from layout.report.boundaries import shipped_boundaries
from layout.report.confidence import level, own_layers, stock_confidence
from layout.report.content import content
from layout.report.view import View
from tests.builders import YEAR
from tests.report.conftest import Open
from tests.report.plans import TARGETS, small_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The small plan with its cost by component and targets of places."""
    plan = small_plan(tmp_path_factory.mktemp("m"))
    total, share, storage = TARGETS
    targets = [
        total,
        {**share, "scope": "province:520000", "status": "fail"},
        {**storage, "scope": "hub:GUIAN", "status": "pass", "achieved": 9.0, "value": 8.0},
        {**total, "id": "more", "scope": "hub:GUIAN"},
        {**total, "id": "region", "scope": "region:west"},
    ]
    cost = {"it_capital": 60.0, "grid_energy": 40.0, "penalty": 0.0}
    return replace(plan, record={**plan.record, "targets": targets, "cost_breakdown_mcny": cost})


def _view(plan: Plan, lang: str = "en") -> View:
    return View(plan, shipped_boundaries(), lang)


def test_charts_by_hand(plan: Plan) -> None:
    charts = {one["key"]: one for one in chart_records(_view(plan))}
    assert list(charts) == ["kinds", "cost", "latency"]
    general, intelligent = charts["kinds"]["rows"]
    # 8 + 6 + 5 + 2 existing less 3 retired; 1.5 filled, 1.25 expanded
    assert general["parts"] == [[18.0, "#0072B2"], [1.5, "0/filled"], [1.25, "0/expanded"]]
    assert general["shown"] == "20.75"
    assert intelligent["parts"][2] == [6.0, "1/built"]  # 24 FP16 at 0.25
    assert [row["label"] for row in charts["cost"]["rows"]] == ["IT capital", "grid energy"]
    # round trip 2.2 ms: 5; 13.4 ms: 1; 16 ms: 2.25; 24.4 ms: 4 of 12.25 in FP32
    shown = {row["label"]: row["shown"] for row in charts["latency"]["rows"]}
    assert shown == {
        "≤ 5 ms": "40.8%", "5 – 10 ms": "0.0%", "10 – 20 ms": "26.5%", "20 – 30 ms": "32.7%",
        "> 30 ms": "0.0%",
    }  # fmt: skip


def test_power_of_the_average_day(plan: Plan) -> None:
    """Two days of two blocks: means are weighted by the hours that a slice stands for."""
    slices = pd.DataFrame(
        {"slice": ["a0", "a12", "b0", "b12"], "hours": [100.0, 100.0, 300.0, 300.0],
         "day": ["a", "a", "b", "b"], "start_hour": [0, 12, 0, 12]}
    )  # fmt: skip
    dispatch = pd.DataFrame(
        [("GUIAN", YEAR, name, hours, grid, green, 0.0) for name, hours, grid, green in
         (("a0", 100.0, 40.0, 10.0), ("a12", 100.0, 20.0, 30.0),
          ("b0", 300.0, 80.0, 10.0), ("b12", 300.0, 60.0, 30.0))],
        columns=["site", "year", "slice", "hours", "grid_mw", "renewable_mw", "discharge_mw"],
    )  # fmt: skip
    model = replace(plan.model, tables={**plan.model.tables, "slices": slices})
    sliced = replace(plan, model=model, tables={**plan.tables, "dispatch": dispatch})
    chart = next(one for one in chart_records(_view(sliced)) if one["key"] == "hours")
    assert chart["form"] == "columns"
    assert [(row["label"], [p[0] for p in row["parts"]]) for row in chart["rows"]] == [
        ("00–12", [70.0, 10.0]), ("12–24", [50.0, 30.0])
    ]  # fmt: skip


def test_years_side_by_side(plan: Plan) -> None:
    """What stands in every year, from the tables of all years."""
    early, late = plan.tables["capacity"].assign(year=2024), plan.tables["capacity"]
    energy = pd.concat(
        [plan.tables["energy"].assign(year=2024, grid_gwh=10.0), plan.tables["energy"]]
    )
    whole = {"capacity": pd.concat([early, late]), "energy": energy}
    view = View(plan, shipped_boundaries(), "zh", whole)
    charts = {one["key"]: one for one in chart_records(view)}
    compute = charts["compute_years"]["rows"]
    assert [row["label"] for row in compute] == ["2024", str(YEAR)]
    assert compute[0]["parts"] == compute[1]["parts"]
    assert [row["parts"][0][0] for row in charts["energy_years"]["rows"]] == [50.0, 500.0]


@pytest.mark.parametrize(
    ("said", "found"),
    [("published", "published"), ("estimated, suspect", "proxy"), ("estimated", "estimated"),
     ("general knowledge", "proxy"), ("calculated", "published"), ("", "unstated"),
     (float("nan"), "unstated")],
)  # fmt: skip
def test_levels_of_confidence(said: Any, found: str) -> None:
    assert level(said) == found


def test_a_site_is_as_sure_as_its_weakest_figure(plan: Plan) -> None:
    stock = plan.model["stock"]
    words = ["proxy" if kind == "intelligent" else "published" for kind in stock["kind"]]
    model = replace(
        plan.model, tables={**plan.model.tables, "stock": stock.assign(confidence=words)}
    )
    view = _view(replace(plan, model=model))
    shares = stock_confidence(view)["GUIAN"]  # 2 general, 12.344 × 0.25 intelligent
    assert shares["published"] == pytest.approx(2 / (2 + 12.344 * 0.25))
    (layer,) = own_layers(view)
    assert layer.of["GUIAN"] == "proxy"
    assert layer.of["110000"] == "published"
    assert not layer.shown
    bare = stock.drop(columns="confidence")
    tables = {**plan.model.tables, "stock": bare}
    assert own_layers(_view(replace(plan, model=replace(plan.model, tables=tables)))) == []


def test_targets_stand_where_they_are_asked(plan: Plan) -> None:
    record = content(_view(plan, "zh"))
    places = {one["scope"]: one for one in record["target_places"]}
    assert set(places) == {"province:520000", "hub:GUIAN"}  # a region is no place
    assert (places["hub:GUIAN"]["passed"], places["hub:GUIAN"]["failed"]) == (2, 0)
    assert places["hub:GUIAN"]["at"] == [26.41, 106.46]
    assert "贵安" in places["hub:GUIAN"]["name"]
    cards = {one["site"]: one["card"] for one in record["sites"]}
    titles = {site: [part["title"] for part in card["sections"]] for site, card in cards.items()}
    assert "本地目标" in titles["GUIAN"]
    assert "本地目标" not in titles["QINGYANG"]
    sections = record["provinces"]["520000"]["card"]["sections"]
    own = next(part for part in sections if part["title"] == "本地目标")
    assert own["rows"][0][0].startswith("✗ ")


def test_the_parts_of_the_page(show: Open, plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(map_page(plan, "en"), "utf-8")
    page = show(file)
    # charts are tables whose cells hold bars
    assert page.locator(".ly-chart").count() == 3
    assert page.locator("[data-chart='kinds'] tbody tr").count() == 2
    assert page.locator("[data-chart='kinds'] rect").count() == 6
    # flags of targets, and the target that shows its place
    flags = page.locator(".target-place")
    assert flags.count() == 2
    assert sorted(flags.locator("text").all_text_contents()) == ["✓2", "✗"]
    zoom = page.evaluate("LAYOUT.state.map.getZoom()")
    page.locator("#ly-targets button.target-name").first.click()
    assert page.evaluate("LAYOUT.state.map.getZoom()") > zoom
    # below and above zero differ by more than colour
    page.select_option("#ly-metric", "net_service")
    fills = page.eval_on_selector_all(
        "path.province", "all => all.map(p => p.getAttribute('fill'))"
    )
    assert any(fill.endswith("-below)") for fill in fills)
    assert any(fill.endswith("-above)") for fill in fills)
    # what the filter of the list leaves out stands back on the map
    page.locator("#ly-filter").fill("gui")
    assert page.locator(".site:not(.faint)").count() == 1
    page.locator("#ly-filter").fill("")
    assert page.locator(".site.faint").count() == 0
    # marks of confidence
    page.get_by_label("Confidence of the stock").check()
    assert page.locator(".site .class-mark").count() == 4
    assert "proxy or assumption (1)" in page.locator("#ly-legend").inner_text()


def test_a_place_is_found_by_either_name_or_its_code(show: Open, pages: dict[str, Path]) -> None:
    page = show(pages["en"])
    search = page.locator("#ly-search")
    for typed, down, opened in (
        ("贵州", 0, "Guizhou"),
        ("520000", 1, "Guizhou"),
        ("qing", 2, "Qingyang cluster"),  # Qinghai, a province, comes first
        ("上海", 0, "Shanghai"),
    ):
        search.fill(typed)
        assert search.get_attribute("aria-expanded") == "true"
        for _ in range(down):
            search.press("ArrowDown")
        search.press("Enter")
        assert page.locator(".card > :first-child").inner_text() == opened
        assert search.get_attribute("aria-expanded") == "false"
    search.fill("nowhere at all")
    assert page.locator("#ly-places li").count() == 0
