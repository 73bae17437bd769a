"""The code on the page about the algebra runs, and prints what stands next to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "algebra.md"
ALGEBRA = Path(__file__).parents[1] / "algebra"


def test_the_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.+?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 7
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    printed = capsys.readouterr().out
    said = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("# ")]
    shown = [line for line in said if line in printed.splitlines()]
    assert [line.strip() for line in shown] == [
        "cannot hold together",
        "demand[110000] >= 8",
        "demand[520000] >= 4",
        "capacity[GUIAN] <= 0",
        "capacity[ZW] <= 0",
        "open[GUIAN] <= 1",
        "open[ZW] <= 1",
    ]


def test_the_tests_it_names_exist() -> None:
    named = set(re.findall(r"\btest_\w+\.py\b", PAGE.read_text("utf-8")))
    known = {path.name for path in ALGEBRA.glob("test_*.py")} | {"test_counts.py"}
    assert named and named <= known
