"""Every shipped model says what it asks, in both languages, and has no errors."""

from __future__ import annotations

import pytest

from layout.model import examine
from layout.model.sources import shipped
from tests.data.national import ROOT, table

MODELS = shipped("models")
CASES = [
    (name, scenario)
    for name in MODELS
    if name not in ("national-2025", "resilience-2025")  # the first has its own test, and the
    for scenario in examine(name)[0].settings.scenarios  # second inherits its scenarios
]


def test_the_models_to_ship_are_there():
    assert set(MODELS) >= {
        "hub-guizhou",
        "national-2025",
        "national-2030-pathway",
        "national-prefectures-2025",
        "national-start-areas-2025",
        "province-guangdong",
        "resilience-2025",
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_no_errors_and_says_what_it_asks(name):
    model, problems = examine(name)
    assert model is not None, problems
    assert "unused_code" not in {problem.code for problem in problems}
    title = model.settings.title
    assert title.en and title.zh and title.en != title.zh
    assert model.settings.description.en and model.settings.description.zh
    first = (ROOT / "models" / name / "model.yaml").read_text("utf-8").splitlines()[0]
    assert first.startswith("# ")
    page = ROOT / "docs" / "models" / f"{name}.md"
    assert page.is_file()


@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_a_scenario_has_no_errors(name, scenario):
    model, problems = examine(name, scenarios=[scenario])
    assert model is not None, problems


def test_start_areas_split_what_their_clusters_hold():
    model, _ = examine("national-start-areas-2025")
    areas = model["sites"].query("cluster != ''")
    assert len(areas) == 21
    assert len(model["sites"]) == 52
    of = model["stock"]["site"].map(model["sites"].set_index("site")["cluster"])
    for column in ("compute_eflops", "facility_it_mw"):
        split = model["stock"].groupby(of.where(of != "", model["stock"]["site"]))[column].sum()
        whole = table("stock").groupby("site")[column].sum()
        assert (split - whole).abs().max() < 1e-3
    empty = set(areas["site"]) - set(model["stock"]["site"])
    assert set(areas.set_index("site").loc[sorted(empty), "province"]) == {"320000", "330000"}
