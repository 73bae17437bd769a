"""Names of files, missing files, odd settings: problems, never crashes (rules: tests/inputs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout.model import examine
from tests.inputs.asking import check_readable
from tests.model.sample import good, replace


def test_the_starting_point_is_good(tmp_path: Path) -> None:
    model, problems = examine(good(tmp_path / "m"))
    assert model is not None
    assert problems == []


@pytest.mark.parametrize(
    ("name", "code", "severity", "hint"),
    [
        ("site.csv", "unknown_file", "error", "sites.csv"),
        ("demand (1).csv", "unknown_file", "error", "demand.csv"),
        ("Zones.CSV", "unknown_file", "error", "zones.csv"),
        ("demand.xlsx", "file_not_read", "warning", "demand.csv"),
    ],
)
def test_suspicious_file_names(
    tmp_path: Path, name: str, code: str, severity: str, hint: str
) -> None:
    folder = good(tmp_path / "m")
    (folder / name).write_text("zone\n", "utf-8")
    _, problems = examine(folder)
    assert [(p.code, p.severity, p.file) for p in problems] == [(code, severity, name)]
    assert hint in problems[0].sentence("en")


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    (folder / "workloads.csv").unlink()
    _, problems = examine(folder)
    assert ("missing_table", "workloads.csv") in [(p.code, p.file) for p in problems]


def test_suggestions_are_made(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "sites.csv", "max_it_mw", "max_it_mv")
    _, problems = examine(folder)
    assert "did you mean “max_it_mw”" in problems[0].sentence("en")
    assert "是否为“max_it_mw”" in problems[0].sentence("zh")


def test_unserved_demand_with_a_price_is_a_warning(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    replace(folder, "workloads.csv", "general,10,", "general,2,")
    model, problems = examine(folder, sets=["economy.unserved_penalty_mcny_per_eflops=1000"])
    assert model is not None
    assert {p.severity for p in problems if p.code == "unreachable"} == {"warning"}


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    _, problems = examine("natinal-2025")
    assert [(p.code, p.file) for p in problems] == [("model_not_found", "natinal-2025")]
    assert "national-2025" in problems[0].sentence("en")


def test_binary_and_empty_files(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    (folder / "power.csv").write_bytes("省,电\n".encode("utf-16"))
    (folder / "pue.csv").write_bytes(b"")
    (folder / "stock.csv").write_bytes(b"block\xff\xfe\xfd,\n")
    _, problems = examine(folder)
    found = {(p.code, p.file) for p in problems}
    assert {
        ("not_utf8", "power.csv"),
        ("empty_table", "pue.csv"),
        ("not_utf8", "stock.csv"),
    } <= found


ODD = (
    "targets: 5",
    "targets: [1, {id: [1]}]",
    "scenarios: {a: {set: 5, tables: {sites: [1]}}}",
    "scenarios: [a]",
    "extends: {a: b}",
    "data: []",
    "periods: {}",
    "title: [a]",
    "features: 5",
    "1: 2",
    "? [a]\n: b",
    "- a",
    "a: b: c",
    'title: "\\x07"',
    "base_year: 2025-02-31",
    "money_year: 99999999999999999999",
    "economy: {discount_rate: 1e999}",
    "x: " + "[" * 50,
)


def test_odd_settings_are_problems_never_crashes(tmp_path: Path) -> None:
    folder = good(tmp_path / "m")
    for words in ODD:
        (folder / "model.yaml").write_text(f"layout: 1\n{words}\n", "utf-8")
        model, problems = examine(folder, sets=["targets.x.value=3", "title.en=x", "a.b.c=3"])
        assert model is None, words
        model, problems = examine(folder)
        assert model is None, words
        for problem in problems:
            assert problem.file == "model.yaml", words
            check_readable(problem)
