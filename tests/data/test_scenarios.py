"""Scenarios of the national model do what their names say; none is solved here."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from layout.model import read_model
from tests.data.national import SCENARIOS, fact, of_kind, table

KIND = {"batch": "general", "edge": "general", "hpc": "super", "inference": "intelligent",
        "online": "general", "realtime": "general", "training": "intelligent"}  # fmt: skip
JJJ, WEST = ("110000", "120000", "130000"), ("150000", "500000", "510000", "520000", "620000")


def _demand(name: str = "") -> pd.DataFrame:
    """Demand of 2025 by zone and workload: of a scenario, else of the model."""
    file = SCENARIOS / f"demand-{name}.csv"
    rows = table("demand") if not name else pd.read_csv(file, dtype={"zone": str})
    rows = rows[rows["year"] == 2025]
    assert len(rows) == 31 * len(KIND)
    return rows.pivot(index="zone", columns="workload", values="demand_eflops")


def _of_kind(demand: pd.DataFrame) -> pd.Series:
    return demand.T.groupby(KIND).sum().T.sum()


def _base() -> pd.Series:
    rows = table("demand")
    rows = rows[rows["year"] == 2023]
    return rows["demand_eflops"].groupby(rows["workload"].map(KIND)).sum()


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("20-percent", {"general": 0.13, "intelligent": 0.35, "super": 0.15}),
        ("idc", {"general": 0.166, "intelligent": 0.339, "super": 0.15}),
    ],
)
def test_demand_grows_at_the_rates_said(name: str, rates: dict[str, float]) -> None:
    grown = _of_kind(_demand(name)) / _base()
    for kind, rate in rates.items():
        assert grown[kind] == pytest.approx((1 + rate) ** 2, rel=1e-6)


def test_20_percent_is_the_least_whole_rate_that_meets_the_clause() -> None:
    fp32 = of_kind("fp32_per_native")

    def yearly(demand: pd.Series) -> float:
        return float(((demand * fp32).sum() / (_base() * fp32).sum()) ** 0.5 - 1)

    met = _of_kind(_demand("20-percent"))
    assert yearly(met) >= 0.20
    assert yearly(met.where(met.index != "general", met * (1.12 / 1.13) ** 2)) < 0.20
    assert yearly(_of_kind(_demand())) < 0.20


def test_idc_rates_are_those_of_its_amounts() -> None:
    targets = fact("targets").set_index("target")["value"]
    parameters = fact("parameters").set_index("parameter")["chosen"]
    for kind, first, last in (("general", "T054", "T028"), ("intelligent", "T055", "T029")):
        rate = (float(targets[last]) / float(targets[first])) ** (1 / 5) - 1
        assert float(parameters[f"growth_idc.{kind}"]) == pytest.approx(rate, abs=5e-4)


def test_regions_grow_apart_and_the_nation_as_before() -> None:
    """Only shares of shipments change: supercomputing, placed by GDP, stays where it was."""
    own, other = _demand("regional"), _demand()
    assert _of_kind(own).to_dict() == pytest.approx(_of_kind(other).to_dict(), rel=1e-6)
    assert own["hpc"].equals(other["hpc"])
    change = own["training"] / other["training"]
    assert (change[list(JJJ)] > 1).all()
    assert (change[list(WEST)] < 1).all() and change["440000"] < 1
    # training = (software + shipments) / 2: of Guangdong and Hubei, which has no forecast, only
    # the second part moves, and for each by its own growth of 3 years over that of the nation
    economy = fact("economy")
    economy = economy[(economy["chosen"] == "yes") & (economy["metric"] == "server_shipment_share")]
    share = economy.set_index("entity")["value"].astype(float)
    lost = (own["training"] - other["training"]) / other["training"].sum() * 2
    kept = {zone: lost[zone] / (share[zone] / share.sum()) + 1 for zone in ("440000", "420000")}
    assert kept["440000"] / kept["420000"] == pytest.approx((674 / 642.6) ** (3 / 4), rel=1e-4)


def test_industry_asks_for_more_at_once_and_where_it_is() -> None:
    own, other = _demand("industry"), _demand()
    assert _of_kind(own).to_dict() == pytest.approx(_of_kind(other).to_dict(), rel=1e-6)
    general = _of_kind(own)["general"]
    parts = {"edge": 0.15, "realtime": 0.40, "online": 0.25, "batch": 0.20}
    assert {one: own[one].sum() / general for one in parts} == pytest.approx(parts, rel=1e-6)
    economy = fact("economy")
    economy = economy[
        (economy["chosen"] == "yes") & (economy["metric"] == "industrial_value_added")
    ]
    value = economy.set_index("entity")["value"].astype(float)
    shares = own["realtime"] / own["realtime"].sum()
    assert shares["320000"] == pytest.approx(value["320000"] / value[own.index].sum(), rel=1e-5)
    assert own["batch"].div(other["batch"]).std() < 1e-6  # the others stay where they were


def test_inference_takes_from_training() -> None:
    own, other = _demand("inference"), _demand()
    both = own[["inference", "training"]].sum()
    assert both["inference"] / both.sum() == pytest.approx(0.65)
    assert both.sum() == pytest.approx(other[["inference", "training"]].sum().sum(), rel=1e-6)


DOCUMENTS = {
    "only-action-plan-2023": {"total-300", "ai-share-35"},
    "only-east-west-2023": {"hub-additions-60", "green-80"},
    "only-green-2021": {"pue-new-130", "pue-new-125", "large-in-clusters"},
    "only-green-2024": {"pue-fleet-150", "rack-60"},
    "only-hub-replies": {"rack-cluster-65"},
}


def test_every_target_is_in_the_scenario_of_its_document_and_the_others_are_reported() -> None:
    settings = yaml.safe_load((SCENARIOS.parent / "model.yaml").read_text("utf-8"))
    targets = {one["id"]: one for one in settings["targets"] if one["mode"] != "report"}
    assert set.union(*DOCUMENTS.values()) == targets.keys()
    for name, kept in DOCUMENTS.items():
        said = settings["scenarios"][name]["set"]
        assert set(said) == {f"targets.{one}.mode=report" for one in targets.keys() - kept}
        assert len({targets[one]["source"].split(";")[0] for one in kept}) == 1


def test_settings_of_scenarios() -> None:
    """Storage keeps up with data; what a retrofit costs is what the facts say."""
    stored = read_model("national-2025", scenarios=["storage-with-data"])
    assert stored.settings.features.storage
    target = next(one for one in stored.settings.targets if one.id == "storage-data-30")
    stands = stored["storage"][["disk_eb", "ssd_eb"]].sum().sum()
    assert target.mode == "hard"
    assert target.value == pytest.approx(stands * 1.3**2, rel=1e-3)
    turned = read_model("national-2025", scenarios=["retrofit"])
    price = turned["facilities"].set_index("facility")["retrofit_capex_mcny_per_mw"].dropna()
    facts = fact("parameters").set_index("parameter")["central"].astype(float)
    assert price.to_dict() == {
        "large-coldplate": facts["retrofit_cold_plate"], "medium-air": facts["retrofit_air"],
    }  # fmt: skip
    grid = read_model("national-2030-pathway", scenarios=["no-renewables-2030"])
    assert not grid.settings.features.renewables and list(grid.settings.periods) == [2030]
    assert grid.settings.economy.certificate_cap_gwh == 0
