"""``layout new``: a model to edit."""

from __future__ import annotations

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


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("new", lang)
    @click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
    @option("--from", lang, "source", metavar="MODEL")
    @option("--scope", lang, metavar="SCOPE")
    @option("--xlsx", lang, is_flag=True)
    def new(folder: Path, source: str | None, scope: str | None, xlsx: bool) -> None:
        if scope is not None and source is None:
            raise click.UsageError(text("cli.new.scope_alone", lang))
        if folder.exists() or folder.is_symlink():
            raise FileProblem("cli.error.there", path=str(folder))
        check_writable(folder)
        made = make(folder, source, lang, scope=scope, xlsx=xlsx)
        click.echo(text("cli.new", lang, model=clean(made)))

    declared: click.Command = new
    return declared


def make(
    folder: Path, source: str | None, lang: str, *, scope: str | None = None, xlsx: bool = False
) -> Path:
    """Write the model and return what to give to the other commands.

    With a `scope` it is that part of a plan; a model is solved first. The folder appears when
    it is complete. Raises FileProblem and InputError (exit 3).
    """
    from layout.model import read_model, write_model, write_workbook
    from layout.plan.publish import publishing

    question: PlanningModel | None = None
    if source is not None:
        question = read_model(source) if scope is None else part(source, scope)
    with publishing(folder, False) as staging:
        if question is not None and not xlsx:
            write_model(question, staging)
        elif question is not None:
            write_workbook(question, staging / WORKBOOK)
        else:
            _starter(staging, lang, xlsx=xlsx)
    return folder / WORKBOOK if xlsx else folder


def part(source: str, scope: str) -> PlanningModel:
    """The part of a plan folder, or of the plan that a model is solved for."""
    from layout.model import read_model
    from layout.plan import read_plan
    from layout.plan.carving import carve
    from layout.plan.publish import is_plan_folder
    from layout.solving import solve

    if is_plan_folder(Path(source)):
        return carve(read_plan(source), scope)
    return carve(solve(read_model(source), counterfactual=False), scope)


def _starter(folder: Path, lang: str, *, xlsx: bool) -> None:
    """Write the starter, as its few files or as a workbook with everything in it."""
    from layout.cli import starter
    from layout.model import read_model, write_workbook

    for name, content in starter.files(lang).items():
        (folder / name).write_text(content, "utf-8", newline="\n")
    if xlsx:
        write_workbook(read_model(folder), folder / WORKBOOK)
        for name in starter.files(lang):
            (folder / name).unlink()
