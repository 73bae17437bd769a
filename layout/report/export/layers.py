"""The layers of a plan for a geographic information system: places, lines, areas and their values.

Coordinates are longitude and latitude in degrees on CGCS2000 (EPSG:4490), the system of the
boundaries; WGS 84 is the same to less than a metre. Values are those that the map page shows at the
end of the last period; the note of a layer says which year that is.
"""

from __future__ import annotations

from dataclasses import replace

from layout.report.export.areas import line_layer, province_layer
from layout.report.export.layer import Layer
from layout.report.export.service import flow_layer, zone_layer
from layout.report.export.sites import compute_layer, site_layer
from layout.report.heading import boundary_note, subtitle
from layout.report.picture.scene import scene
from layout.report.view import View


def layers(view: View, credit: str | None = None, shade: str | None = None) -> list[Layer]:
    """Provinces, boundary lines, flows, zones, sites, compute by site and kind."""
    whose, when = boundary_note(view.boundaries, credit, view.lang), subtitle(view)
    return [
        replace(province_layer(view, shade), note=f"{when} · {whose}"),
        replace(line_layer(view), note=whose),
        replace(flow_layer(view), note=when),
        replace(zone_layer(view), note=when),
        replace(site_layer(view), note=when),
        replace(compute_layer(view, scene(view)), note=when),
    ]
