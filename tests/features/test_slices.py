"""Time slices (16)-(27): each answer is worked in a comment."""

from __future__ import annotations

from itertools import pairwise
from math import pi, sin
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from layout.checking import verify
from layout.model import read_model
from layout.model.slices import _mixes, time_slices
from layout.plan import Plan, new_plan, write_plan
from tests.builders import merged, target, tiny_model
from tests.checking.edits import Edit, cell
from tests.features.rows import added_names, built, compare, planned, problems, written

DAY, NIGHT = 1.5, 0.5


def world(**more: Any) -> dict[str, Any]:
    """One site, 1 EFLOPS of 1 MW on average, 1.5 by day and 0.5 by night; sun by day alone.

    Grid 0.5 CNY/kWh; 10 MW of sun with a capacity factor of 0.2 (0.4 by day) at 0.1 CNY/kWh.
    """
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"slices": True, "renewables": True},
        },
        "zones": [{"zone": "Z"}],
        "sites": [{"site": "E", "province": "P", "climate_zone": "mild"}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        "power": [{"province": "P", "price_cny_per_kwh": 0.5}],
        "renewables": [
            {
                "province": "P",
                "technology": "sun",
                "potential_mw": 10,
                "capacity_factor": 0.2,
                "cost_cny_per_kwh": 0.1,
            }
        ],
        "slices": [
            {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
            {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
        ],
        "profiles": [
            {"province": "P", "technology": "sun", "slice": "light", "value": 1},
            {"workload": "task", "slice": "light", "value": DAY},
            {"workload": "task", "slice": "night", "value": NIGHT},
        ],
    }
    return merged(given, more)


def flexible(**more: Any) -> dict[str, Any]:
    rows = [{"workload": "task", "kind": "general", "flexible": "day"}]
    settings = {"slices": {"flexible_headroom": 1}}
    return world(workloads=rows, settings={**settings, **more})


def cost(plan: Plan) -> float:
    return float(plan.record["objective_mcny"])


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("slices") / "model", **world())


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("battery") / "model", **battery())


def battery(**settings: Any) -> dict[str, Any]:
    given = flexible(
        slices={"battery_capex_mcny_per_mwh": 0.001, "battery_efficiency": 0.81}, **settings
    )
    given["workloads"] = [{"workload": "task", "kind": "general"}]
    return given


def test_the_sun_serves_the_day_only(plan: Plan) -> None:
    # By day 1.5 MW: 3.75 MW of sun at 0.4; more would be paid for and not used. 6.57 GWh of sun
    # at 0.1 and, by night, 0.5 MW · 4.38 = 2.19 GWh of grid at 0.5: 0.657 + 1.095. Without
    # slices all 8.76 GWh would be green at 0.876.
    assert plan.record["verification"]["passed"]
    assert cost(plan) == pytest.approx(0.657 + 1.095)
    contract = plan["contracts"].iloc[0]
    assert contract["contract_mw"] == pytest.approx(3.75)
    assert contract["used_gwh"] == pytest.approx(6.57)
    assert plan["energy"]["grid_gwh"].sum() == pytest.approx(2.19)
    assert plan["capacity"]["compute_eflops"].sum() == pytest.approx(DAY)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["green_share_physical"] == pytest.approx(0.75)


def test_annual_accounts_hide_the_hours(tmp_path: Path) -> None:
    # 1 MW throughout. Sun 0.6 at noon, 0.2 in the morning (2190 h each), none at night (4380 h),
    # at 0.05 CNY/kWh. A MW of the morning takes 5 MW of sun, which yield 2.19·(3 + 1) GWh a year:
    # 0.05·6.57 for 2.19 GWh more than the noon needs, less than the grid at 0.5. So 5 MW: 8.76 GWh
    # produced for 8.76 consumed, 100% on annual accounts; 2·2.19 = 4.38 GWh used, 50% by the hour.
    # Certificates for a quarter more, free here, change the figure with certificates alone.
    given = world()
    given["renewables"][0]["cost_cny_per_kwh"] = 0.05
    given["slices"] = [
        {"slice": "morning", "hours": 2190, "day": "d", "start_hour": 6},
        {"slice": "noon", "hours": 2190, "day": "d", "start_hour": 12},
        {"slice": "night", "hours": 4380, "day": "d", "start_hour": 18},
    ]
    given["profiles"] = [
        {"province": "P", "technology": "sun", "slice": "morning", "value": 1},
        {"province": "P", "technology": "sun", "slice": "noon", "value": 3},
    ]
    plan = planned(tmp_path / "m", **given)
    assert cost(plan) == pytest.approx(8.76 * 0.05 + 4.38 * 0.5)
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["green_share"] == pytest.approx(1.0)
    assert figures["green_share_physical"] == pytest.approx(0.5)
    target_ = target("green", "green_share", "at_least", 0.75)
    half = {**given, "settings": {**given["settings"], "targets": [target_]}}
    certified = planned(tmp_path / "n", **half).record["kpis"]
    assert certified["green_share_certificates"]["value"] == pytest.approx(0.75)
    assert certified["green_share"]["value"] == pytest.approx(1.0)
    broken = {**plan.record["kpis"], "green_share": {"value": 0.5, "unit": "share"}}
    found = verify(new_plan({**plan.record, "kpis": broken}, plan.model, plan.tables))
    assert [failure.code for failure in found.failures] == ["kpi"]


def test_without_slices_the_hours_are_hidden(tmp_path: Path) -> None:
    off = planned(tmp_path / "m", **world(settings={"features": {"slices": False}}))
    assert cost(off) == pytest.approx(0.876)
    assert "green_share" not in off.record["kpis"]


def test_flexible_work_follows_the_sun(tmp_path: Path) -> None:
    # At most 2 = (1 + 1)·1 EFLOPS in a slice: all work by day, 8.76 GWh of sun at 0.1.
    assert cost(planned(tmp_path / "m", **flexible())) == pytest.approx(0.876)
    # At most 1.2: 1.2 by day and 0.8 by night.
    some = flexible(slices={"flexible_headroom": 0.2})
    found = cost(planned(tmp_path / "n", **some))
    assert found == pytest.approx(0.1 * 1.2 * 4.38 + 0.5 * 0.8 * 4.38)


def test_time_of_use_moves_the_bill_not_the_mean(tmp_path: Path) -> None:
    # Factors 1.5 and 0.5: nights at 0.25. No sun: 1.5 MW by day at 0.75, 0.5 MW at 0.25.
    rows = [*world()["profiles"], *_factors({"province": "P"}, 1.5, 0.5)]
    given = world(profiles=rows, settings={"features": {"renewables": False}})
    wanted = 4.38 * (1.5 * 0.75 + 0.5 * 0.25)
    assert cost(planned(tmp_path / "m", **given)) == pytest.approx(wanted)


def test_a_capacity_charge_is_on_the_highest_grid_power(tmp_path: Path) -> None:
    # 40 CNY per kW and month: 0.48 mcny per MW. Without sun the peak is 1.5 MW.
    rows = [{"province": "P", "price_cny_per_kwh": 0.5, "capacity_cny_per_kw_month": 40}]
    plan = planned(
        tmp_path / "m", **world(power=rows, settings={"features": {"renewables": False}})
    )
    assert plan.record["cost_breakdown_mcny"]["capacity_charge"] == pytest.approx(0.48 * DAY)


def test_cooling_follows_the_slice(tmp_path: Path) -> None:
    # PUE 1.2: the day at 1.1 of it, the night at 0.9: 1.32·1.5 + 1.08·0.5 MW instead of 2.4.
    rows = [*world()["profiles"], *_factors({"climate_zone": "mild"}, 1.1, 0.9)]
    pue = [{"climate_zone": "mild", "facility": "hall", "pue": 1.2}]
    plan = planned(tmp_path / "m", **world(profiles=rows, pue=pue))
    assert plan["energy"]["facility_gwh"].sum() == pytest.approx(4.38 * (1.32 * 1.5 + 1.08 * 0.5))


def _factors(key: dict[str, str], light: float, night: float) -> list[dict[str, Any]]:
    return [
        {**key, "slice": "light", "value": light},
        {**key, "slice": "night", "value": night},
    ]


def test_a_battery_carries_the_sun_into_the_night(stored: Plan) -> None:
    # Efficiency 0.9 each way. The night needs 0.5 MW for 12 hours: 6 MWh, 6/0.9 in the battery,
    # charged by day with 6/0.81 MWh = 0.61728 MW. All green: 4.38·(1.5 + 0.61728) GWh at 0.1.
    # The battery costs 0.001/15 per MWh and year and holds 6/0.9 MWh.
    assert stored.record["verification"]["passed"]
    wanted = 0.1 * 4.38 * (DAY + 0.5 / 0.81) + 0.001 / 15 * 6 / 0.9
    assert cost(stored) == pytest.approx(wanted)
    assert stored["dispatch"]["battery_mwh"].max() == pytest.approx(6 / 0.9)


@pytest.mark.parametrize("sense", ["at_most", "at_least"])
def test_a_battery_is_no_investment_of_the_year(tmp_path: Path, stored: Plan, sense: str) -> None:
    # It is paid by the year: a target on investment neither stops it nor is met by it.
    told = stored.record["kpis"]["capex_mcny"]["value"]
    same = {"id": "spent", "measure": "capex_mcny", "sense": sense, "value": told}
    plan = planned(tmp_path / "model", **battery(targets=[{**same, "scope": "nation"}]))
    assert cost(plan) == pytest.approx(cost(stored))


@pytest.mark.parametrize("sense", ["at_most", "at_least"])
def test_a_target_on_energy_counts_what_a_battery_loses(
    tmp_path: Path, stored: Plan, sense: str
) -> None:
    told = stored.record["kpis"]["facility_gwh"]["value"]
    same = {"id": "drawn", "measure": "energy_gwh", "sense": sense, "value": told}
    plan = planned(tmp_path / "model", **battery(targets=[{**same, "scope": "nation"}]))
    assert plan["targets"]["achieved"].tolist() == pytest.approx([told])
    assert cost(plan) == pytest.approx(cost(stored))


BREAKS: list[tuple[str, Edit]] = [
    ("slice_load", cell("loads", {"slice": "night"}, load_eflops=0.6)),
    ("slice_limit", cell("loads", {"slice": "light"}, load_eflops=1.6)),
    ("slice_mean", cell("dispatch", {"slice": "night"}, hours=4000)),
    ("slice_mean", cell("units", {}, load_eflops=1.1)),
    ("slice_power", cell("dispatch", {"slice": "night"}, facility_mw=0.4)),
    ("slice_renewable", cell("dispatch", {"slice": "night"}, renewable_mw=0.5, grid_mw=0)),
    ("battery", cell("dispatch", {"slice": "night"}, battery_mwh=1)),
    ("facility_energy", cell("units", {}, facility_gwh=9)),
    ("cost", cell("cost", {"component": "grid_energy"}, mcny=1)),
]


@pytest.mark.parametrize(("code", "edit"), BREAKS)
def test_a_broken_slice_is_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, edit: Edit
) -> None:
    _broken(plan, tmp_path, monkeypatch, code, edit)


@pytest.mark.parametrize("column", ["level_mwh", "charge_mw"])
def test_a_broken_battery_is_found(
    stored: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    edit = cell("dispatch", {"slice": "light"}, **{column: lambda old: old + 0.5})
    _broken(stored, tmp_path, monkeypatch, "battery", edit)


def test_flexible_work_done_too_late_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(tmp_path / "m", **flexible())
    edit = cell("flexible", {"slice": "light"}, load_eflops=1.5)
    _broken(plan, tmp_path, monkeypatch, "slice_window", edit)


def _broken(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, edit: Edit
) -> None:
    write_plan(plan, tmp_path / "whole")
    copytree(tmp_path / "whole", tmp_path / "plan")
    monkeypatch.setattr("layout.model.read_model", lambda source: plan.model)
    edit(tmp_path / "plan")
    found = verify(tmp_path / "plan")
    assert code in {failure.code for failure in found.failures}, found.report("en")


def test_rows(tmp_path: Path) -> None:
    given = flexible(slices={"flexible_headroom": 1, "battery_capex_mcny_per_mwh": 1})
    given["power"] = [{"province": "P", "price_cny_per_kwh": 0.5, "capacity_cny_per_kw_month": 40}]
    on = built(tmp_path / "on", **given)
    off = built(tmp_path / "off", **merged(given, {"settings": {"features": {"slices": False}}}))
    parts, rows = added_names(on, off)
    assert parts and rows
    assert not {name for name in off.constraints if "slice" in name or "battery" in name}
    compare("slices", written(on, sorted(rows), ["capacity_charge", "battery", "grid_energy"]))


def test_slices_on_without_the_table_says_which(tmp_path: Path) -> None:
    found = problems(tmp_path / "m", **world(slices=[], profiles=[]))
    missing = [problem for problem in found if problem.code == "feature_table"]
    assert len(missing) == 1
    assert "slices" in missing[0].sentence("en") and "hours" in missing[0].sentence("en")


def test_merging_keeps_every_mean_and_the_order_of_the_day(tmp_path: Path) -> None:
    hours = [f"h{hour:02d}" for hour in range(24)]
    values = [round(max(0.0, sin((hour - 6) / 12 * pi)), 6) for hour in range(24)]
    given = world(
        slices=[{"slice": hour, "hours": 365, "day": "d"} for hour in hours],
        profiles=[
            {"province": "P", "technology": "sun", "slice": hour, "value": value}
            for hour, value in zip(hours, values, strict=True)
        ],
        settings={"slices": {"count": 6}},
    )
    found = time_slices(read_model(tiny_model(tmp_path / "m", **given)))
    assert len(found.labels) == 6
    assert found.hours.sum() == pytest.approx(8760)
    assert found.block_hours.sum() == pytest.approx(24)
    mean = (found.capacity_factors * found.hours).sum(axis=1) / 8760
    assert mean == pytest.approx([0.2])
    assert [label.partition("..")[0] for label in found.labels] == sorted(
        label.partition("..")[0] for label in found.labels
    )
    assert found.next_in_day.tolist() == [1, 2, 3, 4, 5, 0]
    assert (found.load_shapes == 1).all()


def test_energy_that_would_be_curtailed_is_counted_where_it_is_used(tmp_path: Path) -> None:
    # A neighbour Q sells what it would spill at 0.01 + 0.05 of wheeling, cheaper than sun at 0.1:
    # all 8.76 GWh of the year come from it (at most 43.8).
    spill = {
        "province": "Q",
        "technology": "spill",
        "potential_mw": 10,
        "capacity_factor": 0.5,
        "cost_cny_per_kwh": 0.01,
        "wheeling_cny_per_kwh": 0.05,
        "buyers": "P",
        "curtailed": True,
    }
    off = {"features": {"slices": False}}
    rows = [*world()["renewables"], spill]
    plan = planned(tmp_path / "m", **world(renewables=rows, settings=off))
    figures = plan.record["kpis"]
    assert figures["curtailed_absorbed_gwh"]["value"] == pytest.approx(8.76)
    assert cost(plan) == pytest.approx(8.76 * 0.06)
    assert plan["contracts"]["source"].tolist() == ["Q"]


def humps(high: float, count: int, **more: Any) -> dict[str, Any]:
    """Eight slices of three hours, `high` and 2 − `high` of the mean in turn, merged to `count`."""
    labels = [f"h{number}" for number in range(8)]
    given = {
        "slices": [
            {"slice": label, "hours": 1095, "day": "d", "start_hour": 3 * number}
            for number, label in enumerate(labels)
        ],
        "profiles": [
            {"workload": "task", "slice": label, "value": high if number % 2 else 2 - high}
            for number, label in enumerate(labels)
        ],
        "settings": {"slices": {"count": count, "flexible_headroom": 0.5}},
    }
    return merged(world(**given), more)


def waiting(count: int) -> dict[str, Any]:
    """1 EFLOPS between 0.5 and 1.5, and 0.2 on average that can wait."""
    works = [
        {"workload": "batch", "kind": "general", "flexible": "week"},
        {"workload": "task", "kind": "general"},
    ]
    demand = [
        {"zone": "Z", "workload": "batch", "demand_eflops": 0.2},
        {"zone": "Z", "workload": "task", "demand_eflops": 1},
    ]
    return humps(1.5, count, workloads=works, demand=demand)


@pytest.mark.parametrize("count", [4, 8])
def test_merging_slices_does_not_hide_a_peak(tmp_path: Path, count: int) -> None:
    """Four pairs of 0.8 and 1.2 merge to a flat line; 1.2 EFLOPS are needed all the same."""
    plan = planned(tmp_path / "model", **humps(1.2, count))
    assert len(plan.tables["dispatch"]["slice"].unique()) == count
    assert plan.tables["capacity"]["compute_eflops"].sum() == pytest.approx(1.2)
    assert plan.record["verification"]["passed"]


@pytest.mark.parametrize("count", [4, 8])
def test_merging_slices_does_not_fill_valleys(tmp_path: Path, count: int) -> None:
    """What waits may run at 0.3 in the valleys, which gives 0.15; the peaks have to do 0.05.

    So much on average takes 0.1 in the peaks, on top of 1.5: 1.6 EFLOPS, not the 1.2 of a flat
    line.
    """
    plan = planned(tmp_path / "model", **waiting(count))
    assert plan.tables["capacity"]["compute_eflops"].sum() == pytest.approx(1.6)
    assert plan.record["verification"]["passed"]


def test_a_valley_of_five_hours_holds_more_than_a_peak_of_one(tmp_path: Path) -> None:
    """Four times an hour of 1.5 and five of 0.9: the 0.2 that wait run at 0.24 in the valleys."""
    given = waiting(4)
    starts = [0, 1, 6, 7, 12, 13, 18, 19]
    given["slices"] = [
        {"slice": f"h{number}", "hours": 365 * (5 if number % 2 else 1), "day": "d",
         "start_hour": start}
        for number, start in enumerate(starts)
    ]  # fmt: skip
    given["profiles"] = [
        {"workload": "task", "slice": f"h{number}", "value": 0.9 if number % 2 else 1.5}
        for number in range(8)
    ]
    plan = planned(tmp_path / "model", **given)
    assert plan.tables["capacity"]["compute_eflops"].sum() == pytest.approx(1.5)
    assert plan.record["verification"]["passed"]


def test_rows_of_load_patterns(tmp_path: Path) -> None:
    merged_rows, stated_rows = (built(tmp_path / str(count), **waiting(count)) for count in (4, 8))
    parts, rows = added_names(merged_rows, stated_rows)
    assert not parts
    assert rows == {"pattern_limit"}
    compare("slices_patterns", written(merged_rows, sorted(rows), []))


def test_hardware_that_only_merged_slices_allow_is_found(tmp_path: Path) -> None:
    """So many EFLOPS serve the merged slices of the cases, and none of the loads as stated."""
    for name, given, eflops in (
        ("rigid", humps(1.5, 4), 1.2),
        ("nearly flat", humps(1.05, 4), 1.0),
        ("waiting", waiting(4), 1.2),
    ):
        folder = tmp_path / name
        write_plan(planned(tmp_path / f"{name}-model", **given), folder)
        cell("units", {"kind": "general"}, compute_eflops=eflops)(folder)
        assert "pattern_limit" in {failure.code for failure in verify(folder).failures}


def test_a_price_profile_is_nothing_in_a_slice_that_it_leaves_out(tmp_path: Path) -> None:
    """Twice the mean by day, nothing by night: 4380 h of 1.5 MW at 1 CNY/kWh are 6.57 mcny."""
    given = world(
        settings={"features": {"renewables": False}},
        profiles=[
            {"workload": "task", "slice": "light", "value": DAY},
            {"workload": "task", "slice": "night", "value": NIGHT},
            {"slice": "light", "value": 3},
        ],
    )
    assert planned(tmp_path / "m", **given).record["objective_mcny"] == pytest.approx(6.57)


def test_two_shapes_mixed_in_any_share_give_no_other_order_of_patterns() -> None:
    """Every order that mixes of two shapes give, found with 2,000 shares, is among those asked."""
    for seed in range(20):
        shapes = np.random.default_rng(seed).uniform(0, 2, (2, 5))
        asked = {tuple(np.argsort(-(mix @ shapes), kind="stable")) for mix in _mixes(shapes)}
        for share in np.linspace(0.0005, 0.9995, 2000):
            order = np.argsort(-(share * shapes[0] + (1 - share) * shapes[1]), kind="stable")
            assert tuple(order) in asked


def test_neighbours_merge_by_what_all_their_hours_lose(tmp_path: Path) -> None:
    """Eight slices of 1 to 6 hours to four, each time the two that then vary least (Ward)."""
    lengths, values = [1, 5, 2, 6, 4, 3, 2, 1], [0.2, 0.8, 1.2, 1.0, 1.1, 1.3, 1.6, 0.3]
    start = np.cumsum([0, *lengths[:-1]]).tolist()
    rows = [
        {"slice": f"s{at}", "hours": 365 * length, "day": "d", "start_hour": start[at]}
        for at, length in enumerate(lengths)
    ]
    profiles = [
        {"workload": "task", "slice": f"s{at}", "value": value} for at, value in enumerate(values)
    ]
    given = world(slices=rows, profiles=profiles, settings={"slices": {"count": 4}})
    found = time_slices(read_model(tiny_model(tmp_path / "m", **given)))

    def spread(members: list[int]) -> float:
        hours = np.repeat([values[at] for at in members], [lengths[at] for at in members])
        return float(((hours - hours.mean()) ** 2).sum())

    left = [[at] for at in range(8)]
    while len(left) > 4:
        loss = [spread(a + b) - spread(a) - spread(b) for a, b in pairwise(left)]
        at = int(np.argmin(loss))
        left[at : at + 2] = [left[at] + left[at + 1]]
    assert (found.hours / 365).tolist() == pytest.approx(
        [sum(lengths[at] for at in members) for members in left]
    )
