"""Wrong usage in words: the errors of the command line itself, in the reader's language."""

from __future__ import annotations

import click

from layout.cli.screen.width import clean
from layout.labels import text


def message(error: click.ClickException, lang: str) -> str:
    """What is wrong with the command line, and the command that shows how it is used."""
    lines = [text("cli.usage", lang, found=clean(_found(error, lang)))]
    context = getattr(error, "ctx", None)
    if context is not None:
        lines.append(text("cli.usage.help", lang, command=context.command_path))
    return "\n".join(lines)


def _found(error: click.ClickException, lang: str) -> str:
    if isinstance(error, click.NoSuchOption):
        found = text("cli.usage.no_option", lang, option=error.option_name)
        return found + _nearest(error.possibilities, lang)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return text("cli.usage.missing", lang, name=_name(error.param))
    if isinstance(error, click.BadParameter) and error.param is not None:
        return text("cli.usage.bad", lang, name=_name(error.param), why=_why(error, lang))
    if isinstance(error, click.BadOptionUsage) and error.option_name:
        return text("cli.usage.no_value", lang, option=error.option_name)
    if error.message.startswith("No such command"):
        return text("cli.usage.no_command", lang, known=", ".join(_commands(error)))
    if "extra argument" in error.message:
        return text("cli.usage.extra", lang, found=error.message.partition("(")[2].rstrip(")."))
    return error.format_message()


def _commands(error: click.ClickException) -> list[str]:
    """The commands that there are."""
    context = getattr(error, "ctx", None)
    group = context.command if context is not None else None
    return list(group.commands) if isinstance(group, click.Group) else []


def _name(parameter: click.Parameter) -> str:
    """An option as it is typed, an argument as the help page names it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


def _nearest(names: object, lang: str) -> str:
    if not isinstance(names, list | tuple) or not names:
        return ""
    return text("cli.usage.nearest", lang, names=", ".join(sorted(names)))


def _why(error: click.BadParameter, lang: str) -> str:
    """Why a value will not do: from what the parameter takes, not from click's sentence."""
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return text("cli.usage.choice", lang, choices=", ".join(map(str, kind.choices)))
    if not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return error.message
    name = "whole" if isinstance(kind, click.types.IntParamType) else "number"
    return " ".join(text(f"cli.usage.{name}", lang, range=_span(kind)).split())


def _span(kind: click.ParamType) -> str:
    """The limits of a number in signs, '' where it has none."""
    if not isinstance(kind, click.IntRange | click.FloatRange) or kind.min is None:
        return ""
    sign = ">" if kind.min_open else "≥"
    return f"{sign} {kind.min}" if kind.max is None else f"{kind.min} – {kind.max}"
