"""The small charts beside a map, as records: rows or columns of stacked parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from layout.labels import has, text
from layout.report.colours import CLASS_COLOURS, KIND_COLOURS
from layout.report.quantities import number, quantity, scale, share
from layout.report.view import ACTIONS, View

LATENCY_CLASSES_MS = (5.0, 10.0, 20.0, 30.0)
GRID, GREEN, PLAIN = CLASS_COLOURS[5], CLASS_COLOURS[3], "#4a5762"
BATTERY, COLD = CLASS_COLOURS[0], CLASS_COLOURS[2]
FILLS = {"grid": GRID, "renewable": GREEN, "fuel": PLAIN, "battery": BATTERY, "cold": COLD}
SPECK = 1e-9  # share of what is used: less is rounding
_SHARE_OF_LEAST = 1e-6
_PARTS = ("kept", *ACTIONS)

Part = tuple[float, str]
"""Size of a part and its fill: a colour, or kind and action as in ``0/built``."""


def chart_records(view: View) -> list[dict[str, Any]]:
    """Compute by kind, cost, delays of service, power by hour; by year where there are several."""
    charts = [
        _kinds(view),
        *_by_year(view),
        _cost(view),
        _latency(view),
        _hours(view),
    ]
    return [one for one in charts if one is not None and one["rows"]]


def paired(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> list[Any]:
    """The charts that two plans both have, every row of one above the same row of the other."""
    others = {one["key"]: one for one in second}
    found = []
    for one in first:
        other = others.get(one["key"])
        if other is None or other["unit"] != one["unit"]:
            continue
        mine, theirs = ({row["label"]: row for row in chart["rows"]} for chart in (one, other))
        rows = [
            {**rows[label], "label": f"{label} · {name}"}
            for label in dict.fromkeys([*mine, *theirs])
            for name, rows in (("A", mine), ("B", theirs))
            if label in rows
        ]
        found.append({**one, "rows": rows, "form": "rows"})
    return found


def _chart(
    view: View,
    key: str,
    rows: Sequence[dict[str, Any]],
    unit: str = "",
    keys: Iterable[tuple[str, str]] = (),
    form: str = "rows",
) -> dict[str, Any]:
    """A chart; `keys` are fill and label of its parts, `form` is rows or columns."""
    return {
        "key": key,
        "title": text(f"map.chart.{key}", view.lang),
        "unit": unit,
        "form": form,
        "rows": list(rows),
        "keys": [list(one) for one in keys],
    }


def _row(label: str, parts: Iterable[Part], shown: str) -> dict[str, Any]:
    given = list(parts)
    least = _SHARE_OF_LEAST * sum(abs(size) for size, _ in given)
    kept = [[round(size, 6), fill] for size, fill in given if size > least]
    return {"label": label, "parts": kept, "shown": shown}


def _kinds(view: View) -> dict[str, Any] | None:
    """What stays, is filled, expanded and built of every kind, in FP32 equivalents."""
    if not view.common or view.capacity.empty:
        return None
    sums = view.capacity.groupby(level="kind").sum()
    rows = []
    for kind, row in sums.iterrows():
        about = view.kinds[str(kind)]
        sizes = {name: float(row[f"{name}_eflops"]) * about.factor for name in ACTIONS}
        total = float(row["compute_eflops"]) * about.factor
        sizes["kept"] = total - sum(sizes.values())
        fills = {name: f"{about.colour}/{name}" for name in ACTIONS}
        fills["kept"] = _kind_colour(about.colour)
        rows.append(
            _row(about.name, ((sizes[name], fills[name]) for name in _PARTS), number(total))
        )
    return _chart(view, "kinds", rows, view.compute_unit)


def _kind_colour(number: int) -> str:
    return KIND_COLOURS[number % len(KIND_COLOURS)]


def _by_year(view: View) -> list[dict[str, Any]]:
    """Compute, energy and carbon of every year of a plan of several."""
    capacity, energy = view.whole.get("capacity"), view.whole.get("energy")
    if capacity is None or energy is None or capacity["year"].nunique() < 2:
        return []
    years = sorted(map(int, set(capacity["year"])))
    charts = []
    if view.common:
        charts.append(_compute_by_year(view, capacity, years))
    sums = energy.groupby("year")[["grid_gwh", "renewable_gwh", "facility_gwh", "carbon_kt"]].sum()
    sums = sums.reindex(years).fillna(0.0)
    rest = sums["facility_gwh"] - sums["grid_gwh"] - sums["renewable_gwh"]
    sums["fuel_gwh"] = rest.where(rest > SPECK * sums["facility_gwh"], 0.0)
    names = ("grid", "renewable", *(("fuel",) if sums["fuel_gwh"].any() else ()))
    rows = [
        _row(
            str(year),
            ((row[f"{name}_gwh"], FILLS[name]) for name in names),
            quantity(float(row["facility_gwh"]), "GWh", view.lang),
        )
        for year, row in sums.iterrows()
    ]
    charts.append(_chart(view, "energy_years", rows, "", _supply_keys(view, *names)))
    carbon = [
        _row(str(year), [(float(value), PLAIN)], quantity(float(value), "kt", view.lang))
        for year, value in sums["carbon_kt"].items()
    ]
    return [*charts, _chart(view, "carbon_years", carbon)]


def _compute_by_year(view: View, capacity: pd.DataFrame, years: list[int]) -> dict[str, Any]:
    fp32 = capacity["compute_eflops"] * view.factors(capacity["kind"])
    sums = fp32.groupby([capacity["year"], capacity["kind"]]).sum()
    rows = []
    for year in years:
        sizes = {kind: float(sums.get((year, kind), 0.0)) for kind in view.kinds}
        parts = ((size, _kind_colour(view.kinds[kind].colour)) for kind, size in sizes.items())
        rows.append(_row(str(year), parts, number(sum(sizes.values()))))
    keys = ((_kind_colour(about.colour), about.name) for about in view.kinds.values())
    return _chart(view, "compute_years", rows, view.compute_unit, keys)


def _supply_keys(view: View, *names: str) -> list[tuple[str, str]]:
    return [(FILLS[name], text(f"map.supply.{name}", view.lang)) for name in names]


def _cost(view: View) -> dict[str, Any] | None:
    """The year's cost by component, the largest first; parts that are nothing are left out."""
    found = view.plan.record.get("cost_breakdown_mcny") or {}
    total = sum(abs(value) for value in found.values())
    if total <= 0:
        return None
    largest = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [
        _row(_component(name, view.lang), [(value, PLAIN)], quantity(value, "mcny", view.lang))
        for name, value in largest
        if abs(value) > _SHARE_OF_LEAST * total
    ]
    return _chart(view, "cost", rows)


def _component(name: str, lang: str) -> str:
    key = f"cli.cost.{name}"
    return text(key, lang) if has(key) else name


def _latency(view: View) -> dict[str, Any] | None:
    """Served work by the delay that it has, on the model's basis."""
    service = view.service
    if service.empty or not view.common:
        return None
    basis = view.plan.model.settings.latency.basis
    column = "latency_rtt_ms" if basis == "rtt" else "latency_one_way_ms"
    edges = [-np.inf, *LATENCY_CLASSES_MS, np.inf]
    classes = pd.cut(service[column], edges, labels=False, right=True)
    sums = service["fp32"].groupby(classes).sum().reindex(range(len(edges) - 1), fill_value=0.0)
    total = float(sums.sum())
    if total <= 0:
        return None
    shown = [number(edge) for edge in LATENCY_CLASSES_MS]
    middle = [f"{low} – {high} ms" for low, high in pairwise(shown)]
    labels = [f"≤ {shown[0]} ms", *middle, f"> {shown[-1]} ms"]
    rows = [
        _row(label, [(float(size), PLAIN)], share(float(size) / total))
        for label, size in zip(labels, sums, strict=True)
    ]
    return _chart(view, "latency", rows, text(f"map.basis.{basis}", view.lang))


def _hours(view: View) -> dict[str, Any] | None:
    """Power of the average day by block of hours, where the plan has slices."""
    table, slices = view.table("dispatch"), view.plan.model["slices"]
    if table.empty or slices.empty:
        return None
    hour = slices.set_index("slice")["start_hour"]
    first = table["slice"].astype(str).str.split("..", regex=False).str[0]
    begins = hour.reindex(first).to_numpy(dtype=float)
    known = ~np.isnan(begins)
    supply = {"grid": "grid_mw", "renewable": "renewable_mw", "battery": "discharge_mw"}
    fuel = view.table("fuel")
    if not fuel.empty:
        table = table.merge(fuel, on=["site", "year", "slice"], how="left").fillna({"fuel_mw": 0.0})
        supply = {**supply, "fuel": "fuel_mw"}
    cold = view.table("cold_storage")
    if not cold.empty:
        keys, column = ["site", "year", "slice"], "cold_discharge_mw"
        table = table.merge(cold[[*keys, column]], on=keys, how="left").fillna({column: 0.0})
        supply = {**supply, "cold": column}
    columns = list(supply.values())
    hours = table.groupby([begins, "slice"])["hours"].first().groupby(level=0).sum()
    energy = table[columns].mul(table["hours"], axis=0)[known].groupby(begins[known]).sum()
    mean = energy.div(hours.reindex(energy.index), axis=0)
    divisor, word = scale(float(mean.sum(axis=1).max() if len(mean) else 0.0), "MW", view.lang)
    fills = [FILLS[name] for name in supply]
    rows = []
    begins_at = [int(begin) for begin in mean.index]
    for begin, end, (_, row) in zip(begins_at, [*begins_at[1:], 24], mean.iterrows(), strict=True):
        sizes = [float(row[name]) / divisor for name in columns]
        rows.append(
            _row(f"{begin:02d}–{end:02d}", zip(sizes, fills, strict=True), number(sum(sizes)))
        )
    names = [name for name in supply if name != "battery" or mean["discharge_mw"].sum() > 0]
    return _chart(view, "hours", rows, word, _supply_keys(view, *names), "columns")
