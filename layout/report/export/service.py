"""The layers of service: lines from the demand to the sites, and the zones."""

from __future__ import annotations

from math import sqrt
from typing import Any

import shapely

from layout.labels import text
from layout.plan.files import NUMBER
from layout.report.colours import KIND_COLOURS
from layout.report.export.layer import (
    Layer,
    compute_unit,
    field_of,
    home_of,
    names_of,
    point,
    titles,
)
from layout.report.export.tables import Field
from layout.report.sums import LEAST
from layout.report.view import View

WIDEST_MM = 2.6
"""Width of the widest flow."""


def flow_layer(view: View) -> Layer:
    """A line from every zone to every site that serves it from elsewhere."""
    fields = [
        field_of(code)
        for code in ("zone", "zone_name", "site", "site_name", "workload", "workload_name",
                     "kind", "kind_name", "from_province", "to_province")
    ]  # fmt: skip
    fields += [
        field_of("served_eflops", NUMBER, "EFLOPS"),
        field_of("compute", NUMBER, compute_unit(view)),
        field_of("latency_one_way_ms", NUMBER, "ms"),
        field_of("latency_rtt_ms", NUMBER, "ms"),
        field_of("width_mm", NUMBER, "mm"),
    ]
    service, rows, shapes = view.service, [], []
    if not service.empty:
        away = service[~service["own"] & (service["served_eflops"] > LEAST)]
        away = away.sort_values("fp32", ascending=False, kind="stable")
        most = float(away["fp32"].max()) if len(away) else 1.0
        for row in away.to_dict("records"):
            ends = [(view.zones, row["zone"]), (view.sites, row["site"])]
            at = [point(table.at[code, "lon"], table.at[code, "lat"]) for table, code in ends]
            if at[0] != at[1]:  # a line without length is none
                rows.append(_flow(view, row, most))
                shapes.append(shapely.LineString(at))
    classes = tuple(
        {"value": code, "label": about.name, "colour": _colour(about.colour)}
        for code, about in view.kinds.items()
    )
    own = tuple(fields)
    return Layer("flows", *titles("flows"), "LineString", own, tuple(rows), tuple(shapes), classes)


def _flow(view: View, row: dict[Any, Any], most: float) -> dict[str, Any]:
    return {
        "zone": row["zone"],
        "zone_name": view.zone_names[row["zone"]],
        "site": row["site"],
        "site_name": view.site_names[row["site"]],
        "workload": row["workload"],
        "workload_name": view.workload_names[row["workload"]],
        "kind": row["kind"],
        "kind_name": view.kinds[row["kind"]].name,
        "from_province": home_of(view, row["from_home"])["province_name"],
        "to_province": home_of(view, row["to_home"])["province_name"],
        "served_eflops": row["served_eflops"],
        "compute": row["fp32"],
        "latency_one_way_ms": row["latency_one_way_ms"],
        "latency_rtt_ms": row["latency_rtt_ms"],
        "width_mm": round(max(0.1, WIDEST_MM * sqrt(row["fp32"] / most)), 3),
    }


def _colour(number: int) -> str:
    return KIND_COLOURS[number % len(KIND_COLOURS)]


def zone_layer(view: View) -> Layer:
    """A point for every zone with what it needs of each kind."""
    demand = view.demand.groupby(["zone", "kind"])["demand_eflops"].sum()
    whole = view.demand.groupby("zone")["fp32"].sum()
    fields = [
        field_of(code) for code in ("zone", "name_zh", "name_en", "province", "province_name")
    ]
    fields += [field_of("region"), field_of("demand", NUMBER, compute_unit(view))]
    kinds = {kind: f"demand_{number}" for number, kind in enumerate(view.kinds, start=1)}
    fields += [
        Field(
            code,
            text("export.field.demand_kind", "en", kind=view.kinds[kind].name),
            text("export.field.demand_kind", "zh", kind=view.kinds[kind].name),
            "EFLOPS",
            NUMBER,
        )
        for kind, code in kinds.items()
    ]
    rows = [
        {
            "zone": str(zone),
            **names_of(view.zones, zone),
            **home_of(view, str(view.zones.at[zone, "home"])),
            "region": str(view.zones.at[zone, "region"]),
            "demand": float(whole.get(zone, 0.0)),
            **{code: float(demand.get((zone, kind), 0.0)) for kind, code in kinds.items()},
        }
        for zone in view.zones.index
    ]
    shapes = [
        point(lon, lat) for lon, lat in zip(view.zones["lon"], view.zones["lat"], strict=True)
    ]
    return Layer("zones", *titles("zones"), "Point", tuple(fields), tuple(rows), tuple(shapes))
