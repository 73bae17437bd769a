"""The tables of an uncertainty study, declared once, and how they follow from its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.uncertainty.sensitivity import CONFIDENCE, given_data, saltelli

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.study.uncertainty.candidates import Candidates
    from layout.study.uncertainty.ranges import Range
    from layout.study.uncertainty.regret import Regrets
    from layout.study.uncertainty.sampling import Design

Floats = NDArray[np.float64]
Rows = Sequence[Mapping[str, Any]]
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
COST, CARBON = "cost_mcny", "carbon_kt"
SHORT_EFLOPS = 1e-6
FIGURES = (COST, "bound_mcny", "gap", CARBON)


def _text(*names: str, empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, TEXT, "", empty) for name in names)


def _number(unit: str, *names: str, empty: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, NUMBER, unit, empty) for name in names)


SAMPLE = Column("sample", INTEGER)
SAMPLES = PlanFile(
    "samples",
    ("sample",),
    (
        SAMPLE,
        *_text("status"),
        *_number("mcny", "cost_mcny", "bound_mcny", empty=True),
        *_number("", "gap", empty=True),
        *_number("kt", "carbon_kt", empty=True),
        *_text("verified", "stands_by", empty=True),
    ),
)
INPUTS = PlanFile(
    "sample_inputs",
    ("sample", "path"),
    (SAMPLE, *_text("path", "set_to"), *_number("", "quantile")),
)
SPREADS = PlanFile(
    "spread",
    ("measure",),
    (
        *_text("measure", "unit"),
        Column("samples", INTEGER),
        *_number("", "mean", "deviation", "lowest", *QUANTILES, "highest"),
    ),
)
SENSITIVITY = PlanFile(
    "sensitivity",
    ("measure", "site", "input"),
    (
        *_text("measure"),
        *_text("site", empty=True),
        *_text("input"),
        *_number("", "first_order", "first_order_low", "first_order_high"),
        *_number("", "total_order", "rank_coefficient", empty=True),
    ),
)
BUILDING = PlanFile(
    "building",
    ("site",),
    (
        *_text("site"),
        *_number("", "probability", "probability_low", "probability_high", "probability_opened"),
        *_number("MW", "added_mean_mw", "added_p05_mw", "added_p50_mw", "added_p95_mw"),
    ),
)
ODDS = PlanFile(
    "target_odds",
    ("target", "year"),
    (
        *_text("target"),
        Column("year", INTEGER),
        *_number("", "probability", "probability_low", "probability_high"),
        *_number("", "achieved_p05", "achieved_p50", "achieved_p95", empty=True),
    ),
)
CANDIDATES = PlanFile(
    "candidates",
    ("candidate",),
    (
        *_text("candidate"),
        Column("stands_for", INTEGER),
        Column("cannot_operate", INTEGER),
        Column("short_of_demand", INTEGER),
        *_number("mcny", "worst_mcny", "worst_least_mcny", "worst_most_mcny", empty=True),
        *_number("mcny", "expected_mcny", "expected_least_mcny", "expected_most_mcny", empty=True),
        *_text("chosen_by", empty=True),
    ),
)
REGRET = PlanFile(
    "regret",
    ("candidate", "sample"),
    (
        *_text("candidate"),
        SAMPLE,
        *_text("status"),
        *_number("mcny", "cost_mcny", "regret_mcny", "regret_least_mcny", empty=True),
        *_number("mcny", "regret_most_mcny", empty=True),
        *_number("EFLOPS", "unserved_eflops", empty=True),
    ),
)
FILES = (SAMPLES, INPUTS, SPREADS, SENSITIVITY, BUILDING, ODDS, CANDIDATES, REGRET)


# --- samples --------------------------------------------------------------------------------------


def samples_table(answers: Rows, stands_by: Mapping[int, str]) -> pd.DataFrame:
    """samples.csv: what became of every sample, and which candidate stands for its decisions."""
    rows = [
        {
            "sample": number,
            "status": one["status"],
            **{name: _known(one.get(name)) for name in FIGURES},
            "verified": "yes" if one.get("verified") else "",
            "stands_by": stands_by.get(number, ""),
        }
        for number, one in enumerate(answers, start=1)
    ]
    return SAMPLES.frame(pd.DataFrame(rows))


def inputs_table(design: Design, ranges: Sequence[Range]) -> pd.DataFrame:
    """sample_inputs.csv: what every sample sets, and at which quantile."""
    at = {one.path: design.inputs.index(one.input) for one in ranges}
    rows = [
        (number, path, words, float(design.quantiles[number - 1, at[path]]))
        for number, texts in enumerate(design.texts, start=1)
        for path, words in texts.items()
    ]
    return INPUTS.frame(pd.DataFrame(rows, columns=INPUTS.names))


def outputs_of(answers: Rows, units: Mapping[str, str]) -> dict[str, tuple[str, Floats]]:
    """Measure → unit and its value in every sample, NaN where there is none."""
    names = sorted({name for one in answers for name in one.get("kpis") or ()})
    table = {
        name: (units.get(name, ""), _column([(one.get("kpis") or {}).get(name) for one in answers]))
        for name in names
    }
    for name, unit in ((COST, "mcny"), (CARBON, "kt")):
        table[name] = (unit, _column([one.get(name) for one in answers]))
    return table


def added_of(answers: Rows, sites: Sequence[str]) -> Floats:
    """MW of IT added, by sample and site; NaN where a sample has no plan."""
    found = np.full((len(answers), len(sites)), np.nan)
    for row, one in enumerate(answers):
        if one.get("sites") is not None:
            found[row] = [one["sites"].get(s, {}).get("added_it_mw", 0.0) for s in sites]
    return found


def opened_of(answers: Rows, sites: Sequence[str]) -> Floats:
    """1 where a sample opens a site, by sample and site; NaN where it has no plan."""
    found = np.full((len(answers), len(sites)), np.nan)
    for row, one in enumerate(answers):
        if one.get("sites") is not None:
            found[row] = [one["sites"].get(s, {}).get("opened", 0.0) for s in sites]
    return found


# --- spread ---------------------------------------------------------------------------------------


def spread_table(outputs: Mapping[str, tuple[str, Floats]]) -> pd.DataFrame:
    """spread.csv: mean, deviation and quantiles of cost and every key figure."""
    rows = []
    for name, (unit, values) in outputs.items():
        known = values[np.isfinite(values)]
        if not len(known):
            continue
        marks = dict(zip(QUANTILES, np.quantile(known, list(QUANTILES.values())), strict=True))
        rows.append(
            {
                "measure": name,
                "unit": unit,
                "samples": len(known),
                "mean": known.mean(),
                "deviation": known.std(ddof=1) if len(known) > 1 else 0.0,
                "lowest": known.min(),
                "highest": known.max(),
                **marks,
            }
        )
    return SPREADS.frame(pd.DataFrame(rows) if rows else None)


def building_table(added: Floats, opened: Floats, sites: Sequence[str]) -> pd.DataFrame:
    """building.csv: share of the samples in which a site is added to or opened, and how much."""
    known = np.isfinite(added).all(axis=1)
    mw, new = added[known], opened[known]
    if not len(mw):
        return BUILDING.frame()
    built = (mw > 0) | (new > 0)
    low, high = wilson(built.sum(axis=0), len(mw))
    marks = np.quantile(mw, [0.05, 0.5, 0.95], axis=0)
    rows = {
        "site": list(sites),
        "probability": built.mean(axis=0),
        "probability_low": low,
        "probability_high": high,
        "probability_opened": new.mean(axis=0),
        "added_mean_mw": mw.mean(axis=0),
        **dict(zip(("added_p05_mw", "added_p50_mw", "added_p95_mw"), marks, strict=True)),
    }
    return BUILDING.frame(pd.DataFrame(rows))


def odds_table(answers: Rows) -> pd.DataFrame:
    """target_odds.csv: share of the samples in which a target is met, and what it reaches."""
    found: dict[tuple[str, int], list[tuple[bool, Any]]] = {}
    for one in answers:
        for key, (achieved, met) in (one.get("targets") or {}).items():
            found.setdefault(key, []).append((met, achieved))
    rows = []
    for (name, year), seen in sorted(found.items()):
        met = sum(good for good, _ in seen)
        low, high = wilson(np.array([met]), len(seen))
        values = _column([value for _, value in seen])
        values = values[np.isfinite(values)]
        marks = np.quantile(values, [0.05, 0.5, 0.95]) if len(values) else [np.nan] * 3
        rows.append((name, year, met / len(seen), low[0], high[0], *marks))
    return ODDS.frame(pd.DataFrame(rows, columns=ODDS.names) if rows else None)


def wilson(hits: NDArray[np.integer[Any]], count: int) -> tuple[Floats, Floats]:
    """The interval of a share of `count` samples (Wilson 1927), at the confidence of the study."""
    from scipy.special import ndtri

    z = float(ndtri(0.5 + CONFIDENCE / 2))
    share = hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    wide = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    wide = wide / (1 + z * z / count)
    return np.clip(middle - wide, 0.0, 1.0), np.clip(middle + wide, 0.0, 1.0)


# --- sensitivity ----------------------------------------------------------------------------------


def sensitivity_table(
    design: Design,
    outputs: Mapping[str, tuple[str, Floats]],
    added: Floats,
    sites: Sequence[str],
    seed: int,
) -> pd.DataFrame:
    """sensitivity.csv: of cost, carbon, and the MW added at every site that varies."""
    rows: list[tuple[Any, ...]] = []
    asked: list[tuple[str, str, Floats]] = [(name, "", outputs[name][1]) for name in (COST, CARBON)]
    asked += [
        ("added_it_mw", site, added[:, at])
        for at, site in enumerate(sites)
        if np.nanmax(added[:, at], initial=0.0) > 0
    ]
    for measure, site, values in asked:
        if design.base is None:
            indices = given_data(design.quantiles, values, seed)
        else:
            indices = saltelli(design.base, values, seed)
        for name, one in zip(design.inputs, indices, strict=True):
            if one is not None:
                rank = np.nan if one.rank is None else one.rank
                total = np.nan if one.total is None else one.total
                rows.append((measure, site, name, one.first, one.low, one.high, total, rank))
    return SENSITIVITY.frame(pd.DataFrame(rows, columns=SENSITIVITY.names) if rows else None)


# --- regret ---------------------------------------------------------------------------------------


def candidates_table(
    names: Sequence[str], chosen: Candidates, found: Regrets, cost: Floats, unserved: Floats
) -> pd.DataFrame:
    """candidates.csv: worst and expected regret of every candidate, and which choice takes it."""
    best = {"min_max": found.worst.best(), "min_expected": found.mean.best()}
    rows = {
        "candidate": list(names),
        "stands_for": [chosen.of.count(number) for number in range(len(names))],
        "cannot_operate": np.isnan(cost).sum(axis=1).astype(int),
        "short_of_demand": (np.nan_to_num(unserved) > SHORT_EFLOPS).sum(axis=1).astype(int),
        "chosen_by": [
            ";".join(key for key, one in best.items() if one == number)
            for number in range(len(names))
        ],
    }
    for word, spread in (("worst", found.worst), ("expected", found.mean)):
        rows[f"{word}_mcny"] = _finite(spread.value)
        rows[f"{word}_least_mcny"] = _finite(spread.least)
        rows[f"{word}_most_mcny"] = _finite(spread.most)
    return CANDIDATES.frame(pd.DataFrame(rows))


def regret_table(
    names: Sequence[str],
    samples: Sequence[int],
    status: Sequence[Sequence[str]],
    cost: Floats,
    unserved: Floats,
    found: Regrets,
) -> pd.DataFrame:
    """regret.csv: what operating every candidate costs in every sample, and its regret."""
    rows = [
        (
            name,
            number,
            status[row][column],
            cost[row, column],
            *_finite(
                np.array([part[row, column] for part in (found.value, found.least, found.most)])
            ),
            unserved[row, column],
        )
        for row, name in enumerate(names)
        for column, number in enumerate(samples)
    ]
    return REGRET.frame(pd.DataFrame(rows, columns=REGRET.names) if rows else None)


def _finite(values: Floats) -> Floats:
    found: Floats = np.where(np.isfinite(values), values, np.nan)
    return found


def _known(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _column(values: Sequence[Any]) -> Floats:
    return np.array([_known(value) for value in values], dtype=float)


def site_names(model: PlanningModel) -> list[str]:
    """The sites of a model, in order."""
    return [str(site) for site in model["sites"]["site"]]
