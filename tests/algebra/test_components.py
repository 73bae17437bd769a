"""Array components are Pyomo components: look-up, iteration, printing, birth on access."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.base.var import VarData

from layout.algebra import Affine, ArrayConstraint, ArrayObjective, ArrayVar, Index, compile_model
from tests.algebra.models import SITES, YEAR, ZONES, by_name, mixed, optimum, transport

KEY = ("ZW", "520000", YEAR)


def test_data_are_born_on_access() -> None:
    m = transport()
    compile_model(m)
    assert not m.serve._data
    assert not m.capacity._data
    data = m.serve[KEY]
    assert isinstance(data, VarData)
    assert data is m.serve[KEY]
    assert (data.lb, data.ub, data.value, data.fixed) == (0.0, 10.0, None, False)
    assert data.domain is pyo.Reals
    assert m.open["ZW"].is_integer()
    assert list(m.serve._data) == [KEY]


def test_rows_have_expressions() -> None:
    m = transport()
    assert str(m.demand["110000", YEAR].expr) == (
        "serve[GUIAN,110000,2025] + serve[ZW,110000,2025]  ==  3.0"
    )
    assert m.demand["520000", YEAR].expr is m.demand["520000", YEAR].expr
    assert str(m.capacity["ZW"].body) == (
        "serve[ZW,110000,2025] + serve[ZW,520000,2025] - 5.0*open[ZW]"
    )
    assert (m.capacity["ZW"].lb, m.capacity["ZW"].ub) == (None, 0.0)


def test_an_ordinary_rule_gives_birth_only_to_what_it_mentions() -> None:
    m = transport()
    m.rule = pyo.Constraint(expr=m.serve[KEY] <= 2)
    compile_model(m)
    assert list(m.serve._data) == [KEY]


@pytest.mark.parametrize("name", ["serve[ZW,520000,2025]", "serve[ZW,'520000',2025]"])
def test_found_by_name(name: str) -> None:
    m = transport()
    assert m.find_component(name) is m.serve[KEY]
    assert m.serve[KEY].name == "serve[ZW,520000,2025]"


def test_one_object_per_key() -> None:
    m = transport()
    data = m.serve[KEY]
    assert m.serve["ZW", 520000, np.int64(YEAR)] is data
    assert m.serve["ZW", ("520000", YEAR)] is data
    m.serve["ZW", 520000, YEAR] = 1.5
    assert data.value == 1.5
    assert len(m.serve._data) == 1


def test_names_of_the_compiled_model_find_the_data() -> None:
    m = mixed()
    compiled = compile_model(m)
    for name in compiled.column_names() + compiled.row_names():
        assert m.find_component(name).name == name


def test_iteration_length_and_membership() -> None:
    m = transport()
    keys = [(site, zone, YEAR) for site in SITES for zone in ZONES]
    assert len(m.serve) == 4
    assert KEY in m.serve
    assert ("ZW", "110001", YEAR) not in m.serve
    m.serve[KEY].value = 1.0  # born out of order
    assert list(m.serve) == list(m.serve.keys()) == keys
    assert [data.index() for data in m.serve.values()] == keys
    assert [key for key, _ in m.serve.items()] == keys
    assert m.serve.get_values() == dict.fromkeys(keys[:3]) | {KEY: 1.0}
    names = [data.name for data in m.component_data_objects(pyo.Var, sort=True)]
    assert len(names) == 6
    assert m.serve.index_set().dimen == 3
    assert m.serve.index_set().at(4) == KEY
    assert m.serve.index_set().ord(KEY) == 4


def test_slices_and_references() -> None:
    m = transport()
    assert [data.index()[1] for data in m.serve["ZW", :, YEAR]] == ZONES
    before = by_name(compile_model(m))
    m.mine = pyo.Reference(m.serve["ZW", ...])
    m.rows = pyo.Reference(m.demand[...])
    assert by_name(compile_model(m)) == before


def test_printing() -> None:
    m = transport()
    m.serve[KEY].value = 1.5
    stream = io.StringIO()
    m.pprint(ostream=stream)
    m.display(ostream=stream)
    text = stream.getvalue()
    assert "serve : Served" in text
    assert "('ZW', '520000', 2025) :   0.0 :   1.5 :  10.0 : False" in text
    assert "serve[GUIAN,110000,2025] + serve[ZW,110000,2025]" in text
    shown = io.StringIO()
    n = transport()
    n.demand["520000", YEAR].lower  # noqa: B018 - born before the first row
    n.serve.fix(1.0)
    n.demand.display(ostream=shown)
    assert shown.getvalue().index("'110000'") < shown.getvalue().index("'520000'")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("ZV", "520000", YEAR), "serve: no site 'ZV'; did you mean ZW"),
        (("ZW", "520001", YEAR), "serve: no zone '520001'; did you mean 520000"),
        ("ZW", "serve: 'ZW' has 1 labels; expected 3"),
    ],
)
def test_unknown_key(key: Any, message: str) -> None:
    m = transport()
    with pytest.raises(KeyError, match=message):
        m.serve[key]


def test_nothing_is_deleted() -> None:
    m = transport()
    with pytest.raises(TypeError, match="serve keeps its entries in arrays"):
        del m.serve[KEY]
    with pytest.raises(TypeError, match="deactivate a constraint instead"):
        m.demand["110000", YEAR] = pyo.Constraint.Skip
    with pytest.raises(TypeError, match="cannot be cleared"):
        m.serve.clear()


def test_not_yet_on_a_model() -> None:
    var = ArrayVar(Index(("site",), (SITES,)))
    with pytest.raises(ValueError, match="not been constructed"):
        var["ZW"]


def test_shapes_are_checked() -> None:
    index = Index(("site",), (SITES,))
    with pytest.raises(ValueError, match=r"lower has shape \(3,\); the index has 2 keys"):
        ArrayVar(index, lower=[1.0, 2.0, 3.0])
    m = transport()
    with pytest.raises(ValueError, match=r"upper of serve has shape \(3,\)"):
        m.serve.upper = [1.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="do not have one common length"):
        m.bad = ArrayConstraint(index, [(m.open, [0, 1, 1], [0, 1], 1.0)])
    with pytest.raises(IndexError, match="row numbers of worse must be from 0 to 1; found 2"):
        m.worse = ArrayConstraint(index, [(m.open, [0, 2], [0, 1], 1.0)])


def test_rows_of_affines() -> None:
    m = transport()
    m.share = ArrayConstraint.of(
        Index(("rule",), (["first", "second"],)),
        [Affine.of(m.serve, [0, 1]) - 2 * Affine.of(m.open) + 7, Affine.of(m.open, 1, 4.0) - 1],
        lower=[10.0, -np.inf],
        upper=5.0 + np.array([10.0, 0.0]),
    )
    ours = by_name(compile_model(m))
    assert ours.rows["share[first]"] == (3.0, 8.0)
    assert ours.rows["share[second]"] == (float("-inf"), 6.0)
    assert ours.entries["share[first]"] == {
        "serve[GUIAN,110000,2025]": 1.0,
        "serve[GUIAN,520000,2025]": 1.0,
        "open[GUIAN]": -2.0,
        "open[ZW]": -2.0,
    }
    assert ours.entries["share[second]"] == {"open[ZW]": 4.0}


def test_body_values() -> None:
    m = transport()
    assert np.isnan(m.capacity.body_values()).all()
    m.serve.load(np.array([1.0, 2.0, 3.0, 4.0]))
    m.open.load(np.array([1.0, 0.0]))
    assert m.capacity.body_values().tolist() == [-2.0, 7.0]
    m.capacity["ZW"].set_value(2 * m.serve[KEY] <= 1)
    assert m.capacity.body_values().tolist() == [-2.0, 8.0]
    assert pyo.value(m.capacity["GUIAN"].body) == -2.0


def test_objective() -> None:
    m = transport()
    m.serve.load(np.array([1.0, 2.0, 3.0, 4.0]))
    m.open.load(np.array([1.0, 0.0]))
    assert pyo.value(m.cost) == 40.0
    m.cost.expr = 2 * m.open["ZW"] + 1
    compiled = compile_model(m)
    assert by_name(compiled).cost == {"open[ZW]": 2.0}
    assert compiled.offset == 1.0
    m.cost.deactivate()
    m.best = ArrayObjective(Affine.of(m.serve) + 3, sense=pyo.maximize)
    assert compile_model(m).sense == -1
    assert optimum(m) == pytest.approx(13.0)


@pytest.mark.parametrize("copy", [lambda m: m.clone(), lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_whole_and_independent(copy: Any) -> None:
    m = mixed()
    m.serve[KEY].setub(m.limit + 1)
    m.serve["GUIAN", "110000", YEAR].fix(1.0)
    m.demand["110000", YEAR].deactivate()
    m.capacity["ZW"].set_value(m.serve[KEY] <= 4)
    m.open["ZW"].domain = pyo.Reals
    before, expected = by_name(compile_model(m)), optimum(m)
    n = copy(m)
    assert by_name(compile_model(n)) == before
    assert optimum(n) == pytest.approx(expected)
    assert n.serve[KEY] is not m.serve[KEY]
    assert n.serve[KEY].parent_component() is n.serve
    n.limit = 100.0
    n.serve[KEY].setlb(0.25)
    n.serve.unfix()
    n.demand.activate()
    n.capacity.upper[0] = 7.0
    n.cost.expr = n.serve[KEY]
    assert by_name(compile_model(m)) == before
