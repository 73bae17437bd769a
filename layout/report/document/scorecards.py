"""Scorecards: the plan under the headings by which the source documents judge a layout."""

from __future__ import annotations

from collections.abc import Mapping

from layout.plan.scorecard import CARDS, Line, Part, scorecard
from layout.report.document.aims import asked, value, verdict
from layout.report.document.blocks import Block, Paragraph, Row, Section, Table
from layout.report.document.matter import Matter
from layout.report.kpi_names import kpi_name
from layout.report.quantities import NOTHING
from layout.report.target_names import target_name


def scorecards(matter: Matter) -> Section:
    """The cards, each a table of figures with base year, target and verdict."""
    blocks: list[Block] = [Paragraph(matter.t("scorecards.reading"))]
    figures = matter.last.get("kpis") or {}
    targets = [one for one in matter.last.get("targets") or [] if isinstance(one, Mapping)]
    for card in CARDS:
        parts = scorecard(card, figures, targets, matter.view.plan.model)
        blocks.append(_table(matter, card, parts))
    return Section("scorecards", matter.t("title.scorecards"), blocks)


def _table(matter: Matter, card: str, parts: list[Part]) -> Table:
    rows = []
    for part in parts:
        name = matter.t(f"scorecards.{card}.{part.name}")
        rows.append(Row([name, *[""] * 4, _met(matter, part.verdicts)], "group", part.name))
        rows += [_row(matter, part, line) for line in part.lines]
        if not part.lines:
            rows.append(Row(["", matter.t("scorecards.nothing"), *[NOTHING] * 4]))
    head = matter.t("scorecards.head").split("|")
    caption = matter.t("scorecards.caption", card=matter.t(f"scorecards.{card}"))
    whole = _met(matter, {name: met for part in parts for name, met in part.verdicts.items()})
    caption = f"{caption} · {whole}" if whole else caption
    return Table(caption, head, rows, (0, 1, 5), (), f"scorecard-{card}", True)


def _met(matter: Matter, verdicts: Mapping[str, bool]) -> str:
    """How many of the targets are met; nothing where nothing is asked."""
    if not verdicts:
        return ""
    return matter.t("scorecards.met", met=sum(verdicts.values()), count=len(verdicts))


def _row(matter: Matter, part: Part, line: Line) -> Row:
    target = line.target
    said = (
        (NOTHING, NOTHING) if target is None else (asked(matter, target), verdict(matter, target))
    )
    if target is not None and not line.figure:
        shown = [value(target, "base_year_value"), value(target, "achieved")]
        key = f"{part.name}/{target.get('id')}"
        return Row(["", target_name(target, matter.names), *shown, *said], "", key)
    shown = [matter.figure(one, line.unit) for one in (line.base, line.value)]
    return Row(["", _name(matter, line.figure), *shown, *said], "", f"{part.name}/{line.figure}")


def _name(matter: Matter, figure: str) -> str:
    """What the card calls it: a key figure by its name, what is only here by its own."""
    own = matter.word(f"report.scorecards.figure.{figure}", "")
    return own or kpi_name(figure, matter.lang, matter.kind_names, matter.view.workload_names)
