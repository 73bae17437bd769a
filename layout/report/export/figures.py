"""Sheets of what is worked out from a plan: its key figures, and compute by province."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layout.labels import text
from layout.labels.cleaning import clean
from layout.names import Names
from layout.plan.concentration import before_and_after
from layout.plan.files import NUMBER, TEXT
from layout.plan.kpis import base_kpis
from layout.plan.ledger import Ledger
from layout.report.export.tables import Field, Sheet
from layout.report.kpi_names import kpi_name
from layout.report.quantities import known

if TYPE_CHECKING:
    from layout.report.view import View

_PROVINCES = (
    ("region", TEXT, ""),
    ("population_10k", NUMBER, "10k persons"),
    ("gdp_100m_cny", NUMBER, "100m CNY"),
    ("before", NUMBER, "EFLOPS FP32"),
    ("after", NUMBER, "EFLOPS FP32"),
    ("before_head", NUMBER, "GFLOPS FP32/person"),
    ("after_head", NUMBER, "GFLOPS FP32/person"),
    ("before_gdp", NUMBER, "GFLOPS FP32/10k CNY"),
    ("after_gdp", NUMBER, "GFLOPS FP32/10k CNY"),
)


def figure_sheets(view: View) -> list[Sheet]:
    """Key figures beside the base year; provinces before and after, where FP32 ratios are known."""
    return [one for one in (_figures(view), _by_province(view)) if not one.frame.empty]


def _figures(view: View) -> Sheet:
    found, base = view.plan.record.get("kpis") or {}, base_kpis(view.plan.model)
    kinds = {kind: about.name for kind, about in view.kinds.items()}
    rows = [
        (
            clean(name),
            clean(kpi_name(name, view.lang, kinds, view.workload_names)),
            str(figure.get("unit") or ""),
            (base.get(name) or {}).get("value"),
            figure["value"],
        )
        for name, figure in found.items()
        if known(figure.get("value"))
    ]
    columns = (
        ("figure", TEXT, ""),
        ("figure_name", TEXT, ""),
        ("unit", TEXT, ""),
        ("figure_before", NUMBER, ""),
        ("figure_after", NUMBER, ""),
    )
    return _sheet("key_figures", columns, pd.DataFrame(rows, columns=[one[0] for one in columns]))


def _by_province(view: View) -> Sheet:
    table = before_and_after(Ledger(view.plan.tables, view.plan.model, view.year))
    table = table.dropna(subset=["before", "after"])
    names = Names(view.plan.model, view.lang)
    shown = [
        view.provinces[code].short(view.lang) if code in view.provinces else names.province(code)
        for code in map(str, table.index)
    ]
    table = table.assign(province=table.index.astype(str), province_name=shown)
    columns = (("province", TEXT, ""), ("province_name", TEXT, ""), *_PROVINCES)
    return _sheet("spread", columns, table[[one[0] for one in columns]].reset_index(drop=True))


def _sheet(name: str, columns: tuple[tuple[str, str, str], ...], frame: pd.DataFrame) -> Sheet:
    fields = tuple(
        Field(code, *_both(f"export.field.{code}"), unit, kind) for code, kind, unit in columns
    )
    return Sheet(name, *_both(f"export.sheet.{name}"), fields, frame)


def _both(key: str) -> tuple[str, str]:
    return text(key, "en"), text(key, "zh")
