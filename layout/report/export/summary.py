"""What stands on the first sheet of the workbook: the words and numbers of the map page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layout.labels import has, text
from layout.report.flows import flows_left
from layout.report.heading import heading
from layout.report.panel import figure_records, target_records
from layout.report.view import View


def unit_word(unit: str, lang: str) -> str:
    """A unit of the tables in words, where there are any."""
    if unit in ("share", "ratio", "index", "standard racks"):
        return text(f"export.unit.{unit.split()[-1]}", lang)
    parts = unit.split("/")
    word = f"map.unit_word.{parts[0].lower()}"
    yearly = "/year" if lang == "en" else "/年"
    parts = [text(word, lang) if has(word) else parts[0], *parts[1:]]
    return "/".join(parts).replace("/year", yearly)


@dataclass(frozen=True)
class Figure:
    """A key figure: its number as it is in ``plan.json``, and as the map shows it."""

    key: str
    label: str
    value: float
    unit: str
    shown: str


@dataclass(frozen=True)
class Summary:
    """Title, what is proved, figures, targets, notes."""

    title: str
    subtitle: str
    status: str
    figures: tuple[Figure, ...]
    targets: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def summary(view: View, credit: str | None, date: str | None = None) -> Summary:
    """The summary of a plan at the end of its last period."""
    shown = figure_records(view)
    words = heading(view, {"figures": shown}, credit, date)
    kpis = view.plan.record.get("kpis") or {}
    figures = tuple(
        Figure(
            one["key"],
            one["label"],
            kpis[one["key"]]["value"],
            unit_word(str(kpis[one["key"]].get("unit") or ""), view.lang),
            one["shown"],
        )
        for one in shown
    )
    notes = [*words["notes"], text("export.note.digits", view.lang)]
    if left := flows_left(view):
        notes.append(left)
    return Summary(
        words["title"],
        words["subtitle"],
        words["status"],
        figures,
        tuple(target_records(view)),
        tuple(notes),
    )
