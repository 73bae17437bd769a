"""Fonts of pictures: always one with Chinese, and never an empty box for a character.

The order is the user's font, ours (`maps/vendor/fonts`), matplotlib's own; only for a character
that none of them has are the fonts of the computer looked at. What is left is shown by its code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from layout.errors import FileProblem
from layout.labels.cleaning import clean
from layout.resources import folder

OURS = ("vendor", "fonts", "layout-sans.ttf")
INSTALLED = (
    "Source Han Sans SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "SimSun",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
"""Families with Chinese that a computer may have."""

CSS = (
    '"Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", system-ui, sans-serif'
)
"""The fonts of our pages, for pictures that stand in them."""


@dataclass
class Fonts:
    """The fonts of one picture, first choice first; remembers what none of them could show."""

    files: list[str]
    unknown: set[str] = field(default_factory=set)

    @property
    def families(self) -> list[str]:
        """Their names as matplotlib knows them."""
        return [_name(file) for file in self.files]

    def shown(self, words: object) -> str:
        """Clean text in which every character has a shape; one without is shown as its code."""
        return "".join(
            one if self._has(one) else f"[U+{ord(one):04X}]" for one in clean(words).strip()
        )

    def width(self, words: str, size: float) -> float:
        """How wide a text is, in the unit of `size`."""
        return size * sum(self._advance(one) for one in words)

    def cut(self, words: str, size: float, most: float) -> str:
        """The text, or as much of it as fits with three dots."""
        if self.width(words, size) <= most:
            return words
        kept = words
        while kept and self.width(kept, size) + size > most:
            kept = kept[:-1]
        return f"{kept.rstrip()}…"

    def _has(self, one: str) -> bool:
        if any(ord(one) in _characters(file) for file in self.files):
            return True
        found = next((file for file in _installed() if ord(one) in _characters(file)), None)
        if found is None:
            self.unknown.add(one)
            return False
        self.files.append(found)
        return True

    def _advance(self, one: str) -> float:
        return next(
            (_advance(file, one) for file in self.files if ord(one) in _characters(file)), 1.0
        )


def fonts(own: str | Path | None = None) -> Fonts:
    """The fonts for a picture; `own` is a font file of the user. Raises FileProblem."""
    files = []
    if own is not None:
        try:
            _characters(str(own))
        except (OSError, RuntimeError) as error:
            raise FileProblem("export.error.font", path=str(own), reason=str(error)) from error
        files.append(str(own))
    files += [str(folder("maps").joinpath(*OURS)), _matplotlibs()]
    return Fonts(files)


def missing(words: Iterable[str]) -> set[str]:
    """Characters of the texts that neither our own font nor matplotlib's has."""
    known = frozenset().union(*map(_characters, fonts().files))
    return {one for text in words for one in text if ord(one) not in known and one.isprintable()}


@cache
def _matplotlibs() -> str:
    return str(font_manager.findfont("DejaVu Sans"))


@cache
def _name(file: str) -> str:
    """The family of a file, which matplotlib then knows."""
    known = {entry.fname: entry.name for entry in font_manager.fontManager.ttflist}
    if file not in known:
        font_manager.fontManager.addfont(file)
    return str(font_manager.FontProperties(fname=file).get_name())


@cache
def _face(file: str) -> FT2Font:
    face = FT2Font(file)
    face.set_size(100, 72)
    return face


@cache
def _characters(file: str) -> frozenset[int]:
    return frozenset(_face(file).get_charmap())


@cache
def _advance(file: str, one: str) -> float:
    return float(_face(file).load_char(ord(one)).linearHoriAdvance / 65536 / 100)


@cache
def _installed() -> tuple[str, ...]:
    """Files of fonts of this computer that have Chinese."""
    by_name = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    return tuple(by_name[name] for name in INSTALLED if name in by_name)
