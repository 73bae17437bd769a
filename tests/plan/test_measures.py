"""Measures of targets with answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from layout.model import Target
from layout.plan import Plan
from layout.plan.baseyear import base_ledger
from layout.plan.ledger import Ledger
from layout.plan.measures import base_readings, measures, reading
from layout.plan.outturn import end_of, outturn_of
from layout.plan.terms import SHORTFALL_UNIT, TERMS
from tests.checking.handmade import FAR_MS, HOURS, YEAR


def asked(measure: str, sense: str = "at_least", value: float = 0.0, **fields: Any) -> Target:
    return Target(id="t", measure=measure, sense=sense, value=value, year=YEAR, **fields)


@pytest.fixture(scope="module")
def ledger(plan: Plan) -> Ledger:
    return Ledger(plan.tables, plan.model, YEAR)


# FP32: E1 4.1 general + 1/8 intelligent, W1 9/8; added 0.5 + 1/8 and 9/8
KNOWN: list[tuple[str, dict[str, Any], float | None]] = [
    ("compute_eflops_fp32", {}, 4.1 + 10 / 8),
    ("compute_eflops_fp32", {"scope": "site:W1"}, 9 / 8),
    ("compute_eflops_fp32", {"scope": "group:none"}, 0.0),
    ("compute_eflops", {"kind": "intelligent"}, 10.0),
    ("compute_eflops", {"kind": "general", "scope": "province:P1"}, 4.1),
    ("hhi", {}, (4.225**2 + 1.125**2) / 5.35**2),
    ("hhi", {"basis": "region", "kind": "intelligent"}, 0.1**2 + 0.9**2),
    # nothing is inclusive: use at peak 1 + 0.5·1.2 of 2.05, and 4·1.1 of 5
    ("inclusive_share", {"kind": "general"}, 1 - 1.6 / 2.05),
    ("inclusive_share", {"kind": "intelligent"}, 1 - 4.4 / 5),
    ("kind_share", {"kind": "intelligent"}, 1.25 / 5.35),
    ("kind_share", {"kind": "intelligent", "scope": "hub:H"}, 1.0),
    ("additions_share", {"scope": "hubs"}, 1.125 / 1.75),
    ("additions_share", {"scope": "clusters", "kind": "intelligent"}, 0.9),
    ("additions_share", {"scope": "clusters", "kind": "general"}, 0.0),
    ("domestic_share", {}, 0.0),  # nobody says of any kind that it is domestic
    ("ai_centres", {}, 2.0),
    ("ai_centres", {"basis": "5"}, 1.0),
    ("pue_new", {}, (1.5 * 5 + 1.2 * 20) / 25),
    ("pue_new", {"scope": "clusters"}, 1.2),
    ("pue_retrofit", {}, None),
    ("pue_fleet", {}, (58.964 + 19.216) / (36.16 + 15.84)),
    ("pue_fleet", {"scope": "region:west"}, 19.216 / 15.84),
    ("rack_utilisation", {}, 61 / 75),
    ("rack_utilisation", {"scope": "province:P1"}, 43 / 55),
    ("green_share", {}, 130 / (78.18 * HOURS)),
    ("green_share", {"basis": "physical"}, 30 / (78.18 * HOURS)),
    # new space: E1+hall uses 25.97 GWh, all of it covered; W1+hall has 30 GWh of 168.33
    ("green_share", {"basis": "new"}, (2.964 * HOURS + 30) / ((2.964 + 19.216) * HOURS)),
    ("carbon_kt", {"scope": "site:E1"}, 0.6 * 58.964 * HOURS),
    ("carbon_market_kt", {"scope": "site:E1"}, 0.6 * (58.964 * HOURS - 100)),
    ("carbon_market_kt", {"scope": "site:W1"}, 0.55 * (19.216 * HOURS - 30)),
    ("energy_gwh", {"scope": "region:west"}, 19.216 * HOURS),
    ("region_share", {"scope": "region:west"}, 1.125 / 5.35),
    ("west_to_east", {}, 1.125 / 4.225),
    # densities 4.225/100 and 1.125/300: |d| = 0.0385 over 2·(0.04225 + 0.00375)
    ("gini", {}, 0.0385 / 0.092),
    ("gini", {"basis": "per_gdp"}, (4.225 / 200 - 1.125 / 100) / (2 * (4.225 / 200 + 1.125 / 100))),
    ("self_sufficiency", {"scope": "province:P1"}, 1.4 / 5),
    ("self_sufficiency", {"scope": "province:P1", "kind": "general"}, 1.0),
    ("self_sufficiency", {"scope": "province:P2"}, 0.0),
    ("capex_mcny", {}, 40 * 5 + 36 * 20 + 100 * 0.5 + 50 * 10),
    ("served_share", {}, 1.0),
    ("latency_share", {"basis": "rtt:5"}, 1.0),
    ("latency_share", {"basis": "one_way:1"}, 0.0),
    ("latency_share", {"basis": "soon"}, None),
    ("site_count", {}, 2.0),
    ("site_count", {"scope": "region:west"}, 1.0),
    ("large_outside_clusters_mw", {}, 5.0),
    ("interhub_latency_ms", {}, None),
    # no embodied figures: operation alone; the others need a feature, see tests/features
    ("carbon_life_cycle_kt", {"scope": "site:E1"}, 0.6 * 58.964 * HOURS),
    ("storage_eb", {}, None),
    ("ssd_share", {}, None),
    ("water_ml", {}, None),
    ("heat_gwh", {}, None),
]


@pytest.mark.parametrize(("measure", "fields", "expected"), KNOWN)
def test_known_answers(
    ledger: Ledger, measure: str, fields: dict[str, Any], expected: float | None
) -> None:
    found = reading(asked(measure, **fields), ledger)
    if expected is None:
        assert found.achieved is None
        assert found.status == "not_applicable"
    else:
        assert found.achieved == pytest.approx(expected, rel=1e-12)


def test_every_measure_has_a_known_answer_and_a_unit_of_shortfall() -> None:
    assert {measure for measure, _, _ in KNOWN} == set(TERMS) == set(SHORTFALL_UNIT)


def test_interhub_latency_is_that_of_the_two_clusters(plan: Plan) -> None:
    sites = plan.model["sites"].assign(cluster="C", hub=["H1", "H1", "H2"])
    model = replace(plan.model, tables={**plan.model.tables, "sites": sites})
    found = reading(asked("interhub_latency_ms"), Ledger(plan.tables, model, YEAR))
    assert found.achieved == pytest.approx(FAR_MS, rel=1e-12)


def test_average_pue_of_p6(plan: Plan) -> None:
    # A 100 MW at 30% load, 1.15; B 100 MW at 70%, 1.45: by capacity 1.30, by energy 1.36
    units = plan["units"].iloc[:2].assign(
        site=["E1", "W1"], origin="new", facility="hall", space_mw=100.0, pue=[1.15, 1.45],
        it_gwh=[30 * HOURS, 70 * HOURS], facility_gwh=[30 * 1.15 * HOURS, 70 * 1.45 * HOURS],
    )  # fmt: skip
    ledger = Ledger({**plan.tables, "units": units}, plan.model, YEAR)
    assert units["pue"].mean() == pytest.approx(1.30)
    assert reading(asked("pue_new"), ledger).achieved == pytest.approx(1.30, abs=5e-4)
    assert reading(asked("pue_fleet"), ledger).achieved == pytest.approx(1.36, abs=5e-4)


@pytest.mark.parametrize(("load", "expected"), [(1.0, 1.17), (0.5, 1.22), (0.2, 1.37)])
def test_part_load_pue_of_p8(plan: Plan, load: float, expected: float) -> None:
    # variable 1.12, fixed 0.05, no idle power: the base year at part load
    kinds = plan.model["kinds"].assign(idle_power_share=0.0, max_utilisation=1.0)
    pue = plan.model["pue"].assign(pue=1.17, fixed_overhead=0.05)
    stock = plan.model["stock"].iloc[:1].assign(pue=float("nan"), facility_it_mw=float("nan"))
    demand = plan.model["demand"]
    demand = demand[demand["year"] == 2023].assign(demand_eflops=3 * load)
    tables = {**plan.model.tables, "kinds": kinds, "pue": pue, "stock": stock, "demand": demand}
    base = base_ledger(replace(plan.model, tables=tables))
    assert reading(asked("pue_fleet"), replace(base, year=YEAR)).achieved is None  # other year
    target = asked("pue_fleet").model_copy(update={"year": None})
    assert reading(target, base).achieved == pytest.approx(expected, abs=1e-9)


def test_certificates_of_p12(plan: Plan) -> None:
    # 100 GWh, 60 of them certified: residual mix 24.4 kt, location-based 53.1 kt, never 21.2
    energy = plan["energy"].iloc[:1].assign(
        facility_gwh=100.0, grid_gwh=100.0, renewable_gwh=0.0, certificate_gwh=60.0,
        carbon_kt=53.06,
    )  # fmt: skip
    power = plan.model["power"].assign(grid_tco2_per_mwh=0.5306, residual_tco2_per_mwh=0.6096)
    model = replace(plan.model, tables={**plan.model.tables, "power": power})
    ledger = Ledger({**plan.tables, "energy": energy}, model, YEAR)
    market = reading(asked("carbon_market_kt"), ledger).achieved
    assert market == pytest.approx(24.4, abs=0.05)
    assert reading(asked("carbon_kt"), ledger).achieved == pytest.approx(53.1, abs=0.05)
    naive = (100 - 60) * 0.5306
    assert naive == pytest.approx(21.2, abs=0.05)
    assert reading(asked("green_share"), ledger).achieved == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("sense", "value", "slack", "shortfall", "status"),
    [
        ("at_least", 1.0, 0.2, 0.0, "pass"),
        ("at_most", 1.0, -0.2, 5.0, "fail"),
        ("at_most", 1.3, 0.1, 0.0, "pass"),
        ("at_least", 1.2 * (1 + 1e-8), 0.0, 0.0, "pass"),
        ("at_least", 1.201, -0.001, 0.025, "fail"),
    ],
)
def test_slack_is_the_margin_and_shortfall_is_in_the_numerator(
    plan: Plan, sense: str, value: float, slack: float, shortfall: float, status: str
) -> None:
    # 25 MW of new space at a mean PUE of 1.2: numerator 30, base 25
    units = plan["units"].assign(pue=1.2)
    ledger = Ledger({**plan.tables, "units": units}, plan.model, YEAR)
    found = reading(asked("pue_new", sense, value), ledger)
    assert found.slack == pytest.approx(slack, abs=1e-6)
    assert found.shortfall == pytest.approx(shortfall, abs=1e-6)
    assert found.status == status


def test_what_cannot_be_measured_is_never_a_pass(plan: Plan, ledger: Ledger) -> None:
    off = plan.model.settings.features.model_copy(update={"renewables": False})
    settings = plan.model.settings.model_copy(update={"features": off})
    without = Ledger(plan.tables, replace(plan.model, settings=settings), YEAR)
    cases = {
        "not_built": reading(asked("unheard_of", "at_most", 1e9), ledger),
        "feature_off": reading(asked("green_share"), without),
        "zero_base": reading(asked("additions_share", kind="super"), ledger),
        "other_year": reading(asked("pue_new").model_copy(update={"year": 2030}), ledger),
        "unknown": reading(asked("latency_share", basis="far:1"), ledger),
    }
    for reason, found in cases.items():
        assert (found.reason, found.status) == (reason, "not_applicable")
        assert found.achieved is None
        assert found.shortfall == 0


def test_the_base_year_is_the_stock_under_its_own_demand(plan: Plan) -> None:
    # 1 EFLOPS on 4: b1 10(0.4·3 + 1.2·0.75) = 21 MW, b2 7 MW; 1.5·21 + 4 + 1.4·7 + 1 = 46.3 MW
    found = measures(plan.tables, plan.model).set_index("target")
    assert found["base_year_value"]["total"] == pytest.approx(4.0)
    assert found["base_year_value"]["carbon"] == pytest.approx(46.3 * HOURS * 0.6)
    assert pd.isna(found["base_year_value"]["green"])
    assert pd.isna(found["base_year_value"]["pue-new"])
    status = {r.target.id: r.status for r in base_readings(plan.model)}
    assert status == {
        "total": "fail", "ai": "fail", "pue-new": "not_applicable", "green": "not_applicable",
        "carbon": "fail", "storage": "not_applicable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("date", "moment"), [("2025", 2026), ("2025-06", 2025.5), ("2024-12-31", 2025), ("soon", None)]
)
def test_a_date_is_the_end_of_what_it_names(date: str, moment: float | None) -> None:
    assert end_of(date) == (None if moment is None else pytest.approx(moment))


def test_outturn_is_the_nearest_figure_in_the_same_precision(plan: Plan) -> None:
    rows = [
        ("compute_eflops_fp32", "nation", "2023", 230.0, "FP32"),
        ("compute_eflops_fp32", "nation", "2025-06", 300.0, "FP32"),
        ("compute_eflops_fp32", "nation", "2025-12", 788.0, "FP16"),
        ("compute_eflops_fp32", "hubs", "2025-12", 175.0, "FP32"),
        ("rack_utilisation", "nation", "2024", 0.6, ""),
    ]
    columns = ["measure", "scope", "date", "value", "precision"]
    table = pd.DataFrame(rows, columns=columns).assign(kind="", basis="", unit="", source="")
    model = replace(plan.model, tables={**plan.model.tables, "outturn": table})
    assert outturn_of(model, asked("compute_eflops_fp32"), YEAR) == 300
    assert outturn_of(model, asked("compute_eflops_fp32", scope="hubs"), YEAR) == 175
    assert outturn_of(model, asked("compute_eflops_fp32", outturn=1.0), YEAR) == 1
    assert outturn_of(model, asked("carbon_kt"), YEAR) is None
    assert outturn_of(model, asked("rack_utilisation"), YEAR) == 0.6
