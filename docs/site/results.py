"""The pages of what comes out: key figures, files of a plan, messages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from docs.requirements.register import Entry, key_figures, requirements
from docs.site import ROOT
from docs.site.links import in_language, rewritten, to
from docs.site.markdown import cell, code, page, prose, say, table
from layout.labels import has, text
from layout.labels import table as labels
from layout.plan.files import FILES

FIGURE = "map.kpi."
PROBLEM = re.compile(r"problem\.(\w+)\.found")
_GAP = "\0"


@dataclass(frozen=True)
class Yielded:
    """A place where a key figure is worked out: the pattern of its name, its unit, its function."""

    pattern: re.Pattern[str]
    unit: str
    file: str
    function: str


@cache
def yielded() -> tuple[Yielded, ...]:
    """Every figure that a function of `layout.plan` yields as (name, value, unit)."""
    found = []
    for path in sorted((ROOT / "layout" / "plan").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found += list(_of_function(node, path.relative_to(ROOT).as_posix()))
    return tuple(found)


def _of_function(function: ast.FunctionDef, file: str) -> Iterator[Yielded]:
    for node in ast.walk(function):
        if not (isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple)):
            continue
        if len(node.value.elts) != 3:
            continue
        name, _, unit = node.value.elts
        said = unit.value if isinstance(unit, ast.Constant) else ""
        parts = name.values if isinstance(name, ast.JoinedStr) else [name]
        texts = [re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in parts]
        if any(one != ".+" for one in texts):
            yield Yielded(re.compile("".join(texts)), str(said), file, function.name)


def figure_of(key: str) -> Yielded | None:
    """Where the figure that the label `map.kpi.<key>` names is worked out."""
    tried = (key, f"{key}_kind", f"{key.removesuffix('_of')}_kind", f"{key}_place")
    fitting = [one for name in tried for one in yielded() if one.pattern.fullmatch(name)]
    return max(fitting, key=lambda one: len(one.pattern.pattern), default=None)


def figures(lang: str, at: str) -> str:
    """Every key figure: name, words, unit, the function that works it out; those not there yet."""
    rows = []
    for label in sorted(key for key in labels() if key.startswith(FIGURE)):
        key = label.removeprefix(FIGURE)
        found = figure_of(key)
        place = f"[{found.file}]({to(found.file, at)}), {code(found.function)}" if found else ""
        said = text(label, lang)
        for gap, words in _GAPS.items():
            said = said.replace(f"{{{gap}}}", say(words, lang))
        rows.append((code(key), cell(said), cell(_unit(found, lang)), place))
    head = [say(one, lang) for one in ("key", "name", "unit", "figures.place")]
    title = "title_zh" if lang == "zh" else "title_en"
    asked = [
        (cell(one[title]), say(f"status.{one.status}", lang), *_note(one, lang))
        for one in key_figures()
        if one.status != "done"
    ]
    listed = [say(one, lang) for one in ("name", "status", *_NOTED[lang])]
    return page(
        say("key-figures.title", lang),
        say("figures.intro", lang),
        table(head, rows),
        f"## {say('figures.open', lang)}",
        say("figures.open.about", lang),
        table(listed, asked),
    )


_GAPS = {"kind": "figures.kind", "place": "figures.place.any", "work": "figures.work"}
"""What a figure may be of → what stands for any such thing."""

_NOTED = {"en": ("figures.note",), "zh": ()}
"""Notes of the registers are English."""


def _note(one: Entry, lang: str) -> tuple[str, ...]:
    return tuple(prose(one["note_en"]) for _ in _NOTED[lang])


def _unit(found: Yielded | None, lang: str) -> str:
    """The unit of a figure; one that is put together names the precision of the kind."""
    return "" if found is None else found.unit or say("figures.native", lang)


def plan_files(lang: str, at: str) -> str:
    """Every table of a plan folder with its columns and units."""
    explained = _explained()
    parts = []
    for one in FILES.values():
        parts += [f"## {one.file}", f"**{cell(_label(one.label, one.name, lang))}.**"]
        said = [f"{say('tables.key', lang)} {', '.join(code(name) for name in one.key)}."]
        if one.optional:
            said.append(say("files.optional", lang))
        parts.append(" ".join(said))
        rows = []
        for column in one.columns:
            row = [
                code(column.name),
                cell(_label(column.label, "", lang)),
                say(f"type.{column.type}", lang),
                cell(column.unit),
            ]
            if lang == "en":
                row.append(explained.get((one.name, column.name), ""))
            rows.append(row)
        head = ["column", "name", "type", "unit", *(["meaning"] if lang == "en" else [])]
        parts.append(table([say(name, lang) for name in head], rows))
    reading = to(in_language("docs/reading-a-plan.md", lang), at)
    return page(
        say("plan-files.title", lang), say("files.intro", lang).format(reading=reading), *parts
    )


def _label(key: str, otherwise: str, lang: str) -> str:
    return text(key, lang) if has(key) else otherwise


@cache
def _explained() -> dict[tuple[str, str], str]:
    """(File, column) → what the page on reading a plan says of it."""
    found, name = {}, ""
    for line in (ROOT / "docs/reading-a-plan.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            name = line.removeprefix("## ").removesuffix(".csv")
        elif line.startswith("| `"):
            names, *rest = line.strip("| ").split(" | ")
            said = rest[-1] if rest else ""
            for column in re.findall(r"`([^`]+)`", names):
                found[name, column] = "" if said == "key" else said
    return found


def messages(lang: str, at: str) -> str:
    """Every problem of an input that is reported: what was found, what was expected, the remedy."""
    codes = sorted(match[1] for key in labels() if (match := PROBLEM.fullmatch(key)))
    parts = ("found", "expected", "fix")
    rows = [
        (code(one), *(cell(text(f"problem.{one}.{part}", lang)) for part in parts)) for one in codes
    ]
    head = [
        say(one, lang) for one in ("code", "messages.found", "messages.expected", "messages.fix")
    ]
    return page(say("messages.title", lang), say("messages.intro", lang), table(head, rows))


def limits(lang: str, at: str) -> str:
    """What is not done: what models are not, what clauses ask for in vain, said where it stands."""
    readme = "README.zh-CN.md" if lang == "zh" else "README.md"
    section = say("limits.section", lang)
    body = (ROOT / readme).read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    note = "clause" if lang == "zh" else "figures.note"
    parts = [f"## {section}", rewritten(body, readme, at)]
    for status in ("out_of_scope", "open", "partly"):
        rows = [
            (
                f"[{one.code}]({to('docs/requirements.md', at)}#{one.code.lower()})",
                cell(one["title_zh" if lang == "zh" else "title_en"]),
                cell(one["clause"]) if lang == "zh" else prose(one["note_en"]),
            )
            for one in requirements()
            if one.status == status
        ]
        if rows:
            parts += [f"## {say(f'limits.{status}', lang)}", say(f"limits.{status}.about", lang)]
            head = [say(one, lang) for one in ("requirement", "name", note)]
            parts.append(table(head, rows))
    if lang == "en":
        parts += ["## Said on the pages of features and studies", *_said_on_pages(at)]
    return page(say("limits.title", lang), say("limits.intro", lang), *parts)


_NOT = re.compile(r"^#+ +(What (?:it|this) does not .*|What is not .*|Limits.*|What does not .*)$")


def _said_on_pages(at: str) -> Iterator[str]:
    for path in sorted((ROOT / "docs").rglob("*.md")):
        lines = path.read_text("utf-8").splitlines()
        file = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(lines):
            if _NOT.match(line):
                rest = lines[number + 1 :]
                end = next((i for i, one in enumerate(rest) if one.startswith("#")), len(rest))
                title = lines[0].removeprefix("# ")
                yield f"### {title}"
                yield f"From [{title}]({to(file, at)})."
                yield rewritten("\n".join(rest[:end]), file, at)
