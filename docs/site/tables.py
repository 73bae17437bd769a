"""The pages of what a model says: its tables and its settings, from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf, isnan
from typing import Any

from pydantic import BaseModel

from docs.site.links import in_language, to
from docs.site.markdown import cell, code, page, prose, say, table
from layout.labels import has, text
from layout.model.excel.settings_sheet import entries
from layout.model.schema import MEASURE_FEATURES, MEASURES, Settings
from layout.model.tables import FEATURE_TABLES, TABLES, Column, Table


def tables(lang: str, at: str) -> str:
    """Every table of a model, every column with its type, unit, limits and words."""
    listed = [
        (f"[`{one.name}`](#{one.name})", cell(_name(one, lang)), cell(one.description(lang)))
        for one in TABLES.values()
    ]
    head = [say("table", lang), say("name", lang), say("tables.row", lang)]
    parts = [part for one in TABLES.values() for part in _table(one, lang)]
    return page(say("tables.title", lang), say("tables.intro", lang), table(head, listed), *parts)


def _name(one: Table | Column, lang: str) -> str:
    return one.zh if lang == "zh" else one.en


def _table(one: Table, lang: str) -> Iterator[str]:
    yield f"## {one.name}"
    yield f"**{cell(_name(one, lang))}.** {cell(one.description(lang))}"
    said = [f"{say('tables.key', lang)} {', '.join(code(name) for name in one.key)}."]
    if one.needed:
        said.append(say("tables.needed", lang))
    feature = [name for name, used in FEATURE_TABLES.items() if one.name in used]
    if feature:
        said.append(say("tables.feature", lang).format(feature=code(feature[0])))
    yield " ".join(said)
    head = ["column", "name", "type", "unit", "default", "allowed", "usual", "meaning"]
    yield table([say(name, lang) for name in head], [_column(column, lang) for column in one])


def _column(one: Column, lang: str) -> tuple[str, ...]:
    needed = say("tables.must", lang) if one.required else ""
    return (
        code(one.name),
        cell(_name(one, lang)),
        say(f"type.{one.type}", lang),
        cell(one.unit),
        needed or _default(one.default, lang),
        _allowed(one, lang),
        f"{one.plausible[0]:g} – {one.plausible[1]:g}" if one.plausible else "",
        cell(one.description(lang)),
    )


def _default(value: Any, lang: str) -> str:
    if value is None or value == "" or (isinstance(value, float) and isnan(value)):
        return ""
    if isinstance(value, float) and isinf(value):
        return say("unlimited", lang)
    if isinstance(value, bool):
        return code("yes" if value else "no")
    return code(f"{value:g}" if isinstance(value, float) else str(value))


def _allowed(one: Column, lang: str) -> str:
    if one.choices:
        return ", ".join(code(choice) for choice in one.choices)
    if one.refers_to:
        return f"{say('tables.of', lang)} {code(one.refers_to)}"
    return span(
        None if one.positive else one.minimum,
        one.maximum,
        above=0.0 if one.positive else None,
    )


def span(
    low: float | None, high: float | None, above: float | None = None, below: float | None = None
) -> str:
    """Limits as words of mathematics: at least, above, at most, below."""
    signs = (("≥", low), (">", above), ("≤", high), ("<", below))
    return ", ".join(f"{sign} {limit:g}" for sign, limit in signs if limit is not None)


def settings(lang: str, at: str) -> str:
    """Every setting of model.yaml with its type, default, limits and words."""
    plain = Settings.model_validate({"layout": 1}).model_dump(mode="json", exclude_none=True)
    rows: dict[str, list[tuple[str, ...]]] = {}
    for one in entries(plain):
        rows.setdefault(one.key.partition(".")[0], []).append(_setting(one.key, one, lang))
    head = [say(name, lang) for name in ("setting", "type", "default", "allowed", "meaning")]
    single = [row for group in rows.values() if len(group) == 1 for row in group]
    parts = [f"## {say('settings.single', lang)}", table(head, single)]
    for name, group in rows.items():
        if len(group) > 1:
            parts += [f"## {name}", *_about(name, lang), table(head, group)]
    parts += [f"## {say('settings.scenarios', lang)}", say("settings.scenarios.about", lang)]
    return page(say("settings.title", lang), say("settings.intro", lang), *parts)


def _about(name: str, lang: str) -> list[str]:
    """What the docstring of a group of settings says; the code speaks English only."""
    field = Settings.model_fields[name].annotation
    said = field.__doc__ if isinstance(field, type) and issubclass(field, BaseModel) else None
    return [prose(" ".join(said.split()))] if said and lang == "en" else []


_BOUNDS = (
    ("minimum", "ge"),
    ("maximum", "le"),
    ("exclusiveMinimum", "gt"),
    ("exclusiveMaximum", "lt"),
)
"""What a bound is called in a JSON schema, and where code of ours looks at a value before."""


def _bound(allowed: dict[str, Any], *names: str) -> float | None:
    return next((float(allowed[name]) for name in names if name in allowed), None)


def _setting(key: str, one: Any, lang: str) -> tuple[str, ...]:
    allowed = one.allowed
    kind = allowed.get("type", "")
    choices = allowed.get("enum") or ([allowed["const"]] if "const" in allowed else [])
    limits = span(*(_bound(allowed, *names) for names in _BOUNDS))
    return (
        code(key),
        say(f"type.{kind}" if kind and not choices else "type.choice", lang) if kind else "",
        _default(one.value, lang) if one.value is not None else "",
        ", ".join(code(str(choice)) for choice in choices) or limits,
        cell(text(f"setting.{key}", lang)) if has(f"setting.{key}") else "",
    )


def targets(lang: str, at: str) -> str:
    """Every measure that a target may have, and every field of a target."""
    from layout.model.aims import BASES_SHOWN, NATIVE_MEASURES, ONE_SIDED
    from layout.plan.terms import SHORTFALL_UNIT, TERMS

    rows = []
    for name in MEASURES:
        about = " ".join((TERMS[name].__doc__ or "").split())
        rows.append(
            (
                code(name),
                cell(text(f"map.measure.{name}", lang)),
                cell(SHORTFALL_UNIT[name]),
                say("yes", lang) if name in NATIVE_MEASURES else "",
                cell(BASES_SHOWN.get(name, "")),
                code(ONE_SIDED.get(name, "")),
                code(MEASURE_FEATURES.get(name, "")),
                *([prose(about)] if lang == "en" else []),
            )
        )
    head = ["measure", "name", "targets.unit", "targets.kind", "targets.basis", "targets.sense"]
    head += ["targets.feature", *(["targets.about"] if lang == "en" else [])]
    how = to(in_language("docs/studies/targets.md", lang), at)
    return page(
        say("targets.title", lang),
        say("targets.intro", lang).format(method=how),
        table([say(name, lang) for name in head], rows),
        f"## {say('targets.fields', lang)}",
        table([say(name, lang) for name in ("field", "name", "meaning")], _fields(lang)),
    )


def _fields(lang: str) -> Iterator[tuple[str, str, str]]:
    from layout.model.workbook import TARGET_COLUMNS

    for name, path in TARGET_COLUMNS.items():
        about = text(f"excel.target.{name}.about", lang)
        yield code(".".join(path)), cell(text(f"excel.target.{name}", lang)), cell(about)
