"""The cost of a link for one class of work goes before that for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout.model import examine, read_model
from layout.solving import solve
from tests.builders import Row, tiny_model

WORK = [{"workload": "batch", "kind": "general"}, {"workload": "online", "kind": "general"}]


def model(folder: Path, links: list[Row]) -> Path:
    """Zone Z asks for 1 EFLOPS of each work; nothing else costs anything."""
    return tiny_model(
        folder,
        zones=[{"zone": "Z"}],
        sites=[{"site": "A"}, {"site": "B"}],
        workloads=WORK,
        links=links,
    )


def test_each_work_takes_its_own_cheapest_way(tmp_path: Path) -> None:
    """From A: batch 2, online 7 (of its own); from B: 5 for both. So 2 + 5, not 2 + 2."""
    links = [
        {"zone": "Z", "site": "A", "transport_mcny_per_eflops_year": 2},
        {"zone": "Z", "site": "A", "workload": "online", "transport_mcny_per_eflops_year": 7},
        {"zone": "Z", "site": "B", "transport_mcny_per_eflops_year": 5},
    ]
    plan = solve(read_model(model(tmp_path / "m", links)))
    assert plan.record["objective_mcny"] == pytest.approx(7)
    served = plan["service"].set_index("workload")["site"].to_dict()
    assert served == {"batch": "A", "online": "B"}


def test_a_latency_for_one_work_is_an_error(tmp_path: Path) -> None:
    links = [{"zone": "Z", "site": "A", "workload": "online", "latency_ms": 3}]
    found, problems = examine(model(tmp_path / "m", links))
    assert found is None
    assert [problem.code for problem in problems] == ["link_latency_of_workload"]
    assert "online" in problems[0].sentence("zh")
