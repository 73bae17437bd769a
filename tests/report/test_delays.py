"""How far clusters reach: rings by distance, zones where something else gives the delay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from layout.model.derive import reach as model_delays
from layout.plan import Plan
from layout.report import map_page
from layout.report.boundaries import shipped_boundaries
from layout.report.delays import given, reach_records, reach_rows, within
from layout.report.view import View
from tests.report.conftest import Open
from tests.report.plans import small_plan


def _linked(plan: Plan) -> Plan:
    """Gui'an's delays to three zones from the table: 2, 9 and 30 ms one way."""
    links = pd.DataFrame(
        {"zone": ["520000", "440000", "110000"], "site": "GUIAN", "workload": "",
         "latency_ms": [2.0, 9.0, 30.0], "transport_mcny_per_eflops_year": float("nan")}
    )  # fmt: skip
    return replace(plan, model=replace(plan.model, tables={**plan.model.tables, "links": links}))


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    plan = small_plan(tmp_path_factory.mktemp("m"))
    return {"distance": plan, "links": _linked(plan)}


def _view(plan: Plan) -> View:
    return View(plan, shipped_boundaries(), "en")


def test_zones_within_a_ring_are_those_within_its_delay(plans: dict[str, Plan]) -> None:
    """The ring and the model's own delays agree; a zone's own site counts with its mean radius."""
    plan = plans["distance"]
    table = model_delays(plan.model)
    for site, many in within(_view(plan)).items():
        row = table.sites.index(site)
        for one in many:
            assert one.ring is not None
            near = {
                zone
                for zone, km in zip(table.zones, table.distance_km[row], strict=True)
                if km <= one.ring.km
            }
            assert set(one.zones) == near
            assert all(ms <= one.limit_ms for ms in one.zones.values())


def test_links_give_zones_instead_of_a_ring(plans: dict[str, Plan]) -> None:
    view = _view(plans["links"])
    assert given(view) == {"GUIAN"}
    found = {(one.limit_ms, one.basis): one for one in within(view)["GUIAN"]}
    assert all(one.ring is None for one in found.values())
    assert found[5.0, "rtt"].zones == {"520000": 4.0}
    near = found[20.0, "rtt"].zones
    assert near["440000"] == 18.0
    assert "110000" not in near
    assert found[20.0, "one_way"].zones.keys() >= {"520000", "440000"}
    assert "110000" not in found[20.0, "one_way"].zones
    records = [one for one in reach_records(view, within(view)) if one["site"] == "GUIAN"]
    assert all("ring" not in one for one in records)
    assert {one["layer"]: one["zones"].get("440000") for one in records}["20:rtt"] == "18"
    # demand of all zones is alike: one of five is a fifth
    rows = dict(reach_rows(view, within(view)["GUIAN"]))
    assert rows["5 ms, round trip"] == "zones: 1 · 20.0% of the demand"


def test_over_a_backbone_no_ring_is_drawn(plans: dict[str, Plan]) -> None:
    settings = plans["distance"].model.settings
    features = settings.features.model_copy(update={"network": True})
    model = replace(
        plans["distance"].model, settings=settings.model_copy(update={"features": features})
    )
    view = _view(replace(plans["distance"], model=model))
    assert given(view) == set(map(str, view.sites.index))


def test_the_page_shows_zones_with_their_delays(
    show: Open, plans: dict[str, Plan], tmp_path: Path
) -> None:
    file = tmp_path / "links.html"
    file.write_text(map_page(plans["links"], "en"), "utf-8")
    page = show(file)
    page.evaluate("LAYOUT.openSite('GUIAN')")
    assert page.locator("path.reach").count() == 0
    assert page.locator("path.reach-zone").count() >= 3  # Guizhou within 5 ms and within 20 ms
    delays = page.locator(".reach-delay").all_inner_texts()
    assert "18 ms" in delays
    page.evaluate("LAYOUT.openSite('QINGYANG')")
    assert page.locator("path.reach").count() == 4
    page.keyboard.press("Escape")
    assert page.locator("path.reach, path.reach-zone").count() == 0
    page.get_by_label("Reach 20 ms, round trip").check()
    assert page.locator("path.reach").count() == 1
    assert "Zones within the delay" in page.locator("#ly-legend").inner_text()
    page.locator("#ly-language").click()
    assert "贵安 · 20 ms 往返 · 3 个需求区" in page.locator(".reach-label").all_text_contents()
