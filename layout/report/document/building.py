"""What to build where: five actions by province and by site, halls, racks and investment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from layout.report.charts import Series, bars
from layout.report.document.blocks import Block, Chart, Paragraph, Row, Section, Table, dropped
from layout.report.document.matter import LEAST, STEPS, Column, Matter, cell

MOST_SITES = 80
_MOST_BARS = 20
_SUMS = (
    "existing_eflops",
    *(f"{name}_eflops" for name in STEPS),
    "compute_eflops",
    "facility_it_mw",
    "new_mw",
    "racks",
    "capex_mcny",
)


def building(matter: Matter) -> Section:
    """The section: a drawing of additions, provinces, then sites in which something is done."""
    table = matter.holdings
    blocks: list[Block] = []
    if table.empty:
        return Section("build", matter.t("title.build"), [Paragraph(matter.t("build.none"))])
    blocks.append(Paragraph(matter.t("build.reading")))
    if drawn := _chart(matter, table):
        blocks.append(drawn)
    blocks.append(_provinces(matter, table))
    blocks.append(_sites(matter, table))
    return Section("build", matter.t("title.build"), blocks, apart=True)


def _chart(matter: Matter, table: pd.DataFrame) -> Chart | None:
    """Additions by province and kind, where kinds can be added."""
    view = matter.view
    amount = table["added"] * view.factors(table["kind"])
    if not view.common or amount.sum() <= LEAST:
        return None
    sums = amount.groupby([table["province"], table["kind"]]).sum().unstack(fill_value=0)
    order = sums.sum(axis=1).sort_values(ascending=False, kind="stable")
    order = order[order > LEAST].head(_MOST_BARS)
    kinds = [kind for kind in view.kinds if kind in sums and sums[kind].sum() > LEAST]
    caption = matter.t("build.chart", count=len(order), unit=view.compute_unit)
    return Chart(
        bars(
            "build",
            [matter.province(str(place)) for place in order.index],
            [Series(view.kinds[kind].name, matter.colour(kind)) for kind in kinds],
            sums.loc[order.index, kinds].to_numpy().tolist(),
            title=caption,
            unit=view.compute_unit,
            lang=matter.lang,
        ),
        caption,
    )


def _head(matter: Matter, columns: Mapping[str, Column], first: list[str]) -> list[str]:
    units = {name: column.unit for name, column in columns.items()}
    names = ("existing", *STEPS, "compute", "space", "new_space", "racks", "capex")
    return [*first, *(matter.t(f"build.column.{name}", **units) for name in names)]


def _columns(matter: Matter, table: pd.DataFrame) -> dict[str, Column]:
    return {
        "racks": matter.column(table["racks"], "racks"),
        "capex": matter.column(table["capex_mcny"], "mcny"),
    }


def _cells(row: Any, columns: Mapping[str, Column]) -> list[str]:
    return [
        *(cell(row[name]) for name in _SUMS[:-2]),
        columns["racks"].cell(row["racks"]),
        columns["capex"].cell(row["capex_mcny"]),
    ]


def _provinces(matter: Matter, table: pd.DataFrame) -> Table:
    """Every province with capacity, the most investment first, and the nation."""
    sums = table.groupby(["province", "kind"], sort=False)[list(_SUMS)].sum()
    money = sums["capex_mcny"].groupby(level="province").sum()
    order = sorted(map(str, money.index), key=lambda place: (-money[place], place))
    columns = _columns(matter, sums.groupby(level="province").sum())
    rows = []
    for place in order:
        name = matter.province(place)
        for kind in [kind for kind in matter.view.kinds if (place, kind) in sums.index]:
            row: Any = sums.loc[(place, kind)]
            if row[list(_SUMS[:-2])].abs().max() < LEAST:
                continue
            cells = [name, matter.names.short_kind(kind), *_cells(row, columns)]
            rows.append(Row(cells, "", f"{place}/{kind}"))
            name = ""
    rows += _totals(matter, table, columns)
    head = _head(matter, columns, [matter.t("column.province"), matter.t("column.kind")])
    caption = matter.t("build.provinces")
    notes = [matter.t("build.precision"), *_weak_note(matter)]
    return dropped(Table(caption, head, rows, (0, 1), notes, "provinces", True, (0, 1)))


def _weak_note(matter: Matter) -> list[str]:
    proxies = sorted(matter.view.proxies & matter.view.included)
    if not proxies:
        return []
    names = [matter.view.provinces[code].short(matter.lang) for code in proxies]
    return [matter.t("build.proxies", places=matter.listed(names))]


def _totals(matter: Matter, table: pd.DataFrame, columns: Mapping[str, Column]) -> list[Row]:
    """One row for each kind: kinds of different precision are never added up."""
    sums = table.groupby("kind", sort=False)[list(_SUMS)].sum()
    rows, name = [], matter.t("total")
    for kind in [kind for kind in matter.view.kinds if kind in sums.index]:
        cells = [name, matter.names.short_kind(kind), *_cells(sums.loc[kind], columns)]
        rows.append(Row(cells, "total", f"nation/{kind}"))
        name = ""
    return rows


def _sites(matter: Matter, table: pd.DataFrame) -> Table:
    """Sites in which something is done, the most investment first."""
    done = table[[f"{name}_eflops" for name in STEPS]].sum(axis=1) > LEAST
    changed = table[done]
    money = changed.groupby("site", sort=False)["capex_mcny"].sum()
    order = sorted(map(str, money.index), key=lambda site: (-money[site], site))
    columns = _columns(matter, changed)
    rows = []
    for site in order[:MOST_SITES]:
        own = changed[changed["site"] == site]
        name = matter.names.site(site)
        place = matter.province(matter.province_of.get(site, site))
        for record in own.to_dict("records"):
            kind = str(record["kind"])
            cells = [name, place, matter.names.short_kind(kind), *_cells(record, columns)]
            rows.append(Row(cells, "", f"{site}/{kind}"))
            name = place = ""
    first = [matter.t("column.site"), matter.t("column.province"), matter.t("column.kind")]
    notes = [matter.t("build.more", count=len(order) - MOST_SITES)] * (len(order) > MOST_SITES)
    caption = matter.t("build.sites", count=min(len(order), MOST_SITES), all=len(order))
    head = _head(matter, columns, first)
    return dropped(Table(caption, head, rows, (0, 1, 2), notes, "sites", True, (1, 2)))
