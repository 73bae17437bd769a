"""The map page of a plan: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.plan.overview import overview
from layout.report.boundaries import Boundaries, read_boundaries, shipped_boundaries
from layout.report.content import content
from layout.report.panel import HEADLINES, verdict_counts
from layout.report.quantities import known, number
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.extra import Extra

HTML_LANG = {"zh": "zh-CN", "en": "en"}


def map_page(
    plan: Plan,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    compare: Plan | None = None,
    extras: Sequence[Extra] = (),
) -> str:
    """The map of a plan as one HTML text: same plan and options, same bytes.

    `boundaries` is a GeoJSON file with all 34 provinces that replaces the shipped, simplified
    layer; `credit` is printed beside it (a map review number, 审图号). A plan of the base year,
    with stock and no service, gives a page without flows. `extras` are what a study adds: sites by
    class and values of provinces (`layout.report.extra`). Raises InputError for a boundary file
    that cannot be used.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    if compare is not None:
        raise NotImplementedError("a page that compares two plans")
    from layout.report.layers import build_map
    from layout.report.offline import OfflineFigure

    layer = shipped_boundaries() if boundaries is None else read_boundaries(boundaries)
    view = View(overview(plan), layer, lang)
    record = content(view, extras)
    figure = OfflineFigure(HTML_LANG[lang], _words(view, record, credit), record)
    build_map(view, figure, extras)
    return figure.render()


def _words(view: View, record: dict[str, Any], credit: str | None) -> dict[str, Any]:
    """The texts of the page's template."""
    title = view.plan.model.settings.title.in_language(view.lang) or view.plan.model.name
    headlines = {figure["key"]: figure for figure in record["figures"]}
    return {
        "title": title,
        "subtitle": _subtitle(view),
        "status": _status(view),
        "headlines": [headlines[key] for key in HEADLINES if key in headlines],
        "notes": _notes(view, credit),
        "word": lambda key: text(f"map.page.{key}", view.lang),
        "verdicts": verdict_counts(view),
        "has_targets": bool(record["targets"]),
        "has_figures": bool(record["figures"]),
    }


def _subtitle(view: View) -> str:
    """What the page shows: a plan's year against its base year, or the base year alone."""
    base = view.plan.model.settings.base_year
    key = "map.subtitle.plan" if view.year > base else "map.subtitle.base"
    return text(key, view.lang, year=view.year, base_year=base)


def _status(view: View) -> str:
    """What is proved; never "optimal" without its gap."""
    record = view.plan.record
    status = str(record.get("status") or "none")
    known_status = status if status in ("optimal", "feasible") else "none"
    parts = [text(f"map.status.{known_status}", view.lang)]
    for key in ("gap", "gap_location"):
        if known_status != "none" and known(record.get(key)):
            parts.append(text(f"map.status.{key}", view.lang, value=_gap(record[key])))
    verification = record.get("verification") or {}
    if verification:
        passed = "passed" if verification.get("passed") else "failed"
        parts.append(text(f"map.status.{passed}", view.lang))
    return " · ".join(parts)


def _gap(value: float) -> str:
    """A gap as a percentage with two digits that say something."""
    percent = 100 * max(0.0, value)
    return "0%" if percent < 1e-6 else f"{percent:.2g}%" if percent < 0.1 else f"{percent:.2f}%"


def _notes(view: View, credit: str | None) -> list[str]:
    """Latency basis, proxies and sources, date, boundary credit."""
    return [
        _latency_note(view),
        text("map.note.numbers", view.lang, money_year=view.plan.model.settings.money_year),
        *([text("map.proxy.legend_note", view.lang)] if view.proxies & view.included else []),
        *_dated(view),
        boundary_note(view.boundaries, credit, view.lang),
    ]


def _latency_note(view: View) -> str:
    latency = view.plan.model.settings.latency
    words = {
        "basis": text(f"map.basis.{latency.basis}", view.lang),
        "fixed": number(latency.fixed_ms),
        "factor": number(latency.route_factor),
        "speed": number(latency.km_per_ms),
    }
    note = text("map.note.latency", view.lang, **words)
    if view.overridden:
        note += " " + text("map.note.links", view.lang, count=sum(view.overridden.values()))
    return note


def _dated(view: View) -> list[str]:
    """The date of the plan if its manifest has one; the clock is never asked."""
    manifest = view.plan.record.get("manifest") or {}
    date = manifest.get("date") or manifest.get("created")
    return [text("map.note.date", view.lang, date=str(date)[:10])] if date else []


def boundary_note(layer: Boundaries, credit: str | None, lang: str) -> str:
    """Whose the boundaries are. Only a user's own layer with its credit is not marked internal.

    The shipped layer stays marked whatever the credit says: simplifying a boundary is a change
    that no review number covers.
    """
    if layer.file and credit:
        return credit
    key = "map.credit.file" if layer.file else "map.credit.shipped"
    own = "file" if layer.file else "simplified"
    languages = (lang, "en" if lang == "zh" else "zh")
    marks = [text(f"map.credit.internal.{own}", language) for language in languages]
    parts = [*([credit] if credit else ()), text(key, lang, file=layer.file), *marks]
    return " · ".join(parts)
