"""The answer of `layout index` as a study: three tables and the record."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from layout.labels import LANGUAGES, text
from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.folder import Study
from layout.study.index.index import ComputeIndex
from layout.study.index.indicators import MOMENTS
from layout.study.runs.manifest import versions
from layout.study.weighing.points import LEAST_KNOWN
from layout.study.weighing.robustness import SWING

INDEX = PlanFile(
    "index",
    ("province",),
    (
        Column("province", TEXT),
        *(Column(name, NUMBER, "", True) for name in
          ("index_before", "index_after", "index_change", "index_whole")),
        *(Column(name, INTEGER) for name in
          ("rank_before", "rank_after", "rank_best", "rank_worst", "rank_whole")),
        *(Column(name, NUMBER) for name in ("known_before", "known_after", "known_whole")),
    ),
)  # fmt: skip
PARTS = PlanFile(
    "index_parts",
    ("province", "criterion", "moment"),
    (
        *(Column(name, TEXT) for name in ("province", "criterion", "moment")),
        Column("criterion_value", NUMBER, "", True),
        *(Column(name, TEXT) for name in ("value_unit", "value_state")),
        Column("normalised", NUMBER, "", True),
        *(Column(name, NUMBER) for name in ("weight_share", "points")),
        *(Column(name, NUMBER, "", True) for name in ("whole_share", "whole_points")),
    ),
)
WEIGHTS = PlanFile(
    "weights",
    ("criterion",),
    (
        Column("criterion", TEXT),
        Column("weight", NUMBER),
        Column("direction", TEXT),
        *(Column(name, NUMBER, "", True) for name in ("worst", "best")),
        *(Column(name, TEXT) for name in ("basis", "note_unit", "note_left_out")),
    ),
)
FILES = (INDEX, PARTS, WEIGHTS)
ASIDE = "one_sided"
"""Why an indicator has no part in the comparison: the base year or the plan does not know it."""


def study_of(found: ComputeIndex) -> Study:
    """``study.json`` with ``index.csv``, ``index_parts.csv`` and ``weights.csv``."""
    model = found.plan.model
    inputs = (found.plan.record.get("manifest") or {}).get("inputs") or model.inputs
    record = {
        "study": "index",
        "model": str(found.plan.record.get("model") or model.name),
        "status": "scored",
        "published_index": False,
        "note": {lang: text("index.never", lang) for lang in LANGUAGES},
        "base_year": model.settings.base_year,
        "year": found.year,
        "provinces": len(found.provinces),
        "ranked_before": int((found.rank_before > 0).sum()),
        "ranked_after": int((found.rank_after > 0).sum()),
        "example_weights": found.example,
        "weights": {one.criterion: one.weight for one in found.scale.weights},
        "left_out": left_out(found),
        "rules": {
            "least_known_share": LEAST_KNOWN,
            "weight_swing": SWING,
            "draws": found.spread.draws,
            "latency_basis": model.settings.latency.basis,
        },
        "in_objective": False,
        "manifest": {"inputs": dict(inputs), "versions": versions()},
    }
    tables = {
        "index": _frame(INDEX, _rows(found)),
        "index_parts": _frame(PARTS, _parts(found)),
        "weights": _frame(WEIGHTS, _weights(found)),
    }
    return Study(record, FILES, tables)


def left_out(found: ComputeIndex) -> dict[str, str]:
    """Indicator → why it has no part in the comparison."""
    return {**found.scale.left_out, **dict.fromkeys(found.aside, ASIDE)}


def _frame(file: PlanFile, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return file.frame(pd.DataFrame(rows, columns=file.names))


def _rows(found: ComputeIndex) -> list[dict[str, Any]]:
    count = len(found.provinces)
    change = np.round(found.after - found.before, 2)
    return [
        {
            "province": province,
            "index_before": found.before[at],
            "index_after": found.after[at],
            "index_change": change[at] + 0.0,
            "index_whole": found.whole.score[at],
            "rank_before": found.rank_before[at],
            "rank_after": found.rank_after[at],
            "rank_best": found.spread.best[at],
            "rank_worst": found.spread.worst[at],
            "rank_whole": found.rank_whole[at],
            "known_before": found.both.known[at],
            "known_after": found.both.known[count + at],
            "known_whole": found.whole.known[at],
        }
        for at, province in enumerate(found.provinces)
    ]


def state(value: float) -> str:
    """``known``, ``unlimited`` or ``missing``."""
    if math.isnan(value):
        return "missing"
    return "unlimited" if math.isinf(value) else "known"


def _parts(found: ComputeIndex) -> list[dict[str, Any]]:
    count, rows = len(found.provinces), []
    for column, weight in enumerate(found.scale.weights):
        unit = found.criteria[weight.criterion].unit
        for moment, name in enumerate(MOMENTS):
            for at, province in enumerate(found.provinces):
                value, row = found.value(weight.criterion, at, moment), moment * count + at
                whole = found.whole if moment else None
                rows.append(
                    {
                        "province": province,
                        "criterion": weight.criterion,
                        "moment": name,
                        "criterion_value": value if math.isfinite(value) else math.nan,
                        "value_unit": unit,
                        "value_state": state(value),
                        "normalised": found.scale.normal[row, column],
                        "weight_share": found.both.share[row, column],
                        "points": found.both.points[row, column],
                        "whole_share": whole.share[at, column] if whole else math.nan,
                        "whole_points": whole.points[at, column] if whole else math.nan,
                    }
                )
    return rows


def _weights(found: ComputeIndex) -> list[dict[str, Any]]:
    reasons = left_out(found)
    return [
        {
            "criterion": one.criterion,
            "weight": one.weight,
            "direction": one.direction,
            "worst": one.worst if one.worst != one.best else math.nan,
            "best": one.best if one.worst != one.best else math.nan,
            "basis": one.basis,
            "note_unit": found.criteria[one.criterion].unit,
            "note_left_out": reasons.get(one.criterion, ""),
        }
        for one in found.scale.weights
    ]
