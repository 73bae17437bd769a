"""What a notebook shows of a plan: its status and headlines, the map, figures and targets."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from layout.labels import text
from layout.labels.cleaning import clean
from layout.report.boundaries import shipped_boundaries
from layout.report.colours import INK, MUTE
from layout.report.heading import HTML_LANG, heading
from layout.report.page import map_page
from layout.report.panel import figure_records, target_records
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan

HEIGHT = 720
_CELL = "text-align:left;padding:2px 12px 2px 0;white-space:normal;max-width:44em"


def notebook_html(plan: Plan, lang: str, height: int = HEIGHT) -> str:
    """HTML without a script of its own; the map stands in a frame that reaches nothing else."""
    view = View(plan, shipped_boundaries(), lang)
    figures = figure_records(view)
    words = heading(view, {"figures": figures}, None)
    rows = [(one["label"], one["shown"]) for one in figures]
    aims = [
        (f"{one['mark']} {one['verdict']}", one["label"], one["value"], one["details"])
        for one in target_records(view)
    ]
    page = map_page(plan, lang=lang)
    targets = f"{text('notebook.targets', lang)}: {words['verdicts']}"
    return (
        f'<div lang="{HTML_LANG[lang]}" style="color:{INK}">'
        f"<p><strong>{_safe(words['title'])}</strong><br>{_safe(words['subtitle'])}<br>"
        f'<span style="color:{MUTE}">{_safe(words["status"])}</span></p>'
        f'<iframe srcdoc="{escape(page, quote=True)}" sandbox="allow-scripts" width="100%"'
        f' height="{int(height)}" style="border:0" title="{_safe(text("notebook.map", lang))}">'
        f"</iframe>{_table(text('notebook.figures', lang), rows)}{_table(targets, aims)}</div>"
    )


def _safe(words: object) -> str:
    return escape(clean(words), quote=True)


def _table(title: str, rows: Iterable[tuple[Any, ...]]) -> str:
    """Rows under a heading that opens and closes; nothing where there are none."""
    lines = []
    for first, *others in rows:
        cells = "".join(f'<td style="{_CELL}">{_safe(cell)}</td>' for cell in others)
        head = f'<th scope="row" style="{_CELL};font-weight:normal">{_safe(first)}</th>'
        lines.append(f"<tr>{head}{cells}</tr>")
    if not lines:
        return ""
    body = f'<table style="border-collapse:collapse">{"".join(lines)}</table>'
    return f"<details><summary>{_safe(title)}</summary>{body}</details>"
