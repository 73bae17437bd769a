"""What the documents say is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

import layout.errors
from layout.cli.app import app
from layout.plan.files import FILES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "data/*.md", "models/*.md")
    for path in ROOT.glob(pattern)
)
READMES = ("README.md", "README.zh-CN.md")


def read(name: str | Path) -> str:
    return (ROOT / name).read_text("utf-8")


def sections(text: str) -> dict[str, str]:
    """Heading of the second level → what stands under it."""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def first_cells(text: str) -> list[str]:
    """Code names in the first column of the tables of a text."""
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_column_of_a_plan_is_explained(name: str) -> None:
    explained = first_cells(sections(read("docs/reading-a-plan.md"))[f"{name}.csv"])
    assert sorted(explained) == sorted(FILES[name].names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_local_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", read(document))
    missing = [
        target
        for target in targets
        if "://" not in target and not (ROOT / document.parent / target).exists()
    ]
    assert not missing


@pytest.mark.parametrize("name", READMES)
def test_exit_codes_are_those_of_the_program(name: str) -> None:
    codes = {0} | {value for key, value in vars(layout.errors).items() if key.startswith("EXIT_")}
    table = re.findall(r"^\| (\d+) \|", read(name), flags=re.MULTILINE)
    assert {int(code) for code in table} == codes


@pytest.mark.parametrize("name", READMES)
def test_commands_and_options_exist(name: str) -> None:
    commands = app("en").commands
    for line in re.findall(r"`(?:\.venv/bin/)?layout ([a-z]+[^`]*)`", read(name)):
        words = line.split()
        assert words[0] in commands, line
        known = options(commands[words[0]])
        for word in words[1:]:
            if word.startswith("-"):
                assert word in known, line


def options(command: click.Command) -> set[str]:
    """Every spelling of an option of a command and of its subcommands."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    own = {word for parameter in command.params for word in parameter.opts}
    return own.union(*(options(part) for part in below))


def test_both_readmes_give_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"<!-- command: (\w+) -->\n```sh\n(.+)\n```", read(name)) for name in READMES
    )
    assert english == chinese
    assert [name for name, _ in english] == ["solve", "test"]


def test_both_readmes_have_the_same_sections() -> None:
    english, chinese = (sections(read(name)).values() for name in READMES)
    assert [text.count("```") for text in english] == [text.count("```") for text in chinese]
