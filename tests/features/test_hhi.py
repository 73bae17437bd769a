"""Concentration of compute (61b): a cone held by tangents; each answer is worked in a comment."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from layout.checking import verify
from layout.plan import Plan, write_plan
from layout.solving import cones, dive
from tests.builders import merged, target
from tests.checking.edits import cell
from tests.features.rows import added_names, built, compare, planned, problems, written


def world(factors: dict[str, float], limit: float, **fields: Any) -> dict[str, Any]:
    """10 EFLOPS; a site in each province where halls cost so many mcny a MW and year."""
    hall = {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 20}
    return {
        "settings": {
            "economy": {"discount_rate": 0},
            "solver": {"gap": 1e-6, "gap_location": 1e-6},
            "targets": [target("even", "hhi", "at_most", limit, **fields)],
        },
        "zones": [{"zone": "Z"}],
        "sites": [
            {"site": name, "province": name * 2, "region": name[0], "cost_factor": factor}
            for name, factor in factors.items()
        ],
        "facilities": [hall],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 10}],
    }


THREE = {"A": 1.0, "B": 1.5, "C": 2.0}


def compute(plan: Plan) -> list[float]:
    """EFLOPS installed by site, in the order of the sites that hold any."""
    return plan.tables["units"].groupby("site")["compute_eflops"].sum().tolist()


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("hhi") / "model", **world(THREE, 0.5))


def test_a_hard_limit_is_kept_at_least_cost(plan: Plan) -> None:
    # min z_A + 1.5·z_B + 2·z_C, Σz = 10, Σz² ≤ 0.5·100. z = 10/3 + d with |d|² = 50 − 100/3 and d
    # against the cost, along (1, 0, −1)/√2: d = √(50/3)/√2·(1, 0, −1) = 2.886751·(1, 0, −1).
    # Cost 15 − 2.886751; d/dHHI of it is −50/2.886751, 0.173205·… for 0.01: 0.0866025.
    assert compute(plan) == pytest.approx([10 / 3 + 2.886751, 10 / 3, 10 / 3 - 2.886751], abs=1e-3)
    assert plan.status == "optimal"
    assert plan.record["objective_mcny"] == pytest.approx(15 - 2.886751, abs=1e-5)
    row = plan.tables["targets"].iloc[0]
    assert row["achieved"] == pytest.approx(0.5, rel=1e-6)
    assert (row["status"], row["met_by"]) == ("pass", "target")
    assert row["shadow_cost_mcny"] == pytest.approx(0.0866025, rel=1e-3)
    assert plan.record["kpis"]["hhi_provinces"]["value"] == pytest.approx(0.5, rel=1e-6)
    assert plan.record["alike"] == []


@pytest.mark.parametrize("large", [False, True])
def test_sites_are_opened_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    # Each site costs 1 a year when it is open and takes 10 MW. Half of 10² asks for two sites
    # with 5 each: 10 + 2. The relaxation opens three by a third; 0.4 asks for three: 10 + 3.
    # A large model takes its relaxation by interior points and dives from it.
    for module in (cones, dive) if large else ():
        monkeypatch.setattr(module, "LARGE_COLUMNS", 1)
    given = world({"A": 1, "B": 1, "C": 1}, 0.5)
    given["sites"] = [
        {**site, "max_it_mw": 10, "fixed_cost_mcny_per_year": 1} for site in given["sites"]
    ]
    two = planned(tmp_path / "two", **given)
    assert (two.status, two.record["objective_mcny"]) == ("optimal", pytest.approx(12, abs=1e-5))
    assert compute(two) == pytest.approx([5, 5], abs=0.02)
    given["settings"]["targets"][0]["value"] = 0.4
    assert planned(tmp_path / "three", **given).record["objective_mcny"] == pytest.approx(13)


def test_modules_are_as_cheap_as_in_any_combination(tmp_path: Path) -> None:
    # Modules of 4 MW at 4, 6 and 8 a year; HHI ≤ 0.4 with 10 EFLOPS. Every number of modules by
    # site is tried: it will do if 10 EFLOPS can be spread in it with Σz² ≤ 40.
    given = world(THREE, 0.4)
    given["facilities"][0]["module_it_mw"] = 4

    def flattest(room: np.ndarray) -> float:
        """Least Σz² of 10 EFLOPS in these rooms: filled to one level."""
        levels = np.linspace(0, 12, 120_001)
        held = np.minimum(room[:, None], levels[None, :])
        level = levels[np.argmax(held.sum(axis=0) >= 10 - 1e-9)]
        return float((np.minimum(room, level) ** 2).sum())

    combinations = [np.array(c) for c in np.ndindex(4, 4, 4) if sum(c) >= 3]
    good = [c for c in combinations if flattest(4.0 * c) <= 40 + 1e-3]
    least = min(float(c @ np.array([4, 6, 8])) for c in good)
    found = planned(tmp_path / "model", **given)
    assert (found.status, found.record["objective_mcny"]) == ("optimal", pytest.approx(least))


def test_a_soft_limit_is_missed_where_it_costs_too_much(tmp_path: Path) -> None:
    # B costs 6 more an EFLOPS than A. With b at B the shortfall is √((10 − b)² + b²) − √0.5·10 and
    # falls by (10 − 2b)/√(…) for each EFLOPS: 6/√68 at b = 2, so that a price of √68 stops there.
    price = sqrt(68)
    given = world({"A": 1, "B": 7}, 0.5, mode="soft", penalty=price)
    plan = planned(tmp_path / "model", **given)
    assert compute(plan) == pytest.approx([8, 2], abs=0.01)
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([0.68], abs=1e-3)
    entry = plan.record["targets"][0]
    assert entry["shortfall"] == pytest.approx(sqrt(68) - sqrt(50), abs=1e-2)
    assert plan.record["cost_breakdown_mcny"]["penalty"] == pytest.approx(
        price * entry["shortfall"], rel=1e-6
    )
    assert plan.record["objective_mcny"] == pytest.approx(8 + 14 + 68 - sqrt(3400), rel=1e-6)


def test_regions_and_kinds_are_compared_where_asked(tmp_path: Path) -> None:
    # A1 and A2 are one region: half of the compute there, half at B; provinces may differ.
    given = world({"A1": 1, "A2": 2, "B": 3}, 0.5, basis="region", kind="general")
    plan = planned(tmp_path / "model", **given)
    assert compute(plan) == pytest.approx([5, 5], abs=0.02)
    assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([0.5], rel=1e-6)


def test_each_period_has_its_cone(tmp_path: Path) -> None:
    # 10 EFLOPS in 2025 and 2 more in 2027, at A, B and C for 1, 1.5 and 2: what was spread in
    # 2025 stands, and 2027 is spread too.
    given = world(THREE, 0.5, year=None)
    given["settings"]["periods"] = [2025, 2027]
    given["demand"] = [
        {"zone": "Z", "workload": "task", "year": year, "demand_eflops": eflops}
        for year, eflops in ((2025, 10), (2027, 12))
    ]
    for foresight in ("perfect", "myopic"):
        given["settings"]["foresight"] = foresight
        plan = planned(tmp_path / foresight, **given)
        assert plan.status == "optimal"
        assert plan.tables["targets"]["achieved"].tolist() == pytest.approx([0.5, 0.5], rel=1e-6)


def test_an_impossible_limit_is_explained_with_true_costs(tmp_path: Path) -> None:
    # Three provinces are never below 1/3. Evenly spread, 10 EFLOPS cost 15.
    plan = planned(tmp_path / "model", **world(THREE, 0.3))
    assert (plan.status, plan.explanation is None) == ("infeasible", False)
    assert plan.explanation is not None
    way = plan.explanation["ways_out"][0]
    assert way["change"].startswith("target even: 0.3 → 0.33333")
    assert way["verified"] and way["cost_mcny"] == pytest.approx(15, abs=0.05)


def test_rows_and_what_is_absent_without_a_row(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world(THREE, 0.5))
    names = ["place_even", "axis_even", "diagonal_even", "parts_even", "target"]
    compare("hhi", written(on, names, []))
    free = world(THREE, 0.5, mode="report")
    assert added_names(on, built(tmp_path / "off", **free)) == (
        {"level_even", "share_even", "length_even"},
        {"place_even", "axis_even", "diagonal_even", "parts_even"},
    )
    plan = planned(tmp_path / "report", **free)
    assert compute(plan) == pytest.approx([10])
    assert plan.tables["targets"]["status"].tolist() == ["fail"]


def test_a_tighter_limit_never_costs_less(tmp_path: Path) -> None:
    costs = [
        planned(tmp_path / str(limit), **world(THREE, limit)).record["objective_mcny"]
        for limit in (1, 0.6, 0.4)
    ]
    assert costs == sorted(costs) and costs[0] == pytest.approx(10)


def test_a_missed_limit_is_found_out(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan")
    broken = copytree(tmp_path / "plan", tmp_path / "broken")
    cell("units", {"unit": "A+hall"}, compute_eflops=6.3)(broken)
    assert "hard_target" in {failure.code for failure in verify(broken).failures}


def test_mistakes_are_named(tmp_path: Path) -> None:
    given = world(THREE, 0.5)
    given["settings"]["targets"][0]["sense"] = "at_least"
    assert [p.code for p in problems(tmp_path / "sense", **given)] == ["target_sense"]
    given = world(THREE, 0.5, basis="zone")
    assert [p.code for p in problems(tmp_path / "basis", **given)] == ["target_basis"]
    given = world(THREE, 0.0)
    assert [p.code for p in problems(tmp_path / "value", **given)] == ["target_value"]
    bare = merged(world(THREE, 0.5, basis="region"), {})
    bare["sites"] = [{"site": "A", "lat": 15, "lon": 115}]
    assert [p.code for p in problems(tmp_path / "place", **bare)] == ["place_needed"]
