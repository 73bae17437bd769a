"""The folium layers of a map page.

folium holds the map, the provinces, the list of layers and the control; a layer's marks are drawn
by ``maps/page/layers.js`` from the page's data block, so no text of the plan is ever in a script
or in HTML. That is also why folium's own Popup, Tooltip, Icon and Choropleth are not used: they
write text into a script or as HTML, or fetch from elsewhere (a test holds this).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import folium
from folium.map import CustomPane, Layer
from folium.template import Template
from folium.utilities import JsCode

from layout.labels import text
from layout.report.extra import Extra, site_classes
from layout.report.offline import OfflineFigure, OfflineMap
from layout.report.quantities import number
from layout.report.reach import BASES, LIMITS_MS
from layout.report.view import View

PANES = (("provinces", 310), ("hatch", 320), ("lines", 330), ("reach", 340), ("flows", 420))
_ZOOM = {"zoom_start": 4, "min_zoom": 2, "max_zoom": 10, "zoom_snap": 0.05, "zoom_delta": 0.5}
_STILL = {"fade_animation": False, "zoom_animation": False, "marker_zoom_animation": False}


class MarkLayer(Layer):
    """A layer that the page's script fills: `LAYOUT.layer(type, key)`."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = LAYOUT.layer({{ this.type|tojson }}, {{ this.key|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, type: str, key: str, name: str, show: bool = True) -> None:
        super().__init__(name=escape(name), overlay=True, control=True, show=show)
        self._name = "MarkLayer"
        self.type = type
        self.key = key


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


def build_map(view: View, figure: OfflineFigure, extras: Sequence[Extra] = ()) -> OfflineMap:
    """The map of a view, inside its figure, with all its layers."""
    label = text("map.title.map", view.lang)
    page = OfflineMap(figure, label, location=[35.5, 104.0], **_ZOOM, **_STILL)
    for name, height in PANES:
        CustomPane(name, z_index=height, pointer_events=name in ("provinces", "flows")).add_to(page)
    provinces = folium.GeoJson(
        _collection(view),
        control=False,
        smooth_factor=0.6,
        on_each_feature=JsCode("LAYOUT.province"),
        style_function=lambda _: {"className": "province", "weight": 0.8},
        pane="provinces",
    )
    provinces.add_to(page)
    layers = [*_class_layers(view, extras), *_layers(view)]
    for layer in layers:
        layer.add_to(page)
    figure.content["layers"] = [{"type": layer.type, "key": layer.key} for layer in layers]
    folium.LayerControl(collapsed=False).add_to(page)
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
                "geometry": province.geometry,
            }
            for province in view.boundaries.provinces
        ],
    }


def _class_layers(view: View, extras: Sequence[Extra]) -> list[MarkLayer]:
    """What a study adds, before the plan's own layers."""
    return [
        MarkLayer("classes", layer.key, layer.title[view.lang]) for layer in site_classes(extras)
    ]


def _layers(view: View) -> list[MarkLayer]:
    """Sites by kind, flows by workload, reach by limit and basis, hatching, names."""
    layers = [
        MarkLayer("sites", kind, text("map.layer.sites", view.lang, kind=about.name))
        for kind, about in view.kinds.items()
    ]
    if not view.service.empty:
        served = view.service.loc[~view.service["own"], "workload"]
        layers += [
            MarkLayer("flows", workload, _flow_name(view, workload))
            for workload in view.workloads.index
            if (served == workload).any()
        ]
    if (view.sites["cluster"] != "").any():
        layers += [
            MarkLayer("reach", f"{number(limit)}:{basis}", _reach_name(view, limit, basis), False)
            for limit in LIMITS_MS
            for basis in BASES
        ]
    if view.proxies & view.included:
        layers.append(MarkLayer("proxy", "", text("map.layer.proxy", view.lang)))
    layers.append(MarkLayer("names", "", text("map.layer.names", view.lang)))
    return layers


def _flow_name(view: View, workload: str) -> str:
    return text("map.layer.flows", view.lang, workload=view.workload_names[workload])


def _reach_name(view: View, limit: float, basis: str) -> str:
    words = {"limit": number(limit), "basis": text(f"map.basis.{basis}", view.lang)}
    return text("map.layer.reach", view.lang, **words)
