"""Names, titles, notes and sources that attack: every output shows them as text, or cleaned.

A model of five provinces is solved; then every text of it and of its record is replaced. The reader
would refuse control characters and texts of 5,000 letters; here they come all the same, as from a
plan folder that somebody edited.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
import yaml

import layout
from layout.cli.summary import summary
from layout.model import write_workbook
from layout.model.tables import TABLES
from layout.plan import Plan
from layout.study.weighing.weights import Weight
from tests.builders import target
from tests.report.plans import small_model

CODE = (
    '<img src=x onerror="window.hit=1">${window.hit=2}`+(window.hit=3)+`</script></style></title>'
    "<script>window.hit=4</script><svg onload=window.hit=5>{{ 7*7 }}{% raw %}<!--\\`'\"%s%(x)s{0}"
)
HOSTILE = (
    "=cmd|'/C calc'!A0" + CODE,
    "+1+1" + CODE,
    "@SUM(A1)\t" + CODE,
    "-1\r\n../../../../etc/passwd\u2028" + CODE,
    "\u202e\u2066反转\u2069\u200f\x07\x1b[31m\x00\x85" + CODE,
    "😀" + "Langerwörterzug" * 333,
    "$\\frac{1}{0}$ ]]> &lt;b&gt; \ud800" + CODE,
)
FORBIDDEN = "\u202e\u2066\u2069\u200f\x07\x1b\x00\x85\ud800"


class Names:
    """Hostile texts, one after the other; the number keeps them apart."""

    def __init__(self) -> None:
        self._next = enumerate(cycle(HOSTILE))

    def __call__(self, *_: Any) -> str:
        number, words = next(self._next)
        return f"{words}{number}"


def spoilt(plan: Plan) -> Plan:
    """The plan with every text of its model and record replaced."""
    name, tables = Names(), {}
    for table, frame in plan.model.tables.items():
        texts = [column.name for column in TABLES[table] if column.type == "text"]
        texts = [one for one in texts if one in frame and one != "scope"]
        texts += ["note", "source"]
        tables[table] = frame.assign(
            **{one: [name().replace("\ud800", "") for _ in range(len(frame))] for one in texts}
        )
    tables["criteria"] = tables["criteria"].assign(unit=f"{HOSTILE[0]}unit")
    both = {lang: f"{HOSTILE[4]}{lang}" for lang in ("en", "zh")}  # whatever else has a name
    old = plan.model.settings
    words = {
        "title": old.title.model_copy(update=both),
        "description": old.title.model_copy(update=both),
    }
    aims = [
        aim.model_copy(
            update={
                "source": name(),
                "confidence": name(),
                "title": old.title.model_copy(update=both),
            }
        )
        for aim in old.targets
    ]
    settings = old.model_copy(update={**words, "targets": aims})
    records = [{**one, "title": both, "source": name()} for one in plan.record["targets"]]
    model = replace(plan.model, name=name().replace("\ud800", ""), tables=tables, settings=settings)
    record = {**plan.record, "model": name(), "targets": records}
    return replace(plan, model=model, record=record)


TARGETS = [
    target("total-20", "compute_eflops_fp32", "at_least", 20, unit="EFLOPS FP32", title="x"),
    target("hub", "additions_share", "at_least", 0.9, mode="soft", penalty=1, scope="hubs"),
    target("ours", "site_count", "at_least", 1, mode="report", scope="group:lee"),
]
TABLE_ROWS = {
    "criteria": "site,criterion,value,unit\nGUIAN,hazard,3,index\nQINGYANG,hazard,1,index\n",
    "groups": "group,kind,member\nlee,site,GUIAN\n",
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A solved plan whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    small_model(folder)
    path = folder / "small" / "model.yaml"
    settings = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**settings, "targets": TARGETS}), "utf-8")
    for table, words in TABLE_ROWS.items():
        (folder / "small" / f"{table}.csv").write_text(words, "utf-8")
    more = "demand[workload=training].demand_eflops=*9"
    return spoilt(layout.solve(folder / "small", sets=[more]))


@pytest.fixture
def watched(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open HTML, look into every part of it, and find nothing run, asked for or complained of."""
    contexts, seen = [], []

    def opened(name: str, html: str, width: int = 1280) -> Any:
        file = tmp_path / f"{name}.html"
        file.write_text(html, "utf-8")
        return visited(file, width)

    def visited(file: Path, width: int = 1280) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        own = file.resolve().as_uri()
        inner = (own, "about:srcdoc")
        page.on("request", lambda one: one.url in inner or seen.append(one.url[:200]))
        page.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: seen.append("dialog"))
        page.goto(own)
        page.wait_for_timeout(300)
        for frame in page.frames:
            assert frame.evaluate("window.hit") is None
            assert frame.locator("img[src=x], svg[onload]").count() == 0
            shown = frame.evaluate("document.title + document.body.innerText")
            assert not [letter for letter in FORBIDDEN if letter in shown]
            assert "49 " not in frame.title()
        return page

    opened.visited = visited  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert seen == []


def unbroken(page: Any) -> None:
    """Nothing stands out of the page to the right, however long a name is."""
    wide = page.evaluate("""() => document.documentElement.scrollWidth <= window.innerWidth + 1 ? []
      : [...document.querySelectorAll("body *")].filter(
          one => one.getBoundingClientRect().right > window.innerWidth + 1
        ).map(one => `${one.tagName}#${one.id}.${one.getAttribute("class")}`).slice(0, 12)""")
    assert wide == []


def test_the_map_page(plan: Plan, watched: Any) -> None:
    """Two plans beside each other, everything opened, in both languages, on a desk and a phone."""
    other = replace(plan, record={**plan.record, "targets": []})
    page = watched("map", layout.map(plan, lang="en", credit=CODE, compare=other))
    page.evaluate("""() => {
      for (const box of document.querySelectorAll("input[type=checkbox]")) box.click();
      for (const one of document.querySelectorAll("details")) one.open = true;
      for (const view of LAYOUT.views) {
        for (const one of view.sites) LAYOUT.openSite(one.site.site);
        view.provinces.eachLayer(layer => layer.openPopup());
      }
      LAYOUT.show({lang: "zh"});
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0
    assert page.locator("path.province").count() >= 34
    unbroken(page)
    page.set_viewport_size({"width": 390, "height": 844})
    unbroken(page)


def test_the_report_and_the_province_sheet(plan: Plan, watched: Any) -> None:
    unbroken(watched("report", layout.report_of(plan, lang="zh", credit=CODE, with_map=False)))
    unbroken(watched("sheet", layout.report_of(plan, lang="en", credit=CODE, focus="520000")))


def test_the_pages_of_suitability(plan: Plan, watched: Any, tmp_path: Path) -> None:
    weights = [Weight("hazard", 1.0, "lower", basis=HOSTILE[0]), Weight("grid_headroom", 1.0)]
    layout.suitability(plan, weights, output=tmp_path / "s", lang="en")
    files = sorted(tmp_path.joinpath("s").rglob("*.html"))
    assert len(files) >= 6
    for file in [
        files[0],
        *[one for one in files if "GUIAN" in one.name or one.name == "map.html"],
    ]:
        unbroken(watched.visited(file))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["s"]


def test_the_notebook(plan: Plan) -> None:
    """Around the frame stand escaped words alone; the frame holds the map page, tested above."""
    before, _, rest = plan.show("zh").html.partition(' srcdoc="')
    frame, _, after = rest.partition('"')
    assert "<script" not in before + after and "<img" not in before + after
    assert "&lt;script&gt;" in before
    assert "<" not in frame
    assert not set(FORBIDDEN) & set(before + frame + after)


def test_the_screen(plan: Plan) -> None:
    for lang in ("zh", "en"):
        shown = summary(plan, lang)
        assert not [letter for letter in FORBIDDEN if letter in shown]
        assert all(len(line) < 200 for line in shown.splitlines())


def test_the_workbooks(plan: Plan, tmp_path: Path) -> None:
    """No cell is a formula, in the plan's workbook and in the model's, which may be filled in."""
    layout.export(plan, "xlsx", tmp_path)
    write_workbook(plan.model, tmp_path / "model.xlsx")
    for file in sorted(tmp_path.glob("*.xlsx")):
        book = openpyxl.load_workbook(file)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        texts = [cell.value for cell in cells if isinstance(cell.value, str)]
        assert any("<script>" in words for words in texts)
        assert not [words for words in texts if set(FORBIDDEN) & set(words)]
        links = [cell.hyperlink for cell in cells if cell.hyperlink]
        assert not [link for link in links if not (link.location or "").startswith("'")]
        rules = [rule for sheet in book for rule in sheet.data_validations.dataValidation]
        assert not [rule for rule in rules if "<" in (rule.formula1 or "")]


def test_the_files(plan: Plan, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    layout.export(plan, "gpkg,geojson,csv,parquet,svg", folder)
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    for file in folder.rglob("*.geojson"):
        words = json.dumps(json.loads(file.read_text("utf-8")), ensure_ascii=False)
        assert not set(FORBIDDEN) & set(words)
    for file in folder.rglob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-1 "))], file.name
        assert not set(FORBIDDEN) & set("".join(cells))
    for file in folder.rglob("*.svg"):
        for element in ET.fromstring(file.read_bytes()).iter():
            assert not element.tag.endswith(("}script", "}image", "}foreignObject", "}a"))
            assert not [name for name in element.attrib if name.startswith("on")]
    with sqlite3.connect(next(folder.rglob("*.gpkg"))) as base:
        styles = base.execute("select styleQML from layer_styles").fetchall()
    assert styles
