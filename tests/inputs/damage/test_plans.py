"""A damaged plan folder, or boundary layer, is refused with words by whatever reads it."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from layout.errors import EXIT_INPUT, EXIT_VERIFICATION, FileProblem, InputError, LayoutError
from layout.labels import LANGUAGES
from layout.plan import read_plan
from layout.report.boundaries import read_boundaries, shipped_boundaries
from tests.cli.towns import Runner
from tests.inputs.damage.test_damage import tree

COMMANDS = (
    ("verify",),
    ("map",),
    ("report",),
    ("export", "--to", "csv"),
    ("explain",),
)


@pytest.fixture
def folder(plan: Path, tmp_path: Path) -> Path:
    """A copy of the plan of the two towns."""
    return Path(shutil.copytree(plan, tmp_path / "plan"))


def record(change: Callable[[Any], Any]) -> Callable[[Path], object]:
    """The record changed in place."""

    def damage(folder: Path) -> None:
        found = json.loads((folder / "plan.json").read_text("utf-8"))
        change(found)
        (folder / "plan.json").write_text(json.dumps(found), "utf-8")

    return damage


def file(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """A file with its bytes changed."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def instead(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something else of the name of a file."""

    def damage(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return damage


JSON, COST = "plan.json", "cost.csv"
DAMAGES = {
    "a record cut off": (file(JSON, lambda d: d[: len(d) // 2]), JSON),
    "an empty record": (file(JSON, lambda d: b""), JSON),
    "a record of nothing": (file(JSON, lambda d: b"{}"), JSON),
    "a list for a record": (file(JSON, lambda d: b"[]"), JSON),
    "a record nested without end": (file(JSON, lambda d: b"[" * 200_000), JSON),
    "a record in UTF-16": (file(JSON, lambda d: d.decode().encode("utf-16")), JSON),
    "a number without end": (
        file(JSON, lambda d: d.replace(b'"format": 1', b'"format": 1e999')),
        JSON,
    ),
    "a number of many digits": (file(JSON, lambda d: b'{"status": ' + b"9" * 5000 + b"}"), JSON),
    "a record of a gigabyte": (lambda f: os.truncate(f / JSON, 1_000_000_000), JSON),
    "a pipe for the record": (instead(JSON, os.mkfifo), JSON),
    "a folder for the record": (instead(JSON, Path.mkdir), JSON),
    "a status of no plan": (record(lambda r: r.update(status="fine")), JSON),
    "a status that is a list": (record(lambda r: r.update(status=[])), JSON),
    "a cost in words": (record(lambda r: r.update(objective_mcny="much")), JSON),
    "targets in words": (record(lambda r: r.update(targets="all")), JSON),
    "a target in words": (record(lambda r: r.update(targets=["all"])), JSON),
    "a verdict unheard of": (record(lambda r: r["targets"][0].update(status="maybe")), JSON),
    "figures as a list": (record(lambda r: r.update(kpis=[1])), JSON),
    "a manifest in words": (record(lambda r: r.update(manifest="none")), JSON),
    "a check that passed in words": (
        record(lambda r: r["verification"].update(passed="yes")),
        JSON,
    ),
    "a table cut off": (file(COST, lambda d: d[:-9]), COST),
    "a table with a NUL": (file(COST, lambda d: d.replace(b"E,", b"E\0,", 1)), COST),
    "an infinite cost": (
        file(COST, lambda d: d.replace(b",0.0\n", b",inf\n") + b"E,2025,x,1e999\n"),
        COST,
    ),
    "a year beyond counting": (file(COST, lambda d: d + b"E," + b"9" * 30 + b",x,1\n"), COST),
    "a table gone": (lambda f: (f / COST).unlink(), COST),
    "a folder for a table": (instead(COST, Path.mkdir), COST),
    "a pipe for an optional table": (lambda f: os.mkfifo(f / "loads.csv"), "loads.csv"),
    "a link to itself for a table": (instead(COST, lambda p: p.symlink_to(p)), COST),
    "a table of two gigabytes": (lambda f: os.truncate(f / COST, 2_000_000_000), COST),
    "no model": (lambda f: shutil.rmtree(f / "model"), "model"),
    "no zones": (lambda f: (f / "model" / "zones.csv").unlink(), "zones.csv"),
    "a model cut off": (file("model/sites.csv", lambda d: d[:60]), "sites.csv"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_plan_is_refused_with_words(folder: Path, name: str) -> None:
    damage, said = DAMAGES[name]
    damage(folder)
    before = tree(folder)
    with pytest.raises(LayoutError) as raised:
        read_plan(folder)
    assert raised.value.exit_code == EXIT_INPUT
    for lang in LANGUAGES:
        assert said in raised.value.message(lang)
        assert len(raised.value.message(lang)) < 3000
    assert tree(folder) == before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("name", ["a record cut off", "targets in words", "a table with a NUL"])
def test_every_command_refuses_it(
    folder: Path,
    run: Runner,
    name: str,
    command: tuple[str, ...],
) -> None:
    damage, said = DAMAGES[name]
    damage(folder)
    before = tree(folder)
    answer = run(*command, folder, lang="zh")
    assert answer.code == EXIT_INPUT
    assert said in answer.err and "Traceback" not in answer.err
    assert tree(folder) == before


CHANGED = {
    "another cost": record(lambda r: r.update(objective_mcny=r["objective_mcny"] * 1.01)),
    "another bound": record(lambda r: r.update(bound_mcny=r["objective_mcny"] * 1.5)),
    "another figure": record(lambda r: r["kpis"]["carbon_kt"].update(value=0)),
    "another verdict": record(lambda r: r["targets"][0].update(achieved=7)),
    "a row gone": file("capacity.csv", lambda d: d[: d.rstrip().rindex(b"\n") + 1]),
    "another row": file("energy.csv", lambda d: d.replace(b"W,2025,", b"W,2025,9")),
}


@pytest.mark.parametrize("name", CHANGED)
def test_changed_numbers_do_not_pass(folder: Path, run: Runner, name: str) -> None:
    CHANGED[name](folder)
    answer = run("verify", folder)
    assert answer.code == EXIT_VERIFICATION
    assert "Traceback" not in answer.err


def test_a_plan_that_cannot_be_there(run: Runner) -> None:
    for place in ("n" * 5000, "/dev/null", "/dev/null/x", ""):
        answer = run("verify", place)
        assert answer.code in (2, EXIT_INPUT), place
        assert "Traceback" not in answer.err


WRONG: tuple[Any, ...] = (None, "x", -1.5, True, [], {}, [1], {"a": 1}, "gone")


def changes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place in a record (of a list the first), with every wrong value for it."""
    if path:
        yield from ((path, wrong) for wrong in WRONG)
    parts: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        parts = list(value.items() if isinstance(value, dict) else enumerate(value[:1]))
    for name, part in parts:
        yield from changes(part, (*path, name))


def test_whatever_stands_in_the_record_there_is_a_map_or_words(folder: Path) -> None:
    from layout.api import map_of

    sound = (folder / JSON).read_text("utf-8")
    asked = list(changes(json.loads(sound)))
    asked = random.Random(7).sample(asked, 20)
    for path, wrong in asked:
        found = json.loads(sound)
        here = found
        for part in path[:-1]:
            here = here[part]
        if wrong == "gone":
            del here[path[-1]]
        else:
            here[path[-1]] = wrong
        (folder / JSON).write_text(json.dumps(found), "utf-8")
        try:
            read = read_plan(folder)
        except InputError:
            continue
        try:
            assert map_of(read, lang="zh"), path
        except LayoutError:
            continue


# boundary layers -----------------------------------------------------------------------------


def layer(**changes: Any) -> dict[str, Any]:
    """A layer of all provinces as one small square each, the first with changes."""
    square = [[[100.0, 30.0], [101.0, 30.0], [101.0, 31.0], [100.0, 30.0]]]
    features = [
        {
            "type": "Feature",
            "properties": {"adcode": one.adcode},
            "geometry": {"type": "Polygon", "coordinates": square},
        }
        for one in shipped_boundaries().provinces
    ]
    features[0] |= changes
    return {"type": "FeatureCollection", "features": features}


def shape(coordinates: Any, kind: str = "Polygon") -> dict[str, Any]:
    """A layer whose first area has these coordinates."""
    return layer(geometry={"type": kind, "coordinates": coordinates})


LAYERS: dict[str, Any] = {
    "nothing": b"",
    "no JSON": b"<kml/>",
    "a shapefile": b"\0\0\x27\x0a" + bytes(96),
    "nested without end": b'{"type": "FeatureCollection", "features": ' + b"[" * 200_000,
    "a list": [],
    "one geometry": {"type": "Polygon", "coordinates": []},
    "no features": {"type": "FeatureCollection"},
    "features in words": {"type": "FeatureCollection", "features": "all"},
    "a feature in words": {"type": "FeatureCollection", "features": ["all"]},
    "properties in words": layer(properties="Beijing"),
    "a geometry in words": layer(geometry="Beijing"),
    "no coordinates": layer(geometry={"type": "Polygon"}),
    "coordinates of nothing": shape(None),
    "coordinates in words": shape("100 30"),
    "no ring": shape([]),
    "an empty ring": shape([[]]),
    "a ring of two points": shape([[[100, 30], [101, 30]]]),
    "a point of one number": shape([[[100], [101], [101], [100]]]),
    "points in words": shape([[["100", "30"]] * 4]),
    "points of truth values": shape([[[True, True]] * 4]),
    "points that are no numbers": shape([[[float("nan"), 30.0]] * 4]),
    "numbers where points belong": shape([1, 2, 3, 4]),
    "too shallow for several areas": shape([[[100, 30]] * 4], "MultiPolygon"),
    "latitude first": shape([[[30.0, 100.0]] * 4]),
    "metres": shape([[[11_000_000.0, 3_500_000.0]] * 4]),
    "a name unheard of": layer(properties={"name": "Atlantis"}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_damaged_layer_is_refused_with_words(tmp_path: Path, name: str) -> None:
    content = LAYERS[name]
    path = tmp_path / "边界.geojson"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(InputError) as raised:
        read_boundaries(path)
    for lang in LANGUAGES:
        assert "边界.geojson" in raised.value.message(lang)


def test_a_good_layer_is_taken_and_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good.geojson").write_text(json.dumps(layer()), "utf-8-sig")
    assert len(read_boundaries(tmp_path / "good.geojson").provinces) == 34
    os.mkfifo(tmp_path / "pipe.geojson")
    for place in (tmp_path, tmp_path / "pipe.geojson", Path("/dev/zero")):
        with pytest.raises(FileProblem) as raised:
            read_boundaries(place)
        assert raised.value.exit_code == EXIT_INPUT
