import pytest

from layout.plan import Plan
from tests.checking.handmade import handmade_plan


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The handmade plan in memory."""
    return handmade_plan(tmp_path_factory.mktemp("handmade") / "model")
