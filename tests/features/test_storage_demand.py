"""Data that zones have kept (49): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layout.checking import verify
from layout.cli.screen.limits import limit_lines
from layout.model import read_model
from layout.model.supplies import data_of
from layout.names import Names
from layout.plan import Plan, write_plan
from layout.plan.carving import carve
from layout.solving import solve
from layout.solving.coarse import coarse
from tests.builders import merged, tiny_model
from tests.checking.edits import Edit, added, both, cell, codes_after
from tests.features.rows import added_names, built, planned, problems

OWN = {"disk_mcny_per_eb": 100, "ssd_mcny_per_eb": 500, "life_years": 5, "opex_share": 0.1}
LOCAL = {"zone": "V", "residency": "province", "year": 2025, "stored_eb": 3}
ANYWHERE = {"zone": "Z", "year": 2025, "stored_eb": 4}


def world(*data: dict[str, Any], **storage: Any) -> dict[str, Any]:
    """Two zones, a site in the province of each; 5 EB stand at E. Compute needs no storage."""
    return {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"storage": True},
            "storage": {**OWN, **storage},
        },
        "zones": [
            {"zone": "V", "province": "Q", "region": "west"},
            {"zone": "Z", "province": "P", "region": "east"},
        ],
        "sites": [
            {"site": "E", "region": "east", "province": "P"},
            {"site": "W", "region": "west", "province": "Q"},
        ],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        "storage": [{"site": "E", "disk_eb": 4, "ssd_eb": 1}],
        "storage_demand": list(data),
    }


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("data") / "model", **world(LOCAL, ANYWHERE))


def where(plan: Plan, year: int = 2025) -> dict[tuple[str, str], float]:
    table = plan.tables["kept"]
    table = table[table["year"] == year]
    return dict(zip(zip(table["scope"], table["site"], strict=True), table["kept_eb"], strict=True))


def test_local_data_are_kept_at_home_and_others_where_it_is_cheapest(plan: Plan) -> None:
    # The 3 EB of V stay in Q: W adds 3 disk, an annuity of 20 and upkeep of 10 each, 90. The
    # 4 EB of Z may go anywhere: E has 5 EB, whose upkeep of 4·10 + 1·50 = 90 is paid anyway.
    assert where(plan) == pytest.approx({("nation", "E"): 4, ("province:Q", "W"): 3})
    stored = plan.tables["storage"].set_index("site")
    assert stored["kept_eb"].to_dict() == pytest.approx({"E": 4, "W": 3})
    assert stored["needed_eb"].tolist() == [0, 0]
    assert stored["added_disk_eb"].to_dict() == pytest.approx({"E": 0, "W": 3})
    assert plan.record["cost_breakdown_mcny"]["storage"] == pytest.approx(90 + 90)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["storage_kept_eb"] == pytest.approx(7)
    assert figures["force_ratio_storage"] == pytest.approx(8 / 7)


def test_one_more_eb_at_home_costs_what_a_disk_does(plan: Plan) -> None:
    # 4 of the 5 EB at E are used: only the data of Q have a price, annuity and upkeep of a disk.
    (bound,) = plan.record["binding"]
    assert (bound["id"], bound["place"]) == ("storage_demand[province:Q,2025]", "province:Q")
    assert (bound["value"], bound["shadow_cost_mcny"]) == pytest.approx((3, 30))
    said = " ".join(" ".join(limit_lines([bound], Names(plan.model, "en"))).split())
    assert said.endswith("data to be kept (EB), in 1: V 3.00, one less saves 30.0 mcny/year")


def test_without_the_rule_standing_storage_is_filled_first(tmp_path: Path) -> None:
    # All 7 EB may stand anywhere, 5 stand: 2 are added, 60 + 90. Staying at home costs 30.
    free = {**LOCAL, "residency": "nation"}
    plan = planned(tmp_path / "m", **world(free, ANYWHERE))
    assert plan.record["cost_breakdown_mcny"]["storage"] == pytest.approx(60 + 90)


def test_data_add_to_what_compute_needs_and_their_core_is_copied(tmp_path: Path) -> None:
    # 2 EFLOPS need 10 EB at E, where power is free. With the data 14 EB in the east and 3 in the
    # west. A fifth is core: 2.8 EB of it go west, 0.6 east. E holds 14.6 EB, W 5.8.
    given = world(LOCAL, {**ANYWHERE, "residency": "region"}, core_share=0.2)
    given["kinds"] = [
        {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "storage_eb_per_eflops": 5}
    ]
    given["power"] = [
        {"province": "P", "price_cny_per_kwh": 0},
        {"province": "Q", "price_cny_per_kwh": 1},
    ]
    plan = planned(tmp_path / "m", **given)
    assert where(plan) == pytest.approx({("region:east", "E"): 4, ("province:Q", "W"): 3})
    stored = plan.tables["storage"].set_index("site")
    assert stored["backup_eb"].to_dict() == pytest.approx({"E": 0.6, "W": 2.8})
    assert (stored["disk_eb"] + stored["ssd_eb"]).to_dict() == pytest.approx({"E": 14.6, "W": 5.8})


def test_data_grow_along_a_pathway_until_a_later_row(tmp_path: Path) -> None:
    # 10 EB in 2024 and 30% more a year: 13 in 2025, 16.9 in 2026, 28.561 in 2028. V has 2 EB from
    # 2026 on, and 1 from 2027. Nothing is taken down: 18.9 EB stand in 2026.
    years = (2025, 2026, 2028)
    given = world(
        {"zone": "Z", "year": 2024, "stored_eb": 10, "growth_per_year": 0.3},
        {"zone": "V", "year": 2026, "stored_eb": 2},
        {"zone": "V", "year": 2027, "stored_eb": 1},
    )
    given["settings"]["periods"] = list(years)
    given["demand"] = [
        {"zone": "Z", "workload": "task", "year": year, "demand_eflops": 2} for year in years
    ]
    plan = planned(tmp_path / "m", **given)
    stored = plan.tables["storage"].groupby("year")[["kept_eb", "disk_eb", "ssd_eb"]].sum()
    assert stored["kept_eb"].to_dict() == pytest.approx({2025: 13, 2026: 18.9, 2028: 29.561})
    total = stored["disk_eb"] + stored["ssd_eb"]
    assert total.to_dict() == pytest.approx({2025: 13, 2026: 18.9, 2028: 29.561})
    assert verify(plan).passed


@pytest.mark.parametrize(("column", "values"), [
    ("stored_eb", [0, 6, 9]), ("growth_per_year", [0, 0.3, 1]),
])  # fmt: skip
def test_more_data_never_cost_less(tmp_path: Path, column: str, values: list[float]) -> None:
    row = {"zone": "Z", "residency": "region", "year": 2023, "stored_eb": 5}
    costs = [
        planned(tmp_path / str(value), **world(LOCAL, {**row, column: value})).record[
            "objective_mcny"
        ]
        for value in values
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


def test_against_every_way_to_keep_data_in_whole_eb(tmp_path: Path) -> None:
    """Storage that draws power, in halls that are cheap at E and dear at W."""
    # Compute draws 2 MW, each EB 0.5. A MW of halls costs 10/20 a year, twice that at W; E has
    # room for 3 MW, W for 4. Data: 1 EB of P, 2 of Q, 4 of all.
    given = world(
        {"zone": "Z", "residency": "province", "year": 2025, "stored_eb": 1},
        {**LOCAL, "stored_eb": 2},
        {"zone": "Z", "year": 2025, "stored_eb": 4},
        disk_mw_per_eb=0.5,
        ssd_mw_per_eb=0.5,
    )
    del given["storage"]
    given["facilities"] = [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10}]
    given["sites"] = [
        {"site": "E", "region": "east", "province": "P", "max_it_mw": 3},
        {"site": "W", "region": "west", "province": "Q", "max_it_mw": 4, "cost_factor": 2},
    ]
    plan = planned(tmp_path / "m", **given)
    best = min(
        (compute + 0.5 * east) * 0.5 + (2 - compute + 0.5 * (7 - east)) * 1.0 + 7 * 30
        for compute in (0, 0.5, 1, 1.5, 2)
        for east in range(1, 6)
        if compute + 0.5 * east <= 3 and 2 - compute + 0.5 * (7 - east) <= 4
    )
    assert plan.record["objective_mcny"] == pytest.approx(best)


def test_data_without_room_are_named_with_what_is_short(tmp_path: Path) -> None:
    # 10 EB draw 5 MW, and W has room for 2: 4 EB. 6 are short.
    given = world({**LOCAL, "stored_eb": 10}, disk_mw_per_eb=0.5, ssd_mw_per_eb=0.5)
    given["sites"][1]["max_it_mw"] = 2
    plan = planned(tmp_path / "m", **given)
    assert plan.explanation is not None
    conflict = {(one["type"], one["place"], one["value"]) for one in plan.explanation["conflict"]}
    assert conflict == {("storage_demand", "province:Q", 10.0), ("site_limit", "W", 2.0)}
    way = next(way for way in plan.explanation["ways_out"] if "storage" in way["items"][0])
    assert way["change"] == "6 EB of the data of V not kept"
    assert way["sets"] == ["storage_demand[zone=V,residency=province,year=2025].stored_eb=4"]
    again = solve(read_model(tmp_path / "m", sets=way["sets"]), counterfactual=False)
    assert again.status == "optimal"


BREAKS: list[tuple[str, Edit]] = [
    ("storage_demand",
     both(cell("kept", {"site": "W"}, kept_eb=2), cell("storage", {"site": "W"}, kept_eb=2))),
    ("storage_demand", added("kept", scope="region:west", site="W", year=2025, kept_eb=1)),
    ("kept_outside", cell("kept", {"site": "W"}, site="E")),
    ("kept_outside", cell("kept", {"site": "W"}, scope="province:P")),
    ("kept_outside", cell("kept", {"site": "W"}, scope="group:Q")),
    ("kept_sum", cell("storage", {"site": "W"}, kept_eb=2)),
    ("storage_need", cell("storage", {"site": "W"}, disk_eb=2, added_disk_eb=2)),
    ("negative", cell("kept", {"site": "E"}, kept_eb=-4)),
    ("unknown_key", cell("kept", {"site": "E"}, site="X")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(plan: Plan, tmp_path: Path, code: str, edit: Edit) -> None:
    assert code in codes_after(plan, tmp_path, edit)


def test_a_plan_from_before_there_were_data_is_read(tmp_path: Path) -> None:
    given = world()
    del given["storage_demand"]
    given["kinds"] = [{"kind": "general", "precision": "FP32", "storage_eb_per_eflops": 1}]
    write_plan(planned(tmp_path / "m", **given), tmp_path / "plan")
    file = tmp_path / "plan" / "storage.csv"
    lines = [line.rpartition(",") for line in file.read_text("utf-8").splitlines()]
    assert {last for _, _, last in lines} == {"kept_eb", "0.0"}
    file.write_text("".join(f"{rest}\n" for rest, _, _ in lines), "utf-8")
    found = verify(tmp_path / "plan")  # the hash of the file alone tells
    assert {failure.code for failure in found.failures} == {"table_file"}


def test_data_that_find_no_site_at_home_are_named(tmp_path: Path) -> None:
    given = world(LOCAL, {**LOCAL, "residency": "region"})
    given["sites"].pop()
    found = problems(tmp_path / "none", **given)
    said = [(p.code, p.file, p.row) for p in found]
    assert said == [("data_nowhere", "storage_demand.csv", row) for row in (2, 3)]
    given = world({**LOCAL, "zone": "U"})
    given["zones"].append({"zone": "U"})
    assert [p.code for p in problems(tmp_path / "blank", **given)] == ["data_nowhere"]
    given["sites"][0]["zone"] = "U"  # in a zone of no province
    assert [p.code for p in problems(tmp_path / "inside", **given)] == ["data_nowhere"]
    given["settings"]["features"]["storage"] = False
    assert problems(tmp_path / "off", **given) == []


def test_a_site_without_a_province_lies_in_that_of_its_zone(tmp_path: Path) -> None:
    given = world(LOCAL)
    given["sites"][1] = {"site": "W", "zone": "V"}
    plan = planned(tmp_path / "m", **given)
    assert where(plan) == pytest.approx({("province:Q", "W"): 3})
    assert verify(plan).passed


def test_off_is_absent(tmp_path: Path) -> None:
    without = world(LOCAL)
    del without["storage_demand"]
    without["kinds"] = [{"kind": "general", "precision": "FP32", "storage_eb_per_eflops": 0}]
    bare = built(tmp_path / "bare", **without)
    data = built(tmp_path / "data", **world(LOCAL))
    assert added_names(data, bare) == ({"kept"}, {"storage_demand"})
    off = merged(world(LOCAL), {"settings": {"features": {"storage": False}}})
    plan = planned(tmp_path / "off", **off)
    assert plan.tables["kept"].empty and "storage_kept_eb" not in plan.record["kpis"]


def test_a_part_keeps_the_data_of_its_own_zones(plan: Plan, tmp_path: Path) -> None:
    part = carve(plan, "province:P")
    assert part["storage_demand"]["zone"].tolist() == ["Z"]
    found = solve(part, counterfactual=False)
    assert found.tables["storage"]["kept_eb"].sum() == pytest.approx(4)


def test_neighbourhoods_leave_the_data_where_they_are(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "m", **world(LOCAL, ANYWHERE)))
    rough = coarse(model, 2).model
    for one, other in zip(data_of(model, 2025), data_of(rough, 2025), strict=True):
        assert (one.scope, one.stored_eb) == (other.scope, other.stored_eb)
        assert np.array_equal(one.sites, other.sites)
