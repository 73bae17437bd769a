"""One HTML page that asks for nothing else: folium without any network.

branca knows how to put a script or a style sheet into the page (``embedded``), once its text is
given. `OfflineFigure` gives it, from ``maps/`` only; a link to anywhere else is refused. A content
security policy that allows no more than the page's own scripts is the second wall.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any, ClassVar

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.raster_layers import TileLayer
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from layout.labels.cleaning import clean
from layout.resources import folder

SCHEME = "maps:"
"""How a link names a file of the folder ``maps/``; no browser can follow it."""

SCRIPTS = (
    "vendor/leaflet/leaflet.js",
    "page/albers.js",
    "page/record.js",
    "page/draw.js",
    "page/layers.js",
    "page/flows.js",
    "page/sites.js",
    "page/names.js",
    "page/legend.js",
    "page/panel.js",
    "page/reach.js",
    "page/charts.js",
    "page/search.js",
    "page/tiles.js",
    "page/areas.js",
    "page/fit.js",
    "page/controls.js",
    "page/compare.js",
    "page/page.js",
)
STYLES = ("vendor/leaflet/leaflet.css", "page/page.css", "page/parts.css")
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
    "img-src data: blob:{images}; font-src data:; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'"
)
_POLICY_PLACE = "{{content-security-policy}}"
_UNSAFE_IN_JSON = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}

_STEERING = re.compile(
    r"(\\\\)|\\u00[01][0-9a-f]|"
    "[\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""In JSON text: control characters, marks of direction, halves of pairs; not a lone backslash."""


class ExternalResource(ValueError):
    """Something in the page would have to be fetched from elsewhere."""


def shipped(name: str) -> str:
    """The text of a file of the folder ``maps/``."""
    return (folder("maps") / name).read_text("utf-8")


def json_for_script(value: Any) -> str:
    """JSON that may stand inside a <script> element. Raises ValueError on NaN and infinity.

    Characters that steer a screen or turn the direction of text are left out of it.
    """
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    body = _STEERING.sub(lambda found: found.group(1) or "", body)
    for found, replacement in _UNSAFE_IN_JSON.items():
        body = body.replace(found, replacement)
    return body


class OfflineFigure(Figure):
    """A page made from ``maps/page/page.html`` with everything in it.

    `words` fill the template's places, escaped. `content` becomes its JSON data block. `images` is
    the one origin that pictures may come from (a tile server), '' for none.
    """

    def __init__(
        self, lang: str, words: dict[str, Any], content: dict[str, Any], images: str = ""
    ) -> None:
        super().__init__(title=clean(words["title"]))
        self.lang = lang
        self.words = words
        self.content = content
        self.images = images
        self.header._children.pop("meta_http", None)

    def render(self, **kwargs: Any) -> str:
        """The page. To be called once: folium adds to its elements at every call."""
        _number(self)
        for child in list(self._children.values()):
            child.render(**kwargs)
        header, body, script = (
            self._part(part, **kwargs) for part in (self.header, self.html, self.script)
        )
        if re.search(r"</script|<!--", script, re.IGNORECASE):
            raise ExternalResource("the generated script holds </script or <!--")
        page = _PAGES.from_string(shipped("page/page.html")).render(
            policy=Markup(_POLICY_PLACE),  # nosec B704 # a word of ours
            header=Markup(header),  # nosec B704 # made by folium from our templates
            map=Markup(body),  # nosec B704 # the same
            content=Markup(json_for_script(self.content)),  # nosec B704 # escaped there
            script=Markup(script),  # nosec B704 # checked above; its hash is in the policy
            **_cleaned(self.words),
        )
        return page.replace(_POLICY_PLACE, self._policy(page), 1)

    def _policy(self, page: str) -> str:
        images = f" {self.images}" if self.images else ""
        return _POLICY.format(scripts=_hashes(page), images=images)

    def _part(self, part: Element, **kwargs: Any) -> str:
        for element in part._children.values():
            if isinstance(element, JavascriptLink | CssLink):
                if not element.url.startswith(SCHEME):
                    raise ExternalResource(f"{element.url} lies outside the page")
                element.code = shipped(element.url.removeprefix(SCHEME))
        return str(part.render(**{**kwargs, "embedded": True}))


class OfflineMap(folium.Map):
    """A folium map on China's equal-area projection that stands in an `OfflineFigure`."""

    default_js: ClassVar = [(name, SCHEME + name) for name in SCRIPTS]
    default_css: ClassVar = [(name, SCHEME + name) for name in STYLES]
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}
          role="application" data-label="word.map_label"
          aria-label="{{ this.label|e }}"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                crs: L.CRS.{{ this.crs }},
                ...{{ this.options|tojavascript }}
            });
        {% endmacro %}
        """
    )

    def __init__(
        self, figure: OfflineFigure, label: str, crs: str = "CnAlbers", **options: Any
    ) -> None:
        super().__init__(tiles=None, crs=crs, attribution_control=False, **options)
        self.label = label
        figure.add_child(self)

    def add_child(self, child: Any, name: str | None = None, index: int | None = None) -> Any:
        """Add an element; a layer of tiles is refused, its pictures lie elsewhere."""
        if isinstance(child, TileLayer):
            raise ExternalResource("a layer of tiles needs a server")
        return super().add_child(child, name=name, index=index)


def _cleaned(value: Any) -> Any:
    """Words for the page's own text, as in the data block without what steers a screen."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _cleaned(part) for key, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


_PAGES = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _number(figure: Figure) -> None:
    """Give elements ids in their order, so that the same plan gives the same bytes."""
    waiting: list[Element] = list(figure._children.values())
    count = 0
    while waiting:
        element = waiting.pop(0)
        element._id = f"{count:03d}"
        count += 1
        waiting.extend(element._children.values())


def _hashes(page: str) -> str:
    """The policy's list of the scripts that stand in the page."""
    found = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL | re.IGNORECASE)
    codes = [code for attributes, code in found if "application/json" not in attributes]
    digests = (b64encode(sha256(code.encode()).digest()).decode() for code in codes)
    return " ".join(f"'sha256-{digest}'" for digest in digests)
