"""A study of reasons in the report: what sites save, and what others would have to cost less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layout.labels.cleaning import clean
from layout.report.document.blocks import Block, Paragraph, Row, Table, dropped
from layout.report.document.folders import StudyFolder, amount, figure, portion
from layout.report.document.matter import Matter
from layout.report.quantities import NOTHING

_MOST = 20


def explain(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """Sites that are built on and what that saves; others and what building there would cost."""
    yield Paragraph(matter.t("explain.said"))
    rows = study.rows("explained_sites")
    built = [row for row in rows if amount(row.get("saves_mcny"), "mcny", matter) != NOTHING]
    other = [row for row in rows if amount(row.get("rise_mcny"), "mcny", matter) != NOTHING]
    if built:
        shown = [
            Row([_site(matter, row), amount(row.get("new_mw"), "MW", matter),
                 _span(matter, row, "saves")])
            for row in built[:_MOST]
        ]  # fmt: skip
        head = matter.t("explain.built.head").split("|")
        caption = matter.t("explain.built", span=matter.span)
        yield Table(caption, head, shown, (0,), (), "explained-built", True)
    if other:
        shown = [
            Row([_site(matter, row), amount(row.get("least_mw"), "MW", matter),
                 _span(matter, row, "rise"), portion(row.get("capital_fall")),
                 figure(row.get("power_fall_cny_per_kwh")),
                 clean(row.get("stopped_by") or "") or NOTHING])
            for row in other[:_MOST]
        ]  # fmt: skip
        head = matter.t("explain.other.head").split("|")
        caption = matter.t("explain.other", span=matter.span)
        table = Table(caption, head, shown, (0, 5), (), "explained-other", True)
        yield dropped(table) if all(row.cells[5] == NOTHING for row in shown) else table


def _site(matter: Matter, row: dict[str, Any]) -> str:
    return matter.names.site(str(row.get("site")))


def _span(matter: Matter, row: dict[str, Any], what: str) -> str:
    """An amount with what the proofs leave open."""
    middle, low, high = (amount(row.get(f"{what}{end}_mcny"), "mcny", matter)
                         for end in ("", "_least", "_most"))  # fmt: skip
    return f"{middle} ({low} … {high})" if NOTHING not in (low, high) else middle
