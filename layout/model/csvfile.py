"""Tables as text: a CSV file read with the position of every row kept."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from layout.errors import Problem
from layout.formulas import unguarded
from layout.model.document import Place
from layout.model.headers import column_code
from layout.model.naming import shown
from layout.model.tables import TABLES

WIDEST = 1000
"""Columns of a table."""
MOST_ROWS = 2_000_000
LONGEST_LINE = 1_000_000
"""Bytes of a line."""
SAMPLE = 1_000_000
"""Bytes at the start of a file that tell its encoding."""
_THREE_BYTES = re.compile("[\u0800-\ufffc]")


@dataclass
class RawTable:
    """The cells of one table as read: column name → cells, and the line of each row.

    `head` is the line of the header, `positions` are those of the columns in it, from 1.
    """

    name: str
    file: str
    columns: dict[str, list[Any]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    head: int = 1
    positions: dict[str, int] = field(default_factory=dict)


def decode(data: bytes, file: str, problems: list[Problem]) -> str | None:
    """The text of a file: UTF-8, or GB18030 with a warning.

    UTF-8 with some bytes damaged reads as GB18030 too, as other characters: it is refused.
    """
    place = Place(file)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data:
        problems.append(place.problem("not_utf8"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        cut_off = error.reason == "unexpected end of data"
    try:
        words = None if cut_off or _mostly_utf8(data) else data.decode("gb18030")
    except UnicodeDecodeError:
        words = None
    if words is None:
        problems.append(Place(file, line).problem("not_utf8"))
        return None
    problems.append(Place(file, line).problem("gb18030", severity="warning"))
    return words


def _mostly_utf8(data: bytes) -> bool:
    """Whether more characters are good UTF-8 of three bytes than bad, at the start of a file.

    Chinese characters take three. Those of two do not count: a third of GB18030 looks like them.
    """
    words = data[:SAMPLE].decode("utf-8", "replace")
    return len(_THREE_BYTES.findall(words)) > words.count("\ufffd")


def _fits(data: bytes, file: str, problems: list[Problem]) -> bool:
    """Whether a table is neither too long nor has lines that no table has; before it is decoded."""
    rows = max(data.count(b"\n"), data.count(b"\r"))
    if rows > MOST_ROWS:
        values = {"count": f"{rows:,}", "most": f"{MOST_ROWS:,}"}
        problems.append(Place(file).problem("too_long", **values))
        return False
    start = 0
    while len(data) - start > LONGEST_LINE:
        stop = start + LONGEST_LINE
        end = max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, stop))
        if end < 0:
            row = max(data.count(b"\n", 0, start), data.count(b"\r", 0, start)) + 1
            place = Place(file, row)
            problems.append(place.problem("line_long", most=f"{LONGEST_LINE:,}"))
            return False
        start = end + 1
    return True


def read_csv(name: str, data: bytes, file: str, problems: list[Problem]) -> RawTable | None:
    """The table in a CSV file, or None when it cannot be read as one."""
    words = decode(data, file, problems) if _fits(data, file, problems) else None
    if words is None:
        return None
    marked = "'" in words
    reader = csv.reader(io.StringIO(words, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if len(row) > WIDEST:
                if any(not blank(cell) for cell in row[WIDEST:]):
                    problems.append(Place(file, start).problem("too_wide", most=WIDEST))
                    return None
                row = row[:WIDEST]  # spreadsheets save commas as far as a format reaches
            rows.append([unguarded(cell) for cell in row] if marked else row)
            lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        problems.append(Place(file, start).problem("csv_syntax", detail=str(error)))
        return None
    return arrange(name, file, rows, lines, problems)


def arrange(
    name: str,
    file: str,
    rows: Sequence[Sequence[Any]],
    lines: Sequence[int],
    problems: list[Problem],
) -> RawTable | None:
    """Rows of cells, the first with content the header, as columns. Blank rows are left out.

    A column is known by its code or by its name in either language.
    """
    filled = [i for i, row in enumerate(rows) if any(not blank(cell) for cell in row)]
    if not filled:
        problems.append(Place(file, 1).problem("empty_table"))
        return None
    if len(filled) > 1 and _titled(name, rows[filled[0]], rows[filled[1]]):
        place = Place(file, lines[filled[0]])
        problems.append(place.problem("title_row", severity="warning"))
        filled = filled[1:]
    head, body = filled[0], filled[1:]
    names = [str(cell).strip() if not blank(cell) else "" for cell in rows[head]]
    place = Place(file, lines[head])
    if sum(map(bool, names)) == 1 and any(mark in names[0] for mark in ";\t|"):
        problems.append(place.problem("delimiter"))
        return None
    _check_width(names, [(rows[i], lines[i]) for i in body], file, problems)
    table = RawTable(name, file, lines=[lines[i] for i in body], head=lines[head])
    for position, heading in enumerate(names):
        column = column_code(name, heading)
        cells = [rows[i][position] if position < len(rows[i]) else "" for i in body]
        if not column:
            if any(not blank(cell) for cell in cells):
                problems.append(place.problem("unnamed_column", position=position + 1))
        elif column in table.columns:
            values: dict[str, Any] = {"name": shown(heading), "position": position + 1}
            problems.append(place.problem("duplicate_column", shown(column), **values))
        else:
            table.positions[column] = position + 1
            table.columns[column] = cells
    return table


def _titled(name: str, first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether the first row is one text, such as a title, and the second one the header."""
    known = TABLES[name].names if name in TABLES else ()
    words = [str(cell) for cell in first if not blank(cell)]
    heads = [column_code(name, str(cell).strip()) for cell in second if not blank(cell)]
    one = len(words) == 1 and column_code(name, words[0].strip()) not in known
    return one and sum(head in known for head in heads) > 1


def blank(cell: Any) -> bool:
    """Whether a cell is empty."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _check_width(
    names: list[str],
    rows: Iterable[tuple[Sequence[Any], int]],
    file: str,
    problems: list[Problem],
) -> None:
    for row, line in rows:
        wide = len(row) > len(names) and any(not blank(cell) for cell in row[len(names) :])
        if wide or len(row) < len(names):
            found = Place(file, line).problem("row_width", count=len(row), columns=len(names))
            problems.append(found)
