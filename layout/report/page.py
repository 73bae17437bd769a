"""The map page of a plan: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from layout.labels import LANGUAGES
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.frames import Frames, page_record
from layout.report.heading import HTML_LANG, boundary_note

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.report.extra import Extra
    from layout.report.tiles import Tiles

__all__ = ["HTML_LANG", "boundary_note", "map_page"]


def map_page(
    plan: Plan,
    lang: str = "zh",
    boundaries: str | Path | None = None,
    credit: str | None = None,
    compare: Plan | None = None,
    extras: Sequence[Extra] = (),
    tiles: Tiles | None = None,
    date: str | None = None,
    names: tuple[str, str] = ("", ""),
) -> str:
    """The map of a plan as one HTML text: same plan and options, same bytes.

    The page starts in `lang` and can be switched to the other language; a plan of several periods
    has a slider of years. `boundaries` is a GeoJSON file with all 34 provinces that replaces the
    shipped, simplified layer; `credit` is printed beside it (a map review number, 审图号). A plan
    of the base year, with stock and no service, gives a page without flows. `compare` is a second
    plan, shown with a swipe, beside the first, or as the difference; `names` are what the two are
    called (their titles). `extras` are what a study adds: sites by class and values of provinces
    (`layout.report.extra`). `tiles` is a base map of the user's own network, the only thing that
    such a page asks for. `date` is printed with the notes (the clock is never asked). Raises
    InputError for a boundary file that cannot be used.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    from layout.report.layers import build_map
    from layout.report.offline import OfflineFigure

    layer = shipped_boundaries() if boundaries is None else read_boundaries(boundaries)
    first = Frames(plan, lang, layer, credit, extras, tiles, date, names[0])
    second = (
        None if compare is None else Frames(compare, lang, layer, credit, (), tiles, date, names[1])
    )
    record = page_record(first, second)
    figure = OfflineFigure(
        HTML_LANG[lang], record["page"], record, images="" if tiles is None else tiles.origin
    )
    build_map(first.views[-1], figure)
    return figure.render()
