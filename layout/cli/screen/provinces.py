"""The plan by province and kind: five actions, racks, power, money, energy, carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layout.cli.screen.grid import columns_shown, grid
from layout.cli.screen.numbers import NOTHING, cell, scaled
from layout.cli.screen.weakness import proxy_provinces
from layout.labels import text
from layout.names import Names, province_of_site

if TYPE_CHECKING:
    import pandas as pd

    from layout.plan import Plan

ACTIONS = ("filled", "expanded", "built", "retrofitted", "retired")
ADDED = ["filled_eflops", "expanded_eflops", "built_eflops"]
_SUMS = ["existing_eflops", *(f"{action}_eflops" for action in ACTIONS), "compute_eflops"]
ALWAYS = (0, 1, 2, 8, 9, 10, 12, 13, 14)
ROWS = 10


def by_site_and_kind(plan: Plan) -> pd.DataFrame:
    """Rows of the capacity table summed over facilities, with new MW and investment.

    Columns: site, kind, the actions in EFLOPS, facility_it_mw, racks, new_mw (new space), mcny
    (undiscounted: new space and new IT).
    """
    from layout.plan.ledger import Ledger

    capacity = plan.tables["capacity"]
    sums = capacity.groupby(["site", "kind"])[[*_SUMS, "facility_it_mw", "racks"]].sum()
    years = [Ledger(plan.tables, plan.model, int(year)) for year in capacity["year"].unique()]
    for name, column in (("new_mw", "new_mw"), ("capex_mcny", "mcny")):
        sums[column] = 0.0
        for ledger in years:
            own = ledger.units.groupby(["site", "kind"])[name].sum()
            sums[column] += own.reindex(sums.index).fillna(0.0)
    return sums.reset_index()


def by_province_and_kind(plan: Plan) -> pd.DataFrame:
    """The same summed over the sites of a province."""
    table = by_site_and_kind(plan)
    table["province"] = table["site"].map(province_of_site(plan.model))
    return table.drop(columns="site").groupby(["province", "kind"]).sum().reset_index()


def energy_by_province(plan: Plan) -> pd.DataFrame:
    """Facility GWh and location-based carbon (kt) by province."""
    energy = plan.tables["energy"]
    place = energy["site"].map(province_of_site(plan.model))
    return energy.groupby(place)[["facility_gwh", "carbon_kt"]].sum()


def header(lang: str, first: str) -> list[str]:
    """Headings of the table, with units and, for energy and carbon, whose they are."""
    names = ("kind", "existing", *ACTIONS, "total", "racks", "mw", "new_mw", "money", "energy")
    return [first, *(text(f"cli.column.{name}", lang) for name in (*names, "carbon"))]


def _row(first: str, record: pd.Series, names: Names, rest: list[str]) -> list[str]:
    lang = names.lang
    return [
        first,
        names.short_kind(record["kind"]),
        *(cell(record[column]) for column in _SUMS),
        cell(scaled(record["racks"], "racks", lang)),
        cell(record["facility_it_mw"]),
        cell(record["new_mw"]),
        cell(scaled(record["mcny"], "mcny", lang)),
        *rest,
    ]


def _ranked(table: pd.DataFrame) -> list[str]:
    """Provinces in which something is done, most investment first."""
    done = table[[*ADDED, "retrofitted_eflops", "retired_eflops"]].sum(axis=1) > 0
    money = table[done].groupby("province")["mcny"].sum()
    order = sorted(money.index, key=lambda province: (-money[province], province))
    return [str(province) for province in order]


def _shown(table: pd.DataFrame, ranked: list[str], limit: int) -> list[str]:
    """As many provinces as fill `limit` rows, at least one."""
    shown: list[str] = []
    used = 0
    for province in ranked:
        used += int((table["province"] == province).sum())
        if shown and used > limit:
            break
        shown.append(province)
    return shown


def _with_change(table: pd.DataFrame) -> pd.DataFrame:
    done = table[[*ADDED, "retrofitted_eflops", "retired_eflops"]].sum(axis=1) > 0
    return table[done]


def province_lines(plan: Plan, lang: str, rows: int = ROWS) -> list[str]:
    """The table of provinces in which something is done, with the nation's totals by kind.

    Kinds keep their own precision: there is no sum over kinds in EFLOPS. Energy and carbon are
    the whole province's and stand in its first row.
    """
    names = Names(plan.model, lang)
    table = by_province_and_kind(plan)
    changed = _with_change(table)
    ranked = _ranked(table)
    shown = _shown(changed, ranked, rows)
    energy = energy_by_province(plan)
    proxies = proxy_provinces(plan.model)
    body: list[list[str]] = []
    for province in shown:
        mark = "*" if province in proxies else ""
        first, rest = names.province(province) + mark, _rest(energy, [province], lang)
        for _, record in changed[changed["province"] == province].iterrows():
            body.append(_row(first, record, names, rest))
            first, rest = "", ["", ""]
    body += _totals(table, energy, names)
    return _lines(body, names, ranked, shown, proxies)


def _rest(energy: pd.DataFrame, provinces: list[str], lang: str) -> list[str]:
    own = energy.reindex(provinces).sum()
    return [
        cell(scaled(own["facility_gwh"], "gwh", lang)),
        cell(scaled(own["carbon_kt"], "kt", lang)),
    ]


def _totals(table: pd.DataFrame, energy: pd.DataFrame, names: Names) -> list[list[str]]:
    """One row per kind for the whole model."""
    sums = table.drop(columns="province").groupby("kind").sum().reset_index()
    first, rest = text("cli.all", names.lang), _rest(energy, list(energy.index), names.lang)
    body = []
    for _, record in sums.iterrows():
        body.append(_row(first, record, names, rest))
        first, rest = "", ["", ""]
    return body


def _lines(
    body: list[list[str]],
    names: Names,
    ranked: list[str],
    shown: list[str],
    proxies: frozenset[str],
) -> list[str]:
    lang = names.lang
    head = header(lang, text("cli.column.province", lang))
    keep = columns_shown(body, NOTHING, ALWAYS)
    lines = [text("cli.provinces", lang)]
    lines += grid(
        [head[column] for column in keep],
        [[row[column] for column in keep] for row in body],
        left=(0, 1),
        limit=18,
        gap=1 if len(keep) > 11 else 2,
    )
    hidden = [
        text(f"cli.done.{ACTIONS[column - 3]}", lang)
        for column in range(3, 8)
        if column not in keep
    ]
    if hidden:
        listed = text("cli.comma", lang).join(hidden)
        lines.append("  " + text("cli.provinces.none", lang, actions=listed))
    if len(ranked) > len(shown):
        lines.append("  " + text("cli.provinces.more", lang, count=len(ranked) - len(shown)))
    if not ranked:
        lines.append("  " + text("cli.provinces.nothing", lang))
    if any(province in proxies for province in shown):
        lines.append("  " + text("cli.proxy.mark", lang))
    return lines
