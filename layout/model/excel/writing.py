"""A planning model as a workbook that a planner fills in and solves."""

from __future__ import annotations

from typing import Any

from layout.labels import text
from layout.model.excel import look, settings_sheet, table_sheet
from layout.model.excel.package import put, saved
from layout.model.excel.readme_sheet import fill_readme
from layout.model.headers import TARGETS
from layout.model.planning import PlanningModel
from layout.model.schema import MEASURES
from layout.model.tables import TABLES
from layout.model.workbook import MODEL_SHEET, README_SHEET
from layout.model.writing import plain_settings

_OFFERED = (
    *("groups", "pue", "stock", "commitments", "power", "renewables", "links", "outturn"),
    "criteria",
)
"""Empty tables that a workbook shows nevertheless, ready to be filled in."""
_ANYWHERE = ("nation", "hubs", "clusters")


def workbook_bytes(model: PlanningModel) -> bytes:
    """The workbook: what to do, settings, targets, a sheet for each table, every column in words.

    The same model gives the same bytes.
    """
    from openpyxl import Workbook

    book = Workbook()
    readme = book.active
    readme.title = README_SHEET
    plain = plain_settings(model.settings)
    shown = [
        name
        for name, frame in model.tables.items()
        if len(frame) or TABLES[name].needed or name in _OFFERED
    ]
    settings_sheet.fill_model(book.create_sheet(MODEL_SHEET), plain)
    goals = book.create_sheet(TARGETS)
    sheets = {name: book.create_sheet(name) for name in shown}
    ranges = _ranges(model, shown)
    for name, sheet in sheets.items():
        table_sheet.fill(sheet, TABLES[name], model[name], ranges)
    _fill_columns(book.create_sheet("columns"))
    lists = _fill_lists(book.create_sheet("lists"), model)
    lists["kind"] = ranges["kinds.kind"]
    settings_sheet.fill_targets(goals, plain["targets"], lists)
    fill_readme(readme, {name: len(model[name]) for name in shown}, len(plain["targets"]))
    return saved(book)


def _ranges(model: PlanningModel, shown: list[str]) -> dict[str, str]:
    """``table.column`` → the filled part of a column of another sheet; it grows with its rows."""
    from openpyxl.utils import get_column_letter

    wanted = {column.refers_to for table in TABLES.values() for column in table}
    found = {}
    for place in [*sorted(name for name in wanted if name), "zones.province"]:
        table, _, column = place.partition(".")
        if table in shown:
            names = table_sheet.columns_of(TABLES[table], model[table])
            at = get_column_letter(names.index(column) + 1)
            count = f"MAX(COUNTA({table}!${at}:${at})-1,1)"
            found[place] = f"OFFSET({table}!${at}$2,0,0,{count},1)"
    return found


def _fill_lists(sheet: Any, model: PlanningModel) -> dict[str, str]:
    """A hidden sheet with the lists that are too long for a cell rule; column → range."""
    groups = sorted({f"group:{name}" for name in model["groups"]["group"]})
    sites = model["sites"]
    parts = [
        f"{name}:{code}"
        for name in ("region", "hub", "tier", "province")
        for code in sorted(set(sites[name]) - {""})
    ]
    columns = {"measure": list(MEASURES), "scope": [*_ANYWHERE, *parts, *groups]}
    ranges = {}
    for position, (name, words) in enumerate(columns.items(), start=1):
        for line, word in enumerate(words, start=1):
            put(sheet.cell(line, position), word)
        at = "AB"[position - 1]
        ranges[name] = f"lists!${at}$1:${at}${len(words)}"
    sheet.sheet_state = "hidden"
    return ranges


def _fill_columns(sheet: Any) -> None:
    """Every column of every table in both languages, also of tables that have no sheet yet."""
    heads = ["table", "column", "unit", "required", "default", "中文", "English", "说明", "meaning"]
    for position, name in enumerate(heads, start=1):
        look.heading(sheet.cell(1, position), name, "", look.OPTIONAL)
    line = 2
    for table in TABLES.values():
        for column in table:
            words = [column.zh, column.en, column.description("zh"), column.description("en")]
            needed = text("excel.yes", "zh") + " yes" if column.required else ""
            default = table_sheet.default_text(column)
            values = [table.name, column.name, column.unit, needed, default, *words]
            for position, value in enumerate(values, start=1):
                put(sheet.cell(line, position), value)
            line += 1
    for position, width in enumerate((15, 32, 20, 10, 12, 24, 28, 46, 46), start=1):
        sheet.column_dimensions["ABCDEFGHI"[position - 1]].width = width
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:I{line - 1}"
