"""Features that meet: backbone with slices, emergencies over a backbone, everything at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from layout.checking import verify
from layout.formulation.build import FEATURES as BUILT
from layout.plan import Plan, new_plan
from layout.plan.costshare import cost_by_kind
from layout.plan.ledger import Ledger
from tests.builders import merged
from tests.features.everything import FEATURES, YEARS, everything
from tests.features.rows import planned

HALF_DAYS = [
    {"slice": "light", "hours": 4380, "day": "d", "start_hour": 8},
    {"slice": "night", "hours": 4380, "day": "d", "start_hour": 20},
]


def far(capacity: float, **more: Any) -> dict[str, Any]:
    """A zone at A, a site without room there and one at W behind a link of 1000 km.

    10 Gbps per EFLOPS served, 1 EFLOPS; 1 mcny per Gbps and 1000 km; waves of 100 Gbps for 2.
    """
    given: dict[str, Any] = {
        "settings": {
            "economy": {"transport_mcny_per_gbps_1000km_year": 1},
            "features": {"network": True},
        },
        "zones": [{"zone": "A", "lat": 31, "lon": 121}],
        "sites": [
            {"site": "S", "zone": "A", "lat": 31, "lon": 121, "max_it_mw": 0},
            {"site": "W", "lat": 31, "lon": 111},
        ],
        "workloads": [{"workload": "task", "kind": "general", "traffic_gbps_per_eflops": 10}],
        "arcs": [
            {
                "from": "A",
                "to": "W",
                "length_km": 1000,
                "capacity_gbps": capacity,
                "wave_gbps": 100,
                "wave_cost_mcny_per_year": 2,
            }
        ],
    }
    return merged(given, more)


def by_the_hour(flexible: str, **more: Any) -> dict[str, Any]:
    given = far(20, settings={"features": {"slices": True}, "slices": {"flexible_headroom": 0.2}})
    given["workloads"][0] = {**given["workloads"][0], "flexible": flexible, **more}
    profiles = [
        {"workload": "task", "slice": "light", "value": 3},
        {"workload": "task", "slice": "night", "value": 1},
    ]
    return {**given, "slices": HALF_DAYS, "profiles": profiles}


def money(plan: Plan) -> tuple[float, float]:
    parts = plan.record["cost_breakdown_mcny"]
    return parts["network"], parts["backbone"]


def test_links_carry_the_peak_of_the_load_shape(tmp_path: Path) -> None:
    # The link holds 20 Gbps, 14 of which may be used. By day 1.5 times the mean, 15 Gbps: a wave.
    # Work that may wait rises to 1.2 at most, 12 Gbps; with a peak factor of 1.3 it is 13.
    plan = planned(tmp_path / "rigid", **by_the_hour("no"))
    assert money(plan) == pytest.approx((15, 2))
    assert money(planned(tmp_path / "waits", **by_the_hour("day"))) == pytest.approx((12, 0))
    peak = by_the_hour("day", peak_factor=1.3)
    assert money(planned(tmp_path / "peak", **peak)) == pytest.approx((13, 0))
    routes = plan["routes"].assign(flow_gbps=10.0)  # the mean of the year
    links = plan["links"].assign(flow_gbps=10.0, utilisation=10 / 120)
    broken = new_plan(plan.record, plan.model, {**plan.tables, "routes": routes, "links": links})
    assert "route_traffic" in {failure.code for failure in verify(broken).failures}


def emergency(new: bool) -> dict[str, Any]:
    """Room at S and at W; the only link between them stands, or may be built for nothing."""
    given = far(100, settings={"features": {"resilience": True}})
    given["sites"][0] = {**given["sites"][0], "max_it_mw": 10}
    given["arcs"][0] = {**given["arcs"][0], "new": new, "new_cost_mcny_per_year": 0}
    given["workloads"][0] = {**given["workloads"][0], "bulk_gb": 1e9, "max_transfer_h": 1e6}
    return given


@pytest.mark.parametrize("new", [False, True])
def test_an_emergency_counts_on_links_that_stand(tmp_path: Path, new: bool) -> None:
    # If S fails W takes over the 1 EFLOPS over the link that stands. Over one that has yet to
    # be built it does not, and the plan names what stays uncovered.
    plan = planned(tmp_path / "model", **emergency(new))
    assert plan.record["verification"]["passed"]
    lost = plan["uncovered"]["uncovered_eflops"].tolist()
    taken = dict(zip(plan["recourse"]["site"], plan["recourse"]["recourse_eflops"], strict=True))
    assert (taken, lost) == (({}, [1.0]) if new else ({"W": 1.0}, []))
    if new:
        moved = plan["uncovered"].rename(columns={"uncovered_eflops": "recourse_eflops"})
        moved = moved.assign(site="W", kind="general")[[*plan["recourse"].columns]]
        built = {**plan.tables, "recourse": moved, "uncovered": plan["uncovered"].iloc[:0]}
        codes = {f.code for f in verify(new_plan(plan.record, plan.model, built)).failures}
        assert "emergency_limit" in codes


def test_everything_at_once_gives_a_verified_plan(tmp_path: Path) -> None:
    # with perfect foresight: tests/checking/test_everything.py
    given = everything(years=YEARS, settings={"foresight": "myopic"})
    plan = planned(tmp_path / "model", **given)
    assert plan.status == "optimal"
    assert plan.record["verification"]["passed"]
    assert set(FEATURES) == set(BUILT)
    for table in ("dispatch", "links", "routes", "storage", "backup", "water", "recourse"):
        assert set(plan[table]["year"]) == set(YEARS), table
    ledger = Ledger(plan.tables, plan.model, YEARS[0])
    kinds = ledger.cost[~ledger.cost["component"].isin(["uncovered", "penalty"])]
    assert sum(cost_by_kind(ledger).values()) == pytest.approx(kinds["mcny"].sum())


def test_everything_with_owners_apart_gives_a_verified_plan(tmp_path: Path) -> None:
    owners = [{"owner": "X", "share": 0.6}, {"owner": "Y", "share": 0.4}]
    plan = planned(tmp_path / "model", **everything(settings={"owners": "siloed"}, owners=owners))
    assert plan.status == "optimal"
    assert plan.record["verification"]["passed"]


@pytest.mark.parametrize("named", ["slices", "resilience"])
def test_a_plan_that_serves_nothing_is_checked(tmp_path: Path, named: str) -> None:
    # Carrying costs 10 mcny and leaving the demand unserved 1.
    features = {"network": True, named: True}
    economy = {"transport_mcny_per_gbps_1000km_year": 1, "unserved_penalty_mcny_per_eflops": 1}
    more = {"slices": HALF_DAYS} if named == "slices" else {}
    settings = {"features": features, "economy": economy}
    plan = planned(tmp_path, **merged(far(100), {"settings": settings, **more}))
    assert plan["service"].empty
    assert plan.record["objective_mcny"] == pytest.approx(1)
