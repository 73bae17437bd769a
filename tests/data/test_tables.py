"""The shape of the shipped tables: complete, sourced, inside their limits."""

from __future__ import annotations

import pytest

from layout.model import examine
from layout.model.tables import TABLES, is_note
from tests.data.national import FACTS, NATIONAL, SCENARIOS, fact, stock, table

NAMES = sorted(path.stem for path in NATIONAL.glob("*.csv"))
FACT_NAMES = sorted(path.stem for path in FACTS.glob("*.csv"))
MAY_BE_EMPTY = {"module_it_mw", "latency_ms"}


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_contract(name):
    columns = [column for column in table(name).columns if not is_note(column)]
    # columns that only a feature without national figures reads may be left out
    declared = [column for column in TABLES[name].names if column in columns]
    assert columns == declared
    assert {column.name for column in TABLES[name] if column.required} <= set(columns)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "commitments"])
def test_every_row_has_source_and_confidence(name):
    rows = table(name)
    assert rows["source"].notna().all()
    assert rows["confidence"].notna().all()


@pytest.mark.parametrize("name", NAMES)
def test_no_number_is_missing(name):
    declared = [column.name for column in TABLES[name] if not column.textual]
    given = [column for column in table(name) if column in declared]
    given = [column for column in given if column not in MAY_BE_EMPTY]
    assert table(name)[given].notna().all().all()


@pytest.mark.parametrize("name", [name for name in FACT_NAMES if name != "sources"])
def test_every_fact_says_how_sure_it_is(name):
    rows = fact(name)
    assert rows["confidence"].notna().all()


@pytest.mark.parametrize("name", ["economy", "power", "tariffs", "climate", "compute"])
def test_observations_are_complete(name):
    rows = fact(name)
    for column in ("entity", "metric", "value", "unit", "source", "chosen"):
        assert rows[column].notna().all(), column
    chosen = rows[rows["chosen"] == "yes"]
    assert name == "compute" or not chosen.duplicated(["entity", "metric"]).any()


def test_parameters_have_unit_source_and_confidence():
    rows = fact("parameters")
    assert rows["unit"].notna().all()
    assert (rows["source"].notna() | (rows["confidence"] == "general knowledge")).all()
    bounded = rows.dropna(subset=["low", "central", "high"])
    assert (bounded["low"] <= bounded["central"]).all()
    assert (bounded["central"] <= bounded["high"]).all()


def test_counts():
    assert len(table("zones")) == 31
    assert len(table("sites")) == 41
    assert table("sites")["cluster"].notna().sum() == 10
    assert table("sites").loc[table("sites")["cluster"].notna(), "hub"].nunique() == 8
    assert len(table("kinds")) == 3
    assert len(table("workloads")) >= 6


def test_shares_of_demand_sum_to_one():
    rows = table("demand")
    for year, growth in ((2023, 1.0), (2025, 1.12**2)):
        general = rows[
            (rows["year"] == year) & rows["workload"].isin(["edge", "realtime", "online", "batch"])
        ]
        assert general["demand_eflops"].sum() == pytest.approx(
            157.7 * 0.6 * 0.99 * growth, rel=1e-6
        )


def test_stock_lies_below_every_limit():
    rows, sites = stock(), table("sites").set_index("site")
    space = rows.groupby("site")["facility_it_mw"].sum()
    load = (rows["facility_it_mw"] * rows["pue"]).groupby(rows["site"]).sum()
    assert (space <= sites["max_it_mw"].reindex(space.index)).all()
    assert (load <= sites["grid_headroom_mw"].reindex(load.index) + 1).all()
    power = table("power").dropna(subset=["tariff_zone"]).set_index("tariff_zone")
    zone_load = load.groupby(sites["tariff_zone"].reindex(load.index)).sum()
    assert (zone_load <= power["grid_headroom_mw"].reindex(zone_load.index) + 2).all()


def test_limits_are_never_unlimited():
    sites = table("sites")
    for column in ("max_it_mw", "grid_headroom_mw", "land_ha"):
        assert sites[column].notna().all()


def test_proxies_are_marked():
    rows = stock()
    assert set(rows["confidence"]) == {"estimated", "proxy"}
    marked = rows["note_basis"].str.split(":").str[0]
    assert (marked == rows["confidence"].map({"estimated": "published", "proxy": "proxy"})).all()


def test_conflicting_figures_stand_beside_the_stock():
    note = stock().set_index("block")["note"]
    assert "625" in note["440000-legacy"]
    assert "300" in note["440000-legacy"]


def test_new_halls_meet_the_targets_by_choice():
    """Old halls are never offered anew, and every zone has a large hall of at most 1.25."""
    pue = table("pue").pivot(index="climate_zone", columns="facility", values="pue")
    assert (pue["legacy-air"] > table("sites")["pue_max"].max()).all()
    assert (pue["medium-air"] < table("sites")["pue_max"].min()).all()
    assert (pue["large-coldplate"] <= 1.25).all()
    assert (pue["large-water"] > 1.25).any()
    assert pue["large-evaporative"].between(1.1, 1.35).all()


def test_names_of_places():
    zones = table("zones").set_index("zone")
    assert zones.loc["540000", "name_en"] == "Xizang (Tibet)"
    assert zones.loc["540000", "name_zh"] == "西藏"


def test_general_knowledge_stands_out():
    assert (fact("parameters")["confidence"] == "general knowledge").sum() > 30
    assert (table("kinds")["confidence"] == "general knowledge").all()


def test_the_shipped_model_and_all_its_scenarios_have_no_errors():
    model, problems = examine("national-2025")
    assert model is not None
    assert {problem.code for problem in problems} <= {"target_not_applicable"}
    for name in model.settings.scenarios:
        changed, found = examine("national-2025", scenarios=[name])
        assert changed is not None, (name, found)


def test_every_scenario_table_is_used():
    model, _ = examine("national-2025")
    used = {file for entry in model.settings.scenarios.values() for file in entry.tables.values()}
    assert {path.name for path in SCENARIOS.glob("*.csv")} == {
        file.rsplit("/", 1)[-1] for file in used
    }
