"""What stands above and below a map: title, status, headline figures, notes, credit."""

from __future__ import annotations

from typing import Any

from layout.labels import table, text
from layout.labels.cleaning import clean
from layout.report.boundaries import Boundaries
from layout.report.panel import HEADLINES, verdict_counts
from layout.report.quantities import known, number
from layout.report.view import View

HTML_LANG = {"zh": "zh-CN", "en": "en"}
_PAGE = "map.page."


def heading(
    view: View, scene: dict[str, Any], credit: str | None, date: str | None = None
) -> dict[str, Any]:
    """The texts of the page around the map, one dictionary of plain texts and lists of them."""
    title = view.plan.model.settings.title.in_language(view.lang) or view.plan.model.name
    headlines = {figure["key"]: figure for figure in scene["figures"]}
    return {
        "html_lang": HTML_LANG[view.lang],
        "title": title,
        "folder": view.plan.folder.name if view.plan.folder else "",
        "subtitle": subtitle(view),
        "status": _status(view),
        "headlines": [headlines[key] for key in HEADLINES if key in headlines],
        "notes": _notes(view, credit, date),
        "verdicts": verdict_counts(view),
        "word": {
            key.removeprefix(_PAGE): text(key, view.lang)
            for key in table()
            if key.startswith(_PAGE)
        },
    }


def subtitle(view: View) -> str:
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


def _notes(view: View, credit: str | None, date: str | None) -> list[str]:
    """Latency basis, proxies and sources, projection, date, boundary credit."""
    return [
        _latency_note(view),
        text("map.note.numbers", view.lang, money_year=view.plan.model.settings.money_year),
        *([text("map.proxy.legend_note", view.lang)] if view.proxies & view.included else []),
        *_dated(view, date),
        *(
            [text("map.note.projection", view.lang)]
            if view.tiles is None
            else view.tiles.notes(view.lang)
        ),
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
    if view.plan.model.settings.features.network:
        note += " " + text("map.note.network", view.lang)
    elif view.overridden:
        note += " " + text("map.note.links", view.lang, count=sum(view.overridden.values()))
    return note


def _dated(view: View, given: str | None) -> list[str]:
    """The date given, else that of the plan if its manifest has one; the clock is never asked."""
    manifest = view.plan.record.get("manifest") or {}
    date = given or str(manifest.get("date") or manifest.get("created") or "")[:10]
    return [text("map.note.date", view.lang, date=clean(date)[:40])] if date else []


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
