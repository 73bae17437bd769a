"""The backbone: paths, late work, links, waves, new links, ingress, disks; each answer by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from layout.checking import verify
from layout.formulation import build
from layout.geography.paths import Link, fastest_paths
from layout.labels import LANGUAGES
from layout.model import derive, examine, read_model
from layout.model.backbone import attached
from layout.plan import Plan, read_plan, write_plan
from layout.solving import solve
from tests import snapshots
from tests.builders import tiny_model
from tests.checking.edits import Edit, added, both, cell, drop
from tests.formulation.test_snapshots import row_text

SNAPSHOT = Path(__file__).parent / "snapshots" / "network.txt"
DISKS_MCNY = 3942 * (20 + 1 * 0.9528) / 1e6
"""mcny for what 1 Gbps carries in a year: 3942 TB, 20 CNY per TB and 1 per TB and 1000 km;
10 degrees of longitude on the parallel of 31° are 952.8 km on the great circle."""


def far_site(folder: Path, **given: Any) -> Path:
    """A zone and a site without room at A, a site with room at W, 1000 km away by a direct link.

    A slow way leads over M: 2 × 900 km. One way, the direct path takes 1 + 1000·1.5/204 = 8.35
    ms, the other 1 + 1800·1.5/204 = 14.24 ms. A Gbps pays 1 mcny per 1000 km.
    """
    settings = {
        "features": {"network": True},
        "latency": {"basis": "one_way"},
        "economy": {"transport_mcny_per_gbps_1000km_year": 1},
        "network": given.pop("network", {}),
        **given.pop("settings", {}),
    }
    tables: dict[str, Any] = {
        "zones": [{"zone": "A", "lat": 31, "lon": 121}],
        "sites": [
            {"site": "S", "zone": "A", "lat": 31, "lon": 121, "max_it_mw": 0},
            {"site": "W", "lat": 31, "lon": 111},
        ],
        "workloads": [work("online", 9, 10)],
        "arcs": [direct(10), *around(100)],
        **given,
    }
    return tiny_model(folder, settings=settings, **tables)


def work(name: str, limit: float | None, gbps: float, **more: Any) -> dict[str, Any]:
    known = {"workload": name, "kind": "general", "latency_ms": limit}
    return {**known, "traffic_gbps_per_eflops": gbps, **more}


def direct(capacity: float | None, **more: Any) -> dict[str, Any]:
    return {"from": "A", "to": "W", "length_km": 1000, "capacity_gbps": capacity, **more}


def around(capacity: float) -> list[dict[str, Any]]:
    return [
        {"from": "A", "to": "M", "length_km": 900, "capacity_gbps": capacity},
        {"from": "W", "to": "M", "length_km": 900, "capacity_gbps": capacity},
    ]


ONLY_W = [{"site": "W", "lat": 31, "lon": 111}]
WAVES = {"wave_gbps": 100, "wave_cost_mcny_per_year": 2}


def planned(folder: Path, **given: Any) -> Plan:
    return solve(read_model(far_site(folder / "model", **given)), counterfactual=False)


def cost(plan: Plan, component: str) -> float:
    return float(plan.record["cost_breakdown_mcny"][component])


# paths --------------------------------------------------------------------------------------


def simple_paths(
    links: list[Link], start: int, end: int
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Every loopless path, by walking."""

    def walk(at: int, seen: set[int], path: tuple[int, ...], far: float) -> Any:
        if at == end:
            yield far, path
            return
        for number, (one, other, ms) in enumerate(links):
            if at in (one, other):
                beside = other if at == one else one
                if beside not in seen:
                    yield from walk(beside, seen | {beside}, (*path, number), far + ms)

    yield from walk(start, {start}, (), 0.0)


@pytest.mark.parametrize("seed", range(12))
def test_paths_are_the_fastest_of_all(seed: int) -> None:
    draw = random.Random(seed)
    nodes = draw.randint(3, 6)
    links: list[Link] = []
    for _ in range(draw.randint(2, 10)):
        one, other = draw.sample(range(nodes), 2)
        links.append((one, other, round(draw.uniform(1, 9), 6)))
    for pair in ((0, nodes - 1), (nodes - 1, 0), (0, 1)):
        found = fastest_paths(nodes, links, [pair], 3)[pair]
        expected = sorted(simple_paths(links, *pair))[:3]
        assert found == [path for _, path in expected]


@pytest.mark.parametrize("seed", range(12))
def test_links_side_by_side_are_paths_of_their_own(seed: int) -> None:
    # Up to four links between the same nodes, both ways round, many of them equally fast.
    draw = random.Random(seed)
    nodes = draw.randint(2, 4)
    links: list[Link] = []
    for _ in range(3):
        one, other = draw.sample(range(nodes), 2)
        for _ in range(draw.randint(1, 4)):
            ends = (one, other) if draw.random() < 0.5 else (other, one)
            links.append((*ends, draw.choice([1.0, 1.5])))
    for count in (1, 3, 8):
        found = fastest_paths(nodes, links, [(0, nodes - 1)], count)[0, nodes - 1]
        every = sorted(simple_paths(links, 0, nodes - 1))[:count]
        assert [sum(links[at][2] for at in path) for path in found] == [far for far, _ in every]
        assert len(set(found)) == len(found)


def test_sites_and_zones_find_their_node(tmp_path: Path) -> None:
    # W is named by a link; S lies in zone A, which is; "far" is nowhere and falls back on its
    # province; "odd" says where it attaches.
    model = read_model(
        far_site(
            tmp_path / "m",
            sites=[
                {"site": "S", "zone": "A", "lat": 31, "lon": 121},
                {"site": "W", "lat": 31, "lon": 111},
                {"site": "far", "province": "P9", "lat": 40, "lon": 80},
                {"site": "odd", "node": "M", "zone": "A", "lat": 31, "lon": 116},
            ],
        )
    )
    assert dict(zip(model["sites"]["site"], attached(model, "sites"), strict=True)) == {
        "S": "A",
        "W": "W",
        "far": "P9",
        "odd": "M",
    }


# answers ------------------------------------------------------------------------------------


def test_a_full_link_gets_a_wave_since_the_way_round_is_late(tmp_path: Path) -> None:
    # 1 EFLOPS is 10 Gbps on the direct link: more than 0.7·10, so one wave of 100 for 2 mcny;
    # carrying costs 10 Gbps · 1000 km · 1 = 10 mcny.
    plan = planned(tmp_path, arcs=[direct(10, **WAVES), *around(100)])
    assert cost(plan, "network") == pytest.approx(10)
    assert cost(plan, "backbone") == pytest.approx(2)
    links = plan["links"].set_index(["from", "to"])
    assert links.loc[("A", "W"), "waves"] == 1
    assert links.loc[("A", "W"), "utilisation"] == pytest.approx(10 / 110)
    assert plan["service"]["latency_one_way_ms"].tolist() == pytest.approx([1 + 1500 / 204])


def test_late_paths_are_no_help(tmp_path: Path) -> None:
    # Without waves 7 of the 10 Gbps fit on the direct link; the rest is unserved at 50 mcny per
    # EFLOPS although the way round is free of traffic: 7 + 0.3·50 = 22.
    settings = {"economy": {"unserved_penalty_mcny_per_eflops": 50,
                            "transport_mcny_per_gbps_1000km_year": 1}}  # fmt: skip
    plan = planned(tmp_path, settings=settings)
    assert plan["service"]["served_eflops"].tolist() == pytest.approx([0.7])
    assert plan.record["objective_mcny"] == pytest.approx(22)


def test_work_that_can_wait_makes_room_for_work_that_cannot(tmp_path: Path) -> None:
    # online 5 Gbps and batch 5 Gbps: 7 Gbps fit on the direct link. 5 of online and 2 of batch
    # go there (7 mcny), 3 of batch go round (3·1.8 = 5.4 mcny).
    plan = planned(tmp_path, workloads=[work("online", 9, 5), work("batch", None, 5)])
    assert plan.record["objective_mcny"] == pytest.approx(12.4)
    routes = plan["routes"].set_index("path")
    assert routes["flow_gbps"].to_dict() == pytest.approx({"p1": 7, "p2": 3})
    assert routes.loc["p2", "links"] == "W~M;A~M"


def test_peak_counts_on_links_and_in_the_price(tmp_path: Path) -> None:
    # 4 Gbps on average, twice that at peak: 8 Gbps are carried and paid, one wave is lit.
    peak = [work("online", 9, 4, peak_factor=2)]
    plan = planned(tmp_path, workloads=peak, arcs=[direct(10, **WAVES)])
    assert cost(plan, "network") == pytest.approx(8)
    assert cost(plan, "backbone") == pytest.approx(2)


def test_public_network_takes_longer(tmp_path: Path) -> None:
    # Beside the direct line (full at 7 Gbps) the public network: 1 + 1000·2.1/204 = 11.29 ms.
    arcs = [direct(10), direct(100, medium="internet")]
    plan = planned(tmp_path, arcs=arcs, workloads=[work("online", 12, 10)])
    routes = plan["routes"].set_index("links")["latency_one_way_ms"]
    assert routes["A~W~internet"] == pytest.approx(1 + 2100 / 204)
    model, problems = examine(far_site(tmp_path / "late", arcs=arcs[1:], sites=ONLY_W))
    assert model is None
    assert {problem.code for problem in problems} == {"unreachable"}


BOTH_MEDIA = [direct(None), direct(None, medium="internet")]
PRICED = {"price_factor": {"direct": 1.5, "internet": 0.5}}


def test_each_medium_has_its_price(tmp_path: Path) -> None:
    # 10 Gbps over 1000 km at 1 mcny. Work that may take 12 ms goes over the public network for
    # half of that; work that may take 9 ms has to pay 1.5 times that of the direct line.
    arcs = BOTH_MEDIA
    slow = planned(tmp_path / "12", arcs=arcs, workloads=[work("a", 12, 10)], network=PRICED)
    assert cost(slow, "network") == pytest.approx(5)
    assert slow["routes"]["links"].tolist() == ["A~W~internet"]
    assert slow.record["kpis"]["network_internet_mcny"]["value"] == pytest.approx(5)
    assert slow.record["kpis"]["network_direct_mcny"]["value"] == 0
    hasty = planned(tmp_path / "9", arcs=arcs, workloads=[work("a", 9, 10)], network=PRICED)
    assert cost(hasty, "network") == pytest.approx(15)
    assert hasty.record["kpis"]["network_direct_mcny"]["value"] == pytest.approx(15)


def test_a_path_over_both_media_pays_each_link_its_price(tmp_path: Path) -> None:
    # 900 km direct and 900 km over the public network: 10 · 0.9 · (1.5 + 0.5) = 18.
    arcs = around(100)
    arcs[1]["medium"] = "internet"
    plan = planned(tmp_path, arcs=arcs, workloads=[work("a", None, 10)], network=PRICED)
    assert cost(plan, "network") == pytest.approx(18)
    assert plan.record["kpis"]["network_direct_mcny"]["value"] == pytest.approx(13.5)
    assert plan.record["kpis"]["network_internet_mcny"]["value"] == pytest.approx(4.5)


def test_the_check_counts_the_price_of_the_medium(tmp_path: Path) -> None:
    given = {"arcs": BOTH_MEDIA, "workloads": [work("a", 12, 10)]}
    plan = planned(tmp_path / "one", network=PRICED, **given)
    dearer = {"price_factor": {"direct": 1.5, "internet": 0.6}}
    other = read_model(far_site(tmp_path / "other", network=dearer, **given))
    codes = {failure.code for failure in verify(replace(plan, model=other)).failures}
    assert {"cost", "kpi"} <= codes


IP = {"technology": "ip", "equipment_ms": 2, "price_factor": 0.5}
OTN = {"technology": "otn", "equipment_ms": 0.1, "price_factor": 1.2}


def test_hasty_work_pays_for_the_faster_technology(tmp_path: Path) -> None:
    # Fibre alone takes 8.35 ms. The IP link that stands takes 2 ms more, too late for 9 ms; an
    # OTN link takes 0.1 more and costs 3 mcny a year. 5 Gbps of online over OTN pay 5·1.2 = 6
    # mcny, 10 Gbps of batch over IP 10·0.5 = 5: 14 in all. OTN holds 0.7·8 = 5.6 Gbps.
    plan = planned(
        tmp_path,
        arcs=[direct(20, **IP), direct(8, new=True, new_cost_mcny_per_year=3, **OTN)],
        workloads=[work("online", 9, 5), work("batch", None, 10)],
    )
    assert plan.record["objective_mcny"] == pytest.approx(14)
    assert cost(plan, "backbone") == pytest.approx(3)
    routes = plan["routes"].set_index("links")
    delays = {"A~W~direct~otn": 1.1 + 1500 / 204, "A~W~direct~ip": 3 + 1500 / 204}
    assert routes["latency_one_way_ms"].to_dict() == pytest.approx(delays)
    flows = {"A~W~direct~otn": 5, "A~W~direct~ip": 10}
    assert routes["flow_gbps"].to_dict() == pytest.approx(flows)
    assert plan["service"]["latency_one_way_ms"].tolist() == pytest.approx([1.1 + 1500 / 204] * 2)
    assert plan["links"].set_index("technology")["flow_gbps"].to_dict() == {"ip": 10, "otn": 5}
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["network_mcny_of_otn"] == pytest.approx(6)
    assert figures["network_mcny_of_ip"] == pytest.approx(5)
    assert figures["network_direct_mcny"] == pytest.approx(11)
    assert figures["network_gbps_1000km_of_ip"] == pytest.approx(10)
    assert figures["network_link_utilisation_A~W~direct~otn"] == pytest.approx(5 / 8)


@pytest.mark.parametrize(
    ("limit", "built", "total"), [(8.5, "otn", 15), (9, "wdm", 14), (11, "ip", 12), (None, "", 10)]
)
def test_the_cheapest_technology_in_time_is_built(
    limit: float | None, built: str, total: float, tmp_path: Path
) -> None:
    # 10 Gbps pay 10 mcny for carrying, and a new link of 8.45, 8.85 or 10.35 ms its own cost. What
    # stands takes 13.35 ms. Four links side by side, more than `paths`.
    offered = [("ip", 2, 2), ("wdm", 0.5, 4), ("otn", 0.1, 5)]
    arcs = [
        direct(20, technology=code, equipment_ms=ms, new=True, new_cost_mcny_per_year=mcny)
        for code, ms, mcny in offered
    ]
    arcs.append(direct(20, equipment_ms=5))
    plan = planned(tmp_path, arcs=arcs, workloads=[work("a", limit, 10)])
    links = plan["links"]
    assert "".join(links["technology"][links["built"] > 0]) == built
    assert plan.record["objective_mcny"] == pytest.approx(total)


def test_over_several_links_the_slow_technology_stays_a_choice(tmp_path: Path) -> None:
    # Over M both halves have IP and OTN links. The direct line and OTN all the way are the two
    # fastest paths; IP all the way is the slowest of five and carries what may wait for
    # 10·1.8·0.5 = 9 mcny, since the paths of every technology are looked for by themselves.
    arcs = [{**link, **how} for link in around(100) for how in (IP, OTN)]
    plan = planned(
        tmp_path,
        arcs=[*arcs, direct(100)],
        workloads=[work("a", None, 10)],
        network={"paths": 2},
    )
    assert plan["routes"]["links"].tolist() == ["W~M~direct~ip;A~M~direct~ip"]
    assert plan["routes"]["latency_one_way_ms"].tolist() == pytest.approx([5 + 2700 / 204])
    assert plan.record["objective_mcny"] == pytest.approx(9)


def test_the_check_knows_technologies_by_itself(tmp_path: Path) -> None:
    arcs = [direct(20, **IP), direct(20, **OTN)]
    given = {"workloads": [work("online", 9, 5), work("batch", None, 10)]}
    plan = planned(tmp_path / "one", arcs=arcs, **given)
    for changes, code in (
        ({"equipment_ms": 0.2}, "route_figure"),
        ({"equipment_ms": 0.9}, "route_late"),
        ({"price_factor": 1.3}, "cost"),
        ({"technology": "wdm"}, "unknown_key"),
        ({"technology": None}, "route_path"),
    ):
        other = far_site(tmp_path / "other", arcs=[arcs[0], {**arcs[1], **changes}], **given)
        found = verify(replace(plan, model=read_model(other)))
        assert code in {failure.code for failure in found.failures}, changes


def test_a_plan_from_before_there_were_technologies_is_read(tmp_path: Path) -> None:
    plan = planned(tmp_path, workloads=[work("online", 9, 5)])
    write_plan(plan, tmp_path / "plan")
    file = tmp_path / "plan" / "links.csv"
    rows = [line.split(",") for line in file.read_text("utf-8").splitlines()]
    at = rows[0].index("technology")
    file.write_text("".join(",".join(r[:at] + r[at + 1 :]) + "\n" for r in rows), "utf-8")
    assert read_plan(tmp_path / "plan")["links"].equals(plan["links"])
    codes = {failure.code for failure in verify(tmp_path / "plan").failures}
    assert codes == {"table_file"}  # the hash of what was written today


def test_a_new_link_is_built_when_the_way_round_costs_more(tmp_path: Path) -> None:
    # 10 Gbps that can wait: round 18 mcny, or over a new link 10 + its cost.
    given = {"workloads": [work("batch", None, 10)]}
    for price, total, built in ((7, 17, 1), (9, 18, 0)):
        new = direct(20, new=True, new_cost_mcny_per_year=price)
        plan = planned(tmp_path / str(price), arcs=[new, *around(100)], **given)
        assert plan.record["objective_mcny"] == pytest.approx(total)
        assert plan["links"]["built"].sum() == built


def test_waves_only_on_links_that_are_built(tmp_path: Path) -> None:
    # 100 Gbps that cannot wait: the new link (5) holds none by itself and needs two waves (2·2),
    # since one wave carries 70; 100 mcny for carrying.
    new = direct(0, new=True, new_cost_mcny_per_year=5, **WAVES)
    plan = planned(tmp_path, arcs=[new, *around(500)], workloads=[work("online", 9, 100)])
    assert cost(plan, "backbone") == pytest.approx(9)
    assert plan.record["objective_mcny"] == pytest.approx(109)


def test_a_site_lets_in_no_more_than_its_lines_take(tmp_path: Path) -> None:
    # 4 of 10 Gbps enter W; the other 0.6 EFLOPS stay unserved. The column beats the setting.
    sites = [
        {"site": "S", "zone": "A", "lat": 31, "lon": 121, "max_it_mw": 0},
        {"site": "W", "lat": 31, "lon": 111, "ingress_gbps": 4},
    ]
    settings = {"economy": {"unserved_penalty_mcny_per_eflops": 50}}
    plan = planned(
        tmp_path, sites=sites, settings=settings, network={"ingress_gbps": 1}, arcs=[direct(None)]
    )
    assert plan["service"]["served_eflops"].tolist() == pytest.approx([0.4])


BULK = {"bulk_gb": 1_000_000, "max_transfer_h": 60}


def test_disks_travel_where_the_line_is_too_slow(tmp_path: Path) -> None:
    # 1 PB over 10 Gbps at 80%: 278 h, over a line of 100 Gbps 27.8 h. Within 60 h the narrow
    # link is out; disks take 24 + 952.8/60 = 39.9 h.
    moved = {"workloads": [work("batch", None, 5, **BULK)], "arcs": [direct(10)], "sites": ONLY_W}
    model, problems = examine(far_site(tmp_path / "line", **moved))
    assert model is None
    assert {problem.code for problem in problems} == {"unreachable"}
    plan = planned(tmp_path / "disks", network={"shipping": {"offered": True}}, **moved)
    assert plan.record["objective_mcny"] == pytest.approx(5 * DISKS_MCNY, rel=1e-4)
    assert plan["routes"].empty
    row = plan["shipments"].iloc[0]
    assert row["volume_tb"] == pytest.approx(5 * 3942)
    assert row["transfer_h"] == pytest.approx(24 + 952.8 / 60, rel=1e-4)
    wide = planned(tmp_path / "wide", workloads=moved["workloads"], arcs=[direct(100)])
    assert wide["shipments"].empty
    assert cost(wide, "network") == pytest.approx(5)


def test_disks_are_for_bulk_that_may_wait(tmp_path: Path) -> None:
    # Disks cost 0.41 of what 5 Gbps pay (5 mcny), and still not for work with a latency limit.
    both_kinds = [work("batch", None, 5, **BULK), work("online", 9, 5, **BULK)]
    arcs = [direct(100)]
    plan = planned(
        tmp_path, workloads=both_kinds, arcs=arcs, network={"shipping": {"offered": True}}
    )
    assert plan["shipments"]["workload"].tolist() == ["batch"]
    assert cost(plan, "network") == pytest.approx(5 + 5 * DISKS_MCNY, rel=1e-4)


def test_within_a_node_nothing_uses_the_backbone(tmp_path: Path) -> None:
    # Room at S in zone A itself: nothing is carried, nothing paid, and no link is needed.
    sites = [
        {"site": "S", "zone": "A", "lat": 31, "lon": 121},
        {"site": "W", "lat": 31, "lon": 111},
    ]
    plan = planned(tmp_path, sites=sites)
    assert plan.record["objective_mcny"] == pytest.approx(0)
    assert plan["routes"].empty
    assert plan["links"]["flow_gbps"].tolist() == [0, 0, 0]


def test_the_hottest_links_are_named(tmp_path: Path) -> None:
    plan = planned(tmp_path, workloads=[work("online", 9, 5), work("batch", None, 5)])
    figures = {name: entry["value"] for name, entry in plan.record["kpis"].items()}
    assert figures["network_link_utilisation_A~W"] == pytest.approx(0.7)
    assert figures["network_link_utilisation_A~M"] == pytest.approx(0.03)
    assert figures["network_links_full"] == 1
    assert figures["network_gbps_1000km"] == pytest.approx(12.4)


def test_delay_is_that_of_any_path_in_service(tmp_path: Path) -> None:
    # With one path for each pair, A has the dear link that nobody builds and the slow line that
    # stands. The link that is built for M makes a third, 1000 km: A is as near as that.
    fast = {"from": "A", "to": "W", "medium": "internet", "length_km": 400, "capacity_gbps": 100}
    new = {"from": "M", "to": "W", "length_km": 500, "capacity_gbps": 100}
    plan = planned(
        tmp_path,
        zones=[{"zone": "A", "lat": 31, "lon": 121}, {"zone": "M", "lat": 31, "lon": 116}],
        sites=ONLY_W,
        workloads=[work("online", 40, 10)],
        network={"paths": 1},
        demand=[
            {"zone": zone, "workload": "online", "year": 2025, "demand_eflops": 1} for zone in "AM"
        ],
        arcs=[
            {"from": "A", "to": "W", "length_km": 2000, "capacity_gbps": 100},
            {"from": "A", "to": "M", "length_km": 500, "capacity_gbps": 100},
            {**new, "new": True, "new_cost_mcny_per_year": 1},
            {**fast, "new": True, "new_cost_mcny_per_year": 100},
        ],
    )
    assert plan["links"]["built"].sum() == 1
    far = plan["service"].set_index("zone")["latency_one_way_ms"]["A"]
    assert far == pytest.approx(1 + 1000 * 1.5 / 204)


# properties ---------------------------------------------------------------------------------


def test_off_is_absent(tmp_path: Path) -> None:
    off = read_model(
        far_site(tmp_path / "m", workloads=[work("batch", None, 10)]),
        sets=["features.network=false"],
    )
    formulation = build(off)
    names = {"route", "waves", "new_link", "ship"}
    assert not names & set(formulation.variables.parts)
    rows = {"routing", "link_capacity", "link_waves", "ingress", "shipping", "waves_stay"}
    assert not rows & set(formulation.constraints)
    assert "backbone" not in formulation.costs
    plan = solve(off, counterfactual=False)
    assert plan["links"].empty
    assert not [name for name in plan.record["kpis"] if name.startswith("network_")]
    assert cost(plan, "network") == pytest.approx(9.528, rel=1e-4)


def test_fuller_links_never_cost_more(tmp_path: Path) -> None:
    given = {
        "workloads": [work("online", 9, 20), work("batch", None, 40)],
        "arcs": [direct(30, **WAVES), *around(40)],
    }
    costs = [
        planned(tmp_path / str(share), network={"max_utilisation": share}, **given).record[
            "objective_mcny"
        ]
        for share in (0.3, 0.5, 0.7, 1.0)
    ]
    assert costs == sorted(costs, reverse=True)
    more = [
        planned(tmp_path / f"p{count}", network={"paths": count}, **given).record["objective_mcny"]
        for count in (1, 2, 3)
    ]
    assert more == sorted(more, reverse=True)


def test_a_dearer_medium_never_costs_less(tmp_path: Path) -> None:
    given = {
        "workloads": [work("online", 9, 20), work("batch", None, 40)],
        "arcs": [direct(30, **WAVES), direct(30, medium="internet"), *around(40)],
    }
    for medium in ("direct", "internet"):
        costs = [
            planned(
                tmp_path / f"{medium}{factor}",
                network={"price_factor": {medium: factor}},
                **given,
            ).record["objective_mcny"]
            for factor in (0, 0.5, 1, 2)
        ]
        assert costs == sorted(costs)
        assert costs[0] < costs[-1]


def test_another_technology_on_offer_never_costs_more(tmp_path: Path) -> None:
    # With `paths: 1` the faster links would take the only path of a pair from the cheaper ones.
    given = {
        "workloads": [work("online", 9, 10), work("batch", None, 20)],
        "network": {"paths": 1},
    }
    plain = [{**link, "equipment_ms": 0.2} for link in (direct(30, **WAVES), *around(40))]
    alone = planned(tmp_path / "plain", arcs=plain, **given).record["objective_mcny"]
    dear, cheap = (
        planned(
            tmp_path / str(factor),
            arcs=[*plain, *({**link, **OTN, "price_factor": factor} for link in plain)],
            **given,
        ).record["objective_mcny"]
        for factor in (3, 0.5)
    )
    assert cheap < dear == pytest.approx(alone)


PERIODS = {
    "settings": {"periods": [2025, 2030]},
    "workloads": [work("online", 9, 10), work("batch", None, 5, **BULK)],
    "network": {"shipping": {"offered": True}, "ingress_gbps": 500},
    "demand": [
        {"zone": "A", "workload": workload, "year": year, "demand_eflops": amount}
        for workload, year, amount in (
            ("online", 2025, 20),
            ("batch", 2025, 1),
            ("online", 2030, 1),
            ("batch", 2030, 1),
        )
    ],
    "arcs": [
        direct(10, **WAVES),
        direct(50, medium="internet", new=True, new_cost_mcny_per_year=1, **WAVES),
        *around(100),
    ],
}


def test_waves_stay_lit(tmp_path: Path) -> None:
    # 200 Gbps of online need three waves in 2025 (0.7·310 = 217); in 2030 10 Gbps would need one,
    # but what was lit stays lit, and is paid for.
    plan = planned(tmp_path, **PERIODS)
    links = plan["links"].set_index(["from", "to", "medium", "year"])["waves"]
    assert links.loc[("A", "W", "direct", 2025)] == 3
    assert links.loc[("A", "W", "direct", 2030)] == 3
    write_plan(plan, tmp_path / "plan")
    cell("links", {**AW, "medium": "direct", "year": "2030"}, waves=1.0)(tmp_path / "plan")
    assert "link_stays" in {failure.code for failure in verify(tmp_path / "plan").failures}


def test_rows(tmp_path: Path) -> None:
    formulation = build(read_model(far_site(tmp_path / "m", **PERIODS)))
    names = "routing link_capacity link_waves ingress shipping waves_stay new_link_stays".split()
    text = ""
    for name in names:
        rows = formulation.constraints[name]
        assert len(rows.index), name
        text += f"{rows.doc}\n\n" + "".join(row_text(rows, at) for at in range(len(rows.index)))
        text += "\n"
    snapshots.compare(SNAPSHOT, text)


# the independent check ----------------------------------------------------------------------

P1 = {"path": "p1"}
AW = {"from": "A", "to": "W"}
BREAKS: list[tuple[str, Edit]] = [
    ("route_path", cell("routes", P1, links="A~M")),
    ("route_figure", cell("routes", P1, latency_one_way_ms=3.0)),
    ("route_traffic", cell("routes", {"path": "p2"}, flow_gbps=2.0)),
    ("route_late", both(cell("routes", P1, flow_gbps=4.0), cell("routes", {"path": "p2"},
                                                                 flow_gbps=6.0))),
    ("link_flow", cell("links", AW, flow_gbps=6.0)),
    ("link_figure", cell("links", AW, utilisation=0.5)),
    ("link_figure", cell("links", AW, capacity_gbps=20.0)),
    ("link_built", cell("links", AW, built=1.0)),
    ("link_waves", cell("links", AW, waves=1.0)),
    ("link_capacity", both(cell("routes", P1, flow_gbps=8.0), cell("links", AW, flow_gbps=8.0),
                           cell("routes", {"path": "p2"}, flow_gbps=2.0))),
    ("latency_figure", cell("service", {"workload": "online"}, latency_one_way_ms=5.7)),
    ("shipment_allowed", added("shipments", zone="A", site="W", workload="batch", year=2025,
                               shipped_eflops=0.1)),
    ("shipment_figure", added("shipments", zone="A", site="W", workload="batch", year=2025,
                              shipped_eflops=0.1)),
    ("shipment_amount", added("shipments", zone="A", site="W", workload="batch", year=2025,
                              shipped_eflops=99)),
    ("link_absent", drop("links", AW)),
    ("link_absent", cell("links", AW, technology="otn")),
    ("unknown_key", cell("links", AW, technology="otn")),
    ("cost", cell("cost", {"component": "network"}, mcny=11.0)),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("network")
    plan = planned(place, workloads=[work("online", 9, 5), work("batch", None, 5)])
    write_plan(plan, place / "plan")
    assert verify(place / "plan").passed
    return place / "plan"


@pytest.mark.parametrize(
    ("code", "edit"), BREAKS, ids=[f"{c}-{n}" for n, (c, _) in enumerate(BREAKS)]
)
def test_what_is_broken_is_found(code: str, edit: Edit, sound: Path, tmp_path: Path) -> None:
    folder = copytree(sound, tmp_path / "plan")
    if code.startswith("shipment"):
        file = folder / "shipments.csv"
        file.write_text("zone,site,workload,year,shipped_eflops,volume_tb,transfer_h\n", "utf-8")
    edit(folder)
    found = verify(folder)
    assert not found.passed
    assert code in {failure.code for failure in found.failures}
    for lang in LANGUAGES:
        assert found.report(lang)


def test_a_plan_without_traffic_leaves_the_optional_files_out(tmp_path: Path) -> None:
    off = read_model(
        far_site(tmp_path / "m", workloads=[work("batch", None, 1)]),
        sets=["features.network=false"],
    )
    folder = tmp_path / "plan"
    write_plan(solve(off, counterfactual=False), folder)
    assert not (folder / "links.csv").exists()
    assert read_plan(folder)["links"].empty


# input --------------------------------------------------------------------------------------

NEW = {"new": True}
WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("feature_table", "error", {"arcs": []}),
    ("arc_loop", "error", {"arcs": [direct(10), {"from": "A", "to": "A", "length_km": 1}]}),
    ("arc_twice", "error", {"arcs": [direct(10), {"from": "W", "to": "A", "length_km": 9}]}),
    ("arc_twice", "error", {"arcs": [direct(10, **IP), {**IP, "from": "W", "to": "A"}]}),
    ("arc_unused", "warning", {"arcs": [direct(10), direct(10, medium="internet")],
                               "network": {"paths": 1}}),
    ("arc_technologies", "error", {"arcs": [direct(9, technology=f"t{at}") for at in range(6)],
                                   "network": {"paths": 8}}),
    ("arc_length", "error", {"arcs": [direct(10), {"from": "A", "to": "M"}]}),
    ("arc_new_capacity", "error", {"arcs": [direct(None, **NEW), *around(100)]}),
    ("transit_node", "warning", {}),
    ("node_without_link", "warning",
     {"sites": [{"site": "W", "lat": 31, "lon": 111}, {"site": "X", "lat": 33, "lon": 111}]}),
    ("links_left_aside", "warning", {"links": [{"zone": "A", "site": "W", "latency_ms": 2}]}),
    ("bulk_without_limit", "warning", {"workloads": [work("b", None, 1, bulk_gb=5)]}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "severity", "given"), WRONG, ids=[code for code, *_ in WRONG])
def test_what_makes_no_sense_is_said(
    code: str, severity: str, given: dict[str, Any], tmp_path: Path
) -> None:
    model, problems = examine(far_site(tmp_path / "m", **given))
    found = [problem for problem in problems if problem.code == code]
    assert found, {problem.code for problem in problems}
    assert {problem.severity for problem in found} == {severity}
    assert (model is None) == (severity == "error")
    for problem in found:
        for lang in LANGUAGES:
            words = problem.sentence(lang)
            assert "{" not in words and f"problem.{code}" not in words


def test_delay_of_a_pair_is_that_of_its_fastest_standing_path(tmp_path: Path) -> None:
    arcs = [direct(10, new=True), *around(100)]
    model = read_model(far_site(tmp_path / "m", arcs=arcs, workloads=[work("batch", None, 1)]))
    reach = derive.reach(model)
    assert reach.one_way_ms[1, 0] == pytest.approx(1 + 1800 * 1.5 / 204)
    assert reach.one_way_ms[0, 0] == pytest.approx(1)


def test_a_site_away_from_its_node_is_reached_over_it(tmp_path: Path) -> None:
    """X lies one degree, 95.28 km, from W, where the line from A ends: that is way as well."""
    sites = [
        {"site": "S", "zone": "A", "lat": 31, "lon": 121, "max_it_mw": 0},
        {"site": "W", "lat": 31, "lon": 111, "max_it_mw": 0},
        {"site": "X", "lat": 31, "lon": 110, "node": "W"},
    ]
    folder = far_site(tmp_path / "m", sites=sites, workloads=[work("online", 9.5, 5)])
    plan = solve(read_model(folder), counterfactual=False)
    assert plan["service"]["site"].tolist() == ["X"]
    delay = 1 + (1000 + 95.28) * 1.5 / 204
    assert plan["service"]["latency_one_way_ms"].tolist() == pytest.approx([delay], abs=1e-3)
