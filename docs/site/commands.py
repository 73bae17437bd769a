"""The page of all commands, from what the program itself declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import click

import layout.errors
from docs.site.markdown import cell, code, page, say, table
from layout.cli.app import app
from layout.cli.options import Group

README = {"en": "README.md", "zh": "README.zh-CN.md"}


@cache
def program(lang: str) -> Group:
    """The program with its words in one language."""
    return app(lang)


def commands(lang: str, at: str) -> str:
    """Every command with its arguments, options and exit codes; `at` is the page's own place."""
    group = program(lang)
    parts = [part for name, one in group.commands.items() for part in _command(name, one, lang)]
    return page(
        say("commands.title", lang),
        say("commands.intro", lang),
        f"## {say('commands.codes', lang)}",
        table(
            [say("commands.code", lang), say("meaning", lang)],
            [(str(number), words) for number, words in exit_codes(lang).items()],
        ),
        f"## {say('commands.everywhere', lang)}",
        _options(group, lang),
        *parts,
    )


def exit_codes(lang: str) -> dict[int, str]:
    """Exit code → what it means, as the README says it.

    Raises ValueError where the README does not name the codes of the program.
    """
    from docs.site import ROOT

    text = (ROOT / README[lang]).read_text("utf-8")
    found = {int(one): said for one, said in re.findall(r"^\| (\d+) \| (.+) \|$", text, re.M)}
    codes = {value for key, value in vars(layout.errors).items() if key.startswith("EXIT_")}
    if set(found) != codes | {0}:
        raise ValueError(f"{README[lang]} explains the exit codes {sorted(found)}")
    return found


def _command(name: str, command: click.Command, lang: str) -> Iterator[str]:
    context = click.Context(command, info_name=f"layout {name}")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"## layout {name}"
    yield f"```text\nlayout {name} {pieces}\n```"
    yield from (cell(paragraph) for paragraph in (command.help or "").split("\n\n"))
    yield _options(command, lang)
    if isinstance(command, click.Group):
        for below, one in command.commands.items():
            for part in _command(f"{name} {below}", one, lang):
                yield part.replace("## layout", "### layout", 1)


def _options(command: click.Command, lang: str) -> str:
    context = click.Context(command)
    own = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    rows = [(_spelling(one, context), cell(one.help or ""), _default(one)) for one in own]
    return table([say("option", lang), say("meaning", lang), say("default", lang)], rows)


def _spelling(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    assert record is not None
    spelled = re.sub(r"\s+", " ", record[0])
    return code(spelled) + (" …" if option.multiple else "")


def _default(option: click.Option) -> str:
    value = option.default
    if (
        option.is_flag
        or option.multiple
        or value is None
        or not isinstance(value, str | int | float)
    ):
        return ""
    return code(str(value))
