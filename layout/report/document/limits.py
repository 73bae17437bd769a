"""What holds the plan back: limits that bind, and sites that could stand for one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels.cleaning import clean
from layout.report.document.blocks import Block, Paragraph, Points, Row, Section, Table
from layout.report.document.matter import Matter
from layout.report.quantities import known, number

_CORRIDOR = "corridor"
_PROVINCIAL = ("renewable_potential", "power_grid_headroom_mw", _CORRIDOR)
_MOST = 6


def limits(matter: Matter) -> Section:
    """The section."""
    binding = [one for one in matter.record.get("binding") or [] if isinstance(one, Mapping)]
    blocks: list[Block] = []
    if binding:
        blocks += [Paragraph(matter.t("limits.reading")), _table(matter, binding)]
    else:
        told = matter.plan.status == "optimal"
        blocks.append(Paragraph(matter.t("limits.none" if told else "limits.unknown")))
    if groups := _alike(matter):
        blocks += [Paragraph(matter.t("limits.alike")), Points(groups)]
    return Section("limits", matter.t("title.limits"), blocks)


def _table(matter: Matter, binding: list[Any]) -> Table:
    """A row for each sort of limit: in how many places, and the dearest ones."""
    families: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(binding, key=lambda one: (-_cost(one), str(one.get("id", "")))):
        families.setdefault(str(one.get("limit", "")), []).append(one)
    rows = [
        Row([matter.word(f"cli.limit.{name}", name), str(len(found)), _unit(found[0]),
             matter.listed(_place(matter, one) for one in found[:_MOST])], "", name)
        for name, found in families.items()
    ]  # fmt: skip
    head = matter.t("limits.head").split("|")
    notes = [matter.t("limits.note")]
    return Table(matter.t("limits.caption"), head, rows, (0, 2, 3), notes, "limits")


def _unit(one: Mapping[str, Any]) -> str:
    return clean(one.get("unit") or "–")


def _cost(one: Mapping[str, Any]) -> float:
    value = one.get("shadow_cost_mcny")
    return abs(float(value or 0.0)) if known(value) else 0.0


def _place(matter: Matter, one: Mapping[str, Any]) -> str:
    code, limit = str(one.get("place") or ""), str(one.get("limit") or "")
    names = matter.names
    if ":" in code or code in ("nation", "hubs", "clusters"):
        named = names.scope(code)
    elif limit in _PROVINCIAL:
        named = matter.province(code)
    elif limit == "chip_supply":
        named = names.kind(code)
    else:
        named = names.site(code) if names.site(code) != clean(code) else matter.province(code)
    inside = str(one.get("id") or "").partition("[")[2].rstrip("]").split(",")[1:]
    if limit == _CORRIDOR:
        named, inside = f"{named} → {matter.province(inside[0])}", inside[1:]
    rest = [part for part in inside if part and not part.isdigit() and part != code]
    if matter.several:
        rest += [part for part in inside if part.isdigit() and part != code]
    more = "".join(f" {matter.word(f'cli.technology.{part}', part)}" for part in rest)
    values = {"value": number(one.get("value")), "cost": number(_cost(one))}
    return matter.t("limits.place", place=(named or clean(one.get("id") or "")) + more, **values)


def _alike(matter: Matter) -> list[str]:
    """Groups of sites that could be swapped for less than the gap."""
    found = []
    for group in matter.record.get("alike") or []:
        if isinstance(group, list) and len(group) > 1:
            first, *others = (matter.names.site(str(site)) for site in group)
            found.append(matter.t("limits.alike.group", site=first, others=matter.listed(others)))
    return found[:12]
