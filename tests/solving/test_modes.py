"""Run modes (R88) and the questions beside the plan's own (§2.14)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layout.checking import verify
from layout.cli.summary import summary
from layout.model import read_model
from layout.plan import Plan, write_plan
from layout.solving import solve
from tests.builders import tiny_model
from tests.checking.edits import cell, entry

# 1 EFLOPS draws 1 MW: 8.76 GWh, 5.256 mcny in the east and 2.628 in the west. The east holds
# 1 EFLOPS, the west 1.5.
MARKET: dict[str, Any] = {
    "zones": [{"zone": "Z", "province": "PE", "region": "east"}],
    "sites": [
        {"site": "E", "province": "PE", "region": "east"},
        {"site": "W", "province": "PW", "region": "west"},
    ],
    "power": [
        {"province": "PE", "price_cny_per_kwh": 0.6},
        {"province": "PW", "price_cny_per_kwh": 0.3},
    ],
    "stock": [
        {"block": name, "site": name, "facility": "hall", "kind": "general",
         "compute_eflops": eflops, "facility_it_mw": 5}
        for name, eflops in (("E", 1), ("W", 1.5))
    ],
}  # fmt: skip


def planned(folder: Path, demand: float, mode: str, **settings: Any) -> Plan:
    given = {"mode": mode, **settings}
    rows = [{"zone": "Z", "workload": "task", "demand_eflops": demand}]
    return solve(read_model(tiny_model(folder / "m", settings=given, demand=rows, **MARKET)))


def test_trade_moves_work_between_what_stands(tmp_path: Path) -> None:
    # 2 EFLOPS: 1.5 in the west, 0.5 at home, 6.57 mcny. One more would run at home for 5.256, so
    # that is the price: 7.884 go west and 2.628 stay.
    plan = planned(tmp_path, 2, "trade")
    assert plan.record["objective_mcny"] == pytest.approx(6.57)
    assert plan.tables["capacity"]["compute_eflops"].tolist() == pytest.approx([1, 1.5])
    assert plan.tables["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([5.256])
    paid = {row["seller"]: row["paid_mcny"] for row in plan.record["settlement"]}
    assert paid == pytest.approx({"PE": 2.628, "PW": 7.884})
    assert "only work moves" in summary(plan, "en").replace("\n", " ")


def test_trade_builds_nothing_even_where_demand_cannot_be_served(tmp_path: Path) -> None:
    assert planned(tmp_path / "hard", 3, "trade").status == "infeasible"
    economy = {"unserved_penalty_mcny_per_eflops": 100}
    plan = planned(tmp_path / "elastic", 3, "trade", economy=economy)
    assert plan.tables["unserved"]["unserved_eflops"].tolist() == pytest.approx([0.5])
    assert plan.tables["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([100])


def test_the_checker_sees_capacity_that_was_added_in_trade(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    write_plan(planned(tmp_path, 2, "trade"), folder)
    assert verify(folder).passed
    cell("units", {"unit": "E"}, filled_eflops=0.5, compute_eflops=1.5)(folder)
    assert "trade_fixed" in {failure.code for failure in verify(folder).failures}


def test_the_checker_sums_the_settlement(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    write_plan(planned(tmp_path, 2, "trade"), folder)
    entry("settlement", 0, "paid_mcny", value=3.0)(folder)
    assert "settlement" in {failure.code for failure in verify(folder).failures}


@pytest.mark.parametrize(("keep", "times"), [("true", 2 / 1.98), ("false", 1)])
def test_the_checker_bills_by_steps_of_price(tmp_path: Path, keep: str, times: float) -> None:
    # At 5.256 the east buys 1.6 EFLOPS, 0.1 of them for 0.8 of it, the west 0.4: as for 1.98,
    # which the base price makes good where revenue is kept.
    zones = [*MARKET["zones"], {"zone": "Y", "province": "PW", "region": "west"}]
    folder = tiny_model(
        tmp_path / "m",
        settings={"mode": "trade"},
        demand=[
            {"zone": zone, "workload": "task", "demand_eflops": eflops}
            for zone, eflops in (("Z", 1.6), ("Y", 0.4))
        ],
        price_steps=[{"from_eflops": 0, "factor": 1}, {"from_eflops": 1.5, "factor": 0.8}],
        **{**MARKET, "zones": zones},
    )
    plan = solve(read_model(folder, sets=[f"settlement.steps_keep_revenue={keep}"]))
    paid = pd.DataFrame(plan.record["settlement"]).groupby("buyer")["paid_mcny"].sum()
    expected = {"PE": 5.256 * 1.58 * times, "PW": 5.256 * 0.4 * times}
    assert paid.to_dict() == pytest.approx(expected)
    write_plan(plan, tmp_path / "plan")
    assert verify(tmp_path / "plan").passed
    entry("settlement", 0, "paid_mcny", value=2.6)(tmp_path / "plan")
    assert "settlement" in {failure.code for failure in verify(tmp_path / "plan").failures}


def test_what_moving_is_worth_is_the_same_from_both_sides(tmp_path: Path) -> None:
    # 2 EFLOPS at no price but power, all halls free: 10.512 at home, 5.256 in the west.
    cross, local = (planned(tmp_path / mode, 2, mode) for mode in ("cross", "local"))
    for plan in (cross, local):
        worth = plan.record["value_of_moving"]
        assert worth["saving_mcny"] == pytest.approx(5.256)
        assert worth["least_mcny"] == pytest.approx(5.256)
        assert worth["most_mcny"] == pytest.approx(5.256)
    assert set(cross.record["counterfactuals"]) == {"local", "as_is"}
    assert set(local.record["counterfactuals"]) == {"cross", "as_is"}
    page = summary(local, "en").replace("\n  ", " ")
    assert "If work could move between regions, the plan would cost 5.26" in page


def test_the_stock_as_it_stands_is_asked_too(tmp_path: Path) -> None:
    # 2.5 of 4 EFLOPS can be served; costs do not compare where demand is left.
    plan = planned(tmp_path, 4, "cross")
    stock = plan.record["counterfactuals"]["as_is"]
    assert stock["unserved_eflops_fp32"] == pytest.approx(1.5)
    assert "difference_mcny" not in stock
    assert "1.50 EFLOPS FP32 of the demand unserved" in summary(plan, "en").replace("\n  ", " ")
