"""Text on a screen: widths, alignment, numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from layout.cli.screen import numbers
from layout.cli.screen.grid import columns_shown, grid
from layout.cli.screen.width import cells, clean, clean_lines, pad, shorten, wrap


def test_a_chinese_character_takes_two_cells() -> None:
    assert cells("贵州 GZ") == 7
    assert pad("贵州", 6) == "贵州  "
    assert pad("贵州", 6, right=True) == "  贵州"


def test_shortened_text_fits_and_says_so() -> None:
    assert shorten("Guizhou", 7) == "Guizhou"
    assert shorten("Guizhou", 5) == "Guiz…"
    assert shorten("贵州贵安", 6) == "贵州…"
    assert cells(shorten("贵州贵安", 6)) <= 6


def test_clean_text_holds_no_control_or_direction_characters() -> None:
    assert clean("a\x1b[2Jb\u202ec\x00\nd\te\u200f") == "a[2Jbc d e"
    assert clean_lines("a\x07\nb\r") == "a\nb"


@pytest.mark.parametrize(
    "text", ["one two three four five six", "贵州的可再生潜力（每年）已经用完。"]
)
def test_wrapped_lines_fit_and_lose_nothing(text: str) -> None:
    lines = wrap(text, 12)
    assert all(cells(line) <= 12 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith(("，", "。", "）")) or line.endswith("（") for line in lines)


def test_columns_of_a_grid_stand_below_each_other() -> None:
    lines = grid(["省份", "10k\nracks"], [["贵州", "1.0"], ["Inner Mongolia", "12"]])
    assert lines == [
        "                    10k",
        "  省份            racks",
        "  贵州              1.0",
        "  Inner Mongolia     12",
    ]
    assert len({cells(line) for line in lines}) == 1
    with pytest.raises(ValueError, match="as many cells"):
        grid(["a"], [["b", "c"]])


def test_columns_without_anything_are_left_out() -> None:
    assert columns_shown([["a", "–", "1"], ["b", "–", "–"]], "–", keep=(0,)) == [0, 2]
    assert columns_shown([], "–", keep=(0, 1)) == [0, 1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1e-12, "0"),
        (0.01234, "0.0123"),
        (0.1234, "0.123"),
        (1.234, "1.23"),
        (12.34, "12.3"),
        (99.96, "100"),
        (123456.7, "123,457"),
        (-12.34, "-12.3"),
        (3e-6, "3.0e-06"),
        (0.04, "0.0400"),
        (0.00876, "0.00876"),
        (math.inf, "∞"),
        (math.nan, "–"),
        (None, "–"),
        (True, "–"),
        (np.float64(2.5), "2.50"),
        (np.int64(7), "7.00"),
    ],
)
def test_numbers(value: object, shown: str) -> None:
    assert numbers.number(value) == shown


def test_shares_gaps_and_units() -> None:
    assert numbers.share(0.1234) == "12.3%"
    assert numbers.share(None) == "–"
    assert numbers.gap(0.000999) == "0.1%"
    assert numbers.gap(0.0123) == "1.23%"
    assert numbers.gap(-1e-12) == "0%"
    assert numbers.gap(math.inf) == "–"
    assert numbers.precise(261309.1609) == "261,309"
    assert numbers.scaled(100.0, "mcny", "zh") == 1.0  # 100 million CNY = 1 亿元
    assert numbers.scaled(100.0, "gwh", "zh") == 1.0  # 100 GWh = 1 亿千瓦时
    assert numbers.scaled(10.0, "kt", "zh") == 1.0  # 10 kt = 1 万吨
    assert numbers.scaled(1000.0, "mcny", "en") == 1.0
