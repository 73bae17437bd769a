"""A planner at the page, from the upload to the download, in both languages in a real browser.

One server and as few runs as can be: what one language has begun, the other looks at.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from layout.checking import verify
from layout.model import read_model, write_workbook
from layout.plan import read_plan
from tests.cli.towns import towns
from tests.report.conftest import ARGUMENTS
from tests.serve.served import Served, at_work
from tests.solving.test_honesty import hard_model

LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PATIENT_MS = 120_000
WORK = "[data-events]"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planner's folder: two models, and beside it a workbook with mistakes."""
    folder = tmp_path_factory.mktemp("规划 room")
    model = read_model(towns(folder / "two-towns"))
    hard_model(folder / "hard")
    (folder / "away").mkdir()
    file = folder / "away" / "有误 book.xlsx"
    write_workbook(model, file)
    book = openpyxl.load_workbook(file)
    sheet = next(one for one in book.worksheets if one.title in ("sites", "站点"))
    head = [str(cell.value) for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows() if "E" in [cell.value for cell in row])
    column = next(place for place, name in enumerate(head) if "max_it_mw" in name)
    row[column].value = "<b>much</b>"
    book.save(file)
    return folder


@pytest.fixture(scope="module")
def served(room: Path) -> Iterator[Served]:
    with Served(room, "--lang", "zh", "serve", "--no-browser") as page:
        yield page


@pytest.fixture(scope="module")
def context(chromium: Path, playwright: Any, served: Served) -> Iterator[Any]:
    """A browser with the cookie; nothing but the page was asked for and nothing complained."""
    arguments = [one for one in ARGUMENTS if not one.startswith("--host-resolver-rules")]
    seen: list[str] = []

    def watch(tab: Any) -> None:
        tab.set_default_timeout(PATIENT_MS)
        tab.on("request", lambda one: one.url.startswith(served.base) or seen.append(one.url))
        tab.on("console", lambda one: seen.append(f"{one.type}: {one.text}"))
        tab.on("pageerror", lambda one: seen.append(f"page error: {one}"))

    browser = playwright.chromium.launch(
        executable_path=str(chromium), headless=True, args=[*arguments, LOOPBACK_ONLY]
    )
    made = browser.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    made.on("page", watch)
    yield made
    browser.close()
    refused = "status of 422"  # a page that lists problems says so to programs too
    assert [one for one in seen if refused not in one] == []


def sound(tab: Any) -> None:
    """axe finds nothing, and nothing is wider than the window."""
    from axe_playwright_python.sync_playwright import Axe

    faults = Axe().run(tab).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in faults] == []
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def switch(tab: Any, name: str) -> None:
    tab.locator(".languages").get_by_text(name, exact=True).click()


def test_a_planner_plans(context: Any, served: Served, room: Path) -> None:
    tab = context.new_page()
    tab.goto(served.url)
    tab.get_by_role("heading", name="规划什么？").wait_for()
    assert "token" not in tab.url

    # a workbook with a mistake: all problems at once, in both languages, as text
    sound(tab)
    tab.locator("#workbook").set_input_files(str(room / "away" / "有误 book.xlsx"))
    tab.get_by_role("button", name="上传并检查").click()
    table = tab.locator("[data-problems]")
    table.wait_for()
    assert "1 个错误" in table.inner_text() and "<b>much</b>" in table.inner_text()
    assert "有误-book.xlsx" in table.inner_text()
    switch(tab, "English")
    tab.get_by_text("Errors: 1").wait_for()
    said = table.inner_text().replace("有误", "")
    assert "How to mend" in said and not re.search("[一-鿿]{2}", said)

    # in English: pick, change a target and a parameter by keyboard, see the command, check
    tab.get_by_role("link", name="Models", exact=True).click()
    tab.get_by_role("link", name=re.compile("Two towns.*two-towns", re.DOTALL)).click()
    tab.get_by_label("Required value: Two EFLOPS").fill("4")
    slider = tab.locator("[data-for=n-carbon_price]")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#n-carbon_price").input_value() == "20"
    tab.get_by_label("Demand of the planned years", exact=True).fill("much")
    tab.keyboard.press("Enter")  # checks, never solves
    table.wait_for()
    assert "Errors: 1" in table.inner_text() and "demand[year=2025]" in table.inner_text()
    sound(tab)
    tab.get_by_label("Demand of the planned years", exact=True).fill("100")
    command = tab.locator("[data-command]")
    line = (
        "layout solve ./two-towns --set economy.carbon_price_cny_per_t=20 "
        "--set targets.total-2.value=4"
    )
    tab.locator("[data-command]", has_text="./two-towns --set economy").wait_for()
    assert command.inner_text() == line

    # another run begins, in Chinese, in a tab that is closed then; this one beside it
    other = context.new_page()
    other.goto(f"{served.base}/model?of=here:hard&lang=zh")
    other.get_by_role("button", name="求解", exact=True).click()
    other.locator(WORK).wait_for()
    assert other.url.endswith("/runs/run-001")
    other.close()
    tab.get_by_role("button", name="Solve", exact=True).click()
    tab.wait_for_url("**/runs/run-002")
    tab.locator("[data-state]").wait_for()  # the page tells of the end by itself

    # the run of the closed tab is found again, and ended with what it has
    tab.goto(f"{served.base}/?lang=zh")
    tab.get_by_role("link", name="run-001").click()
    tab.locator("dd[data-live=incumbent]", has_text="元").wait_for()
    tab.locator("dd[data-live=gap_location]", has_text="%").wait_for()
    tab.get_by_role("button", name="以现有结果结束").click()
    state = tab.locator("[data-state]")
    state.wait_for()
    assert state.get_attribute("data-state") == "feasible"
    assert "已中断，未证明最优" in state.inner_text()
    kept = room / "planning-page" / "runs" / "run-001" / "plan"
    record = json.loads((kept / "plan.json").read_text("utf-8"))
    assert (record["status"], record["reason"]) == ("feasible", "interrupted")
    assert verify(kept).passed

    # the other one: proof, key figures, verdicts and map, with the digits of its plan
    tab.goto(f"{served.base}/runs/run-002?lang=en")
    state.wait_for()
    assert state.get_attribute("data-state") == "optimal" and "Proved" in state.inner_text()
    folder = room / "planning-page" / "runs" / "run-002" / "plan"
    plan = read_plan(folder)
    assert plan.record["kpis"]["compute_eflops_fp32"]["value"] == pytest.approx(4)
    assert tab.locator("[data-kpi=compute_eflops_fp32]").inner_text() == "4 EFLOPS FP32"
    verdict = tab.get_by_role("row", name=re.compile("Two EFLOPS")).inner_text()
    assert "met" in verdict and "4 (≥ 4)" in re.sub(r"\s+", " ", verdict)
    assert plan.model.settings.economy.carbon_price_cny_per_t == 20
    frame = tab.frame_locator("iframe.map")
    tab.locator("iframe.map").scroll_into_view_if_needed()
    frame.locator("html[data-ready='1']").wait_for(state="attached")
    assert frame.locator("path.province").count() == 34
    assert line in tab.locator("pre.command").inner_text()
    sound(tab)

    # changed and solved again from there
    tab.get_by_role("link", name="Change and solve again").focus()
    tab.keyboard.press("Enter")
    assert tab.get_by_label("Required value: Two EFLOPS").input_value() == "4"
    tab.get_by_label("Required value: Two EFLOPS").fill("5")
    tab.get_by_role("button", name="Solve", exact=True).click()
    tab.wait_for_url("**/runs/run-003")
    state.wait_for()
    assert tab.locator("[data-kpi=compute_eflops_fp32]").inner_text() == "5 EFLOPS FP32"

    # compared with the last run of the model, in both languages
    assert tab.locator("#with").input_value() == "run-002"
    tab.get_by_role("button", name="Compare", exact=True).click()
    row = tab.locator("tr[data-kpi=compute_eflops_fp32]")
    row.wait_for()
    assert row.locator("td").all_inner_texts() == [
        "4 EFLOPS FP32",
        "5 EFLOPS FP32",
        "+1 EFLOPS FP32",
    ]
    assert "targets" in tab.locator("main").inner_text() and "run-002" in tab.title() + tab.url
    sound(tab)
    switch(tab, "中文")
    tab.get_by_role("heading", name="结果的差异").wait_for()
    assert tab.locator("[data-differences] li").count() > 1

    # what is taken away is the plan, and anybody can verify it
    tab.goto(f"{served.base}/runs/run-002?lang=zh")
    for name, button in (("plan.zip", "方案文件夹（zip）"), ("plan.xlsx", "工作簿（xlsx）")):
        with tab.expect_download() as taken:
            tab.get_by_role("link", name=button).click()
        assert taken.value.suggested_filename == f"run-002-{name}"
        taken.value.save_as(room / "away" / name)
    with zipfile.ZipFile(room / "away" / "plan.zip") as archive:
        archive.extractall(room / "away")
    assert verify(room / "away" / "run-002").passed
    assert openpyxl.load_workbook(room / "away" / "plan.xlsx", read_only=True).sheetnames
    tab.set_viewport_size({"width": 400, "height": 800})
    sound(tab)

    tab.close()


@pytest.mark.deep
def test_the_end_leaves_no_orphan_and_no_half_plan(
    context: Any, served: Served, room: Path
) -> None:
    """Ctrl-C in the terminal while a run is at work: it writes what it has, then all is over."""
    tab = context.new_page()
    tab.goto(f"{served.url}")
    tab.goto(f"{served.base}/model?of=here:hard&lang=en")
    tab.get_by_role("button", name="Solve", exact=True).click()
    tab.locator("dd[data-live=incumbent]", has_text="CNY").wait_for()
    name = tab.url.rpartition("/")[2]
    tab.goto("about:blank")
    assert len(at_work(room)) == 2  # the server and the run
    assert served.stop() == 0
    assert at_work(room) == []
    assert name in served.terminal and "没有正在进行的运行" in served.terminal
    run = room / "planning-page" / "runs" / name
    assert verify(run / "plan").passed
    assert [one.name for one in run.iterdir() if one.name.startswith(".")] == []
    assert json.loads((run / "ended.json").read_text())["code"] == 130
