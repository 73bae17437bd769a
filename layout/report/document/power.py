"""Power and carbon: by province, and by hour and by year where the plan tells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layout.model.slices import Slices, time_slices
from layout.plan.comparisons import comparisons
from layout.report.charts import Curve, Series, areas, columns
from layout.report.colours import INK, KIND_COLOURS
from layout.report.document.blocks import (
    Block,
    Chart,
    Heading,
    Paragraph,
    Row,
    Section,
    Table,
    dropped,
)
from layout.report.document.matter import LEAST, Matter, cell, part
from layout.report.kpi_names import kpi_name
from layout.report.quantities import number, share

GREEN, GRID, BATTERY, FUEL, COLD = (KIND_COLOURS[number] for number in (3, 4, 2, 1, 0))
_ENERGY = ("it_gwh", "facility_gwh", "grid_gwh", "renewable_gwh", "certificate_gwh")


def power(matter: Matter) -> Section:
    """The section."""
    if matter.view.energy.empty:
        blocks: list[Block] = [Paragraph(matter.t("power.none"))]
        return Section("power", matter.t("title.power"), blocks)
    blocks = [Paragraph(_reading(matter)), _provinces(matter), *_lines(matter)]
    blocks += _hours(matter)
    blocks += _years(matter) if matter.several else []
    return Section("power", matter.t("title.power"), blocks)


def _reading(matter: Matter) -> str:
    values = {name: matter.kpi(name) for name in ("pue_operated", "carbon_kt", "carbon_market_kt")}
    shares = {name: matter.kpi(name) for name in ("green_share_physical", "green_share")}
    said = [matter.t("power.reading")]
    if values["pue_operated"] is not None:
        said.append(matter.t("power.pue", pue=number(values["pue_operated"])))
    if shares["green_share_physical"] is not None and shares["green_share"] is not None:
        said.append(
            matter.t("power.green", physical=share(shares["green_share_physical"]),
                     annual=share(shares["green_share"]))
        )  # fmt: skip
    if values["carbon_market_kt"] is not None:
        said.append(
            matter.t("power.market", location=matter.q(values["carbon_kt"], "kt"),
                     market=matter.q(values["carbon_market_kt"], "kt"))
        )  # fmt: skip
    return matter.sentences(said)


def _lines(matter: Matter) -> list[Table]:
    """Published lines beside the plan; none for a part of the nation."""
    rows = [
        Row(
            [
                kpi_name(one.figure, matter.lang, {}),
                matter.figure(one.value, one.unit),
                f"{one.bound} {matter.figure(one.line, one.unit)}".strip(),
                str(one.year),
                matter.word(f"report.power.lines.{one.place}", one.place),
                one.source,
            ],
            "",
            one.figure,
        )
        for one in comparisons(matter.last.get("kpis") or {}, matter.plan.model)
    ]
    head = matter.t("power.lines.head", year=matter.view.year).split("|")
    notes = [matter.t("power.lines.note")]
    caption = matter.t("power.lines")
    return [Table(caption, head, rows, (0, 4, 5), notes, "lines", True)] if rows else []


def _provinces(matter: Matter) -> Table:
    energy = matter.view.energy
    place = pd.Index([matter.province_of.get(str(site), str(site)) for site in energy.index])
    sums = energy[[*_ENERGY, "carbon_kt"]].groupby(place).sum()
    used = sums["facility_gwh"]
    order = sorted(map(str, sums.index), key=lambda one: (-float(used[one]), one))
    work = matter.column(sums["facility_gwh"], "GWh")
    carbon = matter.column(sums["carbon_kt"], "kt")
    total = sums.sum()
    pue = _pue(matter)

    def cells(name: str, row: Any, ratio: float | None) -> list[str]:
        green = float(row["renewable_gwh"]) + float(row["certificate_gwh"])
        used = float(row["facility_gwh"])
        return [
            name,
            *(work.cell(row[column]) for column in _ENERGY),
            part(green, used),
            carbon.cell(row["carbon_kt"]),
            cell(1000 * float(row["carbon_kt"]) / used) if used > LEAST else "–",
            cell(ratio),
        ]

    rows = [Row(cells(matter.province(one), sums.loc[one], pue.get(one)), "", one) for one in order]
    nation = matter.kpi("pue_operated")
    rows.append(Row([*cells(matter.t("total"), total, None)[:-1], cell(nation)], "total", "total"))
    caption = matter.t("power.provinces", energy=work.unit, carbon=carbon.unit)
    head, notes = matter.t("power.head").split("|"), [matter.t("power.note")]
    return dropped(Table(caption, head, rows, (0,), notes, "energy", fine=True))


def _pue(matter: Matter) -> dict[str, float]:
    """Province → energy of its halls over that of their IT in the year shown, as `pue_operated`."""
    units = matter.ledger.units
    place = pd.Index([matter.province_of.get(str(site), str(site)) for site in units["site"]])
    sums = units[["facility_gwh", "it_gwh"]].groupby(place).sum()
    return {
        str(one): float(row["facility_gwh"] / row["it_gwh"])
        for one, row in sums.iterrows()
        if row["it_gwh"] > LEAST
    }


def _hours(matter: Matter) -> list[Block]:
    """Where the nation's power comes from in every slice of the last year."""
    table = matter.view.table("dispatch")
    if table.empty:
        return []
    cut = time_slices(matter.plan.model)
    columns_of = ["facility_mw", "grid_mw", "renewable_mw", "charge_mw", "discharge_mw"]
    sums = table.groupby("slice")[columns_of].sum().reindex(cut.labels).fillna(0.0) / 1000
    green = sums["renewable_mw"].to_numpy(dtype=float)
    rows = {
        "renewable": (GREEN, green),
        "grid": (GRID, sums["grid_mw"].to_numpy(dtype=float)),
        "fuel": (FUEL, _of_slices(matter, cut, "fuel", "fuel_mw")),
        "discharge": (BATTERY, sums["discharge_mw"].to_numpy(dtype=float)),
        "cold": (COLD, _of_slices(matter, cut, "cold_storage", "cold_discharge_mw")),
    }
    kept = {name: found for name, found in rows.items() if found[1].max(initial=0.0) > LEAST}
    starts = np.concatenate([[0.0], np.cumsum(cut.block_hours)])
    load = sums["facility_mw"].to_numpy(dtype=float)
    caption = matter.t("power.hours", year=matter.view.year)
    chart = areas(
        "hours",
        starts[:-1].tolist(),
        _days(matter, cut, starts),
        [Series(matter.t(f"power.{name}"), colour) for name, (colour, _) in kept.items()],
        np.column_stack([found for _, found in kept.values()]).tolist(),
        Curve(matter.t("power.load"), INK, [], load.tolist()),
        title=caption,
        unit="GW",
        lang=matter.lang,
        end=float(starts[-1]),
    )
    covered = np.divide(green, load, out=np.zeros(len(load)), where=load > LEAST / 1000)
    worst, best = int(np.argmin(covered)), int(np.argmax(covered))
    said = matter.t("power.hours.said",
                    least=share(float(covered[worst])),
                    worst=_slice(matter, cut, worst),
                    most=share(float(covered[best])), best=_slice(matter, cut, best),
                    peak=number(float(load.max())), slices=len(cut.labels))  # fmt: skip
    return [
        Heading(matter.t("power.hours.title")),
        Paragraph(said),
        Chart(chart, caption + matter.t("power.hours.note")),
    ]


def _of_slices(matter: Matter, cut: Slices, name: str, column: str) -> Any:
    """Power of a column of an optional table in every slice, GW."""
    table = matter.view.table(name)
    if table.empty:
        return np.zeros(len(cut.labels))
    sums = table.groupby("slice")[column].sum().reindex(cut.labels).fillna(0.0)
    return sums.to_numpy(dtype=float) / 1000


def _days(matter: Matter, cut: Slices, starts: Any) -> list[tuple[float, str]]:
    """Where each representative day begins on the axis, and its name."""
    first = np.flatnonzero(np.append(True, cut.day[1:] != cut.day[:-1])).tolist()
    return [(float(starts[place]), _day(matter, cut.labels[place])) for place in first]


def _slice(matter: Matter, cut: Slices, place: int) -> str:
    """A slice in words: its day and its hours."""
    label = cut.labels[place]
    same = np.flatnonzero(cut.day == cut.day[place])
    begin = float(cut.block_hours[same[same < place]].sum())
    end = begin + float(cut.block_hours[place])
    return matter.t("power.slice", day=_day(matter, label), begin=number(begin), end=number(end))


def _day(matter: Matter, label: str) -> str:
    """The representative day that a slice belongs to."""
    table = matter.plan.model["slices"]
    first = label.split("..")[0]
    found = table.loc[table["slice"] == first, "day"]
    code = str(found.iat[0]) if len(found) else first
    return matter.word(f"report.day.{code}", code)


def _years(matter: Matter) -> list[Block]:
    """Compute, energy, green share and carbon of every period."""
    by_year = matter.record.get("kpis_by_year") or {}
    names = ("compute_eflops_fp32", "additions_eflops_fp32", "facility_gwh", "pue_operated")
    shares = ("green_share_physical", "green_share")

    def value(year: str, name: str) -> Any:
        return ((by_year.get(year) or {}).get(name) or {}).get("value")

    years = [str(period["year"]) for period in matter.record.get("periods") or []]
    work = matter.column([value(year, "facility_gwh") or 0.0 for year in years], "GWh")
    carbon = matter.column([value(year, "carbon_kt") or 0.0 for year in years], "kt")
    rows = [
        Row([year, *(cell(value(year, name)) for name in names[:2]),
             work.cell(value(year, names[2])), cell(value(year, names[3])),
             *(share(value(year, name)) for name in shares),
             carbon.cell(value(year, "carbon_kt"))], "", year)
        for year in years
    ]  # fmt: skip
    caption = matter.t("power.years", energy=work.unit)
    energy = _energy_of_years(matter, years)
    chart = columns(
        "energy-years",
        years,
        [
            Series(matter.t(f"power.{name}"), colour)
            for name, colour in (("renewable", GREEN), ("grid", GRID), ("fuel", FUEL))
        ][: energy.shape[1]],
        (energy / work.divisor).tolist(),
        title=caption,
        unit=work.unit,
        lang=matter.lang,
    )
    head = matter.t("power.years.head", energy=work.unit, carbon=carbon.unit).split("|")
    return [
        Heading(matter.t("power.years.title")),
        Chart(chart, caption),
        Table(matter.t("power.years.caption"), head, rows, (0,), (), "years"),
    ]


def _energy_of_years(matter: Matter, years: list[str]) -> Any:
    """Year × renewables, grid and, where there are any, plants with carbon; GWh."""
    table = matter.plan.tables["energy"]
    columns = ["renewable_gwh", "grid_gwh", "facility_gwh"]
    sums = table.groupby("year")[columns].sum().reindex([int(year) for year in years]).fillna(0.0)
    fuel = sums["facility_gwh"] - sums["grid_gwh"] - sums["renewable_gwh"]
    if (fuel > 1e-9 * sums["facility_gwh"]).any():
        sums["fuel_gwh"] = fuel.clip(lower=0.0)
    return sums.drop(columns="facility_gwh").to_numpy(dtype=float)
