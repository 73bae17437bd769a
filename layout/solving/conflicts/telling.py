"""Conflicts and ways out in a planner's words: names of places, values, units."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from layout.labels import LANGUAGES, text
from layout.model.derive import listed
from layout.names import Names, word
from layout.solving.conflicts.items import SITE_COLUMNS, Item, as_set
from layout.solving.conflicts.ways import Change, Way
from layout.solving.limits import CORRIDORS

if TYPE_CHECKING:
    from layout.model import PlanningModel

SHOWN = 6  # changes of one family that are told one by one
TWH = 1000  # GWh


def named(item: Item, model: PlanningModel) -> dict[str, Any]:
    """An item as ``explanation.json`` names it, its place in both languages."""
    words = {lang: called(item, Names(model, lang)) for lang in LANGUAGES}
    return {**item.record(), "name": words["en"], "name_zh": words["zh"]}


def record(way: Way, model: PlanningModel) -> dict[str, Any]:
    """A way out as ``explanation.json`` tells it."""
    words = {lang: _changes(way, Names(model, lang)) for lang in LANGUAGES}
    given = [change for change in way.changes if change.item.edit is not None]
    return {
        "change": words["en"],
        "change_zh": words["zh"],
        "kind": way.sort,
        "items": [change.item.id for change in way.changes],
        "cost_mcny": way.cost_mcny,
        "bound_mcny": way.bound_mcny,
        "verified": way.verified,
        "least": way.least,
        "sets": [as_set(model, change.item, change.value) for change in given],
    }


def _changes(way: Way, names: Names) -> str:
    """All changes in words; many of one family are summed up."""
    parts, lang = [], names.lang
    for family in dict.fromkeys(change.item.family for change in way.changes):
        same = [change for change in way.changes if change.item.family == family]
        if len(same) <= SHOWN or family == "target":
            parts += [told(change, names) for change in same]
            continue
        amount, unit = in_words(sum(change.amount for change in same), same[0].item.unit)
        place = text("explain.places", lang, count=len(same))
        parts.append(text(f"explain.change.{family}", lang, place=place, amount=amount, unit=unit))
    return text("explain.and", lang).join(parts)


def told(change: Change, names: Names) -> str:
    """One change in words, in the item's own unit."""
    item, lang = change.item, names.lang
    amount, unit = in_words(change.amount, item.unit)
    if item.family == "target":
        more = item.outward > 0
        return text(
            "explain.change.target_more" if more else "explain.change.target",
            lang,
            id=item.id,
            value=f"{item.value:,.10g}",
            reached=f"{change.value:,.6g}",
            amount=amount,
            unit=text(f"explain.unit.{item.key[0]}", lang),
        )
    if item.family == "remote":
        both = {"value": f"{item.value:.6g}", "reached": f"{change.value:.6g}"}
        return text("explain.change.remote", lang, place=called(item, names), **both)
    return text(
        f"explain.change.{item.family}", lang, place=called(item, names), amount=amount, unit=unit
    )


def in_words(amount: float, unit: str) -> tuple[str, str]:
    """An amount and its unit; much energy in TWh."""
    if unit == "GWh" and abs(amount) >= TWH:
        return f"{amount / TWH:,.6g}", "TWh"
    return f"{amount:,.6g}", unit


def called(item: Item, names: Names) -> str:
    """The place of a limit or demand by its names."""
    first, *rest = item.key or (item.place,)
    known = {
        "served": (names.zone, names.workload),
        "remote": (names.workload,),
        "renewable_potential": (names.province, _technology(names)),
    }
    if item.family in known:
        parts = [name(part) for name, part in zip(known[item.family], item.key, strict=False)]
    elif item.family in ("power_headroom", "energy_quota", "water_limit"):
        parts = [names.province(rest[0]) if first == "province" else rest[0]]
    elif item.family in CORRIDORS:
        return " → ".join(names.province(part) for part in item.key[:2])
    elif item.family in SITE_COLUMNS:
        parts = [names.site(item.place)]
    elif item.family in ("target", "storage_demand"):
        parts = [names.scope(item.place)]
    elif item.family == "hall_limit":
        scope, facilities, side = item.key
        halls = [names.facility(one) for one in listed(facilities)]
        parts = [names.scope(scope), *halls, text(f"cli.bound.{side}", names.lang)]
    elif item.family == "commitment":
        parts = [names.site(item.place), item.key[1]]
    else:
        parts = [names.province(part) if part == item.place else part for part in item.key]
        parts = parts or [item.place]
    return text("cli.comma", names.lang).join(parts)


def _technology(names: Names) -> Callable[[str], str]:
    return lambda code: word(f"cli.technology.{code}", names.lang, code)
