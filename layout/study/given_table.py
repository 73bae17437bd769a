"""Tables that a study is given as a file of their own: their bytes, their head, their rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layout.errors import FileProblem, Problem
from layout.files import read_bytes
from layout.model.csvfile import RawTable, blank, read_csv
from layout.model.document import Place
from layout.model.naming import nearest, shown
from layout.model.tables import is_note


def given_table(name: str, file: Path, error: str, problems: list[Problem]) -> RawTable | None:
    """The cells of a CSV file. Raises FileProblem with the label `error` if it cannot be read."""
    try:
        data = read_bytes(file)
    except OSError as reason:
        raise FileProblem(error, path=str(file)) from reason
    return read_csv(name, data, file.name, problems)


def head_fits(
    table: RawTable,
    required: Sequence[str],
    known: Sequence[str],
    problems: list[Problem],
    named: Sequence[str] = (),
) -> bool:
    """Whether every required column is there; missing and unknown ones are reported.

    `named` are the columns that the report of a missing one lists, the required ones if empty.
    """
    head = Place(table.file, 1)
    missing = [name for name in required if name not in table.columns]
    for name in missing:
        values = {"name": name, "columns": ", ".join(named or required)}
        problems.append(head.problem("missing_column", name, **values))
    for name in table.columns:
        if name not in known and not is_note(name):
            values = {"name": shown(name), "hint": nearest(name, known), "table": table.file}
            problems.append(head.problem("unknown_column", name, **values))
    return not missing


def given_rows(table: RawTable) -> list[tuple[dict[str, str], Place]]:
    """Every row as stripped texts ('' for an empty cell), and where it stands."""
    return [
        (
            {
                name: "" if blank(cells[row]) else str(cells[row]).strip()
                for name, cells in table.columns.items()
            },
            Place(table.file, line),
        )
        for row, line in enumerate(table.lines)
    ]
