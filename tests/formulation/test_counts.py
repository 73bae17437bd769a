"""What must not grow unseen: columns, rows, nonzeros, and the Python objects made on the way.

The numbers depend on the models and on nothing else: no clock, no machine. After a change that is
meant, read the difference, say in the commit why it is so, and write the new numbers here.
"""

from __future__ import annotations

import gc
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pyomo.core.base.constraint import Constraint
from pyomo.core.base.expression import Expression
from pyomo.core.base.objective import Objective
from pyomo.core.base.param import Param
from pyomo.core.base.var import Var

from layout import resources
from layout.algebra import ArrayConstraint, ArrayObjective, ArrayVar, compile_model
from layout.formulation import Formulation, build
from layout.model import read_model
from tests.builders import tiny_model
from tests.features.everything import FEATURES, YEARS, everything

COUNTS = {
    "hub-guizhou": (134, 10, 122, 669),
    "national-2025": (7_888, 205, 1_617, 30_112),
    "national-2030-pathway": (88_866, 615, 83_721, 441_125),
    "national-prefectures-2025": (584_755, 1_730, 12_355, 1_799_496),
    "national-start-areas-2025": (9_967, 262, 2_269, 39_043),
    "province-guangdong": (196, 10, 268, 853),
    "resilience-2025": (18_660, 205, 5_249, 60_304),
}
"""Shipped model → variables, integers, constraints, nonzeros."""
OBJECTS = 7_500
"""What building and compiling may keep of objects that the garbage collector sees. 1,335 for
national-2025, the same for prefectures with 74 times its variables; 5,537 for the three periods
of the pathway. One object for each flow would be 5,000 more and up."""
MORE_OBJECTS = 100
"""What a model of twice the places may keep more; measured: none."""
MORE_CALLS = 4_000
"""What it may call more; measured: 2,760. It has 4,800 flows more: not one call for each."""
FAMILIES = {Var: ArrayVar, Constraint: ArrayConstraint, Objective: ArrayObjective}


class Made(NamedTuple):
    """What it took to build and compile a model for the second time."""

    objects: int
    calls: int


def made(model: Any) -> Made:
    """Count the objects that stay and the functions that are called, with everything imported."""
    compile_model(build(model).pyomo)
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    gc.collect()
    gc.disable()
    try:
        objects = gc.get_objects()  # held: a cache that drops what it had must not hide what is new
        sys.setprofile(count)
        formulation = build(model)
        compiled = compile_model(formulation.pyomo)
        sys.setprofile(before)
        gc.collect()  # what only waits to be collected does not stay
        kept = len(gc.get_objects()) - len(objects)
    finally:
        sys.setprofile(before)
        gc.enable()
    assert compiled.model is formulation.pyomo
    return Made(kept, calls)


@cache
def shipped(name: str) -> Any:
    return read_model(name)


def square(folder: Path, places: int) -> Any:
    """A world of as many zones as sites, each zone with a flow from each site."""
    zones = [{"zone": f"z{number}"} for number in range(places)]
    sites = [{"site": f"s{number}"} for number in range(places)]
    return read_model(tiny_model(folder, zones=zones, sites=sites))


def refuse_ordinary(formulation: Formulation) -> None:
    """Every variable, row and objective is held in arrays, and nobody has looked at one."""
    for component in formulation.pyomo.component_objects(descend_into=True):
        family = FAMILIES.get(component.ctype)
        assert component.ctype not in (Expression, Param), component.name
        if family is not None:
            assert isinstance(component, family), f"{component.name} is an ordinary component"
        if family in (ArrayVar, ArrayConstraint):
            assert not component._data, f"{len(component._data)} data objects of {component.name}"
    for objective in formulation.pyomo.component_objects(Objective):
        assert objective.affine is not None
    assert set(formulation.constraints) == {
        component.local_name for component in formulation.pyomo.component_objects(Constraint)
    }


def test_every_shipped_model_is_counted() -> None:
    models = resources.folder("models").iterdir()
    assert set(COUNTS) == {one.name for one in models if (one / "model.yaml").is_file()}


@pytest.mark.parametrize("name", COUNTS)
def test_a_shipped_model_is_all_arrays_of_the_counted_size(name: str) -> None:
    formulation = build(shipped(name))
    compiled = compile_model(formulation.pyomo)
    assert tuple(compiled.size.values()) == COUNTS[name]
    refuse_ordinary(formulation)


@pytest.mark.parametrize("name", COUNTS)
def test_objects_of_a_shipped_model(name: str) -> None:
    assert made(shipped(name)).objects <= OBJECTS


@pytest.mark.parametrize("years", [YEARS[:1], YEARS])
def test_every_feature_is_all_arrays(tmp_path: Path, years: tuple[int, ...]) -> None:
    formulation = build(read_model(tiny_model(tmp_path / "all", **everything(FEATURES, years))))
    for objective in ("cost", "carbon"):
        formulation.minimise(objective)
        compile_model(formulation.pyomo)
        refuse_ordinary(formulation)


def test_no_work_for_each_flow(tmp_path: Path) -> None:
    """The least of three counts: other threads of a long run of tests make objects meanwhile."""
    models = [square(tmp_path / str(places), places) for places in (40, 80)]
    counts = [[made(model) for _ in range(3)] for model in models]
    small, large = (min(found, key=lambda one: one.objects) for found in counts)
    assert large.objects - small.objects <= MORE_OBJECTS
    assert large.calls - small.calls <= MORE_CALLS


def test_the_guard_sees_what_it_guards_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = square(tmp_path / "square", 40)
    lazy = made(model)

    compiled = compile_model

    def looking(pyomo: Any) -> Any:
        pyomo.serve.materialise()
        return compiled(pyomo)

    monkeypatch.setitem(globals(), "compile_model", looking)
    eager = made(model)
    assert eager.objects - lazy.objects >= 1_600 > MORE_OBJECTS  # one for each flow
    formulation = build(model)
    formulation.pyomo.serve.materialise()
    with pytest.raises(AssertionError, match="1600 data objects of serve"):
        refuse_ordinary(formulation)
