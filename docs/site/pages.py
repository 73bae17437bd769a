"""Which pages of the site are made, and by what."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from docs.site import method, numbers, results, tables
from docs.site.commands import commands
from docs.site.markdown import page, say
from docs.site.python_api import python

HERE = Path(__file__).parent
Make = Callable[[], str]
REFERENCE: dict[str, Callable[[str, str], str]] = {
    "commands": commands,
    "tables": tables.tables,
    "settings": tables.settings,
    "targets": tables.targets,
    "key-figures": results.figures,
    "plan-files": results.plan_files,
    "messages": results.messages,
}
"""Pages of the reference that exist in both languages."""


@cache
def made() -> dict[str, Make]:
    """Page → what makes it."""
    found: dict[str, Make] = {}
    for lang, folder in (("en", ""), ("zh", "zh/")):
        for name, make in REFERENCE.items():
            at = f"{folder}reference/{name}.md"
            found[at] = partial(_found_first, make, lang, at)
        found[f"{folder}limits.md"] = partial(results.limits, lang, f"{folder}limits.md")
        found[f"{folder}reference/index.md"] = partial(_reference, lang)
        found[f"{folder}index.md"] = partial((HERE / f"index.{lang}.md").read_text, "utf-8")
    found["reference/python.md"] = partial(python, "en", "reference/python.md")
    for name in method.TITLES:
        found[f"method/{name}.md"] = partial(method.constraints, name, f"method/{name}.md")
    found["method/costs.md"] = partial(method.costs, "method/costs.md")
    found["method/index.md"] = partial(method.index, "method/index.md")
    for name in numbers.shelf():
        found[numbers.place(name)] = partial(numbers.numbers, name)
    found["data/sources.md"] = partial(numbers.sources, "data/sources.md")
    found["data/conflicts.md"] = partial(numbers.disagreements, "data/conflicts.md")
    return found


def _found_first(make: Callable[[str, str], str], lang: str, at: str) -> str:
    """A page of the reference: the search puts it before pages that only mention a name."""
    return "---\nsearch:\n  boost: 4\n---\n\n" + make(lang, at)


def _reference(lang: str) -> str:
    names = list(REFERENCE) + (["python"] if lang == "en" else [])
    listed = "\n".join(f"- [{say(f'{one}.title', lang)}]({one}.md)" for one in names)
    return page(say("reference.title", lang), say("reference.intro", lang), listed)
