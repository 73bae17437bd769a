"""The pages that set the model beside published figures say what the model says."""

from __future__ import annotations

import pytest

from docs.validation.facts import evaluate, fact
from docs.validation.make_page import PAGES, SOLVED, cheap_section, cheap_values, page
from docs.validation.register import comparisons, signed
from docs.validation.words import CHEAP, SECTIONS, TABLE, words

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("section", CHEAP)
def test_a_section_without_solving_is_what_the_page_says(section: str, lang: str) -> None:
    written = PAGES[lang].read_text("utf-8")
    made = "\n".join(cheap_section(section, lang))
    heading = f"## {words(lang)[f'section.{section}']}\n"
    part = written.partition(heading)[2].partition("\n## ")[0]
    assert made in part, "run: python -m docs.validation.make_page"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sections_that_are_solved_hold_their_comparisons(lang: str) -> None:
    written = PAGES[lang].read_text("utf-8")
    asked = [one for one in comparisons() if one.section not in CHEAP]
    assert len(asked) > 10
    for one in asked:
        assert f"| {one.subject[lang]} | " in written, one.code
        assert one.reason[lang] in written, one.code
        if one.fact:
            assert one.shown(one.published.value) in written, one.code


@pytest.mark.deep
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_whole_page_is_what_the_runs_say(lang: str) -> None:
    assert page(lang) == PAGES[lang].read_text("utf-8")


def test_every_comparison_is_made_and_explained() -> None:
    register = comparisons()
    codes = [one.code for one in register]
    assert len(codes) == len(set(codes))
    assert sorted((*CHEAP, *SOLVED)) == sorted(SECTIONS)
    quick = {one.code for one in register if one.section in CHEAP}
    assert quick <= set(cheap_values())
    assert {one.section for one in register} == {*CHEAP, "siting", "routes"}
    for one in register:
        assert one.subject["en"] and one.subject["zh"], one.code
        assert one.reason["en"] and one.reason["zh"], one.code
        assert one.fact == "" or one.published.source, one.code


def test_every_sentence_is_used_and_stands_in_both_languages() -> None:
    code = "".join(path.read_text("utf-8") for path in TABLE.parent.glob("*.py"))
    dynamic = {f"{part}.{section}" for part in ("section", "about") for section in SECTIONS}
    dynamic |= {"targets", "free", "reported", "model"}
    for key, said in words("en").items():
        assert said and words("zh")[key], key
        assert key in dynamic or f'"{key}"' in code, key


def test_an_expression_is_worked_out_from_left_to_right() -> None:
    racks = "compute|nation|racks_in_use|2023-12-31"
    found = evaluate(f"{racks} ; * ; 2.5 ; / ; 1000")
    assert found.value == pytest.approx(20.25)
    assert found.used
    beijing = "network|Ulanqab>Beijing|latency|2023-2025"
    assert evaluate(f"{beijing} ; * ; 2").bound == "<="
    assert evaluate(f"{beijing} ; / ; {racks}").bound == ""
    with pytest.raises(LookupError, match="0 figures"):
        fact("compute|nation|racks_in_use|1923-12-31")
    with pytest.raises(LookupError, match="2 figures"):
        fact("compute|nation|dc_electricity|2024-12-31")


def test_compute_added_per_server_shipped() -> None:
    """120 EFLOPS after +26% over 3.846 million servers, 178.5 after +72% over 280 thousand."""
    held = {one.code: one for one in comparisons()}
    for kind, held_now, growth, shipped in (
        ("general", 120, 0.26, 3.846), ("ai", 178.5, 0.72, 0.28)
    ):  # fmt: skip
        one = held[f"server-{kind}-added"]
        assert f"servers_{kind}_shipped" in one.fact
        before = held_now / (1 + growth)
        assert one.published.value == pytest.approx((held_now - before) / shipped)
    assert "servers_ai_shipped" in held["server-ai-added"].fact
    model = cheap_values()
    assert model["server-ai-added"] == pytest.approx(8e-3 / 2.2 / 7 * 1e6)


def test_errors_carry_their_sign_and_bounds_are_judged_as_bounds() -> None:
    held = {one.code: one for one in comparisons()}
    assert signed(-0.001, 1, "%") == "0.0%"
    assert signed(-12.34, 1, " pp") == "−12.3 pp"
    bound = held["latency-ulanqab-beijing"]
    assert bound.error(5.0) == "✓"
    assert bound.error(6.0) == "+20%"
    share = held["racked-clusters-2023"]
    assert share.error(0.6372) == "+1.0 pp"
