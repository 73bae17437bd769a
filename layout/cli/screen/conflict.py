"""Why a model has no plan at all, and the ways out that were tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from layout.cli.screen.heading import money
from layout.cli.screen.limits import place
from layout.cli.screen.numbers import known, number
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word

if TYPE_CHECKING:
    from layout.plan import Plan

SHOWN = 4
"""Requirements of one sort that are told one by one."""


def conflict_lines(plan: Plan, lang: str) -> list[str]:
    """The conflict and the ways out of it; a line that points to the file when both are empty."""
    names = Names(plan.model, lang)
    explanation = plan.explanation or {}
    lines: list[str] = []
    if explanation.get("period"):
        lines += wrap(text("cli.conflict.period", lang, year=explanation["period"]), indent="  ")
    conflict = explanation.get("conflict") or []
    if conflict:
        lines.append(text("cli.conflict", lang))
        lines += [line for said in _parts(conflict, names) for line in _item(said)]
        if explanation.get("proved") is False:
            lines += wrap("  " + text("cli.conflict.unproved", lang), indent="  ")
    ways = explanation.get("ways_out") or []
    if ways:
        lines.append(text("cli.ways_out", lang))
        lines += [line for way in ways for line in _item(_way(way, lang))]
    return lines if conflict or ways else [*lines, text("cli.conflict.unknown", lang)]


def _item(said: str) -> list[str]:
    return ["  " + line for line in wrap("- " + said, 96, indent="  ")]


def _parts(conflict: Sequence[Mapping[str, Any]], names: Names) -> list[str]:
    """Every requirement that takes part; of many of one sort the first ones and their number."""
    lang = names.lang
    said = []
    for sort in dict.fromkeys(one.get("type") for one in conflict):
        same = [one for one in conflict if one.get("type") == sort]
        if len(same) <= SHOWN or sort == "target":
            said += [_part(one, names) for one in same]
            continue
        places = [_where(one, names) for one in same[:SHOWN]]
        listed = text("cli.comma", lang).join(places)
        count = len(same) - SHOWN
        said.append(
            text("cli.conflict.many", lang, sort=_sort(same[0], lang), places=listed, count=count)
        )
    return said


def _sort(one: Mapping[str, Any], lang: str) -> str:
    return word(f"cli.limit.{one.get('type')}", lang, str(one.get("type", "")))


def _where(one: Mapping[str, Any], names: Names) -> str:
    """The place of a requirement and its value."""
    name = one.get("name_zh" if names.lang == "zh" else "name")
    where = clean(name) if name else place(str(one.get("place") or ""), names)
    return f"{where} {_value(one)}".strip()


def _value(one: Mapping[str, Any]) -> str:
    if not known(one.get("value")):
        return ""
    unit = clean(one.get("unit") or "")
    return f"{number(one['value'])} {'' if unit == '1' else unit}".strip()


def _part(one: Mapping[str, Any], names: Names) -> str:
    """One requirement that takes part in the conflict."""
    lang = names.lang
    said = [_sort(one, lang)]
    name = one.get("name_zh" if lang == "zh" else "name")
    if one.get("id") and (one.get("type") == "target" or not name):
        said.append(clean(one["id"]))
    if name:
        said.append(clean(name))
    elif one.get("place"):
        said.append(place(str(one["place"]), names))
    said += [part for part in (_value(one), clean(one.get("source") or "")) if part]
    return text("cli.comma", lang).join(said)


def _way(way: Mapping[str, Any], lang: str) -> str:
    """One way out: the change, what it costs, whether it was tried."""
    said = clean(way.get(f"change_{lang}") or way.get("change") or "")
    if known(way.get("cost_mcny")):
        said += text("cli.way.cost", lang, cost=money(way["cost_mcny"], lang))
    return said + (text("cli.way.verified", lang) if way.get("verified") else "")
