"""The pages of the method: every constraint, measure and cost, from the code that states it.

``docs/method/constraints.csv`` ties families of rows to the functions that state them, to the
requirements they serve and to the tests that work them out. Words and inequalities are the
docstrings of those functions.
"""

from __future__ import annotations

import ast
import csv
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from docs.requirements.register import Entry, kind_of, requirements, resolve
from docs.site import ROOT
from docs.site.links import to
from docs.site.markdown import cell, code, page, prose, table

REGISTER = ROOT / "docs" / "method" / "constraints.csv"
FORMULATION = ROOT / "layout" / "formulation"
TITLES = {
    "service": "Demand and service",
    "space": "Sites, space and compute",
    "energy": "Energy",
    "targets": "Targets",
    "hardware": "Hardware",
    "retrofit": "Retrofit",
    "storage": "Storage",
    "water-heat": "Water and heat",
    "slices": "Time slices",
    "network": "Backbone",
    "resilience": "Resilience",
    "balance": "Balance between places",
}
GUIDES = {
    "hardware": "docs/features/hardware.md",
    "retrofit": "docs/features/retrofit.md",
    "storage": "docs/features/storage.md",
    "water-heat": "docs/features/water.md",
    "slices": "docs/features/slices.md",
    "network": "docs/features/network.md",
    "resilience": "docs/features/resilience.md",
    "balance": "docs/features/balance.md",
    "targets": "docs/studies/targets.md",
}
"""The page that tells a planner about a family."""
_MATHEMATICS = re.compile(r"[≤≥Σ=]")
_FORMULA = re.compile(r"\S*\[|Σ")


@dataclass(frozen=True)
class Family:
    """One row of the register: families of rows that belong together."""

    page: str
    families: tuple[str, ...]
    builders: tuple[str, ...]
    requirements: tuple[str, ...]
    tests: tuple[str, ...]
    note: str


@cache
def register() -> tuple[Family, ...]:
    """The register of constraints, in its order."""

    def parts(words: str) -> tuple[str, ...]:
        return tuple(filter(None, (part.strip() for part in words.split(";"))))

    with REGISTER.open(encoding="utf-8", newline="") as file:
        return tuple(
            Family(
                row["page"],
                *(parts(row[name]) for name in ("families", "builders", "requirements", "tests")),
                row["note"],
            )
            for row in csv.DictReader(file)
        )


@dataclass(frozen=True)
class Function:
    """A function: its file from the root, its name, its docstring and its source."""

    file: str
    name: str
    words: str
    source: str


@cache
def _functions(file: str) -> dict[str, Function]:
    text = (ROOT / file).read_text("utf-8")
    return {
        node.name: Function(
            file,
            node.name,
            inspect.cleandoc(ast.get_docstring(node, clean=False) or ""),
            "\n".join(text.splitlines()[_first(node) - 1 : node.end_lineno]),
        )
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def _first(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def function(name: str) -> Function:
    """The function of a dotted name. Raises LookupError."""
    file = resolve(f"module:{name}")
    found = _functions(file).get(name.rpartition(".")[2])
    if found is None:
        raise LookupError(f"{name} is no function of {file}")
    return found


def tested(pointer: str) -> Function:
    """The test of a pointer ``test:file::function``. Raises LookupError."""
    file = resolve(pointer)
    return _functions(file)[pointer.rpartition("::")[2]]


@cache
def stating() -> frozenset[str]:
    """Every function of `layout.formulation` that states rows, as a dotted name.

    It calls ``.rows(…)`` of a linear expression, or puts what another one states under a name.
    """
    found = set()
    for path in sorted(FORMULATION.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(map(_states, ast.walk(node))):
                found.add(f"layout.formulation.{path.stem}.{node.name}")
    return frozenset(found)


def _states(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr == "rows"


def words(text: str) -> str:
    """A docstring as Markdown: paragraphs that hold mathematics stand as they are written.

    Its first line is a sentence, unless it begins with a formula.
    """
    parts = []
    for paragraph in text.split("\n\n"):
        first, _, rest = paragraph.partition("\n")
        if not parts and not _FORMULA.match(first):
            parts.append(prose(first))
            if rest:
                parts.append(_plain(rest) if _MATHEMATICS.search(rest) else prose(rest))
        elif _MATHEMATICS.search(paragraph):
            parts.append(_plain(paragraph))
        else:
            parts.append(prose(paragraph))
    return "\n\n".join(parts)


def _plain(text: str) -> str:
    return f"```text\n{text}\n```"


def constraints(name: str, at: str) -> str:
    """The page of one group of families."""
    mine = [one for one in register() if one.page == name]
    parts = [part for one in mine for part in _family(one, at)]
    if name == "targets":
        parts += ["## Measures", *measures(at)]
    guide = GUIDES.get(name)
    intro = []
    if guide:
        title = (ROOT / guide).read_text("utf-8").partition("\n")[0].removeprefix("# ")
        intro.append(f"In a planner's words: [{title}]({to(guide, at)}).")
    return page(TITLES[name], *intro, *parts)


def _family(one: Family, at: str) -> Iterator[str]:
    yield f"## {', '.join(map(cell, one.families))}"
    functions = {name: function(name) for name in one.builders}
    for name, each in functions.items():
        if each.words and (name == one.builders[0] or name in stating()):
            yield words(each.words)
    yield from _serves(one, at)
    if one.note:
        yield cell(one.note)
    yield from _examples(one, at)
    for each in functions.values():
        yield _folded(f"Code: {each.file}, {each.name}", each.source)


def _serves(one: Family, at: str) -> Iterator[str]:
    for name in one.requirements:
        asked = _asked()[name]
        link = f"[{name}]({to('docs/requirements.md', at)}#{name.lower()})"
        clause = f"> {cell(asked['clause'])} (document {asked['document']})"
        yield f"**Requirement** {link} {cell(asked['title_en'])}"
        yield clause


@cache
def _asked() -> dict[str, Entry]:
    return {one.code: one for one in requirements()}


def _examples(one: Family, at: str) -> Iterator[str]:
    for pointer in one.tests:
        file = resolve(pointer)
        if kind_of(pointer) == "test":
            found = tested(pointer)
            yield f"**Worked out** in [{file}]({to(file, at)}), {code(found.name)}."
            yield _folded(f"Test: {found.name}", found.source)
        else:
            yield f"**Row by row, with its numbers:** [{file}]({to(file, at)})."


def _folded(title: str, source: str) -> str:
    body = "\n".join(f"    {line}".rstrip() for line in f"```python\n{source}\n```".splitlines())
    return f'??? note "{title}"\n\n{body}'


def measures(at: str) -> Iterator[str]:
    """Every measure of a target as the formulation states it, with the requirements it serves."""
    from layout.formulation.measures import MEASURES as STATED
    from layout.model.schema import MEASURES

    own = {"ai_centres": "_sites_with_centres", "site_count": "_sites_held"}
    own |= {"gini": "_gini", "hhi": "_hhi"}
    serving: dict[str, list[str]] = {}
    for asked in requirements():
        for pointer in asked.pointers:
            if kind_of(pointer) == "target":
                serving.setdefault(pointer.partition(":")[2], []).append(asked.code)
    rows = []
    for name in MEASURES:
        said = STATED.get(name)
        if name in own:
            found = function(f"layout.formulation.targets.{own[name]}")
        elif said is not None:
            found = function(f"{said.__module__}.{said.__name__}")
        else:
            rows.append((code(name), "Only measured: no row of the model can ask for it.", "", ""))
            continue
        link = to("docs/requirements.md", at)
        asked_by = ", ".join(f"[{one}]({link}#{one.lower()})" for one in serving.get(name, []))
        place = f"[{found.file}]({to(found.file, at)}), {code(found.name)}"
        rows.append((code(name), prose(found.words), asked_by, place))
    yield table(["measure", "numerator over denominator", "asked for by", "code"], rows)


def costs(at: str) -> str:
    """The page of costs and carbon: every component and the function that sums it."""
    parts = []
    for name, each in _functions("layout/formulation/costs.py").items():
        if each.words:
            parts += [f"## {cell(name.strip('_'))}", words(each.words)]
            parts.append(_folded(f"Code: {each.file}, {name}", each.source))
    each = function("layout.formulation.lifecycle.carbon_life_cycle_kt")
    parts += [f"## {each.name}", words(each.words)]
    parts.append(_folded(f"Code: {each.file}, {each.name}", each.source))
    intro = (
        f"What is minimised, and what each part of it is. The list of components and how they add "
        f"up stands in [the mathematics]({to('models/README.md', at)}#the-mathematics)."
    )
    return page("Costs and carbon", intro, *parts)


def index(at: str) -> str:
    """The first page of the method: every family, its page, its requirements."""
    rows = []
    for one in register():
        families = ", ".join(code(name) for name in one.families)
        asked = ", ".join(
            f"[{name}]({to('docs/requirements.md', at)}#{name.lower()})"
            for name in one.requirements
        )
        first = function(one.builders[0]).words.partition("\n")[0]
        rows.append((families, prose(first), f"[{TITLES[one.page]}]({one.page}.md)", asked))
    return page(
        "Method",
        f"Indices, decisions, conventions and the objective stand in [the mathematics]"
        f"({to('models/README.md', at)}#the-mathematics). The pages of this section show "
        "every family of constraints: what it says, its inequality as the code states it, the "
        "requirement it serves with the words of the source document, a test that works it out, "
        "and the code.",
        "Formulas are plain text in the symbols of the code; numbers in brackets count the "
        "equations of the formulation that the project follows. A test of the documentation "
        "fails when a function that states rows is missing here, or when a pointer leads nowhere.",
        table(["family", "says", "page", "serves"], rows),
    )
