"""Scores worked out by hand, rules on what is missing, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import layout
from layout.errors import InputError
from layout.labels import table
from layout.report.sheet.naming import file_names
from layout.study.suitability.criteria import BUILT_IN, criteria_of
from layout.study.suitability.suitability import suitability
from layout.study.suitability.suitability_files import FILES, study_of
from layout.study.weighing.robustness import factors, ranks, spread
from tests.builders import tiny_model, write_table
from tests.cli.conftest import run as run
from tests.cli.towns import Runner, towns

# site, price, hazard (lower is better), talent
PLACES = (
    ("A", 0.3, 0, 10),
    ("B", 0.4, 5, 6),
    ("C", 0.5, None, 6),
    ("D", 0.2, 0, 1),
    ("E", None, 0, 10),
)
WEIGHTS = (
    {"criterion": "power_price", "weight": 60, "unit": "CNY/kWh"},
    {"criterion": "hazard", "weight": 20, "direction": "lower", "worst": 10, "best": 0},
    {"criterion": "talent", "weight": 20, "direction": "higher", "worst": 2, "exclude_below": 2,
     "basis": "our own"},
)  # fmt: skip


def _model(folder: Path, **more: Any) -> Any:
    criteria = [
        {"site": site, "criterion": name, "value": value, "unit": unit, "source": f"{name} survey"}
        for site, _, hazard, talent in PLACES
        for name, value, unit in (("hazard", hazard, "index"), ("talent", talent, "1000 people"))
        if value is not None
    ]
    tables: dict[str, Any] = {
        "sites": [{"site": site, "province": f"P{site}"} for site, *_ in PLACES],
        "power": [
            {"province": f"P{site}", "price_cny_per_kwh": price, "source": "tariffs"}
            for site, price, *_ in PLACES
            if price is not None
        ],
        "criteria": criteria,
        **more,
    }
    tables = {name: rows for name, rows in tables.items() if rows}
    return layout.read(tiny_model(folder / "model", **tables))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The five sites, read once."""
    return _model(tmp_path_factory.mktemp("plain"))


def _weights(folder: Path, rows: Any = WEIGHTS) -> Path:
    write_table(folder / "weights.csv", rows)
    return folder / "weights.csv"


def test_scores_by_hand(tmp_path: Path) -> None:
    """Price from 0.5 (worst) to 0.3 (best): D would stretch it to 0.2, but D is excluded."""
    found = suitability(_model(tmp_path), _weights(tmp_path), top=1)
    scored = found.scored
    # A 60 + 20 + 20; B 60/2 + 20/2 + 20/2; C (0 + 20/2) / 0.8; D 60 + 20 + 0; E (20 + 20) / 0.4
    assert scored.score.tolist() == [100.0, 50.0, 12.5, 80.0, 100.0]
    assert scored.least.tolist() == [100.0, 50.0, 10.0, 80.0, 40.0]
    assert scored.greatest.tolist() == [100.0, 50.0, 30.0, 80.0, 100.0]
    assert scored.known.tolist() == pytest.approx([1, 1, 0.8, 1, 0.4])
    assert scored.rank.tolist() == [1, 2, 3, 0, 0]
    assert [found.status(at) for at in range(5)] == (
        ["ranked"] * 3 + ["excluded", "too_little_known"]
    )
    assert np.array_equal(scored.points.sum(axis=1), scored.score)
    tables = study_of(found).tables
    assert tables["suitability"]["exclusions"].tolist() == ["", "", "", "talent 1 < 2", ""]
    assert tables["suitability"]["top_share"].tolist()[:3] == [1.0, 0.0, 0.0]
    parts = tables["parts"].set_index(["site", "criterion"])
    assert parts.loc[("C", "hazard"), "value_state"] == "missing"
    assert parts.loc[("C", "hazard"), "points"] == 0
    assert parts.loc[("C", "talent"), "points"] == 12.5
    assert parts.loc[("A", "power_price"), "value_source"] == "tariffs"
    assert parts.loc[("B", "talent"), "criterion_rank"] == 3  # A 10, E 10, then B and C


def test_what_is_missing_is_told_and_never_zero(tmp_path: Path) -> None:
    """Without any price and with one hazard everywhere, both are left out and named."""
    criteria = [{"site": s, "criterion": "hazard", "value": 3} for s, *_ in PLACES]
    criteria += [{"site": "A", "criterion": "talent", "value": 1},
                 {"site": "B", "criterion": "talent", "value": 2}]  # fmt: skip
    model = _model(tmp_path, power=[], criteria=criteria)
    weights = [{"criterion": "power_price", "weight": 1}, {"criterion": "talent", "weight": 2,
               "direction": "higher"}, {"criterion": "hazard", "weight": 1, "direction": "lower"},
               {"criterion": "pue", "weight": 0}]  # fmt: skip
    found = suitability(model, _weights(tmp_path, weights))
    assert found.scored.left_out == {"power_price": "missing", "hazard": "same",
                                     "pue": "weightless"}  # fmt: skip
    assert found.scored.score[:2].tolist() == [0.0, 100.0]
    assert np.isnan(found.scored.score[2:]).all()
    assert found.ranked == 2
    assert suitability(model, {"power_price": 1}).ranked == 0


def test_built_in_criteria_by_hand(tmp_path: Path) -> None:
    """Two sites 0 and 1 degree of latitude (111.2 km) from the only zone that wants anything."""
    model = layout.read(tiny_model(
        tmp_path / "model",
        settings={"features": {"renewables": True},
                  "latency": {"basis": "rtt", "route_factor": 1.0, "fixed_ms": 9.5,
                              "km_per_ms": 200}},
        zones=[{"zone": "z", "lat": 30.0, "lon": 104.0}, {"zone": "far", "lat": 40.0,
                "lon": 104.0}],
        sites=[{"site": "E", "lat": 30.0, "lon": 104.0, "province": "P", "max_it_mw": 10,
                "grid_headroom_mw": 30},
               {"site": "W", "lat": 31.0, "lon": 104.0, "province": "Q"}],
        stock=[{"block": "b", "site": "E", "facility": "hall", "kind": "general",
                "compute_eflops": 4, "facility_it_mw": 6, "pue": 1.5}],
        demand=[{"zone": "z", "workload": "task", "demand_eflops": 3},
                {"zone": "far", "workload": "task", "demand_eflops": 1}],
        power=[{"province": "P", "price_cny_per_kwh": 0.5, "grid_headroom_mw": 20}],
        renewables=[
            {"province": "P", "technology": "wind", "potential_mw": 100, "capacity_factor": 0.5,
             "cost_cny_per_kwh": 0.2, "wheeling_cny_per_kwh": 0.1},
            {"province": "P", "technology": "solar", "potential_mw": 300,
             "capacity_factor": 0.1, "cost_cny_per_kwh": 0.5}],
        arcs=[{"from": "z", "to": "far"}],
    ))  # fmt: skip
    value = {name: one.value.tolist() for name, one in criteria_of(model).items()}
    assert value["space"] == [4, np.inf]
    assert value["grid_headroom"] == [20 - 4 * 1.5, np.inf]  # the province's is tighter
    assert value["green_supply"] == pytest.approx([8.76 * 80, 0])
    assert value["green_cost"][0] == pytest.approx((50 * 0.3 + 30 * 0.5) / 80)
    assert np.isnan(value["green_cost"][1]) and np.isnan(value["power_price"][1])
    # one way 9.5 ms at home, 9.5 + 111.2/200 = 10.06 ms for W: a round trip above 20 ms
    assert value["reach_20ms"] == pytest.approx([0.75, 0.0])
    assert value["backbone"] == pytest.approx([0, 111.2], abs=0.1)
    assert np.isnan(value["pue"]).all() and np.isnan(value["water"]).all()
    scores = suitability(model, {"space": 1}).scored
    assert scores.score.tolist() == [0.0, 100.0]  # unlimited is best, though 4 is the only number


@pytest.mark.parametrize(
    ("rows", "where", "en", "zh"),
    [
        ([{"criterion": "talnt", "weight": 1}], "row 2, column criterion", "talent", "talent"),
        ([{"criterion": "talent", "weight": "x", "direction": "lower"}], "column weight",
         "a number", "数字"),
        ([{"criterion": "talent", "weight": -1, "direction": "lower"}], "column weight",
         "0 or more", "不小于 0"),
        ([{"criterion": "talent", "weight": 1}], "column direction", "higher", "越大越好"),
        ([{"criterion": "talent", "weight": 1, "direction": "hihger"}], "column direction",
         "did you mean “higher”", "是否为“higher”"),
        ([{"criterion": "pue", "weight": 1, "worst": 1.1, "best": 1.5}], "column best",
         "worst 1.1, best 1.5, lower", "大小与方向一致"),
        ([{"criterion": "pue", "weight": 1, "exclude_below": 2, "exclude_above": 1}],
         "column exclude_below", "every site", "全部站点"),
        ([{"criterion": "pue", "weight": 1}, {"criterion": "pue", "weight": 2}],
         "row 3, column criterion", "again", "重复"),
        ([{"criterion": "space", "weight": 1, "unit": "GW"}], "column unit", "MW", "MW"),
        ([{"criterion": "space", "weight": 0}], "row 1, column weight", "no weight above 0",
         "没有大于 0"),
        ([{"criterion": "space", "wieght": 1}], "row 1", "did you mean “weight”", "缺少列"),
    ],
)  # fmt: skip
def test_wrong_weights_are_refused_with_their_place(
    plain: Any, tmp_path: Path, rows: Any, where: str, en: str, zh: str
) -> None:
    with pytest.raises(InputError) as error:
        suitability(plain, _weights(tmp_path, rows))
    assert "weights.csv, row" in error.value.message("en")
    assert where in error.value.message("en")
    assert en in error.value.message("en")
    assert zh in error.value.message("zh")


def test_own_criteria_that_clash_are_refused(tmp_path: Path) -> None:
    rows = [{"site": "A", "criterion": "space", "value": 1},
            {"site": "A", "criterion": "talent", "value": 1, "unit": "t"},
            {"site": "B", "criterion": "talent", "value": 1, "unit": "kt"}]  # fmt: skip
    with pytest.raises(InputError) as error:
        suitability(_model(tmp_path, criteria=rows))
    assert [one.code for one in error.value.problems] == ["criterion_taken", "criterion_units"]


def test_steadiness_of_ranks() -> None:
    """Who is best in everything stays first; two that trade places share the cases."""
    normal = np.array([[1, 1.0], [0.9, 0.1], [0.1, 0.9], [0, 0]])
    known, every = np.ones((4, 2), dtype=bool), np.ones(4, dtype=bool)
    found = spread(normal, known, np.array([5.0, 5.0]), every, 2)
    assert (found.best.tolist(), found.worst.tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])
    assert found.share[0] == 1 and found.share[3] == 0
    assert found.share[1] == pytest.approx(0.5, abs=0.02)
    draws = factors(11)
    assert draws.min() >= 0.8 and draws.max() <= 1.2
    assert draws.mean(axis=0) == pytest.approx(np.ones(11), abs=0.005)
    assert ranks(np.array([3.0, 5.0, 3.0, 9.0]), np.array([1, 1, 1, 0], dtype=bool)).tolist() == (
        [2, 1, 2, 0]
    )


def test_file_names_of_codes() -> None:
    names = file_names(["110000", "贵安", "a", "A", "x (1)", "con", "a.b", "a·b"])
    assert names["110000"] == "110000.html" and names["贵安"] == "贵安.html"
    assert len({name.lower() for name in names.values()}) == 8
    assert all(set(name) <= set(names["贵安"]) | set("0123456789abcdefghijklmnopqrstuvwxyzAx_-.hml")
               for name in names.values())  # fmt: skip
    assert names["con"].startswith("con-") and names["x (1)"].startswith("x__1_-")


def test_the_command(tmp_path: Path, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables, ranking, pages, map; the weights written give the same scores again."""
    monkeypatch.chdir(tmp_path)
    model = str(towns(tmp_path / "towns"))
    first = run("suitability", model, "-o", "out", lang="zh")
    assert first.code == 0, first.err
    assert "西站" in first.out and "示例权重" not in first.err and "权重为本项目示例" in first.out
    out = tmp_path / "out"
    assert {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()} == {
        "study.json", "suitability.csv", "parts.csv", "weights.csv", "suitability.html",
        "sites/E.html", "sites/W.html", "map.html",
    }  # fmt: skip
    record = json.loads((out / "study.json").read_text("utf-8"))
    assert (record["study"], record["ranked"], record["example_weights"]) == (
        "suitability",
        2,
        True,
    )
    assert run("suitability", model, "-o", "out").code == 3
    again = run("suitability", model, "-o", "again", "--weights", "out/weights.csv", "--no-map",
                "--focus", "贵州", "--quiet")  # fmt: skip
    assert (again.code, again.out) == (0, "")
    names = {file.name for file in (tmp_path / "again").rglob("*.html")}
    assert names == {"suitability.html", "W.html"}
    scores = [_column(tmp_path / name / "suitability.csv", "score") for name in ("out", "again")]
    assert scores[0] == scores[1]
    wrong = run("suitability", model, "-o", "new", "--focus", "Guizou")
    assert wrong.code == 3 and "Guizhou" in wrong.err and not (tmp_path / "new").exists()
    assert run("suitability", model, "-o", "new", "--weights", "nothing.csv").code == 3


def _column(file: Path, name: str) -> list[str]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [row[name] for row in csv.DictReader(rows)]


def test_the_page_names_every_criterion_and_column() -> None:
    """The document lists what the program has; every criterion has its name and rule."""
    page = (Path(__file__).parents[2] / "docs" / "studies" / "suitability.md").read_text("utf-8")
    for name in BUILT_IN:
        assert f"`{name}`" in page
        assert {f"suitability.{part}.{name}" for part in ("criterion", "how")} <= table().keys()
    for file in FILES:
        for column in file.columns:
            assert column.label in table()
            assert f"`{column.name}`" in page
