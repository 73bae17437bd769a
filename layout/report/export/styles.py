"""How QGIS draws the layers: QML with our colours, sizes from the columns, names in a language.

SLD says the same more simply to other programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405 # written, not read

from layout.labels import text
from layout.labels.cleaning import clean
from layout.report.colours import INK
from layout.report.export.layer import Layer

BORDER = "#7d8994"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_OGC = "http://www.opengis.net"


def qml(layer: Layer, lang: str) -> str:
    """The style of a layer for QGIS 3."""
    root = Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Fields|Forms")
    _STYLES[layer.name](root, layer, lang)
    aliases = SubElement(root, "aliases")
    for number, field in enumerate(layer.fields):
        unit = f" [{field.unit}]" if field.unit else ""
        SubElement(aliases, "alias", index=str(number), field=field.code,
                   name=clean(field.name(lang)) + unit)  # fmt: skip
    return _DOCTYPE + tostring(root, encoding="unicode")


def _compute(root: Element, layer: Layer, lang: str) -> None:
    """Discs by kind, their areas as on the map; a broken edge for what shrinks, a bold for new."""
    renderer = _renderer(root, "categorizedSymbol", attr="kind")
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for number, one in enumerate(layer.classes):
        _category(categories, one["value"], one["label"], number)
        symbol = _symbol(symbols, str(number), "marker")
        look = {
            "name": "circle", "color": _rgb(one["colour"]), "outline_color": _rgb("#ffffff"),
            "outline_width": "0.2", "outline_width_unit": "MM", "size": "3", "size_unit": "MM",
            "offset": "0,0", "offset_unit": "MM", "scale_method": "diameter",
        }  # fmt: skip
        edge = _case({"built": "0.7", "expanded": "0.55", "filled": "0.4"}, "0.15")
        colour = _case({"existing": "'#ffffff'"}, f"'{INK}'")
        style = _case({"retired": "'dot'", "filled": "'dash'"}, "'solid'")
        own = {
            "size": '"size_mm"',
            "offset": 'to_string("dx_mm") || \',\' || to_string("dy_mm")',
            "outlineWidth": edge,
            "outlineColor": colour,
            "outlineStyle": style,
        }
        _layer(symbol, "SimpleMarker", look, own)
    SubElement(renderer, "rotation")
    SubElement(renderer, "sizescale")


def _flows(root: Element, layer: Layer, lang: str) -> None:
    """Arrows to the site, their width by the root of EFLOPS."""
    renderer = _renderer(root, "categorizedSymbol", attr="kind")
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for number, one in enumerate(layer.classes):
        _category(categories, one["value"], one["label"], number)
        symbol = _symbol(symbols, str(number), "line", alpha="0.6")
        look = {
            "arrow_start_width": "0.1", "arrow_start_width_unit": "MM", "arrow_width": "1",
            "arrow_width_unit": "MM", "head_length": "1.5", "head_length_unit": "MM",
            "head_thickness": "0.8", "head_thickness_unit": "MM", "is_curved": "0",
            "is_repeated": "0", "arrow_type": "0", "head_type": "0",
        }  # fmt: skip
        own = {
            "arrowWidth": '"width_mm"',
            "arrowStartWidth": '"width_mm"*0.2',
            "arrowHeadLength": '1+"width_mm"',
            "arrowHeadThickness": '0.4+"width_mm"*0.5',
        }
        inner = _layer(symbol, "ArrowLine", look, own)
        fill = _symbol(inner, f"@{number}@0", "fill")
        _layer(fill, "SimpleFill", {"color": _rgb(one["colour"]), "style": "solid",
                                    "outline_style": "no"})  # fmt: skip


def _sites(root: Element, layer: Layer, lang: str) -> None:
    """The places themselves, hub clusters with their names."""
    renderer = _renderer(root, "singleSymbol")
    symbol = _symbol(SubElement(renderer, "symbols"), "0", "marker")
    look = {"name": "circle", "color": _rgb(INK), "outline_color": _rgb("#ffffff"),
            "outline_width": "0.15", "size": "1.2", "size_unit": "MM"}  # fmt: skip
    own = {
        "name": "CASE WHEN \"cluster\"<>'' THEN 'diamond' ELSE 'circle' END",
        "size": "CASE WHEN \"cluster\"<>'' THEN 2.2 ELSE 1.2 END",
    }
    _layer(symbol, "SimpleMarker", look, own)
    field = 'CASE WHEN "cluster"<>\'\' THEN coalesce(nullif("{0}",\'\'), "{1}") END'
    _labels(root, field.format(*_name_order(lang)), "8")


def _zones(root: Element, layer: Layer, lang: str) -> None:
    renderer = _renderer(root, "singleSymbol")
    symbol = _symbol(SubElement(renderer, "symbols"), "0", "marker")
    look = {"name": "square", "color": _rgb("#ffffff"), "outline_color": _rgb(INK),
            "outline_width": "0.3", "size": "1.4", "size_unit": "MM"}  # fmt: skip
    _layer(symbol, "SimpleMarker", look)


def _provinces(root: Element, layer: Layer, lang: str) -> None:
    """The classes of the map; a province without a value stays white."""
    renderer = _renderer(root, "RuleRenderer")
    rules = SubElement(renderer, "rules", key="{root}")
    symbols = SubElement(renderer, "symbols")
    found = [(_between(one), one["label"], one["colour"]) for one in layer.classes]
    for number, (rule, label, colour) in enumerate(
        [*found, ("ELSE", text("export.map.no_value", lang), "#ffffff")]
    ):
        SubElement(rules, "rule", key=f"{{{number}}}", symbol=str(number), filter=rule,
                   label=str(label))  # fmt: skip
        look = {
            "color": _rgb(colour), "style": "solid", "outline_color": _rgb(BORDER),
            "outline_width": "0.16", "outline_width_unit": "MM", "outline_style": "solid",
        }  # fmt: skip
        _layer(_symbol(symbols, str(number), "fill"), "SimpleFill", look)


def _between(one: Mapping[str, Any]) -> str:
    field = f'"{one["field"]}"'
    parts = [f"{field} >= {one['low']!r}"] if one["low"] > -1e299 else []
    parts += [f"{field} < {one['high']!r}"] if one["high"] < 1e299 else []
    return " AND ".join(parts) or f"{field} IS NOT NULL"


def _boundary_lines(root: Element, layer: Layer, lang: str) -> None:
    renderer = _renderer(root, "categorizedSymbol", attr="line")
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    labels = {row["line"]: row["line_name"] for row in layer.rows}
    for number, (kind, label) in enumerate(sorted(labels.items())):
        _category(categories, kind, label, number)
        dash, colour, width = _LINES.get(kind, _LINES["other"])
        look = {
            "line_color": _rgb(colour), "line_width": width, "line_width_unit": "MM",
            "line_style": "solid", "use_custom_dash": "1" if dash else "0",
            "customdash": dash or "5;2", "customdash_unit": "MM",
        }  # fmt: skip
        _layer(_symbol(symbols, str(number), "line"), "SimpleLine", look)


_LINES = {
    "ten_dash": ("", "#3c4650", "0.6"),
    "undetermined": ("1.6;0.8;0.4;0.8", "#3c4650", "0.6"),
    "province_at_sea": ("1.2;0.9", BORDER, "0.2"),
    "special_region": ("0.6;0.6", BORDER, "0.2"),
    "other": ("", "#3c4650", "0.4"),
}
_STYLES: dict[str, Callable[[Element, Layer, str], None]] = {
    "compute": _compute,
    "flows": _flows,
    "sites": _sites,
    "zones": _zones,
    "provinces": _provinces,
    "boundary_lines": _boundary_lines,
}


def _case(found: Mapping[str, str], other: str) -> str:
    """An expression that asks for the main action."""
    parts = " ".join(f"WHEN \"action\"='{action}' THEN {then}" for action, then in found.items())
    return f"CASE {parts} ELSE {other} END"


def _renderer(root: Element, kind: str, attr: str = "") -> Element:
    plain = {"type": kind, "forceraster": "0", "symbollevels": "0", "enableorderby": "0"}
    return SubElement(root, "renderer-v2", {**plain, **({"attr": attr} if attr else {})})


def _category(categories: Element, value: str, label: str, number: int) -> None:
    SubElement(categories, "category", value=str(value), label=clean(label), symbol=str(number),
               render="true", type="string")  # fmt: skip


def _symbol(parent: Element, name: str, kind: str, alpha: str = "1") -> Element:
    return SubElement(parent, "symbol", name=name, type=kind, alpha=alpha, clip_to_extent="1",
                      force_rhr="0")  # fmt: skip


def _layer(
    symbol: Element, name: str, look: Mapping[str, str], own: Mapping[str, str] | None = None
) -> Element:
    """A symbol layer; `own` are properties that come from an expression."""
    given = {"class": name, "pass": "0", "enabled": "1", "locked": "0"}  # nosec B105 # of QGIS
    layer = SubElement(symbol, "layer", given)
    options = SubElement(layer, "Option", type="Map")
    for key, value in look.items():
        SubElement(options, "Option", name=key, type="QString", value=value)
    if own:
        held = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
        SubElement(held, "Option", name="name", type="QString", value="")
        properties = SubElement(held, "Option", name="properties", type="Map")
        for key, expression in own.items():
            one = SubElement(properties, "Option", name=key, type="Map")
            SubElement(one, "Option", name="active", type="bool", value="true")
            SubElement(one, "Option", name="expression", type="QString", value=expression)
            SubElement(one, "Option", name="type", type="int", value="3")
        SubElement(held, "Option", name="type", type="QString", value="collection")
    return layer


def _labels(root: Element, expression: str, size: str) -> None:
    labeling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    style = SubElement(
        settings, "text-style", fieldName=expression, isExpression="1", fontSize=size,
        fontSizeUnit="Point", textColor=_rgb(INK), textOpacity="1",
    )  # fmt: skip
    SubElement(style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
               bufferColor=_rgb("#ffffff"), bufferOpacity="1")  # fmt: skip
    SubElement(settings, "placement", placement="6", dist="2", distUnits="MM")


def _name_order(lang: str) -> tuple[str, str]:
    """The columns of names, the reader's language first."""
    return ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")


def _rgb(colour: str) -> str:
    """#rrggbb as QGIS writes it."""
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def sld(layer: Layer, lang: str) -> str:
    """The colours alone, as a Styled Layer Descriptor 1.0."""
    spaces = {"xmlns": f"{_OGC}/sld", "xmlns:ogc": f"{_OGC}/ogc"}
    root = Element("StyledLayerDescriptor", {"version": "1.0.0", **spaces})
    named = SubElement(root, "NamedLayer")
    SubElement(named, "Name").text = layer.name
    style = SubElement(SubElement(named, "UserStyle"), "FeatureTypeStyle")
    for colour, test in _sld_rules(layer):
        rule = SubElement(style, "Rule")
        if test is not None:
            holder = SubElement(SubElement(rule, "ogc:Filter"), "ogc:PropertyIsEqualTo")
            SubElement(holder, "ogc:PropertyName").text = test[0]
            SubElement(holder, "ogc:Literal").text = test[1]
        _sld_symbol(rule, layer, colour)
    return tostring(root, encoding="unicode")


def _sld_rules(layer: Layer) -> Sequence[tuple[str, tuple[str, str] | None]]:
    """Colours, and the kind that each is for."""
    kinds = [one for one in layer.classes if "value" in one]
    plain = {"provinces": "#f6f4e8", "boundary_lines": "#3c4650"}.get(layer.name, INK)
    if not kinds:
        return [(plain, None)]
    return [(str(one["colour"]), ("kind", str(one["value"]))) for one in kinds]


def _sld_symbol(rule: Element, layer: Layer, colour: str) -> None:
    if layer.kind == "Point":
        graphic = SubElement(SubElement(rule, "PointSymbolizer"), "Graphic")
        mark = SubElement(graphic, "Mark")
        SubElement(mark, "WellKnownName").text = "circle"
        SubElement(SubElement(mark, "Fill"), "CssParameter", name="fill").text = colour
        size = SubElement(graphic, "Size")
        if layer.name == "compute":
            SubElement(size, "ogc:PropertyName").text = "size_mm"
        else:
            size.text = "5"
    elif "Line" in layer.kind:
        stroke = SubElement(SubElement(rule, "LineSymbolizer"), "Stroke")
        SubElement(stroke, "CssParameter", name="stroke").text = colour
    else:
        area = SubElement(rule, "PolygonSymbolizer")
        SubElement(SubElement(area, "Fill"), "CssParameter", name="fill").text = colour
        SubElement(SubElement(area, "Stroke"), "CssParameter", name="stroke").text = BORDER
