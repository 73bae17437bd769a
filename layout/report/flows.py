"""Who serves whom, as a page draws it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layout.labels import text
from layout.report.quantities import number, quantity, share
from layout.report.sums import LEAST
from layout.report.view import View

MOST_FLOWS = 2000
"""Flows that a page draws; with more it is no longer dragged smoothly."""


def flows(view: View) -> list[dict[str, Any]]:
    """Service between places that is drawn, the largest first; the same in every language.

    What a zone's own sites serve is not a flow. Of too many flows the largest of every workload
    are drawn; popups and sums count them all.
    """
    if view.service.empty:
        return []
    return [
        {
            "workload": row["workload"],
            "zone": row["zone"],
            "site": row["site"],
            "amount": round(float(row["fp32"]), 9),
            "shown": quantity(row["served_eflops"], "EFLOPS", view.lang),
            "one_way": number(row["latency_one_way_ms"]),
            "rtt": number(row["latency_rtt_ms"]),
        }
        for row in drawn(view).to_dict("records")
    ]


def drawn(view: View) -> pd.DataFrame:
    """The rows of the service that are drawn as flows."""
    away = _away(view)
    return away[_largest(away)]


def _largest(away: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows are drawn: the first of every workload, then the second of each, and so on."""
    order = np.argsort(away.groupby("workload", sort=False).cumcount().to_numpy(), kind="stable")
    chosen = np.zeros(len(away), dtype=bool)
    chosen[order[:MOST_FLOWS]] = True
    return chosen


def _away(view: View) -> pd.DataFrame:
    """Service that leaves its zone, the largest first."""
    service = view.service
    away = service[~service["own"] & (service["served_eflops"] > LEAST)]
    return away.sort_values("fp32", ascending=False, kind="stable")


def flows_left(view: View) -> str:
    """How many flows are not drawn and how much they carry; '' when all are."""
    if view.service.empty:
        return ""
    away = _away(view)
    left = ~_largest(away)
    if not left.any():
        return ""
    carried = float(away["fp32"].to_numpy()[left].sum() / away["fp32"].sum())
    count = f"{int(left.sum()):,}"
    return text("map.flow.left", view.lang, count=count, share=share(carried))


def zones(view: View) -> dict[str, dict[str, Any]]:
    """Zone → its name, place and province: where the flows begin."""
    table = view.zones
    columns = (table.index, table["lat"], table["lon"], table["home"])
    return {
        str(zone): {"name": view.zone_names[zone], "at": [float(lat), float(lon)], "home": home}
        for zone, lat, lon, home in zip(*columns, strict=True)
    }
