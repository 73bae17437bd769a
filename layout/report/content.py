"""Everything that a page's script reads: one JSON-ready record made from a view of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from layout.labels import table, text
from layout.report.cards import Cards
from layout.report.colours import KIND_COLOURS
from layout.report.extra import (
    Extra,
    class_records,
    province_metrics,
    province_sections,
    site_sections,
)
from layout.report.metrics import metric_records
from layout.report.panel import figure_records, main_action, site_rows, target_records
from layout.report.quantities import number, quantity, share
from layout.report.reach import BASES, LIMITS_MS, reach
from layout.report.sums import LEAST, Amounts
from layout.report.view import ACTIONS, View

MOST_FLOWS = 400
"""Flows of one workload that a page draws; more make a felt of lines and a slow page."""

_UI = "map.ui."


def content(view: View, extras: Sequence[Extra] = ()) -> dict[str, Any]:
    """The record. Site and zone codes, names and numbers are plain text; nothing is HTML."""
    cards = Cards(view)
    metrics = metric_records(view, province_metrics(extras))
    provinces, sites = _provinces(view, cards), _sites(view, cards)
    for code, province in provinces.items():
        province["card"]["sections"][:0] = province_sections(view, metrics, extras, code)
    for one in sites:
        one["card"]["sections"][:0] = site_sections(view, extras, one["site"])
    return {
        "lang": view.lang,
        "words": {
            key.removeprefix(_UI): text(key, view.lang) for key in table() if key.startswith(_UI)
        },
        "unit": view.compute_unit,
        "kinds": _kinds(view),
        "workloads": _workloads(view),
        "metrics": metrics,
        "provinces": provinces,
        "sites": sites,
        "classes": class_records(view, extras),
        "rows": site_rows(view, cards.sums),
        "flows": flows(view),
        "flows_left": _flows_left(view),
        "reach": reaches(view),
        "figures": figure_records(view),
        "targets": target_records(view),
        "lines": [{"kind": line.kind, "geometry": line.geometry} for line in view.boundaries.lines],
        "proxies": sorted(view.proxies & view.included),
        "outside": sorted(set(view.provinces) - view.included),
        "alike": bool(view.alike),
        "overridden": bool(view.overridden),
    }


def _kinds(view: View) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "name": about.name, "colour": KIND_COLOURS[about.colour % len(KIND_COLOURS)]}
        for kind, about in view.kinds.items()
    ]


def _workloads(view: View) -> list[dict[str, Any]]:
    return [
        {
            "workload": workload,
            "name": view.workload_names[workload],
            "kind": view.kinds[kind].colour,
        }
        for workload, kind in view.workloads["kind"].items()
    ]


def _provinces(view: View, cards: Cards) -> dict[str, Any]:
    return {
        code: {
            "name": province.name(view.lang),
            "short": province.short(view.lang),
            "at": [province.lat, province.lon],
            "card": cards.province(code),
        }
        for code, province in view.provinces.items()
    }


def _sites(view: View, cards: Cards) -> list[dict[str, Any]]:
    """Sites with what is drawn and what their popups say."""
    return [
        {
            "site": site,
            "name": view.site_names[site],
            "short": _short(view.site_names[site]),
            "at": [float(lat), float(lon)],
            "province": home,
            "cluster": bool(cluster),
            "letter": view.alike.get(site, ""),
            "kinds": _drawn(view, cards.sums.capacity.get(site, {})),
            "card": cards.site(site),
        }
        for site, lat, lon, home, cluster in zip(
            map(str, view.sites.index),
            *(view.sites[column] for column in ("lat", "lon", "home", "cluster")),
            strict=True,
        )
    ]


def _drawn(view: View, kinds: dict[str, Amounts]) -> list[dict[str, Any]]:
    """Per kind the kept, filled, expanded, built and retired EFLOPS (FP32 equivalent)."""
    drawn = []
    for kind, row in kinds.items():
        about = view.kinds[kind]
        parts = {name: row[f"{name}_eflops"] * about.factor for name in (*ACTIONS, "retired")}
        compute = row["compute_eflops"] * about.factor
        parts["kept"] = max(0.0, compute - sum(parts[name] for name in ACTIONS))
        shown = {name: round(value, 6) for name, value in parts.items() if value > LEAST}
        if shown:
            action = main_action({**parts, "compute": compute})
            drawn.append({"kind": about.colour, "parts": shown, "action": action})
    return drawn


def _short(name: str) -> str:
    """The name of a cluster without the word for it, to stand on the map."""
    for ending in ("数据中心集群", "集群", " data centre cluster", " cluster"):
        name = name.removesuffix(ending)
    return name


def flows(view: View) -> list[dict[str, Any]]:
    """Service between places that is drawn, the largest first.

    What a zone's own sites serve is not a flow. Of many flows the largest of every workload are
    drawn; popups and sums count them all.
    """
    if view.service.empty:
        return []
    of_zone, of_site = _places(view.zones), _places(view.sites)
    drawn = _away(view).groupby("workload", sort=False).head(MOST_FLOWS)
    return [
        {
            "workload": row["workload"],
            "zone": row["zone"],
            "site": row["site"],
            "from": of_zone[row["zone"]],
            "to": of_site[row["site"]],
            "home": row["from_home"],
            "amount": round(float(row["fp32"]), 9),
            "tip": _flow_tip(view, row),
        }
        for row in drawn.to_dict("records")
    ]


def _away(view: View) -> pd.DataFrame:
    """Service that leaves its zone, the largest first."""
    service = view.service
    away = service[~service["own"] & (service["served_eflops"] > LEAST)]
    return away.sort_values("fp32", ascending=False, kind="stable")


def _flows_left(view: View) -> str:
    """How many flows are not drawn and how much they carry; '' when all are."""
    if view.service.empty:
        return ""
    away = _away(view)
    left = away.groupby("workload", sort=False).cumcount().to_numpy() >= MOST_FLOWS
    if not left.any():
        return ""
    carried = float(away["fp32"].to_numpy()[left].sum() / away["fp32"].sum())
    count = f"{int(left.sum()):,}"
    return text("map.flow.left", view.lang, count=count, share=share(carried))


def _places(table: pd.DataFrame) -> dict[Any, list[float]]:
    """Code → latitude and longitude."""
    rows = table[["lat", "lon"]].to_numpy(dtype=float).tolist()
    return dict(zip(table.index, rows, strict=True))


def _flow_tip(view: View, row: Mapping[Any, Any]) -> str:
    return text(
        "map.flow.tip",
        view.lang,
        zone=view.zone_names[row["zone"]],
        site=view.site_names[row["site"]],
        workload=view.workload_names[row["workload"]],
        amount=quantity(row["served_eflops"], "EFLOPS", view.lang),
        precision=view.kinds[row["kind"]].precision,
        one_way=number(row["latency_one_way_ms"]),
        rtt=number(row["latency_rtt_ms"]),
    )


def reaches(view: View) -> list[dict[str, Any]]:
    """The rings around every hub cluster, for each limit and basis."""
    sites = view.sites
    clusters = sites[sites["cluster"] != ""]
    latency = view.plan.model.settings.latency
    records = []
    for site, row in clusters.iterrows():
        place = (float(row["lat"]), float(row["lon"]))
        for limit in LIMITS_MS:
            for basis in BASES:
                found = reach(place, latency, limit, basis)
                if found.km <= 0:
                    continue
                label = text(
                    "map.reach.label",
                    view.lang,
                    name=_short(view.site_names[site]),
                    limit=number(limit),
                    basis=text(f"map.basis.{basis}", view.lang),
                    km=f"{found.km:,.0f}",
                )
                records.append(
                    {
                        "site": site,
                        "layer": f"{number(limit)}:{basis}",
                        "ring": found.ring,
                        "label": label,
                    }
                )
    return records
