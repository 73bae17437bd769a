"""Protected work and available paths: a link is cut, and what is left still carries the work."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from layout.checking import verify
from layout.formulation import build
from layout.geography.paths import fastest_delays
from layout.model import examine, read_model
from layout.plan import Plan
from layout.study.explaining.explaining_zone import explain_zone
from tests import snapshots
from tests.checking.changes import Change, both, cell, model_cell
from tests.features.test_network import (
    BULK,
    DISKS_MCNY,
    ONLY_W,
    WAVES,
    around,
    cost,
    direct,
    far_site,
    planned,
    simple_paths,
    work,
)
from tests.formulation.test_snapshots import row_text

SNAPSHOT = Path(__file__).parent / "snapshots" / "protection.txt"
GUARDED = {
    "workloads": [work("online", 15, 10, protected=True)],
    "arcs": [direct(100), *around(100)],
}


def flows(plan: Plan) -> dict[str, tuple[float, float]]:
    """Path → what it carries and what it keeps free."""
    table = plan["routes"]
    rows = zip(table["path"], table["flow_gbps"], table["spare_gbps"], strict=True)
    return {path: (pytest.approx(flow), pytest.approx(spare)) for path, flow, spare in rows}


def refused(folder: Path, **given: Any) -> bool:
    """Whether the check says that no site serves the demand over paths as good as asked."""
    _, problems = examine(far_site(folder, **{"sites": ONLY_W, **given}))
    errors = [problem.code for problem in problems if problem.severity == "error"]
    assert set(errors) <= {"unreachable_by_path"}
    return bool(errors)


def test_the_second_path_is_kept_free_and_paid_for(tmp_path: Path) -> None:
    # 10 Gbps go straight for 10 mcny; as much is kept free on the way round (14.24 ms) for 18.
    plan = planned(tmp_path, **GUARDED)
    assert flows(plan) == {"p1": (10, 0), "p2": (0, 10)}
    assert cost(plan, "network") == pytest.approx(28)
    kpis = plan.record["kpis"]
    assert kpis["network_spare_gbps"]["value"] == pytest.approx(10)
    assert kpis["network_direct_mcny"]["value"] == pytest.approx(28)
    links = plan["links"].set_index(["from", "to"])
    assert links.loc[("A", "M"), "spare_gbps"] == pytest.approx(10)
    assert links.loc[("A", "M"), "utilisation"] == 0
    assert not verify(plan).failures


def test_other_work_gives_way_when_a_link_is_cut(tmp_path: Path) -> None:
    # 5 Gbps of batch take room that is kept free for protected work anyway: of both ways each
    # holds 10, for 10 + 18 mcny as without batch. (Which 5 are the spare ones costs nothing.)
    given = {**GUARDED, "workloads": [*GUARDED["workloads"], work("batch", None, 5)]}
    plan = planned(tmp_path, **given)
    table = plan["routes"]
    assert (table["flow_gbps"] + table["spare_gbps"]).tolist() == pytest.approx([10, 10])
    assert table["flow_gbps"].sum() == pytest.approx(15)
    assert cost(plan, "network") == pytest.approx(28)


def test_what_is_kept_free_takes_room_on_links(tmp_path: Path) -> None:
    # The way round holds 0.7 · 10 Gbps: each of its two links lights a wave for 2 mcny a year.
    arcs = [direct(100), *({**link, **WAVES} for link in around(10))]
    plan = planned(tmp_path, **{**GUARDED, "arcs": arcs})
    assert plan["links"]["waves"].tolist() == [1, 0, 1]
    assert cost(plan, "backbone") == pytest.approx(4)


def test_a_path_that_is_late_is_no_second_path(tmp_path: Path) -> None:
    # Within 9 ms there is only the direct link; one path more would not help, a class that is not
    # protected is served.
    late = [work("online", 9, 10, protected=True)]
    assert refused(tmp_path / "late", **{**GUARDED, "workloads": late})
    bare = [work("online", 9, 10)]
    assert not refused(tmp_path / "bare", **{**GUARDED, "workloads": bare})


@pytest.mark.parametrize(("limit", "code"), [(8, "unreachable"), (9, "unreachable_by_path")])
def test_paths_are_blamed_where_they_are_what_is_amiss(
    tmp_path: Path, limit: float, code: str
) -> None:
    # The direct link takes 8.35 ms.
    late = [work("online", limit, 10, protected=True)]
    _, problems = examine(far_site(tmp_path, sites=ONLY_W, **{**GUARDED, "workloads": late}))
    assert {problem.code for problem in problems if problem.severity == "error"} == {code}


def test_parallel_links_protect_each_other_and_a_shared_one_does_not(tmp_path: Path) -> None:
    # A second line over the internet (1000 · 2.1 / 204 = 10.3 ms) is a second path; in one cable
    # with the first, or behind a link that both share, it is none.
    workloads = [work("online", 12, 10, protected=True)]
    arcs = [direct(100), direct(100, medium="internet")]
    assert flows(planned(tmp_path / "two", workloads=workloads, arcs=arcs)) == {
        "p1": (10, 0),
        "p2": (0, 10),
    }
    shared = [{**arc, "risk_group": "coast"} for arc in arcs]
    assert refused(tmp_path / "shared", workloads=workloads, arcs=shared)
    stub = {"from": "W", "to": "X", "length_km": 10, "capacity_gbps": 100}
    behind = [{"site": "W", "node": "X", "lat": 31, "lon": 111}]
    assert refused(tmp_path / "one", workloads=workloads, arcs=[*arcs, stub], sites=behind)


def test_paths_are_as_available_as_asked(tmp_path: Path) -> None:
    # Straight 99%; round 0.9995² = 99.900025%: what asks for 99.9% goes round, for 18 mcny.
    arcs = [
        direct(100, link_availability=0.99),
        *({**link, "link_availability": 0.9995} for link in around(100)),
    ]
    given: dict[str, Any] = {"arcs": arcs}
    asked = [work("online", 15, 10, path_availability=0.999), work("batch", None, 10)]
    plan = planned(tmp_path / "met", workloads=asked, **given)
    assert flows(plan) == {"p1": (10, 0), "p2": (10, 0)}
    assert cost(plan, "network") == pytest.approx(28)
    kpis = plan.record["kpis"]
    assert kpis["network_path_availability"]["value"] == pytest.approx((0.99 + 0.9995**2) / 2)
    assert kpis["network_path_availability_least"]["value"] == pytest.approx(0.99)
    more = [work("online", 15, 10, path_availability=0.9991)]
    assert refused(tmp_path / "more", workloads=more, **given)


def test_work_is_not_nearer_than_the_path_that_it_may_take(tmp_path: Path) -> None:
    # What may not go straight (8.35 ms) takes 14.24 ms one way, in the plan and in the target that
    # half of the bound demand be within 10 ms: a quarter of it then stays unserved.
    arcs = [
        direct(100, link_availability=0.99),
        *({**link, "link_availability": 0.9995} for link in around(100)),
    ]
    asked = [work("strict", 15, 10, path_availability=0.999), work("online", 15, 10)]
    share = {"id": "near", "measure": "latency_share", "basis": "one_way:10", "sense": "at_least"}
    plan = planned(
        tmp_path,
        workloads=asked,
        arcs=arcs,
        settings={
            "economy": {"unserved_penalty_mcny_per_eflops": 1e4},
            "targets": [{**share, "scope": "nation", "value": 0.75}],
        },
    )
    served = plan["service"].set_index("workload")
    ways = served["latency_one_way_ms"].to_dict()
    assert ways == pytest.approx({"strict": 1 + 1800 * 1.5 / 204, "online": 1 + 1000 * 1.5 / 204})
    amounts = served["served_eflops"].to_dict()
    assert amounts == pytest.approx({"strict": 1 / 3, "online": 1})


def test_the_next_best_site_is_told_with_the_path_that_may_be_taken(tmp_path: Path) -> None:
    # V is 500 km away over a link of 99%; what asks for 99.9% goes round over M, 14.24 ms.
    short = {"from": "A", "to": "V", "length_km": 500, "capacity_gbps": 100}
    second = {"from": "M", "to": "V", "length_km": 900, "capacity_gbps": 100}
    plan = planned(
        tmp_path,
        workloads=[work("strict", 15, 10, path_availability=0.999)],
        sites=[*ONLY_W, {"site": "V", "lat": 31, "lon": 116}],
        arcs=[direct(100), *around(100), {**short, "link_availability": 0.99}, second],
    )
    found = explain_zone(plan, "A")["workloads"][0]
    assert [one["site"] for one in found["served"]] == ["W"]
    assert found["next"]["site"] == "V"
    assert found["next"]["latency_one_way_ms"] == pytest.approx(1 + 1800 * 1.5 / 204)


@pytest.mark.parametrize("new", [False, True])
def test_disks_go_where_no_path_is_as_available_as_asked(tmp_path: Path, new: bool) -> None:
    # 39.9 h by road. The delay told is that of the line, also of one that nobody builds.
    link = {"link_availability": 0.99, "new": new, "new_cost_mcny_per_year": 9}
    plan = planned(
        tmp_path,
        arcs=[direct(100, **link)],
        sites=ONLY_W,
        workloads=[work("batch", None, 5, path_availability=0.999, **BULK)],
        network={"shipping": {"offered": True}},
    )
    assert plan.record["objective_mcny"] == pytest.approx(5 * DISKS_MCNY, rel=1e-4)
    assert plan["service"]["latency_one_way_ms"].tolist() == pytest.approx([1 + 1500 / 204])
    assert plan["links"]["built"].sum() == 0
    assert "latency_figure" in {
        failure.code
        for failure in verify(cell("service", {}, latency_one_way_ms=9.0)(plan)).failures
    }


@pytest.mark.parametrize("seed", range(20))
def test_delays_of_available_paths_are_those_of_all_paths_walked(seed: int) -> None:
    draw = random.Random(seed)
    nodes = draw.randint(3, 6)
    links = [
        (*draw.sample(range(nodes), 2), draw.randint(1, 9), draw.choice((0.9, 0.95, 0.99, 1.0)))
        for _ in range(draw.randint(2, 10))
    ]
    least = draw.choice((0.0, 0.8, 0.9, 0.95, 0.99))
    found = fastest_delays(nodes, links, [0], least)[0]
    for end in range(1, nodes):
        plain = [(one, other, float(ms)) for one, other, ms, _ in links]
        paths = simple_paths(plain, 0, end)
        good = [
            far for far, path in paths if np.prod([links[at][3] for at in path]) >= least - 1e-9
        ]
        assert found[end] == pytest.approx(min(good, default=np.inf))


def mesh(draw: random.Random, guarded: bool) -> dict[str, Any]:
    """Four nodes, links between most of them, classes of different limits, some protected."""
    nodes = "AWMN"
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    arcs = [
        {
            "from": a,
            "to": b,
            "length_km": draw.randint(300, 1500),
            "capacity_gbps": draw.choice((20, 40, 80)),
            "risk_group": draw.choice(("", "", "r")),
            **WAVES,
        }
        for a, b in pairs
        if (a, b) == ("A", "W") or draw.random() < 0.85
    ]
    work_of = [
        work(name, limit, draw.randint(2, 20), protected=guarded and chance)
        for name, limit, chance in (
            ("fast", 14, draw.random() < 0.5),
            ("slow", 25, draw.random() < 0.7),
            ("batch", None, draw.random() < 0.5),
        )
    ]
    economy = {"transport_mcny_per_gbps_1000km_year": 1, "unserved_penalty_mcny_per_eflops": 1e4}
    return {
        "arcs": arcs,
        "workloads": work_of,
        "network": {"paths": 5},
        "settings": {"economy": economy},
    }


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_cut_leaves_a_division_that_serves_what_is_protected(
    tmp_path: Path, seed: int
) -> None:
    """Flows on the paths after every cut, found anew by a linear programme without the theorem."""
    given = mesh(random.Random(seed), guarded=True)
    plan = planned(tmp_path / "on", **given)
    assert not verify(plan).failures
    bare = planned(tmp_path / "off", **mesh(random.Random(seed), guarded=False))
    assert plan.record["objective_mcny"] >= bare.record["objective_mcny"] * (1 - 1e-9)
    table = plan["routes"].reset_index(drop=True)
    holds = (table["flow_gbps"] + table["spare_gbps"]).to_numpy(dtype=float)
    works = plan.model["workloads"].set_index("workload")
    sent = plan["service"][plan["service"]["site"] == "W"].set_index("workload")["served_eflops"]
    cuts = {f"{arc['from']}~{arc['to']}": arc["risk_group"] or str(arc) for arc in given["arcs"]}
    kept = [name for name in works.index[works["protected"]] if sent.get(name, 0) > 1e-6]
    for cut in {*cuts.values()}:
        left = [cut not in {cuts[label] for label in path.split(";")} for path in table["links"]]
        pairs = [
            (number, row)
            for number, name in enumerate(kept)
            for row in table.index[left]
            if table["latency_one_way_ms"][row] <= works["latency_ms"].fillna(np.inf)[name] + 1e-9
        ]
        if not kept:
            continue
        need = [sent[name] * works["traffic_gbps_per_eflops"][name] for name in kept]
        serves = [[-1.0 * (of == number) for of, _ in pairs] for number in range(len(kept))]
        carries = [[1.0 * (of == row) for _, of in pairs] for row in table.index]
        found = linprog(
            np.zeros(len(pairs)),
            A_ub=np.array(serves + carries),
            b_ub=np.concatenate([-np.array(need) + 1e-5, holds + 1e-5]),
        )
        assert found.status == 0, (cut, table)


def test_off_is_absent_and_rows(tmp_path: Path) -> None:
    assert "protection" not in build(read_model(far_site(tmp_path / "off"))).constraints
    given = {**GUARDED, "workloads": [*GUARDED["workloads"], work("batch", None, 5)]}
    formulation = build(read_model(far_site(tmp_path / "on", **given)))
    rows = formulation.constraints["protection"]
    text = f"{rows.doc}\n\n" + "".join(row_text(rows, at) for at in range(len(rows.index)))
    snapshots.compare(SNAPSHOT, text)


ROUND = {"path": "p2"}


def kept_free(gbps: float) -> Change:
    """So much on the way round and on both of its links."""
    return both(cell("routes", ROUND, spare_gbps=gbps), cell("links", {"to": "M"}, spare_gbps=gbps))


BREAKS: list[tuple[str, Change]] = [
    ("unprotected", kept_free(9.0)),
    ("link_flow", cell("routes", ROUND, spare_gbps=11.0)),
    ("link_flow", cell("links", {"to": "M"}, spare_gbps=9.0)),
    ("link_capacity", model_cell("arcs", {"to": "M"}, capacity_gbps=14.0)),
    ("route_late", model_cell("workloads", {}, path_availability=0.999)),
    ("cost", kept_free(11.0)),
    ("unprotected", both(kept_free(0.0), cell("routes", {"path": "p1"}, spare_gbps=10.0),
                         cell("links", {"to": "W"}, spare_gbps=10.0))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), BREAKS)
def test_the_check_refuses(tmp_path: Path, code: str, change: Change) -> None:
    arcs = [direct(100, link_availability=0.99), *around(100)]
    plan = planned(tmp_path, **{**GUARDED, "arcs": arcs})
    assert not verify(plan).failures
    assert code in {failure.code for failure in verify(change(plan)).failures}


@pytest.mark.parametrize(("protected", "code"), [(False, "route_late"), (True, "unprotected")])
def test_bulk_without_traffic_arrives_in_its_hours(
    tmp_path: Path, protected: bool, code: str
) -> None:
    # 1 PB over 0.8 · 10 Gbps takes 277.8 hours, over a second such line too.
    arcs = [direct(10), direct(10, medium="internet")]
    bulk = {"bulk_gb": 1e6, "max_transfer_h": 280, "protected": protected}
    plan = planned(tmp_path, workloads=[work("batch", None, 0, **bulk)], arcs=arcs)
    assert not verify(plan).failures
    late = model_cell("workloads", {}, max_transfer_h=277.0)
    narrow = model_cell("arcs", {"medium": "internet"}, capacity_gbps=9.0)
    assert code in {failure.code for failure in verify(late(plan)).failures}
    assert protected == (code in {failure.code for failure in verify(narrow(plan)).failures})


@pytest.mark.parametrize(
    ("table", "where", "values"),
    [
        ("workloads", {}, {"latency_ms": 14.0}),
        ("workloads", {}, {"path_availability": 0.999}),
        ("arcs", {"from": "W"}, {"new": 1.0}),
    ],
)
def test_the_check_refuses_work_without_traffic(
    tmp_path: Path, table: str, where: dict[str, Any], values: dict[str, Any]
) -> None:
    # It goes straight, 8.35 ms; when that is cut, round over links that stand in 14.24 ms.
    given = {"arcs": [direct(100), *({**link, "link_availability": 0.99} for link in around(100))]}
    plan = planned(tmp_path, workloads=[work("online", 15, 0, protected=True)], **given)
    assert not verify(plan).failures
    found = verify(model_cell(table, where, **values)(plan))
    assert "unprotected" in {failure.code for failure in found.failures}
