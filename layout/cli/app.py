"""The program `layout`: its commands, and what becomes of an error."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence

import click

from layout import __version__
from layout.cli import usage
from layout.cli.language import chosen
from layout.cli.options import Group
from layout.cli.options import group as named
from layout.cli.process import ending_politely, keep_talking
from layout.cli.screen.width import clean, clean_lines
from layout.errors import EXIT_INPUT, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_LIMIT, LayoutError
from layout.labels import text


def app(lang: str) -> Group:
    """The group of all commands, its help in `lang`."""
    from layout.cli import (
        alternatives,
        check,
        compare,
        data,
        evaluate,
        explain,
        export,
        growth,
        index,
        map,
        new,
        redispatch,
        report,
        serve,
        settle,
        solve,
        status,
        suitability,
        sweep,
        targets,
        tradeoff,
        uncertainty,
        verify,
    )

    group = named("cli.help", lang, name="layout")
    message = "%(prog)s %(version)s"
    shown = text("cli.option.version", lang)
    click.version_option(__version__, prog_name="layout", message=message, help=shown)(group)
    modules = (
        solve,
        status,
        check,
        targets,
        verify,
        redispatch,
        map,
        report,
        export,
        data,
        new,
        evaluate,
        compare,
        growth,
        sweep,
        uncertainty,
        explain,
        settle,
        alternatives,
        tradeoff,
        suitability,
        index,
        serve,
    )
    for module in modules:
        group.add_command(module.command(lang))
    return group


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors go to stderr in one language."""
    lang = chosen(arguments, os.environ)
    keep_talking()
    try:
        with ending_politely():
            return _run(arguments, lang)
    except (click.Abort, KeyboardInterrupt):
        click.echo(text("cli.interrupted", lang), err=True)
        return EXIT_INTERRUPTED
    except MemoryError:
        _trace(arguments)
        click.echo(text("cli.error.memory", lang), err=True)
        return EXIT_LIMIT
    except OSError as error:
        _trace(arguments)
        click.echo(_refused(error, lang), err=True)
        return EXIT_INPUT
    except Exception as error:
        _trace(arguments)
        found = clean(f"{type(error).__name__}: {error}")
        click.echo(text("cli.internal", lang, error=found), err=True)
        return EXIT_INTERNAL


def _refused(error: OSError, lang: str) -> str:
    """What the system would not do: a full disk, a missing right, no more open files."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.filename is None:
        return text("cli.error.system", lang, reason=clean(reason))
    place = clean(os.fsdecode(error.filename))
    return text("cli.error.system_file", lang, path=place, reason=clean(reason))


def _run(arguments: Sequence[str], lang: str) -> int:
    """The same, as far as the error is one that a planner can act on."""
    try:
        result = app(lang).main(list(arguments), prog_name="layout", standalone_mode=False)
    except click.ClickException as error:
        click.echo(usage.message(error, lang), err=True)
        return error.exit_code
    except LayoutError as error:
        _trace(arguments)
        click.echo(clean_lines(error.message(lang)), err=True)
        return error.exit_code
    return result if isinstance(result, int) else 0


def _trace(arguments: Sequence[str]) -> None:
    """Print the traceback of the error at hand if --debug asks for it."""
    if "--debug" in arguments:
        click.echo(clean_lines(traceback.format_exc()), err=True)
