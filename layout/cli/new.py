"""``layout new``: a model to edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.options import option
from layout.cli.output import check_writable
from layout.cli.screen.width import clean
from layout.errors import FileProblem
from layout.labels import text

if TYPE_CHECKING:
    from layout.model import PlanningModel

WORKBOOK = "model.xlsx"
PLACES = (5, 10_000)
"""Fewest and most places of a synthetic model; stands here since help loads no model."""


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("new", lang)
    @click.argument("folder", metavar="DIR", type=click.Path(path_type=Path), required=False)
    @option("--from", lang, "source", metavar="MODEL")
    @option("--scope", lang, metavar="SCOPE")
    @option("--synthetic", lang, "places", type=click.IntRange(*PLACES), metavar="N")
    @option("--seed", lang, type=click.IntRange(0), metavar="S", describe="synthetic-seed")
    @option("--xlsx", lang, is_flag=True)
    @click.pass_context
    def new(
        context: click.Context,
        folder: Path | None,
        source: str | None,
        scope: str | None,
        places: int | None,
        seed: int | None,
        xlsx: bool,
    ) -> None:
        if places is not None and (source is not None or scope is not None):
            raise click.UsageError(text("cli.new.synthetic_alone", lang))
        if seed is not None and places is None:
            raise click.UsageError(text("cli.new.seed_alone", lang))
        if scope is not None and source is None:
            raise click.UsageError(text("cli.new.scope_alone", lang))
        if folder is None:
            if places is None:
                missing = next(p for p in context.command.params if p.name == "folder")
                raise click.MissingParameter(ctx=context, param=missing)
            folder = Path(f"synthetic-{places}")
        if folder.exists() or folder.is_symlink():
            raise FileProblem("cli.error.there", path=str(folder))
        check_writable(folder)
        drawn = None if places is None else (places, seed or 0)
        made = make(folder, source, lang, scope=scope, drawn=drawn, xlsx=xlsx)
        click.echo(text("cli.new", lang, model=clean(made)))

    declared: click.Command = new
    return declared


def make(
    folder: Path,
    source: str | None,
    lang: str,
    *,
    scope: str | None = None,
    drawn: tuple[int, int] | None = None,
    xlsx: bool = False,
) -> Path:
    """Write the model and return what to give to the other commands.

    With a `scope` it is that part of a plan; a model is solved first. `drawn` are the places and
    the seed of a synthetic one. The folder appears when it is complete. Raises FileProblem and
    InputError (exit 3).
    """
    from layout.model import read_model, write_model, write_workbook
    from layout.plan.publish import publishing

    question: PlanningModel | None = None
    if source is not None:
        question = read_model(source) if scope is None else part(source, scope, lang)
    with publishing(folder, False) as staging:
        if question is not None and not xlsx:
            write_model(question, staging)
        elif question is not None:
            write_workbook(question, staging / WORKBOOK)
        else:
            _own(staging, lang, drawn, xlsx=xlsx)
    return folder / WORKBOOK if xlsx else folder


def part(source: str, scope: str, lang: str) -> PlanningModel:
    """The part of a plan folder, or of the plan that a model is solved for."""
    from layout.cli.progress import Progress
    from layout.model import read_model
    from layout.plan import read_plan
    from layout.plan.carving import carve
    from layout.plan.publish import is_plan_folder
    from layout.solving import solve

    if is_plan_folder(Path(source)):
        return carve(read_plan(source), scope)
    question = read_model(source)
    with Progress(sys.stderr, lang) as progress:
        plan = solve(question, counterfactual=False, compared=False, progress=progress)
    return carve(plan, scope)


def _own(folder: Path, lang: str, drawn: tuple[int, int] | None, *, xlsx: bool) -> None:
    """Write the starter or a synthetic model, as files or as a workbook with everything in it."""
    from layout.cli import starter
    from layout.model import read_model, write_workbook
    from layout.model.synthetic import write_synthetic

    if drawn is not None:
        write_synthetic(folder, *drawn)
    else:
        for name, content in starter.files(lang).items():
            (folder / name).write_text(content, "utf-8", newline="\n")
    if xlsx:
        files = list(folder.iterdir())
        write_workbook(read_model(folder), folder / WORKBOOK)
        for file in files:
            file.unlink()
