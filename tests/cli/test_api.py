"""The Python functions say the same as the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout
from layout.errors import FileProblem, InputError
from layout.plan import Plan


def test_solve_verify_and_targets(model: Path, plan: Plan) -> None:
    question = layout.read(model, sets=["economy.carbon_price_cny_per_t=0"])
    found = layout.solve(question, gap=1e-6)
    assert isinstance(found, layout.Plan)
    assert found.folder is None
    assert layout.verify(found).passed
    assert layout.verify(plan.folder).passed
    assert list(layout.targets(found)["status"]) == ["fail", "pass"]  # by id: east-90, total-2
    assert layout.targets(plan.folder).equals(layout.targets(plan))


def test_sets_and_scenarios_change_a_model_while_it_is_read(model: Path) -> None:
    found = layout.solve(model, sets=["targets=[]"], scenarios=["rich"])
    assert found.tables["targets"].empty
    assert found.tables["service"]["served_eflops"].sum() == pytest.approx(4)
    with pytest.raises(TypeError, match="while it is read"):
        layout.solve(layout.read(model), sets=["targets=[]"])


def test_errors_are_exceptions_with_the_exit_code(model: Path, plan: Plan) -> None:
    with pytest.raises(InputError) as wrong:
        layout.solve("no-such-model")
    assert wrong.value.exit_code == 3
    with pytest.raises(FileProblem):
        layout.solve(model, output=plan.folder)


def test_a_map_is_text_and_a_file(plan: Plan, tmp_path: Path) -> None:
    page = layout.map(plan, tmp_path / "map.html", lang="en")
    assert (tmp_path / "map.html").read_text("utf-8") == page
    assert '<html lang="en' in page
