"""Near-optimal plans against every plan there is, on models small enough to list them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout
from layout.errors import InputError
from layout.study.alternatives.alternative_tables import layers, study_of
from layout.study.alternatives.alternatives import Alternatives
from tests.builders import target, tiny_model
from tests.cli.towns import Runner, towns
from tests.deep import some

SITES = {
    "A": {"cost_factor": 1.0, "fixed_cost_mcny_per_year": 1.0},
    "B": {"cost_factor": 1.05, "fixed_cost_mcny_per_year": 0.5},
    "C": {"cost_factor": 1.2, "fixed_cost_mcny_per_year": 0.2},
    "D": {"cost_factor": 2.5, "fixed_cost_mcny_per_year": 3.0},
}
NEED, MOST = 3, 2  # EFLOPS, and modules of 1 MW at a site


def _world(folder: Path, sites: dict[str, Any] = SITES, need: int = NEED, **site: Any) -> Any:
    """Sites with modules of 1 MW that carry 1 EFLOPS; nothing costs but halls and opening."""
    rows = [{"site": name, "max_it_mw": MOST, **about, **site} for name, about in sites.items()]
    facility = {"facility": "hall", "kinds": "general", "module_it_mw": 1,
                "capex_mcny_per_mw": 50}  # fmt: skip
    demand = [{"zone": "east", "workload": "task", "demand_eflops": need}]
    tables = {"sites": rows, "facilities": [facility], "demand": demand}
    return layout.read(tiny_model(folder, zones=[{"zone": "east"}], **tables))


def _prices(folder: Path) -> dict[str, tuple[float, float]]:
    """Site → cost of opening and of a module, from plans with no other site."""
    found = {}
    for name, about in SITES.items():
        one, two = (
            float(layout.solve(_world(folder / f"{name}{need}", {name: about}, need)).record[
                "objective_mcny"])
            for need in (1, 2)
        )  # fmt: skip
        found[name] = (2 * one - two, two - one)
    return found


def _every(prices: dict[str, tuple[float, float]]) -> list[tuple[tuple[int, ...], float]]:
    """Modules by site of every plan, with its cost."""
    plans = itertools.product(range(MOST + 1), repeat=len(SITES))
    return [
        (plan, sum((fixed if n else 0) + n * each
                   for n, (fixed, each) in zip(plan, prices.values(), strict=True)))
        for plan in plans
        if sum(plan) >= NEED
    ]  # fmt: skip


@pytest.mark.parametrize("within", [0.2])
def test_against_every_plan_there_is(tmp_path: Path, within: float) -> None:
    every = _every(_prices(tmp_path))
    limit = min(cost for _, cost in every) * (1 + within) + 1e-6
    near = [plan for plan, cost in every if cost <= limit]
    found = layout.alternatives(_world(tmp_path / "all"), within, count=100)
    assert found.plans[0].cost_mcny == pytest.approx(min(cost for _, cost in every))
    assert found.complete
    assert {plan.built for plan in found.plans} == {tuple(n > 0 for n in plan) for plan in near}
    assert len(found.plans) == len({plan.built for plan in found.plans})
    ranges = {one.quantity.place: one for one in found.ranges if one.quantity.level == "site"}
    for at, site in enumerate(found.sites):
        least = min(max(0, NEED - sum(plan) + plan[at]) for plan in near)
        most = max(min(plan[at], NEED) for plan in near)
        one = ranges[site.site]
        assert one.least_bound <= least + 1e-6 and least <= one.least_found + 1e-6
        assert one.greatest_found <= most + 1e-6 and most <= one.greatest_bound + 1e-6
        built = [plan[at] > 0 for plan in near]
        expected = {"always"} if all(built) else {"often", "sometimes"} if any(built) else {"never"}
        assert site.label in expected, site
    for one in (*found.plans, *found.shown):
        assert one.cost_mcny <= limit
        assert layout.verify(one.plan).passed


def test_all_of_the_known_optima_are_found(tmp_path: Path) -> None:
    """Four equal sites of which two are needed: six plans cost the same."""
    same = {name: {} for name in "ABCD"}
    found = layout.alternatives(_world(tmp_path, same, 2, max_it_mw=1), 0.0, count=50)
    assert found.complete
    pairs = {tuple(name in pair for name in "ABCD") for pair in itertools.combinations("ABCD", 2)}
    assert {plan.built for plan in found.plans} == pairs
    assert {round(plan.cost_mcny, 6) for plan in found.plans} == {
        round(found.plans[0].cost_mcny, 6)
    }
    assert {site.label for site in found.sites} == {"often"}
    assert {site.plans_built for site in found.sites} == {3}
    first = [name for name, on in zip("ABCD", found.plans[0].built, strict=True) if on]
    rest = tuple(name for name in "ABCD" if name not in first)
    assert found.groups == [(name, *rest) for name in first]


def test_fewer_plans_than_there_are_is_said(tmp_path: Path) -> None:
    same = {name: {} for name in "ABCD"}
    found = layout.alternatives(_world(tmp_path, same, 2, max_it_mw=1), 0.0, count=3)
    assert len(found.plans) == 3
    assert not found.complete


def test_more_slack_only_widens(tmp_path: Path) -> None:
    model = _world(tmp_path)
    answers = [layout.alternatives(model, share, count=1) for share in (0.0, 0.4)]
    for tight, loose in itertools.pairwise(answers):
        for one, other in zip(tight.ranges, loose.ranges, strict=True):
            assert one.quantity.place == other.quantity.place
            assert other.least_bound <= one.least_found + 1e-6
            assert other.greatest_bound >= one.greatest_found - 1e-6
        assert set(loose.of("always")) <= set(tight.of("always"))
        assert set(loose.of("never")) <= set(tight.of("never"))


def test_time_that_is_over_is_said(tmp_path: Path) -> None:
    found = layout.alternatives(_world(tmp_path), 0.05, time_limit_s=0.0)
    assert found.ended
    assert not found.complete
    assert found.of("undecided") == [site.site for site in found.sites]


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    settings = {
        "objective": ["carbon"],
        "targets": [target("spread", "hhi", "at_most", 0.9)],
    }
    model = layout.read(tiny_model(tmp_path, settings=settings))
    with pytest.raises(InputError) as refused:
        layout.alternatives(model)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["alternatives_objective", "alternatives_hhi"]


def test_layers_name_every_site(tmp_path: Path) -> None:
    found: Alternatives = layout.alternatives(_world(tmp_path), 0.05, count=2)
    marks, shade = layers(found)
    assert set(marks.of) == set(SITES)
    assert all(note[lang] for note in marks.note.values() for lang in ("en", "zh"))
    assert shade.unit == "MW"


WORDS = {"en": ("near-optimal is up to", "always"), "zh": ("近优指不超过", "必建")}


@pytest.mark.parametrize("lang", some(["zh", "en"], 1))
def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    run, model, out = Runner(capsys), towns(tmp_path / "towns"), tmp_path / "out"
    found = run("alternatives", model, "--within", "2%", "--map", "-o", out, lang=lang)
    assert found.code == 0, found.err
    for word in WORDS[lang]:
        assert word in found.out
    record = json.loads((out / "study.json").read_text("utf-8"))
    assert record["classes"]["always"] == ["W"]
    assert record["within"] == pytest.approx(0.02)
    names = {path.name for path in out.iterdir()}
    assert names == {"study.json", "ranges.csv", "sites.csv", "plans.csv", "map.html"}
    assert list(pd.read_csv(out / "sites.csv")["site"]) == ["W"]  # the east is full
    before = {name: (out / name).read_bytes() for name in names if name.endswith(".csv")}
    assert run("alternatives", model, "-o", out, "--overwrite", lang=lang).code == 0
    assert before == {name: (out / name).read_bytes() for name in before}
    assert run("alternatives", model, "-o", out, lang=lang).code == 3
    assert run("alternatives", model, "--within", "two", "-o", tmp_path / "no", lang=lang).code == 2
    both = ("--within", "1%", "--within-location", "2%")
    assert run("alternatives", model, *both, "-o", tmp_path / "no", lang=lang).code == 2
    assert not (tmp_path / "no").exists()


def test_a_plan_is_asked_about_at_the_gap_with_which_it_was_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command line of the run said beats the model; what is said now beats both."""
    run, model, plan = Runner(capsys), towns(tmp_path / "towns"), tmp_path / "plan"
    assert run("solve", model, "--gap", 0.0004, "--seed", 7, "-o", plan).code == 0
    for line, gap, seed, words in (
        ((model,), 1e-9, 0, ("of 0% of the cost", "by the model's settings")),
        ((plan,), 0.0004, 7, ("of 0.04% of the cost", "as the plan was solved")),
        ((plan, "--gap", 0.003), 0.003, 7, ("of 0.30% of the cost", "--gap as given")),
    ):
        found = run("alternatives", *line, "-o", tmp_path / "out", "--overwrite")
        manifest = json.loads((tmp_path / "out" / "study.json").read_text("utf-8"))["manifest"]
        assert (manifest["options"]["gap"], manifest["seed"]) == (gap, seed)
        said = " ".join(found.out.split())
        assert all(word in said for word in words), said
    assert layout.alternatives(str(plan)).settings.gap == 0.0004
    assert layout.alternatives(layout.read(model)).settings.gap == 1e-9


def test_a_model_without_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = towns(tmp_path / "towns", targets=[target("much", "compute_eflops_fp32", "at_least",
                                                      1000)])  # fmt: skip
    found = Runner(capsys)("alternatives", model, "-o", tmp_path / "out")
    assert found.code == 4
    assert "no plan" in found.err
    assert not (tmp_path / "out").exists()


def test_the_study_has_every_declared_column(tmp_path: Path) -> None:
    study = study_of(layout.alternatives(_world(tmp_path), within_location=0.1, count=2))
    for file in study.files:
        assert list(study[file.name].columns) == file.names
