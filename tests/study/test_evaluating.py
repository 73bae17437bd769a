"""A layout of one's own: priced as the model would price it, with what it breaks and misses."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import layout
from layout.checking import verify
from layout.errors import InputError
from layout.plan import read_plan
from tests.builders import target, tiny_model, write_table
from tests.cli.towns import Runner, towns

SITES = [{"site": "E", "max_it_mw": 4}, {"site": "W", "max_it_mw": 4}]
POWER = [
    {"province": "E", "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5},
    {"province": "W", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.4},
]
KIND = {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return towns(tmp_path_factory.mktemp("models") / "two-towns")


def own(**amounts: float) -> pd.DataFrame:
    """Totals of the one kind by site."""
    rows = [{"site": site, "kind": "general", "compute_eflops": v} for site, v in amounts.items()]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", ["towns", "hub-guizhou"])
def test_the_optimal_layout_is_priced_at_the_optimal_cost(name: str, model: Path) -> None:
    question = model if name == "towns" else name
    plan = layout.solve(question, counterfactual=False)
    found = layout.evaluate(question, plan.tables["capacity"], optimum=False)
    assert found.plan.status == "optimal"
    assert found.plan.record["objective_mcny"] == pytest.approx(
        plan.record["objective_mcny"], rel=1e-6
    )
    assert not found.broken
    assert found.released.empty
    mine = {one["id"]: one["status"] for one in found.plan.record["targets"]}
    assert mine == {one["id"]: one["status"] for one in plan.record["targets"]}


@pytest.mark.parametrize(("east", "west"), [(0.0, 3.0), (1.2, 2.1), (3.0, 0.5), (2.0, 2.0)])
def test_a_layout_costs_what_the_model_costs_with_the_same_additions(
    tmp_path: Path, east: float, west: float
) -> None:
    """Against commitments that leave no choice: another way to say the same."""
    kinds = [{**KIND, "it_capex_mcny_per_eflops": 100}]
    tables = {
        "kinds": kinds,
        "power": POWER,
        "sites": [{**site, "province": site["site"]} for site in SITES],
        "facilities": [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 50}],
    }
    free = tiny_model(tmp_path / "free", **tables)
    commitments = [
        {"site": site, "kind": "general", "year": 2025, "min_eflops": v, "max_eflops": v}
        for site, v in (("E", east), ("W", west))
    ]
    bound = tiny_model(tmp_path / "bound", commitments=commitments, **tables)
    found = layout.evaluate(free, own(E=east, W=west), optimum=False)
    expected = layout.solve(bound, counterfactual=False).record["objective_mcny"]
    assert found.plan.record["objective_mcny"] == pytest.approx(expected, rel=1e-7)


def test_a_site_limit_gives_way_just_as_far_as_needed(model: Path, tmp_path: Path) -> None:
    """3 EFLOPS at 1 MW each in the east, which allows 1 MW."""
    found = layout.evaluate(model, own(E=3))
    (broken,) = found.broken
    assert (broken.limit, broken.place, broken.stated) == ("max_it_mw", "E", 1.0)
    assert broken.needed == pytest.approx(3.0)
    assert found.optimum is not None
    dearer = found.plan.record["objective_mcny"] - found.optimum.record["objective_mcny"]
    assert dearer > 0
    assert verify(found.plan).passed
    assert found.plan.tables["unserved"].empty
    capacity = found.plan.tables["capacity"]
    assert capacity[capacity["site"] == "W"]["compute_eflops"].sum() == 0


def test_staff_gives_way_just_as_far_as_needed(tmp_path: Path) -> None:
    """3 EFLOPS at 1 MW and two people each in the east, which finds four."""
    place = tiny_model(
        tmp_path / "m",
        sites=[{"site": "E", "staff_limit_persons": 4}, {"site": "W"}],
        facilities=[{"facility": "hall", "kinds": "general", "staff_per_mw": 2}],
    )
    found = layout.evaluate(place, own(E=3), optimum=False)
    (broken,) = found.broken
    assert (broken.limit, broken.place, broken.stated) == ("staff_limit_persons", "E", 4.0)
    assert (broken.needed, broken.unit) == (pytest.approx(6.0, rel=1e-5), "persons")
    assert verify(found.plan).passed


@pytest.mark.parametrize(("stock", "stated"), [(0.0, 1.0), (1.5, 1.5)])
def test_halls_of_a_type_give_way_just_as_far_as_needed(
    stock: float, stated: float, tmp_path: Path
) -> None:
    """3 EFLOPS at 1 MW each in the east, which allows 1 MW, or what stands there already."""
    block = {"block": "b", "site": "E", "facility": "hall", "kind": "general"}
    place = tiny_model(
        tmp_path / "m",
        sites=[{"site": "E"}, {"site": "W"}],
        facilities=[{"facility": "hall", "kinds": "general"}],
        hall_limits=[{"scope": "site:E", "facilities": "hall", "max_it_mw": 1}],
        **({"stock": [{**block, "compute_eflops": stock}]} if stock else {}),
    )
    found = layout.evaluate(place, own(E=3), optimum=False)
    (broken,) = found.broken
    assert (broken.limit, broken.place) == ("hall_limit", "site:E, hall")
    assert (broken.stated, broken.needed) == (stated, pytest.approx(3.0, rel=1e-5))
    assert verify(found.plan).passed


def test_data_without_halls_give_way_just_as_far_as_needed(tmp_path: Path) -> None:
    """10 EB of the west at half a MW each; it has room for 2 MW, which is 4 EB."""
    place = tiny_model(
        tmp_path / "m",
        settings={
            "features": {"storage": True},
            "storage": {"disk_mw_per_eb": 0.5, "ssd_mw_per_eb": 0.5},
        },
        zones=[{"zone": "east"}, {"zone": "west", "province": "Q"}],
        sites=[{"site": "E"}, {"site": "W", "province": "Q", "max_it_mw": 2}],
        storage_demand=[
            {"zone": "west", "residency": "province", "year": 2025, "stored_eb": 10},
        ],
    )
    found = layout.evaluate(place, own(E=2), optimum=False)
    (broken,) = found.broken
    assert (broken.limit, broken.place, broken.unit) == ("storage_demand", "province:Q", "EB")
    assert (broken.stated, broken.needed) == (10, pytest.approx(4, rel=1e-5))
    assert verify(found.plan).passed


def test_headroom_of_site_and_province_are_both_told(tmp_path: Path) -> None:
    place = tiny_model(
        tmp_path / "m",
        sites=[
            {"site": "E", "province": "E", "grid_headroom_mw": 2},
            {"site": "W", "province": "W"},
        ],
        power=[{**POWER[0], "grid_headroom_mw": 1.5}, POWER[1]],
    )
    found = layout.evaluate(place, own(E=2.5), optimum=False)
    told = {(one.of, one.place): (one.limit, one.stated, one.needed) for one in found.broken}
    assert told.keys() == {("site", "E"), ("province", "E")}
    assert told["site", "E"] == ("grid_headroom_mw", 2.0, pytest.approx(2.5, rel=1e-5))
    assert told["province", "E"] == ("grid_headroom_mw", 1.5, pytest.approx(2.5, rel=1e-5))


def test_commitments_and_chips_give_way_too(tmp_path: Path) -> None:
    year = {"kind": "general", "year": 2025}
    place = tiny_model(
        tmp_path / "m",
        commitments=[
            {"site": "E", **year, "min_eflops": 1},
            {"site": "W", **year, "status": "forbidden"},
        ],
        chips=[{**year, "max_eflops": 1.5}],
    )
    found = layout.evaluate(place, own(E=0.25, W=1.75), optimum=False)
    told = {(one.limit, one.place): (one.stated, one.needed) for one in found.broken}
    near = pytest.approx
    assert told == {
        ("commitment", "E, general"): (1.0, near(0.25, rel=1e-5)),
        ("commitment", "W, general"): (0.0, near(1.75, rel=1e-5)),
        ("chip_supply", "general"): (1.5, near(2.0, rel=1e-5)),
    }
    assert verify(found.plan).passed


def test_demand_that_a_small_layout_cannot_serve_has_its_price(model: Path) -> None:
    """1 EFLOPS for a demand of 3, and for a target of 2: the target is measured only."""
    found = layout.evaluate(model, own(E=0.5, W=0.5), optimum=False)
    record = found.plan.record
    assert found.unserved_price == 20_000.0
    assert record["kpis"]["unserved_eflops_fp32"]["value"] == pytest.approx(2.0)
    assert record["cost_breakdown_mcny"]["penalty"] == pytest.approx(40_000.0)
    (row,) = found.released.to_dict("records")
    assert (row["target"], row["required"]) == ("total-2", 2.0)
    assert row["nearest"] == pytest.approx(1.0)
    verdicts = {one["id"]: (one["mode"], one["status"]) for one in record["targets"]}
    assert verdicts["total-2"] == ("report", "fail")


def test_a_price_is_called_the_default_only_where_it_is(run: Runner, tmp_path: Path) -> None:
    """1 EFLOPS for 3 of two workloads, of which one has a price of its own, and a target of 2."""
    works = [
        {"workload": "cheap", "kind": "general", "unserved_penalty_mcny_per_eflops": 7},
        {"workload": "dear", "kind": "general"},
    ]
    (tmp_path / "own.csv").write_text("site,kind,compute_eflops\nE,general,1\n", "utf-8")
    settings = {"targets": [target("total-2", "compute_eflops_fp32", "at_least", 2)]}

    def said(demand: dict[str, float], lang: str = "en") -> str:
        own = [work for work in works if work["workload"] in demand]
        rows = [{"zone": "east", "workload": work, "demand_eflops": amount}
                for work, amount in demand.items()]  # fmt: skip
        place = tmp_path / f"{len(demand)}{lang}"
        tiny_model(place / "m", settings=settings, workloads=own, demand=rows)
        line = ("evaluate", place / "m", "--capacity", tmp_path / "own.csv", "--no-optimum")
        return " ".join(run(*line, "-o", place / "plan", lang=lang).out.split())

    alone = said({"cheap": 3})
    assert "at 7.00 mcny per EFLOPS" in alone and "default" not in alone
    both = said({"cheap": 1, "dear": 2})
    assert "at 7.00–20,000 mcny per EFLOPS" in both
    assert "For these the price is the default of 20,000" in both and "unserved: dear." in both
    assert "默认值 20,000" in said({"cheap": 1, "dear": 2}, "zh")


def test_a_target_that_operation_can_still_reach_stays_a_condition(tmp_path: Path) -> None:
    """Certificates reach the green share; nobody would buy them if it were measured only."""
    place = tiny_model(
        tmp_path / "m",
        settings={
            "features": {"renewables": True},
            "economy": {"certificate_price_cny_per_mwh": 6},
            "targets": [
                target("green", "green_share", "at_least", 0.5),
                target("total", "compute_eflops_fp32", "at_least", 9),
            ],
        },
        power=[{"province": "E", "price_cny_per_kwh": 0.5}],
        sites=[{"site": "E", "province": "E"}, {"site": "W", "province": "E"}],
    )
    found = layout.evaluate(place, own(E=2), optimum=False)
    verdicts = {one["id"]: one["status"] for one in found.plan.record["targets"]}
    assert verdicts == {"green": "pass", "total": "fail"}
    assert list(found.released["target"]) == ["total"]
    assert found.plan.record["kpis"]["green_share_certificates"]["value"] == pytest.approx(0.5)


def test_compute_is_exact_and_space_comes_in_whole_modules(tmp_path: Path) -> None:
    place = tiny_model(
        tmp_path / "m",
        facilities=[{"facility": "hall", "kinds": "general", "module_it_mw": 1,
                     "capex_mcny_per_mw": 50}],
    )  # fmt: skip
    found = layout.evaluate(place, own(E=1.25, W=0.8), optimum=False)
    held = found.held.set_index("site")
    assert held["compute_eflops"].to_dict() == pytest.approx({"E": 1.25, "W": 0.8})
    assert held["space_mw"].to_dict() == pytest.approx({"E": 2.0, "W": 1.0})
    assert held["spare_mw"].to_dict() == pytest.approx({"E": 0.75, "W": 0.2})


def test_additions_and_years_in_a_workbook(tmp_path: Path) -> None:
    place = tiny_model(
        tmp_path / "m",
        settings={"periods": [2025, 2027]},
        demand=[
            {"zone": "east", "workload": "task", "year": year, "demand_eflops": amount}
            for year, amount in ((2025, 1), (2027, 2))
        ],
    )
    book = openpyxl.Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("capacity")
    rows = [("site", "kind", "year", "added_eflops"), ("W", "general", 2025, 1.5),
            ("W", "general", 2027, 0.5)]  # fmt: skip
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "own.xlsx")
    found = layout.evaluate(place, tmp_path / "own.xlsx", optimum=False)
    capacity = found.plan.tables["capacity"].groupby("year")["compute_eflops"].sum()
    assert capacity.to_dict() == pytest.approx({2025: 1.5, 2027: 2.0})
    with pytest.raises(InputError) as refused:
        layout.evaluate(place, own(W=1))
    assert [problem.code for problem in refused.value.problems] == ["layout_year"]


WRONG = [
    {"site": "Easst", "kind": "general", "compute_eflops": 1},
    {"site": "E", "kind": "generall", "compute_eflops": 1},
    {"site": "W", "kind": "general", "compute_eflops": -1},
    {"site": "W", "kind": "general", "compute_eflops": "many"},
]


def test_everything_wrong_is_told_at_once_and_nothing_written(
    run: Runner, model: Path, tmp_path: Path
) -> None:
    write_table(tmp_path / "wrong.csv", WRONG[2:])
    for lang, words in (("en", ("-1", "many")), ("zh", ("-1", "many"))):
        found = run("evaluate", model, "--capacity", tmp_path / "wrong.csv", "-o",
                    tmp_path / "out", lang=lang)  # fmt: skip
        assert found.code == 3
        assert all(word in found.err for word in words)
    write_table(tmp_path / "wrong.csv", [*WRONG[:2], {"site": "E", "kind": "general",
                                                       "compute_eflops": 0.1}])  # fmt: skip
    found = run("evaluate", model, "--capacity", tmp_path / "wrong.csv", "-o", tmp_path / "out")
    assert found.code == 3
    assert "Easst" in found.err
    assert "generall" in found.err
    assert "did you mean “general”" in found.err
    assert not (tmp_path / "out").exists()
    missing = run("evaluate", model, "--capacity", tmp_path / "none.csv")
    assert missing.code == 3


def test_stock_stays_and_kinds_stand_where_they_may(model: Path) -> None:
    with pytest.raises(InputError) as refused:
        layout.evaluate(model, own(E=0.1))
    (problem,) = refused.value.problems
    assert problem.code == "layout_below_stock"
    assert problem.values["least"] == "0.5"
    twice = pd.concat([own(E=1), own(E=1)])
    with pytest.raises(InputError) as refused:
        layout.evaluate(model, twice)
    assert [problem.code for problem in refused.value.problems] == ["duplicate_row"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("breaks 1 limits", "1 of 2 targets are missed", "Beside the optimum", "more than")),
        ("zh", ("突破 1 项限制", "1 项未达标", "与最优方案相比", "多")),
    ],
)
def test_the_command_prices_and_writes_a_plan_that_verifies(
    run: Runner, model: Path, tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    write_table(tmp_path / "own.csv", own(E=2.0, W=1.5).to_dict("records"))
    folder = tmp_path / "out"
    found = run("evaluate", model, "--capacity", tmp_path / "own.csv", "-o", folder, "--map",
                lang=lang)  # fmt: skip
    assert found.code == 0
    assert all(word in found.out for word in words), found.out
    assert run("verify", folder).code == 0
    given = {"en": "For a given layout", "zh": "仅就给定布局而言"}
    assert given[lang] in run("targets", folder, lang=lang).out.replace("\n", "")
    plan = read_plan(folder)
    assert plan.record["evaluation"]["broken_limits"][0]["limit"] == "max_it_mw"
    names = {path.name for path in folder.iterdir()}
    assert {"held.csv", "broken_limits.csv", "beside_costs.csv", "beside_map.html"} <= names
    again = run("evaluate", model, "--capacity", tmp_path / "own.csv", "-o", folder)
    assert again.code == 3
