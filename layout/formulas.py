"""Texts that a spreadsheet would run: marked where they are written, unmarked where read.

A program such as Excel takes a cell of a CSV file that begins with ``=``, ``+``, ``-`` or ``@``
for a formula, and a formula can send data away or start a program. The mark is an apostrophe.
"""

from __future__ import annotations

import re

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""How a formula may begin; spreadsheets of East Asia take the full-width signs as well."""
_MARK = "'"
_START = re.compile(rf"{_MARK}*[\s\x00-\x1f\ufeff]*[{re.escape(''.join(SIGNS))}\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def is_number(text: str) -> bool:
    """Whether a text is a plain number: digits, a sign, a point, a power of ten, and no more."""
    return _NUMBER.fullmatch(text) is not None


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs; a plain number stays as it is."""
    if text[:1].isalnum():
        return text
    return _MARK + text if _START.match(text) and not is_number(text) else text


def unguarded(cell: str) -> str:
    """The text that was guarded: ``unguarded(guarded(text)) == text`` for every text."""
    return cell[1:] if cell.startswith(_MARK) and _START.match(cell) else cell
