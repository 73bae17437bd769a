"""What is changed by name or by array is in the next compiled model; whatever came last holds."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from layout.algebra import ModelError, compile_model
from tests.algebra.models import YEAR, by_name, mixed, optimum, transport

KEY = ("ZW", "520000", YEAR)
NAME = "serve[ZW,520000,2025]"
OTHER = "serve[ZW,110000,2025]"


def test_bounds_by_name_and_by_array() -> None:
    m = transport()
    data = m.serve[KEY]
    data.setlb(1.0)
    data.ub = 2.0
    assert (m.serve.lower[3], m.serve.upper[3]) == (1.0, 2.0)
    assert by_name(compile_model(m)).columns[NAME] == (1.0, 2.0, False)
    m.serve.lower[:] = 0.5
    assert data.lb == 0.5
    assert by_name(compile_model(m)).columns[NAME] == (0.5, 2.0, False)
    data.setlb(None)
    data.setub(None)
    assert data.bounds == (None, None)
    assert by_name(compile_model(m)).columns[NAME] == (-np.inf, np.inf, False)
    m.serve.setub(6.0)
    m.serve.setlb(None)
    assert by_name(compile_model(m)).columns[OTHER] == (-np.inf, 6.0, False)


def test_a_bound_that_is_an_expression() -> None:
    m = mixed()
    m.serve[KEY].setub(2 * m.limit)
    assert np.isnan(m.serve.upper[3])
    assert m.serve[KEY].ub == 5.0
    m.limit = 3.0
    assert by_name(compile_model(m)).columns[NAME] == (0.0, 6.0, False)
    m.serve.upper[3] = 1.0  # the number written last replaces the expression
    assert m.serve[KEY].ub == 1.0
    assert by_name(compile_model(m)).columns[NAME] == (0.0, 1.0, False)


def test_fix_and_unfix() -> None:
    m = transport()
    m.serve[KEY].fix(3.0)
    assert m.serve[KEY].fixed
    assert by_name(compile_model(m)).columns[NAME] == (3.0, 3.0, False)
    assert optimum(m) == pytest.approx(37.0)  # one unit more from ZW than the best
    m.serve[KEY].unfix()
    assert optimum(m) == pytest.approx(35.0)
    m.open.fix(1)
    compiled = compile_model(m)
    assert m.open["ZW"].value == 1.0
    assert by_name(compiled).columns["open[GUIAN]"] == (1.0, 1.0, False)
    assert compiled.size["integers"] == 0
    m.open["ZW"].unfix()
    assert compile_model(m).size["integers"] == 1
    m.open.unfix()
    assert m.open.fixed_array.tolist() == [False, False]
    assert compile_model(m).size["integers"] == 2


def test_fixing_outside_the_bounds_is_as_in_pyomo() -> None:
    m = transport()
    m.serve[KEY].fix(12.0, skip_validation=True)
    assert by_name(compile_model(m)).columns[NAME] == (12.0, 12.0, False)


def test_fixing_without_a_value_is_refused() -> None:
    m = transport()
    m.serve[KEY].fix()
    with pytest.raises(ModelError, match=r"serve\[ZW,520000,2025\] is fixed but has no value"):
        compile_model(m)


def test_block_wide_fixing() -> None:
    m = transport()
    m.serve.load(np.array([3.0, 2.0, 0.0, 2.0]))
    m.open.load(np.ones(2))
    m.fix_all_vars()
    assert optimum(m) == pytest.approx(35.0)
    m.unfix_all_vars()
    assert not m.serve.fixed_array.any()


def test_domains() -> None:
    m = transport()
    m.serve[KEY].domain = pyo.Binary
    assert by_name(compile_model(m)).columns[NAME] == (0.0, 1.0, True)
    m.open["ZW"].domain = pyo.NonPositiveReals
    assert by_name(compile_model(m)).columns["open[ZW]"] == (0.0, 0.0, False)
    m.open.domain = pyo.Reals
    assert m.open["ZW"].is_continuous()
    assert compile_model(m).size["integers"] == 1
    m.open.domain = lambda m, site: pyo.Binary if site == "ZW" else pyo.Reals
    assert by_name(compile_model(m)).columns["open[ZW]"] == (0.0, 1.0, True)
    assert by_name(compile_model(m)).columns["open[GUIAN]"] == (0.0, 1.0, False)
    with pytest.raises(ValueError, match="read-only"):
        m.open.integer[0] = False


def test_a_domain_with_gaps_is_refused() -> None:
    m = transport()
    m.serve[KEY].domain = pyo.Set(initialize=[0, 1, 5])
    with pytest.raises(ModelError, match=r"serve: domain .* neither an interval nor whole"):
        compile_model(m)


def test_single_rows_switched_off_and_on() -> None:
    m = transport()
    m.demand["110000", YEAR].deactivate()
    compiled = compile_model(m)
    assert compiled.row_names()[0] == "demand[520000,2025]"
    assert compiled.size == {"variables": 6, "integers": 2, "constraints": 3, "nonzeros": 8}
    assert optimum(m) == pytest.approx(18.0)  # 4 units of zone 520000 from GUIAN at 2, one opening
    m.demand["110000", YEAR].activate()
    assert optimum(m) == pytest.approx(35.0)


def test_families_switched_off_and_on() -> None:
    m = transport()
    m.demand.deactivate()
    assert not m.demand["520000", YEAR].active
    assert compile_model(m).row_names() == ["capacity[GUIAN]", "capacity[ZW]"]
    m.demand["520000", YEAR].activate()
    assert m.demand.active
    assert optimum(m) == pytest.approx(18.0)
    m.demand.activate()
    assert m.demand["110000", YEAR].active
    assert optimum(m) == pytest.approx(35.0)


def test_blocks_switched_off() -> None:
    m = mixed()
    m.part.deactivate()
    assert not any(name.startswith("part.") for name in compile_model(m).row_names())


def test_an_expression_of_its_own() -> None:
    m = transport()
    m.demand["110000", YEAR].set_value(2 * m.serve[KEY] + 1 >= m.open["ZW"])
    m.capacity["ZW"] = (0, m.open["ZW"], 1)
    ours = by_name(compile_model(m))
    assert ours.entries["demand[110000,2025]"] == {"open[ZW]": 1.0, NAME: -2.0}
    assert ours.rows["demand[110000,2025]"] == (-np.inf, 1.0)
    assert ours.entries["capacity[ZW]"] == {"open[ZW]": 1.0}
    assert ours.rows["capacity[ZW]"] == (0.0, 1.0)
    assert len(ours.entries["demand[520000,2025]"]) == 2
    m.demand.upper[1] = 50.0  # other rows still follow the arrays
    assert by_name(compile_model(m)).rows["demand[520000,2025]"] == (4.0, 50.0)


def test_an_expression_of_its_own_refuses_bounds_by_array() -> None:
    m = transport()
    m.demand["110000", YEAR].set_value(m.serve[KEY] >= 1)
    m.demand.lower[:] = 2.0
    with pytest.raises(ModelError, match=r"demand\[110000,2025\] has an expression of its own"):
        compile_model(m)


def test_row_bounds_by_array_are_seen_by_name() -> None:
    m = transport()
    row = m.demand["110000", YEAR]
    assert row.equality
    m.demand.upper = [4.0, 6.0]
    assert (row.lb, row.ub, row.equality) == (3.0, 4.0, False)


def test_values_by_name_and_by_array() -> None:
    m = transport()
    assert m.serve.values_array is None
    m.serve[KEY] = 2.0
    assert m.serve.values_array is not None
    assert m.serve.values_array.tolist()[3] == 2.0
    assert np.isnan(m.serve.values_array[0])
    m.serve[KEY].value = None
    assert m.serve[KEY].value is None
