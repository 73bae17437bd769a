"""Sites without a limit: when the row between their opening and their space is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import layout
from layout.formulation import build
from layout.formulation.space import ceiling_mw
from layout.model import read_model
from tests.builders import KINDS, SITES, target, tiny_model

FIXED = 7.0


def world(folder: Path, **settings: Any) -> Path:
    """1 EFLOPS of demand in the east and in the west; opening either site costs 7 mcny a year."""
    sites = [{**site, "fixed_cost_mcny_per_year": FIXED} for site in SITES]
    return tiny_model(folder, settings=settings, sites=sites)


def limits(folder: Path, *sets: str) -> int:
    return len(build(read_model(folder, sets=sets)).constraints["site_limit"].index)


def test_no_row_where_capacity_only_serves(tmp_path: Path) -> None:
    folder = world(tmp_path / "m", targets=[target("p", "site_count", "at_most", 1)])
    assert limits(folder) == 0
    plan = layout.solve(folder, counterfactual=False)
    assert plan.status == "optimal" and plan.record["verification"]["passed"]
    assert plan.record["cost_breakdown_mcny"]["site_fixed"] == pytest.approx(FIXED)


@pytest.mark.parametrize(
    "sets", [("solver.linking=aggregated",), ("objective=carbon",), ("features.balance=true",)]
)
def test_the_row_stands_where_something_else_may_ask_for_capacity(
    tmp_path: Path, sets: tuple[str, ...]
) -> None:
    assert limits(world(tmp_path / "m"), *sets) == 2


def test_capacity_for_a_target_alone_is_not_put_into_closed_sites(tmp_path: Path) -> None:
    """Three EFLOPS are asked for and two are served: the third needs an open site as well."""
    shares = [
        target(site, "region_share", "at_least", 0.4, scope=f"site:{site}") for site in ("E", "W")
    ]
    for name, aims in (("total", []), ("both", shares)):
        more = target("total", "compute_eflops_fp32", "at_least", 3)
        folder = world(tmp_path / name, targets=[more, *aims])
        assert limits(folder) == 2
        plan = layout.solve(folder, counterfactual=False)
        assert plan.status == "optimal" and plan.record["verification"]["passed"]
        opened = FIXED * max(1, len(aims))
        assert plan.record["cost_breakdown_mcny"]["site_fixed"] == pytest.approx(opened)


def test_studies_that_force_capacity_pay_for_the_sites_that_hold_it(tmp_path: Path) -> None:
    """Halls at the other site have to open it; cheaper ones there do not grow without end."""
    halls = [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10, "module_it_mw": 1}]
    sites = [
        {**site, "fixed_cost_mcny_per_year": cost}
        for site, cost in zip(SITES, (100, 150), strict=True)
    ]
    folder = tiny_model(tmp_path / "m", sites=sites, facilities=halls)
    assert limits(folder) == 0
    found = layout.alternatives(folder, 0.9, count=4)
    assert found.plans[1].cost_mcny - found.plans[0].cost_mcny == pytest.approx(50)
    plan = layout.solve(folder, counterfactual=False)
    explained = layout.explain(plan, site="W").record["sites"][0]["into"]
    assert explained["rise_mcny"] == pytest.approx(50) and explained["capital"]["fall"] > 1


STORE = {"core_share": 0.5, "copies": 2, "disk_mw_per_eb": 0.5, "ssd_mw_per_eb": 0.25}
HALL = {"facility": "hall", "kinds": "general"}
NEEDS: dict[str, tuple[float, dict[str, Any]]] = {
    # 2 EFLOPS of 1 MW; with a utilisation of one half they take twice as much
    "demand": (2, {}),
    "busy": (4, {"kinds": [{**KINDS[0], "max_utilisation": 0.5}]}),
    # half a MW for each native EFLOPS, which is one of FP32 too
    "total": (
        1 + 50,
        {
            "kinds": [{**KINDS[0], "it_mw_per_eflops": 0.5}],
            "settings": {"targets": [target("t", "compute_eflops_fp32", "at_least", 100)]},
        },
    ),
    "native": (
        2 + 100,
        {"settings": {"targets": [target("t", "compute_eflops", "at_least", 100, kind="general")]}},
    ),
    "committed": (
        2 + 30 + 7,
        {
            "commitments": [
                {"site": "E", "kind": "general", "year": 2025, "min_eflops": 30},
                {"site": "W", "kind": "general", "year": 2025, "min_it_mw": 7},
            ]
        },
    ),
    "modules": (
        2 + 3 + 5,
        {"facilities": [{**HALL, "facility": f"of-{mw}", "module_it_mw": mw} for mw in (3, 5)]},
    ),
    "least": (2 + 6, {"sites": [{"site": "E", "min_it_mw": 6}, {"site": "W"}]}),
    "halls": (2 + 9, {"hall_limits": [{"scope": "site:E", "min_it_mw": 9}]}),
    "floor": (
        2 + 20,
        {
            "settings": {"features": {"balance": True}},
            "sites": [{"site": "E", "province": "P"}],
            "floors": [{"province": "P", "kind": "general", "min_eflops": 20}],
        },
    ),
    # 2 EFLOPS hold 4 EB, the copies of one half as much again twice over, 10 EB are asked for
    "storage": (
        2 + (4 * 2 + 10) * 0.5,
        {
            "sites": [{"site": name, "region": name} for name in "EWN"],
            "kinds": [{**KINDS[0], "storage_eb_per_eflops": 2}],
            "settings": {
                "features": {"storage": True},
                "storage": STORE,
                "targets": [
                    target("s", "storage_eb", "at_least", 10),
                    target("most", "storage_eb", "at_most", 99),
                ],
            },
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", NEEDS)
def test_the_bound_on_space_is_four_times_what_anything_may_need(what: str, tmp_path: Path) -> None:
    mw, given = NEEDS[what]
    found = build(read_model(tiny_model(tmp_path / "m", **given)))
    assert ceiling_mw(found.case) == pytest.approx(4 * mw + 1)
