"""Everything that was set, sizes of tables, versions and hashes: enough to ask again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from layout.labels import text
from layout.labels.cleaning import clean
from layout.model.tables import TABLES, Column
from layout.plan.kpis import base_kpis
from layout.report.document.aims import value
from layout.report.document.blocks import Block, Paragraph, Row, Section, Table
from layout.report.document.matter import Matter, words
from layout.report.kpi_names import kpi_name
from layout.report.quantities import NOTHING, number

_LEFT_OUT = ("targets", "scenarios", "title", "description", "layout")
_OWN_WORDS = ("name_en", "name_zh", "source", "confidence")
_ACROSS = 7
"""Records beside each other; more of them stand below in another table."""


def annex(matter: Matter) -> Section:
    """The section: as much as it takes to ask the same question again."""
    blocks: list[Block] = [Paragraph(matter.t("annex.reading")), _settings(matter)]
    blocks += [one for one in (_targets(matter),) if one]
    for name in ("kinds", "facilities", "workloads"):
        blocks += list(_records(matter, name))
    blocks += [_figures(matter), _sizes(matter), _run(matter), _hashes(matter)]
    return Section("annex", matter.t("title.annex"), blocks, apart=True)


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path → value."""
    for name, inner in tree.items():
        path = f"{before}{name}"
        if isinstance(inner, Mapping) and inner:
            yield from _flat(inner, f"{path}.")
        else:
            yield path, inner


def _settings(matter: Matter) -> Table:
    tree = matter.plan.model.settings.model_dump(exclude=set(_LEFT_OUT))
    rows = [
        Row([path, matter.word(f"setting.{path}", ""), _shown(matter, found)], "", path)
        for path, found in _flat(tree)
    ]
    head = matter.t("annex.settings.head").split("|")
    return Table(matter.t("annex.settings"), head, rows, (0, 1, 2), (), "settings", True, (2,))


def _shown(matter: Matter, found: Any) -> str:
    """A value as it would be set again, readable."""
    if found is None or found == "":
        return NOTHING
    if isinstance(found, bool):
        return matter.t(f"word.{'yes' if found else 'no'}")
    if isinstance(found, int):
        return str(found)
    if isinstance(found, float):
        return NOTHING if math.isnan(found) else "∞" if math.isinf(found) else f"{found:.10g}"
    if isinstance(found, list | tuple):
        return matter.listed(_shown(matter, one) for one in found) or NOTHING
    return clean(found)


def _targets(matter: Matter) -> Table | None:
    """Every target as it was set."""
    given = matter.plan.model.settings.targets
    if not given:
        return None
    rows = []
    for one in given:
        record = one.model_dump()
        sign = "≥" if one.sense == "at_least" else "≤"
        rows.append(
            Row([clean(one.id), words(record.get("title"), matter.lang) or NOTHING,
                 matter.word(f"map.measure.{one.measure}", one.measure), clean(one.scope),
                 clean(one.kind or one.basis or NOTHING), f"{sign} {value(record, 'value')}",
                 clean(one.unit) or NOTHING, str(one.year or NOTHING),
                 matter.t(f"targets.mode.{one.mode}"),
                 NOTHING if one.penalty is None else number(one.penalty)], "", clean(one.id))
        )  # fmt: skip
    head = matter.t("annex.targets.head").split("|")
    return Table(matter.t("annex.targets"), head, rows, (0, 1, 2, 3, 4, 6, 8), (),
                 "annex-targets", fine=True)  # fmt: skip


def _records(matter: Matter, table: str) -> Iterator[Table]:
    """A table of the model turned over: a column for each record, a row for what is said of it."""
    frame = matter.plan.model[table]
    key = {"kinds": "kind", "facilities": "facility", "workloads": "workload"}[table]
    names = {"kinds": matter.names.kind, "facilities": matter.names.facility,
             "workloads": matter.names.workload}[table]  # fmt: skip
    columns = [one for one in TABLES[table].columns if one.name not in (key, *_OWN_WORDS)]
    tables = max(1, math.ceil(len(frame) / _ACROSS))
    across = max(1, math.ceil(len(frame) / tables))
    for first in range(0, len(frame), across):
        some = frame.iloc[first : first + across]
        rows = []
        for column in columns:
            cells = [_cell(matter, column, found) for found in some[column.name]]
            if any(found != NOTHING for found in cells):
                rows.append(Row([_label(matter, column), _unit(matter, column), *cells]))
        head = [matter.t("annex.what"), matter.t("annex.unit")]
        head += [f"{names(str(code))}" for code in some[key]]
        name = matter.table_name(table)
        yield Table(matter.t("annex.table", table=name), head, rows, (0, 1), (), table, True, (1,))


def _label(matter: Matter, column: Column) -> str:
    return column.zh if matter.lang == "zh" else column.en


def _unit(matter: Matter, column: Column) -> str:
    """The unit in words, part by part (mcny/MW: million CNY/MW)."""
    if column.unit == "share":
        return "%"
    return "/".join(matter.word(f"report.unit.{one}", one) for one in column.unit.split("/"))


def _cell(matter: Matter, column: Column, found: Any) -> str:
    if column.type == "boolean":
        return matter.t(f"word.{'yes' if found else 'no'}")
    if column.textual:
        return clean(found) or NOTHING
    value = float(found)
    if column.type == "year":
        return f"{value:.0f}" if value > 0 else NOTHING
    return _shown(matter, 100 * value if column.unit == "share" else value)


def _figures(matter: Matter) -> Table:
    """Every key figure of the year shown, beside that of the base year where there is one."""
    rows, base = [], base_kpis(matter.view.plan.model)
    for name, found in (matter.last.get("kpis") or {}).items():
        unit = str(found.get("unit") or "")
        shown = [matter.figure((one.get(name) or {}).get("value"), unit)
                 for one in (base, {name: found})]  # fmt: skip
        said = kpi_name(name, matter.lang, matter.kind_names, matter.view.workload_names)
        rows.append(Row([name, said, *shown], "", name))
    head = matter.t("annex.kpis.head").split("|")
    key = "annex.kpis_path" if matter.several else "annex.kpis"
    caption = matter.t(key, year=matter.view.year)
    return Table(caption, head, rows, (0, 1), (), "kpis", True)


def _sizes(matter: Matter) -> Table:
    """Rows of every table of the model and of the plan."""
    model = matter.plan.model
    asked = [(matter.table_name(name), name, len(frame)) for name, frame in model.tables.items()]
    given = [
        (matter.word(f"plan.file.{name}", name), f"{name}.csv", len(frame))
        for name, frame in matter.plan.tables.items()
    ]
    rows = [Row([label, f"model/{file}", f"{count:,}"]) for label, file, count in asked if count]
    rows += [Row([label, file, f"{count:,}"]) for label, file, count in given if count]
    head = matter.t("annex.sizes.head").split("|")
    return Table(matter.t("annex.sizes"), head, rows, (0, 1), (), "sizes", fine=True)


def _run(matter: Matter) -> Table:
    """How the plan was made: versions, seed, limits, sizes of what was solved."""
    manifest = matter.record.get("manifest") or {}
    size = matter.record.get("size") or {}
    items: list[tuple[str, Any]] = [
        *((f"versions.{name}", found) for name, found in (manifest.get("versions") or {}).items()),
        *((name, manifest.get(name)) for name in ("seed", "threads")),
        *((f"options.{name}", found) for name, found in (manifest.get("options") or {}).items()),
        *((f"size.{name}", found) for name, found in size.items()),
    ]
    verification = matter.record.get("verification") or {}
    items += [(f"verification.{name}", found) for name, found in verification.items()]
    rows = [
        Row([matter.word(f"report.run.{name}", name), _shown(matter, found)], "", name)
        for name, found in items
        if not isinstance(found, Mapping) and found is not None
    ]
    return Table(matter.t("annex.run"), matter.t("annex.run.head").split("|"), rows, (0, 1), (),
                 "run", fine=True)  # fmt: skip


def _hashes(matter: Matter) -> Table:
    """SHA-256 of every input and of every table of the plan."""
    manifest = matter.record.get("manifest") or {}
    rows = []
    for group in ("inputs", "tables"):
        for file, found in sorted((manifest.get(group) or {}).items()):
            rows.append(Row([matter.t(f"annex.hashes.{group}"), clean(file), clean(found)]))
    head = matter.t("annex.hashes.head").split("|")
    note = [] if rows else [text("report.annex.hashes.none", matter.lang)]
    return Table(matter.t("annex.hashes"), head, rows, (0, 1, 2), note, "hashes", True, (0,))
