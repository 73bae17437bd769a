"""Years, languages and two plans in one record: what is kept once comes out whole again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layout.plan import Plan
from layout.report.boundaries import shipped_boundaries
from layout.report.difference import difference
from layout.report.frames import Frames, page_record
from layout.report.patches import applied, patch
from tests.report.years import BASE, YEARS

LEAVES = st.none() | st.booleans() | st.integers(0, 2) | st.text("ab", max_size=2)
RECORDS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "length", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(RECORDS, RECORDS)
@example({"a": False}, {"a": 0})
def test_a_patch_makes_the_new_of_the_old(old: Any, new: Any) -> None:
    change = patch(old, new)
    assert json.dumps(applied(old, change), sort_keys=True) == json.dumps(new, sort_keys=True)
    assert (change is None) == (json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True))


@pytest.fixture(scope="module")
def frames(pathways: tuple[Plan, Plan]) -> tuple[Frames, Frames]:
    """Both, as a page in English sees them."""
    first, second = pathways
    return (
        Frames(first, "en", shipped_boundaries()),
        Frames(second, "en", shipped_boundaries()),
    )


@pytest.fixture(scope="module")
def record(frames: tuple[Frames, Frames]) -> dict[str, Any]:
    """The record of the page that compares them, as its script reads it."""
    return json.loads(json.dumps(page_record(*frames)))


def scene(record: dict[str, Any], plan: str, year: int, lang: str) -> dict[str, Any]:
    """What `LAYOUT.scene` makes of the record."""
    patches = record["frames"]["patches"]
    found = applied(record, patches.get("lang/zh")) if lang == "zh" else record
    found = applied(found, patches.get(f"{plan}/{year}/en"))
    return applied(found, patches.get(f"{plan}/{year}/zh")) if lang == "zh" else found


def values(scene: dict[str, Any], key: str) -> dict[str, float]:
    return next(one for one in scene["metrics"] if one["key"] == key)["values"]


def test_every_year_and_language_comes_out_whole(
    frames: tuple[Frames, Frames], record: dict[str, Any]
) -> None:
    assert record["frames"]["plans"] == {name: [BASE, *YEARS] for name in ("a", "b", "d")}
    for plan, made in zip("ab", frames, strict=True):
        for year in made.years:
            for lang in ("en", "zh"):
                whole = json.loads(json.dumps(made.scene(year, lang, {})))
                found = scene(record, plan, year, lang)
                for part in ("provinces", "flows", "figures", "targets", "page", "rows", "words"):
                    assert found[part] == whole[part], (plan, year, lang, part)


def test_years_by_hand(record: dict[str, Any]) -> None:
    """Shanghai has 3 of the 4 and then 9 EFLOPS; the rest is built in Guizhou."""
    compute = {year: values(scene(record, "a", year, "zh"), "compute") for year in (BASE, *YEARS)}
    assert compute == {
        2023: {"310000": 3.0, "520000": 0.0},
        2025: {"310000": 3.0, "520000": 1.0},
        2027: {"310000": 3.0, "520000": 6.0},
    }
    last = scene(record, "a", 2027, "en")
    guian = next(site for site in last["sites"] if site["site"] == "520000")
    assert guian["kinds"][0]["parts"] == {"built": 6.0}  # 1 and then 5: since the base year
    assert scene(record, "a", BASE, "en")["flows"] == []


def test_classes_are_the_same_in_all_years_and_plans(record: dict[str, Any]) -> None:
    scenes = [scene(record, plan, year, "en") for plan in "ab" for year in (BASE, *YEARS)]
    found = [one["breaks"] for seen in scenes for one in seen["metrics"] if one["key"] == "compute"]
    assert found == [found[0]] * 6


def test_the_difference_by_hand(record: dict[str, Any]) -> None:
    """With a dear west all 6 EFLOPS are built in Shanghai instead."""
    found = scene(record, "d", 2027, "zh")
    assert values(found, "compute") == {"310000": 6.0, "520000": -6.0}
    shown = next(one for one in found["metrics"] if one["key"] == "compute")["shown"]
    assert shown["520000"].startswith("\N{MINUS SIGN}6 EFLOPS")
    parts = {site["site"]: [kind["parts"] for kind in site["kinds"]] for site in found["sites"]}
    assert parts == {"310000": [{"more": 6.0}], "520000": [{"less": 6.0}]}
    rows = {row["site"]: row["shown"] for row in found["rows"]}
    assert rows == {"310000": ["3", "9", "+6"], "520000": ["6", "0", "\N{MINUS SIGN}6"]}
    assert scene(record, "d", BASE, "zh")["rows"][0]["shown"] == ["3", "3", "0"]


def test_a_site_of_one_plan_only(record: dict[str, Any]) -> None:
    first, second = (scene(record, plan, 2027, "en") for plan in "ab")
    without = {**second, "sites": second["sites"][:1], "rows": second["rows"][:1]}
    found = difference(first, without, "en")
    assert found["sites"][1]["kinds"] == [{"kind": 0, "parts": {"less": 6.0}, "action": "less"}]
    assert found["sites"][1]["card"]["notes"] == ["A site of plan A only"]
    turned = difference(without, first, "en")
    assert turned["sites"][1]["card"]["notes"] == ["A site of plan B only"]
    assert turned["rows"][1]["shown"] == ["0", "6", "+6"]


def test_a_difference_keeps_apart_what_only_looks_alike(frames: tuple[Frames, Frames]) -> None:
    """Targets of one name; a kind that only the second plan has; what two solvers leave over."""
    first, second = (made.scene(2027, "en", {}) for made in frames)
    target = {"status": "pass", "mark": "✓", "verdict": "met", "label": "Alike", "details": ""}
    for one, numbers in ((first, "12"), (second, "34")):
        one["targets"] = [
            {**target, "target": name, "value": value}
            for name, value in zip(("x nation", "y nation"), numbers, strict=True)
        ]
    extra = {"type": "sites", "key": "super", "name": "Sites: Super", "show": True}
    second = {**second, "layers": [*second["layers"], extra]}
    noise = next(one for one in second["metrics"] if one["key"] == "demand")
    noise["values"] = {code: value + 1e-8 for code, value in noise["values"].items()}
    found = difference(first, second, "en")
    pairs = [(one["value"], one["details"]) for one in found["targets"]]
    assert pairs == [("A ✓ 1", "B ✓ 3"), ("A ✓ 2", "B ✓ 4")]
    assert extra in found["layers"]
    demand = next(one for one in found["metrics"] if one["key"] == "demand")
    assert set(demand["values"].values()) == {0.0} and demand["zero"] is not None
    assert all(shown.startswith("±0") for shown in demand["shown"].values())
