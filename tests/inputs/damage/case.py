"""What a damaged input is: how it is made, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Damage = Callable[[Path], Path | str | None]
"""Damages the good model in a folder; gives what is to be read if that is not the folder."""


@dataclass(frozen=True)
class Case:
    """One damage. It is refused with the error `code`, or read with no more than `warnings`.

    `file`, `row` and `column` are where the problem is said to be.
    """

    name: str
    damage: Damage
    code: str = ""
    file: str = ""
    row: int | None = None
    column: str | None = None
    warnings: tuple[str, ...] = ()


def refused(
    name: str,
    damage: Damage,
    code: str,
    file: str = "",
    row: int | None = None,
    column: str | None = None,
) -> Case:
    """A case that ends with exit code 3."""
    return Case(name, damage, code, file, row, column)


def read(name: str, damage: Damage, *warnings: str) -> Case:
    """A case that is read as a person would expect, with these warnings and no others."""
    return Case(name, damage, warnings=warnings)
