"""Tables of a plan as GeoDataFrames: points and lines with names, for a GIS and a notebook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from layout.plan import Plan
from layout.plan.geoframes import PLACED
from tests.report.plans import small_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return small_plan(tmp_path_factory.mktemp("geo"))


def test_capacity_is_points_with_names_and_the_tables_stay_plain(plan: Plan) -> None:
    frame = plan.capacity
    assert frame.crs.to_epsg() == 4326
    assert set(frame.geom_type) == {"Point"}
    assert len(frame) == len(plan.tables["capacity"])
    row = frame[frame["site"] == "GUIAN"].iloc[0]
    assert (row.geometry.x, row.geometry.y) == (106.46, 26.41)
    assert (row["name_zh"], row["province"]) == ("贵安数据中心集群", "520000")
    assert frame.attrs["units"]["facility_it_mw"] == "MW"
    assert "geometry" not in plan.tables["capacity"]


def test_service_is_lines_from_site_to_zone(plan: Plan) -> None:
    frame = plan.service
    line = frame[(frame["site"] == "GUIAN") & (frame["zone"] == "310000")].iloc[0]
    assert list(line.geometry.coords) == [(106.46, 26.41), (121.47, 31.23)]
    assert (line["site_name_en"], line["zone_name_en"]) == ("Gui'an cluster", "Shanghai")


def test_sites_add_up_what_stands_there(plan: Plan) -> None:
    """Gui'an: 3.25 EFLOPS general and 32.344 intelligent; an unused site would have 0."""
    frame = plan.sites.set_index("site")
    assert frame.at["GUIAN", "general_compute_eflops"] == pytest.approx(3.25)
    assert frame.at["GUIAN", "intelligent_compute_eflops"] == pytest.approx(32.344)
    assert frame.at["110000", "intelligent_compute_eflops"] == 0
    assert frame.at["GUIAN", "carbon_kt"] == 55.5
    assert len(plan.zones) == 5


def test_every_table_with_a_place_can_be_written_and_read(plan: Plan, tmp_path: Path) -> None:
    import geopandas

    for name in PLACED:
        assert plan.geo(name).crs.to_epsg() == 4326
    plan.capacity.to_file(tmp_path / "c.gpkg")
    again = geopandas.read_file(tmp_path / "c.gpkg")
    assert again["compute_eflops"].sum() == plan.tables["capacity"]["compute_eflops"].sum()
    with pytest.raises(KeyError, match="capacity"):
        plan.geo("targets")


def test_a_notebook_shows_words_and_the_map(plan: Plan) -> None:
    before, _, frame = plan.show("zh").html.partition("<iframe")
    assert "小型方案" in before
    assert 'sandbox="allow-scripts"' in frame
    assert "总量超过 20" in frame.partition("</iframe>")[2]
    failed = plan.with_record(status="infeasible")
    assert failed._repr_html_().startswith("<pre>")


def test_a_plan_is_read_without_any_geography(plan: Plan) -> None:
    code = "import sys, layout; layout.Plan; print('geopandas' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
