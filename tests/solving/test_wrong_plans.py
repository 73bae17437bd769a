"""A wrong plan that is forced into the pipeline is stopped, and nothing of it is written.

The tables are spoilt right after they were read off the solver, the record right after it was
made: whatever follows sees only the wrong plan. `tests/checking` breaks each rule on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import layout
from layout.errors import EXIT_VERIFICATION, VerificationFailed
from layout.labels import LANGUAGES, text
from layout.solving import driver
from tests.builders import tiny_model
from tests.cli.towns import Runner
from tests.deep import some

Tables = dict[str, pd.DataFrame]
Spoil = Callable[[Tables], None]


def scaled(table: str, column: str, by: float) -> Spoil:
    """The largest number of a column, times `by`."""

    def spoil(tables: Tables) -> None:
        rows = tables[table] = tables[table].copy()
        rows.loc[rows[column].idxmax(), column] *= by

    return spoil


def put(table: str, column: str, value: Any) -> Spoil:
    """Another value in the first row."""

    def spoil(tables: Tables) -> None:
        rows = tables[table] = tables[table].copy()
        rows.loc[rows.index[0], column] = value

    return spoil


def without(table: str) -> Spoil:
    """The first row is missing."""

    def spoil(tables: Tables) -> None:
        tables[table] = tables[table].iloc[1:].reset_index(drop=True)

    return spoil


def twice(table: str) -> Spoil:
    """The first row stands twice."""

    def spoil(tables: Tables) -> None:
        rows = tables[table]
        tables[table] = pd.concat([rows, rows.iloc[:1]], ignore_index=True)

    return spoil


def left_over(tables: Tables) -> None:
    """Some demand is not served, and the table says so: but demand is hard."""
    rows = tables["service"] = tables["service"].copy()
    first = rows.iloc[0]
    rows.loc[rows.index[0], "served_eflops"] -= 0.5
    tables["unserved"] = pd.DataFrame(
        {
            "zone": [first["zone"]],
            "workload": [first["workload"]],
            "year": [first["year"]],
            "unserved_eflops": [0.5],
        }
    )


WRONG: dict[str, Spoil] = {
    "less is served": scaled("service", "served_eflops", 0.9),
    "less is built": scaled("units", "compute_eflops", 0.9),
    "cheaper": scaled("cost", "mcny", 0.5),
    "a capacity that is not there": scaled("capacity", "compute_eflops", 1.1),
    "served by a site that is not there": put("service", "site", "nowhere"),
    "energy that nobody makes": scaled("energy", "grid_gwh", 0.9),
    "demand left over": left_over,
    "not a number": put("units", "it_mw", float("nan")),
    "without end": put("energy", "facility_gwh", float("inf")),
    "below nothing": put("service", "served_eflops", -1.0),
    "a flow is missing": without("service"),
    "a flow stands twice": twice("service"),
}
LYING: dict[str, Callable[[dict[str, Any]], None]] = {
    "a lower objective": lambda record: record.update(objective_mcny=1.0),
    "another breakdown": lambda record: record["cost_breakdown_mcny"].update(site_fixed=0.0),
    "a better figure": lambda record: record["kpis"]["new_it_mw"].update(value=0.5),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites that both have to be opened, power and carbon paid."""
    return tiny_model(
        tmp_path_factory.mktemp("wrong") / "m",
        settings={"economy": {"carbon_price_cny_per_t": 50}},
        sites=[
            {"site": "E", "province": "P", "fixed_cost_mcny_per_year": 3, "max_it_mw": 1.5},
            {"site": "W", "province": "P", "fixed_cost_mcny_per_year": 5, "max_it_mw": 1.5},
        ],
        power=[{"province": "P", "price_cny_per_kwh": 0.5, "grid_tco2_per_mwh": 0.5}],
    )


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


def force(patch: pytest.MonkeyPatch, spoil: Spoil) -> None:
    """Spoil the tables of every plan from now on."""
    right: Any = driver.tables_of

    def wrong(formulation: Any) -> Tables:
        tables: Tables = right(formulation)
        spoil(tables)
        return tables

    patch.setattr(driver, "tables_of", wrong)


@pytest.mark.parametrize("name", some(WRONG, 7))
def test_a_wrong_table_is_stopped_and_not_written(
    name: str, model: Path, tmp_path: Path, command: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    force(monkeypatch, WRONG[name])
    found = command("solve", model, "-o", tmp_path / "plan", "--map", "--quiet")
    assert (found.code, found.out) == (EXIT_VERIFICATION, "")
    assert "did not pass its independent check" in found.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", LYING)
def test_a_record_that_says_otherwise_than_the_tables_is_stopped(
    name: str, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Any = driver._answer

    def lying(*given: Any) -> dict[str, Any]:
        record: dict[str, Any] = right(*given)
        LYING[name](record)
        return record

    monkeypatch.setattr(driver, "_answer", lying)
    with pytest.raises(VerificationFailed):
        layout.solve(model)


@pytest.mark.parametrize("bound", [2.0, -1.0])
def test_a_bound_that_proves_nothing_is_not_called_a_proof(
    bound: float, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A bound above the objective is no bound; one far below leaves a gap that is no optimum.
    right: Any = driver.record_of

    def proud(*given: Any) -> dict[str, Any]:
        record: dict[str, Any] = right(*given)
        return {**record, "bound_mcny": bound * record["bound_mcny"]}

    monkeypatch.setattr(driver, "record_of", proud)
    with pytest.raises(VerificationFailed):
        layout.solve(model)


def test_it_is_said_in_both_languages_and_an_older_plan_stays(
    model: Path, tmp_path: Path, command: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plan"
    layout.solve(model, output=folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    force(monkeypatch, WRONG["less is served"])
    for lang in LANGUAGES:
        found = command("solve", model, "-o", folder, "--overwrite", "--quiet", lang=lang)
        assert found.code == EXIT_VERIFICATION
        opening = text("error.verification", lang, count="#").partition("#")[0].strip()
        assert opening in found.err
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


STUDIES: dict[str, tuple[str, ...]] = {
    "alternatives": ("--within", "2%"),
    "tradeoff": ("--objectives", "cost,carbon", "--points", "2"),
    "targets": (),
}


@pytest.mark.parametrize("study", some(STUDIES, 1))
def test_no_study_is_made_of_wrong_plans(
    study: str, model: Path, tmp_path: Path, command: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    force(monkeypatch, WRONG["less is served"])
    found = command(study, model, *STUDIES[study], "-o", tmp_path / "study")
    assert found.code == EXIT_VERIFICATION, found.err
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_case_of_a_sweep_is_failed_and_has_no_figures(
    model: Path, tmp_path: Path, command: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    force(monkeypatch, WRONG["less is served"])
    line = ("sweep", model, "--vary", "economy.discount_rate=0.05,0.07", "-o", tmp_path / "s")
    found = command(*line)
    assert found.code == 0
    rows = pd.read_csv(tmp_path / "s" / "results.csv")
    assert list(rows["status"]) == ["failed", "failed"]
    assert rows["reason"].str.contains("VerificationFailed").all()
    assert "objective_mcny" not in rows or rows["objective_mcny"].isna().all()
    assert pd.read_csv(tmp_path / "s" / "sites.csv").empty
    assert "failed" in found.out


def test_python_gets_no_wrong_plan_either(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = layout.Solver(model)
    reply = solver.solve()
    force(monkeypatch, WRONG["less is served"])
    for ask in (
        lambda: layout.solve(model, output=tmp_path / "plan"),
        reply.plan,
        lambda: layout.alternatives(model),
    ):
        with pytest.raises(VerificationFailed) as caught:
            ask()
        assert caught.value.exit_code == EXIT_VERIFICATION
        assert caught.value.failures
    assert list(tmp_path.iterdir()) == []
