"""The sentences around the tables of the validation pages: `words.csv`, in both languages."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from docs.validation.facts import FACTS
from docs.validation.stock import ledger
from layout.labels import text
from layout.names import Names

TABLE = Path(__file__).with_name("words.csv")
SECTIONS = ("siting", "targets", "stock", "pue", "delays", "servers", "routes")
CHEAP = ("stock", "pue", "delays", "servers")
"""The sections that need no solving."""
LITERATURE = {"en": "literature.md", "zh": "../literature.md"}


@cache
def words(lang: str) -> dict[str, str]:
    """Key → text."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["key"]: row[lang] for row in csv.DictReader(lines)}


@cache
def names(lang: str) -> Names:
    """The names of the places of the national model."""
    return Names(ledger(2023).model, lang)


def scope_name(scope: str, lang: str) -> str:
    """A scope as planners call it."""
    return names(lang).scope(scope)


def hub_name(hub: str, lang: str) -> str:
    """A hub as the replies of 2021 and 2022 call it."""
    with (FACTS / "hubs.csv").open(encoding="utf-8", newline="") as lines:
        return {row["hub"]: row[f"hub_{lang}"] for row in csv.DictReader(lines)}[hub]


def measure_name(measure: str, lang: str) -> str:
    """A measure as maps call it."""
    return text(f"map.measure.{measure}", lang)


def about(section: str, lang: str) -> tuple[str, str]:
    """Heading and first paragraph of a section."""
    said = words(lang)
    paragraph = said[f"about.{section}"].replace("{literature}", LITERATURE[lang])
    return said[f"section.{section}"], paragraph
