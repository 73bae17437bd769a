"""Samples, sensitivity against known indices, and the command line of `layout uncertainty`."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from layout.errors import InputError
from layout.model import read_model
from layout.study.uncertainty.ranges import Range, read_ranges, shipped
from layout.study.uncertainty.sample import sites_of
from layout.study.uncertainty.sampling import sampled
from layout.study.uncertainty.sensitivity import correlation_ratio, given_data, saltelli
from layout.study.uncertainty.uncertainty_tables import building_table, wilson
from tests.cli.towns import Runner, towns
from tests.data.national import fact

UNIFORM = [Range(f"x{number}", "uniform", low=0, high=1) for number in range(3)]

RANGES = """\
path,distribution,low,mode,high,unit,group,source,note
economy.carbon_price_cny_per_t,uniform,0,,200,CNY/t,,,
kinds.it_capex_mcny_per_eflops*,triangular,0.7,1,1.6,factor,,,
"demand[zone=310000,year=2025].demand_eflops*",normal,0.8,,1.2,factor,demand,,
"demand[zone=520000,year=2025].demand_eflops*",normal,0.8,,1.2,factor,demand,,moves with the east
"""


def ishigami(quantiles):
    """sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on [−π, π]³ (Ishigami and Homma 1990)."""
    x = -np.pi + 2 * np.pi * quantiles
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def known_indices():
    """First-order and total indices of it, by its closed form."""
    a, b = 7.0, 0.1
    whole = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    first = np.array([0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, 0.0]) / whole
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50) / whole
    return first, first + np.array([both, 0.0, both])


def test_saltelli_finds_the_known_indices_of_ishigami():
    design = sampled(UNIFORM, 2048, saltelli=True, seed=5)
    assert len(design) == 2048 * 5
    found = saltelli(2048, ishigami(design.quantiles))
    first, total = known_indices()
    assert [one.first for one in found] == pytest.approx(first, abs=0.03)
    assert [one.total for one in found] == pytest.approx(total, abs=0.03)
    assert all(one.low - 0.02 <= known <= one.high + 0.02
               for one, known in zip(found, first, strict=True))  # fmt: skip


def test_given_samples_find_the_known_indices_of_ishigami():
    design = sampled(UNIFORM, 4096, seed=5)
    found = given_data(design.quantiles, ishigami(design.quantiles))
    assert [one.first for one in found] == pytest.approx(known_indices()[0], abs=0.04)


def test_indices_of_a_sum_are_the_shares_of_its_parts():
    """Var(c·x) is c²/12: shares 1/14, 4/14, 9/14; a sign for the direction; gaps are left out."""
    design = sampled(UNIFORM, 512, seed=2)
    values = design.quantiles @ np.array([1.0, 2.0, -3.0])
    values[::50] = np.nan
    found = given_data(design.quantiles, values)
    assert [one.first for one in found] == pytest.approx([1 / 14, 4 / 14, 9 / 14], abs=0.06)
    assert all(one.low <= one.first <= one.high for one in found)
    assert found[0].rank > 0.15 and found[2].rank < -0.7


def test_what_has_no_effect_and_what_never_varies():
    rng = np.random.default_rng(0)
    noise = [correlation_ratio(rng.integers(0, 8, 64), rng.normal(size=64)) for _ in range(300)]
    assert abs(np.mean(noise)) < 0.02  # without the adjustment it would be 7/63
    design = sampled(UNIFORM, 32, seed=2)
    assert [one.first for one in given_data(design.quantiles, np.ones(32))] == [0, 0, 0]
    assert given_data(design.quantiles[:10], np.arange(10.0)) == [None] * 3


@pytest.mark.parametrize("method", ["lhs", "sobol"])
def test_samples_fill_every_stratum_and_follow_their_seed(method):
    design = sampled(UNIFORM, 32, method=method, seed=4)
    for column in design.quantiles.T:
        assert sorted((column * 32).astype(int)) == list(range(32))
    again = sampled(UNIFORM, 32, method=method, seed=4)
    assert design.sets == again.sets
    assert design.sets != sampled(UNIFORM, 32, method=method, seed=5).sets


def test_distributions_have_the_quantiles_that_they_are_given():
    q = np.linspace(0, 1, 2001)
    shapes = {
        Range("a", "triangular", 2, 3, 7): stats.triang(0.2, 2, 5),
        Range("b", "uniform", 2, high=7): stats.uniform(2, 5),
        Range("c", "normal", 2, high=6): stats.norm(4, 2 / 1.6448536),
        Range("d", "lognormal", 2, high=8): stats.lognorm(np.log(2) / 1.6448536, scale=4),
    }
    for one, known in shapes.items():
        values = np.array([float(words) for words in one.at(q)])
        assert (np.diff(values) >= 0).all() and np.isfinite(values).all()
        inside = slice(100, 1901)  # beyond, a normal is cut
        assert values[inside] == pytest.approx(known.ppf(q[inside]), rel=0.01)
    texts = Range("e", "choice", values=("rtt", "one_way")).at(np.array([0.0, 0.49, 0.5, 1.0]))
    assert texts == ["rtt", "rtt", "one_way", "one_way"]
    assert Range("f", "uniform", 1, high=1, factor=True).at(np.array([0.5])) == ["*1"]


def test_rows_of_a_group_share_their_quantile(tmp_path):
    (tmp_path / "r.csv").write_text(RANGES, "utf-8")
    ranges = read_ranges(tmp_path / "r.csv")
    design = sampled(ranges, 8, seed=1)
    assert design.inputs[-1] == "demand" and design.quantiles.shape == (8, 3)
    for texts in design.texts:
        east, west = list(texts.values())[2:]
        assert east == west and east.startswith("*")


def test_a_wrong_table_is_told_with_every_problem(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(
        "path,distribution,low,mode,high,colour\n"
        "a.b,gauss,1,,2,red\n,uniform,1,,2,\nc.d,triangular,1,5,2,\n"
        "e.f,uniform,one,,2,\ng.h,choice,,,,\ni.j,lognormal,0,,2,\n",
        "utf-8",
    )
    with pytest.raises(InputError) as stopped:
        read_ranges(file)
    codes = [problem.code for problem in stopped.value.problems]
    assert codes == [
        "unknown_column", "range_distribution", "range_path", "range_triangular",
        "not_a_number", "range_choice", "range_lognormal",
    ]  # fmt: skip
    for lang in ("en", "zh"):
        assert all("{" not in problem.sentence(lang) for problem in stopped.value.problems)


def test_shipped_ranges_are_the_low_central_and_high_of_the_facts():
    known = fact("parameters").assign(key=lambda t: t["group"] + "." + t["parameter"])
    known = known.set_index("key")[["low", "central", "high"]].astype(float)
    ranges = read_ranges(shipped())
    named = list(csv.DictReader(shipped().read_text("utf-8").splitlines()))
    assert len(ranges) == len(named) and all(one.source and one.confidence for one in ranges)
    for one, row in zip(ranges, named, strict=True):
        low, central, high = known.loc[row["parameter"]]
        if row["parameter"].startswith("demand.growth."):
            low, central, high = ((1 + rate) ** 2 for rate in (low, central, high))
        by = central if one.factor else 1.0
        assert (one.low, one.mode, one.high) == pytest.approx(
            (low / by, central / by, high / by), rel=1e-5
        ), one.path


def test_odds_of_building_are_shares_with_an_interval():
    added = np.array([[0.0, 5.0], [2.0, 7.0], [0.0, 9.0], [np.nan, np.nan]])
    opened = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [np.nan, np.nan]])
    table = building_table(added, opened, ["A", "B"]).set_index("site")
    assert table["probability"].to_dict() == pytest.approx({"A": 1 / 3, "B": 1.0})
    assert table["probability_opened"].to_dict() == pytest.approx({"A": 1 / 3, "B": 0.0})
    assert table.loc["B", "added_mean_mw"] == pytest.approx(7)
    low, high = wilson(np.array([10]), 40)  # 0.157…0.374 by the formula of Wilson
    assert (low[0], high[0]) == pytest.approx((0.1556, 0.3771), abs=5e-3)


def test_added_mw_are_those_of_the_sample_not_of_the_model(world):
    """2 of 4 EFLOPS are added, at 3 MW per EFLOPS in the sample; the model says 1."""
    row = {"case": 1, "site": "W", "kind": "general", "year": 2025}
    decisions = pd.DataFrame([{**row, "compute_eflops": 4.0, "added_eflops": 2.0, "it_mw": 12.0}])
    model = read_model(str(world / "towns"))
    assert sites_of(decisions, model) == {1: {"W": {"added_it_mw": 6.0, "opened": 1.0}}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two towns with their ranges, and a study of six samples."""
    folder = tmp_path_factory.mktemp("uncertain")
    towns(folder / "towns")
    (folder / "ranges.csv").write_text(RANGES, "utf-8")
    return folder


@pytest.fixture
def run(capsys):
    return Runner(capsys)


def asked(world, *more):
    line = ["uncertainty", world / "towns", "--ranges", world / "ranges.csv"]
    return [*line, "--samples", 6, "--candidates", 3, "--seed", 7, *more]


def tables_in(folder):
    return {file.name: file.read_bytes() for file in folder.glob("*.*") if file.suffix != ".html"}


def test_the_command_line_writes_the_study_and_takes_up_its_own_results(world, run):
    out = world / "one"
    found = run(*asked(world, "-o", out, "--map"))
    assert found.code == 0, found.err
    assert "6 of 6 samples have a plan; 3 inputs vary" in found.out
    assert "Least worst regret: " in found.out and "Not proved" not in found.out
    record = json.loads((out / "study.json").read_text("utf-8"))
    assert record["study"] == "uncertainty" and record["statuses"] == {"optimal": 6}
    assert record["unserved_penalty_mcny_per_eflops"] == 20_000
    samples = pd.read_csv(out / "samples.csv")
    assert list(samples["sample"]) == [1, 2, 3, 4, 5, 6] and (samples["verified"] == "yes").all()
    odds = pd.read_csv(out / "target_odds.csv").set_index("target")["probability"]
    assert odds.to_dict() == {"east-90": 0.0, "total-2": 1.0}
    page = (out / "map.html").read_text("utf-8")
    assert "Odds of building" in page
    before = tables_in(out)
    chinese = run(*asked(world, "-o", out), lang="zh")  # the same question goes on: all is there
    assert chinese.code == 0 and "6 个样本中 6 个有方案" in chinese.out
    assert tables_in(out) == before
    assert run(*asked(world, "-o", out, "--candidates", 0)).code == 0
    assert {"candidates.csv", "regret.csv"} == set(before) - set(tables_in(out))
    other = run(*asked(world, "-o", out, "--set", "economy.discount_rate=0.05"))
    assert other.code == 3 and "--overwrite" in other.err


def test_wrong_paths_and_usage_are_refused_before_anything_is_written(world, run):
    bad = world / "bad.csv"
    bad.write_text("path,distribution,low,mode,high\neconomy.nonsense,uniform,0,,1\n", "utf-8")
    found = run("uncertainty", world / "towns", "--ranges", bad, "-o", world / "none")
    assert found.code == 3 and "nonsense" in found.err
    assert not (world / "none").exists()
    assert run(*asked(world, "--sensitivity")).code == 2
    assert run(*asked(world, "--workers", 2, "--scheduler", "tcp://x:1")).code == 2
    assert run("uncertainty", world / "towns", "--ranges", world / "absent.csv").code == 3
