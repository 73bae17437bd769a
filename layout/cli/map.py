"""``layout map``: the map page of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.output import check_file, write_file
from layout.cli.screen.width import clean
from layout.errors import FileProblem
from layout.labels import text

if TYPE_CHECKING:
    from layout.plan import Plan

SYSTEMS = ("wgs84", "gcj02", "bd09")


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
    @option(
        "--compare",
        lang,
        "compare",
        type=click.Path(path_type=Path),
        metavar="PLAN",
        describe="map-compare",
    )
    @option("--date", lang, metavar="TEXT", describe="map-date")
    @option(
        "--study",
        lang,
        "studies",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="DIR",
        describe="map-study",
    )
    @option("--tiles", lang, metavar="URL", describe="map-tiles")
    @option("--tiles-crs", lang, type=click.Choice(SYSTEMS), default="wgs84", describe="tiles-crs")
    @option("--tiles-credit", lang, default="", metavar="TEXT")
    def map_(
        plan: Path,
        output: Path | None,
        boundaries: Path | None,
        credit: str | None,
        compare: Path | None,
        **options: Any,
    ) -> None:
        from layout.api import map_of

        if output is not None:
            check_file(output)
        found = with_tables(plan)
        other = None if compare is None else with_tables(compare)
        place = output or plan / "map.html"
        check_file(place)
        layer: dict[str, Any] = {"boundaries": boundaries, "credit": credit}
        page = map_of(found, lang=lang, compare=other, **layer, **options)
        write_file(place, page)
        click.echo(text("cli.written", lang, files=clean(place)))

    made: click.Command = map_
    return made


def with_tables(folder: Path) -> Plan:
    """The plan in a folder. Raises FileProblem where it has no layout to show."""
    from layout.plan import read_plan

    found = read_plan(folder)
    if not found.has_tables:
        raise FileProblem("cli.error.no_tables", path=str(folder))
    return found
