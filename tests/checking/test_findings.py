"""What counts as equal, too much and too little: the tolerance of the check, at its edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layout.checking.facts import Facts
from layout.checking.findings import MOST_SHOWN, Findings
from layout.checking.record import gap_figures
from layout.model import read_model
from tests.builders import tiny_model

PLACE = ("units.csv", pd.DataFrame({"unit": list("abc")}))
INF, NAN = np.inf, np.nan

# A condition, two numbers, `size` and `least`, and whether it holds. Without `size` the larger
# number counts, and no less than 0.001 for what is equal, 0.1 for what is limited.
TRIED = [
    ("equal", 1e6, 1e6 + 0.9, {}, True),
    ("equal", 1e6, 1e6 + 1.1, {}, False),
    ("equal", 1e6 + 1.1, 1e6, {}, False),
    ("equal", -1e6, -1e6 - 1.1, {}, False),
    ("equal", -1e6, -1e6 - 0.9, {}, True),
    ("equal", 0, 0.9e-9, {}, True),
    ("equal", 0, 1.1e-9, {}, False),
    ("equal", 0, 0.9e-7, {"least": 0.1}, True),
    ("equal", 0, 1.1e-7, {"least": 0.1}, False),
    ("equal", 0, 0.9e-5, {"size": 10}, True),
    ("equal", 0, 1.1e-5, {"size": 10}, False),
    ("equal", 100, 100.00005, {"size": 10}, False),
    ("equal", NAN, 1, {}, False),
    ("equal", 1, NAN, {}, False),
    ("at_most", 1e6 + 0.9, 1e6, {}, True),
    ("at_most", 1e6 + 1.1, 1e6, {}, False),
    ("at_most", 1, 2, {}, True),
    ("at_most", 0.9e-7, 0, {}, True),
    ("at_most", 1.1e-7, 0, {}, False),
    ("at_most", 0.9e-5, 0, {"size": 10}, True),
    ("at_most", 1.1e-5, 0, {"size": 10}, False),
    ("at_most", 100.00005, 100, {"size": 10}, False),
    ("at_most", 0.9e-6, 0, {"least": 1}, True),
    ("at_most", 1.1e-6, 0, {"least": 1}, False),
    ("at_most", 1e300, INF, {}, True),
    ("at_most", NAN, INF, {}, True),
    ("at_most", NAN, 1, {}, False),
    ("at_most", 1, NAN, {}, False),
    ("at_least", 1e6 - 0.9, 1e6, {}, True),
    ("at_least", 1e6 - 1.1, 1e6, {}, False),
    ("at_least", 2, 1, {}, True),
    ("at_least", -0.9e-7, 0, {}, True),
    ("at_least", -1.1e-7, 0, {}, False),
    ("at_least", -0.9e-5, 0, {"size": 10}, True),
    ("at_least", -1.1e-5, 0, {"size": 10}, False),
    ("at_least", 1, NAN, {}, False),
]


@pytest.mark.parametrize(("condition", "found", "limit", "more", "holds"), TRIED)
def test_a_condition_holds_to_a_millionth_of_its_size(
    condition: str, found: float, limit: float, more: dict[str, float], holds: bool
) -> None:
    findings = Findings()
    getattr(findings, condition)("a", ("f.csv", None), found, limit, **more)
    verdict = findings.verification()
    assert verdict.passed == holds
    assert (verdict.worst_violation > 1e-6) != holds
    assert [failure.where for failure in verdict.failures] == ([] if holds else ["f.csv"])


def test_every_row_is_judged_by_its_own_size_and_named() -> None:
    findings = Findings()
    size = np.array([1.0, 100.0, 1.0])
    findings.at_most("a", PLACE, [1, 1.00005, 7], [INF, 1, 3], size=size)
    findings.equal("b", PLACE, [1, 2, 3.5], [1, 2, 3], size=size)
    findings.at_least("c", PLACE, [0, 0.99995, 3], [1, 1, 3], size=size)
    findings.true("d", PLACE, [True, False, True], ["x", "y", "z"], "1")
    said = [(f.code, f.where, f.found, f.expected) for f in findings.failures]
    assert said == [
        ("a", "units.csv[unit=c]", "7", "≤ 3"),
        ("b", "units.csv[unit=c]", "3.5", "3"),
        ("c", "units.csv[unit=a]", "0", "≥ 1"),
        ("d", "units.csv[unit=b]", "y", "1"),
    ]
    assert findings.checks == 2 + 3 + 3 + 3
    assert findings.verification().worst_violation == INF


def test_the_worst_is_what_is_told_and_no_more_than_twenty_rows() -> None:
    findings = Findings()
    findings.equal("a", ("f.csv", None), [1.0, 2.0], [1.0, 2.0 + 1e-5])
    findings.equal("a", ("f.csv", None), 1.0, 1.0 + 1e-6)
    assert findings.worst == pytest.approx(5e-6, rel=1e-4)
    every = np.arange(30.0)
    findings = Findings()
    findings.at_most("a", ("f.csv", None), every + 1, every)
    findings.true("b", ("f.csv", None), every < 0)
    assert [f.code for f in findings.failures] == ["a"] * MOST_SHOWN + ["b"] * MOST_SHOWN
    assert MOST_SHOWN == 20


def test_what_has_no_rows_is_no_condition() -> None:
    findings = Findings()
    for check in (findings.equal, findings.at_most, findings.at_least):
        check("a", ("f.csv", None), [], [])
    findings.true("a", ("f.csv", None), [])
    assert findings.verification().passed
    assert (findings.checks, findings.worst) == (0, 0.0)


def grown(folder: Path, year: int, sectors: list[dict[str, object]], **work: float) -> float:
    """What the demand of a workload is multiplied by; the base year is 2023."""
    own = {"workload": "task", "kind": "general", **work}
    tables = {"workloads": [own], **({"sectors": sectors} if sectors else {})}
    model = read_model(tiny_model(folder, settings={"base_year": 2023}, **tables))
    return Facts(model, year).growth("task")


HALF = [{"sector": "s", "workload": "task", "share": 0.5, "factor": 1.2}]
WHOLE = [{"sector": "s", "workload": "task", "share": 1.0, "factor": 1.2}]


@pytest.mark.parametrize(
    ("year", "sectors", "work", "expected"),
    [
        (2025, [], {}, 1),
        (2025, [], {"efficiency_gain": 0.1}, 0.81),
        (2024, [], {"efficiency_gain": 0.1}, 0.9),
        (2023, [], {"efficiency_gain": 0.1}, 1),
        (2023, HALF, {}, 1),
        (2025, [], {"efficiency_gain": 0.1, "rebound": 0.5}, 1 - 0.19 * 0.5),
        (2025, [], {"efficiency_gain": 0.1, "rebound": 1}, 1),
        (2025, HALF, {}, 0.5 * 1.2 + 0.5),
        (2025, WHOLE, {}, 1.2),
        (2025, HALF, {"efficiency_gain": 0.1}, 0.81 * 1.1),
    ],
)
def test_demand_grows_by_efficiency_rebound_and_sectors(
    tmp_path: Path, year: int, sectors: list[dict[str, object]], work: dict[str, float],
    expected: float,
) -> None:  # fmt: skip
    assert grown(tmp_path / "m", year, sectors, **work) == pytest.approx(expected, rel=1e-12)


def test_power_of_a_tariff_zone_goes_before_that_of_the_province(tmp_path: Path) -> None:
    sites = [
        {"site": "a", "province": "P", "tariff_zone": "T"},
        {"site": "b", "province": "R"},
        {"site": "c", "province": "Q"},
    ]
    power = [
        {"province": "P", "price_cny_per_kwh": 0.9, "grid_tco2_per_mwh": 0.9},
        {"province": "R", "price_cny_per_kwh": 0.5, "grid_tco2_per_mwh": 0.6},
        {"province": "P", "tariff_zone": "T", "price_cny_per_kwh": 0.3, "grid_tco2_per_mwh": 0.4,
         "residual_tco2_per_mwh": 0.7},
        {"province": "Q", "price_cny_per_kwh": 0.2},
    ]  # fmt: skip
    model = read_model(tiny_model(tmp_path / "m", sites=sites, power=power))
    found = Facts(model, 2025).power
    figures = ["price_cny_per_kwh", "grid_tco2_per_mwh", "residual_tco2_per_mwh"]
    assert list(found.loc["a", figures]) == [0.3, 0.4, 0.7]
    assert list(found.loc["b", figures]) == [0.5, 0.6, 0.6]
    assert found.loc["c", "price_cny_per_kwh"] == 0.2


@pytest.mark.parametrize(
    ("objective", "bound", "invariant", "gaps"),
    [
        (100.0, 90.0, 60.0, (0.1, 0.25)),
        (-100.0, -110.0, -60.0, (0.1, 0.25)),
        (100.0, 90.0, -100.0, (0.1, 0.05)),
        (100.0, 100.0, 100.0, (0.0, 0.0)),
        (100.0, 101.0, 0.0, (0.0, 0.0)),
        (100.0, 99.0, 100.0, (0.01, INF)),
        (0.0, -1.0, 0.0, (INF, INF)),
    ],
)
def test_a_gap_is_a_share_of_what_it_is_a_gap_of(
    objective: float, bound: float, invariant: float, gaps: tuple[float, float]
) -> None:
    assert gap_figures(objective, bound, invariant) == pytest.approx(gaps)
