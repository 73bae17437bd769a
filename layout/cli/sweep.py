"""``layout sweep``: the same question for many values of its inputs."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from layout.cli.options import SECONDS, SHARE, of_model, option
from layout.cli.options import command as declare
from layout.cli.screen.width import clean, wrap
from layout.labels import text

if TYPE_CHECKING:
    from layout.study.runs.sweep import Sweep

DEFAULT = "national-2025"


def command(lang: str) -> click.Command:
    """The command in one language."""

    @declare("sweep", lang)
    @click.argument("model", default=DEFAULT)
    @option("--vary", lang, multiple=True, metavar="PARAM=V1,V2|LO:HI:N")
    @option("--cases", lang, type=click.Path(path_type=Path), metavar="FILE.csv")
    @of_model(lang)
    @at_scale(lang)
    @option("--output", lang, "-o", type=click.Path(path_type=Path), metavar="DIR",
            describe="sweep-output")  # fmt: skip
    @option("--overwrite", lang, is_flag=True, describe="sweep-overwrite")
    @option("--quiet", lang, is_flag=True)
    def sweep(**given: Any) -> int:
        return _sweep(lang, **given)

    made: click.Command = sweep
    return made


def at_scale(lang: str) -> Any:
    """Options of every study of many runs: where they are solved, and how far."""

    def decorate(function: Any) -> Any:
        function = option("--seed", lang, type=click.IntRange(0, 2**31 - 1), metavar="N")(function)
        function = option("--time-limit", lang, type=SECONDS, metavar="SECONDS",
                          describe="case-time-limit")(function)  # fmt: skip
        function = option("--gap", lang, type=SHARE, metavar="SHARE")(function)
        function = option("--scheduler", lang, metavar="ADDRESS")(function)
        return option("--workers", lang, type=click.IntRange(min=1), metavar="N")(function)

    return decorate


def place_of_work(workers: int | None, scheduler: str | None, lang: str) -> int:
    """How many processes of this machine work. Raises UsageError where a cluster is named too."""
    if workers is not None and scheduler is not None:
        raise click.UsageError(text("sweep.usage.both", lang))
    return workers or 1


def _sweep(
    lang: str,
    *,
    model: str,
    vary: tuple[str, ...],
    cases: Path | None,
    sets: tuple[str, ...],
    scenarios: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    gap: float | None,
    time_limit: float | None,
    seed: int | None,
    output: Path | None,
    overwrite: bool,
    quiet: bool,
) -> int:
    if not vary and cases is None:
        raise click.UsageError(text("sweep.usage.nothing", lang))
    count = place_of_work(workers, scheduler, lang)
    from layout.cli.output import check_writable
    from layout.cli.running import Running, stopping
    from layout.cli.screen.sweeping import report
    from layout.study.runs.runner import Options, Question
    from layout.study.runs.sweep import cases_of, folder_of, sweep

    question = Question(model, sets, scenarios)
    found = cases_of(vary, cases)
    folder = output or folder_of(question)
    check_writable(folder)
    options = Options(gap, time_limit, seed, overwrite=overwrite)
    with stopping(lang), nullcontext() if quiet else Running(sys.stderr, lang) as progress:
        study = sweep(
            question,
            found,
            folder,
            workers=count,
            scheduler=scheduler,
            progress=progress,
            options=options,
        )
    if not quiet:
        click.echo("\n".join([*report(study, lang), "", *_files(study, folder, lang)]))
    return 0


def _files(study: Sweep, folder: Path, lang: str) -> list[str]:
    """What was written where."""
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    said = f"{clean(folder)}: {', '.join(map(clean, files))}"
    return wrap(text("cli.written", lang, files=said), indent="  ")
