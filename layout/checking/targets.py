"""Targets measured again from the tables, their verdicts and penalties; prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from layout.checking.case import Case, keyed, keys
from layout.checking.findings import ROW, Place
from layout.checking.structure import NATION
from layout.model.costs import DEFAULT_PENALTY
from layout.plan.measures import FAIL, NOT_APPLICABLE, Reading
from layout.plan.terms import SHORTFALL_UNIT

_COLUMNS = ("base_year_value", "achieved", "outturn", "required", "slack")


def check_targets(case: Case) -> None:
    """``targets``, its copy in the record, and hard targets kept."""
    found = case.readings
    _table(case, found)
    _entries(case, found)
    _hard(case, found)


def _expected(found: list[Reading]) -> pd.DataFrame:
    return pd.DataFrame(
        [reading.row() for reading in found], columns=["target", *_COLUMNS, "scope", "status"]
    ).set_index("target")


def _table(case: Case, found: list[Reading]) -> None:
    """One row per target and year; every figure and verdict is what the tables give."""
    frame, expected = case.table("targets"), _expected(found)
    counted = frame["target"].value_counts().reindex(expected.index, fill_value=0)
    case.findings.true("target_row", keyed("targets.csv", expected.index), counted == 1,
                       counted.to_numpy(), "1")  # fmt: skip
    asked = frame["target"].isin(expected.index).to_numpy()
    case.findings.true("target_row", keys("targets", frame), asked, "1", "–")
    expected = expected.reindex(frame["target"])
    place = keys("targets", frame)
    for column in _COLUMNS:
        _figure(case, "target_figure", place, frame[column], expected[column])
    for column in ("scope", "status"):
        wanted = expected[column].to_numpy(dtype=object)
        same = frame[column].to_numpy(dtype=object) == wanted
        case.findings.true(f"target_{column}", place, same, frame[column].to_numpy(object), wanted)
    missed = (frame["met_by"] == "not_met") == (frame["status"] == FAIL)
    case.findings.true("target_met_by", place, missed, frame["met_by"].to_numpy(object))


def _figure(case: Case, code: str, place: Place, found: Any, expected: Any) -> None:
    """Equal numbers, an empty cell where there is none."""
    left, right = (np.asarray(part, dtype=float) for part in (found, expected))
    both = np.isnan(left) & np.isnan(right)
    case.findings.equal(code, place, np.where(both, 0, left), np.where(both, 0, right), least=ROW)


def _entries(case: Case, found: list[Reading]) -> None:
    """The record and the table repeat the same figures and verdicts."""
    entries = case.plan.record.get("targets") or []
    listed = [entry for entry in entries if isinstance(entry, dict)]
    mine = case.reports(pd.Series([entry.get("year") for entry in listed], dtype=object))
    stated = {entry.get("id"): entry for entry, own in zip(listed, mine, strict=True) if own}
    names = [reading.target.id for reading in found]
    place = "plan.json", pd.DataFrame({"target": names})
    present = [name in stated for name in names]
    case.findings.true("target_row", place, present, "–", "1")
    chosen = [reading for reading in found if reading.target.id in stated]
    place = "plan.json", pd.DataFrame({"target": [reading.target.id for reading in chosen]})
    wanted = [reading.status for reading in chosen]
    status = [str(stated[reading.target.id].get("status")) for reading in chosen]
    same = [one == other for one, other in zip(status, wanted, strict=True)]
    case.findings.true("target_status", place, same, status, wanted)
    for key, values in (
        ("achieved", [reading.achieved for reading in chosen]),
        ("slack", [reading.slack for reading in chosen]),
        ("shadow_cost_mcny", _listed(case, "shadow_cost_mcny", place)),
    ):
        given = [stated[reading.target.id].get(key) for reading in chosen]
        _figure(case, "target_figure", place, given, values)


def _listed(case: Case, column: str, place: tuple[str, pd.DataFrame]) -> Any:
    """A column of ``targets`` in the order of the place."""
    table = case.table("targets").drop_duplicates("target").set_index("target")
    return table[column].reindex(place[1]["target"]).to_numpy(dtype=float)


def _hard(case: Case, found: list[Reading]) -> None:
    """A hard target is met, or cannot be measured."""
    hard = [reading for reading in found if reading.target.mode == "hard"]
    place = "targets.csv", pd.DataFrame({"target": [reading.target.id for reading in hard]})
    good = [reading.status != FAIL for reading in hard]
    shown = ["–" if r.achieved is None else f"{r.achieved:.10g}" for r in hard]
    signs = {"at_least": "≥", "at_most": "≤"}
    wanted = [f"{signs[r.target.sense]} {r.target.value:.10g}" for r in hard]
    case.findings.true("hard_target", place, good, shown, wanted)


def penalty_of(target: Any) -> float:
    """mcny per unit of shortfall of a soft target's numerator."""
    if target.penalty is not None:
        return float(target.penalty)
    return DEFAULT_PENALTY[SHORTFALL_UNIT[target.measure]]


def check_penalty(years: Sequence[Case]) -> None:
    """penalty = Σ over years, weighted, of unserved × its price + shortfalls × theirs."""
    expected = sizes = stated = 0.0
    for case in years:
        amount, size = _penalty(case)
        expected, sizes = expected + case.weight * amount, sizes + case.weight * size
        cost = case.table("cost")
        stated += float(cost[cost["component"] == "penalty"]["mcny"].sum())
    place = keyed("cost.csv", pd.Index([f"{NATION}, penalty"], name="site"))
    years[-1].findings.equal("penalty", place, stated, expected, size=sizes, least=ROW)


def _penalty(case: Case) -> tuple[float, float]:
    """The penalties of a year, mcny a year, and the size of what they are a difference of."""
    left = case.table("unserved")
    price = np.nan_to_num(case.unserved_price(left["workload"]))
    expected = float((price * left["unserved_eflops"]).sum())
    sizes = expected
    for reading in case.readings:
        if reading.target.mode != "soft" or reading.status == NOT_APPLICABLE:
            continue
        each = penalty_of(reading.target)
        expected += each * reading.shortfall
        ratio = reading.ratio
        sizes += each * abs(ratio.numerator) if ratio is not None else 0.0
    return expected, sizes


def check_prices(case: Case) -> None:
    """A price for every demand, and only for those."""
    frame, demand = case.table("prices"), case.facts.demand
    wanted = pd.MultiIndex.from_frame(demand[["zone", "workload"]])
    given = pd.MultiIndex.from_frame(frame[["zone", "workload"]])
    case.findings.true("price_missing", keyed("prices.csv", wanted), wanted.isin(given), "–")
    every = case.plan.model["demand"]
    known = pd.MultiIndex.from_frame(every[every["year"] == case.year][["zone", "workload"]])
    case.findings.true("price_unasked", keys("prices", frame), given.isin(known), "1", "–")
