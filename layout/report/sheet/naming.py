"""Names of files made from codes, which are user text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

_PLAIN = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff_-]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST = 40


def file_names(codes: Iterable[str], ending: str = ".html") -> dict[str, str]:
    """Code → a file name that every system takes; no two differ by case alone.

    A code of Latin letters, digits, Chinese characters, ``-`` and ``_`` is its own name; any other
    gets a mark of its own, which follows from the code alone.
    """
    every = sorted(set(codes))
    lower = [code.lower() for code in every]
    names = {}
    for code in every:
        plain = _PLAIN.sub("_", code)[:_LONGEST]
        clash = lower.count(code.lower()) > 1 or bool(_RESERVED.fullmatch(plain))
        if plain != code or clash:
            plain = f"{plain}-{sha256(code.encode()).hexdigest()[:10]}"
        names[code] = plain + ending
    return names
