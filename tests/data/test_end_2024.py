"""The tables of end-2024: the published figures, by arithmetic and by the calibration run."""

from __future__ import annotations

import pandas as pd
import pytest

from layout.model import PlanningModel, read_model
from layout.solving import solve
from tests.data.national import fact, table

KW_PER_RACK = 2.5


@pytest.fixture(scope="module")
def model() -> PlanningModel:
    return read_model("national-2030-pathway", scenarios=["base-year"])


def blocks(model: PlanningModel) -> pd.DataFrame:
    """The stock with rated power, FP32 equivalent and province."""
    kinds = model["kinds"].set_index("kind")
    sites = model["sites"].set_index("site")
    stock = model["stock"]
    return stock.assign(
        racked_mw=stock["compute_eflops"] * stock["kind"].map(kinds["it_mw_per_eflops"]),
        fp32=stock["compute_eflops"] * stock["kind"].map(kinds["fp32_per_native"]),
        province=stock["site"].map(sites["province"]),
        cluster=stock["site"].map(sites["cluster"]) != "",
        hub=stock["site"].map(sites["hub"]) != "",
    )


def test_national_totals_are_those_published(model):
    fp32 = blocks(model).groupby("kind")["fp32"].sum()
    facts = fact("compute").query("entity == 'nation' and chosen == '2024'").set_index("metric")
    assert fp32.sum() == pytest.approx(facts.loc["compute_total", "value"], abs=0.001)
    assert fp32["intelligent"] == pytest.approx(
        facts.loc["compute_intelligent", "value"], abs=0.001
    )
    racks = blocks(model)["facility_it_mw"].sum() / KW_PER_RACK * 1000
    assert racks == pytest.approx(9.0e6, rel=1e-4)


def test_groups_keep_their_shares_of_the_racks(model):
    rows = blocks(model)
    racks = rows.groupby("province")["facility_it_mw"].sum()
    assert racks[["110000", "120000", "130000"]].sum() / racks.sum() == pytest.approx(
        0.215, abs=1e-3
    )
    yrd = racks[["310000", "320000", "330000", "340000"]].sum()
    assert yrd / racks.sum() == pytest.approx(0.245, abs=1e-3)
    assert racks["330000"] / KW_PER_RACK == pytest.approx(410, abs=0.5)  # published, end-2024


def test_clusters_are_racked_as_published(model):
    inside = blocks(model).query("cluster")
    assert inside["racked_mw"].sum() / inside["facility_it_mw"].sum() == pytest.approx(
        0.63, abs=1e-4
    )
    assert inside["facility_it_mw"].sum() / KW_PER_RACK == pytest.approx(
        1460 * 9000 / 8200, rel=1e-3
    )


def test_vintages_add_up_and_leave_in_their_order(model):
    rows = blocks(model)
    old = rows[rows["block"].str.endswith("-old")].groupby("kind")["compute_eflops"].sum()
    whole = rows.groupby("kind")["compute_eflops"].sum()
    assert old["general"] / whole["general"] == pytest.approx(0.71, abs=1e-4)
    assert old["intelligent"] / whole["intelligent"] == pytest.approx(0.5, abs=1e-4)
    ages = rows.assign(old=rows["block"].str.endswith("-old")).groupby(["kind", "old"])["age_years"]
    found = ages.first()
    leaves = {
        key: next(y for y in (2026, 2028, 2030) if age + y - 2024 > 5) for key, age in found.items()
    }
    assert leaves["general", True] == 2026
    assert leaves["intelligent", True] == 2028
    assert leaves["general", False] == leaves["intelligent", False] == 2030


def test_demand_grows_as_reported_and_then_as_assumed():
    shipped = read_model("national-2030-pathway", sets=["periods=[2026]", "features.slices=false"])
    rows = shipped["demand"].merge(shipped["workloads"][["workload", "kind"]], on="workload")
    sums = rows.groupby(["kind", "year"])["demand_eflops"].sum()
    for kind, first, later in (
        ("general", 1.20, 1.12),
        ("intelligent", 1.43, 1.35),
        ("super", 1.15, 1.15),
    ):
        for year in (2026, 2028, 2030):
            grown = sums[kind, 2024] * first * later ** (year - 2025)
            assert sums[kind, year] == pytest.approx(grown, rel=1e-6)


def test_base_year_builds_nothing_and_operates_at_the_published_pue(model):
    plan = solve(model, counterfactual=False)
    actions = ["filled_eflops", "expanded_eflops", "built_eflops", "retired_eflops"]
    assert plan.tables["capacity"][actions].abs().to_numpy().max() <= 1e-9
    assert plan.tables["unserved"].empty
    measured = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert measured["compute_eflops_fp32"] == pytest.approx(280, abs=0.001)
    assert measured["pue_operated"] == pytest.approx(1.47, abs=0.015)
    assert measured["rack_utilisation"] == pytest.approx(0.604, abs=0.01)


def test_the_national_tables_of_2023_stay(model):
    """The editions share every table that the date does not touch."""
    for name in ("zones", "kinds", "facilities", "workloads", "pue", "groups"):
        assert len(model[name]) == len(table(name)), name
