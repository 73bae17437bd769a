"""Bars that lie: a place or a thing on each line, its parts beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layout.labels.cleaning import clean
from layout.report.charts.canvas import (
    TEXT,
    canvas,
    legend,
    margin,
    plain,
    settings,
    short,
    svg,
    width_of,
)
from layout.report.colours import INK, KIND_COLOURS
from layout.report.quantities import number

_STEP, _THICK = 21.0, 0.66
HATCHES = ("", "////", "....", "\\\\\\\\", "xx", "--", "++", "oo")
"""Series differ without colour as well."""


@dataclass(frozen=True)
class Series:
    """A part that every bar may have."""

    name: str
    colour: str


def hatches(count: int) -> list[str]:
    """The hatch of each series; one alone needs none."""
    return [HATCHES[at % len(HATCHES)] if count > 1 else "" for at in range(count)]


def stacked(
    count: int, values: Sequence[Sequence[float]]
) -> tuple[list[tuple[list[float], list[float]]], list[float], list[float]]:
    """Of each of `count` series its parts and where they start; tops and bottoms of the bars.

    Negative parts go the other way from zero.
    """
    top, low = [0.0] * len(values), [0.0] * len(values)
    found = []
    for at in range(count):
        row = [parts[at] for parts in values]
        found.append((row, [top[i] if part >= 0 else low[i] for i, part in enumerate(row)]))
        for i, part in enumerate(row):
            top[i] += max(part, 0.0)
            low[i] += min(part, 0.0)
    return found, top, low


def bars(
    name: str,
    labels: Sequence[str],
    series: Sequence[Series],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    unit: str,
    lang: str,
    shown: Sequence[str] = (),
) -> str:
    """One bar for each label; `values` are rows of parts; `shown` stands at the end of each bar."""
    said = [short(label, 30) for label in labels]
    ends = [clean(one) for one in shown] or [number(sum(row)) for row in values]
    top = 26.0 if len(series) > 1 else 8.0
    height = top + 38 + _STEP * len(said)
    with settings():
        figure, axes = canvas(height, margin(said), top=top, bottom=38, right=20)
        places = list(range(len(said)))[::-1]
        parts, edge, low = stacked(len(series), values)
        for one, (row, starts), hatch in zip(series, parts, hatches(len(series)), strict=True):
            axes.barh(
                places,
                row,
                _THICK,
                left=starts,
                color=one.colour,
                label=short(one.name, 36),
                hatch=hatch,
                edgecolor="#ffffff",
                linewidth=0.4,
            )
        for place, end, word in zip(places, edge, ends, strict=True):
            axes.annotate(
                word,
                (end, place),
                (5, 0),
                textcoords="offset points",
                va="center",
                size=TEXT - 0.5,
            )
        most = max([*edge, 0.0]) or 1.0
        room = max((width_of(word) for word in ends), default=0.0) + 10
        across = 660 - margin(said) - 20
        axes.set_xlim(min([*low, 0.0]) * 1.05, most * across / max(across - room, across / 3))
        axes.set_ylim(-0.6, len(said) - 0.4)
        axes.set_yticks(places, said)
        axes.tick_params(axis="y", colors=INK)
        axes.xaxis.set_major_formatter(plain)
        axes.xaxis.grid(visible=True)
        axes.spines["bottom"].set_visible(False)
        axes.set_xlabel(clean(unit), size=TEXT - 1)
        if len(series) > 1:
            legend(axes, len(series), (0.0, 1 + 6 / (height - top - 38)))
        return svg(figure, name, title, lang)


def spans(
    name: str,
    labels: Sequence[str],
    values: Sequence[Sequence[float]],
    *,
    title: str,
    unit: str,
    lang: str,
    log: bool = False,
) -> str:
    """From low over middle to high, a line for each label."""
    said = [short(label, 30) for label in labels]
    height = 46 + _STEP * len(said)
    with settings():
        figure, axes = canvas(height, margin(said), top=8, bottom=38, right=24)
        for place, (low, middle, high) in zip(range(len(said))[::-1], values, strict=True):
            axes.plot([low, high], [place, place], color=KIND_COLOURS[0], lw=3.5, alpha=0.45)
            axes.plot([middle], [place], "o", color=KIND_COLOURS[0], ms=7, mec="#ffffff")
        if log:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter("")
        if unit == "%":
            axes.set_xlim(0, 102)
        axes.set_ylim(-0.6, len(said) - 0.4)
        axes.set_yticks(list(range(len(said)))[::-1], said)
        axes.tick_params(axis="y", colors=INK)
        axes.tick_params(which="minor", size=0)
        axes.xaxis.set_major_formatter(plain)
        axes.xaxis.grid(visible=True)
        axes.spines["bottom"].set_visible(False)
        axes.set_xlabel(clean(unit), size=TEXT - 1)
        return svg(figure, name, title, lang)
