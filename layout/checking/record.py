"""``plan.json``: totals, gaps, status, key figures, the files of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from layout.checking.case import Case
from layout.checking.findings import ROW
from layout.model.costs import COMPONENTS
from layout.plan.files import MODEL_FOLDER
from layout.plan.folder import file_hashes
from layout.plan.kpis import kpis, unstated
from layout.plan.ledger import Ledger

FILE = "plan.json"
INVARIANT = ("it_capital", "it_om", "penalty")
GAP_SLACK = 1e-9


def check_record(years: Sequence[Case]) -> None:
    """Every figure of the record that the tables determine."""
    case = years[-1]
    _totals(case)
    _gaps(case)
    _status(case)
    _figures(case)


def _at(key: str) -> tuple[str, pd.DataFrame]:
    return FILE, pd.DataFrame({"key": [key]})


def value(record: dict[str, Any], key: str) -> float:
    """A number of the record, NaN where it is missing or no number."""
    found = record.get(key)
    return float(found) if isinstance(found, int | float) else float("nan")


def _totals(case: Case) -> None:
    """Σ ``cost`` = breakdown by component = objective, when the objective is cost."""
    record, cost = case.plan.record, case.plan.tables["cost"]
    sums = cost.groupby("component")["mcny"].sum()
    stated = record.get("cost_breakdown_mcny") or {}
    names = sorted(set(sums.index) | set(stated) | set(COMPONENTS))
    parts = [value(stated, name) if name in stated else 0.0 for name in names]
    place = FILE, pd.DataFrame({"key": [f"cost_breakdown_mcny.{name}" for name in names]})
    expected = [float(sums.get(name, 0.0)) for name in names]
    case.findings.equal("cost_breakdown", place, parts, expected, least=ROW)
    total, size = float(cost["mcny"].sum()), float(cost["mcny"].abs().sum())
    found = value(record, "objective_mcny")
    case.findings.equal("objective", _at("objective_mcny"), found, total, size=size)


def gap_figures(objective: float, bound: float, invariant: float) -> tuple[float, float]:
    """Gap on all cost and on the cost that siting can change (infinite over nothing)."""
    distance = max(0.0, objective - bound)
    whole, local = abs(objective), abs(objective - invariant)
    return _ratio(distance, whole), _ratio(distance, local)


def _ratio(part: float, whole: float) -> float:
    if part == 0:
        return 0.0
    return part / whole if whole > 0 else np.inf


def _gaps(case: Case) -> None:
    """gap = |objective − bound| / |objective|; gap_location leaves invariant cost out.

    With one objective, cost, these are the costs of the record; else the values and bounds of
    the first objective, in its own unit.
    """
    record = case.plan.record
    by_cost = list(case.plan.model.settings.objective) == ["cost"]
    names = ("objective_mcny", "bound_mcny") if by_cost else ("objective_value", "bound_value")
    objective, bound = (value(record, name) for name in names)
    if record.get(names[1]) is None:
        none = [record.get("gap") is None and record.get("gap_location") is None]
        case.findings.true("gap", _at("gap"), none, [str(record.get("gap"))], "null")
        return
    case.findings.at_most("bound", _at(names[1]), bound, objective)
    stated = record.get("cost_breakdown_mcny") or {}
    invariant = sum(value(stated, name) for name in INVARIANT if name in stated) if by_cost else 0.0
    whole, local = gap_figures(objective, bound, invariant)
    case.findings.equal("gap", _at("gap"), value(record, "gap"), whole, size=1.0)
    if by_cost and abs(objective - invariant) > 1e-9 * max(1.0, abs(objective)):
        found = value(record, "gap_location")
        case.findings.equal("gap", _at("gap_location"), found, local, size=1.0)


def _status(case: Case) -> None:
    """Optimal is said only where both gaps are proved to be within what was asked."""
    record = case.plan.record
    if case.plan.status != "optimal":
        return
    solver = case.plan.model.settings.solver
    options = (record.get("manifest") or {}).get("options") or {}
    for name, asked in (("gap", solver.gap), ("gap_location", solver.gap_location)):
        given = options.get(name)
        limit = float(given) if isinstance(given, int | float) else asked
        if record.get(name) is None and name == "gap_location":
            continue
        good = [value(record, name) <= limit + GAP_SLACK]
        shown = [str(record.get(name))]
        case.findings.true("status_optimal", _at(name), good, shown, f"≤ {limit:.10g}")


def _figures(case: Case) -> None:
    """Every key figure is what the tables give."""
    record, years = case.plan.record, case.plan.model.settings.periods
    _compared(case, "kpis", record.get("kpis") or {}, years[-1])
    by_year = record.get("kpis_by_year") or {}
    for year in years if len(years) > 1 else []:
        _compared(case, f"kpis_by_year.{year}", by_year.get(str(year)) or {}, year)


def _compared(case: Case, key: str, stated: dict[str, Any], year: int) -> None:
    expected = kpis(case.plan.tables, case.plan.model, year)
    names = sorted(set(stated) & set(expected))
    missing = unstated(stated, expected, Ledger(case.plan.tables, case.plan.model, year))
    place = FILE, pd.DataFrame({"key": [f"{key}.{name}" for name in missing]})
    case.findings.true("kpi_missing", place, np.zeros(len(missing), dtype=bool), "–")
    found = np.array([_figure(stated[name]) for name in names])
    wanted = np.array([_figure(expected[name]) for name in names])
    none = np.isnan(found) & np.isnan(wanted)
    place = FILE, pd.DataFrame({"key": [f"{key}.{name}" for name in names]})
    found, wanted = np.where(none, 0.0, found), np.where(none, 0.0, wanted)
    case.findings.equal("kpi", place, found, wanted, least=ROW)


def _figure(entry: Any) -> float:
    """The number of a key figure, NaN where it has none."""
    found = entry.get("value") if isinstance(entry, dict) else entry
    return float(found) if isinstance(found, int | float) else float("nan")


def check_files(case: Case) -> None:
    """The tables and the model's files are, byte by byte, those that were written."""
    folder = case.plan.folder
    manifest = case.plan.record.get("manifest") or {}
    if folder is None or not (folder / MODEL_FOLDER).is_dir():
        return
    for part, found in file_hashes(folder).items():
        recorded = manifest.get(part)
        if not recorded:
            continue
        names = sorted(set(recorded) | set(found))
        inside = f"{MODEL_FOLDER}/" if part == MODEL_FOLDER else ""
        place = FILE, pd.DataFrame({"file": [f"{inside}{name}" for name in names]})
        good = [recorded.get(name) == found.get(name) for name in names]
        shown, wanted = (
            [str(hashed.get(name, "–"))[:12] for name in names] for hashed in (found, recorded)
        )
        code = "model_file" if part == MODEL_FOLDER else "table_file"
        case.findings.true(code, place, good, shown, wanted)


def check_empty(case: Case) -> None:
    """A plan without an answer states no objective, bound gap or tables."""
    record = case.plan.record
    good = [record.get("objective_mcny") is None]
    case.findings.true("no_answer", _at("objective_mcny"), good, str(record.get("objective_mcny")))
    full = [name for name, frame in case.plan.tables.items() if len(frame)]
    case.findings.true("no_answer", (FILE, None), [not full], ", ".join(full))
