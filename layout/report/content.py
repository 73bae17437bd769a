"""What a page's script reads of one plan, one year and one language: a JSON-ready record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layout.labels import table, text
from layout.report.areas import area_records
from layout.report.bars import chart_records
from layout.report.cards import Cards
from layout.report.colours import KIND_COLOURS
from layout.report.confidence import own_layers
from layout.report.delays import given, reach_records
from layout.report.extra import (
    Extra,
    class_records,
    province_metrics,
    province_sections,
    site_sections,
    study_records,
)
from layout.report.flows import flows, flows_left, zones
from layout.report.layers import layer_records
from layout.report.metrics import Among, metric_records
from layout.report.panel import (
    figure_records,
    main_action,
    short_name,
    site_rows,
    target_records,
)
from layout.report.placed import target_places, target_section
from layout.report.sums import LEAST_DRAWN, Amounts
from layout.report.view import ACTIONS, View
from layout.report.zone_cards import zone_cards

_UI = "map.ui."


def content(view: View, extras: Sequence[Extra] = (), among: Among | None = None) -> dict[str, Any]:
    """The record. Site and zone codes, names and numbers are plain text; nothing is HTML.

    `among` are the values of other years and plans that the classes of the shades are shared with.
    """
    cards = Cards(view)
    metrics = metric_records(view, province_metrics(extras), among)
    targets = target_records(view)
    provinces, sites = _provinces(view, cards), _sites(view, cards)
    for code, province in provinces.items():
        before = province_sections(view, metrics, extras, code)
        _extend(province["card"], before, target_section(view, targets, province=code))
    layers = own_layers(view)
    for one in sites:
        before, after = (site_sections(view, many, one["site"]) for many in (extras, layers))
        _extend(one["card"], before, target_section(view, targets, site=one["site"]), *after)
    places = zones(view)
    for zone, card in zone_cards(view, cards).items():
        places[zone]["card"] = card
    record: dict[str, Any] = {
        "lang": view.lang,
        "year": view.year,
        "base_year": view.plan.model.settings.base_year,
        "words": words(view.lang),
        "unit": view.compute_unit,
        "kinds": _kinds(view),
        "workloads": _workloads(view),
        "metrics": metrics,
        "provinces": provinces,
        "sites": sites,
        "classes": class_records(view, [*extras, *layers]),
        "rows": site_rows(view, cards.sums),
        "flows": flows(view),
        "flows_left": flows_left(view),
        "zones": places,
        "layers": layer_records(view, extras),
        "reach": reach_records(view, cards.within),
        "areas": area_records(view),
        "figures": figure_records(view),
        "targets": targets,
        "target_places": target_places(view, targets),
        "studies": study_records(view, extras),
        "charts": chart_records(view),
        "lines": [{"kind": line.kind, "geometry": line.geometry} for line in view.boundaries.lines],
        "proxies": sorted(view.proxies & view.included),
        "outside": sorted(set(view.provinces) - view.included),
        "alike": bool(view.alike),
        "overridden": bool(given(view)),
        "basis": view.plan.model.settings.latency.basis,
        "tiles": None if view.tiles is None else view.tiles.record(view.lang),
    }
    return record if view.tiles is None else dict(view.tiles.placed(record))


def _extend(
    card: dict[str, Any], before: list[dict[str, Any]], *after: dict[str, Any] | None
) -> None:
    """Put sections before and after those of a card."""
    card["sections"] = [*before, *card["sections"], *(one for one in after if one is not None)]


def words(lang: str) -> dict[str, str]:
    """The words that the scripts use, and the patterns that they fill: the labels ``map.ui.…``."""
    return {key.removeprefix(_UI): text(key, lang) for key in table() if key.startswith(_UI)}


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
            "short": short_name(view.site_names[site]),
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
        shown = {name: round(value, 6) for name, value in parts.items() if value > LEAST_DRAWN}
        if shown:
            action = main_action({**parts, "compute": compute})
            drawn.append({"kind": about.colour, "parts": shown, "action": action})
    return drawn
