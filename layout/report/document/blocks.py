"""What a report is made of: sections of paragraphs, tables, figures and charts, all plain text.

Only a chart holds markup, and only what `layout.report.charts` has drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `tone` is '' for text, ``lead`` for the answer, ``note``, ``warn``."""

    text: str
    tone: str = ""
    form: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    form: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Points:
    """A list of short sentences."""

    items: Sequence[str]
    form: ClassVar[str] = "points"


@dataclass(frozen=True)
class Figure:
    """A key figure: its name in the record, what it is called, the value with its unit."""

    key: str
    label: str
    shown: str


@dataclass(frozen=True)
class Figures:
    """Key figures beside each other."""

    items: Sequence[Figure]
    form: ClassVar[str] = "figures"


@dataclass(frozen=True)
class Row:
    """A row of a table: ``total``, ``group`` or '' in style; `key` is what it is about."""

    cells: Sequence[str]
    style: str = ""
    key: str = ""


@dataclass(frozen=True)
class Table:
    """A table; `left` are the columns of words, `tight` those of them that are not broken."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]
    left: Sequence[int] = (0,)
    notes: Sequence[str] = ()
    name: str = ""
    fine: bool = False
    tight: Sequence[int] = ()
    form: ClassVar[str] = "table"


@dataclass(frozen=True)
class Chart:
    """A drawing with what it shows."""

    svg: str
    caption: str
    form: ClassVar[str] = "chart"


@dataclass(frozen=True)
class Map:
    """The map: a page of its own on the screen ('' = none), a drawing on paper ('' = none)."""

    page: str
    picture: str
    caption: str
    notes: Sequence[str] = ()
    form: ClassVar[str] = "map"


Block = Paragraph | Heading | Points | Figures | Table | Chart | Map


@dataclass(frozen=True)
class Section:
    """A numbered part of the report. `apart` begins it on a new page."""

    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    apart: bool = False


def tone_of(cell: str) -> str:
    """How a verdict is coloured; its sign says the same."""
    return {"✓": " good", "✗": " bad"}.get(cell[:1], "")


def dropped(table: Table, empty: Sequence[str] = ("–", "0", "")) -> Table:
    """The table without columns that say nothing in any row (the words on the left stay)."""
    kept = [
        place
        for place in range(len(table.head))
        if place in table.left or any(row.cells[place] not in empty for row in table.rows)
    ]
    return replace(
        table,
        head=[table.head[place] for place in kept],
        rows=[Row([row.cells[place] for place in kept], row.style, row.key) for row in table.rows],
        left=[number for number, place in enumerate(kept) if place in table.left],
        tight=[number for number, place in enumerate(kept) if place in table.tight],
    )
