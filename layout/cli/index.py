"""``layout index``: a composite computing index of provinces by the user's weights."""

from __future__ import annotations

from pathlib import Path

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.screen.width import clean, wrap
from layout.labels import text


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("index", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option("--weights", lang, type=click.Path(path_type=Path), metavar="FILE",
            describe="index-weights")  # fmt: skip
    @option("--year", lang, type=int, metavar="YEAR")
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
            describe="study-folder")  # fmt: skip
    @option("--map/--no-map", lang, "with_map", default=True, describe="index-map")
    @option("--overwrite", lang, is_flag=True, describe="study-overwrite")
    @option("--quiet", lang, is_flag=True)
    def index(
        plan: Path,
        weights: Path | None,
        year: int | None,
        output: Path | None,
        with_map: bool,
        overwrite: bool,
        quiet: bool,
    ) -> None:
        from layout.cli.output import check_writable
        from layout.cli.screen.index import index_lines
        from layout.plan import read_plan
        from layout.study.folder import check_study, study_folder
        from layout.study.index.index import index as score
        from layout.study.index.writing import MAP, write_index

        asked = read_plan(plan)
        folder = output or study_folder(str(asked.record.get("model") or ""), "index")
        check_study(folder, overwrite)
        check_writable(folder)
        _check_year(year, list(asked.model.settings.periods), lang)
        found = score(asked, weights, year=year)
        study = write_index(found, folder, lang=lang, with_map=with_map, overwrite=overwrite)
        if quiet:
            return
        click.echo("\n".join(index_lines(found, lang)))
        names = ["study.json", *(f"{name}.csv" for name in study.tables), *([MAP] * with_map)]
        files = f"{clean(folder)}: {', '.join(names)}"
        click.echo("\n" + "\n".join(wrap(text("cli.written", lang, files=files), indent="  ")))

    made: click.Command = index
    return made


def _check_year(year: int | None, periods: list[int], lang: str) -> None:
    """Refuse a year that is no period of the plan."""
    if year is not None and year not in periods:
        listed = ", ".join(map(str, periods))
        raise click.UsageError(text("index.usage.year", lang, year=year, periods=listed))
