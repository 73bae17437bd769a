"""Pieces of Markdown: cells that cannot break a table, tables, links."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path

WORDS = Path(__file__).parent / "words.csv"


@cache
def words() -> dict[str, dict[str, str]]:
    """Key → language → words of the site's own pages."""
    with WORDS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def say(key: str, lang: str) -> str:
    """The words of a key in one language. Raises KeyError."""
    return words()[key][lang]


def cell(value: str) -> str:
    """Plain text as the cell of a table: nothing in it is markup."""
    plain = escape(value, quote=False).replace("\\", "\\\\")
    for mark in "|*_`[]~":
        plain = plain.replace(mark, f"\\{mark}" if mark != "|" else "&#124;")
    return plain.replace("\n\n", "<br>").replace("\n", " ")


def prose(value: str) -> str:
    """Words of a docstring as a cell: names between backticks stay code, the rest is plain."""
    parts = re.split(r"``?([^`]+)``?", value)
    parts[::2] = [cell(part) for part in parts[::2]]
    parts[1::2] = [code(part) for part in parts[1::2]]
    return "".join(parts)


def code(value: str) -> str:
    """A name of the code, as a cell."""
    return f"`{value}`" if value else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def page(title: str, *parts: str) -> str:
    """A page: its title and its parts, a blank line between them."""
    return "\n\n".join([f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"
