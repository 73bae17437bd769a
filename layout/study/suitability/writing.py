"""The whole study folder of `layout suitability`: tables, pages, map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layout.study.folder import Study, write_study
from layout.study.suitability.suitability import Suitability
from layout.study.suitability.suitability_files import study_of

if TYPE_CHECKING:
    from layout.plan import Plan

MAP = "map.html"


def write_suitability(
    found: Suitability,
    folder: str | Path,
    *,
    lang: str = "zh",
    plan: Plan | None = None,
    sites: Sequence[str] | None = None,
    overwrite: bool = False,
) -> Study:
    """Write the study in one step. `plan` is what the map shows below the scores (None: no map).

    `sites` are those that get a page of their own (all). Raises FileProblem where the folder is in
    the way.
    """
    from layout.report.boundaries import shipped_boundaries
    from layout.report.sheet.desk import page_files
    from layout.report.sheet.suitability import pages

    printed = list(found.sites if sites is None else sites)
    layer = shipped_boundaries()
    names = page_files(found.sites)
    study = study_of(found, {site: names[site] for site in printed})
    extras: dict[str, str | bytes] = dict(pages(found, layer, lang, printed))
    if plan is not None:
        extras[MAP] = suitability_map(study, plan, lang)
    return write_study(study, folder, overwrite, extras)


def suitability_map(study: Study, plan: Plan, lang: str) -> str:
    """The map page of a plan with the scores on it."""
    from layout.report import map_page
    from layout.report.boundaries import shipped_boundaries
    from layout.report.sheet.place import homes
    from layout.study.suitability.suitability_map import layers

    return map_page(plan, lang, extras=layers(study, homes(plan.model, shipped_boundaries())))
