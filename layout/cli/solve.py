"""``layout solve``: read, solve, verify, write, summarise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import SECONDS, SHARE, of_model, option
from layout.cli.options import command as declare
from layout.cli.output import check_file, check_writable
from layout.errors import EXIT_INFEASIBLE, EXIT_INTERRUPTED, EXIT_LIMIT

if TYPE_CHECKING:
    from layout.model import PlanningModel
    from layout.plan import Plan

DEFAULT = "national-2025"
PLANS = "plans"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("solve", lang)
    @click.argument("model", default=DEFAULT)
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR")
    @of_model(lang)
    @option("--focus", lang, metavar="SCOPE")
    @_limits(lang)
    @option("--map/--no-map", lang, "with_map", default=False)
    @option("--report", lang, "with_report", is_flag=True, describe="solve-report")
    @option("--overwrite", lang, is_flag=True)
    @option("--quiet", lang, is_flag=True)
    @option("--log-file", lang, type=click.Path(path_type=Path), metavar="FILE")
    @option("--progress-file", lang, type=click.Path(path_type=Path), metavar="FILE")
    def solve(**given: Any) -> int:
        return _solve(lang, **given)

    made: click.Command = solve
    return made


def _limits(lang: str) -> Any:
    """Options that go to the solver; each defaults to what the model says."""

    def decorate(function: Any) -> Any:
        function = option("--seed", lang, type=click.IntRange(0, 2**31 - 1), metavar="N")(function)
        function = option("--threads", lang, type=click.IntRange(min=1), metavar="N")(function)
        function = option("--time-limit", lang, type=SECONDS, metavar="SECONDS")(function)
        return option("--gap", lang, type=SHARE, metavar="SHARE")(function)

    return decorate


def _solve(
    lang: str,
    *,
    model: str,
    output: Path | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    focus: str | None,
    with_map: bool,
    with_report: bool,
    overwrite: bool,
    quiet: bool,
    log_file: Path | None,
    progress_file: Path | None,
    **limits: Any,
) -> int:
    """Do it; returns the exit code. Whatever can be refused is refused before solving."""
    from layout.cli.screen.scope import place_of
    from layout.model import read_model
    from layout.plan import write_plan

    if output is not None:
        _refuse(output, overwrite)
    for file in (log_file, progress_file):
        if file is not None:
            check_file(file)
    begun = time.perf_counter()
    question = read_model(model, sets=sets, scenarios=scenarios)
    limits["read_s"] = time.perf_counter() - begun
    folder = output or Path(PLANS) / question.name
    _refuse(folder, overwrite)
    if focus:
        place_of(question, focus)
    if not quiet:
        _say_size(question, lang)
    plan = _solved(question, lang, quiet, log_file, {**limits, "progress_file": progress_file})
    if plan.record.get("interrupted") and not plan.has_tables:
        say_state(plan, lang)
        return EXIT_INTERRUPTED
    pages = {"map.html": with_map, "report.html": with_report}
    plan = write_plan(plan, folder, overwrite=overwrite, extras=_pages(plan, lang, pages))
    _show(plan, lang, focus, quiet)
    return exit_code(plan)


def _say_size(question: PlanningModel, lang: str) -> None:
    """How large a large model is, on stderr."""
    from layout.cli.screen.size import size_lines

    for line in size_lines(question, lang):
        click.echo(line, err=True)


def _refuse(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that is in the way or cannot be written."""
    from layout.plan.publish import check_free

    check_free(folder, overwrite)
    check_writable(folder)


def _solved(
    question: PlanningModel, lang: str, quiet: bool, log_file: Path | None, limits: dict[str, Any]
) -> Plan:
    """The verified plan, with progress shown on the way."""
    from layout.cli.progress import Progress, ProgressFile
    from layout.solving import solve

    watched = limits["progress_file"]
    chosen = {
        "gap": limits["gap"],
        "time_limit_s": limits["time_limit"],
        "threads": limits["threads"],
        "seed": limits["seed"],
        "read_s": limits["read_s"],
    }
    with nullcontext() if quiet else Progress(sys.stderr, lang) as progress:
        return solve(
            question,
            progress=progress if watched is None else ProgressFile(watched, progress),
            log_file=None if log_file is None else str(log_file),
            **chosen,
        )


def _pages(plan: Plan, lang: str, asked: Mapping[str, bool]) -> dict[str, str]:
    """Further files of the plan folder that were asked for."""
    if not any(asked.values()) or not plan.has_tables:
        return {}
    from layout.report import map_page
    from layout.report.document import report_page

    makers: dict[str, Callable[..., str]] = {"map.html": map_page, "report.html": report_page}
    return {name: makers[name](plan, lang=lang) for name, wanted in asked.items() if wanted}


def _show(plan: Plan, lang: str, focus: str | None, quiet: bool) -> None:
    """The summary on stdout unless quiet; what is not a proved plan on stderr all the same."""
    from layout.cli.summary import file_lines

    if exit_code(plan):
        say_state(plan, lang)
    if quiet:
        return
    if not plan.has_tables:
        click.echo("\n".join(file_lines(plan, lang)))
        return
    click.echo(plan.summary(lang))
    if focus:
        from layout.cli.screen.focus import focus_page

        click.echo("\n" + focus_page(plan, focus, lang))


def say_state(plan: Plan, lang: str) -> None:
    """The state of a plan that is not proved, on stderr; why, if it is infeasible."""
    from layout.cli.summary import state_lines

    click.echo("\n".join(state_lines(plan, lang)), err=True)


def exit_code(plan: Plan) -> int:
    """0 proved, 4 infeasible, 5 a limit was hit, 130 interrupted."""
    if plan.record.get("interrupted"):
        return EXIT_INTERRUPTED
    codes = {"optimal": 0, "infeasible": EXIT_INFEASIBLE}
    return codes.get(plan.status, EXIT_LIMIT)
