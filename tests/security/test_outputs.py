"""What the commands wrote about a hostile model runs nowhere, loads nothing, gives nothing away."""

from __future__ import annotations

import csv
import os
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from layout.formulas import SIGNS
from tests.security.conftest import SECRET, Runs
from tests.security.errands import ATTACK, FORMULA, SPACED

SCREEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ASKS = re.compile(
    r"""(?:src|srcset|poster|data|action|formaction|xlink:href)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|<link[^>]*href\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|url\(\s*["']?\s*(?:https?:)?//|@import|new WebSocket|XMLHttpRequest\(|fetch\(""",
    re.IGNORECASE,
)


def of(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.rglob(f"*{ending}"))


def test_no_table_for_people_begins_a_cell_with_a_formula(runs: Runs) -> None:
    """CSV files of plans, studies, models and exports; in some of them the attack does stand."""
    attacked = 0
    for file in of(runs.first, ".csv"):
        if file.parent == runs.first:
            continue  # given, not written
        with file.open(encoding="utf-8-sig", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        bad = [cell for cell in cells if cell.strip().startswith(SIGNS) and not number(cell)]
        assert not bad, f"{file.name}: {bad[:3]}"
        attacked += any(FORMULA in cell for cell in cells)
    assert attacked > 12


def number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_what_was_marked_is_read_as_it_was(runs: Runs) -> None:
    """A model that is copied, and the model in a plan, say what the first model said."""
    import layout

    said = layout.read(runs.first.parent / "towns")
    for place in ("copy", "plan/model"):
        found = layout.read(runs.first / place)
        assert list(found["sites"]["note"]) == list(said["sites"]["note"]) == [FORMULA] * 2
        assert list(found["stock"]["source"]) == [SPACED.strip()]
        assert list(found["sites"]["name_en"]) == [ATTACK] * 2


def test_no_cell_of_a_workbook_is_a_formula_and_none_links_out(runs: Runs) -> None:
    books = of(runs.first, ".xlsx")
    assert len(books) >= 2
    for file in books:
        book = openpyxl.load_workbook(file)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"], file
        assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            assert not [name for name in names if "externalLink" in name or "vba" in name.lower()]


def test_every_page_forbids_all_that_it_does_not_bring(runs: Runs) -> None:
    """Each has a content security policy that allows nothing by default, and asks for nothing."""
    pages = of(runs.first, ".html")
    assert len(pages) >= 6
    for file in pages:
        words = file.read_text("utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]*)"', words)
        assert policy is not None, file
        rules = policy[1].replace("&#39;", "'")
        assert rules.startswith("default-src 'none'"), file
        assert "unsafe-eval" not in rules
        assert not re.search(r"script-src[^;]*('unsafe-inline'|https?:|\*)", rules), file
        assert words.index(policy[0]) < 2000  # before anything that it must rule
        assert not ASKS.search(words), (file, ASKS.search(words))
        assert "<img src=x" not in words, file
        assert "49%s" not in words, "the page took a text for a template"


def test_pictures_hold_no_code(runs: Runs) -> None:
    for file in of(runs.first, ".svg"):
        for element in ET.fromstring(file.read_bytes()).iter():
            assert not element.tag.endswith(("}script", "}foreignObject", "}a", "}image")), file
            assert not [name for name in element.attrib if name.startswith("on")], file


def test_nothing_steers_the_terminal(runs: Runs) -> None:
    """Not a control character on the screen; and text that looks like a template stays as it is."""
    for file in of(runs.first / "printed", ".txt"):
        words = file.read_text("utf-8")
        assert not SCREEN.search(words), file
        assert "<class" not in words
        assert "Traceback" not in words
    assert "{0.__class__}" in (runs.first / "printed" / "00-solve.txt").read_text("utf-8")


@pytest.mark.parametrize("which", ["first", "second"])
def test_outputs_give_away_neither_places_nor_secrets(runs: Runs, which: str) -> None:
    """No path of this machine, no name of its user, nothing of the environment."""
    folder = getattr(runs, which)
    banned = [SECRET.encode(), str(Path.home()).encode() + b"/", b"SOME_TOKEN"]
    looked = 0
    for file in folder.rglob("*"):
        if not file.is_file() or file.parent.name == "printed":
            continue
        parts = [file.read_bytes()]
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                parts += [archive.read(name) for name in archive.namelist()]
        assert not [word for part in parts for word in banned if word in part], file
        looked += 1
    assert looked > (50 if which == "first" else 30)


def test_files_take_the_permissions_that_the_user_gives(runs: Runs) -> None:
    """None is executable, none may be written by everybody; the umask decides on the rest."""
    mask = os.umask(0)
    os.umask(mask)
    for file in runs.first.rglob("*"):
        allowed = (0o777 if file.is_dir() else 0o666) & ~mask
        assert file.stat().st_mode & 0o777 & ~allowed == 0, file
    assert not [file for file in runs.first.rglob(".*") if "layout-" in file.name]
