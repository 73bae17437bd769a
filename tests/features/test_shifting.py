"""Work that shifts between sites from slice to slice (R61, R130): answers worked in comments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from layout.plan import Plan, new_plan
from tests.builders import merged
from tests.checking.edits import Edit, added, both, cell, found_in
from tests.features.everything import FEATURES, YEARS, everything
from tests.features.rows import built, compare, planned, written

ROWS = (
    "shifted_work",
    "shifted_mean",
    "shifted_top",
    "shifted_load",
    "flexible_top",
    "flexible_window",
)


def world(**more: Any) -> dict[str, Any]:
    """A zone that asks for 1 EFLOPS of 1 MW throughout, sun in the east and wind by night in W.

    Grid 0.5 CNY/kWh; 10 MW each of sun (E, by day alone) and of wind (W, by night alone) at 0.1.
    """
    plant = {"potential_mw": 10, "capacity_factor": 0.2, "cost_cny_per_kwh": 0.1}
    given: dict[str, Any] = {
        "settings": {
            "economy": {"discount_rate": 0},
            "features": {"slices": True, "renewables": True},
            "slices": {"flexible_headroom": 1},
        },
        "zones": [{"zone": "Z"}],
        "sites": [{"site": "E", "province": "P"}, {"site": "W", "province": "Q"}],
        "workloads": [{"workload": "task", "kind": "general", "shiftable": True}],
        "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 1}],
        "power": [{"province": name, "price_cny_per_kwh": 0.5} for name in "PQ"],
        "renewables": [
            {"province": "P", "technology": "sun", **plant},
            {"province": "Q", "technology": "wind", **plant},
        ],
        "slices": [
            {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
            {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
        ],
        "profiles": [
            {"province": "P", "technology": "sun", "slice": "light", "value": 1},
            {"province": "Q", "technology": "wind", "slice": "night", "value": 1},
        ],
    }
    return merged(given, more)


def two_days(waits: str, **more: Any) -> dict[str, Any]:
    """A calm day, with sun in E, and a dark one, with wind by night in W; work that waits."""
    given = world(settings={"slices": {"flexible_headroom": 3}})
    given["slices"] = [
        {"slice": f"{day}-{part}", "hours": 2190, "day": day, "start_hour": hour}
        for day in ("calm", "dark")
        for part, hour in (("light", 8), ("night", 20))
    ]
    given["profiles"] = [
        {"province": "P", "technology": "sun", "slice": "calm-light", "value": 1},
        {"province": "Q", "technology": "wind", "slice": "dark-night", "value": 1},
    ]
    given["workloads"] = [{"workload": "task", "kind": "general", "flexible": waits, **more}]
    return given


def cost(plan: Plan) -> float:
    return float(plan.record["objective_mcny"])


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return planned(tmp_path_factory.mktemp("shifting") / "model", **world())


def test_work_goes_where_the_sun_shines_and_the_wind_blows(plan: Plan) -> None:
    # Half of the year's work each: E serves all of it by day, W by night, at twice their mean.
    # 8.76 GWh at 0.1, nothing from the grid, although the zone asks for as much in every hour.
    assert plan.record["verification"]["passed"]
    assert cost(plan) == pytest.approx(0.876)
    served = plan["service"].set_index("site")["served_eflops"]
    assert served.to_dict() == pytest.approx({"E": 0.5, "W": 0.5})
    shifted = plan["shifted"].set_index(["site", "slice"])["served_eflops"]
    assert shifted.to_dict() == pytest.approx({("E", "light"): 1, ("W", "night"): 1})


def test_work_that_stays_buys_from_the_grid(tmp_path: Path) -> None:
    # Wherever it runs, half of the hours are without sun or wind: 4.38 GWh at 0.1 and at 0.5.
    stays = [{"workload": "task", "kind": "general"}]
    found = planned(tmp_path / "m", **world(workloads=stays))
    assert cost(found) == pytest.approx(4.38 * (0.1 + 0.5))
    assert found.tables["shifted"].empty


def test_no_slice_rises_above_the_ceiling(tmp_path: Path) -> None:
    # At most 1.5 times the mean of 0.5: E serves 0.75 by day, W the other 0.25 from the grid.
    given = world(settings={"slices": {"flexible_headroom": 0.5}})
    found = planned(tmp_path / "m", **given)
    assert cost(found) == pytest.approx(8.76 * (0.75 * 0.1 + 0.25 * 0.5))


def test_the_load_follows_its_shape_wherever_it_runs(tmp_path: Path) -> None:
    # 1.5 by day, 0.5 by night: E serves 0.75 of the year, all of it by day, W the night.
    given = world()
    given["profiles"] += [
        {"workload": "task", "slice": "light", "value": 1.5},
        {"workload": "task", "slice": "night", "value": 0.5},
    ]
    found = planned(tmp_path / "m", **given)
    assert cost(found) == pytest.approx(0.876)
    shifted = found["shifted"].set_index(["site", "slice"])["served_eflops"]
    assert shifted.to_dict() == pytest.approx({("E", "light"): 1.5, ("W", "night"): 0.5})


def test_work_of_the_day_moves_and_waits(tmp_path: Path) -> None:
    # A calm day without wind and one without sun. Work that waits within its day at the site of
    # its yearly share finds no power at E on the dark day and none at W on the calm one: half of
    # it is bought. Where it may move as well, E works by the day of sun, W by that of wind.
    stays = planned(tmp_path / "m", **two_days("day"))
    assert cost(stays) == pytest.approx(4.38 * (0.1 + 0.5))
    goes = planned(tmp_path / "n", **two_days("day", shiftable=True))
    assert cost(goes) == pytest.approx(0.876)
    assert goes.record["verification"]["passed"]


def test_work_of_the_week_is_free_already(tmp_path: Path) -> None:
    found = planned(tmp_path / "m", **two_days("week", shiftable=True))
    assert cost(found) == pytest.approx(0.876)
    assert found.tables["shifted"].empty


def test_a_site_out_of_reach_takes_over_nothing(tmp_path: Path) -> None:
    # Work that may not leave its province moves nowhere: all at E, the night from the grid.
    given = world()
    given["zones"] = [{"zone": "Z", "province": "P"}]
    given["workloads"][0]["residency"] = "province"
    assert cost(planned(tmp_path / "m", **given)) == pytest.approx(4.38 * (0.1 + 0.5))


def _both(site: str, slice_: str, by: float) -> Edit:
    """So much more done at a site in a slice, of the zone and of the site's load."""
    where = {"site": site, "slice": slice_}
    return both(
        cell("shifted", where, served_eflops=lambda old: old + by),
        cell("flexible", where, load_eflops=lambda old: old + by),
    )


def _new(site: str, slice_: str, by: float) -> Edit:
    """So much done at a site in a slice in which it did nothing."""
    key = {"site": site, "workload": "task", "year": 2025, "slice": slice_}
    return both(
        added("shifted", **key, zone="Z", served_eflops=by),
        added("flexible", **key, kind="general", load_eflops=by),
    )


BREAKS: dict[str, Edit] = {
    "the year's share": both(_both("E", "light", -0.1), _new("W", "light", 0.1)),
    "the work of the slice": both(_both("E", "light", -0.1), _new("E", "night", 0.1)),
    "the load of the site": cell("flexible", {"site": "W", "slice": "night"}, load_eflops=0.9),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_broken_move_is_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    assert "slice_shifted" in found_in(plan, tmp_path, monkeypatch, BREAKS[broken])


def test_a_move_above_the_ceiling_is_found(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twice the mean as it is; the ceiling of the model is put down to 1.9.
    own = plan.model.settings
    slices = own.slices.model_copy(update={"flexible_headroom": 0.9})
    model = replace(plan.model, settings=own.model_copy(update={"slices": slices}))
    stricter = new_plan(plan.record, model, plan.tables)
    assert "slice_shifted" in found_in(stricter, tmp_path, monkeypatch, lambda folder: None)


def test_work_of_the_wrong_day_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = planned(tmp_path / "m", **two_days("day", shiftable=True))
    other = both(_both("E", "calm-light", -0.1), _new("E", "dark-light", 0.1))
    assert "slice_shifted" in found_in(found, tmp_path, monkeypatch, other)


def test_rows(tmp_path: Path) -> None:
    compare("shifting", written(built(tmp_path / "m", **world()), ROWS, ()))


def test_how_much_moves_is_a_key_figure(plan: Plan) -> None:
    # By day E serves 1 where its share of the year says 0.5, by night W: half of all is shifted.
    figures = plan.record["kpis"]
    assert figures["shifted_share_general"]["value"] == pytest.approx(0.5)


def test_links_have_room_for_what_moves(tmp_path: Path) -> None:
    # 10 Gbps per EFLOPS; each site serves up to twice its mean of 0.5 in a slice.
    given = world(settings={"features": {"network": True}})
    given["workloads"][0]["traffic_gbps_per_eflops"] = 10
    given["arcs"] = [
        {"from": "Z", "to": site, "length_km": 1000, "capacity_gbps": 100} for site in "EW"
    ]
    found = planned(tmp_path / "m", **given)
    assert found.record["verification"]["passed"]
    assert cost(found) == pytest.approx(0.876)
    flow = found["routes"].groupby("site")["flow_gbps"].sum()
    assert flow.to_dict() == pytest.approx({"E": 10.0, "W": 10.0})


def test_work_that_moves_away_from_home_takes_more_compute(tmp_path: Path) -> None:
    # The zone lies in P: what W serves by night takes half as much again, 1.5 MW for 1 EFLOPS.
    given = world()
    given["zones"] = [{"zone": "Z", "province": "P"}]
    given["workloads"][0]["away_overhead"] = 0.5
    found = planned(tmp_path / "m", **given)
    assert found.record["verification"]["passed"]
    assert cost(found) == pytest.approx(4.38 * (1 + 1.5) * 0.1)
    shifted = found["shifted"].set_index(["site", "slice"])["served_eflops"]
    assert shifted.to_dict() == pytest.approx({("E", "light"): 1, ("W", "night"): 1})


def test_with_all_features_at_once(tmp_path: Path) -> None:
    # The small world of every feature, over two periods: the plan passes its check. Where links
    # need no room for what moves, it costs no more than where work stays.
    def of(features: tuple[str, ...], moves: bool) -> Plan:
        given = everything(features, YEARS)
        given["workloads"] = [{**row, "shiftable": moves} for row in given["workloads"]]
        return planned(tmp_path / f"{len(features)}-{moves}", **given)

    every = of(FEATURES, True)
    assert every.record["verification"]["passed"]
    assert not every["shifted"].empty
    landed = tuple(name for name in FEATURES if name != "network")
    assert cost(of(landed, True)) <= cost(of(landed, False)) * (1 + 1e-4)
