"""A suitability study in the report: the first sites, those excluded, and the weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layout.labels.cleaning import clean
from layout.report.document.blocks import Block, Paragraph, Row, Table
from layout.report.document.folders import StudyFolder
from layout.report.document.matter import Matter
from layout.report.quantities import NOTHING, known, number, share
from layout.report.sheet.wording import criterion_name

MOST = 16


def scores(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """Whose weights, the ranking, what was ruled out, and what every weight is."""
    own = "example" if study.record.get("example_weights") else "own"
    yield Paragraph(matter.word(f"suitability.weights.{own}", ""))
    yield Paragraph(matter.word("suitability.rule.aside", ""), "note")
    rows = study.rows("suitability")
    ranked = [row for row in rows if row.get("suitability_status") == "ranked"]
    ranked.sort(key=lambda row: (_value(row, "site_rank"), str(row["site"])))
    if ranked:
        yield _ranking(matter, study, ranked, name)
    excluded = [row for row in rows if row.get("suitability_status") == "excluded"]
    if excluded:
        yield _excluded(matter, excluded, name)
    yield _weights(matter, study, name)


def _ranking(matter: Matter, study: StudyFolder, ranked: list[dict[str, Any]], name: str) -> Table:
    top = str((study.record.get("rules") or {}).get("top", 10))
    head = [matter.word(f"suitability.column.{key}", key) for key in
            ("rank", "site", "score", "span", "top", "known")]  # fmt: skip
    head[4] = head[4].format(top=top)
    body = [
        Row(
            [
                number(_value(row, "site_rank")),
                matter.names.site(str(row["site"])),
                number(_value(row, "score")),
                _span(row),
                share(_value(row, "top_share")),
                share(_value(row, "known_share")),
            ],
            "",
            str(row["site"]),
        )
        for row in ranked[:MOST]
    ]
    caption = matter.t("studies.table", table=matter.word("suitability.ranking.title", ""),
                       shown=len(body), rows=len(ranked))  # fmt: skip
    return Table(caption, head, body, (1,), (), f"{name}-scores", fine=True)


def _excluded(matter: Matter, excluded: list[dict[str, Any]], name: str) -> Table:
    head = [matter.word("suitability.column.site", ""), matter.word("plan.column.exclusions", "")]
    body = [
        Row([matter.names.site(str(row["site"])), _reasons(matter, str(row["exclusions"]))])
        for row in excluded[:MOST]
    ]
    caption = matter.t("studies.table", table=matter.word("suitability.status.excluded", ""),
                       shown=len(body), rows=len(excluded))  # fmt: skip
    return Table(caption, head, body, (0, 1), (), f"{name}-excluded", fine=True)


def _weights(matter: Matter, study: StudyFolder, name: str) -> Table:
    keys = ("criterion", "weight", "direction", "worst", "best")
    head = [matter.word(f"suitability.column.{key}", key) for key in keys]
    body = [
        Row(
            [
                criterion_name(str(row["criterion"]), matter.lang),
                number(_value(row, "weight")),
                matter.word(f"suitability.direction.{row['direction']}", str(row["direction"])),
                *(number(_value(row, key)) for key in ("worst", "best")),
            ]
        )
        for row in study.rows("weights")
    ]
    caption = matter.word("suitability.weights.title", "")
    return Table(caption, head, body, (0, 2), (), f"{name}-weights", fine=True)


def _value(row: dict[str, Any], key: str) -> float:
    """A cell as a number; NaN where it is none."""
    try:
        return float(row.get(key) or "nan")
    except (TypeError, ValueError):
        return float("nan")


def _span(row: dict[str, Any]) -> str:
    ends = [_value(row, key) for key in ("rank_best", "rank_worst")]
    return " – ".join(dict.fromkeys(number(one) for one in ends)) if known(ends[0]) else NOTHING


def _reasons(matter: Matter, said: str) -> str:
    found = []
    for one in said.split(";"):
        words = matter.word(f"suitability.reason.{one}", "")
        parts = clean(one).rsplit(" ", 3)
        found.append(words or " ".join([criterion_name(parts[0], matter.lang), *parts[1:]]))
    return "; ".join(found)
