"""``layout map``: the map page of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.output import check_file, write_file
from layout.cli.screen.width import clean
from layout.errors import FileProblem
from layout.labels import text


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("map", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="FILE.html",
        describe="map-output",
    )
    @option("--boundaries", lang, type=click.Path(path_type=Path), metavar="FILE")
    @option("--credit", lang, metavar="TEXT")
    def map_(plan: Path, output: Path | None, boundaries: Path | None, credit: str | None) -> None:
        from layout.api import map_of
        from layout.plan import read_plan

        if output is not None:
            check_file(output)
        found = read_plan(plan)
        if not found.has_tables:
            raise FileProblem("cli.error.no_tables", path=str(plan))
        place = output or plan / "map.html"
        check_file(place)
        page = map_of(found, lang=lang, boundaries=boundaries, credit=credit)
        write_file(place, page)
        click.echo(text("cli.written", lang, files=clean(place)))

    made: click.Command = map_
    return made
