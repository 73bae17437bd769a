"""``layout settle``: prices of compute, who pays whom, and what leaves nobody worse off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.screen.settled import settled_lines
from layout.cli.screen.width import clean, wrap
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.folder import Study


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("settle", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option("--subsidy", lang, metavar="TARGET")
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="settle-output",
    )
    @option("--map", lang, "with_map", is_flag=True, describe="settle-map")
    @option("--overwrite", lang, is_flag=True, describe="explain-overwrite")
    @option("--quiet", lang, is_flag=True, describe="settle-quiet")
    def settle(
        plan: Path,
        subsidy: str | None,
        output: Path | None,
        with_map: bool,
        overwrite: bool,
        quiet: bool,
    ) -> None:
        from layout.plan import read_plan
        from layout.study.explaining.settling import settle as ask
        from layout.study.folder import check_study, study_folder, write_study

        if output is not None:
            check_study(output, overwrite)
        found = read_plan(plan)
        name = str(found.record.get("model") or found.model.name)
        folder = output or study_folder(name, "settle")
        check_study(folder, overwrite)
        study = ask(found, subsidy=subsidy)
        pages = {"map.html": _map(found, study, lang)} if with_map else {}
        write_study(study, folder, overwrite, pages)
        if quiet:
            return
        click.echo("\n".join(settled_lines(study, Names(found.model, lang))))
        files = ", ".join(sorted(path.name for path in folder.iterdir()))
        said = text("cli.written", lang, files=f"{clean(folder)}: {clean(files)}")
        click.echo("\n" + "\n".join(wrap(said, indent="  ")))

    made: click.Command = settle
    return made


def _map(plan: Plan, study: Study, lang: str) -> str:
    """The map of the plan with net payments, surplus of sites and compensation by province."""
    from layout.report import map_page
    from layout.study.explaining.settle_map import layers

    return map_page(plan, lang=lang, extras=layers(study))
