"""Charts: the same bytes, words escaped, no id or date of their own, whatever the user has set."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from layout.report.charts import (
    Curve,
    Offer,
    Series,
    areas,
    bars,
    columns,
    lorenz,
    scatter,
    spans,
    steps,
    supply,
)

HOSTILE = "</text><script>alert(1)</script> $x^2$ ${a} {{ b }} 算力\u202e\x07"
KINDS = [Series(HOSTILE, "#0072B2"), Series("b", "#D55E00")]
SAYS = {"title": HOSTILE, "unit": HOSTILE, "lang": "zh"}
DRAWN: dict[str, Callable[[], str]] = {
    "bars": lambda: bars("c", [HOSTILE, "y"], KINDS, [[1, 2], [3, -0.5]], **SAYS),
    "one": lambda: bars("c", ["x"], KINDS[:1], [[0.0]], **SAYS),
    "columns": lambda: columns("c", [HOSTILE, "2030"], KINDS, [[1, 2], [3, 4]], **SAYS),
    "spans": lambda: spans("c", [HOSTILE, "y"], [(1, 2, 3), (10, 100, 900)], log=True, **SAYS),
    "areas": lambda: areas("c", [0, 8], [(0, HOSTILE)], KINDS, [[1, 2], [3, 4]],
                           Curve(HOSTILE, "#000000", [], [3, 7]), end=24, **SAYS),
    "steps": lambda: steps("c", [Curve(HOSTILE, "#0072B2", [0, 5], [0, 1])], title=HOSTILE,
                           x=HOSTILE, y="y", lang="en", marks=[(5, HOSTILE)]),
    "lorenz": lambda: lorenz("c", [Curve(HOSTILE, "#0072B2", [0, 0.5, 1], [0, 0.2, 1])],
                             even=HOSTILE, title=HOSTILE, x=HOSTILE, y="y", lang="zh"),
    "supply": lambda: supply("c", [Offer(1, 2, 0.5), Offer(0, 1, -1)], 2, (HOSTILE, "b", HOSTILE),
                             colour="#0072B2", title=HOSTILE, x=HOSTILE, y="y", lang="zh"),
    "scatter": lambda: scatter([(1, 2), (2, 1)], [HOSTILE, "b"], title=HOSTILE, x=HOSTILE, y="y",
                               lang="en"),
}  # fmt: skip

ALLOWED = {"svg", "g", "path", "defs", "clipPath", "rect", "text", "use", "pattern", "tspan"}


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_whole_harmless_and_the_same_again(name: str) -> None:
    import matplotlib as mpl

    first = DRAWN[name]()
    root = ET.fromstring(first)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in first and "\u202e" not in first and "\x07" not in first
    assert {one.tag.rpartition("}")[2] for one in root.iter()} <= ALLOWED
    assert all(node.get("id", "c-").startswith(("c-", "scatter-")) for node in root.iter())
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "text.usetex": False}):
        assert DRAWN[name]() == first


def test_numbers_stand_as_the_report_writes_them() -> None:
    drawn = bars("c", ["x"], KINDS, [[1.23456, 1234.5]], **{**SAYS, "lang": "en"})
    assert ">1,236</text>" in drawn
    receipts = columns("c", ["2030"], KINDS, [[3.0, -0.5]], **{**SAYS, "lang": "en"})
    assert ">2.5</text>" in receipts


def test_words_that_no_font_of_ours_has_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DRAWN["columns"]()


def test_a_picture_without_a_point_is_refused() -> None:
    with pytest.raises(ValueError, match="point"):
        scatter([], [], title="t", x="x", y="y", lang="en")
