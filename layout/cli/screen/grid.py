"""A table of text aligned by screen cells."""

from __future__ import annotations

from collections.abc import Sequence

from layout.cli.screen.width import cells, pad, shorten

LINE = "\n"
"""Separates the lines of a heading."""


def grid(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
    limit: int = 44,
    indent: str = "  ",
    gap: int = 2,
) -> list[str]:
    """Lines of a table; columns listed in `left` are left-aligned, the others right-aligned.

    No cell is wider than `limit`; a heading may have several lines. Raises ValueError when a
    row has not the header's length.
    """
    table = [[shorten(text, limit) for text in row] for row in (*_heading(header), *rows)]
    if any(len(row) != len(header) for row in table):
        raise ValueError("a row has not as many cells as the header")
    widths = [max(cells(row[column]) for row in table) for column in range(len(header))]
    return [
        indent
        + (" " * gap)
        .join(
            pad(text, width, right=column not in left)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        .rstrip()
        for row in table
    ]


def _heading(header: Sequence[str]) -> list[list[str]]:
    """The heading's lines; a shorter one stands on the lowest."""
    parts = [text.split(LINE) for text in header]
    lines = max(len(part) for part in parts)
    filled = [[""] * (lines - len(part)) + part for part in parts]
    return [[part[line] for part in filled] for line in range(lines)]


def columns_shown(rows: Sequence[Sequence[str]], empty: str, keep: Sequence[int]) -> list[int]:
    """Numbers of the columns to show: those of `keep`, and any with a cell that is not `empty`."""
    if not rows:
        return list(keep)
    return [
        column
        for column in range(len(rows[0]))
        if column in keep or any(row[column] != empty for row in rows)
    ]
