"""Targets and floors that nothing can reach are caught before solving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.errors import InputError
from layout.labels import LANGUAGES
from layout.model import read_model
from tests.builders import target, tiny_model

SITES = [{"site": "E", "province": "P", "max_it_mw": 3}, {"site": "W", "max_it_mw": 4}]
AIM = ("compute_eflops_fp32",)


def found(folder: Path, **given: Any) -> list[tuple[str, str]]:
    """Code and severity of what reading a model reports."""
    try:
        problems = read_model(tiny_model(folder, sites=SITES, **given)).problems
    except InputError as error:
        problems = tuple(error.problems)
    for problem in problems:
        assert all(problem.sentence(lang) for lang in LANGUAGES)
    return [(problem.code, problem.severity) for problem in problems]


@pytest.mark.parametrize(
    ("other", "codes"),
    [
        ({}, [("opposed_targets", "error")]),
        ({"mode": "soft"}, []),
        ({"scope": "site:E"}, []),
        ({"value": 5}, []),
    ],
)
def test_targets_that_exclude_each_other(
    other: dict[str, Any], codes: list[tuple[str, str]], tmp_path: Path
) -> None:
    least = target("least", *AIM, "at_least", 5)
    most = target("most", *AIM, "at_most", **{"value": 4, **other})
    assert found(tmp_path / "m", settings={"targets": [least, most]}) == codes


def test_targets_and_floors_above_the_space_of_their_sites(tmp_path: Path) -> None:
    # E holds 3 MW and W 4 MW, an EFLOPS takes 1 MW: 7 in all, 3 in P.
    for value, codes in ((7, []), (7.5, [("target_above_limit", "warning")])):
        aims = [target("total", *AIM, "at_least", value)]
        assert found(tmp_path / f"t{value}", settings={"targets": aims}) == codes
    for value, codes in ((3, []), (3.5, [("floor_above_limit", "warning")])):
        floors = [{"province": "P", "kind": "general", "min_eflops": value}]
        on = {"features": {"balance": True}}
        assert found(tmp_path / f"f{value}", settings=on, floors=floors) == codes
