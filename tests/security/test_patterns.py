"""No pattern that looks at a text of a user takes longer than the text deserves."""

from __future__ import annotations

import ast
import re
import time
from functools import cache
from pathlib import Path

import layout

ROOT = Path(layout.__file__).parent
USES = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
LONG = 4_000
BAITS = (
    "a", "1", " ", "-", ".", "=", "'", "(", "[", "{", "<", "0-", "1,000", "a ", "\t", "*", "/a",
    "://a", ".a-", "[a=", "1年", "2025-", "://a.", "%41", " (", "e1", "1e", "x.y[", '="', "</",
)  # fmt: skip
MOST_S = 0.5
"""CPU seconds for one pattern on one text of 4,000 letters: a line takes a thousandth of that."""


@cache
def patterns() -> list[tuple[str, re.Pattern, set[str]]]:
    """Every pattern that stands in the program as a plain text, and how it is used."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        words = file.read_text("utf-8")
        if "re." not in words:
            continue
        named = re.findall(r"^(_?[A-Z]\w*) = re\.compile", words, re.MULTILINE)
        names = iter(named)
        for node in ast.walk(ast.parse(words)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            ours = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if not (ours and node.func.attr in USES and node.args):
                continue
            used = {node.func.attr}
            if used == {"compile"}:
                name = next(names, "")
                used = set(re.findall(rf"\b{name}\.(\w+)\(", words)) & USES if name else set()
            if isinstance(node.args[0], ast.Constant):
                place = f"{file.name}:{node.lineno}"
                found.append((place, re.compile(node.args[0].value), used or {"search", "match"}))
    return found


def look(pattern: re.Pattern, text: str, used: set[str]) -> None:
    """Look at the text as the program does: at its beginning, at the whole, or everywhere."""
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    if used - {"match", "fullmatch"}:
        pattern.search(given)
    for use in used & {"match", "fullmatch"}:
        getattr(pattern, use)(given)


def test_the_patterns_are_found() -> None:
    assert len(patterns()) > 40


def test_no_pattern_runs_away() -> None:
    """Many times the same letters, then one that fits nowhere: where backtracking explodes."""
    slow = []
    for place, pattern, used in patterns():
        for bait in BAITS:
            begun = time.process_time()
            look(pattern, (bait * LONG)[:LONG] + "\x00!", used)
            spent = time.process_time() - begun
            if spent > MOST_S:
                slow.append(f"{place} {pattern.pattern!r} on {bait!r}: {spent:.1f} s")
                break
    assert slow == []


def test_one_that_runs_away_would_be_seen() -> None:
    """The measure can fail: this takes long on a text two hundred times shorter."""
    begun = time.process_time()
    re.compile(r"(a+)+$").match("a" * 22 + "!")
    assert time.process_time() - begun > MOST_S / 10
