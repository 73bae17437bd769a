"""Text on a screen of fixed cells: Chinese characters take two, control characters none."""

from __future__ import annotations

import unicodedata

from layout.labels.cleaning import clean as clean
from layout.labels.cleaning import clean_lines as clean_lines

WIDTH = 100
"""Columns of a summary."""

_WIDE = {"W", "F"}


def cells(text: str) -> int:
    """How many screen cells the text takes."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled with blanks to `width` cells, on the left when `right`-aligned."""
    blanks = " " * max(width - cells(text), 0)
    return blanks + text if right else text + blanks


def shorten(text: str, width: int) -> str:
    """The text cut to `width` cells, with … where something was cut."""
    if cells(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        if used + _cells(character) > width - 1:
            break
        kept += character
        used += _cells(character)
    return kept + "…"


def wrap(text: str, width: int = WIDTH, *, indent: str = "") -> list[str]:
    """Lines of at most `width` cells, broken at blanks or beside wide characters."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line.strip() and cells(line) + cells(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


_OPENING = "（《「『“‘(["
_CLOSING = "，。；：、）》」』”’！？,.;:)!?%"


def _pieces(text: str) -> list[str]:
    """What may not be broken: words with the blank after them, single wide characters."""
    pieces: list[str] = []
    for character in text:
        glued = (
            bool(pieces)
            and not pieces[-1].endswith(" ")
            and (
                character in _CLOSING
                or pieces[-1][-1] in _OPENING
                or character == " "
                or (_cells(character) < 2 and _cells(pieces[-1][-1]) < 2)
            )
        )
        if glued:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
