"""``layout compare``: plans or models side by side."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.screen.width import clean, wrap
from layout.labels import text

if TYPE_CHECKING:
    from layout.study.comparing.comparing import Comparison


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("compare", lang)
    @click.argument("items", nargs=-1, required=True, metavar="PLAN|MODEL...")
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="compare-output",
    )
    @option("--solve", lang, "solving", is_flag=True)
    @option("--xlsx", lang, "workbook", is_flag=True, describe="compare-xlsx")
    @option("--map", lang, "with_map", is_flag=True, describe="compare-map")
    @option("--overwrite", lang, is_flag=True, describe="compare-overwrite")
    @option("--quiet", lang, is_flag=True)
    def compare(
        items: tuple[str, ...],
        output: Path | None,
        solving: bool,
        workbook: bool,
        with_map: bool,
        overwrite: bool,
        quiet: bool,
    ) -> None:
        if len(items) < 2:
            raise click.UsageError(text("compare.usage", lang))
        from layout.cli.output import check_writable
        from layout.study.folder import check_study, study_folder, write_study

        name = Path(items[0]).name or "plan"
        folder = output or study_folder(name, "compare")
        check_study(folder, overwrite)
        check_writable(folder)
        found = _compared(items, solving, lang, quiet)
        extras = _extras(found, lang, workbook, with_map)
        study = write_study(found.study(), folder, overwrite, extras)
        if quiet:
            return
        click.echo("\n".join(report(found, lang)))
        files = sorted(path.name for path in (study.folder or folder).iterdir())
        said = f"{clean(folder)}: {', '.join(map(clean, files))}"
        click.echo("\n" + "\n".join(wrap(text("cli.written", lang, files=said), indent="  ")))

    made: click.Command = compare
    return made


def _compared(items: tuple[str, ...], solving: bool, lang: str, quiet: bool) -> Comparison:
    from layout.cli.progress import Progress
    from layout.study.comparing.comparing import compare

    with nullcontext() if quiet or not solving else Progress(sys.stderr, lang) as progress:
        return compare(items, solve=solving, progress=progress)


def _extras(found: Comparison, lang: str, workbook: bool, with_map: bool) -> dict[str, str | bytes]:
    """The workbook and the page of maps, as far as they were asked for."""
    extras: dict[str, str | bytes] = {}
    if workbook:
        from layout.study.comparing.tables_workbook import tables_workbook

        extras["compare.xlsx"] = tables_workbook(found.study(), lang)
    if with_map:
        from layout.study.comparing.side_by_side import side_by_side

        page = side_by_side(found, lang)
        if page is not None:
            extras["map.html"] = page
    return extras


def report(found: Comparison, lang: str) -> list[str]:
    """What was compared, then for each other one its inputs and the most telling differences."""
    from layout.cli.screen.differences import input_words, province_table, words

    first = found.sides[0]
    lines = wrap(text("compare.title", lang, first=clean(first.label), count=len(found.sides) - 1))
    pairs = {pair.compared: pair for pair in found.pairs}
    for side in found.sides[1:]:
        lines += ["", *wrap(text("compare.heading", lang, label=clean(side.label)))]
        lines += input_words(found, side.label, lang)
        pair = pairs.get(side.label)
        if pair is None:
            lines += wrap(text("compare.no_decisions", lang), indent="  ")
            continue
        lines += words(found, pair, lang)
        table = province_table(found, pair, lang)
        if table:
            lines += ["", *table]
    return lines
