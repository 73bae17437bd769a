"""Why a model has no plan at all, and the ways out that were tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.heading import money
from layout.cli.screen.limits import place
from layout.cli.screen.names import Names, word
from layout.cli.screen.numbers import known, number
from layout.cli.screen.width import clean, wrap
from layout.labels import text

if TYPE_CHECKING:
    from layout.plan import Plan


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
        lines += [line for one in conflict for line in _item(_part(one, names))]
    ways = explanation.get("ways_out") or []
    if ways:
        lines.append(text("cli.ways_out", lang))
        lines += [line for way in ways for line in _item(_way(way, lang))]
    return lines if conflict or ways else [*lines, text("cli.conflict.unknown", lang)]


def _item(said: str) -> list[str]:
    return ["  " + line for line in wrap("- " + said, 96, indent="  ")]


def _part(one: Mapping[str, Any], names: Names) -> str:
    """One requirement that takes part in the conflict."""
    lang = names.lang
    said = [word(f"cli.limit.{one.get('type')}", lang, str(one.get("type", "")))]
    if one.get("id"):
        said.append(clean(one["id"]))
    if one.get("place"):
        said.append(place(str(one["place"]), names))
    if known(one.get("value")):
        said.append(f"{number(one['value'])} {clean(one.get('unit') or '')}".strip())
    return text("cli.comma", lang).join(said)


def _way(way: Mapping[str, Any], lang: str) -> str:
    """One way out: the change, what it costs, whether it was tried."""
    said = clean(way.get(f"change_{lang}") or way.get("change") or "")
    if known(way.get("cost_mcny")):
        said += text("cli.way.cost", lang, cost=money(way["cost_mcny"], lang))
    return said + (text("cli.way.verified", lang) if way.get("verified") else "")
