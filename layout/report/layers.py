"""The folium parts of a map page, and the list of its layers.

folium holds the map, its panes and the provinces; everything else on the map is drawn by
``maps/page/`` from the page's data block, so no text of the plan is ever in a script
or in HTML. That is also why folium's own Popup, Tooltip, Icon and Choropleth are not used: they
write text into a script or as HTML, or fetch from elsewhere (a test holds this).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import folium
from folium.map import CustomPane
from folium.template import Template

from layout.labels import text
from layout.report.areas import area_records
from layout.report.confidence import own_layers
from layout.report.extra import Extra, site_classes
from layout.report.offline import OfflineFigure, OfflineMap
from layout.report.panel import target_records
from layout.report.placed import target_places
from layout.report.quantities import number
from layout.report.reach import BASES, LIMITS_MS
from layout.report.tiles import MERCATOR
from layout.report.view import View

PANES = (("provinces", 310), ("hatch", 320), ("lines", 330), ("reach", 340), ("flows", 420))
_ZOOM = {"zoom_start": 4, "min_zoom": 2, "max_zoom": 10, "zoom_snap": 0.05, "zoom_delta": 0.5}
_STILL = {"fade_animation": False, "zoom_animation": False, "marker_zoom_animation": False}


class Start(folium.MacroElement):
    """The call that starts the page, after everything else is on the map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            LAYOUT.start({{ this._parent.get_name() }}, {{ this.provinces.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, provinces: folium.GeoJson) -> None:
        super().__init__()
        self._name = "Start"
        self.provinces = provinces


def build_map(view: View, figure: OfflineFigure) -> OfflineMap:
    """The map of a view in its figure, with its provinces; the page's script draws the rest."""
    label = text("map.page.map_label", view.lang)
    crs = "CnAlbers" if view.tiles is None else MERCATOR
    page = OfflineMap(figure, label, crs, location=[35.5, 104.0], **_ZOOM, **_STILL)
    for name, height in PANES:
        CustomPane(name, z_index=height, pointer_events=name in ("provinces", "flows")).add_to(page)
    provinces = folium.GeoJson(
        _collection(view),
        control=False,
        smooth_factor=0.6,
        style_function=lambda _: {"className": "province", "weight": 0.8},
        pane="provinces",
    )
    provinces.add_to(page)
    Start(provinces).add_to(page)
    return page


def _collection(view: View) -> dict[str, Any]:
    """The provinces with nothing but their code."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": province.adcode,
                "properties": {"adcode": province.adcode},
                "geometry": province.geometry
                if view.tiles is None
                else view.tiles.geometry(province.geometry),
            }
            for province in view.boundaries.provinces
        ],
    }


def layer_records(view: View, extras: Sequence[Extra] = ()) -> list[dict[str, Any]]:
    """The entries of the list of layers: type, key, name, and whether it is on at first.

    What a study adds comes first; then sites by kind, flows by workload, reach by limit and
    basis, hatching, names. `LAYOUT.layer(type, key)` draws them.
    """
    return [
        *(
            _entry("classes", one.key, one.title[view.lang], one.shown)
            for one in site_classes(extras)
        ),
        *(
            _entry("sites", kind, text("map.layer.sites", view.lang, kind=about.name))
            for kind, about in view.kinds.items()
        ),
        *(_entry("flows", workload, _flow_name(view, workload)) for workload in view.carried),
        *_reach_layers(view),
        *(
            [_entry("areas", "", text("map.layer.areas", view.lang), False)]
            if area_records(view)
            else []
        ),
        *(
            [_entry("targets", "", text("map.layer.targets", view.lang))]
            if target_places(view, target_records(view))
            else []
        ),
        *(_entry("classes", one.key, one.title[view.lang], one.shown) for one in own_layers(view)),
        *(
            [_entry("proxy", "", text("map.layer.proxy", view.lang))]
            if view.proxies & view.included
            else []
        ),
        _entry("names", "", text("map.layer.names", view.lang)),
        *([_entry("tiles", "", text("map.layer.tiles", view.lang))] if view.tiles else []),
    ]


def _entry(type: str, key: str, name: str, show: bool = True) -> dict[str, Any]:
    return {"type": type, "key": key, "name": name, "show": show}


def _reach_layers(view: View) -> list[dict[str, Any]]:
    if not (view.sites["cluster"] != "").any():
        return []
    return [
        _entry("reach", f"{number(limit)}:{basis}", _reach_name(view, limit, basis), False)
        for limit in LIMITS_MS
        for basis in BASES
    ]


def _flow_name(view: View, workload: str) -> str:
    return text("map.layer.flows", view.lang, workload=view.workload_names[workload])


def _reach_name(view: View, limit: float, basis: str) -> str:
    words = {"limit": number(limit), "basis": text(f"map.basis.{basis}", view.lang)}
    return text("map.layer.reach", view.lang, **words)
