"""Who serves whom, how far away, and at what price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.labels import text
from layout.plan.settlement import settlement
from layout.plan.weighing import weighted_quantile
from layout.report.charts import Curve, spans, steps
from layout.report.colours import CLASS_COLOURS, KIND_COLOURS, MUTE
from layout.report.document.blocks import Block, Chart, Paragraph, Row, Section, Table
from layout.report.document.matter import LEAST, Matter, cell, part
from layout.report.quantities import NOTHING, number, share

_MOST_FLOWS = 20
_MOST_CURVES = 8
_LIMITS_MS = (5.0, 20.0)
_COLOURS = (*CLASS_COLOURS, KIND_COLOURS[4], MUTE)
_TELLING = 0.05
"""Prices that differ by less between places are not drawn."""


def latency(matter: Matter) -> Section:
    """How long the way is from demand to the site that serves it, by workload."""
    service = matter.view.service
    if service.empty:
        return Section("latency", matter.t("title.latency"), [Paragraph(matter.t("service.none"))])
    basis = matter.plan.model.settings.latency.basis
    column = f"latency_{basis}_ms"
    said = text(f"map.basis.{basis}", matter.lang)
    curves = [
        _curve(matter, str(workload), own, column, place)
        for place, (workload, own) in enumerate(_of_workloads(matter, service))
    ]
    caption = matter.t("latency.chart", basis=said)
    chart = steps(
        "latency",
        curves[:_MOST_CURVES],
        title=caption,
        x=matter.t("latency.axis", basis=said),
        y=matter.t("latency.share"),
        lang=matter.lang,
        marks=[(limit, f"{number(limit)} ms") for limit in _LIMITS_MS],
    )
    rows = [_latency_row(matter, str(workload), own, column)
            for workload, own in _of_workloads(matter, service)]  # fmt: skip
    head = matter.t("latency.head", basis=said).split("|")
    table = Table(matter.t("latency.caption"), head, rows, (0, 1), (matter.t("latency.note"),),
                  "latency", False, (1,))  # fmt: skip
    blocks: list[Block] = [Paragraph(_mean(matter, said)), Chart(chart, caption), table]
    return Section("latency", matter.t("title.latency"), blocks)


def _of_workloads(matter: Matter, service: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Workloads that are served, in the model's order, with their rows."""
    found = {str(name): own for name, own in service.groupby("workload")}
    return [(str(name), found[str(name)]) for name in matter.view.workloads.index if name in found]


def _mean(matter: Matter, said: str) -> str:
    basis = matter.plan.model.settings.latency.basis
    mean = matter.kpi(f"latency_{basis}_mean_ms")
    near = matter.kpi(f"latency_{basis}_within_20ms")
    if mean is None or near is None:
        return matter.t("latency.reading")
    return matter.sentences(
        [matter.t("latency.mean", basis=said, mean=number(mean), near=share(near)),
         matter.t("latency.reading")]
    )  # fmt: skip


def _curve(matter: Matter, workload: str, own: pd.DataFrame, column: str, place: int) -> Curve:
    """Share of a workload that is served within each delay."""
    by_delay = own.groupby(own[column].round(6))["served_eflops"].sum().sort_index()
    total = float(by_delay.sum())
    x = [0.0, *map(float, by_delay.index)]
    y = [0.0, *map(float, by_delay.cumsum() / total)] if total > 0 else [0.0] * len(x)
    colour = _COLOURS[place % len(_COLOURS)]
    return Curve(matter.names.workload(str(workload)), colour, x, y)


def _latency_row(matter: Matter, workload: str, own: pd.DataFrame, column: str) -> Row:
    delay = own[column].to_numpy(dtype=float)
    weight = own["served_eflops"].to_numpy(dtype=float)
    about = matter.view.workloads.loc[workload]
    limit = float(about["latency_ms"] or 0.0)
    kind = str(about["kind"])
    served = float(weight.sum())
    mean = float((delay * weight).sum() / served) if served > 0 else None
    within = [part(float(weight[delay <= one + 1e-9].sum()), served) for one in _LIMITS_MS]
    away = float(weight[~own["own"].to_numpy(dtype=bool)].sum())
    cells = [
        matter.names.workload(str(workload)),
        matter.names.short_kind(kind),
        cell(served),
        number(limit),
        number(mean),
        number(weighted_quantile(delay, weight, 0.95)),
        number(float(delay[weight > 0].max())) if served > 0 else NOTHING,
        *within,
        part(away, served),
    ]
    return Row(cells, "", workload)


def flows(matter: Matter) -> Section:
    """The matrix of regions, what every province takes and gives, the largest flows."""
    service = matter.view.service
    if service.empty:
        return Section("service", matter.t("title.service"), [Paragraph(matter.t("service.none"))])
    blocks: list[Block] = [Paragraph(matter.t("service.reading"))]
    if matter.view.common:
        blocks += [one for one in (_matrix(matter, service), _balance(matter)) if one]
    blocks.append(_largest(matter, service))
    return Section("service", matter.t("title.service"), blocks)


def _region(matter: Matter, code: str) -> str:
    return matter.word(f"cli.region.{code}", code) or matter.t("service.no_region")


def _matrix(matter: Matter, service: pd.DataFrame) -> Table | None:
    """From regions of the demand (rows) to regions of the sites (columns), FP32 equivalents."""
    rows_of = matter.view.zones["region"].reindex(service["zone"]).fillna("").astype(str)
    columns_of = matter.view.sites["region"].reindex(service["site"]).fillna("").astype(str)
    keys = [pd.Series(rows_of.to_numpy(), name="from"), pd.Series(columns_of.to_numpy(), name="to")]
    amount = pd.Series(service["fp32"].to_numpy(dtype=float))
    sums = amount.groupby(keys).sum().unstack(fill_value=0)
    order = ["east", "central", "west", "northeast"]
    every = [one for one in order if one in {*sums.index, *sums.columns}]
    every += sorted({*map(str, sums.index), *map(str, sums.columns)} - set(order))
    if len(every) < 2:
        return None
    sums = sums.reindex(index=every, columns=every, fill_value=0.0)
    whole = float(sums.to_numpy().sum())
    rows = []
    for one in every:
        line = [float(value) for value in sums.loc[one].to_numpy(dtype=float)]
        shown = [f"{cell(value)} · {part(value, sum(line))}" if value > LEAST else NOTHING
                 for value in line]  # fmt: skip
        rows.append(Row([_region(matter, one), *shown, cell(sum(line))], "", one))
    foot = [cell(float(value)) for value in sums.sum()]
    rows.append(Row([matter.t("total"), *foot, cell(whole)], "total", "total"))
    corner = matter.t("service.corner")
    head = [corner, *(_region(matter, one) for one in every), matter.t("total")]
    caption = matter.t("service.matrix", unit=matter.view.compute_unit)
    return Table(caption, head, rows, (0,), (matter.t("service.matrix.note"),), "regions")


def _balance(matter: Matter) -> Table:
    """By province: demand, where it is met, what its sites do for others."""
    view = matter.view
    demand = view.demand.groupby("home")["fp32"].sum()
    table = view.service.groupby(["from_home", "to_home"])["fp32"].sum()
    codes = [*(code for code in view.provinces if code in view.included), ""]
    rows = []
    for code in codes:
        wanted = float(demand.get(code, 0.0))
        own = float(table.get((code, code), 0.0))
        taken = float(table[table.index.get_level_values(0) == code].sum()) - own
        given = float(table[table.index.get_level_values(1) == code].sum()) - own
        rows.append((code, wanted, own, taken, given, view.unserved.get(code, 0.0)))
    rows = [row for row in rows if max(row[1:]) > LEAST]
    ranked = sorted(rows, key=lambda row: (row[3] - row[4], row[0]))
    names = {code: one.short(matter.lang) for code, one in view.provinces.items()}
    names[""] = matter.t("service.no_province")
    shown = [
        Row([names[code], *(cell(max(0.0, one)) for one in numbers),
             _signed(numbers[3] - numbers[2]), part(numbers[1], numbers[0])], "", code)
        for code, *numbers in ranked
    ]  # fmt: skip
    head = matter.t("service.balance.head").split("|")
    caption = matter.t("service.balance", unit=view.compute_unit)
    kept = Table(caption, head, shown, (0,), (matter.t("service.balance.note"),), "balance", True)
    if all(row.cells[5] == NOTHING for row in shown):
        kept = Table(caption, [*head[:5], *head[6:]],
                     [Row([*row.cells[:5], *row.cells[6:]], "", row.key) for row in shown], (0,),
                     kept.notes, "balance", fine=True)  # fmt: skip
    return kept


def _signed(value: float) -> str:
    if abs(value) < LEAST:
        return NOTHING
    return f"{'+' if value > 0 else '−'}{number(abs(value))}"


def _largest(matter: Matter, service: pd.DataFrame) -> Table:
    """The largest flows between places."""
    view = matter.view
    basis = matter.plan.model.settings.latency.basis
    away = service[~service["own"] & (service["served_eflops"] > LEAST)]
    by = "fp32" if view.common else "served_eflops"
    ranked = away.sort_values([by, "zone", "site"], ascending=[False, True, True], kind="stable")
    rows = [
        Row([matter.names.zone(str(row["zone"])), matter.names.site(str(row["site"])),
             matter.names.workload(str(row["workload"])), cell(row["served_eflops"]),
             view.kinds[row["kind"]].precision, number(row[f"latency_{basis}_ms"])])
        for row in ranked.head(_MOST_FLOWS).to_dict("records")
    ]  # fmt: skip
    whole, carried = float(away[by].sum()), float(ranked.head(_MOST_FLOWS)[by].sum())
    head = matter.t("service.flows.head", basis=text(f"map.basis.{basis}", matter.lang)).split("|")
    caption = matter.t("service.flows", count=len(rows), all=f"{len(away):,}",
                       share=part(carried, whole))  # fmt: skip
    return Table(caption, head, rows, (0, 1, 2), (), "flows", fine=True)


def prices(matter: Matter) -> Section:
    """What one more EFLOPS of demand would cost, by workload: cheapest, middle, dearest place."""
    table = matter.view.table("prices")
    if table.empty:
        return Section("prices", matter.t("title.prices"), [Paragraph(matter.t("prices.none"))])
    rows, labels, values = [], [], []
    for workload in matter.view.workloads.index:
        own = table[table["workload"] == workload].sort_values("zone", kind="stable")
        price = own["price_mcny_per_eflops_year"].to_numpy(dtype=float)
        if not len(price):
            continue
        name = matter.names.workload(str(workload))
        low, high = int(np.argmin(price)), int(np.argmax(price))
        middle = float(np.median(price))
        zone = [matter.names.zone(str(own["zone"].iloc[place])) for place in (low, high)]
        kind = str(matter.view.workloads.at[workload, "kind"])
        said = [number(float(one)) for one in (price[low], middle, price[high])]
        cells = [name, matter.names.short_kind(kind), said[0], zone[0], *said[1:], zone[1]]
        rows.append(Row(cells, "", str(workload)))
        labels.append(name)
        values.append((float(price[low]), middle, float(price[high])))
    unit = matter.t("prices.unit")
    caption = matter.t("prices.chart", unit=unit)
    log = min(low for low, _, _ in values) > 0
    spread = max((high / low - 1 for low, _, high in values if low > 0), default=0.0)
    blocks: list[Block] = [
        Paragraph(matter.t("prices.reading")),
        Paragraph(matter.t("prices.spread", share=share(spread))),
    ]
    if spread > _TELLING or not log:
        drawn = spans("prices", labels, values, title=caption, unit=unit, lang=matter.lang, log=log)
        blocks.append(Chart(drawn, caption + (matter.t("prices.log") if log else "")))
    blocks.append(
        Table(matter.t("prices.caption", unit=unit), matter.t("prices.head").split("|"), rows,
              (0, 1, 3, 6), (), "prices")
    )  # fmt: skip
    blocks += [one for one in (_payments(matter),) if one]
    return Section("prices", matter.t("title.prices"), blocks)


def _payments(matter: Matter) -> Table | None:
    """Who pays whom, in a plan that was asked to settle; the largest between two provinces."""
    every = [one for one in matter.record.get("settlement") or [] if isinstance(one, dict)]
    if every and matter.several:  # the record's are of all periods together, the prices of a year
        every = settlement(dict(matter.view.plan.tables), matter.view.plan.model)
    away = [one for one in every if one.get("buyer") != one.get("seller")]
    if not away:
        return None
    ranked = sorted(away, key=lambda one: (-float(one["paid_mcny"]), str(one["buyer"])))
    column = matter.column([float(one["paid_mcny"]) for one in ranked], "mcny")
    rows = [
        Row([matter.province(str(one["buyer"])), matter.province(str(one["seller"])),
             column.cell(float(one["paid_mcny"]))])
        for one in ranked[:_MOST_FLOWS]
    ]  # fmt: skip
    head = matter.t("prices.payments.head", unit=column.unit).split("|")
    caption = matter.t("prices.payments", count=len(rows), all=len(ranked))
    return Table(caption, head, rows, (0, 1), (), "payments", fine=True)
