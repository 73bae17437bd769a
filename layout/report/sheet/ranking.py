"""The ranking of all sites on one printed page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from layout.labels import has, text
from layout.labels.cleaning import clean
from layout.report.quantities import NOTHING, number, share
from layout.report.sheet.desk import Desk
from layout.report.sheet.shell import sheet
from layout.report.sheet.wording import criterion_name, shown

if TYPE_CHECKING:
    from layout.study.weighing.weights import Weight


def ranking(desk: Desk) -> str:
    """All sites in their order, the weights, and how it was done."""
    rows = [
        {
            **desk.standing(at),
            "name": desk.name(at),
            "page": desk.files.get(desk.found.sites[at], ""),
            "province": desk.homes[at],
            "score_share": max(0.0, float(np.nan_to_num(desk.scored.score[at]))) / 100,
            "why": [desk.reason(one) for one in desk.scored.reasons[at]],
        }
        for at in desk.found.order
    ]
    counts = {name: sum(row["status"] == name for row in rows) for name in
              ("ranked", "excluded", "too_little_known")}  # fmt: skip
    return sheet(
        "ranking.html",
        desk.lang,
        title=desk.t("ranking.title"),
        answer=_answer(desk),
        rows=rows,
        counts=desk.t("ranking.counts", count=len(rows), **counts),
        weights=_weight_rows(desk),
        **desk.common,
    )


def _answer(desk: Desk) -> str:
    """Who leads, and how surely."""
    firm = desk.scored.spread.share
    first = [at for at in desk.found.order if 0 < desk.scored.rank[at] <= 3]
    if not first:
        return desk.t("ranking.none")
    comma = text("cli.comma", desk.lang)
    names = comma.join(
        desk.t("ranking.first", name=desk.name(at), score=number(float(desk.scored.score[at])))
        for at in first
    )
    sure = int((np.nan_to_num(firm) >= 1).sum())
    return desk.t("ranking.answer", names=names, sure=sure, top=desk.scored.spread.top)


def _weight_rows(desk: Desk) -> list[dict[str, str]]:
    total = sum(desk.scored.weights[at].weight for at in desk.found.used)
    rows = []
    for at in desk.found.used:
        one = desk.scored.weights[at]
        unit = desk.found.criteria[one.criterion].unit
        how = f"suitability.how.{one.criterion}"
        rows.append(
            {
                "name": criterion_name(one.criterion, desk.lang),
                "weight": number(one.weight),
                "share": share(one.weight / total),
                "direction": desk.t(f"direction.{one.direction}"),
                "worst": shown(one.worst, unit, desk.lang),
                "best": shown(one.best, unit, desk.lang),
                "limits": _limits_of(desk, one, unit),
                "known": number(int(desk.found.criteria[one.criterion].known.sum())),
                "how": text(how, desk.lang) if has(how) else desk.t("how.own"),
                "basis": clean(one.basis) if not desk.found.example else "",
            }
        )
    return rows


def _limits_of(desk: Desk, one: Weight, unit: str) -> str:
    found = [
        f"{sign} {shown(limit, unit, desk.lang)}"
        for sign, limit in (("<", one.exclude_below), (">", one.exclude_above))
        if not math.isnan(limit)
    ]
    return ", ".join(found) or NOTHING
