"""Targets of one place: where they stand on the map, and in which popups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from layout.labels import text
from layout.plan.scopes import sites_in
from layout.report.panel import short_name
from layout.report.view import View

_PLACES = ("province", "hub", "site")


def target_places(view: View, targets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One mark for every province, hub and site that has targets of its own.

    `targets` are the page's records, in the order of the plan; `targets` of a mark are positions
    among them.
    """
    places: dict[str, dict[str, Any]] = {}
    for number, (scope, record) in enumerate(zip(_scopes(view), targets, strict=True)):
        at = _at(view, scope)
        if at is None:
            continue
        place = places.setdefault(
            scope,
            {
                "scope": scope,
                "name": _name(view, scope),
                "at": at,
                "targets": [],
                "passed": 0,
                "failed": 0,
            },
        )
        place["targets"].append(number)
        place["passed"] += record["status"] == "pass"
        place["failed"] += record["status"] == "fail"
    return list(places.values())


def target_section(
    view: View, targets: Sequence[dict[str, Any]], site: str = "", province: str = ""
) -> dict[str, Any] | None:
    """The targets of a site (its own, its hub's) or of a province, for its popup."""
    rows = [
        (f"{one['mark']} {one['label']}", one["value"])
        for scope, one in zip(_scopes(view), targets, strict=True)
        if _holds(view, scope, site, province)
    ]
    return {"title": text("map.section.targets", view.lang), "rows": rows} if rows else None


def _scopes(view: View) -> list[str]:
    return [str(one.get("scope") or "nation") for one in view.plan.record.get("targets") or ()]


def _holds(view: View, scope: str, site: str, province: str) -> bool:
    name, _, member = scope.partition(":")
    if name not in _PLACES:
        return False
    if province:
        return name == "province" and _adcode(member) == province
    position = view.sites.index.get_loc(site)
    return name != "province" and bool(sites_in(view.plan.model, scope)[position])


def _at(view: View, scope: str) -> list[float] | None:
    """Where a province's label stands, the middle of a hub's clusters, the site."""
    name, _, member = scope.partition(":")
    if name not in _PLACES:
        return None
    if name == "province" and _adcode(member) in view.provinces:
        province = view.provinces[_adcode(member)]
        return [province.lat, province.lon]
    inside = sites_in(view.plan.model, scope)
    clusters = inside & (view.sites["cluster"] != "").to_numpy()
    rows = np.flatnonzero(clusters if clusters.any() else inside)
    if not len(rows):
        return None
    places = view.sites[["lat", "lon"]].to_numpy(dtype=float)[rows]
    return [round(float(value), 4) for value in places.mean(axis=0)]


def _name(view: View, scope: str) -> str:
    name, _, member = scope.partition(":")
    if name == "province" and _adcode(member) in view.provinces:
        return view.provinces[_adcode(member)].name(view.lang)
    if name == "site":
        return str(view.site_names.get(member, member))
    inside = view.sites[sites_in(view.plan.model, scope) & (view.sites["cluster"] != "").to_numpy()]
    clusters = [short_name(view.site_names[site]) for site in inside.index]
    joint = "、" if view.lang == "zh" else ", "
    return text("map.scope.hub", view.lang, hub=member, clusters=joint.join(clusters) or member)


def _adcode(code: str) -> str:
    return f"{code[:2]}0000" if len(code) == 6 and code.isdigit() else code
