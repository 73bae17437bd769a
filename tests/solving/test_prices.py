"""Prices of demand: what one more EFLOPS costs, limits that grow with demand included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders import merged, target
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


@pytest.mark.parametrize("linking", ["strong", "aggregated", "separated"])
def test_a_closed_site_saves_nothing(linking: str, tmp_path: Path) -> None:
    # Halls cost 1 mcny a year and MW at `dear`, nothing at `closed`, which costs 10 to open:
    # 4 EFLOPS stay at `dear`, and the next one costs 1 there as well.
    plan = planned(
        tmp_path / "model",
        settings={"economy": {"discount_rate": 0}, "solver": {"linking": linking}},
        zones=[{"zone": "Z"}],
        sites=[
            {"site": "dear", "cost_factor": 1},
            {"site": "closed", "cost_factor": 0.01, "fixed_cost_mcny_per_year": 10},
        ],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}],
        workloads=[{"workload": "task", "kind": "general"}],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
    )
    assert plan.record["objective_mcny"] == pytest.approx(4)
    assert plan["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([1])


@pytest.mark.parametrize("linking", ["strong", "aggregated", "separated"])
def test_an_open_site_without_limit_takes_the_next_customer_too(
    linking: str, tmp_path: Path
) -> None:
    # One site for both zones costs 3 to open and 1 a MW; the other would cost 2 a MW.
    plan = planned(
        tmp_path / "model",
        settings={"economy": {"discount_rate": 0}, "solver": {"linking": linking}},
        sites=[
            {"site": "E", "cost_factor": 1, "fixed_cost_mcny_per_year": 3},
            {"site": "W", "cost_factor": 2, "fixed_cost_mcny_per_year": 3},
        ],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}],
    )
    assert plan.record["objective_mcny"] == pytest.approx(5)
    assert plan["prices"]["price_mcny_per_eflops_year"].tolist() == pytest.approx([1, 1])


def priced(folder: Path, **given: Any) -> float:
    """The price of the only demand of a world in which a MW costs 1 mcny a year."""
    tables: dict[str, Any] = {
        "zones": [{"zone": "Z", "province": "P", "region": "r"}],
        "sites": [
            {"site": "home", "zone": "Z", "province": "P", "region": "r"},
            {"site": "far", "province": "Q", "region": "s"},
        ],
        "facilities": [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}],
        "workloads": [{"workload": "task", "kind": "general"}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 4}],
        **given,
    }
    own = merged({"economy": {"discount_rate": 0}}, tables.pop("settings", {}))
    plan = planned(folder / "model", settings=own, **tables)
    return float(plan["prices"]["price_mcny_per_eflops_year"].item())


@pytest.mark.parametrize("linking", ["strong", "aggregated"])
@pytest.mark.parametrize("penalty", [None, 9])
def test_more_undivided_work_takes_more_of_its_site(
    linking: str, penalty: float | None, tmp_path: Path
) -> None:
    # The site is chosen, and one more EFLOPS of it costs 1 there: no less because it is whole.
    economy = {"unserved_penalty_mcny_per_eflops": penalty}
    price = priced(
        tmp_path,
        settings={"solver": {"linking": linking}, "economy": economy},
        sites=[{"site": "home", "fixed_cost_mcny_per_year": 3}],
        workloads=[{"workload": "task", "kind": "general", "split": False}],
    )
    assert price == pytest.approx(1)


def test_a_reserve_of_the_nation_is_part_of_the_price(tmp_path: Path) -> None:
    # Half as much again stands ready for all demand: 1.5 MW for each EFLOPS.
    own = {"outage": "none", "national_reserve": 0.5}
    features = {"resilience": True}
    price = priced(tmp_path, settings={"features": features, "resilience": own})
    assert price == pytest.approx(1.5)


def test_copies_are_part_of_the_price(tmp_path: Path) -> None:
    # 99.9% with sites of 97% takes two copies, each in a region of its own.
    own = {"outage": "none", "site_availability": 0.97}
    price = priced(
        tmp_path,
        settings={"features": {"resilience": True}, "resilience": own},
        workloads=[{"workload": "task", "kind": "general", "availability": 0.999}],
    )
    assert price == pytest.approx(2)


def test_a_share_that_has_to_stay_at_home_is_part_of_the_price(tmp_path: Path) -> None:
    # Far away a MW costs 0.5, but three quarters stay: 0.75 + 0.25 · 0.5.
    price = priced(
        tmp_path,
        settings={
            "targets": [target("own", "self_sufficiency", "at_least", 0.75, scope="region:r")]
        },
        sites=[
            {"site": "home", "zone": "Z", "province": "P", "region": "r"},
            {"site": "far", "province": "Q", "region": "s", "cost_factor": 0.5},
        ],
    )
    assert price == pytest.approx(0.875)
