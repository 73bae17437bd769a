"""Array components on blocks: nested, over an index, by rule, switched off, alone, copied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.gdp import Disjunct, Disjunction

from layout.algebra import (
    Affine,
    ArrayConstraint,
    ArrayObjective,
    ArrayVar,
    Index,
    ModelError,
    compile_model,
)
from tests.algebra.models import SITES, YEAR, by_name, mixed, optimum, transport
from tests.algebra.test_exports import assert_same, from_lp_file


def depots() -> Any:
    """The transport model; each depot keeps a reserve at open sites, 2 in all, at 1 or 1.5 a unit.

    Depot `near` holds at most 1 at each of the two sites, `far` at most 3. Without a switch both
    fetch 2 from the first site that they can: near 1 + 1, far 2, at no more openings: 35 + 2 + 3.
    """
    m = transport()
    m.rate = pyo.Param(["near", "far"], initialize={"near": 1.0, "far": 1.5}, mutable=True)

    def depot(b: Any, name: str) -> None:
        sites = Index(("site",), (SITES,))
        b.keep = ArrayVar(sites, upper=1.0 if name == "near" else 3.0)
        b.where = ArrayConstraint(
            sites, [(b.keep, None, None, 1.0), (b.model().open, None, None, -3.0)], upper=0.0
        )
        b.inner = pyo.Block()
        b.inner.enough = ArrayConstraint(
            Index(("row",), (["all"],)), [(b.keep, 0, None, 1.0)], lower=2.0
        )

    m.depot = pyo.Block(["near", "far"], rule=depot)
    reserve = Affine()
    for name in ("near", "far"):
        reserve = reserve + m.rate[name] * Affine.of(m.depot[name].keep)
    m.cost.deactivate()
    m.whole = ArrayObjective(m.cost.affine + reserve)
    return m


def test_blocks_over_an_index(tmp_path: Path) -> None:
    m = depots()
    compiled = compile_model(m)
    assert compiled.row_names()[4:7] == [
        "depot[near].where[GUIAN]",
        "depot[near].where[ZW]",
        "depot[near].inner.enough[all]",
    ]
    for name in compiled.column_names() + compiled.row_names():
        assert m.find_component(name).name == name
    assert optimum(m) == pytest.approx(35.0 + 2 + 3)
    assert_same(by_name(compiled), from_lp_file(m, tmp_path))
    m.rate["near"] = 4.0
    assert optimum(m) == pytest.approx(35.0 + 8 + 3)


def test_a_block_switched_off_and_on(tmp_path: Path) -> None:
    m = depots()
    m.depot["near"].deactivate()
    compiled = compile_model(m)
    assert not any("near" in name for name in compiled.row_names())
    assert optimum(m) == pytest.approx(35.0 + 3)
    assert_same(by_name(compiled), from_lp_file(m, tmp_path))
    m.depot["near"].activate()
    m.depot["near"].inner.deactivate()
    assert "depot[near].where[ZW]" in compile_model(m).row_names()
    assert optimum(m) == pytest.approx(35.0 + 3)
    m.depot["near"].inner.activate()
    assert optimum(m) == pytest.approx(35.0 + 2 + 3)


def test_a_block_alone_takes_in_what_it_uses(tmp_path: Path) -> None:
    m = mixed()
    m.part.own = ArrayObjective(Affine.of(m.part.flow) - Affine.of(m.open, [1]))
    compiled = compile_model(m.part)
    assert_same(by_name(compiled), from_lp_file(m.part, tmp_path))
    assert compiled.column_names()[:3] == ["part.flow[GUIAN]", "part.flow[ZW]", "part.inner[a].z"]
    assert "open[ZW]" in compiled.column_names()
    assert not any(name.startswith("spare") for name in compiled.column_names())
    compiled.load_values(range(len(compiled.cost)))
    assert m.open["ZW"].value == compiled.columns_of(m.open)[1]


def test_a_copied_block_keeps_to_its_own_variables() -> None:
    m = mixed()
    m.copy = m.part.clone()
    ours = by_name(compile_model(m))
    assert ours.entries["copy.sums[first]"] == {
        name.replace("part.", "copy."): by for name, by in ours.entries["part.sums[first]"].items()
    }
    assert "serve[ZW,520000,2025]" in ours.entries["copy.sums[first]"]
    m.copy.flow.upper[:] = 0.5
    assert m.part.flow["ZW"].ub == 4.0


def test_variables_of_another_model_stay_refused() -> None:
    m, n = mixed(), transport()
    m.part.far = ArrayConstraint(Index(("row",), (["all"],)), [(n.serve, 0, None, 1.0)], upper=1.0)
    m.part.own = ArrayObjective(Affine.of(m.part.flow))
    with pytest.raises(
        ModelError, match=r"part.far uses .*serve.*, which is not part of the model"
    ):
        compile_model(m.part)


def test_an_abstract_model_gives_models_of_its_own() -> None:
    a = pyo.AbstractModel()
    a.least = pyo.Param(mutable=True)
    sites = Index(("site",), (SITES,))
    a.x = ArrayVar(sites)
    a.row = ArrayConstraint(sites, [(a.x, None, None, 1.0)], lower=1.0)
    a.cost = ArrayObjective(Affine.of(a.x))
    first, second = a.create_instance(), a.create_instance()
    first.row.lower[:] = 5.0
    assert (optimum(first), optimum(second)) == (10.0, 2.0)


def test_rows_of_a_disjunct(tmp_path: Path) -> None:
    # Either both sites may open at a rent of 1, or only GUIAN, which cannot serve all: 35 + 1.
    m = transport()
    m.rent = pyo.Var(bounds=(0, 2))
    m.cost.deactivate()
    m.whole = pyo.Objective(expr=m.cost.expr + m.rent)
    m.both, m.one = Disjunct(), Disjunct()
    m.both.pay = pyo.Constraint(expr=m.rent >= 1)
    m.one.shut = ArrayConstraint(Index(("site",), (["ZW"],)), [(m.open, [0], [1], 1.0)], upper=0.0)
    m.choice = Disjunction(expr=[m.both, m.one])
    with pytest.raises(ModelError, match="cannot be compiled: Disjunct"):
        compile_model(m)
    plain = pyo.TransformationFactory("gdp.bigm").create_using(m)
    assert optimum(plain) == pytest.approx(36.0)
    pyo.SolverFactory("appsi_highs").solve(plain)
    assert pyo.value(plain.whole) == pytest.approx(36.0)
    assert m.serve[("ZW", "520000", YEAR)].value is None
