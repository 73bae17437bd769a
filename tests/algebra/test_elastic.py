"""Which named rows are short by how much at least, and the same from Pyomo's slack variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from layout.algebra import ArrayConstraint, Elastic, Index, ModelError, compile_model, elastic
from tests.algebra.models import SITES, YEAR, by_name, highs, transport
from tests.algebra.test_conflict import crowded

NAMES = ("demand[110000,2025]", "demand[520000,2025]")


def amounts(compiled: Any, *args: Any, **keywords: Any) -> dict[str, tuple[str, float]]:
    return {
        one.name: (one.side, pytest.approx(one.amount))
        for one in elastic(compiled, *args, **keywords)
    }


def test_the_least_in_all() -> None:
    # 12 are needed and 10 fit. A larger opening would be a bound, not a row: 2 are short somewhere.
    compiled = compile_model(crowded())
    assert sum(one.amount for one in elastic(compiled)) == pytest.approx(2.0)
    assert amounts(compiled, ["demand[110000,2025]"]) == {NAMES[0]: ("lower", 2.0)}
    assert amounts(compiled, ["capacity[ZW]"]) == {"capacity[ZW]": ("upper", 2.0)}
    assert str(elastic(compiled, [NAMES[0]])[0]) == f"{NAMES[0]}: its lower bound is missed by 2"
    over = elastic(compiled, ["capacity[ZW]"])[0]
    assert str(over) == "capacity[ZW]: its upper bound is exceeded by 2"


def test_weights_choose() -> None:
    m = crowded()
    compiled = compile_model(m)
    assert amounts(compiled, NAMES, [1.0, 3.0]) == {NAMES[0]: ("lower", 2.0)}
    assert amounts(compiled, NAMES, [3.0, 1.0]) == {NAMES[1]: ("lower", 2.0)}
    assert amounts(compiled, [m.demand, "capacity"], [9.0, 1.0]).keys() <= {
        "capacity[GUIAN]",
        "capacity[ZW]",
    }
    with pytest.raises(ValueError, match="must be positive and finite"):
        elastic(compiled, NAMES, [1.0, 0.0])


def test_whole_numbers_count_when_asked() -> None:
    # At most 1.5 openings: relaxed, 7.5 fit and 7 are needed; whole, 5 fit.
    m = transport()
    m.few = ArrayConstraint(Index(("row",), (["few"],)), [(m.open, 0, [0, 1], 1.0)], upper=1.5)
    compiled = compile_model(m)
    assert elastic(compiled) == []
    assert amounts(compiled, ["demand"], integers=True).keys() <= set(NAMES)
    assert sum(one.amount for one in elastic(compiled, ["demand"], integers=True)) == (
        pytest.approx(2.0)
    )


def test_the_model_stays_as_it_is() -> None:
    m = crowded()
    compiled = compile_model(m)
    before = by_name(compiled)
    elastic(compiled)
    assert by_name(compiled) == before
    assert by_name(compile_model(m)) == before
    assert not m.serve._data
    assert m.serve.values_array is None


def test_rows_that_do_not_help_are_refused() -> None:
    m = crowded()
    m.other = ArrayConstraint(Index(("site",), (SITES,)), [(m.open, None, None, 1.0)], upper=1.0)
    with pytest.raises(ModelError, match="infeasible even when these rows may give way"):
        elastic(compile_model(m), ["other"])
    with pytest.raises(KeyError, match=r"no row called demand\[110001,2025\]"):
        elastic(compile_model(m), ["demand[110001,2025]"])
    with pytest.raises(ModelError, match="infeasible even when"):
        elastic(compile_model(m), [])


def test_rows_of_blocks_and_of_ordinary_components() -> None:
    m = transport()
    m.part = pyo.Block()
    m.part.need = ArrayConstraint(
        Index(("row",), (["all"],)), [(m.serve, 0, None, 1.0)], lower=14.0
    )
    m.rule = pyo.Constraint(SITES, rule=lambda m, s: m.serve[s, "520000", YEAR] >= 6)
    compiled = compile_model(m)
    assert amounts(compiled, ["part.need", "rule"], [1.0, 9.0]).keys() == {
        "part.need[all]",
        "rule[GUIAN]",
        "rule[ZW]",
    }


@pytest.mark.parametrize("rows", [NAMES, ("capacity[GUIAN]", "demand[520000,2025]")])
def test_pyomos_slack_variables_give_the_same_least(rows: tuple[str, ...]) -> None:
    m = crowded()
    ours = sum(one.amount for one in elastic(compile_model(m), rows))
    n = pyo.TransformationFactory("core.relax_integer_vars").create_using(m)
    n = pyo.TransformationFactory("core.add_slack_variables").create_using(
        n, targets=[n.find_component(name) for name in rows]
    )
    pyo.SolverFactory("appsi_highs").solve(n)
    (objective,) = n.component_data_objects(pyo.Objective, active=True)
    assert ours == pytest.approx(pyo.value(objective))


def test_a_ranged_row_has_a_slack_on_each_side() -> None:
    m = crowded()
    model = Elastic.of(compile_model(m), [0, 1, 2])
    assert model.slack_rows.tolist() == [0, 0, 1, 2]
    assert model.slack_signs.tolist() == [1.0, -1.0, 1.0, -1.0]
    assert len(model.compiled.cost) == 6 + 4
    solver = highs()
    model.compiled.pass_to(solver)
    solver.run()
    x = np.array(solver.getSolution().col_value)
    assert sum(one.amount for one in model.shortfalls(x)) == pytest.approx(2.0)
