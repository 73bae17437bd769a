"""One table of terms and sentences in Chinese and English.

Every file of this folder is a part of the same table: columns ``key``, ``en``, ``zh``.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

LANGUAGES = ("en", "zh")


@cache
def table() -> dict[str, dict[str, str]]:
    """Key → language → template. Raises ValueError on a key given twice or left empty."""
    terms: dict[str, dict[str, str]] = {}
    parts = (part for part in files(__name__).iterdir() if part.name.endswith(".csv"))
    for part in sorted(parts, key=lambda part: part.name):
        rows = csv.DictReader(StringIO(part.read_text("utf-8"), newline=""))
        for row in rows:
            key = row["key"]
            if key in terms:
                raise ValueError(f"label {key!r} stands twice, again in {part.name}")
            if not row["en"] or not row["zh"]:
                raise ValueError(f"label {key!r} of {part.name} lacks a language")
            terms[key] = {"en": row["en"], "zh": row["zh"]}
    return terms


def text(key: str, lang: str, **values: Any) -> str:
    """The label in the language asked for, its {places} filled from `values`."""
    template = table()[key][lang]
    return template.format(**values) if values else template


def has(key: str) -> bool:
    """Whether the table holds the key."""
    return key in table()
