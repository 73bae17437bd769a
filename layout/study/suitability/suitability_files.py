"""The answer of `layout suitability` as a study: three tables and the record."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from layout.plan.files import INTEGER, NUMBER, TEXT, Column, PlanFile
from layout.study.folder import Study
from layout.study.runs.manifest import versions
from layout.study.suitability.scoring import Reason
from layout.study.suitability.suitability import Suitability
from layout.study.weighing.points import LEAST_KNOWN
from layout.study.weighing.reach import REACH_MS
from layout.study.weighing.robustness import SWING

SCORES = PlanFile(
    "suitability",
    ("site",),
    (
        *(Column(name, TEXT) for name in ("site", "province", "suitability_status")),
        *(Column(name, NUMBER, "", True) for name in ("score", "score_least", "score_greatest")),
        Column("known_share", NUMBER),
        *(Column(name, INTEGER) for name in ("site_rank", "rank_best", "rank_worst")),
        Column("top_share", NUMBER, "", True),
        *(Column(name, TEXT) for name in ("exclusions", "untested_limits", "page")),
    ),
)
PARTS = PlanFile(
    "parts",
    ("site", "criterion"),
    (
        *(Column(name, TEXT) for name in ("site", "criterion")),
        Column("criterion_value", NUMBER, "", True),
        *(Column(name, TEXT) for name in ("value_unit", "value_state")),
        Column("normalised", NUMBER, "", True),
        *(Column(name, NUMBER) for name in ("weight_share", "points")),
        Column("criterion_rank", INTEGER),
        *(Column(name, TEXT) for name in ("value_source", "value_confidence")),
    ),
)
WEIGHTS = PlanFile(
    "weights",
    ("criterion",),
    (
        Column("criterion", TEXT),
        Column("weight", NUMBER),
        Column("direction", TEXT),
        *(Column(name, NUMBER, "", True) for name in
          ("worst", "best", "exclude_below", "exclude_above")),
        *(Column(name, TEXT) for name in ("basis", "note_unit", "note_left_out")),
    ),
)  # fmt: skip
FILES = (SCORES, PARTS, WEIGHTS)


def study_of(found: Suitability, pages: dict[str, str] | None = None) -> Study:
    """``study.json`` with ``suitability.csv``, ``parts.csv`` and ``weights.csv``.

    `pages` is site → file of its page, relative to the study.
    """
    tables = {
        "suitability": _frame(SCORES, _scores(found, pages or {})),
        "parts": _frame(PARTS, _parts(found)),
        "weights": _frame(WEIGHTS, _weights(found)),
    }
    scored = found.scored
    excluded = int(scored.excluded.sum())
    record = {
        "format": 1,
        "study": "suitability",
        "model": found.model.name,
        "status": "scored",
        "sites": len(found.sites),
        "ranked": found.ranked,
        "excluded": excluded,
        "too_little_known": len(found.sites) - found.ranked - excluded,
        "example_weights": found.example,
        "left_out": dict(scored.left_out),
        "unweighed": found.unweighed,
        "rules": {
            "least_known_share": LEAST_KNOWN,
            "reach_ms": REACH_MS,
            "reach_basis": found.model.settings.latency.basis,
            "weight_swing": SWING,
            "draws": scored.spread.draws,
            "top": scored.spread.top,
        },
        "manifest": {"inputs": dict(found.model.inputs), "versions": versions()},
    }
    return Study(record, FILES, tables)


def _frame(file: PlanFile, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return file.frame(pd.DataFrame(rows, columns=file.names))


def said(reason: Reason) -> str:
    """A reason in the form of the tables: ``forbidden``, ``grid_headroom 12 < 50``."""
    if not reason.criterion:
        return reason.code
    sign = "<" if reason.code == "below" else ">"
    return f"{reason.criterion} {reason.value:.6g} {sign} {reason.limit:.6g}"


def _scores(found: Suitability, pages: dict[str, str]) -> list[dict[str, Any]]:
    from layout.names import province_of_site

    scored, province = found.scored, province_of_site(found.model)
    return [
        {
            "site": site,
            "province": province[site],
            "suitability_status": found.status(at),
            "score": scored.score[at],
            "score_least": scored.least[at],
            "score_greatest": scored.greatest[at],
            "known_share": scored.known[at],
            "site_rank": scored.rank[at],
            "rank_best": scored.spread.best[at],
            "rank_worst": scored.spread.worst[at],
            "top_share": scored.spread.share[at],
            "exclusions": ";".join(said(one) for one in scored.reasons[at]),
            "untested_limits": ";".join(scored.untested[at]),
            "page": pages.get(site, ""),
        }
        for at, site in enumerate(found.sites)
    ]


def state(value: float) -> str:
    """``known``, ``unlimited`` or ``missing``."""
    if math.isnan(value):
        return "missing"
    return "unlimited" if math.isinf(value) else "known"


def _parts(found: Suitability) -> list[dict[str, Any]]:
    scored = found.scored
    rows = []
    for column, weight in enumerate(scored.weights):
        criterion = found.criteria[weight.criterion]
        for at, site in enumerate(found.sites):
            value = float(criterion.value[at])
            rows.append(
                {
                    "site": site,
                    "criterion": weight.criterion,
                    "criterion_value": value if math.isfinite(value) else math.nan,
                    "value_unit": criterion.unit,
                    "value_state": state(value),
                    "normalised": scored.normal[at, column],
                    "weight_share": scored.share[at, column],
                    "points": scored.points[at, column],
                    "criterion_rank": scored.place[at, column],
                    "value_source": criterion.told.source[at],
                    "value_confidence": criterion.told.confidence[at],
                }
            )
    return rows


def _weights(found: Suitability) -> list[dict[str, Any]]:
    left_out = found.scored.left_out
    return [
        {
            "criterion": one.criterion,
            "weight": one.weight,
            "direction": one.direction,
            "worst": one.worst if one.worst != one.best else math.nan,
            "best": one.best if one.worst != one.best else math.nan,
            "exclude_below": one.exclude_below,
            "exclude_above": one.exclude_above,
            "basis": one.basis,
            "note_unit": found.criteria[one.criterion].unit,
            "note_left_out": left_out.get(one.criterion, ""),
        }
        for one in found.scored.weights
    ]
