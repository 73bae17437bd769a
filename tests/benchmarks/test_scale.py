"""The scaling curve: exponents by hand, a plot that is an SVG, and one size measured for real."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from benchmarks.curve import Line, drawn
from benchmarks.scale import PARTS, exponents, measure, plot, slope, table
from layout.model.synthetic import write_synthetic

SVG = "{http://www.w3.org/2000/svg}"


def point(places: int, **parts: float | None) -> dict[str, Any]:
    """A point of the curve: `read` grows with the places, `map` not at all unless given."""
    own: dict[str, float | None] = dict.fromkeys(PARTS, 1.0)
    own |= {"read": places / 10, **parts}
    return {
        "places": places,
        "nonzeros": places**2,
        "stated_nonzeros": places * 3,
        "parts": own,
        "seconds": 3.0,
        "peak_mb": 100.0,
        "status": "optimal",
        "gap": 0.0012,
        "gap_location": None,
    }


def test_a_slope_by_hand() -> None:
    """Least squares through (0, 0), (1, 1), (2, 4): Σ(x−1)(y−5/3) / Σ(x−1)² = 4/2."""
    assert slope([0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) == pytest.approx(2.0)
    assert slope([1.0], [1.0]) is None
    assert slope([1.0, 1.0], [1.0, 2.0]) is None


def test_what_grows_with_the_places_grows_with_the_root_of_their_square() -> None:
    found = exponents([point(10), point(100), point(1000)])
    assert found["read"] == {"places": pytest.approx(1.0), "nonzeros": pytest.approx(0.5)}
    assert found["map"]["places"] == pytest.approx(0.0)


def test_a_part_that_costs_next_to_nothing_has_no_exponent() -> None:
    found = exponents([point(10, extract=0.001), point(100, extract=0.5), point(1000)])
    assert found["extract"]["places"] == pytest.approx(0.30103, abs=1e-4)  # log10(1 / 0.5)
    lost = exponents([point(10, map=None), point(100, map=None)])
    assert lost["map"] == {"places": None, "nonzeros": None}


def test_the_plot_has_a_line_and_a_label_for_every_part() -> None:
    points = [point(10), point(100, map=None)]
    result = {"points": points, "exponents": exponents(points)}
    root = ET.fromstring(plot(result))
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert any(text and text.startswith("read: n^1.0") for text in words)
    lines = [one for one in root.iter(f"{SVG}path") if one.get("fill") == "none"]
    assert len(lines) == len(PARTS)
    marks = list(root.iter(f"{SVG}circle"))
    assert len(marks) == 2 * len(PARTS) - 1
    assert all(0 < float(mark.attrib["cx"]) < 760 for mark in marks)


def test_labels_are_text_and_nothing_to_draw_is_an_error() -> None:
    ET.fromstring(drawn([Line("<a & b>", [(1.0, 2.0), (3.0, 4.0)])], x="n", y="s"))
    with pytest.raises(ValueError, match="nothing"):
        drawn([], x="n", y="s")


def test_the_table_shows_every_part_and_size() -> None:
    points = [point(10), point(2850, map=None)]
    result = {
        "points": points,
        "exponents": exponents(points),
        "seed": 1,
        "time_limit_s": 60.0,
        "versions": {"python": "3", "layout": "0", "machine": "m", "load_average": "0"},
    }
    text = table(result)
    assert "| 2,850 |" in text
    assert all(f"| {name}, CPU s |" in text for name in PARTS)
    assert "0.12%" in text


def test_every_part_of_a_run_is_measured(tmp_path: Path) -> None:
    write_synthetic(tmp_path, 5, 1)
    found = measure(str(tmp_path), 60.0)
    assert found["status"] == "optimal"
    assert all(found["parts"][name] > 0 for name in PARTS)
    assert found["nonzeros"] == found["stated_nonzeros"] > 0
    assert sum(found["parts"].values()) <= found["seconds"] * 4
