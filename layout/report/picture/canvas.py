"""A sheet in points, its origin at the top left, on which later marks lie over earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import Stroke
from numpy.typing import NDArray

from layout.report.colours import INK
from layout.report.picture.fonts import Fonts

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

POINTS_PER_INCH = 72
ANCHORS = {"start": "left", "middle": "center", "end": "right"}


class Canvas:
    """A matplotlib figure whose one axes is the sheet, one unit a point."""

    def __init__(self, width: float, height: float, fonts: Fonts) -> None:
        self.width, self.height, self.fonts = width, height, fonts
        size = (width / POINTS_PER_INCH, height / POINTS_PER_INCH)
        self.figure = Figure(figsize=size, dpi=POINTS_PER_INCH, facecolor="white")
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.axis("off")
        self._order = 0
        self._clip: Any = None

    @contextmanager
    def within(self, box: Box) -> Iterator[None]:
        """Marks made inside are cut off at the box."""
        left, top, right, bottom = box
        self._clip = Rectangle(
            (left, top), right - left, bottom - top, transform=self.axes.transData
        )
        try:
            yield
        finally:
            self._clip = None

    def _add(self, artist: Any) -> None:
        self._order += 1
        artist.set_zorder(self._order)
        artist.set_snap(False)  # else a png loses marks smaller than its dots
        self.axes.add_artist(artist)
        artist.set_clip_on(self._clip is not None)
        if self._clip is not None:
            artist.set_clip_path(self._clip)

    def outline(self, path: Outline, **look: Any) -> None:
        """A filled or stroked path."""
        self._add(PathPatch(path, **_look(look)))

    def box(self, box: Box, **look: Any) -> None:
        """A rectangle."""
        left, top, right, bottom = box
        self._add(Rectangle((left, top), right - left, bottom - top, **_look(look)))

    def disc(self, x: float, y: float, radius: float, **look: Any) -> None:
        """A circle."""
        self._add(Circle((x, y), radius, **_look(look)))

    def shape(self, points: Sequence[tuple[float, float]], **look: Any) -> None:
        """A closed polygon."""
        self.outline(Outline([*points, points[0]], closed=True), **look)

    def lines(self, lines: Iterable[Floats | Sequence[tuple[float, float]]], **look: Any) -> None:
        """Open lines, all of one look, as one path."""
        drawn = [np.asarray(line, dtype=float) for line in lines]
        if drawn:
            codes = np.full(sum(map(len, drawn)), Outline.LINETO, dtype=np.uint8)
            codes[np.cumsum([0, *map(len, drawn[:-1])])] = Outline.MOVETO
            look = {"stroke": INK, "capstyle": "butt", **look}
            self.outline(Outline(np.concatenate(drawn), codes), **look)

    def specks(
        self, points: Floats | Sequence[tuple[float, float]], size: float, fill: str
    ) -> None:
        """Many small discs of one size and colour."""
        lines = [[(x - 0.01, y), (x + 0.01, y)] for x, y in points]
        self.lines(lines, stroke=fill, width=size, capstyle="round")

    def text(
        self, x: float, y: float, words: str, size: float, *, at: str = "start", **look: Any
    ) -> None:
        """Text whose base line is at `y`; `halo` is the colour of a rim around it.

        The rim is a text of its own below, of outlines; the words stay text.
        """
        halo, colour = look.pop("halo", None), look.pop("colour", INK)
        words = self.fonts.shown(words)
        for rim in (True, False) if halo else (False,):
            written = self.axes.text(
                x,
                y,
                words,
                fontsize=size,
                fontfamily=self.fonts.families,
                ha=ANCHORS[at],
                va="baseline",
                color=halo if rim else colour,
                parse_math=False,
                clip_on=False,
                **look,
            )
            if rim:
                written.set_path_effects([Stroke(linewidth=size * 0.22, foreground=halo)])
            self._order += 1
            written.set_zorder(self._order)

    def wrapped(
        self,
        box: tuple[float, float, float],
        words: str,
        size: float,
        *,
        most: int = 99,
        **look: Any,
    ) -> float:
        """Text in lines from `box` (left, first base line, width); gives the next base line.

        After `most` lines the rest is left out.
        """
        left, y, width = box
        lines = folded(self.fonts, self.fonts.shown(words), size, width)
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
        for line in lines:
            self.text(left, y, line, size, **look)
            y += size * 1.4
        return y

    def saved(self, form: str, *, dpi: int = 300, title: str = "", outlines: bool = True) -> bytes:
        """The sheet as svg, pdf or png, the same bytes whenever the same is drawn.

        An SVG has letters as outlines, so that it looks the same everywhere, or else as text.
        """
        store = BytesIO()
        rules: Any = {
            "svg.fonttype": "path" if outlines else "none",
            "svg.hashsalt": "layout",
            "pdf.fonttype": 42,
            "path.simplify": False,
        }
        with mpl.rc_context(rules):
            about = {"svg": {"Title": title, "Date": None, "Creator": None},
                     "pdf": {"Title": title, "CreationDate": None, "Creator": None,
                             "Producer": None},
                     "png": {"Title": title, "Software": None}}[form]  # fmt: skip
            self.figure.savefig(store, format=form, dpi=dpi, metadata=about)
        return _shorter(store.getvalue()) if form == "svg" else store.getvalue()


_PATH = re.compile(rb' d="[^"]+"')
_LONG = re.compile(rb"(?<=\.\d\d)\d+")
_NAMED = re.compile(rb' id="(?:figure|axes|patch|text)_\d+"')


def _shorter(svg: bytes) -> bytes:
    """Paths with two digits after the point (less than a hundredth of a millimetre is lost).

    Names of groups go: several pictures may stand in one page.
    """
    svg = _PATH.sub(lambda path: _LONG.sub(b"", path[0]).replace(b" \n", b" "), svg)
    return re.sub(rb"\n\s+", b"\n", _NAMED.sub(b"", svg))


def _look(look: dict[str, Any]) -> dict[str, Any]:
    """Words of ours as matplotlib's."""
    fill, stroke = look.pop("fill", None), look.pop("stroke", None)
    return {
        "facecolor": fill or "none",
        "edgecolor": stroke or "none",
        "linewidth": look.pop("width", 0.8) if stroke else 0,
        **look,
    }


_NEVER_FIRST = set("，。；：！？、）》」』】〕％%,.;:!?)”’…")
_NEVER_LAST = set("（《「『【〔“‘")


def folded(fonts: Fonts, words: str, size: float, most: float) -> list[str]:
    """Lines no wider than `most`: broken at blanks and between Chinese characters.

    A word that is wider by itself is broken between any two letters.
    """
    lines, line = [], ""
    for piece in (part for one in _pieces(words) for part in _fitting(fonts, one, size, most)):
        if line and fonts.width((line + piece).rstrip(), size) > most:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _fitting(fonts: Fonts, piece: str, size: float, most: float) -> Iterable[str]:
    """The piece, or its letters where it is wider than a line."""
    return [piece] if fonts.width(piece.rstrip(), size) <= most else piece


def _pieces(words: str) -> Iterable[str]:
    """What stays together: a word with its blank, a Chinese character with what follows it."""
    piece = ""
    for number, one in enumerate(words):
        after = words[number + 1] if number + 1 < len(words) else " "
        piece += one
        breaks = one == " " or _wide(one) or _wide(after)
        held = one in _NEVER_LAST or after in _NEVER_FIRST or after == " "
        if (breaks and not held) or len(piece) > 60:
            yield piece
            piece = ""
    if piece:
        yield piece


def _wide(one: str) -> bool:
    return "\u2e80" <= one <= "\uffef"
