"""``layout redispatch``: what the capacity of a plan still serves in an emergency."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import cell
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.solving.redispatch import Redispatch

SHOWN = 20
"""Zones and workloads printed that are not served in full; the others are counted."""
_AMOUNTS = ("demand", "served", "beyond_limit", "moved", "critical", "critical_missing", "shed")


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("redispatch", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option("--lost", lang, metavar="SCOPE")
    @option("--burst", lang, is_flag=True)
    @option("--year", lang, type=int, metavar="YEAR")
    def redispatch(plan: Path, lost: str | None, burst: bool, year: int | None) -> None:
        from layout.plan import read_plan
        from layout.solving.redispatch import redispatch as run

        found = read_plan(plan)
        answer = run(found, lost, burst=burst, year=year)
        click.echo("\n".join(report(answer, found, lang)))

    made: click.Command = redispatch
    return made


def report(found: Redispatch, plan: Plan, lang: str) -> list[str]:
    """What happened, the table by workload, and what is not served, zone by zone."""
    names = Names(plan.model, lang)
    lines = [*_head(found, names), ""]
    header = [text(f"cli.redispatch.{name}", lang) for name in ("workload", *_AMOUNTS)]
    rows = [
        [names.workload(row["workload"]), *(cell(row[f"{name}_eflops"]) for name in _AMOUNTS)]
        for row in _records(found.work)
    ]
    lines += [*grid(header, rows), ""]
    verdict = "covered" if found.covers else "not_covered"
    lines += wrap(text(f"cli.redispatch.{verdict}", lang))
    left = _records(found.missing)
    left = [row for row in left if row["missing_eflops"] > 0]
    for row in left[:SHOWN]:
        place = f"{names.zone(row['zone'])}{text('cli.colon', lang)}"
        amount = cell(row["missing_eflops"])
        lines += wrap(
            f"  ✗ {place}{names.workload(row['workload'])} {amount} EFLOPS", indent="    "
        )
    if len(left) > SHOWN:
        lines.append("  " + text("cli.more", lang, count=len(left) - SHOWN))
    return lines


def _head(found: Redispatch, names: Names) -> list[str]:
    """What is lost, in which year, with or without a burst."""
    lang = names.lang
    lost = ", ".join(names.site(site) for site in found.lost)
    key = "cli.redispatch.lost" if found.lost else "cli.redispatch.nothing_lost"
    said = text(key, lang, scope=clean(found.outage), sites=lost, year=found.year)
    if found.burst:
        said += " " + text("cli.redispatch.burst", lang)
    return wrap(said)


def _records(table: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict("records")
    return rows
