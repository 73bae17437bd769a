"""What provinces can be shaded by: values, classes, colours, and how a value is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from layout.labels import has, text
from layout.model.hardware import family
from layout.report.colours import DIVERGING, SEQUENTIAL, ZERO
from layout.report.quantities import number, quantity, share
from layout.report.view import View

SHARES = (0.25, 0.5, 0.75, 0.95)
_QUANTILES = (0.2, 0.4, 0.6, 0.8)

Values = Mapping[str, float]
"""Province code → value; a province without a value is absent."""


@dataclass(frozen=True)
class Metric:
    """One quantity. `unit` is a key of `quantity`; `breaks` None = by quantiles.

    `adds` marks what sums over kinds, which needs their FP32 equivalents.
    """

    key: str
    values: Callable[[View], Values]
    unit: str = "EFLOPS"
    label: Callable[[View], str] | None = None
    diverging: bool = False
    breaks: tuple[float, ...] | None = None
    adds: bool = False


def metric_records(view: View, leading: Sequence[Metric] = ()) -> list[dict[str, Any]]:
    """Every quantity that the plan can show, ready for the page; one without values is left out.

    `leading` stand before the plan's own.
    """
    records = []
    for metric in (*leading, *_metrics(view)):
        values = {
            code: float(value)
            for code, value in metric.values(view).items()
            if code in view.included and math.isfinite(value)
        }
        if values and (not metric.adds or view.common):
            records.append(_record(metric, values, view))
    return records


def _record(metric: Metric, values: Values, view: View) -> dict[str, Any]:
    breaks = metric.breaks or (_symmetric(values) if metric.diverging else _classes(values))
    colours = DIVERGING if metric.diverging else SEQUENTIAL
    label = metric.label(view) if metric.label else text(f"map.metric.{metric.key}", view.lang)
    unit = view.compute_unit if metric.adds and metric.unit == "EFLOPS" else metric.unit
    return {
        "key": metric.key,
        "label": label,
        "unit": _unit_word(unit, view.lang),
        "values": {code: round(value, 9) for code, value in values.items()},
        "shown": {code: _shown(value, unit, view.lang) for code, value in values.items()},
        "breaks": list(breaks),
        "classes": _class_names(breaks, unit, view.lang),
        "colours": list(_spread(colours, len(breaks) + 1)),
        "zero": ZERO if not metric.diverging and any(v == 0 for v in values.values()) else None,
    }


def _metrics(view: View) -> list[Metric]:
    kinds = [_of_kind(kind, about.name) for kind, about in view.kinds.items()]
    return [
        Metric("compute", lambda view: _compute(view, "compute_eflops"), adds=True),
        Metric("additions", _additions, adds=True),
        *(kinds if len(kinds) > 1 else ()),
        Metric("demand", _demand, adds=True),
        Metric("self_sufficiency", _self_sufficiency, "share", breaks=SHARES, adds=True),
        Metric("net_service", _net_service, adds=True, diverging=True),
        Metric("energy", lambda view: _energy(view, "facility_gwh"), "GWh"),
        Metric("carbon", lambda view: _energy(view, "carbon_kt"), "kt"),
        Metric("green", _green, "share", breaks=(0.2, 0.4, 0.6, 0.8)),
        Metric("pue", _pue, "1"),
        Metric("power_price", _price, "CNY/kWh"),
    ]


def _of_kind(kind: str, name: str) -> Metric:
    """Compute of one kind and its sub-kinds, in their precision."""
    return Metric(
        f"compute:{kind}",
        lambda view: _compute(view, "compute_eflops", kind),
        label=lambda view: text("map.metric.compute_kind", view.lang, kind=name),
    )


def _compute(view: View, column: str, kind: str | None = None) -> Values:
    """Native EFLOPS of a kind with its sub-kinds, or FP32 equivalents of all, by province."""
    table = view.capacity.reset_index()
    if kind is not None:
        table = table[table["kind"].isin(family(view.plan.model, kind))]
        amount = table[column]
    else:
        amount = table[column] * view.factors(table["kind"])
    return _by_home(view, table["site"], amount)


def _additions(view: View) -> Values:
    return _compute(view, "added") if view.capacity["added"].sum() > 0 else {}


def _by_home(view: View, sites: pd.Series, amount: pd.Series) -> Values:
    """Sums by province; a province that has sites but nothing at them is zero."""
    homes = view.sites["home"]
    sums = pd.Series(0.0, index=sorted(set(homes) - {""}))
    found = amount.groupby(homes.reindex(sites).to_numpy()).sum()
    return dict(sums.add(found, fill_value=0.0).drop(index="", errors="ignore"))


def _demand(view: View) -> Values:
    return dict(view.demand.groupby("home")["fp32"].sum().drop(index="", errors="ignore"))


def _self_sufficiency(view: View) -> Values:
    """Share of a province's demand that is served from sites in it."""
    service = view.service
    if service.empty:
        return {}
    demand = pd.Series(_demand(view))
    home = service[service["from_home"] == service["to_home"]].groupby("from_home")["fp32"].sum()
    return dict(home.reindex(demand.index, fill_value=0.0)[demand > 0] / demand[demand > 0])


def _net_service(view: View) -> Values:
    """Served by sites of the province less served to its zones."""
    service = view.service
    if service.empty:
        return {}
    given = service.groupby("to_home")["fp32"].sum()
    taken = service.groupby("from_home")["fp32"].sum()
    return dict(given.sub(taken, fill_value=0.0).drop(index="", errors="ignore"))


def _energy(view: View, column: str) -> Values:
    if view.energy.empty:
        return {}
    table = view.energy.reset_index()
    return _by_home(view, table["site"], table[column])


def _green(view: View) -> Values:
    """Contracted renewables and certificates over facility energy."""
    if view.energy.empty:
        return {}
    facility = pd.Series(_energy(view, "facility_gwh"))
    green = pd.Series(_energy(view, "renewable_gwh")) + pd.Series(_energy(view, "certificate_gwh"))
    return dict((green / facility)[facility > 0])


def _pue(view: View) -> Values:
    table = view.capacity.reset_index()
    space = pd.Series(_by_home(view, table["site"], table["facility_it_mw"]))
    weighted = (table["pue"] * table["facility_it_mw"]).fillna(0.0)
    return dict((pd.Series(_by_home(view, table["site"], weighted)) / space)[space > 0])


def _price(view: View) -> Values:
    """Mean power price of the sites of a province."""
    homes = view.sites["home"].reindex(view.power_price.index).to_numpy()
    prices = view.power_price.groupby(homes).mean()
    return dict(prices.drop(index="", errors="ignore"))


def _classes(values: Values) -> tuple[float, ...]:
    """Breaks at rounded quantiles of the values above zero."""
    above = pd.Series([value for value in values.values() if value > 0], dtype=float)
    if above.empty:
        return ()
    breaks = sorted({_rounded(float(above.quantile(q))) for q in _QUANTILES})
    return tuple(value for value in breaks if above.min() < value <= above.max())


def _symmetric(values: Values) -> tuple[float, ...]:
    size = pd.Series([abs(value) for value in values.values() if abs(value) > 1e-9], dtype=float)
    if size.empty:
        return (0.0,)
    steps = sorted({_rounded(float(size.quantile(q))) for q in (0.4, 0.8)} - {0.0})
    return (*(-step for step in reversed(steps)), 0.0, *steps)


def _rounded(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.2g}")


def _spread(colours: tuple[str, ...], count: int) -> tuple[str, ...]:
    """That many of the colours, the first and the last among them."""
    if count == 1:
        return (colours[len(colours) // 2],)
    last = len(colours) - 1
    return tuple(colours[round(position * last / (count - 1))] for position in range(count))


def _class_names(breaks: tuple[float, ...], unit: str, lang: str) -> list[str]:
    if not breaks:
        return [text("map.class.all", lang)]
    shown = [_edge(value, unit) for value in breaks]
    middle = [f"{low} – {high}" for low, high in pairwise(shown)]
    return [f"< {shown[0]}", *middle, f"≥ {shown[-1]}"]


def _edge(value: float, unit: str) -> str:
    return number(100 * value) if unit == "share" else number(value)


def _unit_word(unit: str, lang: str) -> str:
    key = f"map.unit_word.{unit.lower()}"
    return text(key, lang) if has(key) else unit


def _shown(value: float, unit: str, lang: str) -> str:
    if unit == "share":
        return share(value)
    if unit == "1":
        return number(value)
    return quantity(value, unit, lang)
