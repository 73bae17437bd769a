"""Mutants are made where something is decided, judged by the tests that reach them, and listed."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.mutants import wilson
from benchmarks.mutation import ledger, points
from benchmarks.mutation.bench import Bench
from benchmarks.mutation.reach import measure
from benchmarks.mutation.session import in_child
from benchmarks.options import parse
from benchmarks.timing import ROOT

SOURCE = '''
"""A module."""

from __future__ import annotations

LIMIT: int | None = 3


def fee(amount: float | None, at_least: float = 1.0) -> float:
    """What is paid."""
    if amount is None or amount < 0:
        return 0.0
    return max(amount * 2, at_least)
'''
TESTS = """
from shop.fees import LIMIT, fee

def test_nothing_is_free():
    assert fee(None) == 0 and fee(-1) == 0

def test_ten_cost_twenty():
    assert fee(10.0) == 20

def test_there_are_three():
    assert LIMIT == 3
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A tree with one module and its tests."""
    for name, text in {
        "shop/__init__.py": "",
        "shop/fees.py": textwrap.dedent(SOURCE),
        "tests/test_fees.py": textwrap.dedent(TESTS),
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


def test_the_command_line_says_what_to_mutate() -> None:
    command, options = parse(["mutants", "--package", "checking", "--sample", "9", "--seed", "2"])
    assert (command, options.package, options.sample, options.seed) == ("mutants", "checking", 9, 2)


def test_annotations_are_no_place_for_a_change(shop: Path) -> None:
    pytest.importorskip("cosmic_ray")
    found = points.mutants(shop, "shop/fees.py")
    changes = {points.difference(shop, mutant) for mutant in found}
    assert ("LIMIT: int | None = 3", "LIMIT: int | None = 4") in changes
    assert ("if amount is None or amount < 0:", "if amount is None and amount < 0:") in changes
    assert not any("int &" in after or "float &" in after for _, after in changes)
    inside = {mutant.line: mutant.function for mutant in found}
    assert inside == {6: "", 9: "", 11: "fee", 12: "fee", 13: "fee"}


def test_a_sample_is_the_same_again_and_leaves_no_module_out(shop: Path) -> None:
    pytest.importorskip("cosmic_ray")
    (shop / "shop" / "tax.py").write_text("RATE = 0.5\n", "utf-8")
    modules = ["shop/fees.py", "shop/tax.py"]
    drawn = points.sample(shop, modules, 4, seed=1)
    assert drawn == points.sample(shop, modules, 4, seed=1)
    assert [mutant.module for mutant in drawn] == ["shop/fees.py"] * 3 + ["shop/tax.py"]
    assert len({(mutant.module, mutant.line, mutant.column) for mutant in drawn}) == 4
    assert len(points.sample(shop, modules, None, seed=1)) == points.places(shop, modules)


@pytest.mark.deep
def test_only_the_change_that_no_test_sees_survives(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for the fee of nothing, where `amount < 0` and `amount <= 0` differ."""
    pytest.importorskip("cosmic_ray")
    pytest.importorskip("coverage")
    monkeypatch.chdir(shop)
    monkeypatch.setattr(sys, "path", [str(shop), *sys.path])

    def work() -> list[list[str]]:
        reach = measure(shop, ["tests"], ["shop"])
        assert sorted(reach.lines["shop/fees.py"]["13"]) == [1]
        assert 6 in reach.imported["shop/fees.py"]
        wanted = {"amount <= 0", "amount >= 0", "amount / 2", "= 4"}
        drawn = [
            mutant
            for mutant in points.mutants(shop, "shop/fees.py")
            if any(text in points.difference(shop, mutant)[1] for text in wanted)
        ]
        bench = Bench(shop, reach)
        found = [
            [points.difference(shop, mutant)[1], outcome.verdict, outcome.by]
            for mutant, outcome in bench.run(drawn)
        ]
        assert bench.unsteady({by for _, _, by in found}) == []
        hurried = Bench(shop, reach, patience_s=-1.0)  # for no test at all
        first = hurried.run(drawn)
        assert {outcome.verdict for mutant, outcome in first if mutant.function} == {"survived"}
        assert dict(replace(hurried, patience_s=-1.0).patient(first)) == dict(first)
        longer = dict(replace(hurried, patience_s=5.0).patient(first))
        assert sum(outcome.verdict == "survived" for outcome in longer.values()) == 1
        return found

    assert {after: verdict for after, verdict, _ in in_child(work)} == {
        "LIMIT: int | None = 4": "killed",
        "if amount is None or amount <= 0:": "survived",
        "if amount is None or amount >= 0:": "killed",
        "return max(amount / 2, at_least)": "killed",
    }


def test_the_interval_of_wilson() -> None:
    """85 of 100: middle (0.85 + 0.0192)/1.0384 = 0.8371, half 0.0697."""
    assert wilson(85, 100) == pytest.approx((0.7672, 0.9069), abs=2e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10)[1] == 1.0


def test_every_listed_survivor_has_a_reason_and_still_stands_in_its_module() -> None:
    known = ledger.read(ROOT)
    assert ledger.stale(ROOT, known) == [], "take the rows of changed lines out of docs/mutants.csv"


def test_a_survivor_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    row = "layout/x.py,f,a = 1,a = 2,equivalent,\n"
    (tmp_path / ledger.FILE).write_text(",".join(ledger.COLUMNS) + "\n" + row, "utf-8")
    with pytest.raises(ValueError, match=r"layout/x\.py, 'a = 1'"):
        ledger.read(tmp_path)
