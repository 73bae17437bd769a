"""``layout new --synthetic``: any size, the same for one seed, feasible, said to be synthetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layout.cli.new import PLACES
from layout.model import examine, read_model
from layout.model.derive import blocks
from layout.model.home import own_zone
from layout.model.weakness import weak
from layout.solving import solve
from tests.cli.towns import Runner


def made(run: Runner, folder: Path, places: int, seed: int = 1) -> Path:
    found = run("new", folder, "--synthetic", str(places), "--seed", str(seed))
    assert found.code == 0, found.err
    return folder


@pytest.mark.parametrize("places", [5, 31, 200])
def test_a_synthetic_model_is_good_as_it_stands(run: Runner, tmp_path: Path, places: int) -> None:
    model, problems = examine(made(run, tmp_path / "m", places))
    assert model is not None
    assert problems == []
    assert len(model["zones"]) == len(model["sites"]) == places
    nation = read_model("national-2025")
    assert list(model["workloads"]["workload"]) == list(nation["workloads"]["workload"])
    assert list(model["workloads"]["latency_ms"]) == list(nation["workloads"]["latency_ms"])
    assert list(model["kinds"]["kind"]) == list(nation["kinds"]["kind"])
    clusters, known = (set(one["sites"]["cluster"]) - {""} for one in (model, nation))
    assert clusters <= known and len(clusters) >= min(3, places // 10)
    stocked = model["sites"]["site"].isin(set(model["stock"]["site"]))
    assert 0.3 < stocked.mean() < 0.5
    assert (model["sites"].loc[~stocked, "fixed_cost_mcny_per_year"] > 0).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_model(
    run: Runner, tmp_path: Path
) -> None:
    first, again, other = (
        made(run, tmp_path / name, 40, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4))
    )
    files = sorted(path.name for path in first.iterdir())
    assert files == sorted(path.name for path in again.iterdir())
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in files)
    assert (first / "sites.csv").read_bytes() != (other / "sites.csv").read_bytes()


def test_it_says_in_both_languages_that_it_is_synthetic(run: Runner, tmp_path: Path) -> None:
    model = read_model(made(run, tmp_path / "m", 12))
    title, description = model.settings.title, model.settings.description
    assert "ynthetic" in title.en
    assert "ynthetic" in description.en
    assert "合成" in title.zh
    assert "合成" in description.zh
    for table in ("zones", "sites", "demand", "stock", "power"):
        assert model[table]["confidence"].str.contains("synthetic").all()
        assert weak(model[table]).all()


@pytest.mark.parametrize(("places", "seed"), [(5, 1), (9, 7)])
def test_a_synthetic_model_has_a_plan(run: Runner, tmp_path: Path, places: int, seed: int) -> None:
    plan = solve(read_model(made(run, tmp_path / "m", places, seed)), counterfactual=False)
    assert plan.status in ("optimal", "gap_reached")
    assert plan["unserved"].empty


def test_every_place_could_serve_itself(run: Runner, tmp_path: Path) -> None:
    """This is what makes any size and seed feasible: ceiling and grid carry the own demand."""
    model = read_model(made(run, tmp_path / "m", 300, 5))
    kinds = model["kinds"].set_index("kind")
    kind = model["demand"]["workload"].map(model["workloads"].set_index("workload")["kind"])
    rated = kind.map(kinds["it_mw_per_eflops"] / kinds["max_utilisation"])
    need = (model["demand"]["demand_eflops"] * rated).groupby(model["demand"]["zone"]).sum()
    modules = 5 + 2 + 2  # the smallest modules of general, intelligent and super halls, MW
    space = blocks(model, 2025).groupby("site")["space_mw"].sum()
    sites = model["sites"].set_index("site")
    room = sites["max_it_mw"] - space.reindex(sites.index).fillna(0.0)
    assert (own_zone(model) == np.eye(300, dtype=bool)).all()
    assert (room.to_numpy() >= need.to_numpy() + modules).all()


@pytest.mark.parametrize(
    ("line", "en", "zh"),
    [
        (["--synthetic", "4"], "5 – 10000 is expected", "应为整数 5 – 10000"),
        (["--synthetic", "10001"], "5 – 10000 is expected", "应为整数 5 – 10000"),
        (["--synthetic", "many"], "5 – 10000 is expected", "应为整数 5 – 10000"),
        (["--synthetic", "9", "--scope", "hub:GZ"], "leave out --from", "不能与 --from"),
        (["--synthetic", "9", "--from", "national-2025"], "leave out --from", "不能与 --from"),
        (["--seed", "1"], "--seed needs --synthetic", "--seed 须与 --synthetic 合用"),
        (["--synthetic", "9", "--seed", "-1"], "a whole number ≥ 0", "应为整数 ≥ 0"),
    ],
)
def test_wrong_values_are_usage_errors(
    run: Runner, tmp_path: Path, line: list[str], en: str, zh: str
) -> None:
    for lang, words in (("en", en), ("zh", zh)):
        found = run("new", tmp_path / "no", *line, lang=lang)
        assert found.code == 2
        assert words in found.err
    assert not (tmp_path / "no").exists()
    assert PLACES == (5, 10_000)


def test_a_synthetic_workbook_reads_back(run: Runner, tmp_path: Path) -> None:
    assert run("new", tmp_path / "book", "--synthetic", "8", "--xlsx").code == 0
    book = read_model(tmp_path / "book" / "model.xlsx")
    folder = read_model(made(run, tmp_path / "folder", 8, seed=0))
    assert book.resolved == folder.resolved
    for table in ("zones", "sites", "demand", "stock"):
        assert book[table].equals(folder[table])
    assert [path.name for path in (tmp_path / "book").iterdir()] == ["model.xlsx"]


def test_without_a_folder_it_is_named_after_its_size(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", "--synthetic", "7", "--seed", "2").code == 0
    assert (tmp_path / "synthetic-7" / "model.yaml").is_file()
    assert run("new").code == 2
