"""A small good model as text, to be broken or rewritten by the tests."""

from __future__ import annotations

from pathlib import Path

from layout.model.starter import SETTINGS, TABLES


def good(folder: Path) -> Path:
    """Write the starter model and return its folder."""
    folder.mkdir(parents=True)
    (folder / "model.yaml").write_text(SETTINGS, "utf-8")
    for name, words in TABLES.items():
        (folder / f"{name}.csv").write_text(words, "utf-8")
    return folder


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Replace one piece of text in a file; it must be there once."""
    path = folder / file
    words = path.read_text("utf-8")
    assert words.count(old) >= 1, f"{old!r} is not in {file}"
    path.write_text(words.replace(old, new, 1), "utf-8")


def line_of(folder: Path, file: str, piece: str) -> int:
    """The first line that contains the piece."""
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if piece in line)
