"""Owners pooled and siloed (R67)(R154): each answer is worked in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.cli.summary import summary
from layout.model import read_model, write_model
from layout.model.derive import retrofits
from layout.model.owners import siloed
from layout.plan import Plan, read_plan, write_plan
from layout.solving import solve
from tests.builders import target, tiny_model
from tests.checking.edits import cell
from tests.features.rows import built, compare, planned, problems, written

KIND = {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1}
HALL = {"facility": "hall", "kinds": "general", "module_it_mw": 10, "capex_mcny_per_mw": 2}
OWNERS = [
    {"owner": "telecom", "share": 0.75, "name_en": "Telecom", "name_zh": "电信"},
    {"owner": "cloud", "share": 0.25},
]


def world(mode: str = "pooled", **given: Any) -> dict[str, Any]:
    """8 EFLOPS of demand at one site, in halls of 10 MW for 20 mcny over 20 years: 1 a year."""
    return {
        "settings": {"economy": {"discount_rate": 0}, "owners": mode},
        "zones": [{"zone": "Z"}],
        "sites": [{"site": "E"}],
        "kinds": [KIND],
        "facilities": [HALL],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 8}],
        "owners": OWNERS,
        **given,
    }


def test_two_owners_need_a_hall_each(tmp_path: Path) -> None:
    # Pooled, the 8 MW stand in one hall: 1 a year. Siloed, Telecom's 6 MW and Cloud's 2 MW each
    # need a hall of 10 MW: 2 a year. Pooling is worth 1.
    plan = solve(read_model(tiny_model(tmp_path / "pooled", **world())))
    assert plan.record["objective_mcny"] == pytest.approx(1)
    assert plan.record["counterfactuals"]["siloed"]["objective_mcny"] == pytest.approx(2)
    worth = plan.record["value_of_pooling"]
    assert worth["saving_mcny"] == pytest.approx(1)
    assert worth["least_mcny"] == pytest.approx(1) == worth["most_mcny"]
    assert "saved by pooling, 50.0%" in " ".join(summary(plan, "en").split())
    assert "算力共享每年节省" in summary(plan, "zh")

    apart = planned(tmp_path / "siloed", **world("siloed"))
    assert apart.record["objective_mcny"] == pytest.approx(2)
    units = apart.tables["units"].set_index("unit")[["kind", "compute_eflops", "space_mw"]]
    assert units.loc["E+hall@telecom"].tolist() == ["general@telecom", 6, 10]
    assert units.loc["E+hall@cloud"].tolist() == ["general@cloud", 2, 10]


def test_the_stock_is_its_owners(tmp_path: Path) -> None:
    # 8 EFLOPS in use stand, all of them Cloud's: pooled nothing is needed, siloed Telecom builds
    # 6 while 6 of Cloud's 8 stand idle. A block that names nobody is divided 6 to 2 and suffices.
    stock = {"block": "b", "site": "E", "facility": "hall", "kind": "general", "compute_eflops": 8}
    for owner, cost in (("cloud", 1), ("", 0)):
        given = {"stock": [{**stock, "owner": owner}]}
        pooled = planned(tmp_path / f"pooled{owner}", **world(**given))
        apart = planned(tmp_path / f"siloed{owner}", **world("siloed", **given))
        costs = [plan.record["objective_mcny"] for plan in (pooled, apart)]
        assert costs == pytest.approx([0, cost])
    blocks = apart.model["stock"].set_index("block")["compute_eflops"]
    assert blocks.to_dict() == pytest.approx({"b@cloud": 2, "b@telecom": 6})


@pytest.mark.parametrize(("share", "halls"), [(0.5, 2), (0.95, 2), (1, 1)])
def test_silos_never_cost_less(tmp_path: Path, share: float, halls: int) -> None:
    # Who owns everything is the pool.
    owners = [{"owner": "a", "share": share}, {"owner": "b", "share": 1 - share}]
    apart = planned(tmp_path / "m", **world("siloed", owners=owners))
    assert apart.record["objective_mcny"] == pytest.approx(halls)


def rich(mode: str) -> dict[str, Any]:
    """Sub-kinds, two workloads, lists, links, profiles, sectors, roles, substitutes, targets."""
    given = world(
        mode,
        kinds=[
            {**KIND, "name_en": "General"},
            {**KIND, "kind": "fast", "parent": "general", "effectiveness": 0.8},
            {**KIND, "kind": "super", "precision": "FP64"},
        ],
        facilities=[
            {**HALL, "kinds": "general;super"},
            {"facility": "room", "kinds": "general;fast"},
        ],
        workloads=[
            {"workload": "task", "kind": "general"},
            {"workload": "science", "kind": "super"},
        ],
        sites=[
            {"site": "E", "region": "east", "facilities": "hall;room",
             "kinds": "general;fast;super"},
        ],
        zones=[{"zone": "Z", "region": "east"}],
        demand=[
            {"zone": "Z", "workload": "task", "demand_eflops": 8},
            {"zone": "Z", "workload": "science", "demand_eflops": 1},
        ],
        pue=[{"site": "E", "facility": name, "pue": 1.2} for name in ("hall", "room")],
        links=[{"zone": "Z", "site": "E", "workload": "task", "transport_mcny_per_eflops_year": 3}],
        roles=[{"workload": "science", "region": "east", "hosts": "east"}],
        sectors=[{"sector": "finance", "workload": "task", "share": 0.5}],
        substitution=[{"workload": "science", "kind": "general", "efficiency": 0.5}],
        owners=[*OWNERS, {"owner": "telecom", "workload": "science", "share": 1},
                {"owner": "cloud", "workload": "science", "share": 0}],
        stock=[
            {"block": "b", "site": "E", "facility": "room", "kind": "fast", "compute_eflops": 4},
        ],
        commitments=[{"site": "E", "kind": "fast", "year": 2025, "min_eflops": 3}],
        chips=[{"kind": "general", "year": 2025, "max_eflops": 9}],
        subsidies=[{"site": "E", "facility": "hall", "debt_rate": 0.02, "debt_cap_mcny": 8}],
    )  # fmt: skip
    given["settings"]["targets"] = [
        target("total", "compute_eflops_fp32", "at_least", 12, kind="general"),
        target("fast", "compute_eflops_fp32", "at_least", 5, kind="fast"),
    ]
    return given


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("owners") / "model", **rich("siloed"))


def test_every_table_that_names_what_is_split_is_carried_along(plan: Plan) -> None:
    model = plan.model
    kinds = model["kinds"].set_index("kind")
    assert kinds.loc["general@cloud", ["parent", "owner", "name_en"]].tolist() == [
        "general", "cloud", "cloud: General"
    ]  # fmt: skip
    assert kinds.loc["fast@telecom", ["parent", "owner"]].tolist() == ["general", "telecom"]
    halls = model["facilities"].set_index("facility")["kinds"]
    assert halls["hall@cloud"] == "general@cloud;fast@cloud;super@cloud"
    assert model["sites"]["facilities"].tolist() == [
        "hall@cloud;hall@telecom;room@cloud;room@telecom"
    ]
    # science is Telecom's alone
    works = ["science@telecom", "task@cloud", "task@telecom"]
    assert model["workloads"]["workload"].tolist() == works
    demand = model["demand"].set_index("workload")["demand_eflops"]
    assert demand.to_dict() == pytest.approx(dict(zip(works, (1, 2, 6), strict=True)))
    assert model["links"]["workload"].tolist() == works[1:]
    assert model["roles"]["workload"].tolist() == works[:1]
    assert model["sectors"]["workload"].tolist() == works[1:]
    assert model["pue"]["facility"].tolist() == sorted(
        f"{hall}@{owner}" for hall in ("hall", "room") for owner in ("cloud", "telecom")
    )
    caps = model["subsidies"].set_index("facility")["debt_cap_mcny"]  # mean shares 1/8 and 7/8
    assert caps.to_dict() == pytest.approx({"hall@cloud": 1, "hall@telecom": 7})
    runs = model["substitution"].set_index(["workload", "kind"])["efficiency"]
    assert runs.to_dict() == pytest.approx({
        ("science@telecom", "fast@telecom"): 0.5,
        ("science@telecom", "general@telecom"): 0.5,
        ("task@cloud", "fast@cloud"): 1,
        ("task@telecom", "fast@telecom"): 1,
    })  # fmt: skip


def test_what_names_a_kind_means_that_of_every_owner(plan: Plan) -> None:
    # 4 of fast stand, 3 are committed: 7 ≥ 5. 12 of general and fast are asked for, 9 may be added.
    achieved = plan.tables["targets"].set_index("target")["achieved"]
    installed = plan.tables["units"].set_index("kind")["compute_eflops"].groupby(level=0).sum()
    fast = installed["fast@cloud"] + installed["fast@telecom"]
    assert achieved["fast"] == pytest.approx(fast) and fast >= 7 - 1e-6
    assert achieved["total"] == pytest.approx(
        fast + installed.get("general@cloud", 0) + installed.get("general@telecom", 0)
    )


def test_a_split_model_is_written_and_read_as_it_is(plan: Plan, tmp_path: Path) -> None:
    write_model(plan.model, tmp_path / "model")
    again = read_model(tmp_path / "model")
    assert again == plan.model
    assert siloed(again) is again
    write_plan(plan, tmp_path / "plan")
    assert verify(tmp_path / "plan").passed
    assert read_plan(tmp_path / "plan").model == plan.model


def test_a_plan_that_serves_from_another_owner_is_found_out(plan: Plan, tmp_path: Path) -> None:
    # What Cloud's hardware runs is made Telecom's: Cloud's tasks have nothing to run on.
    write_plan(plan, tmp_path / "plan")
    kinds = plan.tables["units"]["kind"]
    for kind in sorted(set(kinds[kinds.str.endswith("@cloud")])):
        other = kind.replace("@cloud", "@telecom")
        cell("units", {"kind": kind}, kind=other)(tmp_path / "plan")
    codes = {failure.code for failure in verify(tmp_path / "plan").failures}
    assert {"capacity_limit", "kind_allowed"} <= codes


def test_a_block_becomes_no_hall_of_another_owner(tmp_path: Path) -> None:
    # 8 MW in rooms of PUE 2; turning them into halls of PUE 1 costs 8·10/20 and saves 8·8.76.
    given = world(
        "siloed",
        sites=[{"site": "E", "province": "P"}],
        facilities=[
            {"facility": "room", "kinds": "general"},
            {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 200,
             "retrofit_capex_mcny_per_mw": 10},
        ],
        pue=[
            {"site": "E", "facility": "room", "pue": 2},
            {"site": "E", "facility": "hall", "pue": 1},
        ],
        stock=[{"block": "b", "site": "E", "facility": "room", "kind": "general",
                "compute_eflops": 8}],
        power=[{"province": "P", "price_cny_per_kwh": 1}],
    )  # fmt: skip
    given["settings"]["features"] = {"retrofit": True}
    plan = planned(tmp_path / "m", **given)
    labels = ["b@cloud>hall@cloud", "b@telecom>hall@telecom"]
    assert retrofits(plan.model)["label"].tolist() == labels
    units = plan.tables["units"].set_index("unit")["compute_eflops"]
    assert units[labels].tolist() == pytest.approx([2, 6])
    write_plan(plan, tmp_path / "plan")
    wrong = {"unit": "b@cloud>hall@telecom", "facility": "hall@telecom"}
    cell("units", {"unit": labels[0]}, **wrong)(tmp_path / "plan")
    assert "retrofit_allowed" in {failure.code for failure in verify(tmp_path / "plan").failures}


def test_rows(tmp_path: Path) -> None:
    formulation = built(tmp_path / "m", **world("siloed"))
    compare("owners", written(formulation, ["served", "capacity", "unit_space"], []))


def test_without_owners_nothing_is_split(tmp_path: Path) -> None:
    given = world()
    del given["owners"]
    sizes = [
        {name: len(rows.index) for name, rows in built(tmp_path / name, **of).constraints.items()}
        for name, of in (("with", world()), ("without", given))
    ]
    assert sizes[0] == sizes[1]
    record = solve(read_model(tmp_path / "without")).record
    assert "siloed" not in record["counterfactuals"] and "value_of_pooling" not in record


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    def codes(name: str, **given: Any) -> list[tuple[str, str, str | None]]:
        found = problems(tmp_path / name, **world("siloed", **given))
        return [(p.code, p.file, p.column) for p in found]

    missing = world("siloed")
    del missing["owners"]
    found = [(p.code, p.file, p.column) for p in problems(tmp_path / "none", **missing)]
    assert found == [("silos_without_owners", "model.yaml", "owners")]
    assert codes("few", owners=OWNERS[:1]) == [("owner_shares", "owners.csv", "share")]
    block = {"block": "b", "site": "E", "facility": "hall", "kind": "general", "owner": "clod"}
    assert codes("typo", stock=[block]) == [("unmatched", "stock.csv", "owner")]
    long = [{**OWNERS[0], "owner": "t" * 62}, OWNERS[1]]
    assert ("long_for_owners", "kinds.csv", "kind") in codes("long", owners=long)
    assert codes("sign", sites=[{"site": "E@1"}]) == [("owner_sign", "sites.csv", "site")]
