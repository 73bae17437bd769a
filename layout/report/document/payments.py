"""A study of payments in the report: who pays whom, and the merit order behind the prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layout.plan.compensation import CHAIN
from layout.report.charts import Offer, supply
from layout.report.colours import KIND_COLOURS
from layout.report.document.blocks import Block, Chart, Paragraph, Row, Table
from layout.report.document.folders import StudyFolder, amount, figure
from layout.report.document.matter import Matter
from layout.report.quantities import NOTHING

_MOST, _MOST_DRAWN = 20, 6


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
    if study.rows("steps"):
        notes.append(matter.t("settle.steps"))
    if study.rows("fees"):
        notes.append(matter.t("settle.fees"))
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
    yield from _actors(matter, study)
    yield from _merit(matter, study, name)


def _actors(matter: Matter, study: StudyFolder) -> Iterator[Block]:
    """What the actors of the last year receive, down the chain."""
    every = study.rows("actors")
    last = max((str(row["year"]) for row in every), default="")
    sums: dict[tuple[str, str], float] = {}
    for row in every:
        key = (str(row.get("chain")), str(row["actor"]))
        if str(row["year"]) == last:
            sums[key] = sums.get(key, 0.0) + float(row["mcny"])
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    rows = [
        Row([matter.word(f"settle.chain.{chain}", chain),
             matter.word(f"settle.actor.{actor}", actor), amount(mcny, "mcny", matter)], "", actor)
        for chain in dict.fromkeys(CHAIN.values())
        for (own, actor), mcny in ranked
        if own == chain
    ]  # fmt: skip
    if rows:  # a study of before does not say the chain
        head = matter.t("settle.actors.head").split("|")
        caption = matter.t("settle.actors", year=last)
        yield Table(caption, head, rows, (0, 1), (), "actors", fine=True)


def _merit(matter: Matter, study: StudyFolder, name: str) -> Iterator[Block]:
    """What covers the load of every kind by rising running cost: drawn, and in a table."""
    cleared = study.rows("merit_clearing")
    if not cleared:  # a study of before
        return
    yield Paragraph(matter.t("settle.merit.said"))
    last = max(str(row["year"]) for row in cleared)
    drawn = [one for one in cleared if str(one["year"]) == last]
    for number_of, row in enumerate(drawn[:_MOST_DRAWN]):
        offers = _offers(study, row)
        if any(offer.runs > 0 for offer in offers):
            yield _supplied(matter, offers, row, f"{name}-merit{number_of}")
    site_of = {str(one["unit"]): str(one["site"]) for one in study.rows("merit_order")}

    def last_of(row: dict[str, Any], which: str) -> list[str]:
        site = site_of.get(str(row.get(f"{which}_unit")))
        return [
            NOTHING if site is None else matter.names.site(site),
            figure(row.get(f"{which}_cny_per_eflops_hour")),
        ]

    rows = [
        Row([matter.names.kind(str(row["kind"])), str(row["year"]),
             figure(row.get("usable_eflops")), figure(row.get("load_eflops")),
             *last_of(row, "marginal"), *last_of(row, "dearest"),
             *(amount(row.get(f"{one}_mcny"), "mcny", matter) for one in ("running", "merit"))])
        for row in cleared
    ]  # fmt: skip
    head = matter.t("settle.merit.head").split("|")
    notes = [matter.t("settle.merit.note")]
    yield Table(matter.t("settle.merit.caption"), head, rows, (0, 4, 6), notes, "merit", fine=True)


def _offers(study: StudyFolder, row: dict[str, Any]) -> list[Offer]:
    """The units of a kind and year in their merit order."""
    own = (str(row["kind"]), str(row["year"]))
    found = []
    for one in study.rows("merit_order"):
        if (str(one["kind"]), str(one["year"])) == own:
            columns = ("usable_eflops", "load_eflops", "running_cny_per_eflops_hour")
            usable, runs, price = (float(one[column]) for column in columns)
            found.append(Offer(runs, max(0.0, usable - runs), price))
    return found


def _supplied(matter: Matter, offers: list[Offer], row: dict[str, Any], name: str) -> Chart:
    """The merit order of a kind and year as a supply curve."""
    kind = str(row["kind"])
    caption = matter.t("settle.merit.chart", kind=matter.names.kind(kind), year=row["year"])
    running, ready, load = matter.t("settle.merit.words").split("|")
    x, y = matter.t("settle.merit.axes").split("|")
    colour = matter.colour(kind) if kind in matter.view.kinds else KIND_COLOURS[0]
    drawn = supply(name, offers, float(row["load_eflops"]), (running, ready, load),
                   colour=colour, title=caption, x=x, y=y, lang=matter.lang)  # fmt: skip
    return Chart(drawn, caption)
