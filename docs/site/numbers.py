"""The pages of the data: every shipped number with its source, and where sources disagree.

Tables are written as HTML, since some have thousands of rows: the page holds a mark, and the hook
puts the rows where the mark stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from html import escape

from docs.site.links import to
from docs.site.markdown import cell, code, page, table
from layout.cli.shelf import Table, tables, units
from layout.labels import has, text
from layout.model.tables import TABLES
from layout.model.weakness import is_weak

SEARCHED = 300
FRONT = "---\nhide:\n  - toc\nsearch:\n  boost: 0.3\n---\n\n"
"""A page of numbers takes the room of its contents, and is found after pages of words."""
AGREE = ("entity", "metric", "unit", "precision")
"""Figures that agree in these, and in the year, are figures for the same thing."""
HEADS = ("metric", "entity", "date", "value", "unit", "precision", "chosen", "source", "confidence")


@cache
def shelf() -> dict[str, Table]:
    """Name → every shipped table."""
    return {one.name: one for one in tables()}


def searched(name: str) -> bool:
    """Whether the search finds the rows of a table: those of facts, unless there are too many."""
    return not shelf()[name].in_model and len(shelf()[name].rows) <= SEARCHED


def place(name: str) -> str:
    """The page of a table."""
    return f"data/{name}.md"


def nav() -> list[object]:
    """What the navigation lists under Data: conflicts, then the tables by folder."""
    found: dict[str, list[object]] = {}
    for name, one in shelf().items():
        folder = name.rpartition("/")[0]
        found.setdefault(folder, []).append({_title(one): place(name)})
    facts = {"Facts and their sources": found.pop("facts")}
    rest = [{f"Tables: {folder}": pages} for folder, pages in sorted(found.items())]
    return [
        {"Every number and its source": "data/sources.md"},
        {"Where sources disagree": "data/conflicts.md"},
        facts,
        *rest,
    ]


def _title(one: Table) -> str:
    return one.short


def numbers(name: str) -> str:
    """The page of a table, with a mark where its rows are to stand."""
    one = shelf()[name]
    weak = sum(is_weak(row.get("confidence") or "") for row in one.rows)
    at = place(name)
    about = ""
    if one.in_model and has(f"table.{one.short}.about"):
        about = cell(text(f"table.{one.short}.about", "en"))
    said = f"{len(one.rows)} rows"
    said += f", {weak} of them weak: general knowledge, a proxy, an assumption." if weak else "."
    back = (
        f"The file: [data/{name}.csv]({to(f'data/{name}.csv', at)}). How the figures came about: "
        f"[the rules]({to('data/README.md', at)}#read-this-first)."
    )
    return FRONT + page(name, about, said, back, mark(name))


def mark(name: str) -> str:
    """Where the rows of a table are to stand."""
    return f"@@rows {name}@@"


def rows_of(name: str) -> str:
    """The rows of a table as HTML, weak ones marked; the head of a model's column has its unit."""
    one = shelf()[name]
    unit = units(one)
    heads = [_head(one, column, unit.get(column, "")) for column in one.columns]
    return html_table(heads, ([row.get(c) or "" for c in one.columns] for row in one.rows), one)


def _head(one: Table, column: str, unit: str) -> str:
    words = ""
    if one.in_model and one.short in TABLES and column in TABLES[one.short].names:
        words = TABLES[one.short][column].en
    title = f' title="{escape(words)}"' if words else ""
    below = f"<br><small>{escape(unit)}</small>" if unit else ""
    return f"<th{title}>{escape(column)}{below}</th>"


def html_table(heads: Sequence[str], rows: Iterator[Sequence[str]], one: Table) -> str:
    """A table of texts; rows of a weak confidence have a class."""
    sure = one.columns.index("confidence") if "confidence" in one.columns else None
    lines = []
    for row in rows:
        weak = ' class="weak"' if sure is not None and is_weak(row[sure]) else ""
        cells = "\n".join(f"<td>{escape(value)}</td>" for value in row)
        lines.append(f"<tr{weak}>{cells}</tr>")
    head = "\n".join(heads)
    return (
        '<div class="md-typeset__scrollwrap"><div class="md-typeset__table"><table><thead><tr>'
        f"{head}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table></div></div>"
    )


def sources(at: str) -> str:
    """Every source of every table: how many rows rest on it and how sure it is."""
    from layout.cli.shelf import sources as listed

    rows = [
        (
            f"[{one.table}]({to(f'data/{one.table}.csv', at)})"
            if place(one.table) == at
            else f"[{one.table}]({one.table}.md)",
            str(one.rows),
            "weak" if one.weak else "",
            cell(one.confidence),
            cell(one.source),
        )
        for one in listed()
    ]
    return FRONT + page(
        "Every number and its source",
        "What `layout data sources` prints: for each shipped table the sources its rows name, how "
        "many rows rest on each and how sure it is. **Weak** is what rests on general knowledge, a "
        "proxy or an assumption, or is suspect.",
        table(["table", "rows", "", "confidence", "source"], rows),
    )


def conflicts() -> list[list[dict[str, str]]]:
    """Figures of the facts for one thing and year that do not agree, a list for each."""
    found = []
    for name, one in sorted(shelf().items()):
        if not set(AGREE) | {"date", "value"} <= set(one.columns):
            continue
        same: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for row in one.rows:
            key = (name, *(row[column] for column in AGREE), row["date"][:4])
            same.setdefault(key, []).append(row)
        found += [rows for rows in same.values() if len({_number(row) for row in rows}) > 1]
    return found


def _number(row: dict[str, str]) -> tuple[str, float | str]:
    try:
        return row["bound"], float(row["value"])
    except ValueError:
        return row["bound"], row["value"]


def disagreements(at: str) -> str:
    """The page of figures that do not agree, the one taken first."""
    rows = []
    for group in conflicts():
        ordered = sorted(group, key=lambda row: row["chosen"] != "yes")
        for position, row in enumerate(ordered):
            cells = [cell(row.get(name) or "") for name in HEADS]
            if row.get("bound"):
                cells[3] = f"{cell(row['bound'])} {cells[3]}"
            if position:
                cells[:2] = ["", ""]
            rows.append(cells)
    return FRONT + page(
        "Where sources disagree",
        "Figures of the facts that speak of the same thing in the same year, unit and precision "
        f"and do not agree, {len(conflicts())} of them; months of one year stand together. "
        f"The one marked {code('yes')} is taken (or "
        "a year: by the tables of that year); where none is marked none is used. Conflicts that "
        f"weigh, and why one was taken, are told on [the page of the data]"
        f"({to('data/README.md', at)}#what-is-good-weak-missing-and-in-conflict).",
        table(HEADS, rows),
    )
