"""The published figures of 2023, by direct arithmetic on the shipped tables."""

from __future__ import annotations

import pytest

from tests.data.national import observed, of_kind, stock, table

KW_PER_RACK = 2.5


def test_installed_compute_is_230_eflops_fp32_with_70_intelligent():
    fp32 = stock().groupby("kind")["fp32"].sum()
    assert fp32.sum() == pytest.approx(230, abs=0.001)
    assert fp32["intelligent"] == pytest.approx(70, abs=0.001)
    assert fp32["super"] == pytest.approx(2.3, abs=0.001)


def test_intelligent_compute_is_490_eflops_in_its_own_precision():
    native = stock().groupby("kind")["compute_eflops"].sum()
    assert native["intelligent"] == pytest.approx(490, abs=0.01)
    assert of_kind("fp32_per_native")["intelligent"] == pytest.approx(1 / 7, rel=1e-15)


def test_space_is_8_1_million_racks_and_57_percent_racked():
    rows = stock()
    racks = rows["facility_it_mw"].sum() / KW_PER_RACK * 1000
    assert racks == pytest.approx(8.1e6, rel=1e-4)
    assert rows["facility_it_mw"].sum() == pytest.approx(20250, rel=1e-4)
    assert rows["racked_mw"].sum() / rows["facility_it_mw"].sum() == pytest.approx(0.57, abs=0.015)


def test_ten_clusters_hold_1_46_million_racks_of_march_2024_at_62_7_percent():
    rows = stock()
    inside = rows[rows["cluster"]]
    racks = inside["facility_it_mw"].sum() / KW_PER_RACK * 1000
    assert racks == pytest.approx(1.46e6 * 8100 / 8200, rel=1e-3)
    use = inside["racked_mw"].sum() / inside["facility_it_mw"].sum()
    assert use == pytest.approx(0.6272, abs=1e-4)


def test_energy_is_150_twh_within_5_percent_and_fleet_pue_1_48():
    """MW: IT = rated (idle + (1 - idle) load); facility = (pue - b) IT + b space; x 8.76."""
    rows = stock()
    idle = rows["kind"].map(of_kind("idle_power_share"))
    load = 0.99  # of what max_utilisation allows: the demand of the base year
    it = rows["racked_mw"] * (idle + (1 - idle) * load)
    overhead = rows["fixed_overhead"]
    facility = (rows["pue"] - overhead) * it + overhead * rows["facility_it_mw"]
    assert facility.sum() * 8.76 / 1000 == pytest.approx(150, rel=0.05)
    assert facility.sum() / it.sum() == pytest.approx(1.48, abs=0.01)


def test_41_percent_of_the_racks_lie_below_pue_1_4():
    rows = stock()
    below = rows.loc[rows["pue"] < 1.4, "facility_it_mw"].sum() / rows["facility_it_mw"].sum()
    assert below == pytest.approx(0.41, abs=0.02)


def test_provinces_sum_to_their_hub_groups():
    rows = stock()
    racks = rows.groupby("province")["facility_it_mw"].sum() / KW_PER_RACK
    jjj = racks[["110000", "120000", "130000"]].sum()
    yrd = racks[["310000", "320000", "330000", "340000"]].sum()
    assert jjj / racks.sum() == pytest.approx(0.215, abs=0.001)
    assert yrd / racks.sum() == pytest.approx(0.245, abs=0.001)


@pytest.mark.parametrize(
    ("province", "published"),
    [("440000", 0.12 * 180), ("510000", 5.5), ("330000", 12.0), ("310000", 14.0)],
)
def test_provinces_with_a_published_total_lie_near_it(province, published):
    """These totals of 2022-2024 were not used to place the stock."""
    rows = stock()
    assert rows.loc[rows["province"] == province, "fp32"].sum() == pytest.approx(
        published, rel=0.25
    )


def test_base_year_demand_is_what_99_percent_of_the_stock_serves():
    demand = table("demand").merge(table("workloads")[["workload", "kind"]], on="workload")
    used = demand[demand["year"] == 2023].groupby("kind")["demand_eflops"].sum()
    installed = stock().groupby("kind")["compute_eflops"].sum()
    for kind, eflops in used.items():
        assert eflops == pytest.approx(0.99 * 0.6 * installed[kind], rel=1e-4)


def test_no_block_is_past_its_life_in_2025():
    rows = stock()
    assert (rows["age_years"] + 2 <= rows["kind"].map(of_kind("it_life_years"))).all()


def test_emission_signs_of_the_routes():
    factor = table("power").drop_duplicates("province").set_index("province")["grid_tco2_per_mwh"]
    assert factor["510000"] / factor["310000"] - 1 == pytest.approx(-0.75, abs=0.03)
    assert factor["150000"] > factor["110000"]
    assert factor["520000"] > factor["440000"]


def test_certificate_cap_is_5_percent_of_wind_and_solar():
    import yaml

    from tests.data.national import ROOT, fact

    power = fact("power")
    made = power[power["metric"].isin(["wind_generation", "solar_generation"])]["value"]
    text = (ROOT / "models" / "national-2025" / "model.yaml").read_text("utf-8")
    cap = yaml.safe_load(text)["economy"]["certificate_cap_gwh"]
    assert cap == pytest.approx(0.05 * made.astype(float).sum() * 1000, rel=1e-4)


def test_outturn_and_facts_say_the_same():
    outturn = table("outturn").set_index(["measure", "scope", "date"])["value"]
    total = observed("compute", "nation", "compute_total", "2024-06-30")
    assert outturn["compute_eflops_fp32", "nation", "2024-06-30"] == total
