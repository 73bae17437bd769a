"""The pages of a suitability study: the ranking, and a sheet for every site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layout.report.boundaries import Boundaries
from layout.report.sheet.desk import RANKING, Desk
from layout.report.sheet.ranking import ranking
from layout.report.sheet.site import site_sheet

if TYPE_CHECKING:
    from layout.study.suitability.suitability import Suitability


def pages(
    found: Suitability, layer: Boundaries, lang: str, sites: Sequence[str] | None = None
) -> dict[str, str]:
    """File → page: the ranking, and the sheets of `sites` (all of them)."""
    desk = Desk(found, layer, lang, found.sites if sites is None else sites)
    return {RANKING: ranking(desk)} | {
        desk.files[site]: site_sheet(desk, site) for site in desk.printed
    }
