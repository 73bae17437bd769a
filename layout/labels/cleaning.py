"""User text without what a screen or a file would take for a command."""

from __future__ import annotations

import unicodedata

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: object) -> str:
    """User text without control, escape and direction characters; white space becomes a blank."""
    kept = (
        " " if character.isspace() else character
        for character in str(text)
        if character.isspace() or unicodedata.category(character) not in _UNPRINTABLE
    )
    return "".join(kept)


def clean_lines(text: str) -> str:
    """The same line by line, so that a message of several lines keeps them."""
    return "\n".join(clean(line).rstrip() for line in text.split("\n"))
