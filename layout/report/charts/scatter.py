"""Points on two linear axes, joined in their order, as a picture that stands by itself."""

from __future__ import annotations

from collections.abc import Sequence

from layout.labels.cleaning import clean
from layout.report.charts.canvas import TEXT, canvas, plain, settings, short, svg
from layout.report.colours import KIND_COLOURS

_HEIGHT, _TOP = 400.0, 40.0


def scatter(
    points: Sequence[tuple[float, float]],
    labels: Sequence[str],
    *,
    title: str,
    x: str,
    y: str,
    lang: str,
    name: str = "scatter",
    heading: bool = True,
) -> str:
    """The picture: a mark with its label at every point. Raises ValueError without a point."""
    if not points or len(points) != len(labels):
        raise ValueError("points, and a label for each")
    top = _TOP if heading else 10.0
    with settings():
        figure, axes = canvas(_HEIGHT - _TOP + top, 78, top=top, bottom=46, right=24)
        across, up = [a for a, _ in points], [b for _, b in points]
        axes.plot(across, up, "-o", color=KIND_COLOURS[0], lw=1.8, ms=7, mec="#ffffff")
        for label, place in zip(labels, points, strict=True):
            axes.annotate(short(label), place, (7, 7), textcoords="offset points", size=TEXT)
        axes.margins(0.06)
        axes.grid(visible=True)
        axes.xaxis.set_major_formatter(plain)
        axes.yaxis.set_major_formatter(plain)
        axes.set_xlabel(clean(x), size=TEXT)
        axes.set_ylabel(clean(y), size=TEXT, rotation_mode="anchor", labelpad=12)
        return svg(figure, name, title, lang, title if heading else "") + "\n"
