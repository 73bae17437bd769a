"""How compute is spread over provinces and people, before the plan and after it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layout.model.derive import without_size
from layout.plan.concentration import SIZES, before_and_after, lorenz
from layout.plan.kpis import base_kpis
from layout.report.charts import Curve
from layout.report.charts import lorenz as drawing
from layout.report.colours import CLASS_COLOURS
from layout.report.document.blocks import Block, Chart, Paragraph, Row, Section, Table
from layout.report.document.matter import LEAST, Matter
from layout.report.kpi_names import kpi_name
from layout.report.quantities import NOTHING, known, number

FIGURES = (
    "compute_gflops_per_head",
    "compute_gflops_per_10k_cny",
    "gini_compute",
    "gini_per_head",
    "gini_per_gdp",
    "hhi_provinces",
    "cr3_provinces",
    "theil_per_head",
    "theil_per_head_between_regions",
    "theil_per_head_within_regions",
    "specialisation",
    "duplication_share",
    "ai_gdp_rank_correlation",
)


def spread(matter: Matter) -> Section | None:
    """Indices, Lorenz curves and provinces; nothing for one province or without FP32 ratios."""
    table = before_and_after(matter.ledger)
    if len(table) < 2 or table[["before", "after"]].isna().any(axis=None):
        return None
    blocks: list[Block] = [Paragraph(matter.t("spread.reading")), _indices(matter)]
    blocks += _curves(matter, table)
    blocks.append(_provinces(matter, table))
    return Section("spread", matter.t("title.spread"), blocks)


def _indices(matter: Matter) -> Table:
    base, found = base_kpis(matter.view.plan.model), matter.last.get("kpis") or {}
    rows = []
    for name in FIGURES:
        entry = found.get(name) or {}
        if known(entry.get("value")):
            unit = str(entry.get("unit") or "")
            shown = [matter.figure((one.get(name) or {}).get("value"), unit)
                     for one in (base, found)]  # fmt: skip
            said = matter.t(f"spread.means.{name}")
            rows.append(Row([kpi_name(name, matter.lang, {}), *shown, said], "", name))
    head = matter.t("spread.head").split("|")
    return Table(matter.t("spread.caption"), head, rows, (0, 3), _left_out(matter), "spread")


def _left_out(matter: Matter) -> list[str]:
    """Which provinces figures per head and per GDP do not count, by name."""
    model = matter.view.plan.model
    provinces = {name: without_size(model, column) for name, column in SIZES.items()}
    return [
        matter.t(f"spread.left_out.{name}", provinces=matter.listed(map(matter.province, codes)))
        for name, codes in provinces.items()
        if codes
    ]


def _curves(matter: Matter, table: pd.DataFrame) -> Iterator[Chart]:
    """Lorenz curves over people, of the base year and of the plan."""
    people = table["population_10k"].fillna(0.0).to_numpy(dtype=float)
    if not (people > 0).any():
        return
    curves = []
    for place, when in enumerate(("before", "after")):
        compute = table[when].to_numpy(dtype=float)
        if compute.sum() > LEAST:
            x, y = lorenz(compute, people)
            curves.append(Curve(matter.t(f"spread.{when}"), CLASS_COLOURS[place], list(x), list(y)))
    caption = matter.t("spread.chart")
    drawn = drawing(
        "lorenz",
        curves,
        even=matter.t("spread.even"),
        title=caption,
        x=matter.t("spread.people"),
        y=matter.t("spread.compute"),
        lang=matter.lang,
    )
    yield Chart(drawn, caption)


def _provinces(matter: Matter, table: pd.DataFrame) -> Table:
    """Provinces with compute or people, most compute per head in the plan first."""
    kept = table[(table[["before", "after"]].max(axis=1) > LEAST) | (table["population_10k"] > 0)]
    order = kept.assign(code=kept.index).sort_values(
        ["after_head", "after", "code"], ascending=[False, False, True]
    )
    columns = ["before", "after", *(f"{when}_{size}" for size in SIZES for when in _WHEN)]
    rows = [
        Row(
            [matter.province(str(code)), _said(people), *(_said(row[name]) for name in columns)],
            "",
            str(code),
        )
        for code, people, row in zip(
            order.index, order["population_10k"], order[columns].to_dict("records"), strict=True
        )
    ]
    head = matter.t("spread.provinces.head").split("|")
    notes = [matter.t("spread.provinces.note")]
    return Table(matter.t("spread.provinces"), head, rows, (0,), notes, "spread-provinces", True)


_WHEN = ("before", "after")


def _said(value: float) -> str:
    return number(value) if known(value) else NOTHING
