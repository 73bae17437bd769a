"""Nothing is part of the model that no snapshot shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import layout.formulation
from layout.formulation import build
from layout.formulation.build import FAMILIES, FEATURES, LATER
from layout.model import read_model
from tests.formulation.every_family import every_family

TESTS = Path(__file__).parents[1]
SOURCE = Path(layout.formulation.__file__).parent
STATED = re.compile(r"""(?:\.new\(\s*|rows\[)"([a-z_]+)"[\],]""")
"""Where the formulation names a family: ``v.new("name", …`` and ``rows["name"]``."""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every family of variables and rows, with all features on and several periods."""
    folder = tmp_path_factory.mktemp("covered")
    found: set[str] = set()
    for model, sets in every_family(folder):
        formulation = build(read_model(model, sets=sets))
        found |= set(formulation.constraints)
        found.update(*(year.variables.parts for year in formulation.years))
    return found


def test_every_family_is_in_a_snapshot(names: set[str]) -> None:
    texts = [file.read_text("utf-8") for file in sorted(TESTS.rglob("snapshots/**/*.txt"))]
    shown = {name for text in texts for name in re.findall(r"([\w-]+)\[", text)}
    assert sorted(names - shown) == []


def test_the_models_of_this_test_have_every_family(names: set[str]) -> None:
    assert {*FAMILIES, *LATER} <= names
    source = "".join(file.read_text("utf-8") for file in sorted(SOURCE.glob("*.py")))
    stated = set(STATED.findall(source))
    assert len(stated) > 40
    assert sorted(stated - names) == []
    for feature in FEATURES:
        assert (SOURCE / f"{feature}.py").is_file()
