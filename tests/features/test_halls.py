"""Limits on halls by place and facility type: worked out by hand, and against every layout."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layout.checking import verify
from layout.cli.screen.limits import limit_lines
from layout.errors import InputError
from layout.model import read_model
from layout.names import Names
from layout.plan import Plan
from layout.plan.carving import carve
from layout.solving import solve
from layout.study.explaining.explaining_site import explain_site
from tests.builders import merged, tiny_model
from tests.checking.changes import cell
from tests.deep import some

FREE = {"economy": {"discount_rate": 0, "wage_mcny_per_year": 0}}


def city(**more: Any) -> dict[str, Any]:
    """Two sites in a city, one outside; edge halls at 1, large ones at 3, outside at 5 mcny a MW.

    9 EFLOPS of 1 MW each; nothing else costs anything.
    """
    halls = {"kinds": "general", "life_years": 1}
    return merged(
        {
            "settings": FREE,
            "zones": [{"zone": "Z", "province": "P", "region": "east"}],
            "sites": [
                {"site": "C1", "province": "P", "zone": "Z", "tier": "edge"},
                {"site": "C2", "province": "P", "zone": "Z", "tier": "edge"},
                {"site": "O", "province": "Q", "facilities": "large", "cost_factor": 5 / 3},
            ],
            "groups": [{"group": "city", "kind": "site", "member": name} for name in ("C1", "C2")],
            "facilities": [
                {"facility": "edge", "capex_mcny_per_mw": 1, **halls},
                {"facility": "large", "capex_mcny_per_mw": 3, **halls},
            ],
            "demand": [{"zone": "Z", "workload": "task", "demand_eflops": 9}],
        },
        more,
    )


def planned(folder: Path, **given: Any) -> Plan:
    return solve(read_model(tiny_model(folder, **given)), counterfactual=False)


def space(plan: Plan) -> dict[tuple[str, str], float]:
    """(city or outside, facility) → MW that stand."""
    units = plan.tables["units"]
    place = np.where(units["site"] == "O", "outside", "city")
    found = units["space_mw"].groupby([place, units["facility"].to_numpy()]).sum()
    return {key: float(mw) for key, mw in found.items() if mw > 0}


def test_the_sites_of_a_city_share_what_it_allows_of_a_type(tmp_path: Path) -> None:
    # Of the 9 MW 4 may be edge halls in the city and 6 halls of any type: 4 at 1, 2 at 3, and
    # the last 3 outside at 5. A MW more of edge halls would save 3 − 1, of all halls 5 − 3.
    limits = [
        {"scope": "group:city", "facilities": "edge", "max_it_mw": 4},
        {"scope": "group:city", "max_it_mw": 6},
    ]
    plan = planned(tmp_path / "m", **city(hall_limits=limits))
    expected = {("city", "edge"): 4, ("city", "large"): 2, ("outside", "large"): 3}
    assert space(plan) == pytest.approx(expected)
    assert plan.record["objective_mcny"] == pytest.approx(4 + 6 + 15)
    said = {one["id"]: (one["limit"], one["place"], one["value"], one["shadow_cost_mcny"])
            for one in plan.record["binding"]}  # fmt: skip
    assert said == {
        "hall_limit[group:city,edge,max,2025]": ("hall_limit", "group:city", 4, pytest.approx(2)),
        "hall_limit[group:city,,max,2025]": ("hall_limit", "group:city", 6, pytest.approx(2)),
    }
    without = planned(tmp_path / "without", **city())
    assert space(without) == pytest.approx({("city", "edge"): 9})


def test_least_halls_are_built_and_may_stand_empty(tmp_path: Path) -> None:
    # 12 MW of large halls are asked for, 2 of them outside: 10 at 3 in the city, 2 at 5 outside;
    # the 9 EFLOPS fit into them. In 2025 alone: the row for a year beats that for all years.
    limits = [
        {"facilities": "large", "min_it_mw": 99},
        {"facilities": "large", "min_it_mw": 12, "year": 2025},
        {"scope": "province:Q", "min_it_mw": 2},
    ]
    plan = planned(tmp_path / "m", **city(hall_limits=limits))
    assert space(plan) == pytest.approx({("city", "large"): 10, ("outside", "large"): 2})
    assert plan.record["objective_mcny"] == pytest.approx(30 + 10)


def test_stock_above_the_limit_may_stay_but_nothing_is_added(tmp_path: Path) -> None:
    # 5 MW of edge halls stand, 3 are allowed: the other 4 MW are large halls at 3.
    stock = [{"block": "b", "site": "C1", "facility": "edge", "kind": "general",
              "compute_eflops": 5}]  # fmt: skip
    limits = [{"scope": "tier:edge", "facilities": "edge", "max_it_mw": 3}]
    plan = planned(tmp_path / "m", **city(stock=stock, hall_limits=limits))
    assert space(plan) == pytest.approx({("city", "edge"): 5, ("city", "large"): 4})
    (bound,) = plan.record["binding"]
    assert (bound["value"], bound["shadow_cost_mcny"]) == (5, pytest.approx(2))


def test_a_limit_that_leaves_no_plan_is_named_with_what_is_short(tmp_path: Path) -> None:
    # 9 MW are needed; the city allows 4, outside there is room for 2: 3 are short.
    given = city(hall_limits=[{"scope": "group:city", "facilities": "large;edge", "max_it_mw": 4}])
    given["sites"][2]["max_it_mw"] = 2
    plan = planned(tmp_path / "m", **given)
    assert plan.explanation is not None
    conflict = {(one["type"], one["place"], one["value"]) for one in plan.explanation["conflict"]}
    served = ("served", "Z", 9.0)
    assert conflict == {("hall_limit", "group:city", 4.0), ("site_limit", "O", 2.0), served}
    way = next(way for way in plan.explanation["ways_out"] if "hall_limit" in way["items"][0])
    assert way["change"] == "limit on halls, group city, large, edge, at most: 3 MW looser"
    assert way["sets"] == ["hall_limits[scope=group:city,facilities=large;edge,year=0].max_it_mw=7"]
    (setting,) = way["sets"]
    again = solve(read_model(tmp_path / "m", sets=[setting]), counterfactual=False)
    assert again.status == "optimal"


@pytest.mark.parametrize("seed", some((6, 3, 12), 1))
def test_against_every_way_to_place_whole_modules(seed: int, tmp_path: Path) -> None:
    """Halls of 1 MW at three sites, 0 to 3 of each type: the cheapest that keeps all limits."""
    random = np.random.default_rng(seed)
    price = {"edge": float(random.integers(1, 9)), "large": float(random.integers(1, 9))}
    factor = [float(value) for value in random.integers(1, 5, 3)]
    limits = [
        {"scope": scope, "facilities": types, **_bounds(random)}
        for scope, types in (("group:city", "edge"), ("tier:edge", ""), ("nation", "large"),
                             ("site:O", "edge;large"))
    ]  # fmt: skip
    halls = {"kinds": "general", "life_years": 1, "module_it_mw": 1}
    sites = [
        {"site": name, "tier": tier, "max_it_mw": 3, "cost_factor": by}
        for (name, tier), by in zip(
            (("C1", "edge"), ("C2", ""), ("O", "edge")), factor, strict=True
        )
    ]
    given = city(
        sites=sites,
        facilities=[
            {"facility": name, "capex_mcny_per_mw": price[name], **halls} for name in price
        ],
        demand=[{"zone": "Z", "workload": "task", "demand_eflops": 4}],
        hall_limits=limits,
    )
    counted = {"group:city": (0, 1), "tier:edge": (0, 2), "nation": (0, 1, 2), "site:O": (2,)}
    best = np.inf
    for edge in product(range(4), repeat=3):
        for large in product(range(4), repeat=3):
            built = {"edge": edge, "large": large}
            if sum(edge + large) < 4 or any(map(_crowded, edge, large)):
                continue
            sums = [
                sum(built[of][at] for at in counted[row["scope"]]
                    for of in (row["facilities"].split(";") if row["facilities"] else built))
                for row in limits
            ]  # fmt: skip
            if all(row["min_it_mw"] <= mw <= row["max_it_mw"]
                   for row, mw in zip(limits, sums, strict=True)):  # fmt: skip
                money = sum(price[of] * factor[at] * built[of][at]
                            for of in built for at in range(3))  # fmt: skip
                best = min(best, money)
    plan = planned(tmp_path / "m", **given)
    assert plan.has_tables == np.isfinite(best)
    if plan.has_tables:
        assert plan.record["objective_mcny"] == pytest.approx(best)
        assert verify(plan).passed


def _crowded(edge: int, large: int) -> bool:
    return edge + large > 3


def _bounds(random: np.random.Generator) -> dict[str, int]:
    least = int(random.integers(0, 3))
    return {"min_it_mw": least, "max_it_mw": least + int(random.integers(0, 4))}


def test_the_checker_finds_halls_outside_the_limit(tmp_path: Path) -> None:
    limits = [{"scope": "group:city", "facilities": "edge", "min_it_mw": 1, "max_it_mw": 4}]
    plan = planned(tmp_path / "m", **city(hall_limits=limits))
    assert verify(plan).passed
    unit = next(name for name in plan.tables["units"]["unit"] if name.endswith("+edge"))
    for mw in (4.1, 0.9):
        found = verify(cell("units", {"unit": unit}, space_mw=mw)(plan))
        assert "hall_limit" in {failure.code for failure in found.failures}


def test_a_part_takes_the_limits_of_its_own_places_along(tmp_path: Path) -> None:
    limits = [{"scope": scope, "max_it_mw": 50} for scope in ("nation", "province:P", "site:O")]
    part = carve(planned(tmp_path / "m", **city(hall_limits=limits)), "province:P")
    assert part["hall_limits"]["scope"].tolist() == ["province:P"]


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ({"scope": "group:town", "max_it_mw": 1}, ["unknown_scope"]),
        ({"scope": "town", "max_it_mw": 1}, ["unknown_scope"]),
        ({"facilities": "edge;hut", "max_it_mw": 1}, ["unmatched"]),
        ({"min_it_mw": 2, "max_it_mw": 1}, ["contradictory_bounds"]),
        ({"max_it_mw": 1, "year": 2031}, ["unused_year"]),
        ({"scope": "hubs", "max_it_mw": 1}, ["no_site_there"]),
        ({"scope": "site:O", "min_it_mw": 3}, ["halls_above_limit"]),
    ],
)
def test_what_is_wrong_with_a_row_is_told(
    row: dict[str, Any], codes: list[str], tmp_path: Path
) -> None:
    given = city(hall_limits=[row])
    given["sites"][2]["max_it_mw"] = 2
    try:
        problems = read_model(tiny_model(tmp_path / "m", **given)).problems
    except InputError as error:
        problems = tuple(error.problems)
    assert [one.code for one in problems if one.code != "implausible"] == codes


def test_a_limit_that_binds_is_told_by_place_type_and_bound(tmp_path: Path) -> None:
    limits = [{"scope": "group:city", "facilities": "edge", "max_it_mw": 4}]
    given = city(hall_limits=limits)
    names = {"facility": "edge", "name_en": "Edge hall", "name_zh": "边缘机房"}
    given["facilities"][0] |= names
    plan = planned(tmp_path / "m", **given)
    for lang, said in (("en", "group city Edge hall at most"), ("zh", "边缘机房 上限")):
        lines = limit_lines(plan.record["binding"], Names(plan.model, lang))
        assert said in " ".join(" ".join(lines).split())
    assert [one["place"] for one in explain_site(plan, "C1", None)["limits"]] == ["group:city"]
    assert explain_site(plan, "O", None)["limits"] == []


def test_types_in_another_order_are_the_same_row(tmp_path: Path) -> None:
    # The row of 2025 beats that of all years, however it lists the types: 9 MW stand in the city.
    rows = [
        {"scope": "group:city", "facilities": "edge;large", "max_it_mw": 1},
        {"scope": "group:city", "facilities": "large;edge", "year": 2025, "max_it_mw": 9},
    ]
    found = planned(tmp_path / "m", **city(hall_limits=rows))
    assert space(found) == pytest.approx({("city", "edge"): 9})
    assert verify(found).passed
    twice = [{**row, "year": 2025} for row in rows]
    with pytest.raises(InputError) as caught:
        read_model(tiny_model(tmp_path / "n", **city(hall_limits=twice)))
    errors = [one.code for one in caught.value.problems if one.severity == "error"]
    assert errors == ["duplicate_row"]
