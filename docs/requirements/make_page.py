"""Write docs/requirements.md from the registers of requirements and key figures.

    python -m docs.requirements.make_page

Stops with the complaints when an entry is not in order. A test compares the page with this.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from docs.requirements.register import (
    EVIDENCE,
    ROOT,
    STATUSES,
    TOPICS,
    Entry,
    complaints,
    key_figures,
    kind_of,
    requirements,
    resolve,
)

PAGE = ROOT / "docs" / "requirements.md"
WORDS = {
    "done": "done",
    "partly": "partly",
    "open": "open",
    "out_of_scope": "out of scope",
}
HEAD = """# Requirements: what is asked for, and what answers it

The source documents ask for 188 things, and planners for a list of key figures. This page says of
each how far `layout` meets it, where, and which test shows it. **Done** means that a planner who
reads the clause would agree; **partly** and **open** say what is missing and what it would take;
**out of scope** says why nobody should expect it here.

The page is made from [requirements.csv](requirements/requirements.csv) and
[kpis.csv](requirements/kpis.csv) by `python -m docs.requirements.make_page`. Every pointer is
looked up in the place that declares it by `tests/docs/test_requirements.py`: the tests fail when
an entry points to nothing, when something done has no test, and when this page is not what the
registers say. A test that is named has to exist; that it shows what the entry says is for the
reader to judge. Sentences about the code were written by reading it, and nothing but a reader finds
one that has become wrong.
"""


def page() -> str:
    """The whole page. Raises LookupError when a pointer leads nowhere."""
    asked, figures = requirements(), key_figures()
    parts = [
        HEAD,
        "\n".join(_counts(asked, figures)),
        "\n".join(_missing(asked)),
        "\n".join(_topics(asked)),
        "\n".join(_figures(figures)),
    ]
    return "\n".join(parts) + "\n"


def _counts(asked: Sequence[Entry], figures: Sequence[Entry]) -> Iterator[str]:
    yield "## How far"
    yield ""
    yield f"| | {' | '.join(WORDS[status] for status in STATUSES)} | all |"
    yield f"|---|{'---:|' * (len(STATUSES) + 1)}"
    for number, name, mine in _by_topic(asked):
        yield _count(f"[{number}. {name}](#topic-{number.lower()})", mine)
    yield _count("**Requirements**", asked)
    yield _count("[**Key figures**](#key-figures)", figures)
    yield ""


def _count(name: str, entries: Sequence[Entry]) -> str:
    found = Counter(entry.status for entry in entries)
    cells = [str(found[status] or "") for status in STATUSES]
    return f"| {name} | {' | '.join(cells)} | {len(entries)} |"


def _missing(asked: Sequence[Entry]) -> Iterator[str]:
    yield "## What is missing"
    for status in ("open", "partly", "out_of_scope"):
        entries = [entry for entry in asked if entry.status == status]
        if not entries:
            continue
        yield ""
        yield f"### {WORDS[status].capitalize()}"
        yield ""
        for entry in entries:
            yield f"- {_reference(entry)} {entry['title_en']}. {entry['note_en']}"
    yield ""


def _by_topic(asked: Sequence[Entry]) -> Iterator[tuple[str, str, list[Entry]]]:
    """Letter, name and entries of each topic."""
    ends = [first for first, _, _ in TOPICS] + [len(asked) + 1]
    for place, ((first, after), (_, name, _)) in enumerate(
        zip(pairwise(ends), TOPICS, strict=True)
    ):
        yield chr(ord("A") + place), name, list(asked[first - 1 : after - 1])


def _topics(asked: Sequence[Entry]) -> Iterator[str]:
    sources = _sources()
    chinese = [name for _, _, name in TOPICS]
    for (number, name, mine), zh in zip(_by_topic(asked), chinese, strict=True):
        yield f'## <a id="topic-{number.lower()}"></a>{number}. {name} · {zh}'
        yield ""
        for entry in mine:
            yield from _requirement(entry, sources)


def _requirement(entry: Entry, sources: dict[str, str]) -> Iterator[str]:
    code = entry.code
    status = WORDS[entry.status]
    yield f'### <a id="{code.lower()}"></a>{code} {entry["title_en"]} · {entry["title_zh"]}'
    yield ""
    yield f"> {_quoted(entry['clause'])} — {sources[entry['document']]} ({entry['document']})"
    yield ""
    yield f"**{status.capitalize()}.** {entry['how_en']}"
    if entry["note_en"]:
        yield ""
        label = "Why not" if entry.status == "out_of_scope" else "Missing"
        yield f"{label}: {entry['note_en']}"
    yield from _where(entry)
    yield ""


def _quoted(clause: str) -> str:
    """A clause; one that is a formula stands as code, so that nothing in it is taken for marks."""
    return f"`{clause}`" if "\\" in clause or "_" in clause else clause


def _where(entry: Entry) -> Iterator[str]:
    for label, evidence in (("Where", False), ("Shown by", True)):
        mine = [one for one in entry.pointers if (kind_of(one) in EVIDENCE) == evidence]
        if mine:
            yield ""
            yield f"{label}: {' · '.join(map(_link, mine))}"


def _figures(figures: Sequence[Entry]) -> Iterator[str]:
    yield '## <a id="key-figures"></a>Key figures · 关键指标'
    yield ""
    yield "| Key figure | Status | Where, shown by | Missing |"
    yield "|---|---|---|---|"
    for entry in figures:
        name = f"{entry['title_en']} · {entry['title_zh']}"
        links = " · ".join(map(_link, entry.pointers))
        yield f"| {name} | {WORDS[entry.status]} | {links} | {entry['note_en']} |"


def _reference(entry: Entry) -> str:
    return f"[{entry.code}](#{entry.code.lower()})"


def _link(pointer: str) -> str:
    """A pointer as a link from docs/."""
    target = resolve(pointer)
    target = target.removeprefix("docs/") if target.startswith("docs/") else f"../{target}"
    kind, _, name = pointer.partition(":")
    shown = name.rpartition("::")[2] if kind == "test" else f"{kind} {name}"
    return f"[`{shown}`]({target})"


def _sources() -> dict[str, str]:
    """Number of a source document → its name."""
    with (ROOT / "data/facts/sources.csv").open(encoding="utf-8", newline="") as file:
        rows = [row[:2] for row in csv.reader(file)]
    documents = (row for row in rows if row[0].startswith("document-"))
    return {code.removeprefix("document-"): name for code, name in documents}


def main() -> int:
    """Write the page; exit code 1 with the complaints when an entry is not in order."""
    found = [words for entry in (*requirements(), *key_figures()) for words in complaints(entry)]
    if found:
        print("\n".join(found), file=sys.stderr)
        return 1
    PAGE.write_text(page(), "utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
