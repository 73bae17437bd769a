"""Numbers as they are shown."""

from __future__ import annotations

import pytest

from layout.report.quantities import number, quantity, share


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1e-12, "0"),
        (12.345, "12.35"),
        (12.3, "12.3"),
        (8.0, "8"),
        (0.04567, "0.04567"),
        (1234567.8, "1,234,568"),
        (-2.5, "-2.5"),
        (1e-5, "1.0e-05"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_number(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (12345.0, "mcny", "12.35 bn CNY", "123.5 亿元"),
        (12.0, "mcny", "12 million CNY", "1,200 万元"),
        (5678.0, "GWh", "5.678 TWh", "56.78 亿千瓦时"),
        (1.5, "GWh", "1.5 GWh", "150 万千瓦时"),
        (6438.0, "kt", "6.438 Mt CO₂", "643.8 万吨 CO₂"),
        (0.5, "kt", "0.5 kt CO₂", "500 吨 CO₂"),
        (156900.0, "racks", "156,900 standard racks", "15.69 万标准机架"),
        (392.2, "MW", "392.2 MW", "392.2 MW"),
        (0.612, "share", "61.2%", "61.2%"),
    ],
)
def test_quantity(value: float, unit: str, en: str, zh: str) -> None:
    assert quantity(value, unit, "en") == en
    assert quantity(value, unit, "zh") == zh


def test_share() -> None:
    nines = {0.9985: "99.85%", 0.99995: "99.995%", 0.999: "99.9%", 0.9999999: "100.0%"}
    assert {value: share(value) for value in nines} == nines
    assert share(0.4) == "40.0%"
    assert share(None) == "–"
