"""GeoJSON files (RFC 7946): one per layer; longitude and latitude in degrees."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import shapely

from layout.labels.cleaning import clean
from layout.report.export.layer import Layer


def geojson_files(found: Sequence[Layer], lang: str) -> dict[str, bytes]:
    """Name → file. What the properties are, with units, stands beside the features."""
    return {f"{layer.name}.geojson": _file(layer, lang) for layer in found}


def _file(layer: Layer, lang: str) -> bytes:
    fields = {
        field.code: {"zh": field.zh, "en": field.en, "unit": field.unit} for field in layer.fields
    }
    features = [
        {"type": "Feature", "properties": _plain(row), "geometry": _shape(shape)}
        for row, shape in zip(layer.rows, layer.shapes, strict=True)
    ]
    head: dict[str, Any] = {
        "type": "FeatureCollection",
        "name": layer.name,
        "title": layer.title(lang),
        "fields": fields,
    }
    if layer.note:
        head["note"] = clean(layer.note)
    if layer.shapes:
        head["bbox"] = [round(edge, 6) for edge in shapely.total_bounds(list(layer.shapes))]
    lines = ",\n".join(_text(one) for one in features)
    return f'{_text(head)[:-1]},"features":[\n{lines}\n]}}\n'.encode()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Text cleaned; a number that there is not is null."""
    return {code: _value(value) for code, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return int(value) if isinstance(value, int) else float(value)


def _shape(shape: Any) -> dict[str, Any]:
    found: dict[str, Any] = shapely.geometry.mapping(shape)
    return {"type": found["type"], "coordinates": found["coordinates"]}
