"""``layout export``: a plan as workbook, map layers, tables and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.screen.width import clean
from layout.labels import text

MOST_SHOWN = 20
"""Characters without a shape that are named."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    def forms(context: click.Context, parameter: click.Parameter, asked: str) -> tuple[str, ...]:
        from layout.report.export.exporting import FORMS, UnknownForm, forms_of

        try:
            return forms_of(asked)
        except UnknownForm as error:
            key = "export.usage.near" if error.near else "export.usage.unknown"
            words = {"name": error.name, "near": error.near, "known": ", ".join(FORMS)}
            raise click.BadParameter(text(key, lang, **words)) from error

    place: Any = click.Path(path_type=Path)

    @declare("export", lang)
    @click.argument("plan", type=place)
    @option("--to", lang, required=True, metavar="FORM[,FORM…]", callback=forms,
            describe="export-to")  # fmt: skip
    @option("--output", lang, "-o", type=place, metavar="DIR", describe="export-output")
    @option("--font", lang, type=place, metavar="FILE")
    @option("--dpi", lang, type=click.IntRange(36, 600), default=300, metavar="N")
    @option("--boundaries", lang, type=place, metavar="FILE")
    @option("--credit", lang, metavar="TEXT")
    @option("--shade", lang, metavar="KEY")
    @option("--date", lang, metavar="TEXT", describe="map-date")
    @option("--overwrite", lang, is_flag=True, describe="export-overwrite")
    def export(
        plan: Path, to: tuple[str, ...], output: Path | None, overwrite: bool, **how: Any
    ) -> None:
        from layout.plan import read_plan
        from layout.report.export.exporting import PLACES, Options
        from layout.report.export.exporting import export as run
        from layout.report.export.placing import check_places

        folder = output or plan
        if output is not None:
            check_places(output, [PLACES[form] for form in to], overwrite)
        found = run(read_plan(plan), to, folder, Options(lang=lang, **how), overwrite=overwrite)
        click.echo(text("cli.written", lang, files=", ".join(clean(one) for one in found.places)))
        if found.unknown:
            shown = " ".join(f"{one} (U+{ord(one):04X})" for one in found.unknown[:MOST_SHOWN])
            click.echo(text("export.unknown", lang, characters=clean(shown)), err=True)

    made: click.Command = export
    return made
