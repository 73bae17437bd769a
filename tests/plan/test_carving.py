"""A part of a plan by itself: what it buys, what it sells, at which prices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.errors import FileProblem
from layout.model import PlanningModel, read_model, write_model
from layout.plan import Plan
from layout.plan.carving import carve
from layout.solving import solve
from tests.builders import tiny_model

BOUGHT = "purchased-W-general"


def towns(folder: Path, west_stock: float, **settings: Any) -> Plan:
    """Two provinces, a site each, half of the installed compute usable; IT costs 2 a year.

    Site W serves east at 3 mcny per EFLOPS; what stands costs nothing. Site E holds 2 EFLOPS,
    so 1 in use, and east asks for 1.5, west for 1.2.
    """
    model = tiny_model(
        folder,
        settings={"economy": {"discount_rate": 0.0}, **settings},
        zones=[{"zone": "east", "province": "P1"}, {"zone": "west", "province": "P2"}],
        sites=[
            {"site": "E", "zone": "east", "province": "P1", "name_en": "East"},
            {"site": "W", "zone": "west", "province": "P2", "name_en": "West"},
        ],
        kinds=[
            {
                "kind": "general",
                "precision": "FP32",
                "it_mw_per_eflops": 1,
                "it_capex_mcny_per_eflops": 10,
                "it_life_years": 5,
                "max_utilisation": 0.5,
                "fp32_per_native": 1,
            }
        ],
        stock=[
            {"block": "e", "site": "E", "facility": "hall", "kind": "general", "compute_eflops": 2},
            {
                "block": "w",
                "site": "W",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": west_stock,
            },
        ],
        demand=[
            {"zone": "east", "workload": "task", "demand_eflops": 1.5},
            {"zone": "west", "workload": "task", "demand_eflops": 1.2},
        ],
        links=[{"zone": "east", "site": "W", "transport_mcny_per_eflops_year": 3}],
    )
    return solve(read_model(model))


def again(model: PlanningModel, folder: Path) -> Plan:
    """Written, read back without an error, and solved."""
    write_model(model, folder)
    return solve(read_model(folder))


def test_idle_capacity_is_bought_at_the_cost_of_the_way(tmp_path: Path) -> None:
    """W holds 5, so 2.5 in use: 1.2 at home, 0.5 to east, 0.8 idle; 3 beats 2 / 0.5 = 4 at home.

    Installed, east may buy (0.5 + 0.8) / 0.5 = 2.6, free at the source, 3 with the way: 1.5 in all.
    """
    plan = towns(tmp_path / "whole", west_stock=5)
    assert plan.record["objective_mcny"] == pytest.approx(1.5)
    prices = plan["prices"].set_index("zone")["price_mcny_per_eflops_year"].to_dict()
    assert prices == pytest.approx({"east": 3.0, "west": 0.0})
    part = carve(plan, "province:P1")
    assert list(part["sites"]["site"]) == ["E", BOUGHT]
    assert list(part["zones"]["zone"]) == ["east"]
    stock = part["stock"].set_index("block")
    assert stock.loc[BOUGHT, "compute_eflops"] == pytest.approx(2.6)
    assert "sent 1, idle 1.6" in stock.loc[BOUGHT, "note"]
    assert list(part["links"]["transport_mcny_per_eflops_year"]) == pytest.approx([3.0])
    assert again(part, tmp_path / "part").record["objective_mcny"] == pytest.approx(1.5)


def test_scarce_capacity_is_bought_at_what_it_is_worth(tmp_path: Path) -> None:
    """W holds 3, so 1.5 in use: 1.2 at home, 0.3 to east; 0.2 more is installed in E at 4.

    One more EFLOPS in west takes one from east, where it saves 4 − 3: W is worth 1. East buys its
    0.3 at 1 + 3 = 4 or installs at 4: 0.5 · 4 = 2 in either case.
    """
    plan = towns(tmp_path / "whole", west_stock=3)
    part = carve(plan, "province:P1")
    link = part["links"].iloc[0]
    assert (link["site"], link["workload"]) == (BOUGHT, "task")
    assert link["transport_mcny_per_eflops_year"] == pytest.approx(4.0)
    stock = part["stock"].set_index("block")["compute_eflops"]
    assert stock[BOUGHT] == pytest.approx(0.6)
    assert again(part, tmp_path / "part").record["objective_mcny"] == pytest.approx(2.0)


def test_what_is_served_elsewhere_is_demand(tmp_path: Path) -> None:
    """West sells 0.5 to east; E has nothing to sell."""
    part = carve(towns(tmp_path / "whole", west_stock=5), "province:P2")
    assert list(part["sites"]["site"]) == ["W"]
    asked = part["demand"].set_index("zone")["demand_eflops"]
    assert asked.to_dict() == pytest.approx({"east": 0.5, "west": 1.2})
    assert "0.5 EFLOPS FP32" in part.settings.description.en
    plan = again(part, tmp_path / "part")
    served = plan["service"].set_index("zone")["served_eflops"].to_dict()
    assert served == pytest.approx({"east": 0.5, "west": 1.2})


def test_targets_are_those_that_a_part_can_meet(tmp_path: Path) -> None:
    targets = [
        {"id": "racks", "measure": "rack_utilisation", "sense": "at_least", "value": 0.1},
        {"id": "own", "measure": "capex_mcny", "sense": "at_most", "value": 99},
        {"id": "total", "measure": "compute_eflops_fp32", "sense": "at_least", "value": 1},
    ]
    targets[1]["scope"] = "province:P1"
    part = carve(towns(tmp_path / "whole", 5, targets=targets), "province:P1")
    kept = {target.id: target.scope for target in part.settings.targets}
    assert kept == {"racks": "province:P1", "own": "province:P1"}
    assert "total" in part.settings.description.zh


@pytest.mark.parametrize(
    ("scope", "said"),
    [("province:P9", "no site"), ("site:E", "shares P1")],
)
def test_what_cannot_be_cut_is_refused(tmp_path: Path, scope: str, said: str) -> None:
    plan = towns(tmp_path / "whole", west_stock=5)
    sites = plan.model["sites"]
    sites.loc[sites["site"] == "W", "province"] = "P1" if scope.startswith("site") else "P2"
    with pytest.raises(FileProblem, match=said):
        carve(plan, scope)


def test_a_plan_without_prices_is_refused(tmp_path: Path) -> None:
    plan = towns(tmp_path / "whole", west_stock=5)
    plan.tables["prices"]["price_mcny_per_eflops_year"] = float("nan")
    with pytest.raises(FileProblem, match="no prices"):
        carve(plan, "province:P1")


@pytest.mark.parametrize("scope", ["hub:GZ", "province:440000"])
def test_a_part_of_the_nation_repeats_the_plan(national: Plan, tmp_path: Path, scope: str) -> None:
    """At the plan's own prices and without targets a part has nothing better to do."""
    plan = again(carve(national, scope), tmp_path / "part")
    own = set(plan.model["sites"]["site"]) & set(national.model["sites"]["site"])
    before, after = (
        table[table["site"].isin(own)]["mcny"].sum() for table in (national["cost"], plan["cost"])
    )
    assert after == pytest.approx(before, rel=1e-6)
    columns = ["filled_eflops", "expanded_eflops", "built_eflops"]
    sums = [
        table[table["site"].isin(own)].groupby(["site", "kind"])[columns].sum()
        for table in (national["capacity"], plan["capacity"])
    ]
    assert (sums[0] - sums[1]).abs().to_numpy().max() < 1e-5


@pytest.fixture(scope="module")
def national() -> Plan:
    """The plan of the national model without targets."""
    return solve(read_model("national-2025", scenarios=["no-policy"]), counterfactual=False)
