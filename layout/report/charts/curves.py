"""Curves, areas and columns over hours, years or delays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layout.labels.cleaning import clean
from layout.report.charts.bars import HATCHES, Series, hatches, stacked
from layout.report.charts.canvas import TEXT, canvas, legend, plain, settings, short, svg
from layout.report.colours import INK, MUTE
from layout.report.quantities import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT, _TOP, _BOTTOM, _LEFT = 250.0, 30.0, 44.0, 62.0
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 4)))


@dataclass(frozen=True)
class Curve:
    """A line through points."""

    name: str
    colour: str
    x: Sequence[float]
    y: Sequence[float]


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.yaxis.grid(visible=True)
    axes.yaxis.set_major_formatter(plain)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(clean(x), size=TEXT - 1)
    axes.set_ylabel(clean(y), size=TEXT - 1, rotation_mode="anchor", labelpad=12)


def _legend(axes: Axes, count: int) -> None:
    legend(axes, min(count, 5), (0.0, 1 + 8 / (_HEIGHT - _TOP - _BOTTOM)))


def columns(
    name: str,
    labels: Sequence[str],
    series: Sequence[Series],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    unit: str,
    lang: str,
) -> str:
    """A standing bar for each label (years), its parts above each other, the sum on top.

    Negative parts (receipts) hang below.
    """
    with settings():
        figure, axes = canvas(_HEIGHT, _LEFT, top=_TOP + 8, bottom=_BOTTOM - 8)
        places = list(range(len(labels)))
        parts, edge, low = stacked(len(series), values)
        for one, (row, starts), hatch in zip(series, parts, hatches(len(series)), strict=True):
            axes.bar(
                places,
                row,
                0.55,
                bottom=starts,
                color=one.colour,
                label=short(one.name, 36),
                hatch=hatch,
                edgecolor="#ffffff",
                linewidth=0.4,
            )
        for place, top, whole in zip(places, edge, values, strict=True):
            axes.annotate(
                number(sum(whole)), (place, top), (0, 4), textcoords="offset points", ha="center"
            )
        axes.set_xticks(places, [short(label) for label in labels])
        axes.tick_params(axis="x", colors=INK)
        axes.set_xlim(-0.7, max(len(labels), 2) - 0.3)
        axes.set_ylim(min([*low, 0.0]) * 1.05, (max(edge, default=0.0) or 1.0) * 1.12)
        _dress(axes, "", unit)
        if len(series) > 1:
            _legend(axes, len(series))
        return svg(figure, name, title, lang)


def areas(
    name: str,
    starts: Sequence[float],
    groups: Sequence[tuple[float, str]],
    series: Sequence[Series],
    values: Sequence[Sequence[float]],
    line: Curve | None,
    *,
    title: str,
    unit: str,
    lang: str,
    end: float,
) -> str:
    """Steps of power over time: `values` are rows of a start each, stacked; `line` lies on top.

    `groups` name parts of the axis (representative days), each from its start on; `end` closes
    the last.
    """
    with settings():
        figure, axes = canvas(_HEIGHT + 14, _LEFT, top=_TOP, bottom=_BOTTOM)
        edges = [*starts, end]
        base = [0.0] * len(starts)
        for count, one in enumerate(series):
            top = [done + row[count] for done, row in zip(base, values, strict=True)]
            axes.stairs(
                top,
                edges,
                baseline=base,
                fill=True,
                facecolor=one.colour,
                label=short(one.name, 36),
                hatch=HATCHES[count % len(HATCHES)],
                edgecolor="#ffffff",
                linewidth=0.0,
            )
            base = top
        if line is not None:
            axes.stairs(
                list(line.y), edges, color=line.colour, label=clean(line.name), linewidth=1.6
            )
        for place, _ in groups[1:]:
            axes.axvline(place, color=MUTE, lw=0.8)
        ends = [place for place, _ in groups[1:]] + [end]
        middles = [(place + last) / 2 for (place, _), last in zip(groups, ends, strict=True)]
        axes.set_xticks(middles, [short(word, 16) for _, word in groups])
        axes.set_xlim(edges[0], end)
        top_of = max([*base, *(line.y if line is not None else ())], default=0.0)
        axes.set_ylim(0, (top_of or 1.0) * 1.06)
        _dress(axes, "", unit)
        _legend(axes, len(series) + 1)
        return svg(figure, name, title, lang)


def steps(
    name: str,
    curves: Sequence[Curve],
    *,
    title: str,
    x: str,
    y: str,
    lang: str,
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Shares up to each value (a distribution); `marks` are limits that stand as lines."""
    rows = -(-len(curves) // 4)
    with settings():
        figure, axes = canvas(
            _HEIGHT + 16 * (rows - 1), _LEFT, top=_TOP + 16 * (rows - 1), bottom=_BOTTOM
        )
        for count, curve in enumerate(curves):
            axes.step(
                curve.x,
                [100 * value for value in curve.y],
                where="post",
                color=curve.colour,
                ls=_DASHES[count % len(_DASHES)],
                lw=1.8,
                label=short(curve.name, 30),
            )
        for place, word in marks:
            axes.axvline(place, color=INK, lw=0.8, ls=":")
            axes.annotate(
                clean(word),
                (place, 4),
                (4, 0),
                textcoords="offset points",
                size=TEXT - 1.5,
                bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 1},
            )
        axes.set_ylim(0, 103)
        axes.set_xlim(left=0)
        _dress(axes, x, y)
        axes.xaxis.set_major_formatter(plain)
        legend(axes, min(len(curves), 4), (0.0, 1 + 8 / 176))
        return svg(figure, name, title, lang)


def lorenz(
    name: str, curves: Sequence[Curve], *, even: str, title: str, x: str, y: str, lang: str
) -> str:
    """Lorenz curves: shares of one thing by shares of another; `even` names the diagonal."""
    with settings():
        figure, axes = canvas(_HEIGHT + 70, _LEFT, top=_TOP, bottom=_BOTTOM)
        axes.plot([0, 100], [0, 100], color=MUTE, lw=1.0, ls=":", label=short(even, 30))
        for count, curve in enumerate(curves):
            axes.plot(
                [100 * value for value in curve.x],
                [100 * value for value in curve.y],
                color=curve.colour,
                ls=_DASHES[count % len(_DASHES)],
                lw=1.8,
                label=short(curve.name, 30),
            )
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        _dress(axes, x, y)
        axes.xaxis.set_major_formatter(plain)
        legend(axes, len(curves) + 1, (0.0, 1 + 8 / (_HEIGHT + 70 - _TOP - _BOTTOM)))
        return svg(figure, name, title, lang)
