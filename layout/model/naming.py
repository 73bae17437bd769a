"""What codes and texts may contain, since they go to pages, paths, cells and row names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_CODE = 64
LONGEST_TEXT = 2000
OWNER_SIGN = "@"
"""What stands between a code and its owner; codes that a planner gives do not hold it."""
_SPACES = "\xa0\u3000"
"""Spaces as East Asian keyboards type them."""
_CODE = re.compile(r"[^\W_][\w\-. ()（）·@]*", re.UNICODE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def bad_text(value: str) -> str | None:
    """Why a text is refused (``control`` or ``long``), or None."""
    if _CONTROL.search(value) or any("\ud800" <= letter <= "\udfff" for letter in value):
        return "control"
    return "long" if len(value) > LONGEST_TEXT else None


def bad_code(value: str) -> str | None:
    """Why a code is refused (``control``, ``long`` or ``characters``), or None.

    A code starts with a letter or digit (Chinese included) and goes on with letters, digits,
    ``-``, ``_``, ``.``, ``·``, parentheses and spaces inside; ``@`` stands before an owner only
    (`layout.model.owners`), which is checked where codes are given.
    """
    if reason := bad_text(value):
        return reason
    if len(value) > LONGEST_CODE:
        return "long"
    good = _CODE.fullmatch(value) and value == value.strip()
    return None if good else "characters"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like this one, '' when none is near."""
    options = sorted({option for option in known if option})
    wanted = name.strip().lower()
    found = get_close_matches(wanted, [option.lower() for option in options], 1, 0.6)
    if found:
        return next(option for option in options if option.lower() == found[0])
    inside = [option for option in options if len(wanted) > 2 and wanted in option.lower()]
    return inside[0] if inside else ""


def printable(words: str) -> str:
    """A text with a mark for whatever cannot be printed or written as UTF-8."""
    return "".join(
        letter if letter.isprintable() or letter in _SPACES else "\ufffd" for letter in words
    )


def shown(value: object, longest: int = 60) -> str:
    """A value as it may stand in a message: printable and short."""
    words = printable(str(value)[: 4 * longest])
    return words if len(words) <= longest else words[: longest - 1] + "…"
