"""What commands share: help in the reader's language, and options that several of them take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import click

from layout.cli.screen.width import cells, pad, wrap
from layout.labels import LANGUAGES, text

Decorator = Callable[[Any], Any]

_HELP_WIDTH = 96
_NAME_WIDTH = 26


class Finite(click.FloatRange):
    """A number within limits; neither `nan`, which no limit stops, nor an infinite one."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number; a usage error where it is none, or not within the limits."""
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return float(number)


SHARE = Finite(min=0, max=1)
SECONDS = Finite(min=0)


class _Translated(click.Command):
    """Usage, headings and line breaks of a help page in one language."""

    lang = "en"

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        said = text("cli.help.usage", self.lang)
        formatter.write(f"{said} {ctx.command_path} {pieces}\n")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the paragraphs of the help text."""
        for paragraph in (self.help or "").split("\n\n"):
            lines = wrap("  " + paragraph, _HELP_WIDTH, indent="  ")
            formatter.write("\n" + "\n".join(lines) + "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        records = [
            parameter.get_help_record(ctx)
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
        ]
        rows = [record for record in records if record is not None]
        formatter.write(_definitions(text("cli.help.options", self.lang), rows))

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help, explained in the language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = text("cli.help.help", self.lang)
        return option


def _definitions(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """A heading and names with what they mean, in two columns."""
    lines = ["", title]
    column = " " * (_NAME_WIDTH + 2)
    for name, meaning in rows:
        first = "  " + pad(name, _NAME_WIDTH)
        if cells(name) >= _NAME_WIDTH:
            lines.append("  " + name)
            first = column
        broken = wrap(meaning, _HELP_WIDTH - _NAME_WIDTH - 2)
        lines += [
            (column if number else first) + line for number, line in enumerate(broken or [""])
        ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


class Command(_Translated):
    """A command whose help page is in one language."""


class Group(_Translated, click.Group):
    """A group of commands whose help page is in one language."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands in the order of their work."""
        _Translated.format_options(self, ctx, formatter)
        rows = [(name, one.get_short_help_str(limit=200)) for name, one in self.commands.items()]
        formatter.write(_definitions(text("cli.help.commands", self.lang), rows))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which they were added."""
        return list(self.commands)


def command(name: str, lang: str) -> Decorator:
    """Declare a command whose help is the label ``cli.<name>.help``, with --lang and --debug.

    ``data.list`` is the command `list` of the group `data`.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        made: Command = click.command(
            name.rpartition(".")[2],
            cls=Command,
            help=text(f"cli.{name}.help", lang),
            options_metavar=text("cli.help.options.some", lang),
        )(common(lang)(function))
        made.lang = lang
        return made

    return decorate


def group(key: str, lang: str, **settings: Any) -> Group:
    """A group of commands whose help is the label `key`, with --lang and --debug.

    Without a command it shows its help.
    """

    @click.pass_context
    def shown(context: click.Context) -> None:
        if context.invoked_subcommand is None:
            click.echo(context.get_help())

    made: Group = click.group(
        cls=Group,
        help=text(key, lang),
        options_metavar=text("cli.help.options.some", lang),
        subcommand_metavar=text("cli.help.command", lang),
        invoke_without_command=True,
        **settings,
    )(common(lang)(shown))
    made.lang = lang
    return made


def common(lang: str) -> Decorator:
    """--lang and --debug, which work before and after the name of a command.

    Both are read from the command line before it is parsed (see `language` and `app`).
    """

    def decorate(function: Callable[..., Any]) -> Any:
        function = option("--debug", lang, is_flag=True, expose_value=False)(function)
        choice = click.Choice(LANGUAGES)
        return option("--lang", lang, type=choice, expose_value=False)(function)

    return decorate


def option(name: str, lang: str, *names: str, **settings: Any) -> Decorator:
    """An option whose help is the label ``cli.option.<name>``; further spellings in `names`."""
    key = name.lstrip("-").partition("/")[0]
    described = settings.pop("describe", key)
    return click.option(*names, name, help=text(f"cli.option.{described}", lang), **settings)


def of_model(lang: str) -> Decorator:
    """--set and --scenario, the ways to change a model for one run."""

    def decorate(function: Callable[..., Any]) -> Any:
        function = option("--scenario", lang, "scenarios", multiple=True, metavar="NAME")(function)
        return option("--set", lang, "sets", multiple=True, metavar="PATH=VALUE")(function)

    return decorate
