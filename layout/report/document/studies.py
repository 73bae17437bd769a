"""What studies say beyond the one plan: alternatives, sensitivities, uncertainty, trade-offs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from layout.labels import text
from layout.labels.cleaning import clean
from layout.report.charts import scatter, spans
from layout.report.document.blocks import Block, Chart, Heading, Paragraph, Row, Section, Table
from layout.report.document.folders import StudyFolder, amount, figure, portion
from layout.report.document.indices import index
from layout.report.document.matter import Matter, cell
from layout.report.document.payments import settle
from layout.report.document.reasons import explain
from layout.report.document.scores import scores
from layout.report.kpi_names import kpi_name
from layout.report.quantities import NOTHING, known, share

_MOST = 16
_CLASSES = ("always", "often", "sometimes", "never", "undecided")
_QUANTILES = ("p05", "p50", "p95")
_SPREAD = (
    "cost_mcny",
    "capex_mcny",
    "additions_eflops_fp32",
    "new_it_mw",
    "facility_gwh",
    "carbon_kt",
)


def studies(matter: Matter, found: Sequence[StudyFolder]) -> Section | None:
    """The section; None without a study."""
    if not found:
        return None
    blocks: list[Block] = [Paragraph(matter.t("studies.reading"))]
    for number_of, one in enumerate(found):
        title = matter.word(f"report.study.{one.kind}", one.kind or one.name)
        blocks.append(Heading(f"{title} · {clean(one.name)}" if one.name != one.kind else title))
        asked = str(one.record.get("model") or "")
        if asked and asked != str(matter.record.get("model") or matter.plan.model.name):
            blocks.append(Paragraph(matter.t("studies.other", model=clean(asked)), "warn"))
        blocks += list(_TOLD.get(one.kind, _any)(matter, one, f"study{number_of}"))
    return Section("studies", matter.t("title.studies"), blocks)


def _head(matter: Matter, key: str) -> list[str]:
    return matter.t(key).split("|")


def _alternatives(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    record = study.record
    rows = study.rows("sites")
    yield Paragraph(
        matter.t("alternatives.said", within=share(record.get("within")),
                 limit=matter.money(record.get("limit_mcny")), plans=record.get("plans", 0),
                 more=matter.t("alternatives.more") if not record.get("all_sets_found") else "")
    )  # fmt: skip
    shown = []
    for kind in _CLASSES:
        own = [matter.names.site(str(row["site"])) for row in rows if row.get("class") == kind]
        if own:
            shown.append(Row([text(f"alternatives.class.{kind}", matter.lang), str(len(own)),
                              matter.listed(own)], "", kind))  # fmt: skip
    caption = matter.t("alternatives.classes")
    yield Table(caption, _head(matter, "alternatives.head"), shown, (0, 2), (), "alternatives")
    plans = [
        Row([str(row["number"]), amount(row["cost_mcny"], "mcny", matter),
             portion(row["over_share"]), str(row["sites_built"]),
             *(_sites(matter, row.get(one)) for one in ("added_sites", "dropped_sites"))])
        for row in study.rows("plans")
        if not str(row.get("about_site") or "")
    ]  # fmt: skip
    head = _head(matter, "alternatives.plans.head")
    caption = matter.t("alternatives.plans", count=len(plans))
    yield Table(caption, head, plans[:_MOST], (4, 5), (), "alternative-plans", fine=True)


def _sites(matter: Matter, codes: Any) -> str:
    found = [matter.names.site(code) for code in str(codes or "").split(";") if code]
    return matter.listed(found) or NOTHING


def _tradeoff(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    objectives = study.record.get("objectives") or []
    named = [str(one.get("name")) for one in objectives]
    units = {str(one.get("name")): str(one.get("unit")) for one in objectives}
    if len(named) != 2:
        yield from _any(matter, study, name)
        return
    first, second = named
    columns = [study.numbers("points", f"{one}_{units[one]}") for one in (second, first)]
    points = [(a, b) for a, b in zip(*columns, strict=True) if known(a) and known(b)]
    axes = [matter.word(f"tradeoff.axis.{one}", one) for one in (second, first)]
    caption = matter.t("tradeoff.chart", first=axes[1], second=axes[0])
    yield Paragraph(matter.t("tradeoff.said", count=len(points)))
    if points:
        labels = [str(place + 1) for place in range(len(points))]
        drawn = scatter(points, labels, title=caption, x=axes[0], y=axes[1], lang=matter.lang,
                        name=name, heading=False)  # fmt: skip
        yield Chart(drawn, caption)
    rows = [
        Row([str(row["point"]), figure(row.get(f"{first}_{units[first]}")),
             figure(row.get(f"{second}_{units[second]}")), figure(row.get("marginal"))])
        for row in study.rows("points")
    ]  # fmt: skip
    head = [matter.t("tradeoff.point"), axes[1], axes[0], matter.t("tradeoff.marginal")]
    yield Table(matter.t("tradeoff.caption"), head, rows, (), (), "points")


def _uncertainty(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    record = study.record
    yield Paragraph(
        matter.t("uncertainty.said", samples=record.get("samples", NOTHING),
                 solved=record.get("solved", NOTHING), inputs=len(record.get("inputs") or []))
    )  # fmt: skip
    rows = {str(row["measure"]): row for row in study.rows("spread")}
    shown = []
    for measure in _SPREAD:
        if (row := rows.get(measure)) is not None:
            unit = {"mcny/year": "mcny"}.get(str(row["unit"]), str(row["unit"]))
            values = [amount(row.get(q), unit, matter) for q in (*_QUANTILES, "mean")]
            shown.append(Row([kpi_name(measure, matter.lang, {}), *values], "", measure))
    head = _head(matter, "uncertainty.spread.head")
    yield Table(matter.t("uncertainty.spread"), head, shown, (0,), (), "spread")
    yield from _odds(matter, study, name)


def _odds(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """In which share of the samples sites are built at, and targets met."""
    sites = [row for row in study.rows("building") if float(row.get("probability") or 0) > 0]
    sites.sort(key=lambda row: (-float(row["probability"]), str(row["site"])))
    if sites:
        columns = ("probability_low", "probability", "probability_high")
        caption = matter.t("uncertainty.sites")
        labels = [matter.names.site(str(row["site"])) for row in sites[:_MOST]]
        scaled = [tuple(100 * float(row[one]) for one in columns) for row in sites[:_MOST]]
        drawn = spans(name, labels, scaled, title=caption, unit="%", lang=matter.lang)
        yield Chart(drawn, caption)
    titles = {str(one.get("id")): one for one in matter.record.get("targets") or []}
    rows = [
        Row([matter.names.target(titles.get(str(row["target"]), {"id": row["target"]})),
             portion(row["probability"]),
             f"{portion(row['probability_low'])} – {portion(row['probability_high'])}"])
        for row in study.rows("target_odds")
    ]  # fmt: skip
    if rows:
        head = _head(matter, "uncertainty.odds.head")
        yield Table(matter.t("uncertainty.odds"), head, rows, (0,), (), "odds", fine=True)


def _sweep(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    given = study.record.get("parameters") or {}
    listed = [f"{clean(path)} = {matter.listed(map(clean, map(str, values)))}"
              for path, values in given.items()]  # fmt: skip
    statuses = study.record.get("statuses") or {}
    cases = sum(count for count in statuses.values() if isinstance(count, int))
    yield Paragraph(matter.t("sweep.said", cases=cases, inputs="; ".join(listed)))
    rows = []
    for row in study.rows("effects"):
        labels = [str(row.get(one, "")) for one in ("parameter", "value")]
        numbers = [amount(row.get(f"objective_{one}_mcny"), "mcny", matter)
                   for one in ("least", "mean", "most")]  # fmt: skip
        carbon = amount(row.get("carbon_mean_kt"), "kt", matter)
        rows.append(Row([*map(clean, labels), *numbers, carbon]))
    yield Table(matter.t("sweep.caption"), _head(matter, "sweep.head"), rows[:60], (0, 1), (),
                "effects", fine=True)  # fmt: skip


def _targets(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """What each target costs beside the others, and by itself."""
    yield Paragraph(matter.t("tests.said"))
    titles = {str(one.get("id")): one for one in matter.record.get("targets") or []}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in study.rows("tests"):
        found.setdefault((str(row["target"]), str(row.get("year"))), {})[str(row["question"])] = row
    rows = []
    for (target, year), asked in found.items():
        alone, without, together = (asked.get(one, {}) for one in ("alone", "without", "together"))
        rows.append(
            Row([matter.names.target(titles.get(target, {"id": target})), year,
                 amount(alone.get("difference_mcny"), "mcny", matter),
                 _range(matter, without), _yes(matter, together.get("binding")),
                 figure(together.get("shadow_cost_mcny"))])
        )  # fmt: skip
    notes = [matter.t("tests.note")]
    caption = matter.t("tests.caption", span=matter.span)
    yield Table(caption, _head(matter, "tests.head"), rows, (0, 4), notes, "tests", fine=True)


def _range(matter: Matter, row: dict[str, Any]) -> str:
    """What a target costs beside the others, with what the proofs leave open."""
    values = [row.get(name) for name in ("difference_mcny", "least_mcny", "most_mcny")]
    middle, low, high = (amount(value, "mcny", matter) for value in values)
    if middle == NOTHING:
        return NOTHING
    return f"{middle} ({low} … {high})" if NOTHING not in (low, high) else middle


def _yes(matter: Matter, value: Any) -> str:
    said = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}.get(str(value).lower())
    return NOTHING if said is None else matter.t(f"word.{said}")


def _any(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """The first rows of every table: of a study whose kind this report does not know better."""
    for title, frame in study.tables.items():
        names = [str(column) for column in frame.columns]
        rows = [
            Row([_cell(matter, column, value) for column, value in zip(names, row, strict=True)])
            for row in frame.head(_MOST).itertuples(index=False, name=None)
        ]
        if not rows:
            continue
        left = tuple(place for place in range(len(frame.columns)) if _is_text(frame.iloc[:, place]))
        head = [matter.word(f"plan.column.{column}", str(column)) for column in frame.columns]
        kept = len(head) <= 12
        caption = matter.t("studies.table", table=clean(title), shown=len(rows), rows=len(frame))
        if kept:
            yield Table(caption, head, rows, left, (), "", fine=True)
        else:
            yield Paragraph(matter.t("studies.wide", table=clean(title), rows=len(frame),
                                     columns=len(head)), "note")  # fmt: skip


def _cell(matter: Matter, column: str, value: Any) -> str:
    """A cell of any table: places by name, years as they are, numbers as all numbers are."""
    named = {"site": matter.names.site, "zone": matter.names.zone, "kind": matter.names.kind,
             "workload": matter.names.workload, "province": matter.province}  # fmt: skip
    if column in named and str(value):
        return named[column](str(value))
    return clean(value) if column in ("year", "sample", "case") else _plain(value)


def _is_text(values: Any) -> bool:
    numbers = np.array([_plain(value) == clean(value) for value in values.head(_MOST)])
    return bool(numbers.all())


def _plain(value: Any) -> str:
    """A cell of any table: a number as all numbers are written, a text without its tricks."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return clean(value)[:200]
    return cell(found) if str(value).strip() and "_" not in str(value) else clean(value)


_TOLD: dict[str, Callable[[Matter, StudyFolder, str], Iterator[Block]]] = {
    "alternatives": _alternatives,
    "tradeoff": _tradeoff,
    "uncertainty": _uncertainty,
    "sweep": _sweep,
    "targets": _targets,
    "explain": explain,
    "settle": settle,
    "suitability": scores,
    "index": index,
}
