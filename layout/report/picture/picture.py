"""The whole picture: title, key figures, map, legend, notes on one sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES
from layout.labels.cleaning import clean
from layout.plan.overview import overview
from layout.report.boundaries import read_boundaries, shipped_boundaries
from layout.report.colours import INK, LINE, MUTE
from layout.report.extra import Extra
from layout.report.flows import flows_left
from layout.report.heading import heading
from layout.report.panel import figure_records
from layout.report.picture.canvas import Canvas, folded
from layout.report.picture.drawing import Drawing, sizes
from layout.report.picture.fonts import CSS, Fonts, fonts
from layout.report.picture.ground import Box, closeup, country, ground
from layout.report.picture.legend import Legend
from layout.report.picture.scene import Scene, scene
from layout.report.view import View

if TYPE_CHECKING:
    from layout.plan import Plan

A4 = (841.9, 595.3)
"""A sheet of A4 across, in points."""
EDGE, RAIL, GAP = 22.0, 150.0, 10.0
INSET = (86.0, 125.0)
MOST_NOTES = 8
"""Lines at the foot."""
FORMS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Look:
    """How a picture is made: size of the sheet in points, and what stands on it."""

    size: tuple[float, float] = A4
    heading: bool = True
    legend: bool = True
    notes: bool = True
    dpi: int = 300


def map_picture(
    plan: Plan,
    form: str = "svg",
    *,
    lang: str = "zh",
    metric: str | None = None,
    boundaries: str | Path | None = None,
    credit: str | None = None,
    date: str | None = None,
    font: str | Path | None = None,
    dpi: int = 300,
) -> bytes:
    """The map of a plan as a png, svg or pdf file for A4; the same plan, the same bytes.

    Raises InputError for a boundary file and FileProblem for a font that cannot be used.
    """
    if form not in FORMS:
        raise ValueError(f"no form {form}; there are {', '.join(FORMS)}")
    if lang not in LANGUAGES:
        raise ValueError(f"no language {lang!r}; there are {', '.join(LANGUAGES)}")
    layer = shipped_boundaries() if boundaries is None else read_boundaries(boundaries)
    view = View(overview(plan), layer, lang)
    canvas = map_canvas(view, metric=metric, credit=credit, date=date, letters=fonts(font))
    return canvas.saved(form, dpi=dpi, title=title(view))


def map_svg(
    view: View,
    *,
    metric: str | None = None,
    extras: Sequence[Extra] = (),
    credit: str | None = None,
    focus: str | None = None,
    look: Look | None = None,
) -> str:
    """The map as an <svg> element to stand in a page: letters are text in the page's fonts.

    `focus` is the code of a province to look at closely. Nothing of the plan is in it unescaped.
    """
    chosen = look or Look(heading=False, notes=False, size=(A4[0], 470.0))
    canvas = map_canvas(view, metric=metric, extras=extras, credit=credit, focus=focus, look=chosen)
    whole = canvas.saved("svg", title=title(view), outlines=False).decode("utf-8")
    return _element(whole, canvas.fonts)


def map_canvas(
    view: View,
    *,
    metric: str | None = None,
    extras: Sequence[Extra] = (),
    credit: str | None = None,
    date: str | None = None,
    focus: str | None = None,
    look: Look | None = None,
    letters: Fonts | None = None,
) -> Canvas:
    """The sheet with everything on it; `fonts.unknown` then tells what no font could show."""
    chosen = look or Look()
    width, height = chosen.size
    canvas = Canvas(width, height, letters or fonts())
    shown = scene(view, metric, extras)
    words = heading(view, {"figures": figure_records(view)}, credit, date)
    top = _heading(canvas, words) if chosen.heading else EDGE / 2
    notes = [*words["notes"], *([flows_left(view)] if flows_left(view) else [])]
    bottom = _notes(canvas, notes) if chosen.notes else height - EDGE / 2
    left = EDGE + (RAIL + GAP if chosen.legend else 0)
    box = (left, top, width - EDGE, bottom)
    drawing = _map(canvas, shown, box, focus)
    if chosen.legend:
        legend = Legend(canvas, shown, EDGE, top - 4, RAIL)
        legend.draw(drawing.k, drawing.flow)
        if focus is None:
            legend.beyond(drawing.beyond())
    return canvas


def _map(canvas: Canvas, shown: Scene, box: Box, focus: str | None) -> Drawing:
    land = ground(shown.view.boundaries, fine=focus is not None)
    shown = shown.near(focus) if focus else shown
    frame = closeup(box, land.areas[focus]) if focus else country(box, land.land, INSET)
    wide = (land.land[2] - land.land[0]) * frame.scale
    k, flow = sizes(shown, min(wide, 640.0))
    drawing = Drawing(canvas, shown, land, frame, k, flow)
    inset = None if focus else (box[2] - INSET[0], box[3] - INSET[1], box[2], box[3])
    drawing.draw(inset)
    if focus is not None:
        with canvas.within(box):
            canvas.outline(frame.outline(land.areas[focus]), stroke=INK, width=1.2)
    if inset is not None:
        drawing.inset(inset)
    canvas.box(box, stroke=LINE, width=0.6)
    return drawing


def _heading(canvas: Canvas, words: dict[str, Any]) -> float:
    """Title, what is proved, key figures; gives where they end."""
    letters, right = canvas.fonts, canvas.width - EDGE
    title = letters.cut(letters.shown(words["title"]), 16, right - EDGE)
    canvas.text(EDGE, EDGE + 13, title, 16)
    told = [words["subtitle"], words["status"]]
    if words["verdicts"]:
        told.append(f"{words['word']['targets']}: {words['verdicts']}")
    line = letters.shown(" · ".join(told))
    canvas.text(EDGE, EDGE + 26, letters.cut(line, 8.2, right - EDGE), 8.2, colour=MUTE)
    x = EDGE
    for one in words["headlines"]:
        label, shown = letters.shown(one["label"]), letters.shown(one["shown"])
        wide = max(letters.width(label, 6.8), letters.width(shown, 11))
        if x + wide <= right:
            canvas.text(x, EDGE + 37.5, label, 6.8, colour=MUTE)
            canvas.text(x, EDGE + 50, shown, 11)
        x += wide + 22
    return EDGE + (57 if words["headlines"] else 32)


def _notes(canvas: Canvas, notes: Sequence[str]) -> float:
    """The notes at the foot, the credit last; gives where the map must end."""
    size, width = 6.6, canvas.width - 2 * EDGE
    words = "　".join(canvas.fonts.shown(note) for note in notes)
    lines = folded(canvas.fonts, words, size, width)
    top = canvas.height - EDGE / 2 - min(len(lines), MOST_NOTES) * size * 1.4
    canvas.wrapped((EDGE, top + size, width), words, size, most=MOST_NOTES, colour=MUTE)
    return top - 5


def title(view: View) -> str:
    """The title of the plan, for the file."""
    settings = view.plan.model.settings
    return clean(settings.title.in_language(view.lang) or view.plan.model.name)


def _element(whole: str, letters: Fonts) -> str:
    """The <svg> element alone, with the pages' fonts in place of ours."""
    start = whole.index("<svg")
    ours = ", ".join(f"'{name}'" for name in letters.families)
    inner = re.sub(r"<metadata>.*?</metadata>", "", whole[start:], count=1, flags=re.DOTALL)
    inner = re.sub(r' width="[^"]*" height="[^"]*"', ' width="100%" role="img"', inner, count=1)
    return inner.replace(ours, CSS.replace('"', "'"))
