"""Where rules of a model begin: silent at the limit itself, and while their feature is off."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from layout.errors import Problem
from layout.model import examine, problems
from layout.model.naming import nearest
from tests.builders import target, tiny_model
from tests.inputs.broken import STARTER, WORLD, Broken, good_model
from tests.inputs.corpus import CORPUS
from tests.model.sample import replace
from tests.snapshots import compare

SNAPSHOTS = Path(__file__).parent / "snapshots"


class Edge(NamedTuple):
    """A number in a file, and the rule that compares it with what it names in its message."""

    code: str
    file: str
    old: str
    new: str  # with {} for the number
    beyond: float  # a number that breaks the rule
    value: str  # what the message calls the limit
    base: str = STARTER


EDGES = [
    Edge("overfull_block", "stock.csv", "2.0,180", "2.0,{}", 120, "racked"),
    Edge("stock_above_limit", "sites.csv", ",600,900", ",{},900", 150, "stock"),
    Edge("stock_above_headroom", "sites.csv", ",600,900", ",600,{}", 90, "drawn"),
    Edge("stock_above_headroom", "power.csv", "0.44,", "0.44,{}", 100, "drawn"),
    Edge(
        "commitment_above_limit",
        "commitments.csv",
        "kind,year,min_eflops\nW,intelligent,2025,1",
        "kind,year,min_it_mw\nW,intelligent,2025,{}",
        999,
        "room",
        WORLD,
    ),
]


def told(folder: Path, code: str) -> list[Problem]:
    """The problems of that code."""
    return [one for one in examine(folder)[1] if one.code == code]


def edited(edge: Edge, number: float, folder: Path) -> Path:
    """The good model with another number in the place."""
    good_model(edge.base, folder)
    replace(folder, edge.file, edge.old, edge.new.format(f"{number:.12g}"))
    return folder


@pytest.mark.parametrize("edge", EDGES, ids=[f"{e.code}-{e.file}" for e in EDGES])
def test_a_limit_that_is_met_exactly_is_kept(edge: Edge, tmp_path: Path) -> None:
    """Four millionths beyond it, on the side of the number that breaks it, is too much."""
    (first,) = told(edited(edge, edge.beyond, tmp_path / "beyond"), edge.code)
    limit = float(first.values[edge.value].replace(",", ""))
    away = 4e-6 if edge.beyond > limit else -4e-6
    assert told(edited(edge, limit * (1 - away / 8), tmp_path / "at"), edge.code) == []
    assert told(edited(edge, limit * (1 + away), tmp_path / "over"), edge.code)


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [(8672.4, False), (8672.3, True), (8871.8, False), (8872.0, True), (8760, False)],
)
def test_slices_make_a_year_but_for_rounding(hours: float, wrong: bool, tmp_path: Path) -> None:
    slices = [{"slice": "day", "hours": hours / 4}, {"slice": "night", "hours": hours * 3 / 4}]
    folder = tiny_model(tmp_path / "m", slices=slices)
    assert bool(told(folder, "slice_hours")) == wrong


@pytest.mark.parametrize(("demand", "codes"), [(3.5, []), (3.501, ["demand_above_room"])])
def test_demand_above_all_room_is_warned_of(
    demand: float, codes: list[str], tmp_path: Path
) -> None:
    """Two sites of 3 and 4 MW; an EFLOPS takes one, and half of it may be in use."""
    kinds = [{"kind": "general", "precision": "FP32", "it_mw_per_eflops": 1, "fp32_per_native": 1,
              "max_utilisation": 0.5}]  # fmt: skip
    sites = [{"site": "E", "max_it_mw": 3}, {"site": "W", "max_it_mw": 4}]
    asked = [{"zone": "east", "workload": "task", "demand_eflops": demand}]
    folder = tiny_model(tmp_path / "m", sites=sites, kinds=kinds, demand=asked)
    found = told(folder, "demand_above_room")
    assert [one.code for one in found] == codes, examine(folder)[1]


def test_a_wrong_target_hides_nothing_that_stands_behind_it(tmp_path: Path) -> None:
    """It is left out whole, and what is looked at next is still named where it is written."""
    targets = [
        target("first", "compute_eflops_fp32", "at_least", 1, mode="hardly"),
        target("second", "kind_share", "at_least", 0.5),
    ]
    settings = {"targets": targets, "solver": {"gap": -1}}
    folder = tiny_model(tmp_path / "m", settings=settings)
    told = examine(folder)[1]
    found = {one.code: one for one in told}
    lines = (folder / "model.yaml").read_text("utf-8").splitlines()
    second = next(number for number, line in enumerate(lines, start=1) if "second" in line)
    assert {"target_kind", "key_range"} < set(found) and len(found) == len(told) == 3, told
    assert found["target_kind"].row >= second


def test_of_problems_alike_a_hundred_are_told_and_the_others_counted() -> None:
    def many(count: int) -> list[Problem]:
        found = problems.Problems()
        found += [Problem("not_a_number", "error", "a.csv", row, "x") for row in range(count)]
        return found.told()

    assert [one.code for one in many(100)] == ["not_a_number"] * 100
    assert len(many(101)) == 101
    assert many(101)[-1].code == "more_alike"
    assert many(101)[-1].values == {"count": "1", "shown": 100}
    assert many(2350)[-1].values == {"count": "2,250", "shown": 100}


def test_the_nearest_name_is_the_most_like_one() -> None:
    names = ["Beijing", "Nanjing", "Nanning", "Tianjin", ""]
    assert nearest("nanjin", names) == "Nanjing"
    assert nearest(" NANNIN ", names) == "Nanning"
    assert nearest("jing", ["Beijing-Tianjin-Hebei"]) == "Beijing-Tianjin-Hebei"
    assert nearest("ji", ["Beijing-Tianjin-Hebei"]) == ""
    assert nearest("Urumqi", names) == ""


def off(broken: Broken, folder: Path) -> bool:
    """Whether a problem of the world is still told when every feature is off."""
    good_model(broken.base, folder)
    for file, old, new in (*broken.also, (broken.file, broken.old, broken.new)):
        if old:
            replace(folder, file, old, new)
        elif new:
            (folder / file).write_text(new, "utf-8", newline="")
    path = folder / "model.yaml"
    lines = path.read_text("utf-8").splitlines()
    at = lines.index("features:")
    past = next(n for n in range(at + 1, len(lines)) if not lines[n].startswith(" "))
    switched = [line.replace(": true", ": false") for line in lines[at:past]]
    path.write_text("\n".join([*lines[:at], *switched, *lines[past:]]) + "\n", "utf-8")
    return bool(told(folder, broken.code))


def test_which_rules_hold_while_their_feature_is_off(tmp_path: Path) -> None:
    """A list to be read: what is said of tables and settings that nothing looks at."""
    cases = [one for one in CORPUS if one.base == WORLD and not one.options]
    lines = [
        f"{one.words}: {'told' if off(one, tmp_path / str(number)) else 'silent'}\n"
        for number, one in enumerate(cases)
    ]
    assert len(lines) > 60
    compare(SNAPSHOTS / "features_off.txt", "".join(sorted(lines)))
