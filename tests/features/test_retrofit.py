"""The PUE of retrofitted space (39): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders import merged, target
from tests.features.rows import planned


def world() -> dict[str, Any]:
    """10 MW of old halls (PUE 2), full; a fleet of 1.8 is asked for. Two ways to retrofit."""
    hall = {"kinds": "general", "life_years": 20}
    return {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"retrofit": True, "expand": False},
            "targets": [
                target("fleet", "pue_fleet", "at_most", 1.8),
                target("turned", "pue_retrofit", "at_most", 1.4),
            ],
        },
        "zones": [{"zone": "Z"}],
        "sites": [{"site": "A"}],
        "facilities": [
            {"facility": "old", **hall},
            {"facility": "fair", "retrofit_capex_mcny_per_mw": 20, **hall},
            {"facility": "good", "retrofit_capex_mcny_per_mw": 60, **hall},
        ],
        "pue": [
            {"site": "A", "facility": name, "pue": pue}
            for name, pue in (("old", 2.0), ("fair", 1.6), ("good", 1.2))
        ],
        "stock": [{"block": "b", "site": "A", "facility": "old", "kind": "general",
                   "compute_eflops": 10, "facility_it_mw": 10, "age_years": 1}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 10}],
    }  # fmt: skip


def test_the_pue_of_retrofits_is_weighted_by_their_space(tmp_path: Path) -> None:
    # 0.4·fair + 0.8·good = 10·0.2 = 2 MW lowers the fleet to 1.8. fair costs 1 a MW and year, good
    # 3: fair alone, 5 MW, would do at 1.6. For 1.4 as many MW of each: 5/3, at 5/3·(1 + 3).
    plan = planned(tmp_path / "model", **world())
    assert plan.record["cost_breakdown_mcny"]["facility_capital"] == pytest.approx(20 / 3)
    targets = plan.tables["targets"].set_index("target")
    assert targets["achieved"].to_dict() == pytest.approx({"fleet": 1.8, "turned": 1.4})
    assert targets["base_year_value"].isna()["turned"]
    assert plan.record["targets"][1]["shadow_cost_mcny"] > 0


def test_a_retrofit_is_as_dear_as_building_at_its_site(tmp_path: Path) -> None:
    # As above, at twice the price; rebuilt halls pay the price of a MW by age as all others do.
    given = merged(world(), {"sites": [{"site": "A", "cost_factor": 2}]})
    plan = planned(tmp_path / "model", **given)
    assert plan.record["cost_breakdown_mcny"]["facility_capital"] == pytest.approx(40 / 3)


def test_what_stands_costs_nothing_more_where_its_type_of_hall_is_one_to_rebuild_to(
    tmp_path: Path,
) -> None:
    stock = [{"block": "b", "site": "A", "facility": "fair", "kind": "general",
              "compute_eflops": 10, "facility_it_mw": 10, "age_years": 1}]  # fmt: skip
    given = merged(world(), {"stock": stock, "settings": {"targets": []}})
    given["settings"]["targets"] = []
    plan = planned(tmp_path / "model", **given)
    assert plan.record["cost_breakdown_mcny"].get("facility_capital", 0) == 0


def test_it_says_nothing_where_nothing_is_retrofitted(tmp_path: Path) -> None:
    given = world()
    given["settings"]["targets"] = given["settings"]["targets"][1:]
    plan = planned(tmp_path / "none", **given)
    assert plan.tables["targets"]["status"].tolist() == ["not_applicable"]
    off = merged(given, {"settings": {"features": {"retrofit": False}}})
    assert planned(tmp_path / "off", **off).record["targets"][0]["reason"] == "feature_off"
