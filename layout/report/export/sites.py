"""The layers of sites: a point for each, and one for every kind that stands there."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from layout.labels import text
from layout.plan.files import NUMBER, TEXT
from layout.report.confidence import confidence_layer
from layout.report.export.layer import (
    Layer,
    compute_unit,
    field_of,
    home_of,
    names_of,
    point,
    titles,
)
from layout.report.panel import main_action
from layout.report.picture.marks import arranged
from layout.report.picture.scene import Part, Scene
from layout.report.sums import Sums
from layout.report.view import AMOUNTS, View

LARGEST_MM = 7.0
"""Radius of the largest disc."""

_SITE = (
    ("site", TEXT), ("name_zh", TEXT), ("name_en", TEXT), ("province", TEXT),
    ("province_name", TEXT), ("zone", TEXT), ("hub", TEXT), ("cluster", TEXT), ("tier", TEXT),
    ("action", TEXT), ("action_name", TEXT), ("interchangeable", TEXT), ("confidence_class", TEXT),
)  # fmt: skip
_SITE_VALUES = (
    ("compute", ""), ("added", ""), ("facility_it_mw", "MW"), ("it_mw", "MW"), ("racks", ""),
    ("facility_gwh", "GWh"), ("grid_gwh", "GWh"), ("renewable_gwh", "GWh"),
    ("certificate_gwh", "GWh"), ("carbon_kt", "kt"), ("power_price", "CNY/kWh"),
)  # fmt: skip
_ENERGY = ("facility_gwh", "grid_gwh", "renewable_gwh", "certificate_gwh", "carbon_kt")


def site_layer(view: View) -> Layer:
    """A point for every site: what is done there, its totals."""
    sums = Sums(view)
    unit = compute_unit(view)
    fields = [field_of(code, kind) for code, kind in _SITE]
    fields += [field_of(code, NUMBER, own or (unit if code in ("compute", "added") else ""))
               for code, own in _SITE_VALUES]  # fmt: skip
    marks = confidence_layer(view)
    sure = dict(marks.of) if marks else {}
    rows, shapes = [], []
    for site in map(str, view.sites.index):
        kinds = sums.capacity.get(site, {})
        amounts = {
            name: sum(row[f"{name}_eflops"] * view.kinds[kind].factor
                      for kind, row in kinds.items())
            for name in AMOUNTS
        }  # fmt: skip
        action = main_action(amounts)
        energy = sums.energy.get(site, {})
        rows.append(
            {
                "site": site,
                **names_of(view.sites, site),
                **home_of(view, str(view.sites.at[site, "home"])),
                **{name: str(view.sites.at[site, name]) for name in ("zone", "hub", "cluster")},
                "tier": str(view.sites.at[site, "tier"]),
                "action": action,
                "action_name": text(f"map.action.{action}", view.lang),
                "interchangeable": view.alike.get(site, ""),
                "confidence_class": sure.get(site, ""),
                "compute": amounts["compute"],
                "added": sum(
                    row["added"] * view.kinds[kind].factor for kind, row in kinds.items()
                ),
                **{name: sum(row[name] for row in kinds.values())
                   for name in ("facility_it_mw", "it_mw", "racks")},
                **{name: energy.get(name) for name in _ENERGY},
                "power_price": sums.prices.get(site),
            }
        )  # fmt: skip
        shapes.append(point(view.sites.at[site, "lon"], view.sites.at[site, "lat"]))
    return Layer("sites", *titles("sites"), "Point", tuple(fields), tuple(rows), tuple(shapes))


def compute_layer(view: View, shown: Scene) -> Layer:
    """A point for every kind at every site; size and place of its disc are columns."""
    sums = Sums(view)
    fields = [
        field_of(code) for code in ("site", "name_zh", "name_en", "province", "province_name")
    ]
    fields += [
        field_of(code) for code in ("kind", "kind_name", "precision", "action", "action_name")
    ]
    fields += [field_of(f"{name}_eflops", NUMBER, "EFLOPS") for name in AMOUNTS]
    fields += [field_of("compute", NUMBER, compute_unit(view))]
    fields += [field_of(code, NUMBER, "mm") for code in ("size_mm", "dx_mm", "dy_mm")]
    most = max((part.total for one in shown.places for part in one.parts), default=1.0)
    k = LARGEST_MM / sqrt(most)
    rows, shapes = [], []
    for place in shown.places:
        for part, size, (dx, dy) in _discs(place.parts, k):
            kind = list(view.kinds)[part.kind]
            about, row = view.kinds[kind], sums.capacity[place.site][kind]
            rows.append(
                {
                    "site": place.site,
                    **names_of(view.sites, place.site),
                    **home_of(view, str(view.sites.at[place.site, "home"])),
                    "kind": kind,
                    "kind_name": about.name,
                    "precision": about.precision,
                    "action": part.action,
                    "action_name": text(f"map.action.{part.action}", view.lang),
                    **{f"{name}_eflops": row[f"{name}_eflops"] for name in AMOUNTS},
                    "compute": row["compute_eflops"] * about.factor,
                    "size_mm": round(2 * size, 3),
                    "dx_mm": round(dx, 3),
                    "dy_mm": round(dy, 3),
                }
            )
            shapes.append(point(place.lon, place.lat))
    colours = {part.kind: part.colour for one in shown.places for part in one.parts}
    classes = tuple(
        {"value": kind, "label": about.name, "colour": colours[about.colour]}
        for kind, about in view.kinds.items()
        if about.colour in colours
    )
    own = tuple(fields)
    return Layer("compute", *titles("compute"), "Point", own, tuple(rows), tuple(shapes), classes)


def _discs(parts: Sequence[Part], k: float) -> list[tuple[Part, float, tuple[float, float]]]:
    radii = [max(0.6, k * sqrt(part.total)) for part in parts]
    order, _, _ = arranged(radii)
    return list(zip(parts, radii, order, strict=True))
