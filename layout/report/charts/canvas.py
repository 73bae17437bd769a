"""An empty picture with its fonts and colours, and its SVG text with nothing left to chance."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from layout.labels.cleaning import clean
from layout.report.colours import INK, LINE, MUTE
from layout.report.quantities import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 660.0
"""Points; a page of A4 between its margins has about 500, which a chart is scaled down to."""
FONTS = (
    "'Source Han Sans SC', 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', "
    "'WenQuanYi Micro Hei', sans-serif"
)
TEXT = 11.0
_MEASURED = "DejaVu Sans"
"""Comes with matplotlib: what is measured with it is the same on every machine."""
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "layout",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.family": [_MEASURED],
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTE,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTE,
    "ytick.color": MUTE,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.labelsize": TEXT - 1,
    "ytick.labelsize": TEXT - 1,
    "hatch.linewidth": 0.6,
}


@contextmanager
def settings() -> Iterator[None]:
    """Everything is drawn with the same settings, whatever the user's own file says."""
    import matplotlib as mpl

    wanted: Any = _SETTINGS
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's font has it
        mpl.rcdefaults()
        mpl.rcParams.update(wanted)
        yield


def canvas(height: float, left: float, *, top: float, bottom: float, right: float = 14) -> Any:
    """A figure of the usual width with one pair of axes between these margins, in points."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    box = (
        left / WIDTH,
        bottom / height,
        (WIDTH - left - right) / WIDTH,
        (height - top - bottom) / height,
    )
    return figure, figure.add_axes(box)


def svg(figure: Figure, name: str, title: str, lang: str, heading: str = "") -> str:
    """The picture as an SVG element: no date, no ids but its own, its title for who cannot see.

    `heading` is written above it.
    """
    if heading:
        figure.text(0.012, 1 - 20 / (72 * figure.get_figheight()), clean(heading), size=14)
    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    found = out.getvalue()
    found = found[found.index("<svg ") :]
    found = re.sub(r"<metadata>.*?</metadata>", "", found, flags=re.DOTALL)
    found = re.sub(r"<style type=.*?</style>", "", found, flags=re.DOTALL)
    found = re.sub(r'<g id="[^"]*"', "<g", found)
    found = re.sub(r"(id=\"|href=\"#|url\(#)(\w+)", rf"\g<1>{name}-\2", found)
    found = found.replace(f"'{_MEASURED}'", FONTS)
    found = re.sub(r"\n\s*", "\n", found)
    said = escape(clean(title))
    opening = (
        f'<svg role="img" aria-label="{said}" lang="{"zh-CN" if lang == "zh" else "en"}" '
        'stroke-linejoin="round" '
    )
    return found.replace("<svg ", opening, 1)


def width_of(words: str, size: float = TEXT) -> float:
    """About how wide the words are in points, whatever the font."""
    wide = sum(1 for letter in words if east_asian_width(letter) in "WF")
    return size * (wide + 0.56 * (len(words) - wide))


def short(words: str, most: int = 24) -> str:
    """The words without control characters, cut where they would push the picture away."""
    said = clean(words)
    room = float(most)
    for place, letter in enumerate(said):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return said[:place] + "…"
    return said


def margin(labels: Sequence[str], size: float = TEXT) -> float:
    """The room that labels beside an axis need."""
    return 12 + max((width_of(label, size) for label in labels), default=0.0)


def legend(axes: Axes, count: int, anchor: tuple[float, float]) -> None:
    """Names of the series above the axes, side by side."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=anchor,
        ncols=max(1, count),
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.1,
        handleheight=0.9,
        handletextpad=0.5,
        columnspacing=1.6,
        fontsize=TEXT - 0.5,
    )


def plain(value: float, _: float | None = None) -> str:
    """A tick of an axis."""
    return number(value)
