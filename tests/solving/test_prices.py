"""Prices of demand: what one more EFLOPS costs, limits that grow with demand included."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.features.rows import planned


def test_more_demand_may_also_be_served_far_away(tmp_path: Path) -> None:
    # A MW costs 1 mcny a year at home and 0.5 far away (20 years, rate 0); half of the demand
    # may be served far away. One more EFLOPS brings half an EFLOPS to each: 0.75, not the 1
    # that it would cost at home.
    plan = planned(
        tmp_path / "model",
        settings={"economy": {"discount_rate": 0}},
        zones=[{"zone": "Z", "province": "P"}],
        sites=[
            {"site": "home", "zone": "Z", "province": "P"},
            {"site": "far", "province": "Q", "cost_factor": 0.5},
        ],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}],
        workloads=[{"workload": "task", "kind": "general", "max_remote_share": 0.5}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
    )
    assert plan.record["objective_mcny"] == pytest.approx(3)
    assert plan["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([0.75])
