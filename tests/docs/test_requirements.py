"""The registers of requirements and key figures point to what is there, and the page says so."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from docs.requirements.make_page import PAGE, page
from docs.requirements.register import (
    KINDS,
    POINTER_KINDS,
    ROOT,
    Entry,
    complaints,
    key_figures,
    requirements,
    resolve,
    slug,
)

BENCHMARKS = Path(os.environ.get("LAYOUT_BENCHMARKS", ROOT.parent / "shared" / "benchmarks"))
ASKED = BENCHMARKS.parent / "formulation" / "requirements.md"
LISTED = BENCHMARKS.parent / "formulation" / "kpis.md"
NOTHING = (
    "column:sites.wings",
    "command:dance",
    "command:solve --dance",
    "data:national/wings.csv",
    "data:facts/targets.csv#T999",
    "doc:docs/features/wings.md",
    "doc:docs/features/water.md#wings",
    "kpi:wings",
    "kpi:wings_<kind>",
    "map:wings",
    "model:national-1925",
    "model:national-2025@wings",
    "model:national-2025#wings",
    "module:layout.formulation.wings",
    "module:layout.formulation.power.wings",
    "plan:wings",
    "plan:capacity.wings",
    "record:wings",
    "report:wings",
    "setting:economy.wings",
    "setting:periods.wings",
    "snapshot:features/wings",
    "table:wings",
    "target:wings",
    "test:tests/docs/test_wings.py::test_x",
    "test:tests/docs/test_requirements.py::test_x",
    "wings:wings",
)
DONE = {"status": "done", "pointers": "", "note_en": ""}


def test_every_requirement_stands_once_and_in_order() -> None:
    assert [entry.code for entry in requirements()] == [f"R{one}" for one in range(1, 189)]
    codes = [entry.code for entry in key_figures()]
    assert len(set(codes)) == len(codes)


def test_every_entry_is_in_order_and_points_to_what_is_there() -> None:
    found = [words for one in (*requirements(), *key_figures()) for words in complaints(one)]
    assert not found, "\n".join(found)


def test_a_key_figure_that_is_done_is_named_in_a_test_that_shows_it() -> None:
    for entry in key_figures():
        shown = [one for one in entry.pointers if one.startswith("test:")]
        text = "".join((ROOT / resolve(one)).read_text("utf-8") for one in shown)
        own = [one for one in entry.pointers if one not in shown]
        names = [re.split(r"[:.#@ ]", re.sub(r"_<\w+>", "", one))[-1] for one in own]
        named = any(name in text for name in names)
        assert named or entry.status != "done", (entry.code, names)


def test_every_entry_has_its_words() -> None:
    for entry in requirements():
        assert set(entry["kind"].split(";")) <= set(KINDS), entry.code
        assert all(entry[name] for name in ("title_en", "title_zh", "clause", "how_en")), entry.code
        assert entry["document"] in ("000", "001", "002", "003", "004"), entry.code
    for entry in (*requirements(), *key_figures()):
        assert re.search("[\u4e00-\u9fff]", entry["title_zh"]), entry.code


@pytest.mark.parametrize("pointer", NOTHING)
def test_a_pointer_to_nothing_is_found(pointer: str) -> None:
    with pytest.raises(LookupError):
        resolve(pointer)


def test_every_kind_of_pointer_is_tried_with_nothing() -> None:
    assert set(POINTER_KINDS) == {pointer.partition(":")[0] for pointer in NOTHING} - {"wings"}


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ({"pointers": "table:sites"}, "a test or snapshot"),
        ({"pointers": "snapshot:features/water"}, "what does it"),
        ({"pointers": "doc:docs/features/water.md; snapshot:features/water"}, "what does it"),
        ({"status": "partly", "pointers": "table:sites"}, "no note"),
        ({"status": "partly", "note_en": "Half of it."}, "what does that part"),
        ({"status": "open"}, "no note"),
        ({"status": "out_of_scope"}, "no note"),
        ({"status": "finished", "note_en": "Quite."}, "none of done"),
    ],
)
def test_an_entry_that_claims_too_much_is_found(more: dict[str, str], part: str) -> None:
    (words,) = complaints(Entry("R0", {**DONE, **more}))
    assert part in words


def test_an_entry_in_order_has_no_complaint() -> None:
    cells = {**DONE, "pointers": "table:sites; snapshot:features/water"}
    entry = Entry("R0", cells)
    assert complaints(entry) == []
    partly = replace(entry, cells={**cells, "status": "partly", "note_en": "The rest."})
    assert complaints(partly) == []


def test_an_anchor_is_the_heading_in_small_letters_and_dashes() -> None:
    assert slug("Compute of a kind: the target `compute_eflops`") == (
        "compute-of-a-kind-the-target-compute_eflops"
    )


def test_the_page_is_what_the_registers_say() -> None:
    say = "run: python -m docs.requirements.make_page"
    assert PAGE.read_text("utf-8") == page(), say


def test_links_within_the_page_lead_somewhere() -> None:
    text = PAGE.read_text("utf-8")
    wanted = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert wanted <= set(re.findall(r'<a id="([^"]+)"', text))


def plain(text: str) -> str:
    return re.sub(r"[\s*]", "", text)


@pytest.mark.skipif(not ASKED.exists(), reason="the list of requirements is not beside the project")
def test_clauses_are_verbatim_and_of_the_document_that_is_named() -> None:
    rows = {}
    for line in ASKED.read_text("utf-8").splitlines():
        if found := re.match(r"\| (R\d+) \| (.+)", line):
            rows.setdefault(found[1], found[2])
    assert len(rows) == 188
    for entry in requirements():
        quotes = re.split(r"`(\d{3})_\w+\.txt`: ", rows[entry.code])[1:]
        said = dict.fromkeys(quotes[::2], "")
        for document, quote in zip(quotes[::2], quotes[1::2], strict=True):
            said[document] += plain(quote)
        assert plain(entry["clause"]) in said[entry["document"]], entry.code


@pytest.mark.skipif(not LISTED.exists(), reason="the list of key figures is not beside the project")
def test_every_key_figure_of_the_list_is_in_the_register() -> None:
    lines = [line for line in LISTED.read_text("utf-8").splitlines() if line.startswith("| ")]
    listed = {plain(line.split("|")[1]) for line in lines[1:]}
    assert {plain(entry["listed_as"]) for entry in key_figures()} - {""} == listed
