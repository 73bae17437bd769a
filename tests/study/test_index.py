"""A composite index of provinces worked out by hand; what has no part, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.labels import has, table
from layout.plan import Plan, new_plan
from layout.plan.files import FILES as PLAN_FILES
from layout.plan.files import NUMBER
from layout.plan.kpis import kpis
from layout.study.index.index import index
from layout.study.index.index_files import FILES, left_out, study_of
from layout.study.index.index_map import layers
from layout.study.index.indicators import INDICATORS, indicators_of, provinces_of
from layout.study.reading import read_study
from layout.study.weighing.weights import Weight
from tests.builders import tiny_model
from tests.cli.conftest import model as model
from tests.cli.conftest import plan as plan
from tests.cli.conftest import run as run
from tests.cli.towns import Runner

NAN = float("nan")
# P holds the stock, Q gets a site, R, 2,700 km away, has users only
PLACES = {"P": (30.0, 104.0), "Q": (30.0, 105.0), "R": (45.0, 126.0)}


def _question(folder: Path, **settings: Any) -> Any:
    return layout.read(tiny_model(
        folder / "model",
        settings={"latency": {"basis": "rtt", "route_factor": 1.5, "fixed_ms": 0,
                              "km_per_ms": 200}, **settings},
        zones=[{"zone": name.lower(), "province": name, "population_10k": people, "lat": lat,
                "lon": lon, "gdp_100m_cny": 2 * people}
               for (name, (lat, lon)), people in zip(PLACES.items(), (100, 50, 50), strict=True)],
        sites=[{"site": site, "province": name, "zone": name.lower(), "lat": PLACES[name][0],
                "lon": PLACES[name][1]} for site, name in (("A", "P"), ("B", "Q"))],
        kinds=[{"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1,
                "fp32_per_native": 1, "storage_eb_per_eflops": 0.1},
               {"kind": "ai", "precision": "FP16", "it_mw_per_eflops": 0.5,
                "fp32_per_native": 0.5, "storage_eb_per_eflops": 0.1}],
        facilities=[{"facility": "hall", "kinds": "general;ai"}],
        stock=[{"block": "b", "site": "A", "facility": "hall", "kind": "general",
                "compute_eflops": 4, "facility_it_mw": 8, "pue": 1.5}],
        demand=[{"zone": zone, "workload": "task", "demand_eflops": amount}
                for zone, amount in (("p", 3), ("q", 4), ("r", 2))],
        storage=[{"site": "A", "disk_eb": 3, "ssd_eb": 1}],
        arcs=[{"from": "p", "to": "q", "capacity_gbps": 100},
              {"from": "q", "to": "r", "capacity_gbps": 50},
              {"from": "p", "to": "r", "capacity_gbps": 70, "new": True}],
    ))  # fmt: skip


def _rows(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of a table of the plan's year; what they do not say is 0 or empty."""
    file = PLAN_FILES[name]
    blank = {one.name: 0.0 if one.type == NUMBER else "" for one in file.columns}
    frame = pd.DataFrame([{**blank, "year": 2025, **row} for row in rows])
    return file.frame(frame)


def _plan(question: Any) -> Plan:
    def unit(site: str, kind: str, size: float, **more: float) -> dict[str, Any]:
        return {
            "unit": f"{site}-{kind}",
            "site": site,
            "facility": "hall",
            "kind": kind,
            "origin": "new",
            "compute_eflops": size,
            "load_eflops": size / 2,
            **more,
        }

    tables = {
        "units": _rows(
            "units",
            unit("A", "general", 4, it_mw=4, space_mw=8, pue=1.5, it_gwh=20, facility_gwh=30),
            unit("A", "ai", 4, it_mw=2, space_mw=2, pue=1.2, it_gwh=10, facility_gwh=12),
            unit("B", "general", 10, it_mw=10, space_mw=10, pue=1.2, it_gwh=50, facility_gwh=60),
        ),
        "energy": _rows(
            "energy",
            {"site": "A", "it_gwh": 30, "facility_gwh": 42, "renewable_gwh": 12.6,
             "certificate_gwh": 8.4, "carbon_kt": 15},
            {"site": "B", "it_gwh": 50, "facility_gwh": 60, "renewable_gwh": 60},
        ),
        "service": _rows(
            "service",
            *({"zone": zone, "site": site, "workload": "task", "served_eflops": amount,
               "latency_rtt_ms": delay, "latency_one_way_ms": delay / 2}
              for zone, site, amount, delay in
              (("p", "A", 3, 2), ("q", "B", 3, 4), ("q", "A", 1, 8), ("r", "B", 2, 40))),
        ),
        "storage": _rows("storage", {"site": "A", "disk_eb": 5, "ssd_eb": 1},
                         {"site": "B", "ssd_eb": 2}),
        "links": _rows("links", {"from": "p", "to": "q", "capacity_gbps": 300},
                       {"from": "q", "to": "r", "capacity_gbps": NAN}),
    }  # fmt: skip
    return new_plan({"format": 1, "model": "three", "status": "optimal"}, question, tables)


BOTH: dict[str, tuple[list[float], list[float]]] = {
    "compute": ([4, 0, 0], [6, 10, 0]),
    "compute_general": ([4, 0, 0], [4, 10, 0]),
    "compute_ai": ([0, 0, 0], [2, 0, 0]),  # 4 EFLOPS FP16 count as 2 in FP32
    "compute_per_head": ([4000, 0, 0], [6000, 20000, 0]),  # 4e9 GFLOPS for a million people
    "compute_per_gdp": ([2000, 0, 0], [3000, 10000, 0]),
    "halls": ([8, 0, 0], [10, 10, 0]),
    "rack_utilisation": ([0.5, NAN, NAN], [0.6, 1, NAN]),
    "compute_utilisation": ([NAN] * 3, [0.5, 0.5, NAN]),  # no demand of the base year is given
    "storage": ([NAN] * 3, [NAN] * 3),  # without the feature
    "network": ([NAN] * 3, [NAN] * 3),
    "reach_20ms": ([7 / 9, 0, 0], [7 / 9, 7 / 9, 0]),  # p and q want 7 of 9
    "compute_within_20ms": ([4, 4, 0], [16, 16, 0]),
    "delay": ([NAN] * 3, [2, 5, 40]),  # (3 × 4 + 1 × 8) / 4
    "pue_operated": ([NAN] * 3, [1.4, 1.2, NAN]),
    "pue_design": ([1.5, NAN, NAN], [1.44, 1.2, NAN]),
    "green_share": ([NAN] * 3, [0.5, 1, NAN]),
    "carbon": ([NAN] * 3, [0.5, 0, NAN]),
    "self_sufficiency": ([NAN] * 3, [1, 0.75, 0]),
}


def test_indicators_by_hand(tmp_path: Path) -> None:
    asked = _plan(_question(tmp_path))
    found = indicators_of(asked, 2025)
    assert set(found) == BOTH.keys()
    assert list(provinces_of(asked.model)) == ["P", "Q", "R"]
    for name, (before, after) in BOTH.items():
        assert found[name].value.tolist() == pytest.approx([*before, *after], nan_ok=True), name


def test_what_the_index_shares_with_the_key_figures_is_in_their_unit(tmp_path: Path) -> None:
    asked = _plan(_question(tmp_path))
    found, figures = indicators_of(asked, 2025), kpis(asked.tables, asked.model)
    pairs = {"compute_per_head": "compute_gflops_per_head",
             "compute_per_gdp": "compute_gflops_per_10k_cny", "carbon": "cue_location",
             "compute": "compute_eflops_fp32"}  # fmt: skip
    for indicator, figure in pairs.items():
        assert found[indicator].unit == figures[figure]["unit"]
    assert has(f"map.unit_word.{found['compute_per_head'].unit.lower()}")


def test_storage_and_links_by_hand(tmp_path: Path) -> None:
    """A new link is not there before; one without a limit makes its ends unlimited."""
    question = _question(tmp_path, features={"renewables": False, "storage": True, "network": True})
    found = indicators_of(_plan(question), 2025)
    assert found["storage"].value.tolist() == [4, 0, 0, 6, 2, 0]
    assert found["network"].value.tolist() == [100, 150, 50, 300, np.inf, np.inf]


def test_links_end_in_the_province_to_which_their_node_belongs(tmp_path: Path) -> None:
    """Nodes may bear the code of a province, or any that a zone or site names."""
    _question(tmp_path, features={"renewables": False, "storage": False, "network": True})
    path = tmp_path / "model"
    arcs = pd.read_csv(path / "arcs.csv").replace({"p": "P", "q": "exchange", "r": "far"})
    arcs.assign(length_km=100).to_csv(path / "arcs.csv", index=False)
    for name, nodes in (("zones", ["P", "exchange", "far"]), ("sites", ["P", "exchange"])):
        rows = pd.read_csv(path / f"{name}.csv")
        rows.assign(node=nodes).to_csv(path / f"{name}.csv", index=False)
    found = indicators_of(_plan(layout.read(path)), 2025)["network"].value
    assert found[:3].tolist() == [100, 150, 50]


def test_a_province_of_the_map_with_several_of_the_study_stays_blank(tmp_path: Path) -> None:
    study = study_of(index(_plan(_question(tmp_path)), {"compute": 1}))
    own = layers(study, {"P": "510000", "Q": "500000", "R": "230000"})
    assert own[0].values == {"510000": 60, "500000": 100, "230000": 0}
    shared = layers(study, {"P": "510000", "Q": "510000", "R": "230000"})
    assert shared[0].values == {"230000": 0}


def test_without_an_equivalent_nothing_is_added(tmp_path: Path) -> None:
    """A kind without fp32_per_native: sums over kinds are unknown everywhere, its own too."""
    path = tmp_path / "model"
    _question(tmp_path)
    rows = pd.read_csv(path / "kinds.csv").assign(fp32_per_native=[1.0, NAN])
    rows.to_csv(path / "kinds.csv", index=False)
    found = indicators_of(_plan(layout.read(path)), 2025)
    for name in ("compute", "compute_ai", "compute_per_head"):
        assert np.isnan(found[name].value).all(), name
    assert found["compute_general"].value.tolist() == [4, 0, 0, 4, 10, 0]
    assert found["reach_20ms"].value[0] == pytest.approx(7 / 9)


def test_index_and_ranks_by_hand(tmp_path: Path) -> None:
    """Compute 50 of 0..10, racks 30 of 0..1, self-sufficiency 20, which only the plan knows."""
    asked = _plan(_question(tmp_path))
    rows = [Weight("compute", 50), Weight("rack_utilisation", 30, worst=0, best=1),
            Weight("self_sufficiency", 20, "higher"), Weight("storage", 5)]  # fmt: skip
    found = index(asked, rows)
    assert found.aside == ("self_sufficiency",)
    assert left_out(found) == {"storage": "missing", "self_sufficiency": "one_sided"}
    # P: 62.5 × 0.4 + 37.5 × 0.5; of Q and R only the compute is known, and it is none
    assert found.before.tolist() == [43.75, 0, 0]
    assert found.after.tolist() == [60, 100, 0]
    assert found.whole.score.tolist() == [30 + 18 + 20, 50 + 30 + 15, 0]
    assert found.rank_before.tolist() == [1, 2, 2]
    assert found.rank_after.tolist() == [2, 1, 3]
    assert found.rank_whole.tolist() == [2, 1, 3]
    study = study_of(found)
    rows_of = study["index"].set_index("province")
    assert rows_of["index_change"].tolist() == [16.25, 100, 0]
    assert rows_of["known_before"].tolist() == [1, 0.625, 0.625]
    assert study.record["published_index"] is False
    parts = study["index_parts"]
    sums = parts.groupby(["province", "moment"])[["points", "whole_points"]].sum()
    assert sums.loc[("P", "before"), "points"] == 43.75
    assert sums.loc[("Q", "after")].tolist() == [100, 95]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (Weight("comput", 1), "indicator_unknown"),
        (Weight("self_sufficiency", 1), "direction_unknown"),
        (Weight("compute", 1, exclude_below=1), "unknown_column"),
    ],
)
def test_wrong_weights_are_refused(plan: Plan, row: Weight, code: str) -> None:
    with pytest.raises(InputError) as error:
        index(plan, [row])
    assert [one.code for one in error.value.problems] == [code]
    assert all(error.value.message(lang) for lang in ("en", "zh"))


def test_the_command(
    plan: Plan, tmp_path: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables and map; the weights written give the same index again; `layout map` shows it."""
    monkeypatch.chdir(tmp_path)
    first = run("index", plan.folder, "-o", "out", lang="zh")
    assert first.code == 0, first.err
    assert "西城" in first.out and "并非公开发布" in first.out and "权重为本项目示例" in first.out
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"study.json", "index.csv", "index_parts.csv", "weights.csv", "map.html"}
    record = json.loads((tmp_path / "out" / "study.json").read_text("utf-8"))
    assert "not the published" in record["note"]["en"]
    own = run("index", plan.folder, "-o", "own", "--weights", "out/weights.csv", "--no-map")
    assert "weights are the user's" in own.out and "not the published" in own.out
    one, other = (read_study(tmp_path / name)["index"] for name in ("out", "own"))
    assert one.equals(other) and one["index_after"].notna().all()
    shown = run("map", plan.folder, "--study", "own", "-o", "with.html")
    assert shown.code == 0, shown.err
    page = (tmp_path / "with.html").read_text("utf-8")
    assert "extra:1-index_after" in page and "not the published" in page
    assert "not the published" in (tmp_path / "out" / "map.html").read_text("utf-8")
    page = layout.report_of(plan, lang="en", studies=[tmp_path / "own"], with_map=False)
    assert "It is not the published composite computing index" in page
    assert all(f"{value:.4g}" in page for value in one["index_after"])
    assert run("index", plan.folder, "-o", "out").code == 3
    assert run("index", plan.folder, "-o", "new", "--year", "2031").code == 2
    assert not (tmp_path / "new").exists()


def test_the_page_names_every_indicator_and_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "studies" / "index-of-provinces.md").read_text(
        "utf-8"
    )
    for name in INDICATORS:
        assert f"`{name}`" in page
        assert f"index.indicator.{name}" in table()
    for column in [column for file in FILES for column in file.columns]:
        assert column.label in table()
        assert f"`{column.name}`" in page
