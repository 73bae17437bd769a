"""``layout data``: the shipped data, and where each number comes from."""

from __future__ import annotations

import click

from layout.cli import shelf
from layout.cli.options import command as declare
from layout.cli.options import group as named
from layout.cli.options import option
from layout.cli.screen.grid import grid
from layout.cli.screen.numbers import NOTHING
from layout.cli.screen.width import clean, wrap
from layout.labels import has, text

_CELL = 28


def command(lang: str) -> click.Command:
    """The group of commands in one language."""

    group = named("cli.data.help", lang, name="data")
    group.add_command(_list(lang))
    group.add_command(_show(lang))
    group.add_command(_sources(lang))
    return group


def _list(lang: str) -> click.Command:
    @declare("data.list", lang)
    def list_() -> None:
        rows = [
            [
                table.name,
                str(len(table.rows)),
                str(shelf.weak_rows(table)) or "",
                _about(table, lang),
            ]
            for table in shelf.tables()
        ]
        header = text("cli.head.data", lang).split("|")
        click.echo("\n".join(grid(header, rows, left=(0, 3), limit=70)))
        click.echo("\n" + "\n".join(wrap(text("cli.data.list.hint", lang))))

    made: click.Command = list_
    return made


def _about(table: shelf.Table, lang: str) -> str:
    """What one row of the table is, if it is a table of planning models, else its columns."""
    key = f"table.{table.short}.about"
    if table.in_model and has(key):
        return text(key, lang)
    return ", ".join(table.columns)


def _show(lang: str) -> click.Command:
    @declare("data.show", lang)
    @click.argument("table")
    @option("--csv", lang, "as_csv", is_flag=True)
    def show(table: str, as_csv: bool) -> None:
        found = shelf.find(table)
        click.echo(found.path.read_text("utf-8-sig"), nl=False) if as_csv else click.echo(
            "\n".join(_shown(found, lang))
        )

    made: click.Command = show
    return made


def _shown(table: shelf.Table, lang: str) -> list[str]:
    """The table aligned, a line of units below its header."""
    units = shelf.units(table)
    rows = [[units.get(column, "") for column in table.columns]] if any(units.values()) else []
    rows += [[clean(row.get(column) or "") for column in table.columns] for row in table.rows]
    lines = [f"{table.name}{text('cli.colon', lang)}{_about(table, lang)}"]
    left = range(len(table.columns))
    return [*lines, *grid(table.columns, rows, left=tuple(left), limit=_CELL)]


def _sources(lang: str) -> click.Command:
    @declare("data.sources", lang)
    @option("--weak", lang, is_flag=True)
    def sources(weak: bool) -> None:
        found = [one for one in shelf.sources() if one.weak or not weak]
        for one in found:
            click.echo("\n".join(_source(one, lang)))
        counts = {"rows": sum(one.rows for one in found), "sources": len(found)}
        count = sum(one.rows for one in found if one.weak)
        click.echo("\n" + text("cli.sources.total", lang, weak=count, **counts))

    made: click.Command = sources
    return made


def _source(one: shelf.Source, lang: str) -> list[str]:
    """One source: where it is used, how sure it is; a weak one stands out."""
    said = text(
        "cli.source",
        lang,
        table=one.table,
        rows=one.rows,
        confidence=clean(one.confidence) or NOTHING,
        source=clean(one.source) or text("cli.source.none", lang),
    )
    return wrap(("!! " if one.weak else "   ") + said, indent="      ")
