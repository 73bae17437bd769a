"""``layout explain``: why a plan looks as it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import SHARE, Finite, option
from layout.cli.options import command as declare
from layout.cli.running import telling
from layout.cli.screen.explained import explained_lines
from layout.cli.screen.width import clean
from layout.labels import LANGUAGES, text
from layout.names import Names

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.folder import Study


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("explain", lang)
    @click.argument("plan", type=click.Path(path_type=Path))
    @option("--site", lang, "sites", multiple=True, metavar="SITE")
    @option("--zone", lang, "zones", multiple=True, metavar="ZONE")
    @option("--target", lang, "targets", multiple=True, metavar="ID")
    @option("--gap", lang, type=SHARE, metavar="SHARE", describe="explain-gap")
    @option("--time-limit", lang, type=Finite(min=0, min_open=True),
            metavar="SECONDS", describe="explain-time")  # fmt: skip
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="explain-output",
    )
    @option("--overwrite", lang, is_flag=True, describe="explain-overwrite")
    def explain(
        plan: Path,
        sites: tuple[str, ...],
        zones: tuple[str, ...],
        targets: tuple[str, ...],
        gap: float | None,
        time_limit: float | None,
        output: Path | None,
        overwrite: bool,
    ) -> None:
        from layout.plan import read_plan
        from layout.study.explaining.explaining import explain as ask
        from layout.study.folder import check_study, write_study

        if output is not None:
            check_study(output, overwrite)
        found = read_plan(plan)
        with telling(lang, quiet=False) as counted:
            study = ask(
                found, site=sites, zone=zones, target=targets, gap=gap,
                time_limit_s=time_limit, counted=counted,
            )  # fmt: skip
        click.echo("\n".join(explained_lines(study.record, Names(found.model, lang))))
        if output is not None:
            write_study(told(study, found), output, overwrite)
            click.echo("\n" + text("cli.written", lang, files=clean(output)))

    made: click.Command = explain
    return made


def told(study: Study, plan: Plan) -> Study:
    """The study with its sentences in both languages in the record."""
    from dataclasses import replace

    sentences = {
        lang: [line for line in explained_lines(study.record, Names(plan.model, lang)) if line]
        for lang in LANGUAGES
    }
    return replace(study, record={**study.record, "sentences": sentences})
