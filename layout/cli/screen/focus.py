"""One place's page: its sites, tasks in and out, power, quota, targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from layout.cli.screen.grid import columns_shown, grid
from layout.cli.screen.limits import limit_lines
from layout.cli.screen.numbers import NOTHING, cell, number, scaled
from layout.cli.screen.provinces import ACTIONS, ALWAYS, by_site_and_kind, header
from layout.cli.screen.scope import Place, place_of
from layout.cli.screen.supply import headroom_rows, potential_lines, power_rows
from layout.cli.screen.verdicts import verdict_lines
from layout.labels import text
from layout.names import Names, province_of_site
from layout.plan.overview import overview

if TYPE_CHECKING:
    import pandas as pd

    from layout.plan import Plan

_FLOWS = 8


def focus_page(plan: Plan, scope: str, lang: str) -> str:
    """The page of a place. Raises UnknownScope for a scope that the model does not have."""
    plan = overview(plan)
    place = place_of(plan.model, scope)
    names = Names(plan.model, lang)
    parts = [
        [text("cli.focus", lang, place=names.scope(scope), scope=scope)],
        site_lines(plan, place, names),
        _tasks(plan, place, names, outward=True),
        _tasks(plan, place, names, outward=False),
        _price_lines(plan, place, names),
        _section("cli.focus.power", power_rows(plan, place, names), "power", lang)
        + potential_lines(plan, place, names),
        _section("cli.focus.headroom", headroom_rows(plan, place, names), "headroom", lang),
        _target_lines(plan, place, names),
        _limits(plan, place, names),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _section(title: str, rows: list[list[str]], kind: str, lang: str) -> list[str]:
    """A titled table with the headings ``cli.head.<kind>`` (separated by |)."""
    if not rows:
        return []
    head = text(f"cli.head.{kind}", lang).split("|")
    return [text(title, lang), *grid(head, rows)]


def site_lines(plan: Plan, place: Place, names: Names) -> list[str]:
    """Sites of the place with their actions by kind."""
    lang = names.lang
    table = by_site_and_kind(plan)
    table = table[table["site"].isin(place.sites)]
    energy = plan.tables["energy"].set_index("site")
    body, last = [], ""
    for _, record in table.iterrows():
        site = str(record["site"])
        first = "" if site == last else names.site(site)
        body.append([first, *_site_cells(record, names), *_energy(energy, site, last, lang)])
        last = site
    if not body:
        return [text("cli.focus.no_sites", lang)]
    head = header(lang, text("cli.column.site", lang))
    keep = columns_shown(body, NOTHING, ALWAYS)
    rows = [[row[column] for column in keep] for row in body]
    return [
        text("cli.focus.sites", lang),
        *grid([head[c] for c in keep], rows, left=(0, 1), limit=22),
    ]


def _site_cells(record: pd.Series, names: Names) -> list[str]:
    lang = names.lang
    actions = [cell(record[f"{action}_eflops"]) for action in ACTIONS]
    return [
        names.short_kind(str(record["kind"])),
        cell(record["existing_eflops"]),
        *actions,
        cell(record["compute_eflops"]),
        cell(scaled(record["racks"], "racks", lang)),
        cell(record["facility_it_mw"]),
        cell(record["new_mw"]),
        cell(scaled(record["mcny"], "mcny", lang)),
    ]


def _energy(energy: pd.DataFrame, site: str, last: str, lang: str) -> list[str]:
    """Energy and carbon of a site, in its first row only."""
    if site == last or site not in energy.index:
        return ["" if site == last else NOTHING] * 2
    row = energy.loc[[site]].sum()
    return [
        cell(scaled(row["facility_gwh"], "gwh", lang)),
        cell(scaled(row["carbon_kt"], "kt", lang)),
    ]


def _tasks(plan: Plan, place: Place, names: Names, *, outward: bool) -> list[str]:
    """Whom the sites of the place serve, or who serves its zones: EFLOPS by kind."""
    lang, service = names.lang, plan.tables["service"]
    near, far = ("site", "zone") if outward else ("zone", "site")
    inside = place.sites if outward else place.zones
    flows = service[service[near].isin(inside)]
    key = "cli.focus.serves" if outward else "cli.focus.served_by"
    if flows.empty:
        return [text(f"{key}.none", lang)]
    kinds = plan.model["workloads"].set_index("workload")["kind"]
    flows = flows.assign(kind=flows["workload"].map(kinds))
    grouped = flows.groupby([far, "kind"]).agg(
        served=("served_eflops", "sum"), rtt=("latency_rtt_ms", "max")
    )
    total = grouped["served"].groupby("kind").sum()
    ranked = grouped.reset_index().sort_values(
        ["served", far, "kind"], ascending=[False, True, True]
    )
    name = names.zone if outward else names.site
    rows = [
        [
            name(str(flow[far])),
            names.short_kind(str(flow["kind"])),
            cell(flow["served"]),
            f"{100 * flow['served'] / total[flow['kind']]:.0f}%",
            number(flow["rtt"]),
        ]
        for _, flow in ranked.head(_FLOWS).iterrows()
    ]
    lines = [text(key, lang)]
    lines += grid(text("cli.head.tasks", lang).split("|"), rows, left=(0, 1))
    if len(ranked) > _FLOWS:
        lines.append(
            "  " + text("cli.more.in", lang, count=len(ranked) - _FLOWS, file="service.csv")
        )
    return lines


def _price_lines(plan: Plan, place: Place, names: Names) -> list[str]:
    """What one more EFLOPS of demand in the place would cost."""
    prices = plan.tables["prices"]
    prices = prices[prices["zone"].isin(place.zones)]
    if prices.empty or len(place.zones) != 1:
        return []
    rows = [
        [names.workload(str(row["workload"])), number(row["price_mcny_per_eflops_year"])]
        for _, row in prices.iterrows()
    ]
    head = text("cli.head.prices", names.lang).split("|")
    return [text("cli.focus.prices", names.lang), *grid(head, rows)]


def _target_lines(plan: Plan, place: Place, names: Names) -> list[str]:
    """Verdicts of the targets whose scope reaches into the place, the nation's apart."""
    found = [
        record
        for record in plan.record.get("targets", [])
        if place.scope == "nation" or _concerns(plan, record, place)
    ]
    return verdict_lines(found, names) if found else [text("cli.focus.no_targets", names.lang)]


def _concerns(plan: Plan, record: Mapping[str, Any], place: Place) -> bool:
    scope = str(record.get("scope") or "nation")
    if scope == "nation":
        return False
    return _concerns_sites(plan, scope, place)


def _concerns_sites(plan: Plan, scope: str, place: Place) -> bool:
    return bool(place_of(plan.model, scope).sites & place.sites)


def _limits(plan: Plan, place: Place, names: Names) -> list[str]:
    """Limits that bind in the place."""
    of_site = province_of_site(plan.model)
    codes = {*place.sites, *place.zones, place.scope, *(of_site[site] for site in place.sites)}
    binding = [
        one
        for one in plan.record.get("binding", [])
        if str(one.get("place", "")).rpartition(":")[2] in codes
        or one.get("place") in codes
        or (one.get("limit") == "hall_limit" and _concerns_sites(plan, str(one["place"]), place))
    ]
    return limit_lines(binding, names, shown=12)
