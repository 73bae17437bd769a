"""The merit order: running costs worked out by hand, and the plan's own cost divided over units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layout.model import read_model
from layout.plan import Plan
from layout.plan.ledger import Ledger
from layout.plan.merit import POWER, clearing, merit_order
from layout.solving import solve
from tests.builders import tiny_model
from tests.features.everything import YEARS, everything

IT_KWH = 1000 * 2 * (1 - 0.25) / 0.8
"""What an EFLOPS in use adds to the IT's power for an hour: 1875 kWh."""
LITRE = 0.004
"""CNY for the litre of water that cools a kWh of IT, whether idle or not."""
EAST = IT_KWH * (1.5 - 0.1) * (0.6 + 0.05) + IT_KWH * LITRE
WEST = IT_KWH * (1.2 - 0.1) * (0.4 + 0.04) + IT_KWH * LITRE
"""Power and carbon (0.5 and 0.4 kg/kWh at 100 CNY/t) above the fixed overhead of 0.1, and water."""


def _world(folder: Path, **more: Any) -> Plan:
    """4 EFLOPS stand at each site, of which 3.2 may run; the east needs 2, the west 1."""
    given: dict[str, Any] = {
        "settings": {
            "mode": "local",
            "features": {"renewables": False, "water": True},
            "economy": {"carbon_price_cny_per_t": 100},
            "water": {"price_cny_per_m3": 4},
        },
        "zones": [{"zone": "east", "region": "east"}, {"zone": "west", "region": "west"}],
        "sites": [
            {"site": "E", "region": "east", "province": "P1"},
            {"site": "W", "region": "west", "province": "P2"},
        ],
        "kinds": [
            {"kind": "general", "precision": "FP32", "it_mw_per_eflops": 2, "fp32_per_native": 1,
             "max_utilisation": 0.8, "idle_power_share": 0.25},
        ],
        "facilities": [{"facility": "hall", "kinds": "general", "wue_l_per_kwh": 1}],
        "pue": [
            {"site": "E", "facility": "hall", "pue": 1.5, "fixed_overhead": 0.1},
            {"site": "W", "facility": "hall", "pue": 1.2, "fixed_overhead": 0.1},
        ],
        "stock": [
            {"block": f"b{site}", "site": site, "facility": "hall", "kind": "general",
             "compute_eflops": 4, "facility_it_mw": 8}
            for site in ("E", "W")
        ],
        "demand": [
            {"zone": "east", "workload": "task", "demand_eflops": 2},
            {"zone": "west", "workload": "task", "demand_eflops": 1},
        ],
        "power": [
            {"province": "P1", "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5},
            {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.4},
        ],
        **more,
    }  # fmt: skip
    return solve(read_model(tiny_model(folder, **given)))


def test_fuel_and_outages_are_in_the_price_of_a_kwh(tmp_path: Path) -> None:
    # W: 1 EFLOPS in use takes 1.875 MW of IT, idle 2, in a hall of 1.1 and 0.8 MW of overheads:
    # 5.0625 MW. 2 of them from gas at 0.3 CNY/kWh and 0.6 t/MWh, the rest from the grid, which a
    # tenth of the time is made by generators at 2 CNY/kWh and 0.8 t/MWh; carbon at 100 CNY/t.
    gas = {"province": "P2", "technology": "gas", "potential_mw": 2, "capacity_factor": 1,
           "cost_cny_per_kwh": 0.3, "carbon_t_per_mwh": 0.6}  # fmt: skip
    own = {"capex_mcny_per_mw": 1, "life_years": 10, "cost_cny_per_kwh": 2, "tco2_per_mwh": 0.8}
    settings = {
        "mode": "local",
        "features": {"renewables": True},
        "economy": {"carbon_price_cny_per_t": 100},
        "backup_power": own,
    }
    power = [
        {"province": "P1", "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5},
        {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.4,
         "outage_hours_per_year": 876},
    ]  # fmt: skip
    plan = _world(tmp_path, settings=settings, power=power, renewables=[gas])
    whole = 1.1 * (1.875 + 2) + 0.8
    grid = whole - 2
    paid = 2 * 0.3 + grid * (0.9 * 0.4 + 0.1 * 2)
    emitted = 2 * 0.6 + grid * (0.9 * 0.4 + 0.1 * 0.8)
    west = merit_order(plan.tables, plan.model).set_index("unit").loc["bW"]
    kwh = 1875 * 1.1
    assert west["power_cny_per_eflops_hour"] == pytest.approx(kwh * paid / whole)
    assert west["carbon_cny_per_eflops_hour"] == pytest.approx(kwh * 0.1 * emitted / whole)


def test_idle_units_on_unreliable_power_are_priced_with_their_outages(tmp_path: Path) -> None:
    # All work is in the west, and E draws nothing: its stock has no idle power, its hall no
    # overheads. A kWh there would cost 0.9·0.6 + 0.1·2 CNY, with 0.9·0.5 + 0.1·0.8 kg of carbon.
    own = {"capex_mcny_per_mw": 1, "life_years": 10, "cost_cny_per_kwh": 2, "tco2_per_mwh": 0.8}
    plan = _world(
        tmp_path,
        settings={
            "features": {"renewables": False},
            "economy": {"carbon_price_cny_per_t": 100},
            "backup_power": own,
        },
        kinds=[{"kind": "general", "precision": "FP32", "it_mw_per_eflops": 2,
                "fp32_per_native": 1, "max_utilisation": 0.8}],
        pue=[{"site": "E", "facility": "hall", "pue": 1.5},
             {"site": "W", "facility": "hall", "pue": 1.2}],
        demand=[{"zone": "west", "workload": "task", "demand_eflops": 1}],
        power=[{"province": "P1", "price_cny_per_kwh": 0.6, "grid_tco2_per_mwh": 0.5,
                "outage_hours_per_year": 876},
               {"province": "P2", "price_cny_per_kwh": 0.4, "grid_tco2_per_mwh": 0.4}],
    )  # fmt: skip
    east = merit_order(plan.tables, plan.model).set_index("unit").loc["bE"]
    kwh = 1000 * 2 / 0.8 * 1.5
    assert east["power_cny_per_eflops_hour"] == pytest.approx(kwh * (0.9 * 0.6 + 0.1 * 2))
    assert east["carbon_cny_per_eflops_hour"] == pytest.approx(kwh * 0.1 * (0.9 * 0.5 + 0.08))


def test_units_stand_by_rising_cost_of_running(tmp_path: Path) -> None:
    plan = _world(tmp_path)
    order = merit_order(plan.tables, plan.model)
    assert list(order["unit"]) == ["bW", "bE"]
    assert list(order["rank"]) == [1, 2]
    west, east = order.to_dict("records")
    assert west["running_cny_per_eflops_hour"] == pytest.approx(WEST)  # 915
    assert east["running_cny_per_eflops_hour"] == pytest.approx(EAST)  # 1713.75
    assert east["power_cny_per_eflops_hour"] == pytest.approx(1875 * 1.4 * 0.6)
    assert east["carbon_cny_per_eflops_hour"] == pytest.approx(1875 * 1.4 * 0.05)
    assert east["water_cny_per_eflops_hour"] == pytest.approx(7.5)
    # idle: a quarter of 8 MW, in the hall's 1.4, and a tenth of 8 MW of overheads, 8.76 GWh each
    assert east["standing_mcny"] == pytest.approx(8.76 * ((2 * 1.4 + 0.8) * 0.65 + 2 * LITRE))
    assert east["running_mcny"] == pytest.approx(EAST * 2 * 8760 / 1e6)
    assert list(order["compute_eflops"]) == [4, 4]
    assert list(order["usable_eflops"]) == pytest.approx([3.2, 3.2])
    assert list(order["cumulative_eflops"]) == pytest.approx([3.2, 6.4])
    assert list(order["load_eflops"]) == pytest.approx([1, 2])
    assert list(order["merit_eflops"]) == pytest.approx([3, 0])


def test_the_west_alone_would_cover_the_load_and_set_the_price(tmp_path: Path) -> None:
    plan = _world(tmp_path)
    (row,) = clearing(merit_order(plan.tables, plan.model)).to_dict("records")
    assert row["load_eflops"] == pytest.approx(3)
    assert (row["marginal_unit"], row["dearest_unit"]) == ("bW", "bE")
    assert row["marginal_cny_per_eflops_hour"] == pytest.approx(WEST)
    assert row["dearest_cny_per_eflops_hour"] == pytest.approx(EAST)
    assert row["running_mcny"] == pytest.approx((WEST + 2 * EAST) * 8760 / 1e6)
    assert row["merit_mcny"] == pytest.approx(3 * WEST * 8760 / 1e6)


def test_more_than_the_cheapest_can_run_is_priced_by_the_next(tmp_path: Path) -> None:
    demand = [
        {"zone": "east", "workload": "task", "demand_eflops": 2},
        {"zone": "west", "workload": "task", "demand_eflops": 2},
    ]
    plan = _world(tmp_path, demand=demand)
    order = merit_order(plan.tables, plan.model)
    assert list(order["merit_eflops"]) == pytest.approx([3.2, 0.8])
    (row,) = clearing(order).to_dict("records")
    assert row["marginal_unit"] == "bE"


def test_unlike_kinds_are_ranked_apart(tmp_path: Path) -> None:
    kind = {"precision": "FP32", "it_mw_per_eflops": 2, "fp32_per_native": 1}
    block = {"facility": "hall", "compute_eflops": 4, "facility_it_mw": 8}
    plan = _world(
        tmp_path,
        kinds=[{"kind": "a", **kind}, {"kind": "b", **kind}],
        facilities=[{"facility": "hall", "kinds": "a;b", "wue_l_per_kwh": 1}],
        stock=[{"block": "bE", "site": "E", "kind": "a", **block},
               {"block": "bW", "site": "W", "kind": "b", **block}],
        workloads=[{"workload": "task", "kind": "a"}],
        demand=[{"zone": "east", "workload": "task", "demand_eflops": 2}],
    )  # fmt: skip
    order = merit_order(plan.tables, plan.model)
    assert dict(zip(order["kind"], order["cumulative_eflops"], strict=True)) == {"a": 4, "b": 4}
    rows = clearing(order).set_index("kind")
    assert rows.loc["a", "marginal_unit"] == "bE"
    assert rows.loc["b", "marginal_unit"] == ""  # what stands idle clears nothing
    assert np.isnan(rows.loc["b", "marginal_cny_per_eflops_hour"])


@pytest.mark.parametrize("features", [("water",), ("water", "slices", "storage", "heat")])
def test_running_and_standing_are_what_the_plan_pays_for_energy(
    tmp_path: Path, features: tuple[str, ...]
) -> None:
    """By site: all that the units draw, at what the site pays for a kWh, and all the water."""
    plan = solve(read_model(tiny_model(tmp_path, **everything(features, YEARS))))
    order = merit_order(plan.tables, plan.model)
    for year in YEARS:
        ledger, own = Ledger(plan.tables, plan.model, year), order[order["year"] == year]
        cost = ledger.cost.pivot(index="site", columns="component", values="mcny").fillna(0.0)
        energy = ledger.energy.set_index("site")
        full = ledger.units[ledger.units["compute_eflops"] > 0]
        used = full.groupby("site")["facility_gwh"].sum()
        share = used / (energy["grid_gwh"] + energy["renewable_gwh"])
        paid = cost[[*(one for one in POWER if one in cost), "carbon"]].sum(axis=1)
        expected = (paid * share).add(cost["water"], fill_value=0.0).dropna()
        found = own.groupby("site")[["running_mcny", "standing_mcny"]].sum().sum(axis=1)
        assert expected.sum() > 1
        assert found.sort_index().to_numpy() == pytest.approx(
            expected.reindex(found.index).sort_index().to_numpy(), rel=1e-6
        )
        stands = full.groupby("kind")["compute_eflops"].sum()
        listed = own.groupby("kind")["compute_eflops"].sum()
        assert listed.to_dict() == pytest.approx(stands.to_dict())
        assert own["load_eflops"].sum() == pytest.approx(ledger.units["load_eflops"].sum())
        assert (own["load_eflops"] <= own["usable_eflops"] + 1e-6).all()
        assert own["merit_eflops"].sum() == pytest.approx(own["load_eflops"].sum())
