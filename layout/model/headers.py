"""What a planner may write above a column or on a sheet: its code, or its name in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from layout.labels import LANGUAGES, table, text
from layout.model.tables import NOTE_COLUMNS, TABLES, is_note

TARGETS = "targets"
"""The sheet of targets: settings, laid out like a table."""

_UNIT = re.compile(r"(?<!\s)\s*[\[(][^\[\]()]*[\])]\s*$")


def column_code(sheet: str, heading: str) -> str:
    """The code of the column that a heading names; the heading itself where it names none.

    A heading is the code, the Chinese or the English name, each with or without the unit in
    brackets and the asterisk of a needed column, or several of these on lines of one cell.
    """
    if (sheet not in TABLES and sheet != TARGETS) or is_note(heading):
        return heading
    if sheet in TABLES and heading in TABLES[sheet].names:
        return heading
    known = _targets() if sheet == TARGETS else _columns(sheet)
    for words in (heading, *heading.splitlines()):
        for name in _spellings(words):
            if name in known:
                return known[name]
    return heading


def table_code(title: str) -> str:
    """The table that a sheet is named after, by code or a name in words; else the title itself."""
    if title in TABLES:
        return title
    return _tables().get(_plain(title), title)


@cache
def _targets() -> dict[str, str]:
    names = [name for name in table() if name.startswith("excel.target.")]
    codes = [(name, name.removeprefix("excel.target.")) for name in names]
    codes = [(name, code) for name, code in codes if "." not in code]
    pairs = [(text(name, lang), code) for name, code in codes for lang in LANGUAGES]
    return _unshared([*pairs, *((code, code) for _, code in codes)])


@cache
def _columns(name: str) -> dict[str, str]:
    """Names in words → code; a name that two columns share stands for neither."""
    pairs = [(words, column.name) for column in TABLES[name] for words in (column.zh, column.en)]
    pairs += [(column.name, column.name) for column in TABLES[name]]
    for note in NOTE_COLUMNS:
        if note not in TABLES[name].names:
            pairs += [(text(f"excel.{note}", lang), note) for lang in LANGUAGES]
    return _unshared(pairs)


@cache
def _tables() -> dict[str, str]:
    pairs = [(name, one.name) for one in TABLES.values() for name in (one.zh, one.en, one.name)]
    return _unshared([*pairs, *((text("excel.targets", lang), TARGETS) for lang in LANGUAGES)])


def _unshared(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, code in pairs:
        found.setdefault(_plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _spellings(words: str) -> Iterable[str]:
    """The name as it stands, then without asterisk, then without unit."""
    bare = words.rstrip().rstrip("*")
    yield from (_plain(words), _plain(bare), _plain(_UNIT.sub("", _narrow(bare))))


def _plain(words: str) -> str:
    return " ".join(_narrow(words).casefold().split())


def _narrow(words: str) -> str:
    return unicodedata.normalize("NFKC", words)
