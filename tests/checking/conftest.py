from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from layout.plan import Plan, new_plan, write_plan
from tests.checking.handmade import handmade_plan
from tests.features.everything import YEARS, everything
from tests.features.rows import planned


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The handmade plan in memory."""
    return handmade_plan(tmp_path_factory.mktemp("handmade") / "model")


@pytest.fixture(scope="session")
def written(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handmade plan on disk, not to be changed."""
    place = tmp_path_factory.mktemp("handmade") / "plan"
    write_plan(plan, place)
    return place


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of the handmade plan on disk, to be broken."""
    return copytree(written, tmp_path / "plan")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The solved plan of two periods with every feature; its model remembers nothing."""
    plan = planned(tmp_path_factory.mktemp("whole") / "model", **everything(years=YEARS))
    return new_plan(plan.record, replace(plan.model), plan.tables)
