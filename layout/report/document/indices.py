"""An index of provinces in the report: what it is not, every province before and after, weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layout.report.document.blocks import Block, Paragraph, Row, Table
from layout.report.document.folders import StudyFolder, figure
from layout.report.document.matter import Matter
from layout.report.quantities import NOTHING
from layout.study.index.naming import indicator_name

COLUMNS = ("rank_after", "province", "index_after", "index_before", "index_change", "rank_before",
           "index_whole", "rank_whole")  # fmt: skip
WEIGHTS = ("criterion", "weight", "direction", "worst", "best")


def index(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """That it is not the published index, whose weights, the ranking, and what every weight is."""
    own = "example" if study.record.get("example_weights") else "own"
    yield Paragraph(matter.word("index.never", ""), "warn")
    yield Paragraph(matter.word(f"suitability.weights.{own}", ""))
    rows = sorted(study.rows("index"), key=lambda row: (_place(row), str(row["province"])))
    head = [matter.word(f"plan.column.{key}", key) for key in COLUMNS]
    body = [Row([_cell(matter, row, key) for key in COLUMNS], "", str(row["province"]))
            for row in rows]  # fmt: skip
    title = matter.word("plan.file.index", "")
    yield Table(title, head, body, (1,), (), f"{name}-index", fine=True)
    yield _weights(matter, study, name)


def _weights(matter: Matter, study: StudyFolder, name: str) -> Table:
    head = [matter.word(f"suitability.column.{key}", key) for key in WEIGHTS]
    body = [
        Row(
            [
                indicator_name(str(row["criterion"]), matter.names),
                figure(row.get("weight")),
                matter.word(f"suitability.direction.{row['direction']}", str(row["direction"])),
                *(figure(row.get(key)) for key in ("worst", "best")),
            ]
        )
        for row in study.rows("weights")
    ]
    caption = matter.word("suitability.weights.title", "")
    return Table(caption, head, body, (0, 2), (), f"{name}-weights", fine=True)


def _place(row: dict[str, Any]) -> int:
    """Rank after the plan; those without one come last."""
    said = str(row.get("rank_after"))
    return int(said) if said.isdecimal() and int(said) else 10**6


def _cell(matter: Matter, row: dict[str, Any], key: str) -> str:
    if key == "province":
        return matter.province(str(row[key]))
    found = figure(row.get(key))
    return NOTHING if key.startswith("rank") and found == "0" else found
