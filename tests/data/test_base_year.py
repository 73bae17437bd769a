"""The calibration run: the demand of 2023 on the stock of 2023, solved."""

from __future__ import annotations

import pytest

from layout.model import read_model
from layout.solving import solve


def test_base_year_builds_nothing_and_uses_150_twh():
    plan = solve(read_model("national-2025", scenarios=["base-year"]))
    capacity = plan.tables["capacity"]
    actions = ["filled_eflops", "expanded_eflops", "built_eflops", "retired_eflops"]
    assert capacity[actions].abs().to_numpy().max() <= 1e-9
    assert plan.tables["unserved"].empty
    measured = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert measured["compute_eflops_fp32"] == pytest.approx(230, abs=0.001)
    assert measured["facility_gwh"] == pytest.approx(150_000, rel=0.05)
    assert measured["pue_operated"] == pytest.approx(1.48, abs=0.01)
    assert measured["rack_utilisation"] == pytest.approx(0.57, abs=0.015)
