"""Start and the tutorials do what they say: their commands run, and print what the pages show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.towns import Answer, Runner
from tests.deep import deep
from tests.docs.walkthrough import Block, Walk, blocks, shows

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("start.md", *sorted(f"tutorials/{path.name}" for path in DOCS.glob("tutorials/*.md")))
LANGUAGES = {"en": "", "zh": "zh"}
"""Language → folder of its pages under docs/."""


def walked(name: str) -> list[str]:
    """The languages in which a page is walked: both in a deep run, else the pages take turns."""
    languages = list(LANGUAGES)
    return languages if deep() else [languages[PAGES.index(name) % len(languages)]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[[list[str]], Answer]:
    """Runs `layout` in this process with the words that a page gives it."""
    run = Runner(capsys)
    return lambda words: run(*words)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_says(
    name: str,
    command: Callable[[list[str]], Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each language in a fresh folder."""
    problems = []
    for lang in walked(name):
        place, folder = LANGUAGES[lang], tmp_path / lang
        folder.mkdir()
        monkeypatch.chdir(folder)
        walk = Walk(folder, command, deep=deep())
        try:
            problems += [f"{lang}: {words}" for words in walk.problems(DOCS / place / name)]
        finally:
            walk.end()
    assert not problems, "\n\n".join(problems)


def spoken(block: Block) -> list[str]:
    """The commands of a Chinese page without the words that make them speak Chinese."""
    return [line.replace(" --lang zh", "") for line in block.lines]


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_take_the_same_steps(name: str) -> None:
    english, chinese = (blocks(DOCS / place / name) for place in LANGUAGES.values())
    assert [(b.word, b.title, b.mark) for b in english] == [
        (b.word, b.title, b.mark) for b in chinese
    ]
    for left, right in zip(english, chinese, strict=True):
        if left.word == "sh":
            assert left.lines == spoken(right)
            assert all(
                " --lang zh" in line for line in right.lines if line.startswith("layout ")
            ), right.body


def test_what_is_installed_in_start_is_what_the_readme_installs() -> None:
    """The gate runs the README's command on a bare machine; Start shows its first part."""
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    marked = [block for block in blocks(DOCS / "start.md") if "elsewhere" in block.marks]
    assert marked
    assert all(line in readme for block in marked for line in block.lines)


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("one\ntwo  \n", "one\ntwo\n", True),
        ("one\ntwo\nthree\n", "one\n…\nthree\n", True),
        ("one\nthree\n", "one\n…\nthree\n", True),
        ("one\ntwo\nthree\n", "…\ntwo\n", False),
        ("one\ntwo\n", "one\n", False),
        ("one\n2 a\n", "one\n2.a\n", False),
    ],
)
def test_a_screen_is_compared_line_by_line(printed: str, expected: str, same: bool) -> None:
    assert shows(printed, expected) is same
