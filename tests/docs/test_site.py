"""The documentation builds as a site without a warning, is whole, and needs no network."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

import layout
from docs.requirements.register import requirements, resolve
from docs.site import ROOT, numbers
from docs.site.commands import exit_codes, program
from docs.site.links import in_site, missing_pages, rewritten
from docs.site.markdown import words
from docs.site.method import register, stating
from docs.site.results import PROBLEM, figure_of
from layout.formulation import build
from layout.labels import table as labels
from layout.model import read_model
from layout.model.excel.settings_sheet import entries
from layout.model.schema import MEASURES
from layout.model.tables import TABLES
from layout.plan.files import FILES
from tests.docs.test_docs import options
from tests.formulation.every_family import every_family
from tests.report.conftest import ARGUMENTS

VENDORED = ROOT / "docs" / "site" / "vendor" / "iframe-worker"
LOADING = re.compile(
    r"""<(?:script|img|iframe|source|video|object)\b[^>]*?\s(?:src|srcset|data)=["']?([^"'\s>]+)"""
    r"""|<link\b[^>]*?\shref=["']?([^"'\s>]+)"""
)
"""What a page loads, whoever follows no link of it."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The site, built by the first process that asks; the others wait for it."""
    base = tmp_path_factory.getbasetemp()
    room = (base if worker_id == "master" else base.parent) / "documentation"
    room.mkdir(exist_ok=True)
    with (room / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (room / "done").exists():
            _build(room / "site")
            (room / "done").touch()
    return room / "site"


def _build(folder: Path) -> None:
    """Build as CONTRIBUTING.md says; a warning is a failure."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "WARNING" not in done.stderr


def text_of(page: Path) -> str:
    """What a reader sees of a page, near enough: its text without tags."""
    body = page.read_text("utf-8").split('<article class="md-content__inner', 1)[1]
    return unescape(re.sub(r"<[^>]+>", "\n", body.split("</article>")[0]))


def code_of(page: Path) -> set[str]:
    """What stands as code on a page."""
    found = re.findall(r"<code[^>]*>(.*?)</code>", page.read_text("utf-8"), re.DOTALL)
    return {unescape(re.sub(r"<[^>]+>", "", one)) for one in found}


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 120
    for page in pages:
        loaded = [
            value for tag in LOADING.findall(page.read_text("utf-8")) for value in tag if value
        ]
        assert len(loaded) > 2
        assert not [one for one in loaded if re.match(r"(?:[a-z]+:)?//", one)], page
    for sheet in sorted(site.rglob("*.css")):
        assert not re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", sheet.read_text("utf-8"))


def test_every_page_is_in_the_navigation_and_the_site(site: Path) -> None:
    class Loader(yaml.SafeLoader):
        """Reads the file without the functions that it names."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    nav = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader=Loader)["nav"]
    listed = missing_pages(nav, {})
    assert [name for name, times in Counter(listed).items() if times > 1] == []
    docs = ROOT / "docs"
    pages = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]
    pages = [name for name in pages if not name.startswith("site/")]
    assert sorted(set(pages) - set(listed)) == []
    for name in (*listed, *(numbers.place(one) for one in numbers.shelf())):
        assert (site / name).with_suffix(".html").is_file(), name


@pytest.mark.parametrize("folder", ["", "zh/"])
def test_the_reference_names_everything_that_is_declared(site: Path, folder: str) -> None:
    lang = "zh" if folder else "en"
    reference = site / folder / "reference"
    group = program(lang)
    said = text_of(reference / "commands.html")
    for name, command in group.commands.items():
        assert f"layout {name}" in said
        spelled = {word for word in options(command) if word.startswith("-")}
        assert spelled <= set(re.findall(r"--?[\w-]+", said)), name
    assert all(words in said for words in exit_codes(lang).values())
    found = code_of(reference / "tables.html")
    assert {*TABLES, *(one for table in TABLES.values() for one in table.names)} <= found
    assert {one.key for one in entries({})} <= code_of(reference / "settings.html")
    assert ">≥ 0, ≤ 1<" in (reference / "settings.html").read_text("utf-8")
    assert set(MEASURES) <= code_of(reference / "targets.html")
    keys = {key.removeprefix("map.kpi.") for key in labels() if key.startswith("map.kpi.")}
    assert len(keys) > 60 and keys <= code_of(reference / "key-figures.html")
    found = code_of(reference / "plan-files.html")
    assert {one for file in FILES.values() for one in file.names} <= found
    codes = {match[1] for key in labels() if (match := PROBLEM.fullmatch(key))}
    assert len(codes) > 100 and codes <= code_of(reference / "messages.html")


def test_python_names_everything_that_is_public(site: Path) -> None:
    said = text_of(site / "reference" / "python.html")
    for name in layout.__all__:
        assert name.startswith("__") or f"layout.{name}" in said


def test_key_figures_are_found_where_they_are_worked_out() -> None:
    for label in labels():
        assert not label.startswith("map.kpi.") or figure_of(label.removeprefix("map.kpi.")), label
    known = {
        "pue_operated": "ratio",
        "racks": "standard racks",
        "compute_eflops_fp32": "EFLOPS FP32",
    }
    for key, unit in known.items():
        found = figure_of(key)
        assert found is not None and found.unit == unit


def test_every_constraint_is_in_the_register_with_what_shows_it() -> None:
    listed = {name for one in register() for name in one.builders}
    assert stating() <= listed
    codes = {entry.code for entry in requirements()}
    for one in register():
        for pointer in (*(f"module:{name}" for name in one.builders), *one.tests):
            resolve(pointer)
        assert one.tests, one.families
        assert set(one.requirements) <= codes
        assert one.requirements or one.note, f"{one.families} serve nothing and do not say why"


def test_the_register_names_the_rows_of_the_model(tmp_path: Path) -> None:
    names: set[str] = set()
    for model, sets in every_family(tmp_path):
        names |= set(build(read_model(model, sets=sets)).constraints)
    families = [name for one in register() for name in one.families]
    patterns = [re.compile(re.escape(name).replace("<target>", ".+")) for name in families]
    assert [one for one in sorted(names) if not any(p.fullmatch(one) for p in patterns)] == []
    assert [p.pattern for p in patterns if not any(p.fullmatch(one) for one in names)] == []


def test_the_method_shows_inequality_clause_code_and_example(site: Path) -> None:
    said = text_of(site / "method" / "energy.html")
    assert "certificate[i,y] ≤ (1 − h[i])·grid[i,y]; GWh a year" in said
    clause = next(entry["clause"] for entry in requirements() if entry.code == "R126")
    assert clause in said
    assert "layout/formulation/power.py" in said and "def renewable_potential(" in said
    assert "def test_renewables_are_shared_by_the_sites_of_a_province(" in said
    assert (site / "source" / "layout" / "formulation" / "power.py.txt").is_file()


def test_every_shipped_number_is_there_with_its_source(site: Path) -> None:
    for name, one in numbers.shelf().items():
        page = (site / numbers.place(name)).with_suffix(".html").read_text("utf-8")
        rows = re.findall(r"<tr.*?</tr>", page.split("<tbody>", 1)[1], re.DOTALL)
        assert len(rows) == len(one.rows), name
        for row in (one.rows[0], one.rows[-1]) if one.rows else ():
            cells = {
                unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", "".join(rows), re.DOTALL)
            }
            assert {value or "" for value in row.values()} <= cells


def test_figures_that_do_not_agree_stand_side_by_side(site: Path) -> None:
    groups = {
        (rows[0]["metric"], rows[0]["entity"], rows[0]["date"][:4]): rows
        for rows in numbers.conflicts()
    }
    nation = groups["compute_total", "nation", "2022"]
    assert {row["value"] for row in nation} >= {"180", "302"}
    said = text_of(site / "data" / "conflicts.html")
    assert all(row["source"] in said for row in nation)


def test_links_out_of_the_folder_lead_to_their_place() -> None:
    fence = "\n```\n[d](../x.md)\n```\n"
    text = "[a](../data/README.md#pue) [b](../layout/units.py) [c](maps.md)" + fence
    there = "[a](data/index.md#pue) [b](source/layout/units.py.txt) [c](maps.md)" + fence
    assert rewritten(text, "docs/trust.md", "trust.md") == there
    assert rewritten("[a](../wings.md)", "docs/trust.md", "trust.md") == "[a](../wings.md)"
    assert in_site("README.md") == "readme.md" and in_site("wings.md") is None


def test_words_of_the_site_are_in_both_languages_and_used() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "docs" / "site").glob("*.py"))
    for key, said in words().items():
        assert said["en"] and said["zh"], key
        family = key.partition(".")[0] if key.startswith(("type.", "status.")) else ""
        named = re.search(f"['\"]{re.escape(key)}['\"]", source)
        named = named or (family and f'f"{family}.{{' in source)
        assert named or key.endswith(".title") or key.startswith("limits."), key


def test_the_vendored_script_is_the_published_one() -> None:
    for line in (VENDORED / "SHA256SUMS").read_text("utf-8").splitlines():
        known, name = line.split()
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == known


Show = Callable[[str, int], Any]


@pytest.fixture
def show(site: Path, chromium: Path, playwright: Any) -> Iterator[Show]:
    """Open a page as a file; afterwards nothing was complained of and nothing asked for."""
    seen: list[str] = []
    browser = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)

    def opened(name: str, width: int) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("request", lambda one: one.url.startswith("file:") or seen.append(one.url))
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.goto((site / name).as_uri())
        return page

    yield opened
    browser.close()
    assert seen == []


def test_pages_open_from_the_disk_and_the_search_finds(show: Show) -> None:
    for name, asked, first in (
        ("index.html", "max_it_mw", "Tables of a model"),
        ("zh/index.html", "上架率", "关键指标"),
    ):
        page = show(name, 1400)
        page.locator("[data-md-component=search-query]").press_sequentially(asked)
        page.keyboard.press("End")
        found = page.locator(".md-search-result__item h1", has_text=first)
        found.first.wait_for(timeout=60_000)
        narrow = show(name, 400)
        assert narrow.evaluate("document.documentElement.scrollWidth") <= 400
