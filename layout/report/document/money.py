"""What the plan costs: by component, by place, by year."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from layout.report.charts import Series, bars, columns
from layout.report.colours import KIND_COLOURS, MUTE
from layout.report.document.blocks import Block, Chart, Heading, Paragraph, Row, Section, Table
from layout.report.document.matter import LEAST, Matter, part
from layout.report.quantities import number

GROUPS: Mapping[str, tuple[str, ...]] = {
    "it": ("it_capital", "it_om"),
    "halls": ("facility_capital", "site_fixed", "facility_om", "backup_capital", "subsidy"),
    "power": (
        "grid_energy",
        "renewable_energy",
        "certificates",
        "capacity_charge",
        "backup_energy",
        "battery",
        "cold_storage",
    ),
    "carbon": ("carbon",),
    "network": ("network", "backbone", "moving"),
}
"""Components that a reader adds up in the head; the others stand together as a last group."""
_COLOURS = {
    "it": KIND_COLOURS[0],
    "halls": KIND_COLOURS[1],
    "power": KIND_COLOURS[3],
    "carbon": MUTE,
    "network": KIND_COLOURS[2],
    "other": KIND_COLOURS[5],
}
_MOST = 20
NATION = "nation"


def costs(matter: Matter) -> Section:
    """Components of the year's cost, then places, then periods."""
    table = matter.view.plan.tables["cost"]
    blocks: list[Block] = []
    if table.empty:
        return Section("costs", matter.t("title.costs"), [Paragraph(matter.t("costs.none"))])
    key = "costs.reading_path" if matter.several else "costs.reading"
    money_year = matter.plan.model.settings.money_year
    blocks.append(Paragraph(matter.t(key, year=matter.view.year, money_year=money_year)))
    blocks += [_components(matter, table), _places_chart(matter, table), _places(matter, table)]
    if matter.several:
        blocks += _years(matter)
    return Section("costs", matter.t("title.costs"), blocks)


def group_of(component: str) -> str:
    """The group that a component belongs to."""
    return next((name for name, own in GROUPS.items() if component in own), "other")


def _components(matter: Matter, table: pd.DataFrame) -> Table:
    sums = table.groupby("component")["mcny"].sum()
    total = float(sums.sum())
    column = matter.column([total], "mcny")
    order = sorted(map(str, sums.index), key=lambda name: (-abs(sums[name]), name))
    rows = [
        Row([matter.component(name), _group(matter, group_of(name)), column.cell(sums[name]),
             part(float(sums[name]), total)], "", name)
        for name in order
        if abs(sums[name]) > LEAST
    ]  # fmt: skip
    rows.append(Row([matter.t("total"), "", column.cell(total), "100.0%"], "total", "total"))
    head = matter.t("costs.head", unit=column.unit).split("|")
    return Table(matter.t("costs.components"), head, rows, (0, 1), (), "components")


def _group(matter: Matter, name: str) -> str:
    return matter.t(f"costs.group.{name}")


def _by_place(matter: Matter, table: pd.DataFrame) -> pd.DataFrame:
    """Province × group of components; what is spent for the nation stands apart."""
    place = [matter.province_of.get(str(site), str(site)) for site in table["site"]]
    group = [group_of(str(name)) for name in table["component"]]
    found = table["mcny"].groupby([pd.Series(place, name="place"), pd.Series(group, name="group")])
    sums = found.sum().unstack(fill_value=0)
    names = [name for name in (*GROUPS, "other") if name in sums]
    names = [name for name in names if sums[name].abs().sum() > LEAST]
    order = sorted(map(str, sums.index), key=lambda one: (-sums.loc[one].sum(), one))
    return sums.loc[order, names]


def _place_name(matter: Matter, place: str) -> str:
    return matter.t("costs.nation") if place == NATION else matter.province(place)


def _places_chart(matter: Matter, table: pd.DataFrame) -> Chart:
    sums = _by_place(matter, table.reset_index(drop=True)).head(_MOST)
    column = matter.column(sums.sum(axis=1), "mcny")
    caption = matter.t("costs.chart", count=len(sums), unit=column.unit)
    drawn = bars(
        "costs",
        [_place_name(matter, str(place)) for place in sums.index],
        [Series(_group(matter, str(name)), _COLOURS[str(name)]) for name in sums.columns],
        (sums / column.divisor).to_numpy().tolist(),
        title=caption,
        unit=column.unit,
        lang=matter.lang,
    )
    return Chart(drawn, caption)


def _places(matter: Matter, table: pd.DataFrame) -> Table:
    sums = _by_place(matter, table.reset_index(drop=True))
    column = matter.column(sums.sum(axis=1), "mcny")
    total = sums.sum()
    rows = [
        Row([_place_name(matter, str(place)), *(column.cell(value) for value in row),
             column.cell(sum(row)), part(sum(row), float(total.sum()))], "", str(place))
        for place, row in zip(sums.index, sums.to_numpy().tolist(), strict=True)
    ]  # fmt: skip
    whole = [*(column.cell(value) for value in total), column.cell(total.sum()), "100.0%"]
    rows.append(Row([matter.t("total"), *whole], "total", "total"))
    groups = [_group(matter, str(name)) for name in sums.columns]
    head = [matter.t("column.province"), *groups, matter.t("total"), matter.t("column.share")]
    caption = matter.t("costs.places", unit=column.unit)
    return Table(caption, head, rows, (0,), (matter.t("costs.whose"),), "places", fine=True)


def _years(matter: Matter) -> list[Block]:
    """A year of every period beside the others, and how all of them are added up."""
    by_year = matter.record.get("kpis_by_year") or {}
    periods = matter.record.get("periods") or []
    cost = matter.plan.tables["cost"]
    rows, drawn = [], []
    groups = [*GROUPS, "other"]
    for period in periods:
        year = int(period["year"])
        own = cost[cost["year"] == year]
        parts = dict.fromkeys(groups, 0.0)
        for component, value in own.groupby("component")["mcny"].sum().items():
            parts[group_of(str(component))] += float(value) / float(period["weight"])
        drawn.append([parts[name] for name in groups])
        figures = by_year.get(str(year)) or {}
        capex = (figures.get("capex_mcny") or {}).get("value")
        rows.append((year, period, sum(parts.values()), capex))
    column = matter.column([row[2] for row in rows], "mcny")
    kept = [place for place in range(len(groups)) if any(abs(row[place]) > LEAST for row in drawn)]
    caption = matter.t("costs.years", unit=column.unit)
    chart = columns(
        "cost-years",
        [str(row[0]) for row in rows],
        [Series(_group(matter, groups[place]), _COLOURS[groups[place]]) for place in kept],
        [[row[place] / column.divisor for place in kept] for row in drawn],
        title=caption,
        unit=column.unit,
        lang=matter.lang,
    )
    table = [
        Row([str(year), number(period["years"]), column.cell(cost_of), column.cell(capex),
             number(period["discount_factor"]), number(period["weight"])], "", str(year))
        for year, period, cost_of, capex in rows
    ]  # fmt: skip
    head = matter.t("costs.years.head", unit=column.unit).split("|")
    return [
        Heading(matter.t("costs.years.title")),
        Chart(chart, caption),
        Table(caption, head, table, (0,), (matter.t("costs.years.note"),), "cost-years"),
    ]
