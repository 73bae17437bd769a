"""A shipped model asked again with its rows permuted and without presolve: the same optimum.

Nothing that a plan says may hang on the order of a table or on what the solver does before it
starts. Two proofs agree where neither plan costs less than the other's bound.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import highspy
import pytest

from layout.model import read_model, write_model
from layout.solving.highs import Outcome
from layout.solving.optimise import Clock, optimise, solver_settings

DEEP = ("national-start-areas-2025", "resilience-2025")
MODELS = [
    "hub-guizhou",
    "province-guangdong",
    "national-2025",
    *(pytest.param(name, marks=pytest.mark.deep) for name in DEEP),
]


class WithoutPresolve(highspy.Highs):
    """HiGHS that takes a model as it is; counts how many there were."""

    made = 0

    def __init__(self) -> None:
        super().__init__()
        self.setOptionValue("presolve", "off")
        WithoutPresolve.made += 1


def permuted(name: str, folder: Path, seed: int) -> Path:
    """A shipped model written out whole, the rows of every table in another order."""
    write_model(read_model(name), folder)
    pick = random.Random(seed)
    tables = sorted(folder.glob("*.csv"))
    assert len(tables) > 8
    for file in tables:
        with file.open(encoding="utf-8", newline="") as lines:
            head, *rows = list(csv.reader(lines))
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([head, *pick.sample(rows, len(rows))])
    return folder


def answer(model: Any) -> Outcome:
    """The optimum of a model, proved to its own gaps."""
    found = optimise(model, solver_settings(model, time_limit_s=3600), Clock(None)).outcome
    assert found.status == "optimal"
    return found


@pytest.mark.parametrize("name", MODELS)
def test_order_and_presolve_do_not_change_the_optimum(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = answer(read_model(name))
    model = read_model(permuted(name, tmp_path / "permuted", 7))
    monkeypatch.setattr(highspy, "Highs", WithoutPresolve)
    before = WithoutPresolve.made
    other = answer(model)
    assert WithoutPresolve.made > before
    assert None not in (plain.objective, plain.bound, other.objective, other.bound)
    slack = 1e-6 * abs(plain.objective or 0.0)
    assert (plain.objective or 0.0) >= (other.bound or 0.0) - slack
    assert (other.objective or 0.0) >= (plain.bound or 0.0) - slack
