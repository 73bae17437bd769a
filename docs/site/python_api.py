"""The page of the functions that `layout` offers to Python, from their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import layout
from docs.site.markdown import page, prose


def python(lang: str, at: str) -> str:
    """Every public name with its signature and its docstring."""
    names = [name for name in layout.__all__ if not name.startswith("__")]
    parts = [part for name in names for part in _public(name, getattr(layout, name))]
    return page(
        "Python",
        "What `import layout` offers, with the words that the code has for it.",
        *parts,
    )


def _public(name: str, thing: Any) -> Iterator[str]:
    yield f"## layout.{name}"
    yield _signature(f"layout.{name}", thing)
    yield from _words(thing)
    if inspect.isclass(thing):
        for below, member in _members(thing):
            yield f"### {name}.{below}"
            if callable(member):
                yield _signature(f"{name}.{below}", member)
            yield from _words(member.fget if isinstance(member, property) else member)


def _members(thing: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(thing).items():
        own = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if not name.startswith("_") and (inspect.isfunction(own) or isinstance(own, property)):
            yield name, own


def _signature(name: str, thing: Any) -> str:
    said = str(inspect.signature(thing)).replace("'", "")
    said = re.sub(r"<factory>|<object object at \w+>", "…", said)
    lines = f"{name}{said}"
    if len(lines) > 88:
        lines = lines.replace("(", "(\n    ", 1)
        lines = re.sub(r", (?=[\w*]+(?::|,|\)| =))", ",\n    ", lines)
        lines = re.sub(r"\) -> ", "\n) -> ", lines)
    return f"```python\n{lines}\n```"


def _words(thing: Any) -> Iterator[str]:
    for paragraph in (inspect.getdoc(thing) or "").split("\n\n"):
        yield prose(paragraph)
