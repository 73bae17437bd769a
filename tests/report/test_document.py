"""The report says what the plan's tables say, in both languages, on a screen and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import pytest

import layout
from layout.errors import FileProblem
from layout.plan import Plan, write_plan
from layout.report.document import report_page
from layout.report.quantities import number, quantity
from layout.study.alternatives.tradeoff import POINTS
from layout.study.folder import Study, write_study
from tests.builders import tiny_model
from tests.cli.towns import WEST, Runner, towns
from tests.features.everything import YEARS, everything
from tests.features.rows import planned

SECTIONS = ["question", "answer", "map", "settings", "targets", "scorecards", "build", "costs",
            "power", "latency", "service", "spread", "prices", "limits", "sources",
            "method", "annex"]  # fmt: skip
LANGS = ("zh", "en")


class Read(HTMLParser):
    """Tables of a page by name, their rows by key; key figures; all words outside styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, dict[str, list[str]]] = {}
        self.heads: dict[str, list[str]] = {}
        self.figures: dict[str, str] = {}
        self.sections: list[str] = []
        self.words: list[str] = []
        self._table = self._figure = self._inside = ""
        self._row: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "section":
            self.sections.append(given["id"])
        elif tag == "table":
            self._table = given.get("data-table", "")
            self.tables.setdefault(self._table, {})
        elif tag == "tr":
            self._row = []
            rows = self.tables[self._table]
            rows[given.get("data-key") or f"#{len(rows)}"] = self._row
        elif tag in ("td", "th"):
            self._row.append("")
        self._figure = given.get("data-figure", self._figure)
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("td", "th"):
            self._row[-1] += data
        elif self._inside == "dd":
            self.figures[self._figure] = data
        if self._inside != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two towns: 330 mcny of investment, 2 EFLOPS built in the west (see tests/cli/towns.py)."""
    return layout.solve(towns(tmp_path_factory.mktemp("towns")))


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two periods with time slices and a battery on offer."""
    return planned(tmp_path_factory.mktemp("rich") / "model", **everything(("slices",), YEARS))


@pytest.fixture(scope="module")
def pages(plain: Plan) -> dict[str, str]:
    return {lang: report_page(plain, lang) for lang in LANGS}


def test_every_section_stands_in_both_languages(pages: dict[str, str]) -> None:
    for lang, page in pages.items():
        found = Read(page)
        assert found.sections == SECTIONS
        words = " ".join(found.words)
        assert "report." not in re.sub(r"report\.(html|csv)", "", words)
        assert ("两座城" in words) == (lang == "zh")
        assert page.count("<svg") >= 3
    chinese = " ".join(Read(pages["zh"]).words)
    assert not re.findall(r"\b(?:the|and|of) [a-z]+ ", chinese.replace("layout solve", ""))


def test_what_is_built_is_what_the_tables_say(plain: Plan, pages: dict[str, str]) -> None:
    """The west: nothing stands, 2 EFLOPS are built with 2 MW, 280 mcny; the nation 330."""
    rows = Read(pages["en"]).tables["sites"]
    head = next(iter(rows.values()))
    west = dict(zip(head, rows["W/general"] if "W/general" in rows else rows["520000/general"],
                    strict=True))  # fmt: skip
    assert (west["Build"], west["In place"], west["New halls, MW"]) == ("2", "2", "2")
    assert west["Investment, million CNY"] == "280"
    assert Read(pages["en"]).figures["capex_mcny"] == "330 million CNY"
    assert Read(pages["zh"]).figures["capex_mcny"] == "3.3 亿元"
    carbon = plain.tables["energy"]["carbon_kt"].sum()
    assert Read(pages["en"]).figures["carbon_kt"] == quantity(carbon, "kt", "en")


def test_scorecards_and_spread_set_the_base_year_beside_the_plan(pages: dict[str, str]) -> None:
    """East 0.5 EFLOPS before and 1 after, west none and 2; there is no word on people."""
    tables = Read(pages["en"]).tables
    card = tables["scorecard-features"]
    assert card["diverse/compute_eflops_general"][1:4] == [
        "Compute in place: General compute (FP32)", "0.5 EFLOPS FP32", "3 EFLOPS FP32"
    ]  # fmt: skip
    assert card["diverse/total-2"][2:] == ["0.5", "3", "≥ 2", "✓ met"]
    assert card["connected/east-90"][5] == "✗ not met"
    assert tables["scorecard-properties"]["assessable/targets_with_verdict_share"][3] == "100.0%"
    assert tables["spread"]["cr3_provinces"][1:3] == ["100.0%", "100.0%"]
    assert tables["spread"]["gini_compute"][1:3] == ["0.5", number(1 / 6)]
    assert tables["spread-provinces"][WEST][1:6] == ["–", "0", "2", "–", "–"]
    assert tables["kpis"]["compute_eflops_fp32"][2:] == ["0.5 EFLOPS FP32", "3 EFLOPS FP32"]
    assert "lines" not in tables  # two provinces are no nation


def test_provinces_that_figures_per_head_leave_out_are_named(plain: Plan) -> None:
    """The west does not say its people: what is over the others' alone must not pass for all."""
    zones = plain.model["zones"].assign(population_10k=[100.0, float("nan")])
    model = replace(plain.model, tables={**plain.model.tables, "zones": zones})
    plan = replace(plain, model=model)
    for lang, said in (
        ("en", "does not state the people of all their zones: Guizhou."),
        ("zh", "不计入人均类指标：贵州；"),
    ):
        words = " ".join(Read(report_page(plan, lang)).words)
        assert said in words and "per GDP, since" not in words


def test_costs_and_targets_agree_with_the_record(plain: Plan, pages: dict[str, str]) -> None:
    found = Read(pages["en"])
    breakdown = plain.record["cost_breakdown_mcny"]
    for name, value in breakdown.items():
        if abs(value) > 1e-6:
            assert found.tables["components"][name][2] == number(value)
    assert found.tables["components"]["total"][2] == number(plain.record["objective_mcny"])
    target = found.tables["targets"]["total-2"]
    assert target[0] == "✓ met"
    assert "≥ 2 EFLOPS FP32" in target or "≥ 2" in target
    assert found.tables["targets"]["east-90"][0] == "✗ not met"
    order = [key for key in found.tables["targets"] if not key.startswith("#")]
    assert order == ["east-90", "total-2"]


def test_annex_holds_every_setting_and_hash(plain: Plan, pages: dict[str, str]) -> None:
    found = Read(pages["en"]).tables
    assert found["settings"]["economy.discount_rate"][2] == "0.07"
    assert found["settings"]["solver.threads"][2] == str(plain.model.settings.solver.threads)
    hashes = {row[2] for row in found["hashes"].values()}
    assert set(plain.record["manifest"]["inputs"].values()) <= hashes


def test_years_and_hours_of_a_pathway(rich: Plan) -> None:
    """A row for each period, a stack for each slice, costs of a year without their weight."""
    page = report_page(rich, "en", with_map=False)
    found = Read(page).tables
    by_year = rich.record["kpis_by_year"]
    for year in map(str, YEARS):
        assert found["years"][year][0] == year
        green = by_year[year]["green_share_physical"]["value"]
        assert f"{100 * green:.1f}%" in found["years"][year]
    for period in rich.record["periods"]:
        cost = by_year[str(period["year"])]["cost_mcny"]["value"]
        shown = found["cost-years"][str(period["year"])]
        assert shown[2] in (number(cost), number(cost / 1000))
    assert "By hour" in page and "battery" in page
    assert "<iframe" not in page and "script-src" not in page


def test_sums_of_all_periods_are_not_said_to_be_a_years(rich: Plan, plain: Plan) -> None:
    """Differences of whole plans are discounted sums, unserved demand of them EFLOPS·years."""
    worth = {"saving_mcny": 5.0, "least_mcny": 4.0, "most_mcny": 6.0}
    found = {
        "value_of_moving": worth,
        "without_targets": {"targets_cost_mcny": 7.0, "objective_mcny": 1.0, "bound_mcny": 1.0},
        "counterfactuals": {"as_is": {"unserved_eflops_fp32": 14.0}},
    }
    said = {}
    for name, plan in (("several", rich), ("one", plain)):
        asked = replace(plan, record={**plan.record, **found, "objective": ["cost"]})
        read = Read(report_page(asked, "en", with_map=False))
        said[name] = " ".join(read.words)
    assert "saves 5 million CNY over all periods, discounted" in said["several"]
    assert "14 EFLOPS·years" in said["several"]
    assert "saves 5 million CNY a year" in said["one"]
    assert "14 EFLOPS (FP32 equivalent) of demand" in said["one"]
    assert "for 0.01 more, a percentage point" in said["one"]  # as the solver's shadow costs are
    left = {"unserved_eflops_fp32": {"value": 2.5, "unit": "EFLOPS FP32"},
            "unserved_share": {"value": 0.1, "unit": "share"}}  # fmt: skip
    short = replace(plain, record={**plain.record, "kpis": {**plain.record["kpis"], **left}})
    assert "NOT ALL DEMAND IS MET: 2.5" in report_page(short, "en", with_map=False)


@pytest.mark.parametrize("periods", [[2025], [2025, 2027]])
def test_a_plan_that_serves_nothing_says_so_of_its_own_year(
    tmp_path: Path, periods: list[int]
) -> None:
    economy = {"unserved_penalty_mcny_per_eflops": 0.001}
    kind = {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
            "it_capex_mcny_per_eflops": 100}  # fmt: skip
    demand = [{"zone": "east", "workload": "task", "year": year, "demand_eflops": 2}
              for year in periods]  # fmt: skip
    model = tiny_model(tmp_path / "poor", settings={"economy": economy, "periods": periods},
                       kinds=[kind], demand=demand)  # fmt: skip
    read = Read(report_page(layout.solve(model), "en", with_map=False))
    said = " ".join(read.words)
    assert "NOT ALL DEMAND IS MET: 2 EFLOPS (FP32 equivalent), 100.0% of it," in said
    assert f"left unserved in {periods[-1]}" in said
    assert "the stock is enough" not in said


def test_the_same_plan_gives_the_same_bytes(plain: Plan, pages: dict[str, str]) -> None:
    assert report_page(plain, "en") == pages["en"]


def test_studies_stand_in_the_report(plain: Plan, tmp_path: Path) -> None:
    """Those named, those inside the plan's folder, and those of a kind that is not known better."""
    folder = tmp_path / "plan"
    plan = write_plan(plain, folder)
    blank = dict.fromkeys(POINTS.names, 0.0)
    rows = [{**blank, "point": n, "cost_mcny": 80.5 + n, "carbon_kt": 12.0 - n, "point_status": "x"}
            for n in (1, 2)]  # fmt: skip
    named = [{"name": name, "unit": unit} for name, unit in (("cost", "mcny"), ("carbon", "kt"))]
    record = {"study": "tradeoff", "model": plain.record["model"], "objectives": named}
    points = Study(record, (POINTS,), {"points": POINTS.frame(pd.DataFrame(rows))})
    write_study(points, folder / "tradeoff")
    other = tmp_path / "own"
    other.mkdir()
    (other / "study.json").write_text('{"study": "own", "model": "another"}', "utf-8")
    found = pd.DataFrame({"place": ["<b>x</b>", "y"], "value": [1.5, 2.0]})
    found.to_csv(other / "found.csv", index=False)
    page = report_page(plan, "en", studies=[other], with_map=False)
    read = Read(page)
    assert "studies" in read.sections
    assert ["1", "81.5", "11", "0"] in list(read.tables["points"].values())
    assert any("made of a model called another" in word for word in read.words)
    assert "<b>x</b>" not in page and "&lt;b&gt;x&lt;/b&gt;" in page
    with pytest.raises(FileProblem):
        report_page(plan, "en", studies=[tmp_path])


@pytest.mark.parametrize(
    ("lang", "more", "name", "words"),
    [
        ("zh", ["--no-map", "--credit", "GS 1"], "report.html", ["GS 1", "两座城", "结论"]),
        ("en", ["--focus", "贵州"], "province-520000.html", ["Two towns", "Guizhou"]),
    ],
)
def test_the_command(
    plain: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    lang: str, more: list[str], name: str, words: list[str],
) -> None:  # fmt: skip
    run, folder = Runner(capsys), tmp_path / "plan"
    write_plan(plain, folder)
    done = run("report", folder, *more, lang=lang)
    assert done.code == 0, done.err
    page = (folder / name).read_text("utf-8")
    assert all(word in page for word in words)
    assert run("report", folder, "--study", tmp_path / "none", lang=lang).code == 3
    assert run("report", tmp_path / "nothing", lang=lang).code == 3


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open a report; nothing is asked for and nothing complained of."""
    contexts, seen = [], []

    def open_page(page: str, width: int) -> Any:
        file = tmp_path / "报告 report.html"
        file.write_text(page, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        tab = context.new_page()
        own = (file.resolve().as_uri(), "about:srcdoc")
        tab.on("request", lambda one: one.url in own or seen.append(one.url[:200]))
        tab.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: seen.append(f"page error: {error}"))
        tab.goto(own[0])
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert seen == []


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 390)])
def test_on_a_screen_and_on_paper(
    opened: Any, plain: Plan, pages: dict[str, str], lang: str, width: int
) -> None:
    """The map works inside the report; printed, a drawing stands there and numbers are text."""
    from axe_playwright_python.sync_playwright import Axe
    from pypdf import PdfReader

    tab = opened(pages[lang], width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    faults = Axe().run(tab).response["violations"]
    assert [one["id"] for one in faults if one["impact"] in ("serious", "critical")] == []
    tab.locator("#map").scroll_into_view_if_needed()
    frame = tab.frame_locator("iframe")
    frame.locator("html[data-ready='1']").wait_for(state="attached", timeout=20_000)
    assert frame.locator("path.province").count() == 34
    assert not tab.locator("div.picture").is_visible()
    tab.emulate_media(media="print")
    assert tab.locator("div.picture svg").is_visible()
    assert not tab.locator("iframe").is_visible()
    printed = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True, print_background=True)))
    assert 5 <= len(printed.pages) <= 25
    sizes = [tuple(round(float(side)) for side in page.mediabox[2:]) for page in printed.pages]
    assert sizes.count((842, 595)) + sizes.count((842, 596)) == 1  # the map, across
    words = "".join(page.extract_text() for page in printed.pages[:3])
    figures = Read(pages[lang]).figures
    assert re.sub(r"\s", "", figures["capex_mcny"]) in re.sub(r"\s", "", words)
    last = printed.pages[-1].extract_text()
    assert f"{len(printed.pages)} / {len(printed.pages)}" in last


def test_both_languages_of_a_label_name_the_same_values() -> None:
    from layout.labels import table

    def places(template: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(template) if name is not None}

    own = {key: said for key, said in table().items() if key.startswith("report.")}
    assert len(own) > 300
    for key, said in own.items():
        assert places(said["en"]) == places(said["zh"]), key
        assert said["en"].count("|") == said["zh"].count("|"), key
