"""The settings of a model as two sheets: ``model`` with keys and values, ``targets`` with rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from pydantic import BaseModel, PydanticUserError, TypeAdapter

from layout.labels import has, text
from layout.model.excel import look
from layout.model.excel.package import put
from layout.model.schema import Settings
from layout.model.workbook import TARGET_COLUMNS

_HEADS = ("key", "value", "说明", "meaning")
_WIDTHS = (50, 34, 62, 72)
_NEEDED_FIELDS = ("id", "measure", "sense", "value")
_LOW = ("minimum", "exclusiveMinimum", "ge", "gt", "const")
_HIGH = ("maximum", "exclusiveMaximum", "le", "lt", "const")
"""What a bound is called in a JSON schema, and where a value is first looked at by code of ours."""


@dataclass(frozen=True)
class Entry:
    """A key of the settings, its value in a cell and what may stand there."""

    key: str
    value: Any
    allowed: dict[str, Any]


def fill_model(sheet: Any, plain: dict[str, Any]) -> None:
    """A row for every setting, those that are empty included, with what each means."""
    for position, name in enumerate(_HEADS, start=1):
        look.heading(sheet.cell(1, position), name, "", look.OPTIONAL)
    sheet.freeze_panes = "C2"
    for line, entry in enumerate(entries(plain), start=2):
        put(sheet.cell(line, 1), entry.key)
        cell = sheet.cell(line, 2)
        put(cell, entry.value)
        if isinstance(entry.value, str):
            cell.number_format = "@"
        _decorate(sheet, line, entry)
        for position, lang in ((3, "zh"), (4, "en")):
            if has(f"setting.{entry.key}"):
                put(sheet.cell(line, position), text(f"setting.{entry.key}", lang))
    for at, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[at].width = width
    look.page(sheet)


def _decorate(sheet: Any, line: int, entry: Entry) -> None:
    from openpyxl.styles import Alignment, PatternFill

    cell = sheet.cell(line, 2)
    cell.fill = PatternFill("solid", start_color=look.EXAMPLE)
    cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
    if isinstance(entry.value, str):
        look.tall(sheet, line, [(entry.value, _WIDTHS[1])])
    at, allowed = f"B{line}", entry.allowed
    if "enum" in allowed:
        look.offer(sheet, at, allowed["enum"], strict=True)
    elif allowed.get("type") == "boolean":
        look.offer(sheet, at, ("TRUE", "FALSE"), strict=True)
    elif allowed.get("type") in ("number", "integer"):
        low, high = _bound(allowed, _LOW, -inf), _bound(allowed, _HIGH, inf)
        look.limit(sheet, at, low, high, whole=allowed["type"] == "integer", strict=True)
    elif entry.key == "objective":
        look.offer(sheet, at, ("cost", "carbon", "goals", "compute_per_carbon"), strict=False)


def _bound(allowed: dict[str, Any], names: tuple[str, ...], none: float) -> float:
    return next((float(allowed[name]) for name in names if name in allowed), none)


def entries(plain: dict[str, Any]) -> Iterator[Entry]:
    """Every setting but targets and scenarios, in the order of the schema."""
    known = dict(_flat(plain))
    for key, allowed in _keys(Settings):
        below = [name for name in known if name.startswith(f"{key}.")]
        if below:  # a setting whose shape is the planner's own
            for name in below:
                yield Entry(name, known[name], {})
        else:
            yield Entry(key, known.get(key), allowed)


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if prefix + name in ("targets", "scenarios"):
            continue
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _keys(inner, f"{prefix}{name}.")
        else:
            yield prefix + name, _allowed(field)


def _allowed(field: Any) -> dict[str, Any]:
    """The JSON schema of a plain value: its type, bounds and choices."""
    try:
        found = TypeAdapter(field.rebuild_annotation()).json_schema()
    except PydanticUserError:  # a form with parts of its own
        return {}
    options = [one for one in found.get("anyOf", [found]) if one.get("type") != "null"]
    return options[0] if len(options) == 1 else {}


def _flat(plain: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values; lists in YAML's flow style, one word by itself."""
    for key, value in plain.items():
        if f"{prefix}{key}" == "targets":
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield f"{prefix}{key}", _list(value)
        else:
            yield f"{prefix}{key}", float(value) if type(value) is float else value


def _list(values: list[Any]) -> Any:
    if len(values) == 1 and not isinstance(values[0], dict):
        return values[0]
    return "[" + ", ".join(_flow(part) for part in values) + "]"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    return str(value)


def fill_targets(sheet: Any, targets: list[dict[str, Any]], ranges: dict[str, str]) -> None:
    """A row for each target, its fields as columns."""
    from openpyxl.utils import get_column_letter

    choices = {"sense": ("at_least", "at_most"), "mode": ("hard", "soft", "report")}
    sheet.freeze_panes = "B2"
    sheet.row_dimensions[1].height = 46
    for position, (name, path) in enumerate(TARGET_COLUMNS.items(), start=1):
        at = get_column_letter(position)
        needed = name in _NEEDED_FIELDS
        words = text(f"excel.target.{name}", "zh") + (" *" if needed else "")
        comment = look.both(f"excel.target.{name}.about")
        fill = look.NEEDED if needed else look.OPTIONAL
        look.heading(sheet.cell(1, position), name, words, fill, comment)
        values = [_at(target, path) for target in targets]
        for line, value in enumerate(values, start=2):
            put(sheet.cell(line, position), value)
        look.fit(sheet, position, [str(value) for value in values if value is not None] + [name])
        cells = f"{at}2:{at}{look.LAST_ROW}"
        if name in ("id", "scope", "basis", "unit", "kind"):
            sheet.column_dimensions[at].number_format = "@"
        if name in choices:
            look.offer(sheet, cells, choices[name], strict=True)
        elif name in ranges:
            look.offer(sheet, cells, ranges[name], strict=name == "measure")
        elif name in ("value", "penalty"):
            low = 0.0 if name == "penalty" else -inf
            look.limit(sheet, cells, low, inf, whole=False, strict=True)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(TARGET_COLUMNS))}{max(len(targets) + 1, 2)}"
    look.page(sheet)


def _at(target: dict[str, Any], path: list[str]) -> Any:
    value: Any = target
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
