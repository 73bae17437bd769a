"""The program `layout`: its commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from layout import __version__
from layout.cli import usage
from layout.cli.language import chosen
from layout.cli.options import Group
from layout.cli.options import group as named
from layout.cli.screen.width import clean, clean_lines
from layout.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, LayoutError
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
        map,
        new,
        redispatch,
        report,
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
    )
    for module in modules:
        group.add_command(module.command(lang))
    return group


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors go to stderr in one language."""
    lang = chosen(arguments, os.environ)
    _write_what_the_screen_can_show()
    try:
        return _run(arguments, lang)
    except (click.Abort, KeyboardInterrupt):
        click.echo(text("cli.interrupted", lang), err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return EXIT_INTERNAL
    except Exception as error:
        _trace(arguments)
        found = clean(f"{type(error).__name__}: {error}")
        click.echo(text("cli.internal", lang, error=found), err=True)
        return EXIT_INTERNAL


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
        traceback.print_exc(file=sys.stderr)


def _write_what_the_screen_can_show() -> None:
    """Let a screen that lacks a character show a substitute instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _close_quietly() -> None:
    """Let the reader of a pipe stop reading without a complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
