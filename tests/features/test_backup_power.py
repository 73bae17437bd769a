"""Generators where the grid fails for too long: every answer is worked out in a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layout
from layout.checking import verify
from layout.errors import InputError
from layout.formulation import build
from layout.model import read_model
from layout.plan import Plan, new_plan
from layout.solving import solve
from tests.builders import merged, target, tiny_model
from tests.checking.changes import times
from tests.deep import some
from tests.features.everything import everything

GENERATORS = {
    "tolerated_outage_hours": 24,
    "capex_mcny_per_mw": 6,
    "life_years": 10,
    "cost_cny_per_kwh": 2,
    "tco2_per_mwh": 0.8,
}
HOURS = 876
"""A tenth of the year: so that shares are easy to see."""


def world(hours: float | str = HOURS, **more: Any) -> dict[str, Any]:
    """10 EFLOPS of 1 MW each in halls of PUE 1.5 at one site, which draw 131.4 GWh a year."""
    return merged(
        {
            "settings": {
                "economy": {"discount_rate": 0, "carbon_price_cny_per_t": 100},
                "backup_power": GENERATORS,
            },
            "zones": [{"zone": "Z", "province": "P"}],
            "sites": [{"site": "E", "province": "P", "cost_factor": 2}],
            "facilities": [
                {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10, "life_years": 20}
            ],
            "pue": [{"site": "E", "facility": "hall", "pue": 1.5}],
            "power": [
                {
                    "province": "P",
                    "price_cny_per_kwh": 0.5,
                    "grid_tco2_per_mwh": 0.6,
                    "residual_tco2_per_mwh": 0.7,
                    "outage_hours_per_year": hours,
                }
            ],
            "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 10}],
        },
        more,
    )


def planned(folder: Path, **given: Any) -> Plan:
    plan = solve(read_model(tiny_model(folder, **given)), counterfactual=False)
    assert plan.status == "optimal" and verify(plan).passed
    return plan


def test_new_halls_carry_generators_and_the_hours_of_outages_their_price(tmp_path: Path) -> None:
    # 10 MW of PUE 1.5 draw 15 MW: 90 mcny of generators over 10 years, whatever the local cost of
    # building. A tenth of 131.4 GWh is made at 2 CNY/kWh, the rest bought at 0.5. Carbon is that
    # of nine tenths from the grid at 0.6 and of a tenth at 0.8 t/MWh, at 100 CNY/t.
    plan = planned(tmp_path / "m", **world())
    gwh = 10 * 1.5 * 8.76
    carbon = gwh * (0.9 * 0.6 + 0.1 * 0.8)
    costs = {name: mcny for name, mcny in plan.record["cost_breakdown_mcny"].items() if mcny}
    assert costs == pytest.approx(
        {
            "facility_capital": 10 * 10 * 2 / 20,
            "grid_energy": 0.9 * gwh * 0.5,
            "backup_capital": 90 / 10,
            "backup_energy": 0.1 * gwh * 2,
            "carbon": carbon * 0.1,
        }
    )
    assert plan.tables["energy"]["carbon_kt"].sum() == pytest.approx(carbon)
    kpis = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert kpis["capex_mcny"] == pytest.approx(200 + 90)
    assert kpis["backup_power_gwh"] == pytest.approx(0.1 * gwh)
    assert kpis["backup_power_mw"] == pytest.approx(15)


def test_certificates_do_not_cover_what_generators_make(tmp_path: Path) -> None:
    # A tenth is made by generators: 90% green is the most, and carbon by the market is theirs then.
    def green(share: float) -> Plan:
        aims = [target("green", "green_share", "at_least", share)]
        settings = {"features": {"renewables": True}, "targets": aims}
        given = world(settings=merged(world()["settings"], settings))
        folder = tiny_model(tmp_path / str(share), **given)
        return layout.solve(folder, counterfactual=False)

    plan = green(0.9)
    assert plan.status == "optimal" and verify(plan).passed
    gwh = 10 * 1.5 * 8.76
    assert plan.tables["energy"]["certificate_gwh"].sum() == pytest.approx(0.9 * gwh)
    market = plan.record["kpis"]["carbon_market_kt"]["value"]
    assert market == pytest.approx(0.1 * gwh * 0.8)
    assert green(0.95).status == "infeasible"
    energy = plan.tables["energy"].assign(certificate_gwh=0.91 * gwh)
    wrong = new_plan(plan.record, plan.model, {**plan.tables, "energy": energy})
    assert "certificate_grid" in {one.code for one in verify(wrong).failures}


@pytest.mark.parametrize("hours", ["", 0, 24])
def test_what_is_tolerated_costs_nothing(hours: float | str, tmp_path: Path) -> None:
    plain = world()
    del plain["settings"]["backup_power"], plain["power"][0]["outage_hours_per_year"]
    found = [
        build(read_model(tiny_model(tmp_path / name, **given)))
        for name, given in (("plain", plain), ("tolerated", world(hours)))
    ]
    costs = [
        {name: [(list(rows), list(at), list(by)) for _, rows, at, by in linear.terms]
         for name, linear in one.costs.items()} for one in found
    ]  # fmt: skip
    assert costs[0] == costs[1]
    assert [list(one.constraints) for one in found] == [list(found[0].constraints)] * 2


def test_a_tariff_zone_has_outages_of_its_own_and_work_goes_where_power_holds(
    tmp_path: Path,
) -> None:
    # E pays 0.5, W 0.55 without outages. In the tariff zone of E a MWh costs 0.9·500 + 0.1·2000 =
    # 650 CNY and generators besides; its province is reliable, so that nothing else differs.
    sites = [
        {"site": "E", "province": "P", "tariff_zone": "weak"},
        {"site": "W", "province": "Q"},
    ]
    pue = [{"site": name, "facility": "hall", "pue": 1.5} for name in "EW"]
    power = [
        {"province": "P", "price_cny_per_kwh": 0.5, "outage_hours_per_year": 1},
        {"province": "P", "tariff_zone": "weak", "outage_hours_per_year": HOURS},
        {"province": "Q", "price_cny_per_kwh": 0.55},
    ]
    given = world(sites=sites, pue=pue, power=power)
    plan = planned(tmp_path / "weak", **given)
    assert set(plan.tables["capacity"]["site"]) == {"W"}
    paid = {name for name, mcny in plan.record["cost_breakdown_mcny"].items() if mcny}
    assert not [name for name in paid if name.startswith("backup_")]
    given["settings"]["backup_power"] = {**GENERATORS, "tolerated_outage_hours": HOURS}
    assert set(planned(tmp_path / "strong", **given).tables["capacity"]["site"]) == {"E"}


def test_stock_keeps_its_generators_and_pays_for_the_hours(tmp_path: Path) -> None:
    stock = [{"block": "b", "site": "E", "facility": "hall", "kind": "general",
              "compute_eflops": 10}]  # fmt: skip
    plan = planned(tmp_path / "m", **world(stock=stock))
    fuel = 0.1 * 10 * 1.5 * 8.76 * 2
    assert plan.record["cost_breakdown_mcny"]["backup_energy"] == pytest.approx(fuel)


def test_targets_on_carbon_and_investment_count_generators(tmp_path: Path) -> None:
    # 131.4 GWh at 0.62, and by the market at 0.9·0.7 + 0.1·0.8; 290 mcny are invested.
    gwh = 10 * 1.5 * 8.76
    for measure, value in (
        ("carbon_kt", gwh * 0.62),
        ("carbon_market_kt", gwh * 0.71),
        ("capex_mcny", 290),
    ):
        for by, status in ((1 + 1e-6, "optimal"), (1 - 1e-4, "infeasible")):
            aims = [target("t", measure, "at_most", value * by)]
            folder = tiny_model(
                tmp_path / f"{measure}{status}", **world(settings={"targets": aims})
            )
            plan = layout.solve(folder, counterfactual=False)
            assert plan.status == status, measure
            if status == "optimal":
                assert plan.record["targets"][0]["achieved"] == pytest.approx(value)


def test_with_every_feature_and_several_periods_the_checker_agrees(tmp_path: Path) -> None:
    """Slices, contracts, storage, heat and retrofits on, one province unreliable."""
    given = everything(years=(2025, 2030), settings={"backup_power": GENERATORS})
    given["power"] = [
        {**row, **({"outage_hours_per_year": 200} if row["province"] != "P3" else {})}
        for row in given["power"]
    ]
    plan = planned(tmp_path / "m", **given)
    rows = plan.tables["cost"]
    paid = rows[(rows["component"] == "backup_energy") & (rows["mcny"] > 0)]
    assert set(paid["site"]) <= {"E", "W"} and len(paid) >= 2
    for file in ("cost", "energy"):
        column = {"cost": "mcny", "energy": "carbon_kt"}[file]
        where = {"component": "backup_energy"} if file == "cost" else {}
        wrong = verify(times(file, column, 1.001, site="W", **where)(plan))
        assert {"cost": "cost", "energy": "carbon"}[file] in {one.code for one in wrong.failures}


def test_other_prices_of_power_are_solved_as_if_anew(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "m", **world())
    solver = layout.Solver(read_model(folder))
    solver.solve()
    solver.update(prices={"P": 0.8})
    again = layout.solve(folder, sets=["power.price_cny_per_kwh=0.8"], counterfactual=False)
    found = solver.solve().objective_mcny
    assert found == pytest.approx(again.record["objective_mcny"], rel=1e-9)


def test_outages_without_figures_for_generators_are_an_error(tmp_path: Path) -> None:
    given = world()
    given["settings"]["backup_power"] = {"cost_cny_per_kwh": 2, "tco2_per_mwh": 0}
    with pytest.raises(InputError) as caught:
        read_model(tiny_model(tmp_path / "m", **given))
    (problem,) = [one for one in caught.value.problems if one.severity == "error"]
    assert problem.code == "backup_power_unstated"
    assert "backup_power.capex_mcny_per_mw, backup_power.life_years" in problem.sentence("en")


@pytest.mark.parametrize("seed", some((5, 3, 8), 1))
def test_the_cheapest_site_is_that_of_the_bill_worked_out_for_each(
    seed: int, tmp_path: Path
) -> None:
    """Every site on its own: halls, generators where needed, energy from grid and generators."""
    random = np.random.default_rng(seed)
    names, own = ("E", "N", "W"), {**GENERATORS, "tolerated_outage_hours": 100}
    hours = [float(one) for one in random.choice([0, 50, 100, 101, 400, 2000], 3)]
    price = [round(float(one), 2) for one in random.uniform(0.3, 0.8, 3)]
    pue = [round(float(one), 2) for one in random.uniform(1.1, 1.8, 3)]
    given = world(
        settings={"backup_power": own},
        sites=[{"site": name, "province": name} for name in names],
        pue=[{"site": n, "facility": "hall", "pue": by} for n, by in zip(names, pue, strict=True)],
        power=[
            {"province": n, "price_cny_per_kwh": p, "grid_tco2_per_mwh": 0.6,
             "outage_hours_per_year": h} for n, p, h in zip(names, price, hours, strict=True)
        ],
    )  # fmt: skip
    bills = []
    for by, power, out in zip(pue, price, hours, strict=True):
        h, gwh = (out / 8760 if out > 100 else 0.0), 87.6 * by
        energy = gwh * ((1 - h) * (power + 0.06) + h * (2 + 0.08))
        bills.append(10 * 10 / 20 + (6 * by * 10 / 10 if h else 0.0) + energy)
    plan = planned(tmp_path / "m", **given)
    assert plan.record["objective_mcny"] == pytest.approx(min(bills))


def test_more_outages_never_cost_less(tmp_path: Path) -> None:
    costs = []
    for hours in (24, 60, 600):
        given = everything(on=("retrofit", "slices"), settings={"backup_power": GENERATORS})
        given["settings"]["targets"] = []
        given["power"] = [{**row, "outage_hours_per_year": hours} for row in given["power"]]
        costs.append(planned(tmp_path / str(hours), **given).record["objective_mcny"])
    assert costs[0] < costs[1] < costs[2]
