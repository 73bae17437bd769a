"""The layers of land: provinces with their values, boundary lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from layout.labels import text
from layout.plan.files import INTEGER, NUMBER
from layout.report.export.layer import Layer, field_of, titles
from layout.report.export.tables import Field
from layout.report.metrics import metric_records
from layout.report.view import View


def province_layer(view: View, shade: str | None) -> Layer:
    """The areas of the provinces with every quantity that the map can shade them by."""
    words = {lang: metric_records(view.in_language(lang)) for lang in ("en", "zh")}
    records = words[view.lang]
    codes = [str(one["key"]).replace(":", "_") for one in records]
    fields = [field_of(code) for code in ("adcode", "name_zh", "name_en")]
    fields += [field_of("in_model", INTEGER)]
    fields += [
        Field(code, en["label"], zh["label"], str(one["unit_key"]), NUMBER)
        for code, one, en, zh in zip(codes, records, words["en"], words["zh"], strict=True)
    ]
    rows = [
        {
            "adcode": province.adcode,
            "name_zh": province.name_zh,
            "name_en": province.name_en,
            "in_model": int(province.adcode in view.included),
            **{code: one["values"].get(province.adcode)
               for code, one in zip(codes, records, strict=True)},
        }
        for province in view.boundaries.provinces
    ]  # fmt: skip
    shapes = [_area(one.geometry) for one in view.boundaries.provinces]
    return Layer(
        "provinces", *titles("provinces"), "MultiPolygon", tuple(fields), tuple(rows),
        tuple(shapes), _shades(records, codes, shade),
    )  # fmt: skip


def _area(geometry: dict[str, Any]) -> Any:
    """Outer rings counterclockwise, holes clockwise, as GeoJSON asks."""
    shape = shapely.orient_polygons(shapely.force_2d(shapely.geometry.shape(geometry)))
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _shades(
    records: Sequence[dict[str, Any]], codes: Sequence[str], shade: str | None
) -> tuple[dict[str, Any], ...]:
    """The classes of one quantity, as the map has them; the first one's if none is asked for."""
    found = [(one, code) for one, code in zip(records, codes, strict=True)
             if shade in (None, one["key"])]  # fmt: skip
    if not found:
        return ()
    record, code = found[0]
    edges = [-1e300, *record["breaks"], 1e300]
    classes = zip(edges, edges[1:], record["classes"], record["colours"], strict=False)
    return tuple(
        {"field": code, "low": low, "high": high, "label": label, "colour": colour}
        for low, high, label, colour in classes
    )


def line_layer(view: View) -> Layer:
    """Boundary lines at sea and the undetermined ones."""
    fields = (field_of("line"), field_of("line_name"))
    rows, shapes = [], []
    for line in view.boundaries.lines:
        words = text(f"export.line.{line.kind}", view.lang)
        rows.append({"line": line.kind, "line_name": words})
        shape = shapely.force_2d(shapely.geometry.shape(line.geometry))
        shapes.append(
            shapely.MultiLineString([shape]) if shape.geom_type == "LineString" else shape
        )
    own = titles("boundary_lines")
    return Layer("boundary_lines", *own, "MultiLineString", fields, tuple(rows), tuple(shapes))
