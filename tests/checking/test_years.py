"""Plans of several periods, solved by the real solver, checked and tampered with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from layout.api import solve
from layout.checking import verify
from layout.model import read_model
from layout.plan import Plan, new_plan, read_plan, write_plan
from layout.plan.overview import overview
from tests.builders import tiny_model

YEARS = [2025, 2027, 2030]
DEMAND = {2025: 1.0, 2027: 2.0, 2030: 3.0}


def model(folder: Path, **settings: Any) -> Path:
    """One zone whose demand grows, one site with half of its one MW of space racked.

    IT costs 100 mcny per EFLOPS and lives 5 years, space 10 mcny per MW and lives 20.
    """
    return tiny_model(
        folder,
        settings={"periods": YEARS, **settings},
        kinds=[
            {
                "kind": "general",
                "precision": "FP32",
                "it_mw_per_eflops": 1,
                "it_capex_mcny_per_eflops": 100,
                "fp32_per_native": 1,
            }
        ],
        facilities=[
            {"facility": "hall", "kinds": "general", "capex_mcny_per_mw": 10},
            {
                "facility": "cold",
                "kinds": "general",
                "capex_mcny_per_mw": 1000,
                "retrofit_capex_mcny_per_mw": 2,
            },
        ],
        pue=[
            {"site": site, "facility": facility, "pue": pue}
            for site in ("E",)
            for facility, pue in (("hall", 1.5), ("cold", 1.1))
        ],
        power=[{"province": "P", "price_cny_per_kwh": 0.5}],
        sites=[{"site": "E", "province": "P"}],
        demand=[
            {"zone": "east", "workload": "task", "year": year, "demand_eflops": eflops}
            for year, eflops in DEMAND.items()
        ],
        stock=[
            {
                "block": "b",
                "site": "E",
                "facility": "hall",
                "kind": "general",
                "compute_eflops": 0.5,
                "facility_it_mw": 1,
                "age_years": 2,
                "pue": 1.6,
            }
        ],
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return solve(model(tmp_path_factory.mktemp("years") / "m"), counterfactual=False)


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = model(tmp_path_factory.mktemp("turned") / "m", features={"retrofit": True})
    return solve(folder, counterfactual=False)


def codes(plan: Plan, **tables: pd.DataFrame) -> set[str]:
    changed = new_plan(plan.record, plan.model, {**plan.tables, **tables})
    return {failure.code for failure in verify(changed).failures}


def test_the_stock_is_counted_once_in_every_period(plain: Plan) -> None:
    # 2025: 0.5 stands and 0.5 is filled beside it; 2027: 1 more is expanded. In 2030 what was
    # put in in 2025 has served its five years: 0.5 retires and comes again, and 1 is expanded.
    assert plain.status == "optimal"
    assert plain.record["verification"]["passed"]
    capacity = plain["capacity"].set_index("year")
    assert capacity.groupby(level=0)["compute_eflops"].sum().to_dict() == pytest.approx(DEMAND)
    keys = ["site", "kind", "facility"]
    before = None
    for year in YEARS:
        rows = capacity.loc[[year]].groupby(keys).sum(numeric_only=True)
        stands = rows["existing_eflops"] + rows["filled_eflops"] + rows["expanded_eflops"]
        stands += rows["built_eflops"] + rows["retrofitted_eflops"] - rows["retired_eflops"]
        assert np.allclose(stands, rows["compute_eflops"])
        if before is not None:
            assert np.allclose(rows["existing_eflops"], before["compute_eflops"])
        before = rows
    filled = capacity.groupby(level=0)["filled_eflops"].sum()
    retired = capacity.groupby(level=0)["retired_eflops"].sum()
    assert filled.tolist() == pytest.approx([0.5, 0, 0.5])
    assert retired.tolist() == pytest.approx([0, 0, 0.5])
    assert capacity.groupby(level=0)["expanded_eflops"].sum().tolist() == pytest.approx([0, 1, 1])


def test_the_objective_is_the_discounted_sum_of_annuities(plain: Plan) -> None:
    # Annuity of IT: 7% over 5 years = 0.2438907 a year, 24.38907 mcny per EFLOPS; of space over
    # 20 years 0.0943929·10. Years of the periods: 2, 3, 3; factors 1, 1.07^-2, 1.07^-5.
    # 2025: 0.5 filled, stock 4 years old (no annuity). 2027: 1.5 of the plan + the refreshed 0.5
    # (6 years old). 2030: 2.5 of the plan + 0.5. Power: all IT at PUE 1.6 in the block, 1.5 in
    # the hall, 8.76·0.5 mcny per MW.
    it, space, power = 24.38906944, 0.94392926, 8.76 * 0.5
    annual = {
        2025: 0.5 * it + 1.6 * power,
        2027: 2.0 * it + space + (1.6 + 1.5) * power,
        2030: 3.0 * it + 2 * space + (1.6 + 2 * 1.5) * power,
    }
    weight = {2025: 2.0, 2027: 3 * 1.07**-2, 2030: 3 * 1.07**-5}
    wanted = sum(weight[year] * annual[year] for year in YEARS)
    assert plain.record["objective_mcny"] == pytest.approx(wanted, rel=1e-7)
    assert plain["cost"]["mcny"].sum() == pytest.approx(wanted, rel=1e-7)
    assert [p["weight"] for p in plain.record["periods"]] == pytest.approx(list(weight.values()))
    one_more = plain["prices"].set_index("year")["price_mcny_per_eflops_year"]
    assert one_more[2030] == pytest.approx(it + space + 1.5 * power, rel=1e-6)


def test_the_overview_adds_up(plain: Plan) -> None:
    # 0.5 of stock + 0.5 and 0.5 filled + 2 expanded − 0.5 retired = 3; investment: 3 EFLOPS of
    # IT at 100 and 2 MW of space at 10 mcny.
    seen = overview(plain)
    row = seen["capacity"].sum(numeric_only=True)
    assert row["existing_eflops"] == pytest.approx(0.5)
    assert row["filled_eflops"] == pytest.approx(1.0)
    assert row["expanded_eflops"] == pytest.approx(2.0)
    assert row["retired_eflops"] == pytest.approx(0.5)
    assert row["compute_eflops"] == pytest.approx(3.0)
    figures = {name: entry["value"] for name, entry in seen.record["kpis"].items()}
    assert figures["additions_eflops_fp32"] == pytest.approx(3.0)
    assert figures["capex_mcny"] == pytest.approx(3 * 100 + 2 * 10)
    assert set(seen["service"]["year"]) <= {2030}


def test_a_plan_of_years_survives_the_folder(plain: Plan, tmp_path: Path) -> None:
    write_plan(plain, tmp_path / "plan")
    assert verify(read_plan(tmp_path / "plan")).passed


def test_a_broken_year_is_found(plain: Plan) -> None:
    units = plain["units"]
    late = units["year"] == 2030
    block = units["unit"] == "b"
    changed = units.copy()
    changed.loc[late & block, "existing_eflops"] = 0.9
    assert "existing_stock" in codes(plain, units=changed)
    assert "row_lost" in codes(plain, units=units[~(late & block)])
    changed = units.copy()
    changed.loc[late & block, ["filled_eflops", "retired_eflops"]] = 0.0  # it lives for ever
    assert "retired_share" in codes(plain, units=changed)
    changed = units.copy()
    changed.loc[late & ~block, ["filled_eflops", "expanded_eflops"]] = [-1.0, 2.0]
    assert "action_space" in codes(plain, units=changed)
    cost = plain["cost"].copy()
    cost.loc[cost["year"] == 2030, "mcny"] *= 1.07  # a year discounted too little
    assert "cost" in codes(plain, cost=cost)


def test_old_space_is_retrofitted_when_that_pays(turned: Plan) -> None:
    # Turning the MW of the block to PUE 1.1 costs 2·0.0943929 = 0.19 a year and saves, for the
    # 1 MW that runs in it, 0.5·4.38 = 2.19; the 0.5 EFLOPS there move along.
    assert turned.record["verification"]["passed"]
    first = turned["capacity"][turned["capacity"]["year"] == 2025].set_index("facility")
    assert first.loc["cold", "retrofitted_eflops"] == pytest.approx(0.5)
    assert first.loc["hall", "retrofitted_eflops"] == pytest.approx(-0.5)
    assert first.loc["cold", "facility_it_mw"] == pytest.approx(1.0)
    assert turned["units"].set_index(["unit", "year"]).loc[("b>cold", 2025), "pue"] == 1.1


def test_a_broken_retrofit_is_found(turned: Plan) -> None:
    units = turned["units"]
    fresh = units["unit"] == "b>cold"
    changed = units.copy()
    changed.loc[fresh & (units["year"] == 2030), "space_mw"] = 0.5
    assert "retrofit_kept" in codes(turned, units=changed)
    settings = turned.model.settings
    strict = settings.retrofit.model_copy(update={"min_age_years": 9})
    model = replace(turned.model, settings=settings.model_copy(update={"retrofit": strict}))
    found = verify(new_plan(turned.record, model, turned.tables))
    assert "retrofit_allowed" in {failure.code for failure in found.failures}


def test_retrofit_never_costs_more_and_is_absent_when_off(plain: Plan, turned: Plan) -> None:
    assert turned.record["objective_mcny"] <= plain.record["objective_mcny"] + 1e-6
    assert turned.record["size"]["variables"] > plain.record["size"]["variables"]
    assert not (plain["units"]["origin"] == "retrofit").any()


def test_later_demand_never_lowers_the_cost(plain: Plan, tmp_path: Path) -> None:
    more = read_model(
        model(tmp_path / "m"), sets=["demand[zone=east,workload=task,year=2030].demand_eflops=3.5"]
    )
    assert (
        solve(more, counterfactual=False).record["objective_mcny"]
        > (plain.record["objective_mcny"])
    )
