"""``layout targets``: every target in the base year and the plan, and what it costs and forces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from layout.cli.options import command as declare
from layout.cli.options import of_model, option
from layout.cli.output import check_writable, write_file
from layout.cli.screen.heading import status_sentence
from layout.cli.screen.verdicts import verdict_lines
from layout.cli.screen.width import clean, wrap
from layout.errors import FileProblem
from layout.labels import text
from layout.names import Names

if TYPE_CHECKING:
    from layout.plan import Plan
    from layout.study.folder import Study

FILE = "targets.csv"
RECORD = "targets.json"
_COLUMNS = ("verdict", "id", "required", "base", "plan", "outturn", "slack", "how", "shadow")


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("targets", lang)
    @click.argument("model")
    @of_model(lang)
    @option(
        "--output",
        lang,
        "-o",
        type=click.Path(path_type=Path),
        metavar="DIR",
        describe="targets-output",
    )
    @option("--quick", lang, is_flag=True)
    def targets(
        model: str,
        sets: tuple[str, ...],
        scenarios: tuple[str, ...],
        output: Path | None,
        quick: bool,
    ) -> int:
        return _targets(lang, model, sets, scenarios, output, quick)

    made: click.Command = targets
    return made


def _targets(
    lang: str,
    model: str,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    output: Path | None,
    quick: bool,
) -> int:
    """Answer for a model or for a plan folder; returns the exit code.

    A model's targets are tested too, unless `quick`; a plan folder is only read.
    """
    from layout.cli.screen.testing import test_lines
    from layout.cli.solve import exit_code, say_state
    from layout.plan.publish import is_plan_folder

    if output is not None:
        _refuse(output)
    plan = plan_of(model, sets, scenarios, lang)
    proved = plan.status in ("optimal", "infeasible")
    study = None if quick or is_plan_folder(Path(model)) or not proved else _tested(plan, lang)
    lines = report(plan, lang) if plan.has_tables else []
    if study is not None:
        lines += test_lines(study, plan.model, lang)
    written = [] if output is None else _write(plan, study, output)
    if lines:
        click.echo("\n".join(lines).strip("\n"))
    if written:
        click.echo("\n" + text("cli.written", lang, files=", ".join(clean(one) for one in written)))
    if exit_code(plan):
        say_state(plan, lang)
    return exit_code(plan)


def _tested(plan: Plan, lang: str) -> Study:
    from layout.cli.progress import Progress
    from layout.study.targets.testing import tested

    with Progress(sys.stderr, lang) as progress:
        return tested(plan.model, plan, progress)


def plan_of(model: str, sets: tuple[str, ...], scenarios: tuple[str, ...], lang: str) -> Plan:
    """The plan that stands in a folder, or the plan of a model, solved now."""
    from layout.cli.progress import Progress
    from layout.model import read_model
    from layout.plan import read_plan
    from layout.plan.publish import is_plan_folder
    from layout.solving import solve

    if is_plan_folder(Path(model)):
        if sets or scenarios:
            raise FileProblem("cli.error.sets_of_plan", path=model)
        return read_plan(model)
    question = read_model(model, sets=sets, scenarios=scenarios)
    with Progress(sys.stderr, lang) as progress:
        return solve(question, progress=progress)


def report(plan: Plan, lang: str) -> list[str]:
    """The table of targets, then each with its title and source."""
    names = Names(plan.model, lang)
    targets = plan.record.get("targets", [])
    lines = [*wrap(status_sentence(plan.record, lang)), ""]
    lines += verdict_lines(targets, names, _COLUMNS, limit=30)
    notes = [(names.target(record), record.get("source")) for record in targets]
    if notes:
        lines.append("")
    for name, source in notes:
        said = f"{name}{text('cli.colon', lang)}{clean(source)}" if source else name
        lines += wrap("  " + said, indent="      ")
    return lines


def _refuse(output: Path) -> None:
    """Refuse a folder that is a file or cannot be written; one that exists may be used."""
    if output.exists() and not output.is_dir():
        raise FileProblem("cli.error.not_a_folder", path=str(output))
    check_writable(output / FILE)


def _write(plan: Plan, study: Study | None, output: Path) -> list[Path]:
    """Write the table of targets, and the tables of their test, into the folder."""
    from layout.plan.files import FILES
    from layout.plan.text import csv_text
    from layout.study.folder import record_text

    content: dict[str, str] = {}
    if plan.has_tables:
        content[FILE] = csv_text(FILES["targets"], plan.tables["targets"])
    if study is not None:
        for file in study.files:
            rows = study[file.name]
            if len(rows) or not file.optional:
                content[file.file] = csv_text(file, rows)
        content[RECORD] = record_text(study.record)
    if content:
        output.mkdir(parents=True, exist_ok=True)
    for name, words in content.items():
        write_file(output / name, words)
    return [output / name for name in content]
