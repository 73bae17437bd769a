"""Limits that bind, and sites that could stand for one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layout.cli.screen.numbers import known, number
from layout.cli.screen.scope import WHOLE
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names, word

SHOWN = 6
PLACES = 4
_CORRIDOR = "corridor"
"""The limit between two provinces."""
_OF_PROVINCE = ("renewable_potential", "power_grid_headroom_mw", _CORRIDOR)
"""Limits whose place is a province (sites may bear the same code)."""
_OF_KIND = "chip_supply"
"""The limit whose place is a kind of compute."""
ASKED = ("storage_demand",)
"""Limits that ask for something: less of them saves."""
_OF_HALLS = "hall_limit"
"""The limit whose id says facility types and a bound beside the place."""


def place(code: str, names: Names) -> str:
    """A place of a limit, whether it is a scope, a site, a zone or a province."""
    if ":" in code or code in WHOLE:
        return names.scope(code)
    named = names.site(code)
    return named if named != clean(code) else names.province(code)


def _inside(one: Mapping[str, Any]) -> list[str]:
    """What the id of a limit says in its brackets: place, what else it is of, year."""
    return str(one.get("id") or "").partition("[")[2].rstrip("]").split(",")


def _years(binding: Sequence[Mapping[str, Any]]) -> set[str]:
    """The years at the ends of the ids."""
    return {_inside(one)[-1] for one in binding if _inside(one)[-1].isdigit()}


def _where(one: Mapping[str, Any], names: Names, dated: bool) -> str:
    """The place of a limit and what else its id says, as in "Hunan wind"; its year if `dated`."""
    code = str(one.get("place") or "")
    named = names.province(code) if one.get("limit") in _OF_PROVINCE else place(code, names)
    if one.get("limit") == _OF_KIND:
        named = names.kind(code)
    inside = _inside(one)
    if one.get("limit") == _CORRIDOR:
        named = " → ".join(names.province(part) for part in inside[:2])
        inside = inside[1:]
    if one.get("limit") == _OF_HALLS:
        inside = [inside[0], *_halls(inside, names), inside[-1]]
    rest = [part for part in inside[1:] if part and not part.isdigit() and part != code]
    return " ".join(
        [
            *(inside[-1:] if dated and inside[-1].isdigit() else []),
            named or clean(one.get("id") or ""),
            *(word(f"cli.technology.{part}", names.lang, part) for part in rest),
        ]
    )


def _halls(inside: Sequence[str], names: Names) -> list[str]:
    """The facility types and the bound in the id of a limit on halls, in words."""
    halls = [names.facility(one) for one in inside[1].split(";") if one]
    return [*halls, *(text(f"cli.bound.{side}", names.lang) for side in inside[2:3])]


def limit_lines(
    binding: Sequence[Mapping[str, Any]], names: Names, shown: int = PLACES
) -> list[str]:
    """One paragraph per kind of limit, its dearest places first; a line when none binds."""
    lang = names.lang
    if not binding:
        return [text("cli.limits.none", lang)]
    families: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(binding, key=lambda one: -_cost(one)):
        families.setdefault(str(one.get("limit", "")), []).append(one)
    lines = [text("cli.limits", lang)]
    dated = len(_years(binding)) > 1
    for limit, found in families.items():
        said = _family(limit, found, names, shown, dated)
        lines += ["  " + line for line in wrap(said, 98, indent="  ")]
    return lines


def _cost(one: Mapping[str, Any]) -> float:
    value = one.get("shadow_cost_mcny")
    return abs(float(value)) if known(value) else 0.0


def _family(
    limit: str, found: Sequence[Mapping[str, Any]], names: Names, shown: int, dated: bool
) -> str:
    """A kind of limit: in how many places, and the dearest with value and shadow cost."""
    lang = names.lang
    places = [
        text(
            "cli.limit.asked" if limit in ASKED else "cli.limit.place",
            lang,
            place=_where(one, names, dated),
            value=number(one.get("value")),
            cost=number(_cost(one)),
        )
        for one in found[:shown]
    ]
    if len(found) > shown:
        places.append(text("cli.more", lang, count=len(found) - shown))
    return text(
        "cli.limit",
        lang,
        limit=word(f"cli.limit.{limit}", lang, limit),
        unit=clean(found[0].get("unit") or ""),
        count=len(found),
        places=text("cli.semicolon", lang).join(places),
    )


def alike_lines(groups: Sequence[Any], names: Names) -> list[str]:
    """Groups of sites that could be swapped for less than the gap."""
    lang = names.lang
    found = []
    for group in groups:
        sites = group.get("sites", []) if isinstance(group, Mapping) else group
        if not isinstance(sites, str) and len(sites) > 1:
            first, *others = (names.site(str(site)) for site in sites)
            listed = text("cli.comma", lang).join(others)
            found.append(text("cli.alike.group", lang, site=first, others=listed))
    if not found:
        return []
    told = text("cli.semicolon", lang).join(found[:SHOWN])
    return wrap(text("cli.alike", lang) + told, indent="  ")
