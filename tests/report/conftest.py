"""A browser that reaches nothing, and pages that are watched while they are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from layout.plan import Plan
from layout.report import map_page
from tests.report.plans import small_plan
from tests.report.years import HOSTILE, pathway

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]

Opened = Any
Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser(chromium: Path, playwright: Any) -> Iterator[Any]:
    """Headless Chromium as the machine has it."""
    browser = playwright.chromium.launch(
        executable_path=str(chromium), headless=True, args=ARGUMENTS
    )
    yield browser
    browser.close()


@pytest.fixture
def show(browser: Any) -> Iterator[Open]:
    """Open a file as a page; afterwards not one request left it and nothing was complained of."""
    contexts, seen = [], []

    def opened(file: Path, width: int = 1400, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        own = file.resolve().as_uri()
        page.on("request", lambda request: request.url == own or seen.append(request.url[:200]))
        page.on("console", lambda message: seen.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"page error: {error}"))
        page.goto(own)
        page.wait_for_selector("html[data-ready='1']", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert seen == []


@pytest.fixture(scope="session")
def pathways(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Plan]:
    """Two plans of two periods: building in the west is cheap in one and dear in the other."""
    folder = tmp_path_factory.mktemp("pathways")
    return pathway(folder / "a"), pathway(folder / "b", west=3.0, title=HOSTILE)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small plan in both languages, at a path with a space and Chinese in it."""
    folder = tmp_path_factory.mktemp("方案 plan")
    plan = small_plan(folder)
    files = {lang: folder / f"地图 map {lang}.html" for lang in ("zh", "en")}
    for lang, file in files.items():
        file.write_text(map_page(plan, lang), "utf-8")
    return files
