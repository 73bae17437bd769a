"""Targets put to the test on a world worked out by hand, and on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import layout
from layout.cli.screen import testing as screen
from layout.labels import has
from layout.study.targets import testing
from layout.study.targets.target_files import FILES
from tests.builders import target
from tests.cli.towns import Runner, towns


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as given:
        return list(csv.DictReader(given))


def pick(found: list[dict[str, Any]], target: str, question: str) -> dict[str, Any]:
    (row,) = [one for one in found if (one["target"], one["question"]) == (target, question)]
    return row


def test_what_a_target_costs_and_forces(tmp_path: Path) -> None:
    # Demand alone installs 3 EFLOPS. A fourth stands in the west and has its price; a total of 3.5
    # is then met by the way, and costs nothing beside it. Without the fourth it still costs.
    aims = [
        target("four", "compute_eflops_fp32", "at_least", 4),
        target("more", "compute_eflops_fp32", "at_least", 3.5, mode="soft"),
    ]
    model = layout.read(towns(tmp_path / "m", targets=aims))
    study = testing.tested(model, layout.solve(model))
    found = study["tests"].to_dict("records")
    alone, without = pick(found, "four", "alone"), pick(found, "four", "without")
    price = alone["difference_mcny"]
    assert price > 1
    assert (alone["least_mcny"], alone["most_mcny"]) == pytest.approx((price, price))
    assert (alone["binding"], alone["achieved"], alone["slack"]) == ("yes", 4, pytest.approx(0))
    assert alone["shadow_cost_mcny"] >= price
    part = pick(found, "more", "alone")["difference_mcny"]
    assert 0 < part < price and without["difference_mcny"] == pytest.approx(price - part)
    assert (without["status"], without["achieved"]) == ("fail", pytest.approx(3.5))
    assert pick(found, "more", "without")["difference_mcny"] == pytest.approx(0)
    assert pick(found, "more", "together")["binding"] == "no"
    forced = pick(study["forced"].to_dict("records"), "four", "alone")
    assert (forced["kind"], forced["extra_eflops"]) == ("general", pytest.approx(1))
    assert forced["extra_it_mw"] == pytest.approx(1)
    assert forced["extra_it_capex_mcny"] == pytest.approx(100)
    assert study["ways"].empty and study["distances"].empty


def test_the_command_explains_what_cannot_hold(run: Runner, tmp_path: Path) -> None:
    # The two sites hold 6 MW, so 6 EFLOPS: 44 of the 50 are missing, 88% of the target.
    model, folder = towns(tmp_path / "m"), tmp_path / "t"
    line = ["targets", model, "-o", folder, "--set", "targets.total-2.value=50"]
    answer = run(*line)
    assert answer.code == 4
    assert "50 → 6 (44 EFLOPS FP32 less)" in answer.err
    assert "no plan" in answer.out
    (conflict, *limits) = rows(folder / "conflict.csv")
    assert (conflict["type"], conflict["id"]) == ("target", "total-2")
    assert {row["place"] for row in limits} == {"E", "W"}
    way, *wider = rows(folder / "ways.csv")
    assert {row["sets"] for row in wider} == {f"sites[site={site}].max_it_mw={most}"
                                              for site, most in (("E", 45), ("W", 49))}  # fmt: skip
    assert (way["sets"], way["verified"], way["least"]) == (
        "targets.total-2.value=6",
        "yes",
        "yes",
    )
    (distance,) = rows(folder / "distances.csv")
    assert float(distance["distance"]) == pytest.approx(0.88)
    priced = pick(rows(folder / "tests.csv"), "total-2", "priced")
    assert float(priced["shortfall"]) == pytest.approx(44)
    record = json.loads((folder / "targets.json").read_text("utf-8"))
    assert record["status"] == "infeasible" and record["explanation"]["proved"]
    assert (
        "这些" in run(*line, lang="zh").err or "以下条件不能同时成立" in run(*line, lang="zh").err
    )
    way_set = way["sets"]
    assert run("targets", model, "--set", way_set, "--quick").code == 0


def test_quick_is_the_table_alone(run: Runner, tmp_path: Path) -> None:
    model = towns(tmp_path / "m")
    quick = run("targets", model, "-o", tmp_path / "q", "--quick")
    whole = run("targets", model, "-o", tmp_path / "w")
    assert [path.name for path in (tmp_path / "q").iterdir()] == ["targets.csv"]
    assert sorted(path.name for path in (tmp_path / "w").iterdir()) == [
        "targets.csv",
        "targets.json",
        "tests.csv",
    ]
    assert "put to the test" in whole.out and "put to the test" not in quick.out
    again = run("targets", model, "-o", tmp_path / "v")
    assert again.code == 0
    for name in ("tests.csv", "targets.csv"):
        assert (tmp_path / "w" / name).read_bytes() == (tmp_path / "v" / name).read_bytes()


def test_every_column_has_a_heading() -> None:
    for file in FILES:
        assert has(file.label)
        assert not [column.label for column in file.columns if not has(column.label)]


def test_a_cost_of_nothing_is_told_from_one_that_is_not_proved() -> None:
    costs = {"plan_status": "optimal", "difference_mcny": 0.0, "least_mcny": 0.0, "most_mcny": 0.0}
    assert screen._cost(costs, "en") == "0"
    assert screen._cost({**costs, "least_mcny": -3.3, "most_mcny": 3.3}, "en") == "none proved"
    assert screen._cost({**costs, "difference_mcny": 9.4, "least_mcny": 6.1}, "en") == "9.40"
