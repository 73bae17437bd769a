"""The tables of a plan as they are handed on: every column with its code, names, unit and type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from layout.labels import text
from layout.model.tables import TABLES, Table
from layout.model.tables import Column as InputColumn
from layout.plan import Plan
from layout.plan.files import FILES, INTEGER, NUMBER, TEXT
from layout.report.panel import target_records
from layout.report.view import View

INPUTS = (
    "sites",
    "zones",
    "kinds",
    "facilities",
    "workloads",
    "demand",
    "stock",
    "commitments",
    "power",
)
"""Tables of the model that a reader of the plan asks for."""

NAMED = ("site", "zone", "kind", "workload")
"""Codes beside which a name stands."""


@dataclass(frozen=True)
class Field:
    """One column: `code` as in the plan's files, both names, unit ('' for none), type."""

    code: str
    en: str
    zh: str
    unit: str = ""
    type: str = TEXT

    def name(self, lang: str) -> str:
        """The name in a language."""
        return self.zh if lang == "zh" else self.en

    def heading(self, lang: str, between: str = " ") -> str:
        """Both names, the reader's first, and the unit."""
        names = [self.zh, self.en] if lang == "zh" else [self.en, self.zh]
        word = self.unit.replace("mcny", text("map.unit_word.mcny", lang))
        word = word.replace("/year", "/年") if lang == "zh" else word
        unit = f" [{word}]" if word else ""
        return between.join(dict.fromkeys(names)) + unit


@dataclass(frozen=True)
class Sheet:
    """One table with its fields; the columns of `frame` are their codes, in their order."""

    name: str
    en: str
    zh: str
    fields: tuple[Field, ...]
    frame: pd.DataFrame

    def title(self, lang: str) -> str:
        """The title in a language."""
        return self.zh if lang == "zh" else self.en


def plan_sheets(plan: Plan, view: View) -> list[Sheet]:
    """Every table of the plan that has rows, in all its years, with names beside the codes."""
    found = []
    for name, file in FILES.items():
        frame = plan.tables[name]
        if frame.empty:
            continue
        fields = [
            Field(c.name, text(c.label, "en"), text(c.label, "zh"), c.unit, c.type)
            for c in file.columns
        ]
        about = (text(file.label, "en"), text(file.label, "zh"))
        found.append(_named(name, about, fields, frame, view))
    return [_with_targets(sheet, view) if sheet.name == "targets" else sheet for sheet in found]


def input_sheets(plan: Plan, view: View) -> list[Sheet]:
    """Tables of the model, with their sources, without columns that are empty throughout."""
    found = []
    for name in INPUTS:
        table = TABLES[name]
        frame = _dated(plan.model[name], table)
        kept = [column for column in table if column.name in frame and _says(frame[column.name])]
        notes = [str(one) for one in frame if one not in table.names and _says(frame[str(one)])]
        if frame.empty:
            continue
        fields = [_input(column) for column in kept]
        fields += [Field(one, one, one) for one in notes]
        columns = frame[[field.code for field in fields]]
        found.append(_named(name, (table.en, table.zh), fields, columns, view))
    return found


def _dated(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The table with empty cells where a year is not given, which a model holds as 0."""
    years = [one.name for one in table if one.type == "year" and one.name in frame]
    given = {name: frame[name].astype("Int64").where(frame[name] != 0) for name in years}
    return frame.assign(**given)


def source_sheet(plan: Plan) -> Sheet:
    """Where the inputs come from: every source of every table with its confidence and rows."""
    rows = []
    for name in plan.model.tables:
        frame = plan.model[name]
        if frame.empty or "source" not in frame:
            continue
        sure = frame["confidence"] if "confidence" in frame else pd.Series("", frame.index)
        pairs = pd.DataFrame(
            {"source": frame["source"].astype(str), "confidence": sure.astype(str)}
        )
        counts = pairs.groupby(["source", "confidence"], sort=True).size().reset_index(name="rows")
        rows.append(counts.assign(table=name))
    fields = tuple(
        _own(code, kind)
        for code, kind in (("table", TEXT), ("source", TEXT), ("confidence", TEXT),
                           ("rows", INTEGER))
    )  # fmt: skip
    codes = [field.code for field in fields]
    frame = pd.concat(rows)[codes] if rows else pd.DataFrame(columns=codes)
    return Sheet("sources", *_both("export.sheet.sources"), fields, frame)


def field_sheet(sheets: Iterable[Sheet]) -> Sheet:
    """What every column of the other sheets is called in the plan's files, with its unit."""
    codes = ("table", "code", "name_zh", "name_en", "unit")
    rows = [
        (sheet.name, field.code, field.zh, field.en, field.unit)
        for sheet in sheets
        for field in sheet.fields
    ]
    fields = tuple(_own(code, TEXT) for code in codes)
    return Sheet("fields", *_both("export.sheet.fields"), fields, pd.DataFrame(rows, columns=codes))


def _both(key: str) -> tuple[str, str]:
    return text(key, "en"), text(key, "zh")


def _own(code: str, kind: str, unit: str = "") -> Field:
    return Field(code, *_both(f"export.field.{code}"), unit, kind)


def _says(values: pd.Series) -> bool:
    """Whether a column says anything at all."""
    return bool((values.notna() & (values.astype(str) != "")).any())


def _input(column: InputColumn) -> Field:
    kind = TEXT if column.textual or column.type == "boolean" else NUMBER
    kind = INTEGER if column.type == "year" else kind
    return Field(column.name, column.en, column.zh, column.unit, kind)


def _named(
    name: str,
    about: tuple[str, str],
    fields: Sequence[Field],
    frame: pd.DataFrame,
    view: View,
) -> Sheet:
    """The table with a column of names after every code that stands for something else."""
    names = {
        "site": view.site_names,
        "zone": view.zone_names,
        "kind": {code: about.name for code, about in view.kinds.items()},
        "workload": view.workload_names,
    }
    own = name.removesuffix("s")
    columns: dict[str, pd.Series] = {}
    shown: list[Field] = []
    for field in fields:
        columns[field.code] = frame[field.code]
        shown.append(field)
        if field.code in NAMED and field.code != own:
            code = f"{field.code}_name"
            columns[code] = frame[field.code].map(names[field.code])
            shown.append(_own(code, TEXT))
    return Sheet(name, *about, tuple(shown), pd.DataFrame(columns).reset_index(drop=True))


def _with_targets(sheet: Sheet, view: View) -> Sheet:
    """The targets with their titles and the unit of each."""
    records = view.plan.record.get("targets") or []
    shown = zip(records, target_records(view), strict=True)
    titles = {str(record.get("id")): told["label"] for record, told in shown}
    units = {str(record.get("id")): str(record.get("unit") or "") for record in records}
    frame = sheet.frame.copy()
    frame.insert(1, "target_name", frame["target"].map(titles))
    after = list(frame.columns).index("required") + 1
    frame.insert(after, "target_unit", frame["target"].map(units))
    known = {field.code: field for field in sheet.fields}
    fields = tuple(known.get(code) or _own(str(code), TEXT) for code in frame.columns)
    return Sheet(sheet.name, sheet.en, sheet.zh, fields, frame)
