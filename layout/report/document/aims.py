"""Targets with their evidence: asked, reached, by how much, how, on what source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.labels.cleaning import clean
from layout.model.schema import SHARE_MEASURES
from layout.report.document.blocks import Block, Paragraph, Row, Section, Table
from layout.report.document.matter import Matter
from layout.report.panel import VERDICTS
from layout.report.quantities import NOTHING, known, number, share
from layout.report.target_names import target_name

_FRACTION = ("", "1", "share", "fraction")


def targets(matter: Matter) -> Section:
    """Every target of every period, the missed ones first, then where they come from."""
    records = list(matter.record.get("targets") or [])
    blocks: list[Block] = [Paragraph(verdicts(matter))]
    if records:
        order = {"fail": 0, "pass": 1}  # nosec B105 # a verdict
        ranked = sorted(records, key=lambda one: order.get(str(one.get("status")), 2))
        blocks.append(_table(matter, ranked))
        blocks.append(_sources(matter, ranked))
    return Section("targets", matter.t("title.targets"), blocks)


def verdicts(matter: Matter) -> str:
    """How many targets are met, and which are not."""
    targets = matter.record.get("targets") or []
    if not targets:
        return matter.t("targets.none")
    status = [str(one.get("status")) for one in targets]
    key = "answer.targets_path" if matter.several else "answer.targets"
    said = matter.t(key, met=status.count("pass"), missed=status.count("fail"),
                    other=len(status) - status.count("pass") - status.count("fail"))  # fmt: skip
    missed = [_dated_name(matter, one) for one in targets if one.get("status") == "fail"]
    return matter.sentences(
        [said, matter.t("answer.missed", names=matter.listed(missed)) if missed else ""]
    )


def _table(matter: Matter, records: list[Any]) -> Table:
    head = matter.t("targets.head").split("|")
    rows = [
        Row(
            [
                verdict(matter, one),
                _name(matter, one),
                str(one.get("year") or ""),
                asked(matter, one),
                value(one, "base_year_value"),
                value(one, "achieved"),
                value(one, "outturn"),
                _slack(one),
                _how(matter, one),
                _price(one),
            ],
            "",
            str(one.get("id", "")),
        )
        for one in records
    ]
    if not matter.several:
        head = [*head[:2], *head[3:]]
        rows = [Row([*row.cells[:2], *row.cells[3:]], row.style, row.key) for row in rows]
    if all(row.cells[-4] == NOTHING for row in rows):
        head = [*head[:-4], *head[-3:]]
        rows = [Row([*row.cells[:-4], *row.cells[-3:]], row.style, row.key) for row in rows]
    left = (0, 1, len(head) - 2)
    notes = [matter.t("targets.note")]
    return Table(matter.t("targets.caption"), head, rows, left, notes, "targets", True, (0,))


def verdict(matter: Matter, one: Mapping[str, Any]) -> str:
    """The verdict with its sign."""
    status = str(one.get("status"))
    mark = VERDICTS.get(status, VERDICTS["not_applicable"])
    return f"{mark} {matter.word(f'map.verdict.{status}', status)}"


def _dated_name(matter: Matter, one: Mapping[str, Any]) -> str:
    """The target's name, with its year where there are several."""
    name, year = target_name(one, matter.names), one.get("year")
    return matter.t("answer.missed_in", name=name, year=year) if matter.several and year else name


def _name(matter: Matter, one: Mapping[str, Any]) -> str:
    """The target's name, with its mode unless it is hard."""
    title, mode = target_name(one, matter.names), str(one.get("mode") or "hard")
    return title if mode == "hard" else f"{title} · {matter.t(f'targets.mode.{mode}')}"


def is_share(one: Mapping[str, Any]) -> bool:
    """Whether the target reads better as a percentage."""
    return one.get("measure") in SHARE_MEASURES and str(one.get("unit") or "") in _FRACTION


def value(one: Mapping[str, Any], name: str) -> str:
    """A figure of the target in its own unit."""
    found = one.get(name)
    if not known(found):
        return NOTHING
    return share(found) if is_share(one) else number(float(round(float(found or 0.0), 9)))


def asked(matter: Matter, one: Mapping[str, Any]) -> str:
    """What the target asks: ≥ or ≤ and the value with its unit."""
    sign = "≥" if one.get("sense") == "at_least" else "≤"
    unit = str(one.get("unit") or "")
    said = f"{sign} {value(one, 'value')}"
    if is_share(one) or unit in _FRACTION:
        return said
    return f"{said} {matter.word(f'map.unit_word.{unit.lower()}', unit)}"


def _slack(one: Mapping[str, Any]) -> str:
    """How far on the right side (+) or the wrong one (−) of what was asked."""
    found = one.get("slack")
    if not known(found):
        return NOTHING
    slack = float(found or 0.0)
    said = value({**one, "slack": abs(slack)}, "slack")
    if said in ("0", "0.0%"):
        return said
    return f"{'+' if slack > 0 else '−'}{said}"


def _how(matter: Matter, one: Mapping[str, Any]) -> str:
    met_by = str(one.get("met_by") or "")
    if one.get("status") == "not_applicable":
        reason = str(one.get("reason") or "")
        return matter.word(f"report.reason.{reason}", reason) or NOTHING
    if met_by == "not_met" or not met_by:
        return NOTHING
    return matter.word(f"map.met_by.{met_by}", met_by)


def _price(one: Mapping[str, Any]) -> str:
    found = one.get("shadow_cost_mcny")
    price = float(found or 0.0) if known(found) else 0.0
    return number(price) if abs(price) > 1e-9 else NOTHING


def _sources(matter: Matter, records: list[Any]) -> Table:
    """Where each target comes from and how sure that is."""
    seen: dict[str, Row] = {}
    for one in records:
        code = str(one.get("id", ""))
        source = clean(one.get("source") or "") or NOTHING
        said = clean(one.get("confidence") or "")
        confidence = matter.word(f"report.confidence.{said}", said) or NOTHING
        seen.setdefault(code, Row([clean(code), _name(matter, one), source, confidence]))
    head = matter.t("targets.sources.head").split("|")
    caption = matter.t("targets.sources")
    return Table(caption, head, list(seen.values()), (0, 1, 2, 3), (), "target-sources", fine=True)
