"""The prefecture model divides what the national model says of provinces, and adds nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from layout.model import PlanningModel, read_model
from layout.model.home import own_zone

EXACT = 1e-9
ROUNDED_MW = 1e-5  # space is written to the sixth digit, and is never below what is racked


@pytest.fixture(scope="module")
def nation() -> PlanningModel:
    return read_model("national-2025")


@pytest.fixture(scope="module")
def model() -> PlanningModel:
    return read_model("national-prefectures-2025")


def by_zone_province(model: PlanningModel, value: str) -> pd.Series:
    """Demand by province, workload and year."""
    province = model["demand"]["zone"].map(model["zones"].set_index("zone")["province"])
    return model["demand"].groupby([province, "workload", "year"])[value].sum()


def by_site_province(model: PlanningModel, value: str) -> pd.Series:
    """Stock by province, cluster (or none), kind and facility."""
    sites = model["sites"].set_index("site")
    stock = model["stock"]
    keys = [stock["site"].map(sites[name]).rename(name) for name in ("province", "cluster")]
    return stock.groupby([*keys, "kind", "facility"])[value].sum()


def test_there_are_336_prefectures_and_the_ten_clusters(model: PlanningModel) -> None:
    assert len(model["zones"]) == 336
    assert len(model["sites"]) == 346
    own = model["sites"].query("cluster == ''")
    assert list(own["site"]) == list(model["zones"]["zone"])
    assert (own["zone"] == own["site"]).all()


def test_demand_of_every_province_is_the_nations(
    model: PlanningModel, nation: PlanningModel
) -> None:
    ours, theirs = (by_zone_province(one, "demand_eflops") for one in (model, nation))
    assert ours.index.equals(theirs.index)
    assert (ours - theirs).abs().max() < EXACT


@pytest.mark.parametrize(
    ("value", "tolerance"), [("compute_eflops", EXACT), ("facility_it_mw", ROUNDED_MW)]
)
def test_stock_of_every_province_is_the_nations(
    model: PlanningModel, nation: PlanningModel, value: str, tolerance: float
) -> None:
    ours, theirs = (by_site_province(one, value) for one in (model, nation))
    assert ours.index.equals(theirs.index)
    assert (ours - theirs).abs().max() < tolerance


def test_people_and_gdp_add_up_to_those_of_the_province(
    model: PlanningModel, nation: PlanningModel
) -> None:
    for value in ("population_10k", "gdp_100m_cny"):
        ours = model["zones"].groupby("province")[value].sum()
        assert (ours - nation["zones"].set_index("zone")[value]).abs().max() < EXACT


def test_power_and_renewables_of_a_province_are_the_nations(
    model: PlanningModel, nation: PlanningModel
) -> None:
    """So a province has no more room on the grid than before, however many sites share it."""
    rows = [
        one["power"].query("tariff_zone == ''").set_index("province") for one in (model, nation)
    ]
    columns = ["price_cny_per_kwh", "grid_tco2_per_mwh", "grid_headroom_mw"]
    pd.testing.assert_frame_equal(rows[0][columns], rows[1][columns])
    pd.testing.assert_frame_equal(model["renewables"], nation["renewables"])
    assert model.settings.targets == nation.settings.targets


def test_a_capital_holds_twice_what_its_gdp_says(model: PlanningModel) -> None:
    """Guangzhou against Foshan: general stock over GDP differs by the weight of the capital."""
    stock = model["stock"].query("kind == 'general'").groupby("site")["compute_eflops"].sum()
    gdp = model["zones"].set_index("zone")["gdp_100m_cny"]
    ratio = (stock["440100"] / gdp["440100"]) / (stock["440600"] / gdp["440600"])
    assert ratio == pytest.approx(2.0, rel=1e-3)


def test_supercomputers_stand_where_their_centres_do(model: PlanningModel) -> None:
    """TaihuLight, 93.01 PFLOPS, in Wuxi; the centre of Kunshan in Suzhou."""
    held = model["stock"].query("kind == 'super'").set_index("site")["compute_eflops"]
    assert held["320200"] == pytest.approx(0.09301)
    assert "320500" in held
    assert "320100" not in held


def test_every_cluster_lies_in_its_prefecture(model: PlanningModel) -> None:
    zones = model["sites"].query("cluster != ''").set_index("site")["zone"]
    assert zones["ZHANGJIAKOU"] == "130700"
    assert zones["SHAOGUAN"] == "440200"
    assert zones["QINGYANG"] == "621000"
    assert zones["GUIAN"] == "520100"


def test_edge_work_can_be_hosted_at_home(model: PlanningModel) -> None:
    """Edge work stays in its prefecture: stock, filled if need be, is enough in all of them."""
    kinds = model["kinds"].set_index("kind")
    edge = model["demand"].query("workload == 'edge' and year == 2025").set_index("zone")
    stock = model["stock"].query("kind == 'general'")
    space = (
        pd.Series(stock["facility_it_mw"].to_numpy(), index=stock["site"]).groupby(level=0).sum()
    )
    rated = kinds["it_mw_per_eflops"]["general"] / kinds["max_utilisation"]["general"]
    needed = edge["demand_eflops"] * rated
    home = own_zone(model).T @ space.reindex(model["sites"]["site"]).fillna(0.0).to_numpy()
    assert (home > needed.reindex(model["zones"]["zone"]).to_numpy()).all()
