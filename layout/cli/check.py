"""``layout check``: everything that is wrong with a model, at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from layout.cli.options import command as declare
from layout.cli.options import of_model, option
from layout.cli.screen.size import size_lines
from layout.cli.screen.width import clean, clean_lines, wrap
from layout.errors import EXIT_INPUT, Problem
from layout.labels import text
from layout.labels.cleaning import printable

SEVERITIES = ("error", "warning")


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("check", lang)
    @click.argument("model")
    @of_model(lang)
    @option("--json", lang, "as_json", is_flag=True)
    def check(model: str, sets: tuple[str, ...], scenarios: tuple[str, ...], as_json: bool) -> int:
        from layout.model import examine

        question, problems = examine(model, sets=sets, scenarios=scenarios)
        ordered = sorted(problems, key=lambda one: SEVERITIES.index(one.severity))
        if as_json:
            click.echo(as_record(model, ordered, lang))
        else:
            size = [] if question is None else size_lines(question, lang)
            click.echo("\n".join([*report(model, ordered, lang), *size]))
        return EXIT_INPUT if _count(ordered, "error") else 0

    made: click.Command = check
    return made


def _count(problems: Sequence[Problem], severity: str) -> int:
    return sum(1 for problem in problems if problem.severity == severity)


def as_record(model: str, problems: Sequence[Problem], lang: str) -> str:
    """The problems as JSON: model, errors, warnings (how many of each), problems."""
    record = {
        "model": model,
        "errors": _count(problems, "error"),
        "warnings": _count(problems, "warning"),
        "problems": [problem.record(lang) for problem in problems],
    }
    return printable(json.dumps(record, ensure_ascii=False, indent=1))


def report(model: str, problems: Sequence[Problem], lang: str) -> list[str]:
    """One paragraph per problem, errors first, and how many of each there are."""
    lines = []
    for problem in problems:
        severity = text(f"cli.severity.{problem.severity}", lang)
        lines += wrap(clean(f"{severity} {problem.sentence(lang)}"), indent="  ")
    counts = {severity: _count(problems, severity) for severity in SEVERITIES}
    key = "cli.check.bad" if counts["error"] else "cli.check.good"
    total = text(key, lang, model=clean(model), errors=counts["error"], warnings=counts["warning"])
    return [clean_lines(line) for line in [*lines, total]]
