"""Charts as SVG text with the colours of the maps: drawn by matplotlib, the same bytes each time.

Words stand in them as text, in the fonts that a page or an SVG viewer has.
"""

from __future__ import annotations

from layout.report.charts.bars import Series, bars, spans
from layout.report.charts.curves import Curve, areas, columns, lorenz, steps
from layout.report.charts.scatter import scatter
from layout.report.charts.supply import Offer, supply

__all__ = [
    "Curve",
    "Offer",
    "Series",
    "areas",
    "bars",
    "columns",
    "lorenz",
    "scatter",
    "spans",
    "steps",
    "supply",
]
