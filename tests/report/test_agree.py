"""The same number everywhere: every output of one plan is read back and compared.

The plan is that of two towns, worked out by hand in tests/cli/towns.py: 0.5 EFLOPS stand in the
east, 0.5 are filled there and 2 are built in the west; 8.76 and 17.52 GWh, 4.38 and 7.008 kt.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from pyarrow import parquet
from pypdf import PdfReader

import layout
from layout.report.quantities import number, quantity
from tests.cli.towns import EAST, WEST, towns

FORMS = "xlsx,gpkg,geojson,csv,parquet"


class Outputs:
    """Everything that is made of the plan, in one language."""

    def __init__(self, plan: Any, folder: Path, lang: str) -> None:
        self.plan, self.lang = plan, lang
        self.folder = folder
        layout.export(plan, FORMS, folder, lang=lang)
        self.pdf = self._pdf() if lang == "zh" else ""
        page = layout.map(plan, lang=lang)
        found = re.search(r'id="layout-content">(.*?)</script>', page, re.DOTALL)
        assert found
        self.map = json.loads(found[1])
        whole = layout.report_of(plan, lang=lang, with_map=False)
        whole = re.sub(r"<(style|script|svg).*?</\1>", " ", whole, flags=re.DOTALL)
        self.report = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", whole)).split())
        self.book = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)
        self.record = json.loads((plan.folder / "plan.json").read_text("utf-8"))

    def _pdf(self) -> str:
        """What is written on the picture."""
        layout.export(self.plan, "pdf", self.folder, lang=self.lang)
        pages = PdfReader(io.BytesIO((self.folder / "map.pdf").read_bytes())).pages
        return " ".join(page.extract_text() for page in pages).replace("\n", " ")

    def layer(self, name: str) -> list[dict[str, Any]]:
        """Properties of a GeoJSON layer."""
        file = self.folder / "geojson" / f"{name}.geojson"
        return [one["properties"] for one in json.loads(file.read_text("utf-8"))["features"]]

    def package(self, name: str) -> list[dict[str, Any]]:
        """Attributes of a layer of the GeoPackage."""
        frame = pyogrio.read_dataframe(self.folder / "plan.gpkg", layer=name)
        return frame.drop(columns="geometry").to_dict("records")

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        """Rows of a table of the workbook, by the names of the plan's files."""
        page = self.book[self._title(sheet)]
        codes = [code for table, code in self._codes() if table == sheet]
        values = list(page.iter_rows(min_row=2, values_only=True))
        return [dict(zip(codes, row, strict=True)) for row in values]

    def _codes(self) -> list[tuple[str, str]]:
        page = self.book[{"zh": "字段说明", "en": "Fields"}[self.lang]]
        return [(row[0], row[1]) for row in page.iter_rows(min_row=2, values_only=True)]

    def _title(self, sheet: str) -> str:
        from layout.labels import text

        return text(f"plan.file.{sheet}", self.lang)

    def csv(self, name: str) -> list[list[str]]:
        """Rows of a CSV file without its header."""
        body = (self.folder / "csv" / f"{name}.csv").read_text("utf-8-sig")
        return list(csv.reader(io.StringIO(body, newline="")))[1:]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("agree")
    return layout.solve(towns(folder / "two-towns"), output=folder / "plan")


@pytest.fixture(scope="module", params=["zh", "en"])
def made(plan: Any, request: pytest.FixtureRequest) -> Outputs:
    return Outputs(plan, plan.folder.with_name(request.param), request.param)


def test_sites_agree(made: Outputs) -> None:
    """Compute by site and kind, additions, megawatts, energy, carbon."""
    own = {row["site"]: row for row in made.plan.tables["capacity"].to_dict("records")}
    energy = {row["site"]: row for row in made.plan.tables["energy"].to_dict("records")}
    assert own["E"]["compute_eflops"] == pytest.approx(1)
    assert own["W"]["built_eflops"] == pytest.approx(2)
    for name in ("existing", "filled", "expanded", "built", "retired", "compute"):
        column = f"{name}_eflops"
        expected = {site: row[column] for site, row in own.items()}
        for layer in (made.layer("compute"), made.package("compute"), made.rows("capacity")):
            assert {row["site"]: row[column] for row in layer} == expected
    for name in ("facility_it_mw", "it_mw", "racks"):
        expected = {site: row[name] for site, row in own.items()}
        for layer in (made.layer("sites"), made.package("sites"), made.rows("capacity")):
            assert {row["site"]: row[name] for row in layer} == expected
    for name in ("facility_gwh", "carbon_kt"):
        expected = {site: row[name] for site, row in energy.items()}
        for layer in (made.layer("sites"), made.package("sites"), made.rows("energy")):
            assert {row["site"]: row[name] for row in layer} == expected
    shown = {row["site"]: row for row in made.map["rows"]}
    for site, row in {one["site"]: one for one in made.layer("sites")}.items():
        values = [row["compute"], row["added"], row["facility_it_mw"]]
        assert shown[site]["shown"][:3] == [number(value) for value in values]
        assert shown[site]["action"] == row["action"]


def test_tables_agree_to_the_last_digit(made: Outputs) -> None:
    for name, frame in made.plan.tables.items():
        if frame.empty:
            continue
        file = made.folder / "parquet" / f"{name}.parquet"
        assert parquet.read_table(file).to_pylist() == [
            {key: None if value != value else value for key, value in row.items()}
            for row in frame.to_dict("records")
        ]
        numbers = [c for c in frame.columns if frame[c].dtype.kind in "fi"]
        book = [[row[c] for c in numbers] for row in made.rows(name)]
        assert book == [
            [None if value != value else value for value in row]
            for row in frame[numbers].to_numpy(dtype=object).tolist()
        ]
        written = [float(cell) for row in made.csv(name) for cell in row if _is_number(cell)]
        known = {float(value) for c in numbers for value in frame[c] if value == value}
        assert known <= set(written)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_provinces_agree(made: Outputs) -> None:
    """Every quantity that the map can shade by, in the map, GeoJSON and GeoPackage."""
    layers = [
        {row["adcode"]: row for row in found}
        for found in (made.layer("provinces"), made.package("provinces"))
    ]
    assert len(made.map["metrics"]) > 5
    for metric in made.map["metrics"]:
        code = metric["key"].replace(":", "_")
        for layer in layers:
            for adcode, row in layer.items():
                value = metric["values"].get(adcode)
                assert row[code] == value or (value is None and row[code] != row[code])
    compute = next(one for one in made.map["metrics"] if one["key"] == "compute")
    assert compute["values"] == {EAST: 1.0, WEST: 2.0}


def test_flows_agree(made: Outputs) -> None:
    own = {(r["zone"], r["site"]): r["served_eflops"]
           for r in made.plan.tables["service"].to_dict("records")}  # fmt: skip
    for found in (made.layer("flows"), made.package("flows")):
        assert {(r["zone"], r["site"]): r["served_eflops"] for r in found} == {
            key: value for key, value in own.items() if key == (EAST, "W")
        }
    for flow in made.map["flows"]:
        assert flow["amount"] == pytest.approx(own[flow["zone"], flow["site"]], abs=1e-9)


def test_key_figures_agree(made: Outputs) -> None:
    """plan.json, map, summary of the workbook, report; the headlines in the picture too."""
    kpis = made.record["kpis"]
    summary = list(made.book.worksheets[0].iter_rows(min_row=6, values_only=True))
    cells = {row[0]: row for row in summary if row[0]}
    assert len(made.map["figures"]) > 10
    for figure in made.map["figures"]:
        value = kpis[figure["key"]]["value"]
        assert cells[figure["label"]][1] == value
        assert cells[figure["label"]][3] == figure["shown"]
    for figure in made.map["page"]["headlines"]:
        assert figure["shown"] in made.report
        assert figure["shown"] in made.pdf or made.lang == "en"
    carbon = quantity(kpis["carbon_kt"]["value"], "kt", made.lang)
    assert carbon in {figure["shown"] for figure in made.map["figures"]}


def test_targets_agree(made: Outputs) -> None:
    """The same verdict and the same value everywhere."""
    own = {row["id"]: row for row in made.record["targets"]}
    table = {row["target"]: row for row in made.rows("targets")}
    for name, record in own.items():
        assert table[name]["achieved"] == record["achieved"]
        assert table[name]["required"] == record["value"]
        assert table[name]["status"] == record["status"]
    words = list(made.book.worksheets[0].iter_rows(min_row=6, values_only=True))
    told = {row[0]: row for row in words if row[0]}
    for target in made.map["targets"]:
        assert told[target["label"]][1:3] == (
            f"{target['mark']} {target['verdict']}",
            target["value"],
        )
        achieved = target["value"].partition(" (")[0]
        assert achieved.removesuffix(" FP32").removesuffix(" EFLOPS") in made.report
