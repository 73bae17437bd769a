"""Make the pictures of the README: the map page of the national plan, in both languages.

    python docs/make_pictures.py [PLAN]

PLAN is a plan folder; without it the national model is solved. Needs chromium and playwright.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import layout
from layout.plan import read_plan
from layout.report import map_page

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1400, 900
SETTLE_MS = 1500
"""Time for the page to lay out its labels after loading."""


def photograph(page_file: Path, picture: Path) -> None:
    """Open a page without any network and write what is seen as a PNG."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        raise SystemExit("no chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, offline=True, reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(page_file.as_uri(), wait_until="load")
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=picture)
        chromium.close()


def main(arguments: list[str]) -> None:
    """Write map-en.png and map-zh.png."""
    plan = read_plan(Path(arguments[0])) if arguments else layout.solve("national-2025")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        for lang in ("en", "zh"):
            page_file = Path(room) / f"map-{lang}.html"
            page_file.write_text(map_page(plan, lang=lang), "utf-8")
            photograph(page_file, PICTURES / f"map-{lang}.png")
            print(PICTURES / f"map-{lang}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
