"""Nothing that is declared takes a wrong value: columns and keys, made from the schema."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from layout.errors import EXIT_INPUT
from layout.labels import LANGUAGES
from layout.model.schema import Settings, Target
from layout.model.tables import TABLES
from tests.builders import merged
from tests.cli.towns import Runner
from tests.inputs.asking import files_under
from tests.inputs.broken import WORLD, base_files, good_model
from tests.inputs.workbook import as_workbook
from tests.inputs.wrong_cells import ALL_CELLS, Wrong, blocks, wrong_settings

Place = tuple[str, str, int, str | None]
"""Code, file, row and column of a problem."""


def reported(run: Runner, model: Path, lang: str) -> set[Place]:
    """What `check --json` reports; it exits 3 and fills all four parts of every message."""
    answer = run("check", model, "--json", lang=lang)
    assert answer.code == EXIT_INPUT
    problems = json.loads(answer.out)["problems"]
    for one in problems:
        assert all(one[part] for part in ("found", "expected", "fix"))
    return {(one["code"], one["file"], one["row"], one["column"]) for one in problems}


# tables ---------------------------------------------------------------------------------------


def test_every_column_is_tried() -> None:
    tried = {(column.table, column.name) for column, _, _ in ALL_CELLS}
    known = {(table.name, column.name) for table in TABLES.values() for column in table}
    assert known - tried == set()
    assert len(ALL_CELLS) > 1000


def write_wrong_rows(folder: Path) -> dict[Place, str]:
    """Add a row for every wrong cell to the tables of the world; places, with what was written."""
    wanted: dict[Place, str] = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.csv"
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
        wrong = [one for one in ALL_CELLS if one[0].table == name]
        for number, (column, words, code) in enumerate(wrong, start=len(rows) + 2):
            rows.append({**rows[0], column.name: words})
            wanted[code, path.name, number, column.name] = words
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(table.names), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return wanted


def test_a_thousand_wrong_cells_are_all_reported_at_once(run: Runner, tmp_path: Path) -> None:
    """No first error hides a second one; the same in a folder and in a workbook."""
    folder = good_model(WORLD, tmp_path / "m")
    wanted = write_wrong_rows(folder)
    before = files_under(tmp_path)
    found = reported(run, folder, "en")
    assert sorted(set(wanted) - found) == []
    assert run("solve", folder, "-o", tmp_path / "plan", lang="zh").code == EXIT_INPUT
    assert files_under(tmp_path) == before


def test_codes_that_nothing_has_are_reported_in_every_column_that_refers(
    run: Runner, tmp_path: Path
) -> None:
    folder = good_model(WORLD, tmp_path / "m")
    wanted: set[Place] = set()
    for name, table in TABLES.items():
        path = folder / f"{name}.csv"
        first, *others = csv.DictReader(path.read_text("utf-8").splitlines())
        for column in (one.name for one in table if one.refers_to):
            first[column] = "nowhere-9"
            wanted.add(("unmatched", path.name, 2, column))
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(table.names), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows([first, *others])
    assert len(wanted) > 30
    assert sorted(wanted - reported(run, folder, "zh")) == []


@pytest.mark.deep
def test_the_same_cells_are_refused_in_a_workbook(run: Runner, tmp_path: Path) -> None:
    folder = good_model(WORLD, tmp_path / "m")
    wanted = {
        (code, f"w.xlsx[{file.removesuffix('.csv')}]", row, column): words
        for (code, file, row, column), words in write_wrong_rows(folder).items()
    }
    found = reported(run, as_workbook(folder, tmp_path / "w.xlsx"), "zh")
    assert sorted(set(wanted) - found) == []


# settings -------------------------------------------------------------------------------------


def tree(path: str, value: Any) -> dict[str, Any]:
    """A dotted path as nested mappings."""
    first, _, rest = path.partition(".")
    return {first: tree(rest, value) if rest else value}


def rounds() -> list[list[Wrong]]:
    """The wrong settings so that each round has one value for a key, and blocks come apart."""
    inner = set(blocks())
    listed = [one for one in wrong_settings() if one[0] not in inner]
    found: list[list[Wrong]] = [[one for one in wrong_settings() if one[0] in inner]]
    while listed:
        seen: dict[str, Wrong] = {}
        for one in listed:
            seen.setdefault(one[0], one)
        found.append(list(seen.values()))
        listed = [one for one in listed if one not in found[-1]]
    outer = [path for path in inner if path.count(".") == 1]
    found[0] = [one for one in found[0] if one[0] not in outer]
    return [*found, [one for one in wrong_settings() if one[0] in outer]]


def changed(settings: dict[str, Any], parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Settings with values put at dotted paths."""
    for path, value in parts:
        settings = merged(settings, tree(path, value))
    return settings


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    (folder / "model.yaml").write_text(text, "utf-8")


def test_every_key_is_tried() -> None:
    tried = {path for path, _, _ in wrong_settings()}
    own = {"periods", "objective", "targets", "scenarios", "title", "description"}
    assert {path.partition(".")[0] for path in tried} == set(Settings.model_fields) - own
    assert len(tried) > 80


@pytest.mark.parametrize("number", range(len(rounds())))
def test_wrong_values_of_all_keys_are_reported_at_once(
    number: int, run: Runner, tmp_path: Path
) -> None:
    wrong = rounds()[number]
    folder = good_model(WORLD, tmp_path / "m")
    good = yaml.safe_load(base_files(WORLD)["model.yaml"])
    write_settings(folder, changed(good, [(path, value) for path, value, _ in wrong]))
    found = {(code, column) for code, _, _, column in reported(run, folder, LANGUAGES[number % 2])}
    assert sorted({(code, path) for path, _, code in wrong} - found) == []


def test_a_key_misspelt_in_every_block_is_unknown(run: Runner, tmp_path: Path) -> None:
    folder = good_model(WORLD, tmp_path / "m")
    good = yaml.safe_load(base_files(WORLD)["model.yaml"])
    paths = [f"{block}.{block[:3]}_x" for block in blocks()] + ["perriods"]
    write_settings(folder, changed(good, [(path, 1) for path in paths]))
    found = {(code, column) for code, _, _, column in reported(run, folder, "zh")}
    assert sorted({("unknown_key", path) for path in paths} - found) == []


TARGET: dict[str, tuple[Any, str]] = {
    "id": ("<i>", "key_code"),
    "measure": (5, "key_type"),
    "scope": ("a\u200bb", "key_text"),
    "kind": ("<k>", "key_code"),
    "basis": ("x" * 2001, "key_text"),
    "sense": ("equal", "key_choice"),
    "value": (float("inf"), "key_type"),
    "unit": ("\x07", "key_text"),
    "year": ("soon", "key_type"),
    "mode": ("firm", "key_choice"),
    "penalty": (-1, "key_range"),
    "source": ("a\u202eb", "key_text"),
    "confidence": (["a"], "key_type"),
    "outturn": ("some", "key_type"),
    "title": (["a"], "key_type"),
    "priority": (float("nan"), "key_type"),
}
"""Field of a target → a value that it must refuse, and the code of the problem."""


def test_every_field_of_a_target_refuses_what_it_cannot_be(run: Runner, tmp_path: Path) -> None:
    assert set(TARGET) == set(Target.model_fields)
    folder = good_model(WORLD, tmp_path / "m")
    good = yaml.safe_load(base_files(WORLD)["model.yaml"])
    plain = {"measure": "site_count", "sense": "at_least", "value": 1}
    rows = [{"id": f"t-{name}", **plain, name: value} for name, (value, _) in TARGET.items()]
    write_settings(folder, {**good, "targets": rows})
    found = {(code, column) for code, _, _, column in reported(run, folder, "en")}
    wanted = {(code, f"targets.t-{name}.{name}") for name, (_, code) in TARGET.items()}
    wanted = {(code, path.replace("t-id", "<i>")) for code, path in wanted}
    assert sorted(wanted - found) == []
