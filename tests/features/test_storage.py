"""Storage (49)–(51): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.plan import Plan, new_plan
from tests.builders import merged, target
from tests.checking.edits import Edit, added, both, cell, codes_after
from tests.features.rows import added_names, built, compare, planned, problems, written

COMPUTE = {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1}
KINDS = [{**COMPUTE, "storage_eb_per_eflops": 5}]
OWN = {"disk_mcny_per_eb": 100, "ssd_mcny_per_eb": 500, "life_years": 5, "opex_share": 0.1}


def world(**storage: Any) -> dict[str, Any]:
    """Demand of 2 EFLOPS; W in the west pays 1 CNY/kWh, E in the east nothing and has storage."""
    return {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"storage": True},
            "storage": {**OWN, **storage},
        },
        "zones": [{"zone": "Z"}],
        "sites": [
            {"site": "E", "region": "east", "province": "P"},
            {"site": "W", "region": "west", "province": "Q"},
        ],
        "kinds": KINDS,
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 2}],
        "power": [
            {"province": "P", "price_cny_per_kwh": 0},
            {"province": "Q", "price_cny_per_kwh": 1},
        ],
        "storage": [{"site": "E", "disk_eb": 4, "ssd_eb": 1}],
    }


FULL = {"min_ssd_share": 0.3, "core_share": 0.2}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("storage") / "model", **world(**FULL))


def by_site(plan: Plan, column: str) -> dict[str, float]:
    table = plan.tables["storage"]
    return dict(zip(table["site"], table[column], strict=True))


def test_storage_follows_compute_and_core_data_are_copied_elsewhere(plan: Plan) -> None:
    # Both EFLOPS run at E and need 10 EB there; 4 + 1 stand. A fifth of it, 2 EB, is core and is
    # copied to the west. 30% solid state: 3 of 10 at E, 0.6 of 2 at W.
    # Added: E 3 disk, 2 ssd; W 1.4 disk, 0.6 ssd. Annuity over 5 years: 4.4·20 + 2.6·100 = 348.
    # Upkeep of a tenth on all that stands: 8.4·10 + 3.6·50 = 264.
    assert by_site(plan, "needed_eb") == pytest.approx({"E": 10, "W": 0})
    assert by_site(plan, "backup_eb") == pytest.approx({"E": 0, "W": 2})
    assert by_site(plan, "added_disk_eb") == pytest.approx({"E": 3, "W": 1.4})
    assert by_site(plan, "added_ssd_eb") == pytest.approx({"E": 2, "W": 0.6})
    copies = plan.tables["backup"]
    assert copies[["region", "site", "backup_eb"]].values.tolist() == [["east", "W", 2.0]]
    assert plan.record["cost_breakdown_mcny"]["storage"] == pytest.approx(348 + 264)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["storage_eb"] == pytest.approx(12)
    assert figures["ssd_share"] == pytest.approx(0.3)
    assert figures["storage_needed_eb"] == pytest.approx(10)
    assert figures["storage_backup_eb"] == pytest.approx(2)
    assert figures["storage_tb_per_tflops_fp32"] == pytest.approx(6)
    assert figures["capex_mcny"] == pytest.approx(4.4 * 100 + 2.6 * 500)


def test_two_copies_stand_in_two_regions(tmp_path: Path) -> None:
    # Compute fits at E alone. Core data 2 EB of the east, two copies: the storage that stands at
    # W cannot take both, 2 EB go to the west and 2 EB to the north.
    given = world(core_share=0.2, copies=2)
    given["sites"][1]["max_it_mw"] = 0
    given["sites"].append({"site": "N", "region": "north", "province": "Q", "max_it_mw": 0})
    given["storage"] = [{"site": "W", "disk_eb": 100}]
    plan = planned(tmp_path / "model", **given)
    assert by_site(plan, "backup_eb") == pytest.approx({"E": 0, "N": 2, "W": 2})


def test_targets_on_storage_are_met_by_adding_it(tmp_path: Path) -> None:
    # 10 EB are needed; the target asks for 20, half of it solid state: 16 disk and ssd are
    # added beside the 4 + 1 that stand: ssd 9, disk 6. 6·(20 + 10) + 9·(100 + 50) + upkeep of
    # what stood, 4·10 + 1·50.
    given = world()
    given["settings"]["targets"] = [
        target("total", "storage_eb", "at_least", 20),
        target("advanced", "ssd_share", "at_least", 0.5),
    ]
    plan = planned(tmp_path / "model", **given)
    table = plan.tables["storage"]
    assert table[["added_disk_eb", "added_ssd_eb"]].sum().tolist() == pytest.approx([6, 9])
    assert plan.record["cost_breakdown_mcny"]["storage"] == pytest.approx(180 + 1350 + 90)
    targets = plan.tables["targets"].set_index("target")
    assert targets["achieved"].to_dict() == pytest.approx({"total": 20, "advanced": 0.5})
    assert targets["base_year_value"].to_dict() == pytest.approx({"total": 5, "advanced": 0.2})


def test_storage_draws_power_and_stands_in_halls(tmp_path: Path) -> None:
    # 1 EFLOPS draws 1 MW and needs 4 EB of disk at 0.5 MW: 3 MW of halls at 10/20 a MW = 1.5.
    # Energy (1 + 2·1.2)·8.76 = 29.784 GWh; the PUE of the hall is 1, that of storage 1.2.
    plan = planned(
        tmp_path / "model",
        settings={
            "economy": {"discount_rate": 0},
            "features": {"storage": True},
            "storage": {**OWN, "disk_mw_per_eb": 0.5, "ssd_mw_per_eb": 0.5, "pue": 1.2},
        },
        zones=[{"zone": "Z"}],
        sites=[{"site": "E"}],
        kinds=[{**COMPUTE, "storage_eb_per_eflops": 4}],
        facilities=[{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10}],
    )
    assert plan.record["cost_breakdown_mcny"]["facility_capital"] == pytest.approx(1.5)
    assert plan.tables["energy"]["facility_gwh"].sum() == pytest.approx(29.784)
    assert plan.tables["energy"]["it_gwh"].sum() == pytest.approx(8.76)


def test_storage_counts_at_the_grid_connection(tmp_path: Path) -> None:
    # 1 EFLOPS draws 1 MW and its 4 EB 4·0.5·1.2 = 2.4 MW: 3.4 MW. Of a connection of 1.7 MW half
    # an EFLOPS is left; the other half stays unserved.
    plan = planned(
        tmp_path / "model",
        settings={
            "economy": {"discount_rate": 0, "unserved_penalty_mcny_per_eflops": 5000},
            "features": {"storage": True},
            "storage": {**OWN, "disk_mw_per_eb": 0.5, "ssd_mw_per_eb": 0.5, "pue": 1.2},
        },
        zones=[{"zone": "Z"}],
        sites=[{"site": "E", "grid_headroom_mw": 1.7}],
        kinds=[{**COMPUTE, "storage_eb_per_eflops": 4}],
    )
    assert plan.tables["unserved"]["unserved_eflops"].tolist() == pytest.approx([0.5])
    more = plan.tables["storage"].assign(disk_eb=4.0, added_disk_eb=4.0)
    broken = new_plan(plan.record, plan.model, {**plan.tables, "storage": more})
    assert "site_headroom" in {failure.code for failure in verify(broken).failures}


def test_storage_is_replaced_at_the_end_of_its_life(tmp_path: Path) -> None:
    # 1 EFLOPS, 5 EB, life 5: what is added in 2025 stands in 2028 and has gone by 2031.
    plan = planned(
        tmp_path / "model",
        settings={
            "economy": {"discount_rate": 0},
            "features": {"storage": True},
            "periods": [2025, 2028, 2031],
            "storage": OWN,
        },
        zones=[{"zone": "Z"}],
        sites=[{"site": "E"}],
        kinds=KINDS,
        demand=[
            {"zone": "Z", "workload": "task", "year": year, "demand_eflops": 1}
            for year in (2025, 2028, 2031)
        ],
    )
    table = plan.tables["storage"].set_index("year")
    assert table["added_disk_eb"].to_dict() == pytest.approx({2025: 5, 2028: 0, 2031: 5})
    assert table["disk_eb"].to_dict() == pytest.approx({2025: 5, 2028: 5, 2031: 5})
    # each year pays 5·20 + 5·10 = 150 and each stands for 3 years
    assert plan.record["cost_breakdown_mcny"]["storage"] == pytest.approx(150 * 9)
    assert verify(plan).passed


def test_rows(tmp_path: Path) -> None:
    given = world(**FULL, copies=2, disk_mw_per_eb=0.5)
    given["sites"].append({"site": "N", "region": "north", "province": "Q"})
    given["zones"] = [{"zone": "Z", "province": "P", "region": "east"}]
    given["storage_demand"] = [
        {"zone": "Z", "residency": "province", "year": 2025, "stored_eb": 3},
        {"zone": "Z", "year": 2023, "stored_eb": 10, "growth_per_year": 0.3},
    ]
    names = ["storage_need", "storage_demand", "storage_space", "storage_ssd"]
    names += ["backup_copies", "backup_apart"]
    compare("storage", written(built(tmp_path / "model", **given), names, ["storage"]))


def test_off_is_absent(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world(**FULL))
    off = built(
        tmp_path / "off", **merged(world(**FULL), {"settings": {"features": {"storage": False}}})
    )
    assert added_names(on, off) == (
        {"disk", "ssd", "backup"},
        {"storage_need", "storage_ssd", "backup_copies"},
    )
    assert "storage" not in off.costs


@pytest.mark.parametrize(("key", "values"), [
    ("core_share", [0, 0.2, 0.7]),
    ("min_ssd_share", [0, 0.3, 0.6]),
])  # fmt: skip
def test_asking_for_more_never_costs_less(tmp_path: Path, key: str, values: list[float]) -> None:
    costs = [
        planned(tmp_path / str(value), **world(**{key: value})).record["objective_mcny"]
        for value in values
    ]
    assert costs == sorted(costs) and costs[0] < costs[-1]


BREAKS: list[tuple[str, Edit]] = [
    ("storage_standing", cell("storage", {"site": "E"}, disk_eb=8)),
    ("storage_standing", cell("storage", {"site": "W"}, added_ssd_eb=0.7)),
    ("storage_needed", cell("storage", {"site": "E"}, needed_eb=9)),
    ("storage_need", cell("storage", {"site": "E"}, disk_eb=6.9, added_disk_eb=2.9)),
    ("storage_ssd", cell("storage", {"site": "W"}, ssd_eb=0.5, added_ssd_eb=0.5)),
    ("backup_sum", cell("storage", {"site": "W"}, backup_eb=1)),
    ("backup_region", cell("backup", {"site": "W"}, region="west")),
    ("backup_copies",
     both(cell("backup", {"site": "W"}, backup_eb=1.5),
          cell("storage", {"site": "W"}, backup_eb=1.5))),
    ("cost", cell("cost", {"component": "storage", "site": "W"}, mcny=1)),
    ("negative", cell("storage", {"site": "E"}, backup_eb=-1)),
    ("unknown_key", added("storage", site="X", year=2025, disk_eb=1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{b[0]}-{n}" for n, b in enumerate(BREAKS)]
)
def test_a_tampered_plan_is_found_out(plan: Plan, tmp_path: Path, code: str, edit: Edit) -> None:
    assert code in codes_after(plan, tmp_path, edit)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    bare = {**world(), "kinds": [COMPUTE]}
    assert [p.code for p in problems(tmp_path / "bare", **bare)] == ["feature_column"]
    one = world(core_share=0.5)
    one["sites"] = [{"site": "E", "region": "east", "province": "P"}]
    assert [p.code for p in problems(tmp_path / "one", **one)] == ["backup_regions"]
    none = world(core_share=0.5)
    none["sites"][1] = {"site": "W", "province": "Q"}
    found = problems(tmp_path / "none", **none)
    assert [(p.code, p.file, p.column) for p in found] == [("backup_region", "sites.csv", "region")]
