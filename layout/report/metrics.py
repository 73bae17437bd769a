"""Quantities of provinces as the page shows them: values, classes, colours, words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from layout.labels import text
from layout.report.colours import DIVERGING, SEQUENTIAL, ZERO
from layout.report.provincial import Metric, Values, catalogue
from layout.report.quantities import number, quantity, scale
from layout.report.view import View

__all__ = ["Among", "Metric", "metric_records", "metric_values", "shaded"]

_QUANTILES = (0.2, 0.4, 0.6, 0.8)

Among = Mapping[str, Sequence[float]]
"""Quantity → its values in all years and plans of a page, which share their classes."""


def metric_records(
    view: View, leading: Sequence[Metric] = (), among: Among | None = None
) -> list[dict[str, Any]]:
    """Every quantity that the plan can show, ready for the page; one without values is left out.

    `leading` stand before the plan's own; values `among` which the classes are made are those of
    other years and plans of the page.
    """
    return [
        _record(metric, values, view, (among or {}).get(metric.key, ()))
        for metric, values in _valued(view, leading)
    ]


def metric_values(view: View, leading: Sequence[Metric] = ()) -> dict[str, list[float]]:
    """Quantity → its values, to be classed together with those of other years and plans."""
    return {metric.key: list(values.values()) for metric, values in _valued(view, leading)}


def _valued(view: View, leading: Sequence[Metric]) -> list[tuple[Metric, Values]]:
    """The quantities that have values in the provinces of the model, with them."""
    found: list[tuple[Metric, Values]] = []
    for metric in (*leading, *catalogue(view)):
        values = view.memory.get(metric.key)
        if values is None:
            values = view.memory[metric.key] = {
                code: float(value)
                for code, value in metric.values(view).items()
                if code in view.included and math.isfinite(value)
            }
        if values and (not metric.adds or view.common):
            found.append((metric, values))
    return found


def _record(metric: Metric, values: Values, view: View, among: Sequence[float]) -> dict[str, Any]:
    label = metric.label(view) if metric.label else text(f"map.metric.{metric.key}", view.lang)
    return {
        "key": metric.key,
        "label": label,
        "group": text(f"map.metric_group.{metric.group}", view.lang),
        **shaded(
            values,
            view.compute_unit if metric.adds and metric.unit == "EFLOPS" else metric.unit,
            view.lang,
            diverging=metric.diverging,
            among=among,
            breaks=metric.breaks,
        ),
    }


def shaded(
    values: Values,
    unit: str,
    lang: str,
    *,
    diverging: bool,
    among: Sequence[float] = (),
    breaks: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Values with their classes, colours and words; the classes are made `among` all of these."""
    classed = {str(place): value for place, value in enumerate(among)} or values
    breaks = breaks or (_symmetric(classed) if diverging else _classes(classed))
    divisor, word = scale(max(map(abs, classed.values())), unit, lang)
    ends = min(classed.values()) / divisor, max(classed.values()) / divisor
    zero = any(round(value, 9) == 0 for value in classed.values())
    return {
        "unit_key": unit,
        "unit": word,
        "values": {code: round(value, 9) for code, value in values.items()},
        "shown": {code: _shown(value, unit, lang) for code, value in values.items()},
        "breaks": list(breaks),
        "classes": _class_names([value / divisor for value in breaks], unit, ends),
        "colours": list(_spread(DIVERGING if diverging else SEQUENTIAL, len(breaks) + 1)),
        "zero": ZERO if zero else None,
        "diverging": diverging,
    }


def _classes(values: Values) -> tuple[float, ...]:
    """Breaks at rounded quantiles of the values above zero."""
    above = pd.Series([value for value in values.values() if value > 0], dtype=float)
    if above.empty:
        return ()
    digits = _digits(above)
    breaks = sorted({_rounded(float(value), digits) for value in above.quantile([*_QUANTILES])})
    return tuple(value for value in breaks if above.min() < value <= above.max())


def _symmetric(values: Values) -> tuple[float, ...]:
    size = pd.Series([abs(value) for value in values.values() if abs(value) > 1e-9], dtype=float)
    if size.empty:
        return (0.0,)
    steps = sorted({_rounded(float(value), 2) for value in size.quantile([0.4, 0.8])} - {0.0})
    return (*(-step for step in reversed(steps)), 0.0, *steps)


def _digits(values: pd.Series) -> int:
    """Significant digits of the breaks: more where the values lie close together."""
    spread = float(values.max() - values.min()) / float(values.max())
    return 2 if spread > 0.5 else 3 if spread > 0.05 else 4


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _spread(colours: tuple[str, ...], count: int) -> tuple[str, ...]:
    """That many of the colours, the first and the last among them."""
    if count == 1:
        return (colours[len(colours) // 2],)
    last = len(colours) - 1
    return tuple(colours[round(position * last / (count - 1))] for position in range(count))


def _class_names(breaks: Sequence[float], unit: str, ends: tuple[float, float]) -> list[str]:
    """The range of every class; of the only one, from its least to its greatest value."""
    shown = [_edge(value, unit) for value in breaks]
    if not shown:
        return [" – ".join(dict.fromkeys(_edge(value, unit) for value in ends))]
    middle = [f"{low} – {high}" for low, high in pairwise(shown)]
    return [f"< {shown[0]}", *middle, f"≥ {shown[-1]}"]


def _edge(value: float, unit: str) -> str:
    """A number of the legend, with a minus sign that a dash is not taken for."""
    return number(100 * value if unit == "share" else value).replace("-", "\N{MINUS SIGN}")


def _shown(value: float, unit: str, lang: str) -> str:
    return number(value) if unit == "1" else quantity(value, unit, lang)
