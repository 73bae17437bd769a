"""User text without what a screen or a file would take for a command."""

from __future__ import annotations

import re
import unicodedata

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)


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


def printable(text: str) -> str:
    """A finished page or cell without control, direction and broken characters; lines stay."""
    return _STEERING.sub("", text)
