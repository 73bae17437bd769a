"""``layout report``: the report of a plan, or the sheet of one province."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.output import check_file, write_file
from layout.cli.screen.width import clean
from layout.errors import FileProblem
from layout.labels import text

PAGE = "report.html"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("report", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option(
        "--output", lang, "-o", type=click.Path(path_type=Path), metavar="FILE.html",
        describe="report-output",
    )  # fmt: skip
    @option("--boundaries", lang, type=click.Path(path_type=Path), metavar="FILE")
    @option("--credit", lang, metavar="TEXT")
    @option(
        "--study", lang, "studies", type=click.Path(path_type=Path), multiple=True,
        metavar="DIR", describe="report-study",
    )  # fmt: skip
    @option("--map/--no-map", lang, "with_map", default=True, describe="report-map")
    @option("--date", lang, metavar="TEXT", describe="map-date")
    @option("--focus", lang, metavar="PROVINCE", describe="report-focus")
    def report(plan: Path, output: Path | None, focus: str | None, **options: Any) -> None:
        from layout.api import report_of
        from layout.plan import read_plan

        if output is not None:
            check_file(output)
        found = read_plan(plan)
        if not found.has_tables:
            raise FileProblem("cli.error.no_tables", path=str(plan))
        place = output or plan / PAGE
        if focus:
            place = output or plan / f"province-{_code(found, focus)}.html"
        check_file(place)
        write_file(place, report_of(found, lang=lang, focus=focus, **options))
        click.echo(text("cli.written", lang, files=clean(place)))

    made: click.Command = report
    return made


def _code(plan: Any, focus: str) -> str:
    """The code of a province, which its file is named after."""
    from layout.report.boundaries import shipped_boundaries
    from layout.report.sheet.place import province_named

    return province_named(plan.model, shipped_boundaries(), focus)
