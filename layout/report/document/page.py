"""The whole report as one HTML text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.labels.cleaning import clean, printable
from layout.plan.overview import overview
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.document.aims import targets
from layout.report.document.annex import annex
from layout.report.document.blocks import Map, Section, tone_of
from layout.report.document.building import building
from layout.report.document.folders import StudyFolder, studies_of
from layout.report.document.grounds import method, sources
from layout.report.document.limits import limits
from layout.report.document.matter import MOST_TITLE, Matter, brief
from layout.report.document.money import costs
from layout.report.document.opening import answer, question, settings
from layout.report.document.power import power
from layout.report.document.scorecards import scorecards
from layout.report.document.serving import flows, latency, prices
from layout.report.document.spread import spread
from layout.report.document.studies import studies
from layout.report.heading import heading
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.folder import Study

MOST_MAP = 6_000_000
"""Characters of a map page that a report holds; a larger one stands in its own file only."""
_SHEET = (842.0, 468.0)
"""The drawing of the map, in points: A4 across less what stands around it."""
Imprint = tuple[str | None, str | None]
"""Credit of the boundaries and date, as the user gives them."""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "form-action 'none'; base-uri 'none'"
)


def report_page(
    plan: Plan,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    studies: Sequence[Study | str | Path] = (),
    with_map: bool = True,
    date: str | None = None,
) -> str:
    """The report of a plan as one HTML text that needs nothing else: same plan, same bytes.

    `studies` are study folders (those inside the plan's folder are taken anyway). `with_map` puts
    the interactive map in; on paper a drawing stands in its place. `date` is printed with the notes
    (the clock is never asked). Raises ValueError for a plan
    without tables, InputError for a boundary file, FileProblem for a study that cannot be used.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    if not plan.has_tables:
        raise ValueError("a plan without tables has nothing to report")
    layer = shipped_boundaries() if boundaries is None else read_boundaries(boundaries)
    matter = Matter(plan, View(overview(plan), layer, lang))
    found = studies_of(plan.folder, studies)
    imprint: Imprint = (credit, date)
    page = _map_page(plan, lang, boundaries, imprint) if with_map else ""
    large = len(page) > MOST_MAP
    page = "" if large else page
    sections = _sections(matter, page, imprint, found, large)
    words = heading(matter.view, {"figures": []}, *imprint)
    made: str = _template().render(
        html_lang=words["html_lang"],
        policy=_policy(page),
        style=_shipped("report.css"),
        kicker=text("report.kicker", lang, model=brief(clean(plan.record.get("model") or ""))),
        title=brief(clean(words["title"]), MOST_TITLE),
        subtitle=clean(words["subtitle"]),
        state=words["status"],
        state_tone="" if plan.status == "optimal" else "warn",
        sections=sections,
        foot=[matter.t("foot")],
        word=lambda key: text(f"report.word.{key}", lang),
        tone_of=tone_of,
    )
    return printable(made)


def _sections(
    matter: Matter, page: str, imprint: Imprint, found: Sequence[StudyFolder], large: bool
) -> list[Section]:
    made = [
        question(matter),
        answer(matter),
        _map(matter, page, imprint, large),
        settings(matter),
        targets(matter),
        scorecards(matter),
        building(matter),
        costs(matter),
        power(matter),
        latency(matter),
        flows(matter),
        spread(matter),
        prices(matter),
        limits(matter),
        studies(matter, found),
        sources(matter),
        method(matter),
        annex(matter),
    ]
    return [one for one in made if one is not None]


def _map(matter: Matter, page: str, imprint: Imprint, large: bool) -> Section:
    """The map: to be used on a screen, to be looked at on paper."""
    from layout.report.picture.picture import Look, map_svg

    look = Look(size=_SHEET, heading=False, notes=False)
    notes = heading(matter.view, {"figures": []}, *imprint)["notes"]
    if large:
        notes = [*notes, matter.t("map.large")]
    drawn = Map(
        page, map_svg(matter.view, credit=imprint[0], look=look), matter.t("map.caption"), notes
    )
    return Section("map", matter.t("title.map"), [drawn], apart=True)


def _map_page(plan: Plan, lang: str, boundaries: str | Path | None, imprint: Imprint) -> str:
    from layout.report.page import map_page

    return map_page(plan, lang, boundaries, imprint[0], date=imprint[1])


def _policy(page: str) -> str:
    """Nothing but styles, or what the map in it needs: a page inside inherits the policy."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    return found.group(1).replace("&#39;", "'") if found else _POLICY


@cache
def _template() -> Any:
    from jinja2 import Environment

    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(_shipped("report.html"))


def _shipped(name: str) -> str:
    return (files("layout.report.document") / name).read_text("utf-8")
