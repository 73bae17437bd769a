"""The files in which a plan is handed on: each valid of its kind, whole, and safe to open."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from pyarrow import parquet

import layout
from layout.errors import FileProblem
from layout.plan import write_plan
from layout.report.export.exporting import FORMS, PLACES, UnknownForm, forms_of
from layout.report.export.plain import safe
from layout.report.export.summary import unit_word
from layout.report.export.tables import Field
from tests.cli.towns import Runner
from tests.report.plans import renamed, small_plan

HOSTILE = "=cmd()|'/c calc'!A1<script>\u202e"
TABLES = ["xlsx", "gpkg", "geojson", "csv", "parquet"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return small_plan(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def odd(plan: Any) -> Any:
    """The same with names that a spreadsheet or a browser would run."""
    return renamed(plan, lambda code: f"{HOSTILE}{code}")


@pytest.fixture(scope="module")
def files(odd: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile plan in every form that is no picture."""
    folder = tmp_path_factory.mktemp("out") / "new"
    layout.export(odd, TABLES, folder, lang="zh")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


def cells(book: Any) -> Iterator[Any]:
    return (cell for sheet in book for row in sheet.iter_rows() for cell in row)


def test_texts_of_the_workbook_are_texts_and_numbers_have_all_digits(files: Path) -> None:
    book = openpyxl.load_workbook(files / "plan.xlsx")
    assert book.sheetnames[0] == "摘要"
    assert not [cell for cell in cells(book) if cell.data_type == "f"]
    hostile = [cell for cell in cells(book) if str(cell.value or "").startswith("=cmd()")]
    assert len(hostile) > 20
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in hostile)
    assert not [cell for cell in cells(book) if "\u202e" in str(cell.value)]
    values = [row[9].value for row in book["算力设施"].iter_rows(min_row=2)]
    assert 12.344 in [row[6].value for row in book["算力设施"].iter_rows(min_row=2)]
    assert all(isinstance(value, int | float) for value in values)


def test_every_table_is_a_sheet_with_both_names_units_filter_and_fixed_header(files: Path) -> None:
    book = openpyxl.load_workbook(files / "plan.xlsx")
    assert {"关键指标", "分省算力", "算力设施", "服务关系", "能耗与碳排放", "候选站点", "数据来源",
            "字段说明"} <= set(book.sheetnames)  # fmt: skip
    sheet = book["算力设施"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[0] == "站点\nSite"
    assert heads[1] == "站点名称\nName of the site"
    assert "存量\nExisting [EFLOPS]" in heads
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).coordinate[:-1]}7"
    assert sheet.freeze_panes == "C2"
    assert sheet.print_title_rows == "$1:$1"
    column = heads.index("存量\nExisting [EFLOPS]") + 1
    assert sheet.cell(2, column).number_format == "#,##0.000"
    meaning = {row[1].value: row[4].value for row in book["字段说明"].iter_rows(min_row=2)}
    assert meaning["facility_gwh"] == "GWh"
    assert unit_word("standard racks", "zh") == "标准机架"
    cost = Field("cost", "Cost", "成本", "mcny/year")
    assert cost.heading("zh") == "成本 Cost [百万元/年]"
    assert cost.heading("en") == "Cost 成本 [million CNY/year]"


def test_the_geopackage_is_valid_and_styled(files: Path) -> None:
    file = files / "plan.gpkg"
    with sqlite3.connect(file) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert base.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        contents = base.execute("SELECT table_name, data_type, srs_id FROM gpkg_contents")
        kinds = {name: (kind, srs) for name, kind, srs in contents}
        styles = base.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, styleSLD, useAsDefault,"
            " f_table_schema FROM layer_styles"
        ).fetchall()
    base.close()
    features = {name for name, (kind, _) in kinds.items() if kind == "features"}
    assert features == {"sites", "compute", "flows", "zones", "provinces", "boundary_lines"}
    assert {kinds[name][1] for name in features} == {4490}
    assert kinds["layer_styles"][0] == "attributes"
    assert {row[0] for row in styles} == features
    for name, column, qml, sld, default, schema in styles:
        assert (column, default, schema) == ("geom", 1, "")
        style = ET.fromstring(qml.partition("\n")[2])
        options = {one.get("name"): one.get("value", "") for one in style.iter("Option")}
        used = re.findall(r'"(\w+)"', options.get("expression", ""))
        assert set(used) <= set(pyogrio.read_info(file, name)["fields"])
        assert len(list(style.iter("symbol"))) >= 1
        ET.fromstring(sld)
    drawn = {row[0]: row[2] for row in styles}
    assert "0,114,178,255" in drawn["compute"]
    assert '"size_mm"'.replace('"', "&quot;") in drawn["compute"]


def test_layers_read_back_as_they_were_written(files: Path, odd: Any) -> None:
    assert pyogrio.read_info(files / "plan.gpkg", layer="sites")["crs"] == "EPSG:4490"
    sites = pyogrio.read_dataframe(files / "plan.gpkg", layer="sites").set_index("site")
    assert len(sites) == 5
    assert (sites.geometry["GUIAN"].x, sites.geometry["GUIAN"].y) == (106.46, 26.41)
    assert sites.at["GUIAN", "action"] == "expanded"
    assert sites.at["GUIAN", "name_zh"] == HOSTILE.replace("\u202e", "") + "GUIAN"
    provinces = pyogrio.read_dataframe(files / "plan.gpkg", layer="provinces")
    assert len(provinces) == 34
    assert provinces.set_index("adcode").loc["110000", "in_model"] == 1
    flows = pyogrio.read_dataframe(files / "plan.gpkg", layer="flows")
    assert list(flows["served_eflops"]) == [16.0, 9.0, 4.0]
    assert flows.geometry.iloc[0].coords[0] == (121.47, 31.23)


def test_geojson_keeps_the_rules_of_rfc_7946(files: Path) -> None:
    names = sorted(one.name for one in (files / "geojson").iterdir())
    assert names == ["boundary_lines.geojson", "compute.geojson", "flows.geojson",
                     "provinces.geojson", "sites.geojson", "zones.geojson"]  # fmt: skip
    for name in names:
        layer = json.loads((files / "geojson" / name).read_text("utf-8"))
        assert "crs" not in layer
        west, south, east, north = layer["bbox"]
        assert 73 < west < east < 136 and 3 < south < north < 54
        assert all(set(one["properties"]) == set(layer["fields"]) for one in layer["features"])
        assert ("2025 年规划方案" in layer["note"]) == (name != "boundary_lines.geojson")
    areas = json.loads((files / "geojson" / "provinces.geojson").read_text("utf-8"))
    assert "仅供内部分析" in areas["note"]
    for one in areas["features"]:
        for part in shapely.get_parts(shapely.geometry.shape(one["geometry"])):
            assert part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors)


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(files: Path) -> None:
    body = (files / "csv" / "capacity.csv").read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[0][:3] == ["站点 Site", "站点名称 Name of the site", "年份 Year"]
    assert rows[1][1].startswith("'=cmd()")
    assert len(rows) == 7
    for file in (files / "csv").iterdir():
        for row in csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")):
            for cell in row:
                number = cell.replace(".", "").replace("e-", "").lstrip("-").isdigit()
                assert number or not cell.startswith(("=", "+", "-", "@"))


def test_what_begins_a_formula_in_any_width_is_kept_from_it() -> None:
    for sign in "=+-@＝＋－＠":
        assert safe(f"{sign}1+1") == f"'{sign}1+1"
        assert safe(f"\t\r\n {sign}1").lstrip().startswith("'")
    assert safe("a=1") == "a=1"


def test_parquet_has_exactly_the_tables_of_the_plan(files: Path, odd: Any) -> None:
    for file in (files / "parquet").iterdir():
        found = parquet.read_table(file)
        pd.testing.assert_frame_equal(found.to_pandas(), odd.tables[file.stem], check_dtype=False)
    about = parquet.read_schema(files / "parquet" / "energy.parquet").field("carbon_kt").metadata
    assert about[b"unit"] == b"kt"
    assert about[b"name_zh"].decode()


def test_the_same_plan_gives_the_same_files(odd: Any, files: Path, tmp_path: Path) -> None:
    layout.export(odd, TABLES, tmp_path, lang="zh")
    for file in (one for one in files.rglob("*") if one.is_file()):
        assert file.read_bytes() == (tmp_path / file.relative_to(files)).read_bytes(), file.name


def test_what_is_in_the_way_stays_and_nothing_is_half_written(plan: Any, tmp_path: Path) -> None:
    layout.export(plan, "geojson,csv", tmp_path)
    old = (tmp_path / "csv" / "capacity.csv").read_bytes()
    with pytest.raises(FileProblem, match="--overwrite"):
        layout.export(plan, "parquet,csv", tmp_path)
    (tmp_path / "csv" / "old.csv").write_text("stale", "utf-8")
    with pytest.raises(FileProblem, match="no font"):
        layout.export(plan, "csv,svg", tmp_path, font=tmp_path / "nothing.ttf", overwrite=True)
    assert (tmp_path / "csv" / "old.csv").exists()
    layout.export(plan, "csv", tmp_path, overwrite=True, lang="en")
    assert (tmp_path / "csv" / "capacity.csv").read_bytes() != old
    assert not (tmp_path / "csv" / "old.csv").exists()
    (tmp_path / "csv" / "thesis.docx").write_text("mine", "utf-8")
    with pytest.raises(FileProblem, match="not what an export wrote"):
        layout.export(plan, "csv", tmp_path, overwrite=True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["csv", "geojson"]


def test_forms_are_checked_before_anything_is_read(run: Runner, tmp_path: Path) -> None:
    assert forms_of("XLSX, .gpkg,xlsx,") == ("xlsx", "gpkg")
    assert set(PLACES) == set(FORMS)
    with pytest.raises(UnknownForm):
        forms_of(["xlsx", "word"])
    with pytest.raises(UnknownForm):
        forms_of(" , ")
    found = run("export", str(tmp_path / "none"), "--to", "xlxs", lang="en")
    assert found.code == 2
    assert "there is no form “xlxs”; did you mean “xlsx”?" in found.err
    found = run("export", str(tmp_path / "none"), "--to", "doc", lang="zh")
    assert (found.code, "没有格式“doc”" in found.err) == (2, True)
    assert run("export", str(tmp_path / "none"), "--to", "csv").code == 3


def test_the_command_writes_into_the_plan_and_leaves_it_a_plan(
    run: Runner, plan: Any, tmp_path: Path
) -> None:
    place = tmp_path / "方案 a"
    write_plan(plan, place)
    found = run("export", str(place), "--to", "xlsx,geojson", lang="zh")
    assert found.code == 0
    assert found.out.startswith("已写出：")
    assert (place / "plan.xlsx").is_file() and (place / "geojson" / "sites.geojson").is_file()
    assert not [one for one in place.iterdir() if one.name.startswith(".")]
    assert layout.verify(place) is not None
    again = run("export", str(place), "--to", "xlsx", lang="en")
    assert (again.code, "is there already" in again.err) == (3, True)
    wrong = run("export", str(place), "--to", "gpkg", "--shade", "colour", lang="en")
    assert (wrong.code, "there are compute, additions" in wrong.err) == (2, True)
