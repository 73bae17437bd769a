"""What the plan rests on: sources of every table, how sure they are, and the method."""

from __future__ import annotations

import pandas as pd

from layout.labels.cleaning import clean
from layout.model.weakness import is_weak
from layout.report.document.blocks import (
    Block,
    Heading,
    Paragraph,
    Points,
    Row,
    Section,
    Table,
)
from layout.report.document.matter import Matter, part
from layout.report.quantities import NOTHING
from layout.report.sheet.wording import confidence_words

_MOST_SOURCES = 3
_TABLES = (
    "demand", "stock", "sites", "zones", "kinds", "facilities", "workloads", "power", "renewables",
    "pue", "links", "arcs", "commitments", "slices", "profiles", "storage", "storage_demand",
    "water",
)  # fmt: skip
_PARTS = ("decides", "minimises", "serves", "stands", "power", "money", "targets", "proof",
          "check", "prices", "not")  # fmt: skip


def sources(matter: Matter) -> Section:
    """Tables of the model with their sources and confidence, weak data first to be seen."""
    blocks: list[Block] = [Paragraph(matter.t("sources.reading"))]
    weak = _weak_tables(matter)
    if weak:
        said = matter.listed(
            f"{matter.table_name(name)} {count}/{rows}" for name, count, rows in weak
        )
        blocks.append(Paragraph(matter.t("sources.weak", tables=said), "warn"))
    if _named(matter):
        blocks.append(_table(matter))
    else:
        blocks.append(Paragraph(matter.t("sources.none"), "warn"))
    if problems := matter.plan.model.problems:
        shown = [clean(one.sentence(matter.lang)) for one in problems[:12]]
        blocks += [Heading(matter.t("sources.warnings", count=len(problems))), Points(shown)]
    if inferred := matter.plan.model.inferred:
        listed = [f"{one.table}[{one.key}].{one.column} = {one.value}" for one in inferred[:12]]
        blocks.append(Paragraph(matter.t("sources.inferred", count=len(inferred),
                                         cells=matter.listed(map(clean, listed)))))  # fmt: skip
    return Section("sources", matter.t("title.sources"), blocks)


def _named(matter: Matter) -> list[str]:
    """Tables with rows that say where they come from, the ones that matter most first."""
    tables = matter.plan.model.tables
    rest = sorted(set(tables) - set(_TABLES))
    return [
        name
        for name in (*_TABLES, *rest)
        if name in tables and len(tables[name]) and "source" in tables[name]
    ]


def _weak_tables(matter: Matter) -> list[tuple[str, int, int]]:
    found = []
    for name in _named(matter):
        table = matter.plan.model[name]
        if "confidence" in table:
            count = int(table["confidence"].astype(str).map(is_weak).sum())
            found += [(name, count, len(table))] * (count > 0)
    return found


def _table(matter: Matter) -> Table:
    rows = []
    for name in _named(matter):
        table = matter.plan.model[name]
        confidence = table["confidence"].astype(str) if "confidence" in table else None
        weak = int(confidence.map(is_weak).sum()) if confidence is not None else 0
        rows.append(
            Row([matter.table_name(name), f"{len(table):,}", part(float(weak), float(len(table))),
                 _counts(matter, confidence), _sources(matter, table["source"].astype(str))],
                "", name)
        )  # fmt: skip
    head = matter.t("sources.head").split("|")
    notes = [matter.t("sources.note")]
    return Table(matter.t("sources.caption"), head, rows, (0, 3, 4), notes, "sources", fine=True)


def _counts(matter: Matter, confidence: pd.Series | None) -> str:
    """How many rows have which confidence."""
    if confidence is None:
        return NOTHING
    counts = confidence.value_counts().sort_index(kind="stable").sort_values(
        ascending=False, kind="stable"
    )  # fmt: skip
    said = [f"{_confidence(matter, str(word))} {count:,}" for word, count in counts.items()]
    return ("；" if matter.lang == "zh" else "; ").join(said[:6])


def _confidence(matter: Matter, said: str) -> str:
    """The table's own word, the usual ones in the reader's language."""
    if not said:
        return matter.t("sources.silent")
    return confidence_words(said, matter.lang)


def _sources(matter: Matter, source: pd.Series) -> str:
    counts = source[source != ""].value_counts(sort=False)
    ranked = sorted(counts.items(), key=lambda one: (-int(one[1]), str(one[0])))
    if not ranked:
        return NOTHING
    said = [clean(str(words))[:160] for words, _ in ranked[:_MOST_SOURCES]]
    if len(ranked) > _MOST_SOURCES:
        said.append(matter.t("sources.more", count=len(ranked) - _MOST_SOURCES))
    return ("；" if matter.lang == "zh" else "; ").join(said)


def method(matter: Matter) -> Section:
    """The model in one page."""
    settings = matter.plan.model.settings
    on = [name for name, value in settings.features.model_dump().items() if value]
    values = {"rate": f"{100 * settings.economy.discount_rate:g}%"}
    items = [matter.t(f"method.{name}", **values) for name in _PARTS]
    items += [
        matter.t(f"method.feature.{name}") for name in on if name not in ("expand", "renewables")
    ]
    if matter.several:
        items.append(matter.t(f"method.{settings.foresight}"))
    blocks: list[Block] = [Paragraph(matter.t("method.reading")), Points(items)]
    return Section("method", matter.t("title.method"), blocks, apart=True)
