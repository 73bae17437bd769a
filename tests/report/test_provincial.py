"""What provinces can be shaded by, worked out by hand, and how its classes are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from layout.plan import Plan
from layout.report.boundaries import shipped_boundaries
from layout.report.metrics import metric_records
from layout.report.view import View
from tests.builders import YEAR
from tests.report.plans import small_plan


def _told(plan: Plan, lang: str = "en") -> dict[str, dict]:
    view = View(plan, shipped_boundaries(), lang)
    return {one["key"]: one for one in metric_records(view)}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The small plan with prices, cost, unserved demand and water."""
    plan = small_plan(tmp_path_factory.mktemp("m"))
    tables = dict(plan.tables)
    tables["prices"] = pd.DataFrame(
        [("110000", "online", YEAR, 3000.0), ("110000", "training", YEAR, 150.0),
         ("310000", "online", YEAR, 4000.0), ("440000", "online", YEAR, float("nan"))],
        columns=["zone", "workload", "year", "price_mcny_per_eflops_year"],
    )  # fmt: skip
    tables["cost"] = pd.DataFrame(
        [("GUIAN", YEAR, "grid_energy", 90.0), ("GUIAN", YEAR, "it_capital", 30.0),
         ("110000", YEAR, "it_capital", 2000.0)],
        columns=["site", "year", "component", "mcny"],
    )  # fmt: skip
    tables["unserved"] = pd.DataFrame(
        [("440000", "training", YEAR, 2.0)], columns=["zone", "workload", "year", "unserved_eflops"]
    )
    tables["water"] = pd.DataFrame([("GUIAN", YEAR, 7.0)], columns=["site", "year", "water_ml"])
    return replace(plan, tables=tables)


def test_prices_cost_unserved_and_use_by_hand(full: Plan) -> None:
    told = _told(full)
    assert told["price:general"]["values"] == {"110000": 3000.0, "310000": 4000.0}
    assert told["price:intelligent"]["values"] == {"110000": 150.0}
    assert told["price:general"]["shown"]["110000"] == "3 bn CNY per EFLOPS and year"
    assert told["cost"]["values"]["520000"] == 120.0
    assert told["cost"]["values"]["310000"] == 0.0  # sites, and no cost at them
    assert told["unserved"]["values"]["440000"] == 0.5  # 2 EFLOPS FP16 at 0.25
    assert told["unserved"]["values"]["110000"] == 0.0
    assert told["water"]["shown"]["520000"] == "7 ML"
    assert set(told["rack_use"]["values"].values()) == {0.5}  # racks fill half of the space
    assert told["retired"]["values"]["110000"] == 3.0
    assert "heat" not in told
    assert "green_annual" not in told  # nothing is matched by the hour


def test_legend_and_values_are_in_units_that_a_reader_expects(full: Plan) -> None:
    chinese = _told(full, "zh")
    assert chinese["cost"]["unit"] == "亿元"
    assert chinese["cost"]["shown"]["110000"] == "20 亿元"
    assert chinese["power_price"]["shown"]["110000"] == "0.4 元/千瓦时"
    assert chinese["power_price"]["classes"] == ["0.4"]  # one value, one class
    assert chinese["net_service"]["diverging"]
    assert "\N{MINUS SIGN}" in chinese["net_service"]["classes"][0]
    groups = [one["group"] for one in chinese.values()]
    assert [g for n, g in enumerate(groups) if g not in groups[:n]] == [
        "算力", "需求与服务", "电力与环境", "机房与成本"
    ]  # fmt: skip
    for one in chinese.values():
        assert len(one["classes"]) == len(one["colours"]) == len(one["breaks"]) + 1


def test_close_values_keep_the_digits_that_tell_them_apart(full: Plan) -> None:
    power = full.model["power"].assign(price_cny_per_kwh=[0.551, 0.553, 0.557, 0.561, 0.566])
    model = replace(full.model, tables={**full.model.tables, "power": power})
    breaks = _told(replace(full, model=model))["power_price"]["breaks"]
    assert len(breaks) == len(set(breaks)) == 4


def test_green_is_matched_by_the_hour_where_there_are_slices(full: Plan) -> None:
    """Of 60 GWh contracted, 25 are matched; 10 of certificates, 125 used."""
    features = full.model.settings.features.model_copy(update={"slices": True})
    settings = full.model.settings.model_copy(update={"features": features})
    contracts = pd.DataFrame(
        [("GUIAN", "520000", "wind", YEAR, 20.0, 60.0, 25.0)],
        columns=["site", "source", "technology", "year", "contract_mw", "produced_gwh", "used_gwh"],
    )
    plan = replace(
        full,
        model=replace(full.model, settings=settings),
        tables={**full.tables, "contracts": contracts},
    )
    told = _told(plan)
    assert told["green"]["values"]["520000"] == pytest.approx((25 + 10) / 125)
    assert told["green_annual"]["values"]["520000"] == pytest.approx((60 + 10) / 125)
    assert "by the hour" in told["green"]["label"]
    assert "annual" in told["green_annual"]["label"]


def test_the_zero_class_is_there_only_where_some_value_is_zero(full: Plan, tmp_path: Path) -> None:
    told = _told(full)
    assert told["cost"]["zero"] is not None
    assert told["demand"]["zero"] is None
