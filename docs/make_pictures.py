"""Make the pictures of the documents: map page, report, print and comparison of national plans.

    python docs/make_pictures.py [PLAN [OTHER]]

PLAN is a plan folder; without it the national model is solved. OTHER is compared with it; without
it the national model is solved without policy targets. Needs chromium and playwright.
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
from layout.report.document import report_page
from layout.report.picture.picture import map_picture

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 1400, 900
SETTLE_MS = 1500
"""Time for the page to lay out its labels after loading."""


def photograph(page_file: Path, picture: Path, first: str = "") -> None:
    """Open a page without any network, run a script in it and write what is seen as a PNG."""
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
        if first:
            page.evaluate(first)
            page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=picture)
        chromium.close()


def main(arguments: list[str]) -> None:
    """Write map and report in both languages, print-en.png and compare-en.png."""
    makers = {"map": map_page, "report": report_page}
    plans = [read_plan(Path(folder)) for folder in arguments[:2]]
    plan = plans[0] if plans else layout.solve("national-2025")
    other = plans[1] if plans[1:] else layout.solve("national-2025", scenarios=["no-policy"])
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        for lang in ("en", "zh"):
            for name, made in makers.items():
                page_file = Path(room) / f"{name}-{lang}.html"
                page_file.write_text(made(plan, lang=lang), "utf-8")
                photograph(page_file, PICTURES / f"{name}-{lang}.png")
                print(PICTURES / f"{name}-{lang}.png")
        page_file = Path(room) / "compare.html"
        names = ("2025 targets", "without targets")
        page_file.write_text(map_page(plan, lang="en", compare=other, names=names), "utf-8")
        photograph(page_file, PICTURES / "compare-en.png", "void LAYOUT.mode('difference')")
    (PICTURES / "print-en.png").write_bytes(map_picture(plan, "png", lang="en", dpi=110))


if __name__ == "__main__":
    main(sys.argv[1:])
