"""What spending sets off by province, with the user's multipliers (R169, R170)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.model import read_model
from layout.plan import Plan, new_plan, write_plan
from layout.solving import solve
from tests.builders import tiny_model
from tests.checking.edits import Edit, added, cell, drop
from tests.features.rows import planned

MULTIPLIERS = [
    {
        "province": "P",
        "spending": "halls",
        "output_ratio": 2.5,
        "value_added_ratio": 0.8,
        "jobs_person_years_per_mcny": 5,
    },
    {"province": "P", "spending": "it", "output_ratio": 1.2, "value_added_ratio": 0.1},
    {"spending": "running", "output_ratio": 1.5, "value_added_ratio": 0.5},
]


def world(**more: Any) -> dict[str, Any]:
    """1 EFLOPS of 1 MW at E in P and at W in Q each, at home; halls cost 10, IT 20 mcny.

    At E both are dearer by half; power costs 1 CNY/kWh.
    """
    return {
        "zones": [{"zone": "Z", "province": "P"}, {"zone": "Y", "province": "Q"}],
        "sites": [
            {"site": "E", "province": "P", "cost_factor": 1.5},
            {"site": "W", "province": "Q"},
        ],
        "kinds": [
            {
                "kind": "general",
                "precision": "FP32",
                "it_mw_per_eflops": 1,
                "it_capex_mcny_per_eflops": 20,
            }
        ],
        "facilities": [{"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10}],
        "workloads": [{"workload": "task", "kind": "general", "residency": "province"}],
        "power": [{"province": name, "price_cny_per_kwh": 1} for name in "PQ"],
        "multipliers": MULTIPLIERS,
        **more,
    }


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("induced") / "model", **world())


def test_spending_times_its_multiplier(plan: Plan) -> None:
    # P: halls 15, IT 20 (the local factor is one of building), power 8.76. Q has a multiplier for
    # what is spent every year only.
    assert plan.record["verification"]["passed"]
    table = plan["induced"].set_index(["province", "spending"])
    spent = table["spent_mcny"].to_dict()
    assert spent == pytest.approx(
        {("P", "halls"): 15, ("P", "it"): 20, ("P", "running"): 8.76, ("Q", "running"): 8.76}
    )
    assert table.loc[("P", "halls"), "output_mcny"] == pytest.approx(37.5)
    assert table.loc[("P", "halls"), "jobs_person_years"] == pytest.approx(75)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["induced_value_added_mcny_building"] == pytest.approx(15 * 0.8 + 20 * 0.1)
    assert figures["induced_output_mcny_running"] == pytest.approx(2 * 8.76 * 1.5)


def test_no_multipliers_no_figures(tmp_path: Path) -> None:
    given = world()
    del given["multipliers"]
    found = planned(tmp_path / "m", **given)
    assert found.tables["induced"].empty
    assert not [name for name in found.record["kpis"] if name.startswith("induced_")]


def test_each_period_has_its_own(tmp_path: Path) -> None:
    # Demand doubles: as much is built in the second period as in the first, twice as much runs.
    demand = [
        {"zone": zone, "workload": "task", "year": year, "demand_eflops": number}
        for zone in "ZY"
        for number, year in enumerate((2025, 2030), 1)
    ]
    given = world(demand=demand, settings={"periods": [2025, 2030]})
    found = planned(tmp_path / "m", **given)
    assert found.record["verification"]["passed"]
    table = found["induced"].set_index(["province", "spending", "year"])["spent_mcny"]
    assert table["P", "halls"].to_dict() == pytest.approx({2025: 15, 2030: 15})
    assert table["P", "running"].to_dict() == pytest.approx({2025: 8.76, 2030: 17.52})


BREAKS: dict[str, Edit] = {
    "an amount": cell("induced", {"spending": "it"}, spent_mcny=21),
    "an effect": cell("induced", {"spending": "halls"}, value_added_mcny=13),
    "a row too few": drop("induced", {"province": "Q"}),
    "a row too many": added(
        "induced", province="Q", spending="it", year=2025, spent_mcny=20, output_mcny=24
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_broken_induced_are_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    write_plan(plan, tmp_path / "plan")
    monkeypatch.setattr("layout.model.read_model", lambda source: plan.model)
    BREAKS[broken](tmp_path / "plan")
    assert "induced" in {failure.code for failure in verify(tmp_path / "plan").failures}


def test_generators_count_as_halls(tmp_path: Path) -> None:
    # Q fails 876 hours a year: 3 mcny of generators for 1 MW, a tenth of 8.76 GWh at 2 CNY/kWh.
    own = {"capex_mcny_per_mw": 3, "life_years": 10, "cost_cny_per_kwh": 2, "tco2_per_mwh": 0}
    rows = [{"spending": name, "output_ratio": 1} for name in ("halls", "running")]
    given = world(multipliers=rows, settings={"backup_power": own})
    given["power"][1]["outage_hours_per_year"] = 876
    found = planned(tmp_path / "m", **given)
    assert found.record["verification"]["passed"]
    spent = found["induced"].set_index(["province", "spending"])["spent_mcny"]
    assert spent["Q"].to_dict() == pytest.approx(
        {"halls": 10 + 3, "running": 8.76 * (0.9 + 0.1 * 2)}
    )


def test_retrofit_and_storage_count_as_building(tmp_path: Path) -> None:
    from tests.features.everything import FEATURES, YEARS, everything

    rows = [{"spending": name, "output_ratio": 1} for name in ("halls", "it", "running")]
    given = everything(FEATURES, YEARS, multipliers=rows)
    found = solve(read_model(tiny_model(tmp_path / "m", **given)), counterfactual=False)
    assert found.record["verification"]["passed"]
    table = found["induced"]
    built = table[table["spending"] != "running"].groupby("year")["spent_mcny"].sum()
    stated = {year: row["capex_mcny"]["value"] for year, row in _by_year(found).items()}
    assert built.to_dict() == pytest.approx(stated)
    whole = new_plan(found.record, found.model, found.tables)
    assert verify(whole).passed


def _by_year(plan: Plan) -> dict[int, dict[str, Any]]:
    return {int(year): row for year, row in plan.record["kpis_by_year"].items()}
