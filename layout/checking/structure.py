"""The tables themselves: known keys, no row twice, numbers that are numbers, nothing negative."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.checking.case import Case, keys
from layout.model.costs import COMPONENTS
from layout.plan.files import FILES

NATION = "nation"
EITHER_SIGN = ("retrofitted_eflops",)
_SIGNED = ("cost", "prices", "targets")
_REFERS = {
    "site": "sites",
    "zone": "zones",
    "kind": "kinds",
    "facility": "facilities",
    "workload": "workloads",
}
_VERDICTS = ("pass", "fail", "not_applicable")
_MET_BY = ("", "stock", "demand", "target", "not_met")


def check_structure(case: Case) -> bool:
    """Check every table's shape; False where the rest cannot be checked because of it."""
    before = len(case.findings.failures)
    tables = case.plan.tables
    filled = {name: tables[name].reset_index(drop=True) for name in FILES if len(tables[name])}
    for name, frame in filled.items():
        _known_keys(case, name, frame)
        _unique_rows(case, name, frame)
        _real_numbers(case, name, frame)
    readable = len(case.findings.failures) == before
    for name, frame in filled.items():
        if name not in _SIGNED:
            _no_negatives(case, name, frame)
    return readable


def _choices(case: Case, name: str) -> dict[str, set[str]]:
    """Column → labels that may stand in it."""
    model = case.plan.model
    known = {
        column: set(model[table][column])
        for column, table in _REFERS.items()
        if column in FILES[name].names
    }
    if name == "cost":
        known["site"] = known["site"] | {NATION}
        known["component"] = set(COMPONENTS)
    elif name == "units":
        known["origin"] = {"stock", "new", "retrofit"}
    elif name == "targets":
        known["target"] = {target.id for target in model.settings.targets}
        known["status"], known["met_by"] = set(_VERDICTS), set(_MET_BY)
    return known


def _known_keys(case: Case, name: str, frame: pd.DataFrame) -> None:
    place = keys(name, frame)
    for column, known in _choices(case, name).items():
        good = frame[column].isin(known).to_numpy()
        found = frame[column].to_numpy(dtype=object)
        expected = "; ".join(sorted(known)[:12])
        case.findings.true("unknown_key", place, good, found, expected)
    if name != "targets":
        years = list(case.plan.model.settings.periods)
        good = frame["year"].isin(years).to_numpy()
        found = frame["year"].to_numpy(dtype=object)
        case.findings.true("wrong_year", place, good, found, ", ".join(map(str, years)))


def _unique_rows(case: Case, name: str, frame: pd.DataFrame) -> None:
    again = frame.duplicated(list(FILES[name].key)).to_numpy()
    case.findings.true("duplicate_row", keys(name, frame), ~again, "2", "1")


def _real_numbers(case: Case, name: str, frame: pd.DataFrame) -> None:
    place = keys(name, frame)
    for column in FILES[name].columns:
        if column.type != "number":
            continue
        values = frame[column.name].to_numpy(dtype=float)
        good = np.isfinite(values) | (np.isnan(values) & column.empty)
        case.findings.true("not_a_number", place, good, values, column.name)


def _no_negatives(case: Case, name: str, frame: pd.DataFrame) -> None:
    place = keys(name, frame)
    for column in FILES[name].numbers:
        if column in EITHER_SIGN:
            continue
        values = frame[column].to_numpy(dtype=float)
        case.findings.true("negative", place, ~(values < 0), values, f"{column} ≥ 0")
