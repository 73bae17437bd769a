"""Wrong values made from the declarations: of every column, of every key of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from layout.model.schema import Settings
from layout.model.tables import TABLES, Column


def wrong_cells(column: Column) -> list[tuple[str, str]]:
    """Cells that the column must refuse, each with the code of the problem."""
    empty = [("", "empty_cell")] if column.required else []
    if column.type in ("number", "year"):
        return [*empty, *_wrong_numbers(column)]
    if column.type == "boolean":
        return [*empty, ("maybe", "not_a_boolean"), ("2", "not_a_boolean")]
    if column.type == "choice":
        code = "unknown_precision" if column.name == "precision" else "not_a_choice"
        return [*empty, ("other", code), (column.choices[0] + "x", code)]
    if column.type == "date":
        return [*empty, ("soon", "not_a_date"), ("2025-13-01", "not_a_date")]
    if column.type == "text":
        return [*empty, ("a\u200bb", "text_control"), ("x" * 2001, "text_long")]
    wrong = [("<b>", "code_characters"), ("a\u202eb", "code_control"), ("x" * 65, "code_long")]
    return [*empty, *wrong]


def _wrong_numbers(column: Column) -> Iterator[tuple[str, str]]:
    """Texts, dates, shares with a sign; then what lies just outside the limits."""
    yield from (("lots", "not_a_number"), ("nan", "not_a_number"), ("12%", "percent"))
    yield from (("2025-03-04", "date_for_number"), ("=1+1", "formula"))
    if column.default != inf:
        yield "unlimited", "not_a_number"
    if column.type == "year":
        yield "2025.5", "not_a_year"
    step = 1.0 if column.type == "year" else 0.001
    if column.minimum is not None:
        yield f"{column.minimum - step:.12g}", "impossible"
    if column.maximum is not None:
        yield f"{column.maximum + step:.10g}", "impossible"
    if column.positive:
        yield "0", "impossible"


ALL_CELLS = [
    (column, words, code)
    for table in TABLES.values()
    for column in table
    for words, code in wrong_cells(column)
]


Wrong = tuple[str, Any, str]
"""A dotted path, a value that it must refuse, the code of the problem."""


def wrong_settings() -> Iterator[Wrong]:
    """Every key of the settings with values of a wrong type and beyond its limits."""
    for name, field in Settings.model_fields.items():
        if name not in ("scenarios", "targets", "periods", "objective", "title", "description"):
            yield from _wrong(name, field)


def blocks(model: type[BaseModel] = Settings, path: str = "") -> Iterator[str]:
    """Paths of the mappings of the settings, the outermost first."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield f"{path}{name}"
            yield from blocks(inner, f"{path}{name}.")


def _wrong(path: str, field: FieldInfo) -> Iterator[Wrong]:
    inner = field.annotation
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        yield path, "much", "key_type"
        for name, part in inner.model_fields.items():
            yield from _wrong(f"{path}.{name}", part)
        return
    choices = _choices(inner)
    if choices:
        yield path, "other", "key_choice"
        return
    if inner is bool:
        yield path, "perhaps", "key_type"
        return
    yield path, "much", "key_type"
    yield path, True, "key_type"
    yield path, float("nan"), "key_type"
    yield from ((path, value, "key_range") for value in _beyond(field))


def _choices(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _beyond(field: FieldInfo) -> Iterator[float]:
    """A value beyond every limit of a number, wherever pydantic keeps it."""
    for limit in _limits(field):
        if isinstance(limit, Ge):
            yield float(limit.ge) - 1  # type: ignore[arg-type]
        elif isinstance(limit, Gt):
            yield float(limit.gt)  # type: ignore[arg-type]
        elif isinstance(limit, Le):
            yield float(limit.le) + 1  # type: ignore[arg-type]
        elif isinstance(limit, Lt):
            yield float(limit.lt)  # type: ignore[arg-type]


def _limits(part: Any) -> Iterator[Any]:
    """The limits in an annotation and in what it is made of."""
    if isinstance(part, FieldInfo):
        yield from _limits(part.metadata)
        yield from _limits(part.annotation)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _limits(one)
    elif isinstance(part, Ge | Gt | Le | Lt):
        yield part
    elif get_origin(part) is not None:
        yield from _limits(get_args(part))
