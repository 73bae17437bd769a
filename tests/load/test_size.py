"""How large a model will be is known, and said, before memory is taken for it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from layout import memory
from layout.algebra import compile_model
from layout.cli.screen.size import size_lines
from layout.errors import EXIT_LIMIT, MemoryLimit
from layout.formulation import build
from layout.memory import MB
from layout.model import read_model
from layout.model.synthetic import write_synthetic
from layout.plan import read_plan
from layout.solving import size, solve
from layout.solving.size import refuse_too_large, size_of
from tests.builders import tiny_model
from tests.cli.towns import Runner
from tests.features.everything import everything

ROOT = Path(__file__).parents[2]
WITHIN = 0.3
"""How far an estimate may be off."""


def synthetic(folder: Path, places: int) -> Path:
    """A drawn model of so many places."""
    folder.mkdir()
    write_synthetic(folder, places, 1)
    return folder


def wide(folder: Path, zones: int, sites: int) -> Path:
    """Zones and sites in numbers, everything else tiny."""
    return tiny_model(
        folder,
        zones=[{"zone": f"Z{number}"} for number in range(zones)],
        sites=[{"site": f"S{number}", "max_it_mw": 1} for number in range(sites)],
    )


def near(found: float, true: float) -> bool:
    return abs(found - true) <= WITHIN * true


def tell(name: str, found_mb: float, true_mb: float) -> None:
    """For `pytest -s`."""
    off = found_mb / true_mb - 1
    sys.stderr.write(f"{name}: {found_mb:.0f} MB estimated, {true_mb:.0f} MB taken: {off:+.0%}\n")


def test_a_small_model_is_counted_exactly_whatever_its_features(tmp_path: Path) -> None:
    for number, years in enumerate([(2025,), (2025, 2030)]):
        model = read_model(tiny_model(tmp_path / str(number), **everything(years=years)))
        found, true = size_of(model), compile_model(build(model).pyomo).size
        assert {name: getattr(found, name) for name in true} == true


def test_a_large_model_is_estimated_from_a_part_of_its_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "SAMPLE", 50)
    model = read_model(synthetic(tmp_path / "m", 150))
    found, true = size_of(model), compile_model(build(model).pyomo).size
    for name, count in true.items():
        assert near(getattr(found, name), count), name


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("2 zones", "18 variables (", " rows and ", " nonzeros for 4 flows", " GB")),
        ("zh", ("2 个需求区", "约 18 个变量", " 行、", " 个非零元（4 条流向）", " GB")),
    ],
)
def test_a_model_that_needs_more_than_its_limit_is_refused_with_its_size(
    run: Runner, tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    model = tiny_model(tmp_path / "m", settings={"solver": {"memory_limit_mb": 20}})
    found = run("solve", model, "-o", tmp_path / "plan", "--lang", lang)
    assert found.code == EXIT_LIMIT
    assert found.out == ""
    for part in (*words, "solver.memory_limit_mb", "0.02 GB"):
        assert part in found.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m"]


def test_ten_thousand_zones_are_sized_and_told_before_the_work_begins(tmp_path: Path) -> None:
    model = read_model(wide(tmp_path / "m", 10_000, 100))
    found = size_of(model)
    assert found.flows == 10_000 * 100
    assert found.variables > found.flows
    assert found.generated
    assert "1,000,000 flows" in " ".join(size_lines(model, "en"))
    assert "1,000,000 条流向" in "".join(line.strip() for line in size_lines(model, "zh"))
    limited = model.settings.solver.model_copy(update={"memory_limit_mb": found.memory_mb - 1})
    model.__dict__["settings"] = model.settings.model_copy(update={"solver": limited})
    with pytest.raises(MemoryLimit) as refused:
        refuse_too_large(model)
    assert "10,000 zones" in refused.value.message("en")


def test_what_may_fit_is_tried_and_a_system_that_tells_nothing_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = read_model(wide(tmp_path / "m", 1_000, 100))
    needed = size_of(model).memory_mb
    monkeypatch.setattr(memory, "resident_mb", lambda: 0.0)
    for share, refused in ((0.9, False), (0.6, True)):
        monkeypatch.setattr(memory, "available_mb", lambda share=share: share * needed)
        with pytest.raises(MemoryLimit) if refused else nullcontext():
            refuse_too_large(model)
    monkeypatch.setattr(size, "TOLD_MB", 1.0)
    assert "Free for it: " in " ".join(size_lines(model, "en"))
    monkeypatch.setattr(memory, "available_mb", lambda: float("inf"))
    assert size_lines(model, "en")
    assert "Free for it" not in " ".join(size_lines(model, "en"))


def test_a_process_with_too_little_address_space_is_told_so_instead_of_being_killed(
    tmp_path: Path,
) -> None:
    """10,000 × 10,000 distances take four gigabytes; this process may have two."""
    model = wide(tmp_path / "m", 10_000, 10_000)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2048 * MB, 2048 * MB))

    found = subprocess.run(
        [sys.executable, "-m", "layout", "check", str(model), "--lang", "en"],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == EXIT_LIMIT, found.stderr
    assert "10,000 sites and 10,000 zones" in found.stderr
    assert "about 3.8 GB" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_model_within_its_limit_is_solved(tmp_path: Path) -> None:
    model = read_model(tiny_model(tmp_path / "m", settings={"solver": {"memory_limit_mb": 4000}}))
    assert solve(model, counterfactual=False).status == "optimal"


MODELS = ("national-2025",)
"""What estimates of memory are held against by a run."""

MEASURED_MB = {
    "synthetic-31": 155,
    "synthetic-100": 200,
    "synthetic-340": 517,
    "synthetic-1000": 1071,
    "synthetic-2850": 1896,
    "national-prefectures-2025": 454,
}
"""Peaks of docs/scaling.md and docs/large-models.md, whose runs take up to twenty minutes."""


@pytest.mark.deep
@pytest.mark.parametrize("name", MODELS)
def test_the_estimate_is_near_what_a_run_takes(tmp_path: Path, name: str) -> None:
    kind, _, places = name.partition("-")
    source = str(synthetic(tmp_path / "m", int(places))) if kind == "synthetic" else name
    plan = tmp_path / "plan"
    command = [sys.executable, "-m", "layout", "solve", source, "-o", str(plan), "--quiet"]
    subprocess.run(command, cwd=ROOT, check=True)
    record = read_plan(plan).record
    found = size_of(read_model(source))
    error = found.memory_mb / record["peak_memory_mb"] - 1
    tell(name, found.memory_mb, record["peak_memory_mb"])
    assert abs(error) <= WITHIN
    if not found.generated:
        for count in ("variables", "nonzeros"):
            assert near(getattr(found, count), record["size"][count]), count


@pytest.mark.deep
@pytest.mark.parametrize("name", MEASURED_MB)
def test_the_estimate_is_near_what_was_measured(tmp_path: Path, name: str) -> None:
    kind, _, places = name.partition("-")
    source = str(synthetic(tmp_path / "m", int(places))) if kind == "synthetic" else name
    found = size_of(read_model(source))
    tell(name, found.memory_mb, MEASURED_MB[name])
    assert near(found.memory_mb, MEASURED_MB[name])
