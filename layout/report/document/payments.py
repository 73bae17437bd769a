"""A study of payments in the report: what provinces receive, spend and pay each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layout.report.document.blocks import Block, Paragraph, Row, Table
from layout.report.document.folders import StudyFolder, amount
from layout.report.document.matter import Matter

_MOST = 20


def _order(found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError):
        return float("inf")


def settle(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """What every province receives, spends and pays, and payments that leave nobody worse off."""
    yield Paragraph(matter.t("settle.said"))
    columns = ("receipts", "cost", "payments", "net", "alone", "compensation", "after")
    rows = [
        Row([matter.province(str(row.get("province"))),
             *(amount(row.get(f"{one}_mcny"), "mcny", matter) for one in columns)], "",
            str(row.get("province")))
        for row in sorted(study.rows("province_balance"),
                          key=lambda row: -_order(row.get("net_mcny")))
    ]  # fmt: skip
    head = matter.t("settle.head").split("|")
    notes = [matter.t("settle.note")]
    caption = matter.t("settle.caption", span=matter.span)
    yield Table(caption, head, rows, (0,), notes, "settle", fine=True)
    paid = [
        Row([matter.province(str(row.get("payer"))), matter.province(str(row.get("payee"))),
             amount(row.get("compensation_mcny"), "mcny", matter)])
        for row in study.rows("compensation")
    ]  # fmt: skip
    if paid:
        head = matter.t("settle.compensation.head").split("|")
        caption = matter.t("settle.compensation", count=len(paid), span=matter.span)
        yield Table(caption, head, paid[:_MOST], (0, 1), (), "compensation", fine=True)
