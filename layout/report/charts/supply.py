"""A supply curve: what is on offer by rising price, and the amount that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layout.labels.cleaning import clean
from layout.report.charts.canvas import TEXT, canvas, legend, plain, settings, short, svg
from layout.report.colours import INK, LINE

_HEIGHT, _TOP, _BOTTOM, _LEFT = 240.0, 30.0, 44.0, 66.0


@dataclass(frozen=True)
class Offer:
    """A step of the curve: how much of it runs, how much stands ready, at which price."""

    runs: float
    ready: float
    price: float


def supply(
    name: str,
    offers: Sequence[Offer],
    asked: float,
    words: tuple[str, str, str],
    *,
    colour: str,
    title: str,
    x: str,
    y: str,
    lang: str,
) -> str:
    """Steps in the order given, as wide as the offer; a line stands where all that is asked ends.

    `words` name what runs, what stands ready, and the line.
    """
    with settings():
        figure, axes = canvas(_HEIGHT, _LEFT, top=_TOP, bottom=_BOTTOM)
        edges = [0.0]
        for offer in offers:
            edges += [edges[-1] + offer.runs, edges[-1] + offer.runs + offer.ready]
        prices = [offer.price for offer in offers]
        for part, (word, shade, hatch) in enumerate(
            ((words[0], colour, ""), (words[1], LINE, "////"))
        ):
            own = [price if at == part else 0.0 for price in prices for at in (0, 1)]
            axes.stairs(own, edges, fill=True, facecolor=shade, label=short(word, 36),
                        hatch=hatch, edgecolor="#ffffff", linewidth=0.0)  # fmt: skip
        outline = [price for price in prices for _ in (0, 1)]
        axes.stairs(outline, edges, baseline=None, color=INK, linewidth=0.9)
        axes.axvline(asked, color=INK, lw=1.2, ls="--", label=short(words[2], 36))
        axes.yaxis.grid(visible=True)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_formatter(plain)
        axes.yaxis.set_major_formatter(plain)
        axes.set_xlim(0, max(edges[-1], asked) * 1.02 or 1.0)
        axes.set_ylim(min([*prices, 0.0]) * 1.05, max([*prices, 0.0]) * 1.08 or 1.0)
        axes.set_xlabel(clean(x), size=TEXT - 1)
        axes.set_ylabel(clean(y), size=TEXT - 1, rotation_mode="anchor", labelpad=12)
        legend(axes, 3, (0.0, 1 + 8 / (_HEIGHT - _TOP - _BOTTOM)))
        return svg(figure, name, title, lang)
