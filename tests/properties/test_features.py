"""A plan is verified whatever features are on, and written, read, asked again it is the same."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from layout.checking import verify
from layout.errors import InputError
from layout.model import read_model
from layout.plan import read_plan, write_plan
from layout.solving import solve
from tests.builders import tiny_model
from tests.properties.questions import asked, seeds

EACH = seeds(3, 8)


@pytest.mark.parametrize("seed", EACH)
def test_a_plan_is_verified_and_survives_its_folder(seed: int, tmp_path: Path) -> None:
    question = asked(400 + seed)
    folder = tiny_model(tmp_path / "model", settings=question.settings, **question.tables)
    try:
        model = read_model(folder)
    except InputError:
        return  # the check sees that there is no plan
    plan = solve(model, counterfactual=False)  # raises where its own verification fails
    assert plan.status in ("optimal", "infeasible")
    write_plan(plan, tmp_path / "plan")
    again = read_plan(tmp_path / "plan")
    record = json.loads(json.dumps(plan.record))
    record["manifest"] = {**again.record["manifest"], **record["manifest"]}
    assert again.record == record
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table, check_exact=True)
    checked = verify(again)
    assert checked.passed, checked.report("en")
    if plan.has_tables:
        assert checked.checks > 50
        kept = solve(read_model(tmp_path / "plan" / "model"), counterfactual=False, check=False)
        assert kept.record["objective_mcny"] == plan.record["objective_mcny"]
        for name, table in plan.tables.items():
            pd.testing.assert_frame_equal(kept.tables[name], table, check_exact=True)
