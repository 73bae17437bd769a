"""Every sentence of the command line exists in both languages and says the same values."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

import layout.cli
from layout.labels import table
from layout.model.costs import COMPONENTS
from layout.solving.limits import LIMITS

ROWS = list(
    csv.DictReader((files("layout.labels") / "cli.csv").read_text("utf-8").splitlines(True))
)
SOURCES = "".join(
    path.read_text("utf-8") for path in sorted(Path(layout.cli.__file__).parent.rglob("*.py"))
)


def _places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["key"])
def test_both_languages_name_the_same_values(row: dict[str, str]) -> None:
    assert row["en"] and row["zh"]
    assert _places(row["en"]) == _places(row["zh"])


def test_every_label_in_use_exists() -> None:
    used = set(re.findall(r'"(cli\.[a-z0-9_.-]*[a-z0-9])"', SOURCES))
    assert used
    assert used <= table().keys()


def test_help_of_every_option_exists() -> None:
    calls = re.findall(r'option\(\s*"--([a-z-]+)((?:[^()]|\([^()]*\))*)\)', SOURCES)
    names = [name for name, rest in calls if "describe=" not in rest]
    described = re.findall(r'describe="([a-z-]+)"', SOURCES)
    assert {f"cli.option.{name}" for name in [*names, *described]} <= table().keys()


def test_chinese_is_chinese() -> None:
    same = [row["key"] for row in ROWS if row["en"] == row["zh"]]
    assert all(not re.search(r"[a-z]{4}", table()[key]["zh"]) for key in same)


def test_every_cost_and_limit_has_a_name() -> None:
    named = {f"cli.cost.{name}" for name in COMPONENTS}
    named |= {f"cli.limit.{limit}" for limit, _ in LIMITS.values()}
    assert sorted(named - table().keys()) == []


def test_every_row_of_labels_has_three_cells() -> None:
    """A comma that is not quoted cuts a sentence off."""
    wrong = [
        (part.name, row[0])
        for part in files("layout.labels").iterdir()
        if part.name.endswith(".csv")
        for row in csv.reader(part.read_text("utf-8").splitlines(True))
        if len(row) != 3
    ]
    assert wrong == []
