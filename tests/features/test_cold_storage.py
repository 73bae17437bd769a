"""A store of cooling beside the battery; answers by hand (R118)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.model import examine, read_model
from layout.plan import Plan
from layout.report.bars import chart_records
from layout.report.boundaries import shipped_boundaries
from layout.report.document import report_page
from layout.report.view import View
from tests.builders import merged, tiny_model
from tests.checking.edits import Edit, added, both, cell, drop, found_in
from tests.features.everything import PUE, YEARS, everything
from tests.features.rows import added_names, built, compare, planned, written

PRICE = "cold_storage_capex_mcny_per_mwh"
YEARLY_MCNY = 0.001
"""What a MWh of store costs a year: 0.001 at a life of one year and no interest."""
ROWS = (
    "cold_storage_level",
    "cold_storage_level_mwh",
    "cold_storage_charge_mw",
    "cold_storage_discharge_mw",
    "cold_storage_cooling",
    "slice_power",
)


def world(share: float | None = 0.8, price: float | None = YEARLY_MCNY, **more: Any) -> Any:
    """A site that draws 1 MW for IT throughout, at 0.9 CNY/kWh by day and 0.1 by night.

    Of its PUE of 1.5 a part of 0.1 is drawn at any load; `share` of the 0.5 MW is cooling.
    """
    hall = {"climate_zone": "mild", "facility": "hall", "pue": 1.5, "fixed_overhead": 0.1}
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"slices": True, "renewables": False},
            "slices": {
                PRICE: price,
                "cold_storage_life_years": 1,
                "cold_storage_hours": 8,
                "cold_storage_efficiency": 0.81,
            },
        },
        "zones": [{"zone": "Z", "province": "P"}],
        "sites": [{"site": "E", "zone": "Z", "province": "P", "climate_zone": "mild"}],
        "pue": [hall if share is None else {**hall, "cooling_share": share}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        "power": [{"province": "P", "price_cny_per_kwh": 0.5}],
        "slices": [
            {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
            {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
        ],
        "profiles": factors({"province": "P"}, 1.8, 0.2),
    }
    return merged(given, more)


def factors(key: dict[str, str], light: float, night: float) -> list[dict[str, Any]]:
    return [
        {**key, "slice": "light", "value": light},
        {**key, "slice": "night", "value": night},
    ]


def moved(plan: Plan) -> float:
    """MW of cooling that the store gives by day."""
    rows = plan["cold_storage"].set_index("slice")["cold_discharge_mw"]
    return float(rows.get("light", 0.0))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("cold") / "model", **world())


def test_the_night_cools_the_day(plan: Plan) -> None:
    # All cooling of the day and nothing else: 0.8 · 0.5 = 0.4 MW for 12 hours, 0.9 each way:
    # 4.8/0.9 MWh in the store, charged with 4.8/0.81 MWh by night. The grid gives 1.1 MW at 0.9
    # by day and 1.5 + 0.4/0.81 MW at 0.1 by night, 4.38 thousand hours each.
    size = 4.8 / 0.9
    assert plan.record["verification"]["passed"]
    assert moved(plan) == pytest.approx(0.4)
    assert plan["cold_storage"]["cold_storage_mwh"].tolist() == pytest.approx([size, size])
    assert plan["dispatch"]["grid_mw"].tolist() == pytest.approx([1.1, 1.5 + 0.4 / 0.81])
    assert plan["dispatch"]["facility_mw"].tolist() == pytest.approx([1.5, 1.5])
    bill = 4.38 * (0.9 * 1.1 + 0.1 * (1.5 + 0.4 / 0.81))
    assert plan.record["objective_mcny"] == pytest.approx(bill + YEARLY_MCNY * size)
    costs = plan.record["cost_breakdown_mcny"]
    assert costs["cold_storage"] == pytest.approx(YEARLY_MCNY * size)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["cold_storage_mwh"] == pytest.approx(size)
    assert figures["cold_storage_gwh"] == pytest.approx(0.4 * 4.38)
    lost = 4.38 * 0.4 * (1 / 0.81 - 1)
    assert figures["facility_gwh"] == pytest.approx(8.76 * 1.5 + lost)


def test_pages_show_what_the_store_gives(plan: Plan) -> None:
    view = View(plan, shipped_boundaries(), "en")
    hours = next(one for one in chart_records(view) if one["key"] == "hours")
    shown = {row["label"]: [part[0] for part in row["parts"]] for row in hours["rows"]}
    assert shown["08–20"] == pytest.approx([1.1, 0.4])
    assert [name for _, name in hours["keys"]][-1] == "stores of cooling"
    page = report_page(plan, "en")
    assert "store of cooling" in page and "释冷" in report_page(plan, "zh")
    # What the store loses is in the energy of the province and not in its PUE, that of the halls.
    row = re.compile(r"13\.55\s+0\.0%\s+1\.5\s")
    province_and_total = row.findall(re.sub(r"<[^>]*>", " ", page))
    assert len(province_and_total) == 2


def test_a_store_pays_up_to_what_it_saves(tmp_path: Path) -> None:
    # A MWh a day brings 0.9 MWh that would cost 0.9 CNY/kWh for 1/0.9 MWh at 0.1: 0.2551 mcny a
    # year. A dearer store never costs less, and to have it on offer never costs more.
    costs, sizes = [], []
    for price in (0.0, 0.25, 0.26, None):
        found = planned(tmp_path / str(price), **world(price=price))
        costs.append(found.record["objective_mcny"])
        sizes.append(moved(found))
    assert costs == sorted(costs) and costs[0] < costs[-1] == pytest.approx(4.38 * 1.5)
    assert sizes == pytest.approx([0.4, 0.4, 0.0, 0.0])


def test_cooling_follows_the_climate(tmp_path: Path) -> None:
    # The day makes 1.1 of the 1.4 that follow the load: 0.8 · (1.54 − 1 + 0.1) = 0.512 MW.
    warm = [*world()["profiles"], *factors({"climate_zone": "mild"}, 1.1, 0.9)]
    assert moved(planned(tmp_path / "warm", **world(profiles=warm))) == pytest.approx(0.512)
    # Of 1.4 · 0.7 = 0.98 nothing is left above the IT: what is drawn at any load, 0.8 · 0.1 MW.
    cold = [*world()["profiles"], *factors({"climate_zone": "mild"}, 0.7, 1.3)]
    assert moved(planned(tmp_path / "cold", **world(profiles=cold))) == pytest.approx(0.08)


def test_power_of_the_store_is_its_energy_over_its_hours(tmp_path: Path) -> None:
    # With 24 hours of storage 0.4 MW need 9.6 MWh.
    slow = planned(tmp_path / "m", **world(settings={"slices": {"cold_storage_hours": 24}}))
    assert slow["cold_storage"]["cold_storage_mwh"].max() == pytest.approx(24 * 0.4 / 0.81)


def test_rows(tmp_path: Path) -> None:
    on = built(tmp_path / "on", **world())
    off = built(tmp_path / "off", **world(price=None))
    parts, rows = added_names(on, off)
    assert parts == {"cold_storage_mwh", "cold_charge_mw", "cold_discharge_mw", "cold_level_mwh"}
    assert rows == {name for name in ROWS if name != "slice_power"}
    compare("cold_storage", written(on, ROWS, ["cold_storage"]))


BREAKS: dict[str, Edit] = {
    "more than cooling": both(
        cell("cold_storage", {"slice": "light"}, cold_discharge_mw=0.5),
        cell("dispatch", {"slice": "light"}, grid_mw=1.0),
    ),
    "energy from nowhere": cell("cold_storage", {"slice": "night"}, cold_charge_mw=0.4),
    "a level above its size": cell("cold_storage", {}, cold_storage_mwh=5),
    "a level that jumps": cell("cold_storage", {"slice": "light"}, cold_level_mwh=5),
    "a slice left out": drop("cold_storage", {"slice": "night"}),
    "a store elsewhere": added(
        "cold_storage", site="E", year=2025, slice="noon", cold_discharge_mw=0.1
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_store_is_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    assert "cold_storage" in found_in(plan, tmp_path, monkeypatch, BREAKS[broken])


@pytest.mark.parametrize(
    ("codes", "other"),
    [
        ({"cold_storage", "kpi"}, world(0.79)),
        ({"cold_storage"}, world(settings={"slices": {"cold_storage_hours": 30}})),
        ({"cold_storage"}, world(settings={"slices": {"cold_storage_efficiency": 0.8}})),
        ({"cost"}, world(settings={"slices": {"cold_storage_life_years": 2}})),
    ],
)
def test_the_check_reads_the_model(
    plan: Plan, tmp_path: Path, codes: set[str], other: dict[str, Any]
) -> None:
    model = read_model(tiny_model(tmp_path / "m", **other))
    found = {failure.code for failure in verify(replace(plan, model=model)).failures}
    assert codes <= found


def test_with_all_features_at_once(tmp_path: Path) -> None:
    # Two periods, stock, retrofits, a battery: what is on offer never costs more.
    own = world()["settings"]["slices"]
    given = everything(years=YEARS, pue=[{**row, "cooling_share": 0.7} for row in PUE])
    plain = planned(tmp_path / "plain", **given)
    plan = planned(tmp_path / "cold", **merged(given, {"settings": {"slices": own}}))
    assert plan.record["verification"]["passed"]
    assert set(plan["cold_storage"]["year"]) == set(YEARS)
    assert plan.record["objective_mcny"] < plain.record["objective_mcny"]


def test_a_store_needs_its_figures(tmp_path: Path) -> None:
    own = {"cold_storage_hours": None, "cold_storage_life_years": None}
    problem = _problems(tmp_path, settings={"slices": own})[0]
    assert problem.code == "cold_storage_unstated"
    assert "slices.cold_storage_life_years, slices.cold_storage_hours" in problem.sentence("en")


def test_halls_say_what_cooling_takes(tmp_path: Path) -> None:
    other = {"facility": "cave", "kinds": "general", "capex_mcny_per_mw": 1}
    halls = [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 1}, other]
    stock = {"block": "old", "site": "E", "kind": "general", "compute_eflops": 1, "pue": 1.6}
    found = [
        (problem.code, problem.file, problem.row)
        for problem in _problems(
            tmp_path,
            share=None,
            facilities=halls,
            stock=[{**stock, "facility": "cave"}, {**stock, "block": "new", "facility": "hall"}],
        )
    ]
    assert found == [
        ("cold_storage_share", "pue.csv", 2),
        ("cold_storage_share", "stock.csv", 2),
    ]


def test_a_block_with_a_pue_of_its_own_is_asked_too(tmp_path: Path) -> None:
    hall = {"climate_zone": "mild", "facility": "hall", "pue": 1}
    old = {"block": "old", "site": "E", "kind": "general", "compute_eflops": 1, "facility": "hall"}
    found = _problems(tmp_path, pue=[hall], stock=[{**old, "pue": 1.6}])
    assert [(one.code, one.file, one.row) for one in found] == [
        ("cold_storage_share", "stock.csv", 2)
    ]


def test_a_site_may_leave_it_to_its_climate(tmp_path: Path) -> None:
    rows = [*world()["pue"], {"site": "E", "facility": "hall", "pue": 1.3}]
    assert not _problems(tmp_path / "m", pue=rows)
    # 0.8 of the 0.3 MW above the IT.
    assert moved(planned(tmp_path / "plan", **world(pue=rows))) == pytest.approx(0.24)


def test_nothing_is_asked_where_nothing_is_offered(tmp_path: Path) -> None:
    for name, given in (
        ("no price", world(None, None)),
        ("no slices", world(None, settings={"features": {"slices": False}})),
        ("no overhead", world(None, pue=[{"climate_zone": "mild", "facility": "hall", "pue": 1}])),
    ):
        _, problems = examine(tiny_model(tmp_path / name, **given))
        assert not [one for one in problems if one.code.startswith("cold_storage")]


def _problems(folder: Path, share: float | None = 0.8, **more: Any) -> list[Any]:
    _, problems = examine(tiny_model(folder / "m", **world(share, **more)))
    return [one for one in problems if one.code.startswith("cold_storage")]
